//! Reads input files and streams: recognises the format, reads the header, and gives access to the values.
//!
//! [`open()`] recognises a format by its first bytes, never by its name, with the table [`READERS`]. It
//! reads the header and no values: those of an uncompressed file can be read at any offset ([`ReadAt`]), all
//! others only once and in order ([`ReadValues`]).
//!
//! A format is one file and one row. Its file holds its error with advice ([`FormatError`]), its affines, its
//! companion files, its extensions and its default layouts; the row ([`Reader`]) names them. From the bottom
//! up: `error`, `notice` and `advice` (what is said), `pull`, `deflate`, `gzip` and `file` (bytes), `input`
//! (bytes of a format that is not known yet), `reader` (the row), the formats, `table`, `open`.
//!
//! Three rules hold everywhere here, because input files are often cut off, damaged or made by
//! careless writers. A length that a header declares is held against the bytes that are there
//! before memory is taken for it. Compressed values count only after the checksum at their end has
//! been verified. Whatever is wrong is said in words that name the field, what was expected and
//! what was found.
//!
//! A header that is odd but can be read gives a [`Notice`] and no error, so that a batch goes on
//! and the user still learns of it. A header that would lead to wrong numbers gives a
//! [`SourceError`].

mod advice;
mod array;
mod deflate;
mod detached;
mod elements;
mod error;
mod file;
mod grouped;
mod gzip;
mod header;
mod input;
mod location;
mod metaimage;
mod mirrored;
mod nifti;
mod notice;
mod npy;
mod npz;
mod nrrd;
mod open;
mod pull;
mod reader;
mod refused;
mod spool;
mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod values;
mod zlib;

pub use advice::Advice;
pub use array::array_header;
pub use elements::{Element, Kind};
pub use error::{FormatError, Formats, SourceError};
pub use header::{Header, Opened};
pub use location::{Location, OpenOptions};
pub use mirrored::Mirror;
pub use notice::{FormatNotice, Notice};
pub use open::{companions, has_known_extension, open, stem};
pub use reader::{Companions, Reader};
pub use refused::{REFUSED, Refused};
pub use spool::Spool;
pub use table::READERS;
pub use values::{Ahead, ReadAt, ReadValues, Values};
