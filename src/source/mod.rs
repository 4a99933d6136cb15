//! From a file or a stream to values: what it is, what its header says, where its numbers lie.
//!
//! [`open`] looks at the first bytes, never at the name, and finds the row of [`READERS`] that knows them.
//! Values are not read: an uncompressed file is read wherever it is wanted ([`ReadAt`]), everything else
//! once and in order ([`ReadValues`]). To add a format, write one file and add its row here.

mod elements;
mod error;
mod gzip;
mod header;
mod inflate;
mod input;
mod nifti;
mod notice;
mod npy;
mod npz;
mod refused;
mod spool;
#[cfg(test)]
mod tests;
mod values;

pub use elements::{Element, Kind};
pub use error::SourceError;
pub use gzip::GzipError;
pub use header::{Forms, Header, Opened};
pub use nifti::NiftiError;
pub use notice::{Form, Notice};
pub use npy::NpyError;
pub use npz::NpzError;
pub use refused::{REFUSED, Refused};
pub use spool::Spool;
pub use values::{ReadAt, ReadValues, Values};

use input::Input;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where an input is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// A file or a FIFO.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Path(path) => write!(f, "{}", path.display()),
            Location::Stdin => f.write_str("-"),
        }
    }
}

/// What the command line says about reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Which array of an `.npz`, with `.npy` or without; none for the only one.
    pub key: Option<String>,
}

/// One container that is read.
pub struct Reader {
    /// What it is called.
    pub name: &'static str,
    /// The extensions by which a directory walk knows it, each also with `.gz`.
    pub extensions: &'static [&'static str],
    /// What it is, in a line.
    pub summary: &'static str,
    /// Whether the first bytes, up to 1024, are its own.
    sniff: fn(&[u8]) -> bool,
    /// Reads the header.
    open: fn(Input, &OpenOptions) -> Result<Opened, SourceError>,
    /// The file to be opened in place of one that was named.
    stand_in: fn(&Path) -> Option<PathBuf>,
}

/// Every container that is read.
pub const READERS: &[Reader] = &[npy::READER, npz::READER, nifti::READER];

/// Opens an input and reads its header. The values are not read.
///
/// Of a NIfTI pair either file may be named.
///
/// # Errors
/// [`SourceError`] where it cannot be read, is not recognised, or its header is defective or declares more
/// than is there.
pub fn open(location: &Location, options: &OpenOptions) -> Result<Opened, SourceError> {
    identify(locate(location)?.peel()?, options)
}

/// Hands an input to the reader that knows its first bytes.
fn identify(input: Input, options: &OpenOptions) -> Result<Opened, SourceError> {
    match READERS.iter().find(|reader| (reader.sniff)(input.head())) {
        Some(reader) => (reader.open)(input, options),
        None => Err(unknown(input.head())),
    }
}

/// Opens what was named, or what has to be opened in its place.
fn locate(location: &Location) -> Result<Input, SourceError> {
    let Location::Path(path) = location else { return Input::open(location) };
    let Some(header) = header_of_pair(path) else { return Input::open_path(path) };
    let mut input = Input::open_path(&header)?;
    input.image = Some(path.clone());
    Ok(input)
}

fn unknown(head: &[u8]) -> SourceError {
    if head.is_empty() {
        return SourceError::Empty;
    }
    refused::recognise(head).unwrap_or_else(|| SourceError::Unknown { found: head.to_vec() })
}

/// Whether a directory walk takes a file of this name for an input.
#[must_use]
pub fn has_known_extension(path: &Path) -> bool {
    let is = |path: &Path, wanted: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(wanted));
    let stem = path.file_stem().map(Path::new).filter(|_| is(path, "gz"));
    let plain = stem.unwrap_or(path);
    READERS.iter().flat_map(|reader| reader.extensions).any(|extension| is(plain, extension))
}

/// The header beside a file that is the image of a NIfTI pair. A directory walk that finds both takes the
/// header alone.
#[must_use]
pub fn header_of_pair(path: &Path) -> Option<PathBuf> {
    READERS.iter().find_map(|reader| (reader.stand_in)(path))
}

/// The known formats as a list of names.
fn formats() -> String {
    let names: Vec<&str> = READERS.iter().map(|reader| reader.name).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// No file stands in for another.
fn no_stand_in(_: &Path) -> Option<PathBuf> {
    None
}
