//! The warnings of a run, gathered: a thousand inputs with one fault make one message, not a thousand.

use super::hints;
use crate::warning::Warning;
use std::fmt;
use std::path::{Path, PathBuf};

/// Warnings of a run, by kind: a count and the first three places.
#[derive(Clone, Debug, Default)]
pub(super) struct Warnings {
    kinds: Vec<Kind>,
}

#[derive(Clone, Debug)]
struct Kind {
    warning: Warning,
    count: usize,
    places: Vec<(PathBuf, String)>,
}

impl Warnings {
    /// How many places of each kind are kept.
    const PLACES: usize = 3;

    /// Takes in a warning about the input at `path`.
    pub(super) fn add(&mut self, path: &Path, warning: &Warning) {
        let found = self.kinds.iter().position(|kind| kind.warning.kind() == warning.kind());
        let index = found.unwrap_or_else(|| {
            self.kinds.push(Kind { warning: warning.clone(), count: 0, places: Vec::new() });
            self.kinds.len() - 1
        });
        let kind = &mut self.kinds[index];
        kind.count += 1;
        if kind.places.len() < Self::PLACES {
            kind.places.push((path.to_owned(), warning.to_string()));
        }
    }
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Kind { warning, count, places } in &self.kinds {
            let inputs = if *count == 1 { "input" } else { "inputs" };
            writeln!(f, "warning: {}: {count} {inputs}", warning.kind())?;
            for (path, text) in places {
                writeln!(f, "  `{}`: {text}", path.display())?;
            }
            if *count > places.len() {
                writeln!(f, "  and {} more", count - places.len())?;
            }
            writeln!(f, "  hint: {}", hints::warning(warning))?;
        }
        Ok(())
    }
}
