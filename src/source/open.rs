//! From a location to an opened input: its format is known by its first bytes, never by its name.

use super::error::SourceError;
use super::header::Opened;
use super::input::Input;
use super::location::{Location, OpenOptions};
use super::reader::{Companions, Reader, formats};
use super::refused;
use super::table::READERS;
use std::path::Path;

/// Opens an input and reads its header, not its values.
///
/// Either file of a pair of header and values may be named.
///
/// # Errors
/// [`SourceError`] if it cannot be read, is not recognised, or its header is defective or declares more than
/// is there.
pub fn open(location: &Location, options: &OpenOptions) -> Result<Opened, SourceError> {
    open_with(READERS, location, options)
}

/// Whether a directory walk takes a file of this name for an input.
#[must_use]
pub fn has_known_extension(path: &Path) -> bool {
    is_known(READERS, path)
}

/// The files beside an input that belong to it, such as the other half of a pair of header and values.
#[must_use]
pub fn companions(path: &Path) -> Companions {
    companions_with(READERS, path)
}

/// [`open`] with a table of readers.
pub(super) fn open_with(
    readers: &[Reader],
    location: &Location,
    options: &OpenOptions,
) -> Result<Opened, SourceError> {
    identify(readers, locate(readers, location)?.peel()?, options)
}

/// Passes an input to the reader that knows its first bytes.
pub(super) fn identify(
    readers: &[Reader],
    input: Input,
    options: &OpenOptions,
) -> Result<Opened, SourceError> {
    match readers.iter().find(|reader| (reader.sniff)(input.head())) {
        Some(reader) => (reader.open)(input, options),
        None => Err(unknown(readers, input.head())),
    }
}

/// Opens the file that was named, or the header that must be opened in its place.
fn locate(readers: &[Reader], location: &Location) -> Result<Input, SourceError> {
    let Location::Path(path) = location else { return Input::open(location) };
    let Some(header) = companions_with(readers, path).header else { return Input::open_path(path) };
    let mut input = Input::open_path(&header)?;
    input.named = Some(path.clone());
    Ok(input)
}

fn unknown(readers: &[Reader], head: &[u8]) -> SourceError {
    let known = formats(readers);
    if head.is_empty() {
        return SourceError::Empty { known };
    }
    match refused::recognise(head) {
        Some(format) => SourceError::Refused { known, name: format.name, advice: format.advice.clone() },
        None => SourceError::Unknown { known, found: head.to_vec() },
    }
}

/// [`has_known_extension`] with a table of readers.
pub(super) fn is_known(readers: &[Reader], path: &Path) -> bool {
    let has = |path: &Path, wanted: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(wanted));
    let stem = path.file_stem().map(Path::new).filter(|_| has(path, "gz"));
    let plain = stem.unwrap_or(path);
    readers.iter().flat_map(|reader| reader.extensions).any(|extension| has(plain, extension))
}

/// [`companions`] with a table of readers.
pub(super) fn companions_with(readers: &[Reader], path: &Path) -> Companions {
    let mut all = Companions::default();
    for Companions { header, values } in readers.iter().map(|reader| (reader.companions)(path)) {
        all.header = all.header.or(header);
        all.values.extend(values);
    }
    all
}
