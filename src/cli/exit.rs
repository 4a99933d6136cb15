//! The documented exit statuses, and how an error is printed. `tally.rs` decides which of 0, 1 and 3 a run of
//! `decode` ends with.

use std::fmt;
use std::process::ExitCode;

/// How a run ended; the highest that applies wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Done.
    Done = 0,
    /// Done, and some landmark has a status of `--fail-on`, or the mean error is above `--fail-above`.
    Failing = 1,
    /// The command line is wrong.
    Usage = 2,
    /// More inputs than `--max-failures` could not be decoded; every other one was.
    Unreadable = 3,
    /// The output could not be written; a file that was there before is unchanged.
    Output = 4,
    /// A bug in the program.
    Defect = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An error that ends the run.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    what: String,
    cause: Option<String>,
    hint: Option<String>,
}

impl Failure {
    /// A wrong command line.
    pub(super) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { exit: Exit::Usage, what: what.into(), cause: None, hint: Some(hint.into()) }
    }

    /// A defect of the program: nothing that the user did is wrong.
    pub(super) fn defect(cause: impl fmt::Display) -> Failure {
        let hint = "please report it, with the lines above and the command line".to_owned();
        Failure::new(Exit::Defect, "softargmax has a defect, and the run has ended", cause, Some(hint))
    }

    /// Any other error.
    pub(super) fn new(
        exit: Exit,
        what: impl Into<String>,
        cause: impl fmt::Display,
        hint: Option<String>,
    ) -> Failure {
        Failure { exit, what: what.into(), cause: Some(in_words(&cause.to_string())), hint }
    }

    /// Whether nothing that the user did is wrong.
    pub(super) fn is_defect(&self) -> bool {
        self.exit == Exit::Defect
    }

    /// The exit status.
    pub(super) fn exit(&self) -> Exit {
        self.exit
    }
}

/// The message of an error without the operating system's number for it: `no such file or directory`.
fn in_words(cause: &str) -> String {
    let Some((words, _number)) = cause.split_once(" (os error ") else { return cause.to_owned() };
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        if let Some(cause) = &self.cause {
            write!(f, "\n  caused by: {cause}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_status_wins() {
        assert_eq!(Exit::Failing.max(Exit::Unreadable), Exit::Unreadable);
        assert_eq!(Exit::Output as u8, 4);
        assert_eq!(Exit::Defect as u8, 70);
    }

    #[test]
    fn failures_read_as_documented() {
        let failure = Failure::new(Exit::Unreadable, "failed to read `a`", "b", Some("c".into()));
        assert_eq!(failure.to_string(), "error: failed to read `a`\n  caused by: b\n  hint: c");
        let failure = Failure::new(Exit::Usage, "failed", "Permission denied (os error 13)", None);
        assert_eq!(failure.to_string(), "error: failed\n  caused by: permission denied");
    }
}
