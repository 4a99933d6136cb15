//! Records as they are kept, while other heatmaps of the input are swept.
//!
//! An input may have millions of heatmaps of one voxel, and the record of each is held until the last byte
//! has come. A [`Record`] is made for speed: it has room for all that some method sums, nearly half a KiB.
//! Of most heatmaps little more than the mass and the first moments is anything but 0. That is kept here as
//! it is, and all else in pieces beside it, if there is any.
//!
//! To pack and to unpack changes no bit.

use super::record::{Nonfinite, Peak, Record, Reference};
use super::sums::Sums;
use super::tops::Tops;

/// A [`Record`] in little room. The default is the record of no blocks.
#[derive(Clone, Debug, Default)]
pub struct PackedRecord {
    max: f64,
    key: u64,
    reference: f64,
    fraction: f64,
    /// The reference's integer; NaN if it has none.
    integer: f64,
    mass: f64,
    first: [f64; 3],
    total: f64,
    count: usize,
    at: [u32; 3],
    state: State,
    /// The maxima of several blocks; those of one follow from the peak.
    tops: Option<Box<Tops>>,
    /// What else is not 0.
    rest: Option<Box<Rest>>,
}

/// What the fields of a [`PackedRecord`] say.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    has_peak: bool,
    is_constant: bool,
    /// Whether one block has been merged, whose maximum is the peak.
    is_merged: bool,
}

/// What most records have not.
#[derive(Clone, Debug, Default, PartialEq)]
struct Rest {
    /// A peak with more than fits.
    peak: Option<Peak>,
    nonfinite: Option<Nonfinite>,
    coordinates: [f64; 3],
    samples: Vec<f64>,
}

/// Whether all moments but mass and first ones are 0, to the bit.
fn is_mean(sums: &Sums) -> bool {
    sums.energy.to_bits() == 0 && sums.second.iter().all(|moment| moment.to_bits() == 0)
}

/// Whether all moments are 0, to the bit.
fn is_zero(sums: &Sums) -> bool {
    is_mean(sums) && sums.mass.to_bits() == 0 && sums.first.iter().all(|moment| moment.to_bits() == 0)
}

/// Whether a peak fits into the fields.
fn fits(peak: &Peak) -> bool {
    let is_integer = peak.reference.integer.is_none_or(|integer| !integer.is_nan());
    let is_near = peak.at.iter().all(|&i| u32::try_from(i).is_ok());
    peak.tie == 0 && is_integer && is_near && is_mean(&peak.sums) && is_zero(&peak.aside)
}

impl PackedRecord {
    /// Packs a record.
    #[must_use]
    pub fn new(record: Record) -> PackedRecord {
        let Record { peak, nonfinite, total, count, coordinates, tops, samples } = record;
        let mut packed = PackedRecord { total, count, ..PackedRecord::default() };
        let beside = peak.filter(|peak| !fits(peak));
        if let Some(peak) = peak.filter(fits) {
            packed.state = State { has_peak: true, is_constant: peak.is_constant, is_merged: false };
            (packed.max, packed.key, packed.at) = (peak.max, peak.key, peak.at.map(|i| i as u32));
            (packed.reference, packed.fraction) = (peak.reference.max, peak.reference.fraction);
            packed.integer = peak.reference.integer.unwrap_or(f64::NAN);
            (packed.mass, packed.first) = (peak.sums.mass, peak.sums.first);
        }
        packed.state.is_merged = packed.state.has_peak && tops.is_of_one(packed.max, packed.key);
        packed.tops = (!packed.state.is_merged && tops != Tops::default()).then(|| Box::new(tops));
        let rest = Rest { peak: beside, nonfinite, coordinates, samples };
        packed.rest = (rest != Rest::default()).then(|| Box::new(rest));
        packed
    }

    /// The record.
    #[must_use]
    pub fn unpack(self) -> Record {
        let PackedRecord { max, key, reference, fraction, integer, mass, first, .. } = self;
        let PackedRecord { total, count, at, state, tops, rest, .. } = self;
        let Rest { peak, nonfinite, coordinates, samples } = rest.map(|rest| *rest).unwrap_or_default();
        let integer = Some(integer).filter(|integer| !integer.is_nan());
        let peak = peak.or(state.has_peak.then_some(Peak {
            max,
            tie: 0,
            at: at.map(|i| i as usize),
            key,
            is_constant: state.is_constant,
            reference: Reference { max: reference, integer, fraction },
            sums: Sums { mass, first, ..Sums::default() },
            aside: Sums::default(),
        }));
        let tops =
            if state.is_merged { Tops::of_one(max, key) } else { tops.map(|tops| *tops).unwrap_or_default() };
        Record { peak, nonfinite, total, count, coordinates, tops, samples }
    }

    /// What the weights are relative to, as [`Record::reference`].
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        if let Some(peak) = self.rest.as_ref().and_then(|rest| rest.peak) {
            return Some(peak.reference);
        }
        let integer = Some(self.integer).filter(|integer| !integer.is_nan());
        let own = Reference { max: self.reference, integer, fraction: self.fraction };
        self.state.has_peak.then_some(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peak() -> Peak {
        let sums = Sums { mass: 3.0, first: [-0.0, 0.5, -2.0], ..Sums::default() };
        let reference = Reference { max: 1.5, integer: Some(3.0), fraction: 0.25 };
        let (at, aside) = ([4, 5, 6], Sums::default());
        Peak { max: 1.5, tie: 0, at, key: 77, is_constant: true, reference, sums, aside }
    }

    /// Every record of these comes back to the bit, and as large as it must be.
    #[test]
    fn nothing_is_lost() {
        let one = Record { peak: Some(peak()), total: 9.5, count: 4, ..Record::default() };
        let merged = Record { tops: Tops::of_one(1.5, 77), ..one.clone() };
        let small = [Record::default(), Record { total: -0.0, count: 1, ..Record::default() }, one, merged];
        for record in small {
            let packed = PackedRecord::new(record.clone());
            assert!(packed.rest.is_none() && packed.tops.is_none(), "{record:?}");
            assert_eq!(format!("{:?}", packed.unpack()), format!("{record:?}"));
        }
        let second = Sums { second: [0.0, -0.0, 1.0, 0.0, 0.0, 0.0], ..peak().sums };
        let negative = Sums { mass: -0.0, ..Sums::default() };
        let at_peak = Reference { integer: None, ..peak().reference };
        let peaks = [
            Peak { tie: 8, ..peak() },
            Peak { at: [0, 1 << 40, 0], ..peak() },
            Peak { sums: second, ..peak() },
            Peak { sums: Sums { energy: -0.0, ..peak().sums }, ..peak() },
            Peak { aside: negative, ..peak() },
            Peak { key: u64::MAX, reference: at_peak, ..peak() },
        ];
        let nonfinite = Some(Nonfinite { nan: 1, infinite: 2, first: 3 });
        let others = [
            Record { nonfinite, ..Record::default() },
            Record { coordinates: [0.0, 1.0, 0.0], ..Record::default() },
            Record { samples: vec![f64::NAN, 1.0], ..Record::default() },
            Record { tops: Tops::of_one(1.5, 78), peak: Some(peak()), ..Record::default() },
            Record { tops: Tops::of_one(f64::NEG_INFINITY, u64::MAX), ..Record::default() },
        ];
        let of_peaks = peaks.map(|peak| Record { peak: Some(peak), count: 7, ..Record::default() });
        for record in others.into_iter().chain(of_peaks) {
            let packed = PackedRecord::new(record.clone());
            assert_eq!(packed.reference(), record.reference());
            assert_eq!(format!("{:?}", packed.unpack()), format!("{record:?}"));
        }
    }

    #[test]
    fn most_take_120_bytes() {
        assert_eq!(size_of::<PackedRecord>(), 120);
    }
}
