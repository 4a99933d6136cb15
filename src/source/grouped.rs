//! Numbers of bytes as people read them.
//!
//! Errors compare two lengths that often differ in one digit of ten. Groups of three let a reader
//! see the difference.

use std::fmt;

/// A whole number with a comma before every third digit: `588,072`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grouped(pub(super) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_by_hand() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (588_072, "588,072"), (1 << 20, "1,048,576")]
        {
            assert_eq!(Grouped(number).to_string(), text);
        }
    }
}
