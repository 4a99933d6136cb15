//! Panics, caught and passed on as values.
//!
//! A worker that panics would leave its unit unmerged and its input unfinished, and every thread that waits
//! for either would wait for ever. So whatever may panic (a reader, the kernel, a caller's `tick`) runs in
//! [`caught`], and its panic takes the same way as an error of reading: the unit is merged as a failed one,
//! the input is finished, and what is delivered in its place is a [`Defect`].

use crate::source::SourceError;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// A panic while an input was decoded: this program has a defect, whatever the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("decoding panicked: {message}")]
#[non_exhaustive]
pub struct Defect {
    /// What the panic said.
    pub message: String,
}

/// Why an input that could be opened has no landmarks.
#[derive(Debug)]
pub(super) enum Failure {
    /// Its values could not be read: a matter of the input, and others are decoded all the same.
    Source(SourceError),
    /// As `Source`, of one file of several that are averaged.
    Member(PathBuf, SourceError),
    /// Decoding panicked: a matter of the program, and the run ends.
    Defect(Defect),
}

impl Failure {
    /// The failure of an input, one of whose files is at `path`.
    pub(super) fn of_member(self, path: &Path) -> Failure {
        match self {
            Failure::Source(error) => Failure::Member(path.to_owned(), error),
            failure => failure,
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Failure {
        Failure::Source(error)
    }
}

impl From<Defect> for Failure {
    fn from(defect: Defect) -> Failure {
        Failure::Defect(defect)
    }
}

/// What `work` returns, or the defect if it panics. The panic has been reported on standard error by then.
///
/// The caller must not go on with memory that `work` may have left half-written: it is replaced, or never
/// looked at again. That is what [`AssertUnwindSafe`] promises here.
pub(super) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Defect> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| Defect { message: message(&*panic) })
}

/// The text of a panic. `panic!` with a literal carries a `&str`, with arguments a `String`.
fn message(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_defect_with_its_text() {
        assert_eq!(caught(|| 7), Ok(7));
        let text = |found: Result<(), Defect>| found.unwrap_err().to_string();
        assert_eq!(text(caught(|| panic!("literal"))), "decoding panicked: literal");
        assert_eq!(text(caught(|| panic!("unit {}", 5))), "decoding panicked: unit 5");
        let other = caught(|| std::panic::resume_unwind(Box::new(5)));
        assert_eq!(text(other), "decoding panicked: without a message");
    }
}
