//! `softargmax info`: what an input is, and how it would be read.

use super::args::{InfoArgs, InfoFormat};
use super::exit::{Exit, Failure};
use super::named_input::NamedInput;
use super::{describe, inputs, machine, reading, stderr, stdout};
use crate::geometry::Hwd;
use crate::kernel::{self, level};
use crate::landmark::InputRecord;
use crate::pipeline::{self, Decoded};
use crate::plan::Decoding;
use crate::shown;
use crate::source::OpenOptions;
use serde_json::{Value, json};
use std::io::Write;

/// Runs `info`.
pub(super) fn run(args: &InfoArgs) -> Result<Exit, Failure> {
    let decoding = Decoding {
        open: OpenOptions { key: args.reading.key.clone() },
        reading: reading::reading(&args.reading)?,
        kernel: kernel::Settings { level: machine::simd_level()?, ..kernel::Settings::default() },
        peaks: None,
        // Nothing is decoded.
        max_landmarks: usize::MAX,
        threads: machine::threads(None),
    };
    let (mut exit, mut described) = (Exit::Done, Vec::new());
    let mut search = args.directories.search();
    for NamedInput { location: input, .. } in inputs::expand(&args.inputs, &mut search)? {
        let decoded = pipeline::header(&decoding, &input);
        let range = (args.range && decoded.record.error.is_none())
            .then(|| pipeline::range(&decoding, &input))
            .transpose();
        let (decoded, range) = match range {
            Ok(range) => (decoded, range.flatten()),
            Err(failed) => (*failed, None),
        };
        if decoded.record.error.is_some() {
            exit = Exit::Unreadable;
            stderr::print_line(&describe::unreadable(&decoded));
        }
        described.push(match args.format {
            InfoFormat::Json => as_json(&decoded, args.range, range).to_string(),
            InfoFormat::Text => as_text(&decoded, range),
        });
    }
    let text = match args.format {
        InfoFormat::Text => described.join("\n"),
        InfoFormat::Json => format!("{{\"inputs\":[{}]}}\n", described.join(",")),
    };
    stdout::check(std::io::stdout().write_all(text.as_bytes()), None)?;
    search.report().for_each(|line| stderr::print_line(&line));
    Ok(exit)
}

fn as_json(decoded: &Decoded, with_range: bool, range: Option<(f64, f64)>) -> Value {
    let InputRecord { file, format, dtype, shape, layout, affine, affine_source, error, warnings, .. } =
        &decoded.record;
    let mut value = json!({
        "file": file.to_string_lossy(),
        "format": known(format),
        "dtype": known(dtype),
        "shape": known(dtype).map(|_| shape),
        "layout": known(layout),
        "affine": affine.map(|affine| affine.matrix()),
        "affine_source": affine_source,
        "bytes": decoded.bytes,
        "error": error,
        "warnings": warnings,
        "simd": level::name(machine::simd_level().unwrap_or_else(|_| level::best())),
    });
    if let Some(object) = value.as_object_mut().filter(|_| with_range) {
        object.insert("range".into(), json!(range.map(|(low, high)| [low, high])));
    }
    value
}

/// A text of the record, which is empty if it is not known.
fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn as_text(decoded: &Decoded, range: Option<(f64, f64)>) -> String {
    let record = &decoded.record;
    let mut lines = vec![shown::path(&record.file).to_string()];
    if !record.dtype.is_empty() {
        lines.push(format!("  format   {}", record.format));
        lines.push(format!("  dtype    {}", record.dtype));
        lines.push(format!("  shape    ({})", describe::shape(record)));
    }
    if let Some(error) = &record.error {
        lines.push(format!("  error    {error}"));
        return lines.join("\n") + "\n";
    }
    let Hwd([h, w, d]) = record.lengths;
    let (samples, channels) = (record.samples, record.channels);
    lines.push(format!("  layout   {}: N {samples}, C {channels}, H {h}, W {w}, D {d}", record.layout));
    lines.push(format!("  affine   {}", record.affine_source.unwrap_or("none")));
    for row in record.affine.iter().flat_map(|affine| affine.0) {
        lines.push(format!("           {}", row.map(|value| format!("{value:>12.6}")).join(" ")));
    }
    lines.push(format!("  values   {} bytes", decoded.bytes));
    lines.extend(range.map(|(low, high)| format!("  range    {low} to {high}")));
    lines.extend(record.warnings.iter().map(|warning| format!("  warning  {warning}")));
    lines.join("\n") + "\n"
}
