//! `--reference`: the volume whose affine arrays are given, one for all inputs or one for each.
//!
//! A reference for each input is found by a pattern: `imagesTr/{stem}_0000.nii.gz` is, for the input
//! `out/case_7.npz`, `imagesTr/case_7_0000.nii.gz`. An input whose reference is not there is unreadable, and
//! costs no other its rows.

use crate::error::InputError;
use crate::geometry::{Affine, Hwd};
use crate::source::{self, Location, OpenOptions, Opened, SourceError};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Affine and spatial shape of a volume.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// Its affine.
    pub affine: Affine,
    /// Its lengths.
    pub lengths: Hwd<usize>,
}

impl Reference {
    /// Those of the volume at `path`; `None` if it has no affine.
    ///
    /// Its values are not used, but the checksum of compressed data lies behind them, and damage to the
    /// header may show nowhere else.
    ///
    /// # Errors
    /// [`SourceError`] as for any input.
    pub fn read(path: &Path) -> Result<Option<Reference>, SourceError> {
        let Opened { header, values } =
            source::open(&Location::Path(path.to_owned()), &OpenOptions::default())?;
        values.verify()?;
        let placed = header.placed_affine();
        Ok(placed.map(|named| Reference { affine: named.affine, lengths: named.lengths(&header.shape) }))
    }
}

/// Where the reference of an input is, by the path of the input.
#[derive(Clone, Debug)]
pub struct ReferencePattern {
    text: String,
    parts: Vec<Part>,
    /// Those that were read last: inputs of one directory may share one.
    read: Arc<Mutex<HashMap<PathBuf, Reference>>>,
}

/// How many references are remembered.
const REMEMBERED: usize = 64;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Field(Field),
}

/// What stands for a part of an input's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Directory,
    Name,
    Stem,
}

impl Field {
    const ALL: [(&'static str, Field); 3] =
        [("dir", Field::Directory), ("name", Field::Name), ("stem", Field::Stem)];

    fn of(self, input: &Path) -> OsString {
        let directory = input.parent().filter(|parent| !parent.as_os_str().is_empty());
        let found = match self {
            Field::Directory => directory.map_or(".".as_ref(), Path::as_os_str),
            Field::Name => input.file_name().unwrap_or_default(),
            Field::Stem => source::stem(input).unwrap_or_default(),
        };
        found.to_owned()
    }
}

/// A pattern that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A field of a name that is none.
    #[error("there is no field `{{{found}}}`")]
    Unknown {
        /// The name.
        found: String,
    },
    /// A brace that stands alone.
    #[error("expected a field such as `{{stem}}`, found a brace that stands alone")]
    Brace,
}

impl ReferencePattern {
    /// Reads a pattern: `{dir}`, `{name}` and `{stem}` are fields, `{{` and `}}` are braces.
    ///
    /// # Errors
    /// Other fields, and braces that stand alone.
    pub fn parse(text: &str) -> Result<ReferencePattern, PatternError> {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let field = rest.split_once('}').filter(|_| brace == "{");
            let (name, after) = field.ok_or(PatternError::Brace)?;
            let known = Field::ALL.into_iter().find(|(known, _)| *known == name);
            let (_, field) = known.ok_or_else(|| PatternError::Unknown { found: name.to_owned() })?;
            parts.extend([Part::Text(std::mem::take(&mut plain)), Part::Field(field)]);
            rest = after;
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Ok(ReferencePattern { text: text.to_owned(), parts, read: Arc::default() })
    }

    /// As it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The path, if it is the same for all inputs.
    #[must_use]
    pub fn constant(&self) -> Option<PathBuf> {
        match &self.parts[..] {
            [Part::Text(text)] => Some(text.into()),
            _ => None,
        }
    }

    /// Where the reference of an input is.
    #[must_use]
    pub fn of(&self, input: &Path) -> PathBuf {
        let mut path = OsString::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => path.push(text),
                Part::Field(field) => path.push(field.of(input)),
            }
        }
        path.into()
    }

    /// Reads the reference of an input.
    ///
    /// # Errors
    /// It cannot be read, or has no affine.
    pub fn read(&self, input: &Path) -> Result<Reference, InputError> {
        let path = self.of(input);
        let read = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&known) = read().get(&path) {
            return Ok(known);
        }
        let found = match Reference::read(&path) {
            Ok(found) => found,
            Err(error) => return Err(InputError::Reference { path, error }),
        };
        let Some(reference) = found else { return Err(InputError::ReferenceAffine { path }) };
        let mut read = read();
        if read.len() >= REMEMBERED {
            read.clear();
        }
        read.insert(path, reference);
        Ok(reference)
    }
}

/// What was read before makes no difference.
impl PartialEq for ReferencePattern {
    fn eq(&self, other: &ReferencePattern) -> bool {
        self.parts == other.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_by_hand() {
        let of = |pattern: &str, input: &str| {
            let path = ReferencePattern::parse(pattern).unwrap().of(Path::new(input));
            path.to_str().unwrap().to_owned()
        };
        assert_eq!(of("imagesTr/{stem}_0000.nii.gz", "out/case.7.npy.gz"), "imagesTr/case.7_0000.nii.gz");
        assert_eq!(of("{dir}/../{name}", "out/a.NPZ"), "out/../a.NPZ");
        assert_eq!(of("{dir}/{stem}.nii", "a.b"), "./a.b.nii");
        assert_eq!(of("{{stem}}{stem}{{", "x/a.npy"), "{stem}a{");
        let constant = |text: &str| ReferencePattern::parse(text).unwrap().constant();
        assert_eq!(constant("a{{b}}.nii"), Some("a{b}.nii".into()));
        assert_eq!(constant("{stem}"), None);
    }

    #[test]
    fn what_is_no_pattern() {
        let error = |text: &str| ReferencePattern::parse(text).unwrap_err().to_string();
        assert_eq!(error("{case}.nii"), "there is no field `{case}`");
        assert_eq!(error("{}"), "there is no field `{}`");
        for text in ["{stem", "stem}", "a}b{stem}", "{{stem}"] {
            assert!(error(text).contains("a brace that stands alone"), "{text}");
        }
    }
}
