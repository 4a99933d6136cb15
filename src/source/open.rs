//! From a location to an opened input: its format is known by its first bytes, never by its name.
//!
//! Names mislead: `.nii` files hold gzip data, `.gz` files do not, and standard input has no name
//! at all. The name matters in two places only. A directory walk uses extensions to leave other
//! files out, and the two files of a pair find each other by their names.

use super::error::SourceError;
use super::header::Opened;
use super::input::Input;
use super::location::{Location, OpenOptions};
use super::reader::{Companions, Reader, formats};
use super::refused;
use super::table::READERS;
use std::ffi::OsStr;
use std::path::Path;

/// Opens an input and reads its header, not its values.
///
/// Either file of a pair of header and values may be named.
///
/// The first [`Reader`] in the table whose `sniff` accepts the first bytes reads the header. One layer
/// of gzip is removed before that.
///
/// # Errors
/// [`SourceError`] if it cannot be read, is not recognised, or its header is defective or declares more than
/// is there.
pub fn open(location: &Location, options: &OpenOptions) -> Result<Opened, SourceError> {
    open_with(READERS, location, options)
}

/// Whether a directory walk takes a file of this name for an input.
///
/// Letter case does not matter, and a last `.gz` is dropped before the comparison. Only the name is
/// looked at: the file may still turn out to be something else.
#[must_use]
pub fn has_known_extension(path: &Path) -> bool {
    is_known(READERS, path)
}

/// The name of a file without the extension of a known format, `.gz` or both; `None` for a path without a
/// name.
#[must_use]
pub fn stem(path: &Path) -> Option<&OsStr> {
    let mut name = path.file_name()?;
    let known = |extension: &str| READERS.iter().any(|reader| reader.extensions.contains(&extension));
    for is_gzip in [true, false] {
        let extension = Path::new(name).extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
        if extension.is_some_and(|extension| if is_gzip { extension == "gz" } else { known(&extension) }) {
            name = Path::new(name).file_stem()?;
        }
    }
    Some(name)
}

/// The files beside an input that belong to it, such as the other half of a pair of header and values.
///
/// Both fields of the result are empty if the file stands alone. This looks at the file system: it
/// opens a candidate for the header and reads its first bytes.
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
///
/// A format that is not read gives one of three errors: [`SourceError::Empty`] for no bytes at all,
/// [`SourceError::Refused`] for a format that is known by name, [`SourceError::Unknown`] for the rest.
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
///
/// A user may name the `.img` of a pair, because that is where the values are, but only the `.hdr` says
/// what they mean. The input then remembers the named file, so that exactly this image is read later.
fn locate(readers: &[Reader], location: &Location) -> Result<Input, SourceError> {
    let Location::Path(path) = location else { return Input::open(location) };
    let Some(header) = companions_with(readers, path).header else { return Input::open_path(path) };
    let mut input = Input::open_path(&header)?;
    input.named = Some(path.clone());
    Ok(input)
}

/// Why no reader took the input. It lists the formats that are read, so that the error alone says what
/// to convert to.
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
///
/// The first format that knows a header for the file decides; the files with values are collected from
/// all.
pub(super) fn companions_with(readers: &[Reader], path: &Path) -> Companions {
    let mut all = Companions::default();
    for Companions { header, values, is_named } in readers.iter().map(|reader| (reader.companions)(path)) {
        all.header = all.header.or(header);
        all.values.extend(values);
        all.is_named |= is_named;
    }
    all
}
