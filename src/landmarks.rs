//! The landmarks of one input, in little room.
//!
//! They are all held until the input's last byte has been verified, and there may be millions. A [`Landmark`]
//! has room for all that can be said of one, about half a KiB; most have a position, a peak and a reason.
//! What only some options ask for is kept beside them, and the peaks that a heatmap lacks are counted instead
//! of listed.

use crate::geometry::{Covariance, Voxel};
use crate::landmark::{Fit, Flags, Landmark, Reason, Region, Spread, Status, Uncertainty};
use crate::memory::{self, OutOfMemory};

/// Landmarks in the order of (n, c, peak).
#[derive(Clone, Debug, Default)]
pub struct Landmarks {
    rows: Vec<Row>,
    extras: Vec<Extra>,
    count: usize,
}

/// One landmark, or several absent ones.
#[derive(Clone, Debug)]
struct Row {
    n: usize,
    c: usize,
    position: [f64; 3],
    hard: [f64; 3],
    peak_value: f64,
    peak_ratio: f64,
    advised_beta: f64,
    reason: Option<Short>,
    peak: u32,
    /// How many landmarks it stands for, whose peaks follow one another; at least 1.
    repeats: u32,
    /// The number of its [`Extra`], or [`NONE`].
    extra: u32,
    status: Status,
    flags: Flags,
    has: Has,
}

/// Which of the optional fields of a [`Row`] say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Has(u8);

impl Has {
    const POSITION: u8 = 1;
    const HARD: u8 = 2;
    const PEAK_VALUE: u8 = 4;
    const PEAK_RATIO: u8 = 8;
    const ADVISED_BETA: u8 = 16;

    fn pick<T>(self, field: u8, value: T) -> Option<T> {
        (self.0 & field != 0).then_some(value)
    }
}

/// No [`Extra`].
const NONE: u32 = u32::MAX;

/// A reason that takes little room.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Short {
    NoVoxels,
    AllMasked,
    BelowThreshold(f64),
    NoMean,
    FewerPeaks,
    NoFile,
    AllEqual,
    Fallback(&'static str),
    NotJudged,
    Wrapped,
}

impl Short {
    /// `None` for a reason that takes more.
    fn new(reason: Reason) -> Option<Short> {
        Some(match reason {
            Reason::NoVoxels => Short::NoVoxels,
            Reason::AllMasked => Short::AllMasked,
            Reason::BelowThreshold(threshold) => Short::BelowThreshold(threshold),
            Reason::NoMean => Short::NoMean,
            Reason::FewerPeaks => Short::FewerPeaks,
            Reason::NoFile => Short::NoFile,
            Reason::AllEqual => Short::AllEqual,
            Reason::Fallback(rule) => Short::Fallback(rule),
            Reason::NotJudged => Short::NotJudged,
            Reason::Wrapped => Short::Wrapped,
            Reason::Nonfinite { .. } => return None,
        })
    }

    fn reason(self) -> Reason {
        match self {
            Short::NoVoxels => Reason::NoVoxels,
            Short::AllMasked => Reason::AllMasked,
            Short::BelowThreshold(threshold) => Reason::BelowThreshold(threshold),
            Short::NoMean => Reason::NoMean,
            Short::FewerPeaks => Reason::FewerPeaks,
            Short::NoFile => Reason::NoFile,
            Short::AllEqual => Reason::AllEqual,
            Short::Fallback(rule) => Reason::Fallback(rule),
            Short::NotJudged => Reason::NotJudged,
            Short::Wrapped => Reason::Wrapped,
        }
    }
}

/// What only some options ask for, and what few landmarks have.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Extra {
    /// A reason that is not [`Short`].
    reason: Option<Reason>,
    spread: Option<Spread>,
    window_mass: Option<f64>,
    fit: Option<Fit>,
    uncertainty: Option<Uncertainty>,
    region: Option<Region>,
    background: Option<f64>,
    between: Option<Covariance>,
}

impl Row {
    fn new(landmark: &Landmark, extra: u32) -> Row {
        let &Landmark { n, c, peak, status, position, hard, peak_value, peak_ratio, .. } = landmark;
        let &Landmark { flags, reason, advised_beta, .. } = landmark;
        let fields = [
            (Has::POSITION, position.is_some()),
            (Has::HARD, hard.is_some()),
            (Has::PEAK_VALUE, peak_value.is_some()),
            (Has::PEAK_RATIO, peak_ratio.is_some()),
            (Has::ADVISED_BETA, advised_beta.is_some()),
        ];
        let has = fields.iter().filter(|(_, is_there)| *is_there).map(|(field, _)| field).sum();
        Row {
            n,
            c,
            position: position.unwrap_or(Voxel([0.0; 3])).0,
            hard: hard.unwrap_or(Voxel([0.0; 3])).0,
            peak_value: peak_value.unwrap_or_default(),
            peak_ratio: peak_ratio.unwrap_or_default(),
            advised_beta: advised_beta.unwrap_or_default(),
            reason: reason.and_then(Short::new),
            peak: peak as u32,
            repeats: 1,
            extra,
            status,
            flags,
            has: Has(has),
        }
    }

    /// Whether a landmark differs from this row's last one in its peak alone, which follows. Only absent
    /// landmarks are alike.
    fn is_followed_by(&self, next: &Row) -> bool {
        let is_absent = |row: &Row| row.has.0 == 0 && row.flags.is_empty();
        let follows = next.peak.checked_sub(self.repeats) == Some(self.peak);
        let same = |row: &Row| (row.n, row.c, row.status, row.reason);
        follows && is_absent(self) && is_absent(next) && same(self) == same(next)
    }
}

impl Extra {
    fn of(landmark: &Landmark) -> Extra {
        let &Landmark { spread, window_mass, fit, uncertainty, region, background, reason, .. } = landmark;
        let reason = reason.filter(|&reason| Short::new(reason).is_none());
        let between = landmark.between;
        Extra { reason, spread, window_mass, fit, uncertainty, region, background, between }
    }
}

impl Landmarks {
    /// How many landmarks there are, absent ones too.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The landmarks in order, each made anew.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { landmarks: self, row: 0, repeat: 0 }
    }

    /// Adds a landmark.
    pub(crate) fn push(&mut self, landmark: &Landmark) -> Result<(), OutOfMemory> {
        let (mut row, extra) = (Row::new(landmark, NONE), Extra::of(landmark));
        if let Some(last) = self.rows.last_mut().filter(|last| last.is_followed_by(&row)) {
            let own = self.extras.get(last.extra as usize).copied().unwrap_or_default();
            if own == extra {
                last.repeats += 1;
                self.count += 1;
                return Ok(());
            }
        }
        if extra != Extra::default() {
            let number = u32::try_from(self.extras.len()).ok().filter(|&number| number < NONE);
            row.extra = number.ok_or(OutOfMemory { bytes: size_of::<Extra>() as u64 })?;
            memory::push(&mut self.extras, extra)?;
        }
        memory::push(&mut self.rows, row)?;
        self.count += 1;
        Ok(())
    }

    /// Adds all of `others`.
    pub(crate) fn append(&mut self, others: Landmarks) -> Result<(), OutOfMemory> {
        let Landmarks { rows, extras, count } = others;
        let shift = self.extras.len();
        let too_many = OutOfMemory { bytes: (extras.len() * size_of::<Extra>()) as u64 };
        if shift + extras.len() >= NONE as usize {
            return Err(too_many);
        }
        memory::reserve(&mut self.rows, rows.len())?;
        memory::reserve(&mut self.extras, extras.len())?;
        self.extras.extend(extras);
        self.rows.extend(rows.into_iter().map(|mut row| {
            if row.extra != NONE {
                row.extra += shift as u32;
            }
            row
        }));
        self.count += count;
        Ok(())
    }

    /// Brings landmarks that were added in another order into that of (n, c, peak).
    pub(crate) fn sort(&mut self) {
        let place = |row: &Row| (row.n, row.c, row.peak);
        if !self.rows.is_sorted_by_key(place) {
            // The stable sort would need half as much memory again, and could not ask for it.
            self.rows.sort_unstable_by_key(place);
        }
    }

    /// Replaces the uncertainty of each landmark that has one by what `of` makes of it, if it makes
    /// something.
    pub(crate) fn update_uncertainty(&mut self, of: impl Fn(&Landmark) -> Option<Uncertainty>) {
        for at in 0..self.rows.len() {
            let place = self.rows[at].extra as usize;
            if self.extras.get(place).is_some_and(|extra| extra.uncertainty.is_some()) {
                let found = of(&self.landmark(&self.rows[at], 0));
                self.extras[place].uncertainty = found.or(self.extras[place].uncertainty);
            }
        }
    }

    /// The landmark of a row.
    fn landmark(&self, row: &Row, repeat: u32) -> Landmark {
        let extra = self.extras.get(row.extra as usize).copied().unwrap_or_default();
        Landmark {
            n: row.n,
            c: row.c,
            peak: (row.peak + repeat) as usize,
            status: row.status,
            position: row.has.pick(Has::POSITION, Voxel(row.position)),
            hard: row.has.pick(Has::HARD, Voxel(row.hard)),
            peak_value: row.has.pick(Has::PEAK_VALUE, row.peak_value),
            peak_ratio: row.has.pick(Has::PEAK_RATIO, row.peak_ratio),
            spread: extra.spread,
            window_mass: extra.window_mass,
            fit: extra.fit,
            uncertainty: extra.uncertainty,
            region: extra.region,
            background: extra.background,
            between: extra.between,
            flags: row.flags,
            reason: row.reason.map(Short::reason).or(extra.reason),
            advised_beta: row.has.pick(Has::ADVISED_BETA, row.advised_beta),
        }
    }
}

/// The landmarks of [`Landmarks::iter`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    landmarks: &'a Landmarks,
    row: usize,
    repeat: u32,
}

impl Iterator for Iter<'_> {
    type Item = Landmark;

    fn next(&mut self) -> Option<Landmark> {
        let row = self.landmarks.rows.get(self.row)?;
        let landmark = self.landmarks.landmark(row, self.repeat);
        self.repeat += 1;
        if self.repeat == row.repeats {
            (self.row, self.repeat) = (self.row + 1, 0);
        }
        Some(landmark)
    }
}

impl<'a> IntoIterator for &'a Landmarks {
    type Item = Landmark;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The same landmarks, however they are kept.
impl PartialEq for Landmarks {
    fn eq(&self, other: &Landmarks) -> bool {
        self.count == other.count && self.iter().eq(other.iter())
    }
}

/// For landmarks that are held already: it ends at the first for which there is no memory.
impl FromIterator<Landmark> for Landmarks {
    fn from_iter<I: IntoIterator<Item = Landmark>>(landmarks: I) -> Landmarks {
        let mut all = Landmarks::default();
        for landmark in landmarks {
            if all.push(&landmark).is_err() {
                break;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Hwd;

    fn landmark(c: usize) -> Landmark {
        Landmark { c, position: Some(Voxel([1.0, -0.0, 2.5])), ..Landmark::nothing(Status::Ok) }
    }

    fn absent(c: usize, peak: usize) -> Landmark {
        Landmark { c, peak, reason: Some(Reason::FewerPeaks), ..Landmark::nothing(Status::Missing) }
    }

    #[test]
    fn sizes() {
        // With its packed record 256 bytes for a landmark, and 1 KiB with all that may be asked for.
        assert!(size_of::<Row>() <= 128, "{}", size_of::<Row>());
        assert!(size_of::<Row>() + size_of::<Extra>() <= 768);
    }

    #[test]
    fn every_field_comes_back() {
        let nonfinite = Reason::Nonfinite { nan: 1, infinite: 2, first: Hwd([3, 4, 5]) };
        let covariance = Covariance([1.0; 6]);
        let spread = Spread { covariance, entropy: 1.0, peak_probability: 0.5, log_normalizer: -2.0 };
        let fit = Fit { amplitude: 1.0, background: 2.0, residual: 3.0, covariance };
        let bias = Hwd([0.1; 3]);
        let uncertainty =
            Uncertainty { covariance, bias, fit_covariance: covariance, is_estimate: true, calibrated: None };
        let all = [
            Landmark { n: 1 << 40, hard: Some(Voxel([7.0; 3])), ..landmark(9) },
            Landmark { peak_value: Some(f64::NEG_INFINITY), reason: Some(nonfinite), ..landmark(10) },
            Landmark { peak_ratio: Some(0.5), advised_beta: Some(3.0), ..landmark(11) },
            Landmark { spread: Some(spread), fit: Some(fit), ..landmark(12) },
            Landmark { uncertainty: Some(uncertainty), window_mass: Some(0.25), ..landmark(13) },
            Landmark { between: Some(covariance), ..landmark(14) },
            absent(15, 0),
        ];
        let kept: Landmarks = all.into_iter().collect();
        assert!(kept.iter().eq(all));
        assert_eq!((kept.len(), kept.rows.len(), kept.extras.len()), (7, 7, 4));
        let mut twice = kept.clone();
        twice.append(kept).unwrap();
        assert!(twice.iter().eq(all.into_iter().chain(all)));
    }

    #[test]
    fn absent_peaks_are_counted() {
        let flat = Landmark { reason: Some(Reason::AllEqual), ..landmark(0) };
        let heatmap = |c: usize| {
            std::iter::once(Landmark { c, ..flat }).chain((1..1000).map(move |peak| absent(c, peak)))
        };
        let kept: Landmarks = heatmap(0).chain(heatmap(1)).collect();
        assert_eq!((kept.len(), kept.rows.len()), (2000, 4));
        assert!(kept.iter().eq(heatmap(0).chain(heatmap(1))));
        // A reason that is kept beside the row.
        let nan = Some(Reason::Nonfinite { nan: 1, infinite: 0, first: Hwd([0; 3]) });
        let bad =
            |c: usize, peak: usize| Landmark { status: Status::Nonfinite, reason: nan, ..absent(c, peak) };
        let all = || (0..2000).map(|i| bad(i / 1000, i % 1000));
        let kept: Landmarks = all().collect();
        assert_eq!((kept.len(), kept.rows.len(), kept.extras.len()), (2000, 2, 2));
        assert!(kept.iter().eq(all()));
        // A gap, another reason, another status.
        let other = Landmark { reason: None, ..absent(0, 3) };
        let apart = [absent(0, 0), absent(0, 2), other, Landmark { status: Status::Empty, ..absent(0, 4) }];
        let kept: Landmarks = apart.into_iter().collect();
        assert_eq!(kept.rows.len(), 4);
        assert!(kept.iter().eq(apart));
    }

    #[test]
    fn order_is_restored() {
        let mut kept: Landmarks = [1, 0].into_iter().flat_map(|c| [landmark(c), absent(c, 1)]).collect();
        kept.sort();
        let places: Vec<_> = kept.iter().map(|landmark| (landmark.c, landmark.peak)).collect();
        assert_eq!(places, [(0, 0), (0, 1), (1, 0), (1, 1)]);
    }
}
