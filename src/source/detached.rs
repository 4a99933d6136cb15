//! Text headers, as MetaImage and NRRD have them: their lines, and the file of values that they may name.

use super::advice::Advice;
use super::error::{FormatError, SourceError};
use super::input::Input;
use crate::shown;
use std::path::{Path, PathBuf};

/// The longest header that is read, in bytes.
const LIMIT: usize = 1 << 20;

/// What is wrong with a text header, or with the file that it names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TextError {
    /// It does not end.
    #[error("expected a header of at most 1,048,576 bytes, found a longer one")]
    TooLong,
    /// It ends before it names its values.
    #[error("the file is truncated: the header ends before {before}")]
    Ends {
        /// What is missing.
        before: &'static str,
    },
    /// A header that names a file came on a stream.
    #[error(
        "expected the values behind the header on a stream, found `{}`, the name of a file",
        shown::text(name)
    )]
    OnStream {
        /// The file.
        name: String,
    },
    /// The file is not there.
    #[error("the file of values is missing: `{}`", shown::path(at))]
    NoFile {
        /// Where it should be.
        at: PathBuf,
    },
}

impl FormatError for TextError {
    fn advice(&self) -> Option<Advice> {
        Some(match self {
            TextError::TooLong => "export the file again".into(),
            TextError::Ends { .. } => "the file is incomplete: copy or export it again".into(),
            TextError::OnStream { .. } => {
                "`SimpleITK.WriteImage(image, 'heatmaps.mha')` makes one file".into()
            }
            TextError::NoFile { .. } => {
                "keep the header and the file of values side by side, under the names that the header says"
                    .into()
            }
        })
    }
}

/// The lines of a header, without their ends, as text; bytes that are not UTF-8 are replaced.
pub(super) struct Lines {
    read: usize,
}

impl Lines {
    pub(super) fn new() -> Lines {
        Lines { read: 0 }
    }

    /// The next line; `None` at the end of the input.
    pub(super) fn next(&mut self, input: &mut Input) -> Result<Option<String>, SourceError> {
        let Some(mut line) = input.take_line(LIMIT - self.read)? else { return Ok(None) };
        self.read += line.len();
        match line.last() {
            Some(b'\n') => drop(line.pop()),
            _ if self.read >= LIMIT => return Err(TextError::TooLong.into()),
            _ => {}
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }
}

/// Opens the file that a header names, which lies beside it unless it says where.
pub(super) fn open(header: &Input, name: &str) -> Result<Input, SourceError> {
    let path = header.path.as_ref().ok_or_else(|| TextError::OnStream { name: name.to_owned() })?;
    let at = beside(path, name);
    if !at.exists() && !at.is_symlink() {
        return Err(TextError::NoFile { at }.into());
    }
    Input::open_path(&at).map_err(|error| of_partner(Some(&at), error))
}

/// Where a file lies that a header at `path` names.
pub(super) fn beside(path: &Path, name: &str) -> PathBuf {
    path.parent().map_or_else(|| PathBuf::from(name), |folder| folder.join(name))
}

/// Adds the name of the file of values to an error about it.
pub(super) fn of_partner(path: Option<&Path>, source: SourceError) -> SourceError {
    match path {
        Some(path) => SourceError::Partner { path: path.to_owned(), source: Box::new(source) },
        None => source,
    }
}

/// The header beside `path` that names it, if one of these extensions does. A file that cannot be read is no
/// header here; whoever opens it gets the error.
pub(super) fn header_of(
    path: &Path,
    extensions: &[&str],
    names: impl Fn(&mut Input) -> Option<String>,
) -> Option<PathBuf> {
    let is_header = |header: &PathBuf| {
        let is_file = header.is_file() && header != path;
        let input = is_file.then(|| Input::open_path(header).and_then(Input::peel));
        let Some(Ok(mut input)) = input else { return false };
        names(&mut input).is_some_and(|name| beside(header, &name) == path)
    };
    let with = |extension: &&str| path.with_extension(extension);
    extensions.iter().map(with).find(is_header)
}
