//! Text headers, as MetaImage and NRRD have them: their lines, and the file of values that they may name.

use super::advice::Advice;
use super::error::{FormatError, SourceError};
use super::input::Input;
use super::reader::Companions;
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
    /// It is there, and holds no values: a directory, a FIFO, or the header itself.
    #[error("expected a file of values, found {found}: `{}`", shown::path(at))]
    NotValues {
        /// What it is.
        found: &'static str,
        /// Where.
        at: PathBuf,
    },
}

/// The most letters of a header that an error quotes.
const QUOTED: usize = 80;

/// What a header says, as an error quotes it.
pub(super) fn quoted(found: &str) -> String {
    match found.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &found[..end]),
        None => found.to_owned(),
    }
}

/// Whether a name stands for several files: a list, or a pattern with the numbers behind it.
pub(super) fn is_several(name: &str) -> bool {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default();
    let is_pattern = first.split_once('%').is_some_and(|(_, format)| {
        format.trim_start_matches(|letter: char| letter.is_ascii_digit()).starts_with('d')
    });
    first == "LIST" || is_pattern && words.next().is_some()
}

impl FormatError for TextError {
    fn advice(&self) -> Option<Advice> {
        Some(match self {
            TextError::TooLong => "export the file again".into(),
            TextError::Ends { .. } => "the file is incomplete: copy or export it again".into(),
            TextError::OnStream { .. } => {
                "`SimpleITK.WriteImage(image, 'heatmaps.mha')` makes one file".into()
            }
            TextError::NotValues { .. } => "the header is damaged: export the file again".into(),
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

/// What holds the values: the file of the header itself, or the one that it names, and then also its path.
///
/// The rest of what the header came through is verified before another file is opened.
pub(super) fn body(mut header: Input, name: Option<&str>) -> Result<(Input, Option<PathBuf>), SourceError> {
    let Some(name) = name else { return Ok((header, None)) };
    header.verify()?;
    let body = open(&header, name)?;
    let path = body.path.clone();
    Ok((body, path))
}

/// Opens the file that a header names, which lies beside it unless it says where.
fn open(header: &Input, name: &str) -> Result<Input, SourceError> {
    let path = header.path.as_ref().ok_or_else(|| TextError::OnStream { name: name.to_owned() })?;
    let at = beside(path, name);
    let about = std::fs::metadata(&at);
    if about.is_err() && !at.is_symlink() {
        return Err(TextError::NoFile { at }.into());
    }
    // Whatever cannot be looked at: opening it says why.
    let found = about.ok().and_then(|about| {
        if about.is_dir() {
            Some("a directory")
        } else if !about.is_file() {
            // A FIFO may wait for ever.
            Some("a FIFO or a device")
        } else {
            is_same(path, &at).then_some("the header itself")
        }
    });
    if let Some(found) = found {
        return Err(TextError::NotValues { found, at }.into());
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

/// Whether two paths lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// How headers of a format are known, and how they name a file of values.
pub(super) struct Names {
    /// The extensions of headers that have no values in them.
    pub(super) headers: &'static [&'static str],
    /// The extensions of files of values.
    pub(super) values: &'static [&'static str],
    /// Whether the first bytes are those of a header.
    pub(super) sniff: fn(&[u8]) -> bool,
    /// The file that a header names.
    pub(super) name: fn(&mut Input) -> Option<String>,
}

/// Files of these are no headers of another format: they are many, and each look at one costs an opened file.
const OTHERS: [&str; 5] = ["npy", "npz", "nii", "hdr", "img"];

impl Names {
    /// The files that belong to a header or to a file of values. What cannot be read is neither; whoever
    /// opens it gets the error.
    pub(super) fn companions(&self, path: &Path) -> Companions {
        let extension = plain_extension(path);
        let has = |known: &[&str]| known.contains(&extension.as_str());
        if has(self.values) {
            return Companions { header: self.header_of(path), ..Companions::default() };
        }
        let values = if has(&OTHERS) { None } else { self.values_of(path) };
        Companions { header: None, is_named: values.is_some(), values: values.into_iter().collect() }
    }

    /// The file of values that the header at `path` names, by its content.
    fn values_of(&self, path: &Path) -> Option<PathBuf> {
        // A FIFO could be read once only.
        if !path.is_file() {
            return None;
        }
        let mut input = Input::open_path(path).and_then(Input::peel).ok()?;
        let name = if (self.sniff)(input.head()) { (self.name)(&mut input) } else { None };
        name.map(|name| beside(path, &name)).filter(|values| values.is_file())
    }

    /// The header of the same stem that names the file at `path`.
    fn header_of(&self, path: &Path) -> Option<PathBuf> {
        let stem = if is_gzipped(path) { path.with_extension("") } else { path.to_owned() };
        let headers = self.headers.iter().flat_map(|extension| {
            [(*extension).to_owned(), extension.to_uppercase(), format!("{extension}.gz")]
        });
        let mut headers = headers.map(|extension| stem.with_extension(extension));
        headers.find(|header| self.values_of(header).is_some_and(|values| is_same(&values, path)))
    }
}

fn is_gzipped(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

/// The extension in lower case, without a last `.gz`; empty if there is none.
fn plain_extension(path: &Path) -> String {
    let plain = if is_gzipped(path) { path.with_extension("") } else { path.to_owned() };
    plain.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}
