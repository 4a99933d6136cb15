//! Everything suspicious, as data: what was found and where. What to do about it is in the words of whoever
//! prints it (`cli/hints.rs`).
//!
//! Each warning is about a number that looks good and may be wrong: the answer is given all the same and is
//! the one that the method defines. What makes an answer impossible is a status, and what makes an input
//! unreadable is an error.
//!
//! What is doubtful about a landmark is its flags. They are gathered: one warning for each flag that an input
//! has, with a count and the first places. A thousand channels with the same fault need one line and not a
//! thousand.

use crate::landmark::Flag;
use crate::landmarks::Landmarks;
use crate::source::Notice;
use std::fmt;

/// Something suspicious about one input or its landmarks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// About the file.
    Source(Notice),
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
}

impl Warning {
    /// How many places a warning names.
    pub(crate) const PLACES: usize = 3;

    /// One word, by which warnings are counted.
    #[must_use]
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Warning::Source(notice) => notice.kind(),
            Warning::Flagged { flag, .. } => flag.name(),
        }
    }

    /// The warnings about the landmarks of one input: one for each flag that some of them have.
    #[must_use]
    pub(crate) fn of_landmarks(landmarks: &Landmarks) -> Vec<Warning> {
        let about = |flag: Flag| {
            let flagged = || landmarks.iter().filter(move |landmark| landmark.flags.has(flag));
            let first = flagged().take(Warning::PLACES);
            let first: Vec<_> = first.map(|landmark| (landmark.n, landmark.c, landmark.peak)).collect();
            let beta = flagged().map(|landmark| landmark.advised_beta).reduce(sharper).flatten();
            let count = flagged().count();
            (count > 0).then_some(Warning::Flagged { flag, count, first, beta })
        };
        Flag::ALL.into_iter().filter_map(about).collect()
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
        let (flag, count, first, beta) = match self {
            Warning::Source(notice) => return notice.fmt(f),
            Warning::Flagged { flag, count, first, beta } => (flag, *count, first, *beta),
        };
        let landmarks = if count == 1 { "landmark" } else { "landmarks" };
        let places: Vec<String> = first.iter().map(|&place| Place(place).to_string()).collect();
        let from = if count > first.len() { "first: " } else { "" };
        write!(f, "{count} {landmarks} ({from}{}): {}", places.join("; "), flag.summary())?;
        let Some(beta) = beta else { return Ok(()) };
        let (beta, temperature) = (Figures::beta(beta), Figures::temperature(beta));
        write!(f, "; a softmax at beta {beta} or temperature {temperature} is pulled by less than 0.1 voxel")
    }
}

/// A positive number to two significant figures, rounded as the function says.
///
/// Two, because it is advice to be typed by hand and not a result. The direction matters: rounded the wrong
/// way, the β advised would be a little too small to do what is promised.
pub(crate) struct Figures(pub(crate) f64, pub(crate) fn(f64) -> f64);

impl Figures {
    /// A β, rounded so that the pull of the background becomes smaller and not larger.
    pub(crate) fn beta(beta: f64) -> Figures {
        Figures(beta, f64::ceil)
    }

    /// The temperature of a β, rounded so too.
    pub(crate) fn temperature(beta: f64) -> Figures {
        Figures(1.0 / beta, f64::floor)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures(number, round) = *self;
        let exponent = libm::floor(libm::log10(number)) as i32 - 1;
        let step = libm::pow(10.0, f64::from(exponent.abs()));
        // Decimals are divided by a power of ten, which is exact, so that the shortest text is the short one.
        let figures = if exponent < 0 { round(number * step) / step } else { round(number / step) * step };
        write!(f, "{figures}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landmark::{Landmark, Status};

    #[test]
    fn two_figures_by_hand() {
        for (number, ceiling, floor) in [
            (17.31, "18", "17"),
            (0.05776, "0.058", "0.057"),
            (2.0, "2", "2"),
            (123.4, "130", "120"),
            (1.0e-7, "0.0000001", "0.0000001"),
            (98_765.0, "99000", "98000"),
        ] {
            assert_eq!(Figures(number, f64::ceil).to_string(), ceiling);
            assert_eq!(Figures(number, f64::floor).to_string(), floor);
        }
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
            "5 landmarks (first: n 0, c 0; n 0, c 1; n 0, c 2): the answer is drawn from the peak by what \
             lies elsewhere; a softmax at beta 14 or temperature 0.071 is pulled by less than 0.1 voxel"
        );
        assert_eq!(texts[2], "1 landmark (n 0, c 6): the answer lies beyond the outermost voxel centres");
        let without = [landmarks[0], flagged(1, &[Flag::Diffuse], None)];
        assert!(!of(&without)[0].to_string().contains("beta"));
        let second = Landmark { peak: 2, ..landmarks[6] };
        assert!(of(&[second])[0].to_string().contains("(n 0, c 6, peak 2)"));
        assert_eq!(of(&landmarks[5..6]), []);
    }
}
