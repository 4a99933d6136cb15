//! Numbers as text: the shortest decimals that read back to the same f64, or a fixed number of them.
//!
//! Every text format writes its numbers here, so that the same landmark has the same digits in each.
//!
//! Why the shortest: it loses nothing, since reading it gives the same number, and it claims nothing,
//! since 0.1 is not written as 0.1000000000000000055. Two outputs can then be compared as text, and a later
//! step computes with exactly the number that was decoded.
//!
//! Why −0 is 0: the two are equal as numbers, and which of them comes out says only from which side a sum
//! reached it. As text they would differ, and a comparison of two outputs would show a change where there
//! is no change.

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::fmt;
use std::io::{self, Write};

/// A finite number, to be written with `digits` decimals, or with as few as identify it.
///
/// −0, and what rounds to it, is written as 0. Without `digits`, magnitudes from 1e16 and below 1e-5
/// take the form `1.5e-7`, so that no number has hundreds of zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    /// The number.
    pub(crate) number: f64,
    /// How many decimals.
    pub(crate) digits: Option<usize>,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = self.number;
        match self.digits {
            Some(digits) => f.write_str(&fixed(x, digits)),
            None if x == 0.0 => f.write_str("0"),
            None if (1e-5..1e16).contains(&x.abs()) => write!(f, "{x}"),
            None => write!(f, "{x:e}"),
        }
    }
}

/// `x` with `digits` decimals, without a sign if it rounds to 0.
///
/// The sign is looked for in the text and not in the number: −0.004 with two decimals is `0.00`, and only
/// the rounded text shows that.
fn fixed(x: f64, digits: usize) -> String {
    // Rust's formatting takes a precision of 16 bits; no f64 has more than 1074 decimals.
    let digits = digits.min(usize::from(u16::MAX));
    let text = format!("{x:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.to_owned(),
        _ => text,
    }
}

/// JSON's numbers in the form of [`Decimal`].
struct Decimals(Option<usize>);

impl Formatter for Decimals {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, number: f64) -> io::Result<()> {
        write!(writer, "{}", Decimal { number, digits: self.0 })
    }
}

/// Writes one JSON value with its fractions in the form of [`Decimal`], NaN and infinities as null.
pub(crate) fn write_json<T: ?Sized + Serialize>(
    out: &mut dyn Write,
    json: &T,
    digits: Option<usize>,
) -> io::Result<()> {
    json.serialize(&mut Serializer::with_formatter(out, Decimals(digits))).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortest(number: f64) -> String {
        Decimal { number, digits: None }.to_string()
    }

    #[test]
    fn shortest_reads_back() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-5, "0.00001"),
            (-9.5e-6, "-9.5e-6"),
            (5e-324, "5e-324"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e16, "1e16"),
            (-f64::MAX, "-1.7976931348623157e308"),
        ] {
            assert_eq!(shortest(number), text);
            assert_eq!(shortest(number).parse::<f64>(), Ok(number));
        }
    }

    #[test]
    fn fixed_has_no_negative_zero() {
        let fixed = |number, digits| Decimal { number, digits: Some(digits) }.to_string();
        assert_eq!(fixed(-0.0, 2), "0.00");
        assert_eq!(fixed(-0.004, 2), "0.00");
        assert_eq!(fixed(-0.006, 2), "-0.01");
        assert_eq!(fixed(-0.4, 0), "0");
        assert_eq!(fixed(1.25, 1), "1.2");
        assert_eq!(fixed(1e-7, 3), "0.000");
        assert_eq!(fixed(1e17, 1), "100000000000000000.0");
        assert_eq!(fixed(1.0, usize::MAX).len(), 2 + usize::from(u16::MAX));
    }

    #[test]
    fn json_has_no_nonfinite_number() {
        let mut bytes = Vec::new();
        write_json(&mut bytes, &[f64::NAN, -0.0, 0.25, f64::NEG_INFINITY], Some(1)).unwrap();
        assert_eq!(bytes, b"[null,0.0,0.2,null]");
    }
}
