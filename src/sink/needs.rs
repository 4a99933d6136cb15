//! What an output format has room for, and what it must know before the first landmark: data in its row, so
//! that whoever starts a run can refuse what the format cannot hold before anything is decoded.
//!
//! The alternative would be to leave out what does not fit. Then a file of coordinates could silently lack
//! the spread that was asked for, or hold voxels where its reader expects millimetres; and an hour of
//! decoding could end in an error that was certain from the start.

use super::report::{Coords, Report, Space, Totals};
use crate::geometry::Frame;

/// What an output format has room for, and what it must know beforehand.
#[expect(clippy::struct_excessive_bools, reason = "each is a need of its own, and any of them go together")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Which spaces of coordinates it holds.
    pub spaces: Spaces,
    /// The only frame in which it holds world coordinates; `None` if it holds any.
    pub frame: Option<Frame>,
    /// The frame in which its world coordinates are unless another is asked for.
    pub usual_frame: Frame,
    /// Whether it holds coordinates alone, without the hard argmax, the spread, the uncertainty and the
    /// region.
    pub coordinates_only: bool,
    /// Whether it holds the landmarks of one sample only.
    pub one_sample: bool,
    /// Whether it begins with the number of landmarks, and so needs [`Report::totals`].
    pub totals: bool,
    /// Whether it can have one line for each input, [`Report::line_per_input`].
    pub line_per_input: bool,
    /// Whether it records the settings of the run, [`Report::settings`].
    pub settings: bool,
}

/// Which spaces of coordinates an output format holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spaces {
    /// Any number of them.
    Any,
    /// One, whichever it is.
    One,
    /// World coordinates and no others.
    World,
}

/// What a report asks of an output format that the format cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unmet {
    /// It holds coordinates alone.
    #[error(
        "expected coordinates alone, found the hard argmax, the spread, the uncertainty or the region too"
    )]
    CoordinatesOnly,
    /// It holds coordinates alone, and no text.
    #[error("expected coordinates alone, found columns that are read from the path too")]
    PathColumns,
    /// It holds one space of coordinates.
    #[error("expected one space of coordinates, found `{found}`")]
    OneSpace {
        /// The spaces asked for.
        found: Coords,
    },
    /// It holds world coordinates.
    #[error("expected world coordinates alone, found `{found}`")]
    World {
        /// The spaces asked for.
        found: Coords,
    },
    /// It holds world coordinates in one frame.
    #[error("expected world coordinates in {}, found {}", expected.name(), found.name())]
    Frame {
        /// Its frame.
        expected: Frame,
        /// The frame asked for.
        found: Frame,
    },
    /// It holds one sample.
    #[error("expected one sample, found {found}")]
    OneSample {
        /// The samples of all inputs together.
        found: u64,
    },
    /// It has no lines of inputs.
    #[error("expected no line for each input, found that it is asked for")]
    LinePerInput,
    /// It begins with the number of landmarks, which is not known.
    #[error("expected the number of samples and channels before the first landmark, found none")]
    Totals,
}

impl Needs {
    /// Of a format that holds everything and needs to know nothing.
    pub const NOTHING: Needs = Needs {
        spaces: Spaces::Any,
        frame: None,
        usual_frame: Frame::Ras,
        coordinates_only: false,
        one_sample: false,
        totals: false,
        line_per_input: false,
        settings: false,
    };

    /// Whether the samples of all inputs must be counted before the first landmark is written.
    ///
    /// Counting means looking at the header of every input first, so it cannot be done for inputs that
    /// arrive one by one while others are decoded.
    #[must_use]
    pub const fn counts_samples(self) -> bool {
        self.totals || self.one_sample
    }

    /// Holds what `report` asks for against what the format can hold.
    ///
    /// It needs no input, so it can be asked as soon as the options are known. A frame counts only if world
    /// coordinates are asked for: it changes no others.
    ///
    /// # Errors
    /// The first thing that it cannot hold.
    pub fn check(self, report: &Report) -> Result<(), Unmet> {
        if self.coordinates_only && (report.compare || report.stats || report.uncertainty || report.region) {
            return Err(Unmet::CoordinatesOnly);
        }
        if self.coordinates_only && report.path.is_some() {
            return Err(Unmet::PathColumns);
        }
        if report.line_per_input && !self.line_per_input {
            return Err(Unmet::LinePerInput);
        }
        let found = report.coords;
        match self.spaces {
            Spaces::One if found.single().is_none() => return Err(Unmet::OneSpace { found }),
            Spaces::World if found.single() != Some(Space::World) => return Err(Unmet::World { found }),
            _ => {}
        }
        match self.frame {
            Some(expected) if expected != report.frame && found.contains(Space::World) => {
                Err(Unmet::Frame { expected, found: report.frame })
            }
            _ => Ok(()),
        }
    }

    /// Holds the size of the whole output against what the format can hold; `None` if it is not known.
    ///
    /// # Errors
    /// [`Unmet::OneSample`] and [`Unmet::Totals`].
    pub fn check_totals(self, totals: Option<Totals>) -> Result<(), Unmet> {
        match totals {
            None if self.totals => Err(Unmet::Totals),
            Some(Totals { samples, .. }) if self.one_sample && samples > 1 => {
                Err(Unmet::OneSample { found: samples })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As of a list of points in one frame.
    const POINTS: Needs = Needs {
        spaces: Spaces::World,
        frame: Some(Frame::Lps),
        usual_frame: Frame::Lps,
        coordinates_only: true,
        one_sample: true,
        totals: false,
        line_per_input: false,
        settings: false,
    };

    fn report(coords: &str, frame: Frame) -> Report {
        Report { coords: coords.parse().unwrap(), frame, ..Report::default() }
    }

    #[test]
    fn reports_by_hand() {
        let world = report("world", Frame::Lps);
        assert_eq!(POINTS.check(&world), Ok(()));
        assert_eq!(POINTS.check(&Report { stats: true, ..world.clone() }), Err(Unmet::CoordinatesOnly));
        let uncertain = Report { uncertainty: true, ..world.clone() };
        assert_eq!(POINTS.check(&uncertain), Err(Unmet::CoordinatesOnly));
        assert_eq!(POINTS.check(&Report { compare: true, ..world }), Err(Unmet::CoordinatesOnly));
        let found = "voxel,world".parse().unwrap();
        assert_eq!(POINTS.check(&report("voxel,world", Frame::Lps)), Err(Unmet::World { found }));
        let frame = Unmet::Frame { expected: Frame::Lps, found: Frame::Ras };
        assert_eq!(POINTS.check(&report("world", Frame::Ras)), Err(frame.clone()));
        assert_eq!(frame.to_string(), "expected world coordinates in lps, found ras");
        let one = Needs { spaces: Spaces::One, ..Needs::NOTHING };
        assert_eq!(one.check(&report("voxel", Frame::Ras)), Ok(()));
        assert_eq!(one.check(&report("voxel,world", Frame::Ras)), Err(Unmet::OneSpace { found }));
        let all = Report { compare: true, stats: true, ..report("normalized,voxel,world", Frame::Lps) };
        assert_eq!(Needs::NOTHING.check(&all), Ok(()));
    }

    #[test]
    fn totals_by_hand() {
        let totals = |samples| Some(Totals { samples, channels: 5 });
        assert!(POINTS.counts_samples() && !Needs::NOTHING.counts_samples());
        assert_eq!(POINTS.check_totals(totals(1)), Ok(()));
        assert_eq!(POINTS.check_totals(totals(2)), Err(Unmet::OneSample { found: 2 }));
        assert_eq!(POINTS.check_totals(None), Ok(()));
        let counted = Needs { totals: true, ..Needs::NOTHING };
        assert_eq!(counted.check_totals(None), Err(Unmet::Totals));
        assert_eq!(counted.check_totals(totals(7)), Ok(()));
    }
}
