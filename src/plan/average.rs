//! Which files are decoded as one: their mean.

use crate::geometry::Hwd;
use crate::source::Location;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A file that is averaged with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where it is.
    pub path: PathBuf,
    /// Along which of H, W, D it lies the other way round, and is turned back before it is averaged.
    pub turned: Hwd<bool>,
}

/// The files of each input that is the mean of some.
///
/// An input is known by its first file. That way a run with means has inputs, rows and outputs as any other,
/// and only who opens an input, or asks which files it has, looks here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Average {
    groups: HashMap<PathBuf, Arc<[Member]>>,
    /// The names that tell the files of an input apart, for the record.
    pub names: Vec<String>,
    /// The name of what says which axes of a file are turned, for the record.
    pub unflip: Option<String>,
}

impl Average {
    /// No files yet, told apart by these `names`.
    #[must_use]
    pub fn new(names: Vec<String>, unflip: Option<String>) -> Average {
        Average { groups: HashMap::new(), names, unflip }
    }

    /// Adds the files of an input, in their order. Its first file must not be that of another.
    pub fn add(&mut self, members: Vec<Member>) {
        if let Some(first) = members.first() {
            self.groups.insert(first.path.clone(), members.into());
        }
    }

    /// The files whose mean is `input`; empty if it is one file as it stands.
    #[must_use]
    pub fn members(&self, input: &Location) -> &[Member] {
        match input {
            Location::Path(path) => self.groups.get(path).map_or(&[], |members| members),
            Location::Stdin | Location::Unlisted { .. } => &[],
        }
    }
}
