//! What the people who read an output asked to see in it.
//!
//! Nothing here changes where a landmark is found. It is apart from the decoding, so that one decoded input
//! can be written in any space, order or format, and the formats need not know how it was decoded.

use crate::geometry::{Frame, Norm, Order};
use crate::landmark::InputRecord;
use std::fmt;
use std::str::FromStr;

/// What changes the columns and the text of an output; complete, so that a sink has nothing to decide.
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the output of its own")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The spaces in which coordinates are written.
    pub coords: Coords,
    /// The convention of normalized coordinates.
    pub norm: Norm,
    /// The order of voxel and normalized coordinates.
    pub order: Order,
    /// The signs of world coordinates.
    pub frame: Frame,
    /// Whether the hard argmax, the peak value and the distance between the two answers are written.
    pub compare: bool,
    /// How many landmarks each heatmap has; `None` if only the highest peak is written, without a number.
    pub peaks: Option<usize>,
    /// Whether the spread is written.
    pub stats: bool,
    /// What is written with the spread.
    pub extras: Extras,
    /// Whether the uncertainty is written.
    pub uncertainty: bool,
    /// Whether the voxels near the peak's height are written.
    pub region: bool,
    /// Whether inputs are means of several files: how many they are, and how far they disagree, is written.
    pub average: bool,
    /// Whether formats of lines have one for each input, and not for each landmark.
    pub line_per_input: bool,
    /// The number of decimals in text formats; without it the shortest that read back to the same f64.
    ///
    /// Settings and affines are always written in full.
    pub digits: Option<usize>,
    /// The name of each channel, numbered as in the file, or of each that is decoded
    /// ([`InputRecord::labelled`]).
    pub labels: Option<Vec<String>>,
    /// The columns that are read from the path of each input.
    pub path: Option<PathColumns>,
    /// What changes the answers, for formats that record it.
    pub settings: Vec<(&'static str, serde_json::Value)>,
    /// How much will come; needed by formats whose header says so (npy).
    pub totals: Option<Totals>,
}

/// Columns that are read from paths ([`InputRecord::from_path`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathColumns {
    /// The regular expression that finds them.
    pub pattern: String,
    /// Their names.
    pub names: Vec<String>,
}

/// What the landmarks of some methods have beside the spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// The share of the softmax's mass within the method's window.
    pub window_mass: bool,
    /// What the method fitted.
    pub fit: bool,
}

impl Report {
    /// The names of the columns that are read from the path.
    pub(super) fn path_names(&self) -> impl Iterator<Item = &str> {
        self.path.iter().flat_map(|path| path.names.iter().map(String::as_str))
    }

    /// The cells under [`Report::path_names`], with their names.
    pub(super) fn path_cells<'a>(
        &'a self,
        input: &'a InputRecord,
    ) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        let cells = input.from_path.iter().map(Option::as_deref).chain(std::iter::repeat(None));
        self.path_names().zip(cells)
    }

    /// The label of channel `c` of an input.
    pub(super) fn label(&self, input: &InputRecord, c: usize) -> Option<&str> {
        self.labels.as_ref()?.get(input.label_index(c)?).map(String::as_str)
    }
}

/// The names in a text that has one on each line; a byte order mark before them, and white space around each
/// and behind the last, are not part of them.
///
/// Such marks are invisible in an editor and would otherwise make `nasion` and `nasion` two names. An empty
/// line between two names is an empty name and keeps its place, since labels are numbered as the channels
/// are.
#[must_use]
pub fn labels(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.trim_end().lines().map(|line| line.trim().to_owned()).collect()
}

/// The first two lengths of an array of coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Samples of all inputs together; an unreadable input counts as `max(1, samples)` of its record.
    pub samples: u64,
    /// Channels of each sample.
    pub channels: u64,
}

/// A space in which coordinates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// By the convention of [`Report::norm`].
    Normalized,
    /// 0-based voxel indices.
    Voxel,
    /// Millimetres.
    World,
}

impl Space {
    /// Every space, in the order in which they are written.
    pub(crate) const ALL: [Space; 3] = [Space::Normalized, Space::Voxel, Space::World];

    /// The name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Space::Normalized => "normalized",
            Space::Voxel => "voxel",
            Space::World => "world",
        }
    }
}

/// One or more spaces; they are always written in the order of `Space::ALL`.
///
/// The order in which they were typed does not count, so that a script that reads columns by place does not
/// depend on it; nor does naming a space twice.
///
/// # Examples
/// ```
/// use softargmax::files::{Coords, Space};
/// let coords: Coords = "world,voxel".parse()?;
/// assert!(coords.spaces().eq([Space::Voxel, Space::World]));
/// # Ok::<(), softargmax::internals::sink::CoordsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coords([bool; 3]);

impl Default for Coords {
    fn default() -> Coords {
        Coords::one(Space::Normalized)
    }
}

impl Coords {
    /// One space alone.
    #[must_use]
    pub(crate) fn one(space: Space) -> Coords {
        Coords(Space::ALL.map(|other| other == space))
    }

    /// The spaces, in the order in which they are written.
    pub fn spaces(self) -> impl Iterator<Item = Space> {
        Space::ALL.into_iter().filter(move |&space| self.contains(space))
    }

    /// Whether `space` is among them.
    #[must_use]
    pub(crate) fn contains(self, space: Space) -> bool {
        self.0[space as usize]
    }

    /// The space, if there is only one.
    #[must_use]
    pub(crate) fn single(self) -> Option<Space> {
        let mut spaces = self.spaces();
        spaces.next().filter(|_| spaces.next().is_none())
    }
}

impl fmt::Display for Coords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spaces().map(Space::name).collect::<Vec<_>>().join(","))
    }
}

/// A list of spaces with something else in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one or more of `normalized`, `voxel`, `world`, separated by commas, found `{found}`")]
pub struct CoordsError {
    /// What was given.
    pub found: String,
}

impl FromStr for Coords {
    type Err = CoordsError;

    fn from_str(text: &str) -> Result<Coords, CoordsError> {
        let mut coords = Coords([false; 3]);
        for name in text.split(',') {
            let space = Space::ALL.into_iter().find(|space| space.name() == name.trim());
            let space = space.ok_or_else(|| CoordsError { found: text.to_owned() })?;
            coords.0[space as usize] = true;
        }
        Ok(coords)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_without_what_an_editor_does_not_show() {
        for text in [
            "nasion\nsella",
            "nasion\nsella\n\n",
            " nasion \r\n\tsella\r\n \r\n\r\n",
            "\u{feff}nasion\nsella\n",
        ] {
            assert_eq!(labels(text), ["nasion", "sella"], "{text:?}");
        }
        assert_eq!(labels("left eye\n\nright eye\n"), ["left eye", "", "right eye"]);
        assert_eq!(labels("\n\n"), [""; 0]);
    }

    #[test]
    fn coords_keep_their_order() {
        let coords: Coords = "world, normalized,world".parse().unwrap();
        assert_eq!(coords.to_string(), "normalized,world");
        assert_eq!(coords.single(), None);
        assert_eq!("voxel".parse::<Coords>().unwrap().single(), Some(Space::Voxel));
        assert_eq!(Coords::default().to_string(), "normalized");
        for bad in ["", "voxels", "voxel,", "all"] {
            assert!(bad.parse::<Coords>().is_err(), "{bad}");
        }
    }
}
