//! A length as it is given: in voxels, or in millimetres with a suffix.
//!
//! It keeps its unit until there is an affine: how many voxels 5 mm are depends on the input and on the axis.

use std::fmt;
use std::str::FromStr;

/// A length in the unit it was given in: `3` is three voxels, `3mm` three millimetres.
///
/// # Examples
/// ```
/// use softargmax::Length;
/// assert_eq!("2.5".parse(), Ok(Length::Voxels(2.5)));
/// assert_eq!("5mm".parse(), Ok(Length::Millimetres(5.0)));
/// assert!("5cm".parse::<Length>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// In voxels.
    Voxels(f64),
    /// In millimetres: needs an affine to mean anything.
    Millimetres(f64),
}

/// A text that is not a length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a finite length >= 0 in voxels, such as 3, or in millimetres, such as 3mm; found `{found}`"
)]
pub struct LengthError {
    /// What was given.
    pub found: String,
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Length, LengthError> {
        let (number, unit): (&str, fn(f64) -> Length) = match text.strip_suffix("mm") {
            Some(number) => (number.trim_end(), Length::Millimetres),
            None => (text, Length::Voxels),
        };
        let number = number.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0);
        // Adding 0 makes −0 a plain 0.
        number.map(|value| unit(value + 0.0)).ok_or_else(|| LengthError { found: text.to_owned() })
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Length::Voxels(value) => write!(f, "{value}"),
            Length::Millimetres(value) => write!(f, "{value}mm"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_says_the_unit_and_comes_back() {
        for (text, length, shown) in [
            ("3", Length::Voxels(3.0), "3"),
            ("0", Length::Voxels(0.0), "0"),
            ("-0", Length::Voxels(0.0), "0"),
            ("2.50mm", Length::Millimetres(2.5), "2.5mm"),
            ("5 mm", Length::Millimetres(5.0), "5mm"),
            ("1e1mm", Length::Millimetres(10.0), "10mm"),
        ] {
            assert_eq!(text.parse(), Ok(length), "{text}");
            assert_eq!(length.to_string(), shown);
            assert_eq!(shown.parse(), Ok(length));
        }
    }

    #[test]
    fn what_is_no_finite_length_is_refused_with_what_was_found() {
        for text in ["", "mm", "-1", "-1mm", "nan", "inf", "infmm", "1e999", "5cm", "5MM", "5m", "mm5"] {
            assert_eq!(text.parse::<Length>(), Err(LengthError { found: text.to_owned() }));
        }
    }
}
