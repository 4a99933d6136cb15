//! Values of flags about landmark files.

use crate::geometry::Frame;
use crate::points::{FORMATS, Format, by_name};
use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// `--from-frame`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FromFrame {
    /// millimetres: x to the right, y to the front, z up
    Ras,
    /// millimetres: x to the left, y to the back, z up
    Lps,
    /// voxels (h, w, d), from 0
    Voxel,
}

impl FromFrame {
    /// The frame, if they are millimetres.
    pub(super) fn frame(self) -> Option<Frame> {
        match self {
            FromFrame::Ras => Some(Frame::Ras),
            FromFrame::Lps => Some(Frame::Lps),
            FromFrame::Voxel => None,
        }
    }
}

/// The formats that are read.
pub(super) fn formats() -> impl TypedValueParser<Value = &'static Format> {
    one_of(FORMATS.iter())
}

/// The formats that are written.
pub(super) fn targets() -> impl TypedValueParser<Value = &'static Format> {
    one_of(FORMATS.iter().filter(|format| format.write.is_some()))
}

fn one_of(formats: impl Iterator<Item = &'static Format>) -> impl TypedValueParser<Value = &'static Format> {
    let values = formats.map(|format| PossibleValue::new(format.name).help(format.summary));
    // The parser passes only the names of the table.
    PossibleValuesParser::new(values).map(|name: String| by_name(&name).unwrap_or(&FORMATS[0]))
}

/// The formats, for the end of the long help.
pub(super) fn formats_help() -> String {
    let widest = FORMATS.iter().map(|format| format.name.len()).max().unwrap_or(0);
    let row = |format: &Format| format!("\n  {:widest$}  {}", format.name, format.summary);
    format!("Formats, for --from and --to:{}", FORMATS.iter().map(row).collect::<String>())
}

/// An odd number of voxels.
pub(super) fn odd(text: &str) -> Result<usize, String> {
    let found = text.parse().ok().filter(|edge| edge % 2 == 1 && (1..=255).contains(edge));
    found.ok_or_else(|| "expected an odd number from 1 to 255".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cubes_have_a_middle() {
        assert_eq!((odd("1"), odd("3")), (Ok(1), Ok(3)));
        for bad in ["0", "2", "-1", "257", "x"] {
            assert!(odd(bad).is_err(), "{bad}");
        }
    }
}
