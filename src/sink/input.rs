//! One input with its landmarks as a JSON object, for both JSON formats.

use super::columns::MEMBERS;
use super::object::{Names, Object, write_name, write_path};
use super::report::Report;
use crate::landmark::InputRecord;
use crate::landmarks::Landmarks;
use crate::number::write_json;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::io::{self, Write};

/// Writes an input, with `before` before each of its landmarks.
pub(super) fn write_input(
    out: &mut dyn Write,
    report: &Report,
    names: &Names,
    (input, landmarks): (&InputRecord, &Landmarks),
    before: &str,
) -> io::Result<()> {
    write_head(out, report, input)?;
    let mut comma = "";
    for landmark in landmarks {
        out.write_all(comma.as_bytes())?;
        out.write_all(before.as_bytes())?;
        comma = ",";
        write_json(out, &Object { report, names, input, landmark: Some(&landmark) }, report.digits)?;
    }
    out.write_all(b"]}")
}

/// Writes the object of an input up to its landmarks, and leaves both open.
///
/// The serializer would want all landmarks at once; the brace is taken off instead, so that they can follow
/// one by one. Its numbers are never cut to the digits asked for: an affine with two decimals would move
/// every landmark.
fn write_head(out: &mut dyn Write, report: &Report, input: &InputRecord) -> io::Result<()> {
    let mut head = Vec::new();
    write_json(&mut head, &Head(report, input), None)?;
    // Without the brace that closes it.
    head.pop();
    out.write_all(&head)?;
    out.write_all(b",\"landmarks\":[")
}

/// What is known of an input without decoding it.
///
/// An unreadable input has all keys too, with null for what was not reached. The shape is null if the
/// element type is unknown, because an empty list would say that the file declares no axes.
struct Head<'a>(&'a Report, &'a InputRecord);

impl Serialize for Head<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Head(report, input) = *self;
        let mut map = serializer.serialize_map(None)?;
        write_name(&mut map, &input.file)?;
        write_path(&mut map, report, input)?;
        if report.average {
            let members: Vec<_> = input.members.iter().map(|path| path.to_string_lossy()).collect();
            map.serialize_entry(MEMBERS, &members)?;
        }
        map.serialize_entry("format", &known(&input.format))?;
        map.serialize_entry("dtype", &known(&input.dtype))?;
        map.serialize_entry("shape", &known(&input.dtype).map(|_| &input.shape))?;
        map.serialize_entry("layout", &known(&input.layout))?;
        map.serialize_entry("affine", &input.written_affine().map(|affine| affine.matrix()))?;
        map.serialize_entry("affine_source", &input.affine_source)?;
        map.serialize_entry("error", &input.error)?;
        map.serialize_entry("warnings", &input.warnings)?;
        map.end()
    }
}

/// A text of the record, which is empty if nothing is known.
fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
