//! Where landmarks go: the table of output formats, and files that appear whole or not at all.
//!
//! A [`Sink`] sees plain records ([`InputRecord`](crate::landmark::InputRecord),
//! [`Landmark`](crate::landmark::Landmark)) and a [`Report`] that says which columns to write; it knows
//! neither methods nor containers. Every format takes its names and numbers from `columns`, so that they
//! agree.
//!
//! A format is one file and one row. Its row ([`Writer`]) says what the format has room for ([`Needs`]); a
//! run that asks for more is refused before it starts.
//!
//! Two rules hold for every format. An absent answer is written as absent (empty in tables, null in JSON,
//! NaN in arrays) and never as a number that could be a place. A number is written so that it reads back
//! exactly, unless the user asks for fewer decimals.

mod columns;
mod csv;
mod fcsv;
mod input;
mod json;
mod ndjson;
mod needs;
mod npy;
mod object;
mod output;
mod point;
mod report;
mod slicer_json;
mod table;
mod target;
#[cfg(test)]
mod testing;
mod trust;
mod writer;

pub use needs::{Needs, Spaces, Unmet};
pub use output::{Output, OutputError};
pub use report::{Coords, CoordsError, Extras, PathColumns, Report, Space, Totals, labels};
pub use table::{WRITERS, by_extension, by_name};
pub use target::{destination, sync_directory};
pub use writer::{Open, Opened, Sink, Writer};
