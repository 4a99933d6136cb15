//! Names and texts from elsewhere, as messages show them: nothing in them acts on a terminal.
//!
//! Whoever names a file or an entry of an archive chooses its bytes. Printed as they are, they could clear a
//! terminal, set its title, write an error over another, or turn a name around. So in messages each character
//! that a terminal would obey stands as Rust writes it (`\u{1b}`, `\n`, `\r`, `\0`), and each byte that is no
//! UTF-8 as `\xff`. Data outputs hold names as they are: programs read them.

use std::fmt::{self, Write as _};
use std::path::Path;

/// A name or a text whose `Display` is safe for a terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    bytes: &'a [u8],
    /// Whether line breaks stay: the text is a whole message, which has lines.
    has_lines: bool,
}

/// A path within a message.
pub(crate) fn path<P: AsRef<Path> + ?Sized>(path: &P) -> Shown<'_> {
    Shown { bytes: path.as_ref().as_os_str().as_encoded_bytes(), has_lines: false }
}

/// A name or a quotation within a message.
#[must_use]
pub(crate) fn text(text: &str) -> Shown<'_> {
    Shown { bytes: text.as_bytes(), has_lines: false }
}

/// A whole message of several lines, whose names stand in it as [`path`] and [`text`] show them.
#[must_use]
pub(crate) fn message(text: &str) -> Shown<'_> {
    Shown { bytes: text.as_bytes(), has_lines: true }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.bytes.utf8_chunks() {
            for letter in chunk.valid().chars() {
                match letter {
                    '\n' if self.has_lines => f.write_char('\n')?,
                    _ if acts(letter) => write!(f, "{}", letter.escape_debug())?,
                    _ => f.write_char(letter)?,
                }
            }
            chunk.invalid().iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
        }
        Ok(())
    }
}

/// Whether a terminal obeys a character instead of showing it: C0, DEL and C1, separators of lines, and marks
/// that change the direction of what follows.
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_spelled_out() {
        let evil = "a\u{1b}[31m\u{7}\u{7f}\u{9b}\u{202e}\u{2066}\u{2028}\r\n\0z";
        assert_eq!(text(evil).to_string(), r"a\u{1b}[31m\u{7}\u{7f}\u{9b}\u{202e}\u{2066}\u{2028}\r\n\0z");
        assert_eq!(message("a\nb\r\u{1b}").to_string(), "a\nb\\r\\u{1b}");
    }

    #[test]
    fn other_letters_stay() {
        for plain in ["", "C:\\scans\\a b.npy", "\"quoted\" 'so'", "größe-左-👩\u{200d}🔬-e\u{301}.nii"]
        {
            assert_eq!(text(plain).to_string(), plain);
            assert_eq!(path(plain).to_string(), plain);
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_told_apart() {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"a\xff\xc3(\x1b).npy");
        assert_eq!(path(name).to_string(), r"a\xff\xc3(\u{1b}).npy");
    }
}
