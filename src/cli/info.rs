//! `softargmax info`: what an input is, and how it would be read. Several are a table (`info_table.rs`).

use super::args::{InfoArgs, InfoFormat};
use super::describe::Described;
use super::exit::{Exit, Failure};
use super::named_input::NamedInput;
use super::{describe, info_table, inputs, machine, reading, stderr, stdout};
use crate::geometry::Hwd;
use crate::kernel::{self, level};
use crate::landmark::InputRecord;
use crate::pipeline;
use crate::plan::Decoding;
use crate::shown;
use crate::source::OpenOptions;
use serde_json::{Value, json};

/// Runs `info`.
pub(super) fn run(args: &InfoArgs) -> Result<Exit, Failure> {
    let decoding = Decoding {
        open: OpenOptions { key: args.reading.key.clone() },
        reading: reading::reading(&args.reading)?,
        kernel: kernel::Settings { level: machine::simd_level()?, ..kernel::Settings::default() },
        alternatives: Vec::new(),
        peaks: None,
        average: None,
        // Nothing is decoded.
        max_landmarks: usize::MAX,
        threads: machine::threads(None),
    };
    let (mut exit, mut described) = (Exit::Done, Vec::new());
    let mut search = args.directories.search();
    for NamedInput { location: input, .. } in inputs::expand(&args.inputs, &mut search)? {
        let (decoded, range) = if args.range || args.verify {
            pipeline::whole(&decoding, &input, args.range).unwrap_or_else(|failed| (*failed, None))
        } else {
            (pipeline::header(&decoding, &input), None)
        };
        if decoded.record.error.is_some() {
            exit = Exit::Unreadable;
            stderr::print_line(&describe::unreadable(&decoded));
        }
        described.push(Described { decoded, range });
    }
    // A directory is a table even if it holds one file: what reads it need not know how many there are.
    let is_one = matches!(&args.inputs[..], [input] if !input.is_dir());
    match args.format {
        InfoFormat::Text if is_one => {
            let texts: Vec<String> = described.iter().map(|input| as_text(input, args.verify)).collect();
            stdout::print(&shown::message(&texts.join("\n")).to_string())?;
        }
        InfoFormat::Text => stdout::print(&shown::message(&info_table::text(args, &described)).to_string())?,
        InfoFormat::Csv => info_table::write_csv(args, &described)?,
        InfoFormat::Json => {
            let values: Vec<String> =
                described.iter().map(|input| as_json(input, args).to_string()).collect();
            stdout::print(&format!("{{\"inputs\":[{}]}}\n", values.join(",")))?;
        }
    }
    search.report().for_each(|line| stderr::print_line(&line));
    Ok(exit)
}

fn as_json(Described { decoded, range }: &Described, args: &InfoArgs) -> Value {
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
    if args.range {
        value["range"] = json!(range.map(|(low, high)| [low, high]));
    }
    if args.verify {
        value["verified"] = json!(error.is_none());
    }
    value
}

/// A text of the record, which is empty if it is not known.
fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn as_text(Described { decoded, range }: &Described, is_verified: bool) -> String {
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
    if is_verified {
        lines.push("  verified read to its end".to_owned());
    }
    lines.extend(record.warnings.iter().map(|warning| format!("  warning  {warning}")));
    lines.join("\n") + "\n"
}
