//! Everything suspicious, as data: what was found and where. What to do about it is in the words of whoever
//! prints it (`cli/hints.rs`).
//!
//! Each warning is about a number that looks good and may be wrong: the answer is given all the same and is
//! the one that the method defines. What makes an answer impossible is a status, and what makes an input
//! unreadable is an error.
//!
//! What is doubtful about a landmark is its flags, and two reasons that stand without one. They are gathered:
//! one warning for each flag or reason that an input has, with a count and the first places. A thousand
//! channels with the same fault need one line and not a thousand.

use crate::landmark::{Flag, Landmark, Reason};
use crate::landmarks::Landmarks;
use crate::shown;
use crate::source::Notice;
use std::fmt;
use std::path::{Path, PathBuf};

/// Something suspicious about one input or its landmarks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// About the file.
    Source(Notice),
    /// About one file of several that are averaged.
    Member {
        /// The file.
        path: PathBuf,
        /// What is suspicious about it.
        notice: Notice,
    },
    /// About the path: no columns could be read from it.
    PathUnmatched,
    /// About landmarks that share a flag.
    Flagged {
        /// The flag.
        flag: Flag,
        /// How many landmarks of the input have it.
        count: usize,
        /// The first of them, at most three: sample, channel and peak.
        first: Vec<(usize, usize, usize)>,
        /// With the flag `diffuse`: the β at which a softmax is pulled from the peak by less than 0.1 voxel
        /// for all of them; `None` if some have none.
        beta: Option<f64>,
    },
    /// About landmarks that share a reason which no flag and no option of the run tells of.
    Reasoned {
        /// The reason.
        reason: Reason,
        /// How many landmarks of the input have it.
        count: usize,
        /// The first of them, at most three: sample, channel and peak.
        first: Vec<(usize, usize, usize)>,
    },
}

/// The reasons that are warnings, each with its kind. The others say what was asked for, or explain a flag.
const REASONS: [(Reason, &str); 3] =
    [(Reason::NoMean, "no-mean"), (Reason::NotJudged, "not-judged"), (Reason::Wrapped, "wrapped")];

impl Warning {
    /// How many places a warning names.
    pub(crate) const PLACES: usize = 3;

    /// One word, by which warnings are counted.
    #[must_use]
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Warning::Source(notice) | Warning::Member { notice, .. } => notice.kind(),
            Warning::PathUnmatched => "path-unmatched",
            Warning::Flagged { flag, .. } => flag.name(),
            Warning::Reasoned { reason, .. } => {
                REASONS.iter().find(|(listed, _)| listed == reason).map_or("reason", |(_, kind)| kind)
            }
        }
    }

    /// The warnings about the landmarks of one input: one for each flag that some of them have, in the order
    /// of the flags, and one for each of [`REASONS`].
    #[must_use]
    pub(crate) fn of_landmarks(landmarks: &Landmarks) -> Vec<Warning> {
        let mut flagged: [Gathered; Flag::ALL.len()] = Default::default();
        let mut reasoned: [Gathered; REASONS.len()] = Default::default();
        for landmark in landmarks {
            if !landmark.flags.is_empty() {
                landmark.flags.iter().for_each(|flag| flagged[flag as usize].add(&landmark));
            }
            if let Some(reason) = landmark.reason {
                let listed = REASONS.iter().zip(&mut reasoned).filter(|((listed, _), _)| *listed == reason);
                listed.for_each(|(_, gathered)| gathered.add(&landmark));
            }
        }
        let flags = Flag::ALL.into_iter().zip(flagged);
        let flags = flags.map(|(flag, Gathered { count, first, beta })| Warning::Flagged {
            flag,
            count,
            first,
            beta,
        });
        let reasons = REASONS.into_iter().zip(reasoned);
        let reasons = reasons.map(|((reason, _), Gathered { count, first, .. })| Warning::Reasoned {
            reason,
            count,
            first,
        });
        flags.chain(reasons).filter(|warning| warning.landmarks().is_some_and(|count| count > 0)).collect()
    }

    /// The same of one file of several that are averaged.
    #[must_use]
    pub(crate) fn of_member(self, path: &Path) -> Warning {
        match self {
            Warning::Source(notice) => Warning::Member { path: path.to_owned(), notice },
            warning => warning,
        }
    }

    /// How many landmarks it is about; `None` if it is about the file.
    pub(crate) fn landmarks(&self) -> Option<usize> {
        match self {
            Warning::Source(_) | Warning::Member { .. } | Warning::PathUnmatched => None,
            Warning::Flagged { count, .. } | Warning::Reasoned { count, .. } => Some(*count),
        }
    }

    /// What it says of each of its landmarks; `None` if it is about the file.
    pub(crate) fn summary(&self) -> Option<String> {
        match self {
            Warning::Source(_) | Warning::Member { .. } | Warning::PathUnmatched => None,
            Warning::Flagged { flag, .. } => Some(flag.summary().to_owned()),
            Warning::Reasoned { reason, .. } => Some(reason.to_string()),
        }
    }
}

/// Landmarks that share a flag or a reason.
#[derive(Default)]
struct Gathered {
    count: usize,
    first: Vec<(usize, usize, usize)>,
    beta: Option<f64>,
}

impl Gathered {
    fn add(&mut self, landmark: &Landmark) {
        let advised = landmark.advised_beta;
        self.beta = if self.count == 0 { advised } else { sharper(self.beta, advised) };
        self.count += 1;
        if self.first.len() < Warning::PLACES {
            self.first.push((landmark.n, landmark.c, landmark.peak));
        }
    }
}

/// The β that does for both; `None` unless both have one.
pub(crate) fn sharper(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.zip(b).map(|(a, b)| a.max(b))
}

/// A landmark by its numbers: sample, channel, and peak if it is not the highest.
pub(crate) struct Place(pub(crate) (usize, usize, usize));

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place((n, c, peak)) = self;
        write!(f, "n {n}, c {c}")?;
        if *peak > 0 { write!(f, ", peak {peak}") } else { Ok(()) }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, first, beta) = match self {
            Warning::Source(notice) => return notice.fmt(f),
            Warning::Member { path, notice } => return write!(f, "`{}`: {notice}", shown::path(path)),
            Warning::PathUnmatched => return f.write_str("path-regex does not match the path"),
            Warning::Flagged { count, first, beta, .. } => (*count, first, *beta),
            Warning::Reasoned { count, first, .. } => (*count, first, None),
        };
        let landmarks = if count == 1 { "landmark" } else { "landmarks" };
        let places: Vec<String> = first.iter().map(|&place| Place(place).to_string()).collect();
        let from = if count > first.len() { "first: " } else { "" };
        let summary = self.summary().unwrap_or_default();
        write!(f, "{count} {landmarks} ({from}{}): {summary}", places.join("; "))?;
        let Some((beta, temperature)) = beta.and_then(advice) else { return Ok(()) };
        write!(f, "; a softmax at beta {beta} or temperature {temperature} is pulled by less than 0.1 voxel")
    }
}

/// A β and its temperature as texts to be typed, both rounded so that the pull of the background becomes
/// smaller and not larger. `None` if one of them is no legal number: a map of values near the largest that
/// there are.
pub(crate) fn advice(beta: f64) -> Option<(String, String)> {
    Some((two_figures(beta, Rounding::Up)?, two_figures(1.0 / beta, Rounding::Down)?))
}

/// To which side a number is rounded.
#[derive(Clone, Copy, PartialEq)]
enum Rounding {
    Up,
    Down,
}

/// A number to two significant figures: a plain decimal from 0.0001 to 999,999, `1.7e-17` beyond. `None` if
/// the text would not be that of a finite number above 0.
///
/// Two figures, because it is advice to be typed by hand and not a result. The direction matters: rounded the
/// wrong way, the β advised would be a little too small to do what is promised. The digits are those of the
/// standard library's decimal, because powers of ten in f64 overflow and are not exact.
fn two_figures(number: f64, rounding: Rounding) -> Option<String> {
    /// Exponents that are written as a plain decimal.
    const PLAIN: std::ops::RangeInclusive<i32> = -4..=5;
    if !(number.is_finite() && number > 0.0) {
        return None;
    }
    // "1.7e-17" is 17 tenths and −17.
    let nearest = format!("{number:.1e}");
    let (digits, exponent) = nearest.split_once('e')?;
    let mut tenths: i32 = digits.replace('.', "").parse().ok()?;
    let mut exponent: i32 = exponent.parse().ok()?;
    let value: f64 = nearest.parse().ok()?;
    match rounding {
        Rounding::Up if value < number => tenths += 1,
        Rounding::Down if value > number => tenths -= 1,
        _ => {}
    }
    match tenths {
        100 => (tenths, exponent) = (10, exponent + 1),
        9 => (tenths, exponent) = (99, exponent - 1),
        _ => {}
    }
    let value: f64 = format!("{tenths}e{}", exponent - 1).parse().ok()?;
    let is_legal = value.is_finite() && value > 0.0;
    is_legal.then(|| if PLAIN.contains(&exponent) { format!("{value}") } else { format!("{value:e}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landmark::{Landmark, Status};

    #[test]
    fn two_figures_by_hand() {
        for (number, up, down) in [
            (17.31, "18", "17"),
            (0.05776, "0.058", "0.057"),
            (2.0, "2", "2"),
            (123.4, "130", "120"),
            (0.7, "0.7", "0.7"),
            (9.97, "10", "9.9"),
            (99.7, "100", "99"),
            (0.995, "1", "0.99"),
            (98_765.0, "99000", "98000"),
            (999_999.0, "1e6", "990000"),
            (1.0e6, "1e6", "1e6"),
            (0.000_1, "0.0001", "0.0001"),
            (0.000_099_9, "0.0001", "9.9e-5"),
            (1.0e-7, "1e-7", "1e-7"),
            (1.66e-17, "1.7e-17", "1.6e-17"),
            (6.05e-46, "6.1e-46", "6e-46"),
            (6.1e-46, "6.1e-46", "6.1e-46"),
            (5.9e16, "5.9e16", "5.9e16"),
            // Subnormal, with fewer bits than the figures need.
            (4.0e-310, "4e-310", "4e-310"),
            (f64::MIN_POSITIVE, "2.3e-308", "2.2e-308"),
        ] {
            assert_eq!(two_figures(number, Rounding::Up).as_deref(), Some(up));
            assert_eq!(two_figures(number, Rounding::Down).as_deref(), Some(down));
        }
        for number in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            assert_eq!(two_figures(number, Rounding::Up), None, "{number}");
        }
        assert_eq!(two_figures(f64::MAX, Rounding::Up), None);
        assert_eq!(two_figures(f64::MAX, Rounding::Down).as_deref(), Some("1.7e308"));
    }

    #[test]
    fn a_beta_and_its_temperature_or_neither() {
        let texts = |beta| advice(beta).map(|(beta, temperature)| format!("{beta} {temperature}"));
        assert_eq!(texts(17.2).as_deref(), Some("18 0.058"));
        assert_eq!(texts(5.8e16).as_deref(), Some("5.8e16 1.7e-17"));
        // 1/β is subnormal: 1/1.7e308 = 5.88e-309.
        assert_eq!(texts(1.7e308).as_deref(), Some("1.7e308 5.8e-309"));
        for beta in [0.0, -1.0, 1.0e-310, f64::MAX, f64::INFINITY, f64::NAN] {
            assert_eq!(advice(beta), None, "{beta}");
        }
        // What is printed is on the right side of what was meant, whatever its size.
        for exponent in -322..308 {
            let number: f64 = format!("1.2345e{exponent}").parse().unwrap();
            let back = |rounding| two_figures(number, rounding).unwrap().parse::<f64>().unwrap();
            assert!(back(Rounding::Up) >= number && back(Rounding::Down) <= number, "{number:e}");
        }
    }

    #[test]
    fn reasons_without_a_flag_are_told() {
        let reasoned = |c, status, reason| Landmark { c, reason, ..Landmark::nothing(status) };
        let landmarks = [
            reasoned(0, Status::Ok, Some(Reason::NotJudged)),
            reasoned(1, Status::Missing, Some(Reason::NoMean)),
            reasoned(2, Status::Missing, Some(Reason::FewerPeaks)),
            reasoned(3, Status::Ok, Some(Reason::NotJudged)),
        ];
        let warnings = of(&landmarks);
        let texts: Vec<String> =
            warnings.iter().map(|warning| format!("{}: {warning}", warning.kind())).collect();
        assert_eq!(
            texts,
            [
                "no-mean: 1 landmark (n 0, c 1): the weights have no sum above 0, and so no mean",
                "not-judged: 2 landmarks (n 0, c 0; n 0, c 3): flags not judged: no place for a temporary \
                 copy (see TMPDIR)",
            ]
        );
    }

    fn flagged(c: usize, flags: &[Flag], advised_beta: Option<f64>) -> Landmark {
        Landmark { c, flags: flags.iter().copied().collect(), advised_beta, ..Landmark::nothing(Status::Ok) }
    }

    fn of(landmarks: &[Landmark]) -> Vec<Warning> {
        Warning::of_landmarks(&landmarks.iter().copied().collect())
    }

    #[test]
    fn one_warning_for_each_flag() {
        let landmarks: Vec<Landmark> = (0..5)
            .map(|c| flagged(c, &[Flag::Diffuse], Some(10.0 + c as f64)))
            .chain([flagged(5, &[], None), flagged(6, &[Flag::Outside, Flag::Border], None)])
            .collect();
        let warnings = of(&landmarks);
        let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings.iter().map(Warning::kind).collect::<Vec<_>>(), ["border", "diffuse", "outside"]);
        assert_eq!(
            texts[1],
            "5 landmarks (first: n 0, c 0; n 0, c 1; n 0, c 2): the answer is not where the peak is: what \
             lies elsewhere draws it, or the temperature is too low; a softmax at beta 14 or temperature \
             0.071 is pulled by less than 0.1 voxel"
        );
        assert_eq!(texts[2], "1 landmark (n 0, c 6): the answer lies beyond the outermost voxel centres");
        let without = [landmarks[0], flagged(1, &[Flag::Diffuse], None)];
        assert!(!of(&without)[0].to_string().contains("beta"));
        let second = Landmark { peak: 2, ..landmarks[6] };
        assert!(of(&[second])[0].to_string().contains("(n 0, c 6, peak 2)"));
        assert_eq!(of(&landmarks[5..6]), []);
    }
}
