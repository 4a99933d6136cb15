//! Everything suspicious, as data: what was found, where, and what to do about it.

use crate::source::Notice;
use std::fmt;
use std::path::{Path, PathBuf};

/// Something suspicious about one input or one of its landmarks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// About the file.
    Source(Notice),
    /// The softmax is so flat that the answer is the volume's centre rather than the peak's.
    Diffuse {
        /// How many landmarks of the input.
        count: usize,
        /// The first of them: sample and channel.
        first: (usize, usize),
        /// 1/p of its peak voxel.
        diffuseness: f64,
    },
}

impl Warning {
    /// One word, by which warnings are counted.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Warning::Source(notice) => notice.kind(),
            Warning::Diffuse { .. } => "diffuse",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Warning::Source(notice) => notice.advice(),
            Warning::Diffuse { .. } => {
                "the answer is drawn to the volume's centre: sharpen the softmax with `--temperature` below 1 \
                 (0.02 suits maps between 0 and 1), or take the largest voxel with `--method hard`"
            }
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Source(notice) => notice.fmt(f),
            Warning::Diffuse { count, first: (n, c), diffuseness } => {
                let landmarks = if *count == 1 { "landmark" } else { "landmarks" };
                write!(
                    f,
                    "{count} {landmarks} with a softmax as flat as {diffuseness:.0} equal voxels (first: n {n}, c {c})"
                )
            }
        }
    }
}

/// Warnings of a run, by kind: a count and the first three places.
#[derive(Clone, Debug, Default)]
pub struct Warnings {
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
    pub fn add(&mut self, path: &Path, warning: &Warning) {
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
            writeln!(f, "  hint: {}", warning.advice())?;
        }
        Ok(())
    }
}
