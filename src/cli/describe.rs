//! How one input is described in a line, and how its error is printed.

use super::hints;
use super::warnings::counted;
use crate::landmark::InputRecord;
use crate::pipeline::Decoded;
use crate::shown;

/// An input and what was found out about it.
pub(super) struct Described {
    pub(super) decoded: Decoded,
    /// The smallest and the largest value, if they were asked for and there are any.
    pub(super) range: Option<(f64, f64)>,
}

/// How an input is read, in a line.
pub(super) fn reading(record: &InputRecord) -> String {
    let affine = record.affine_source.unwrap_or("none");
    let InputRecord { file, format, dtype, layout, .. } = record;
    let members = match record.members.len() {
        0 => String::new(),
        count => format!(", mean of {}", counted(count, "file")),
    };
    format!(
        "{}: {format} {dtype} ({}) as {layout}, affine {affine}{members}",
        shown::path(file),
        shape(record)
    )
}

/// The lengths of an input's axes, as in its header.
pub(super) fn shape(record: &InputRecord) -> String {
    record.shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// Why an input could not be decoded, as errors are printed.
pub(super) fn unreadable(decoded: &Decoded) -> String {
    let cause = decoded.record.error.as_deref().unwrap_or_default();
    let mut text =
        format!("error: failed to decode `{}`\n  caused by: {cause}", shown::path(&decoded.record.file));
    if let Some(hint) = decoded.error.as_ref().and_then(hints::input) {
        text.push_str("\n  hint: ");
        text.push_str(&hint);
    }
    text
}
