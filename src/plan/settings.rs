//! The list of a plan's settings by name.
//!
//! It is the only such list: what a JSON document records, what a fingerprint is made of and what a dry run
//! prints come from here, so that they cannot disagree.
//!
//! It is a list of (name, value) and not a structure with a field for each, because every reader of it goes
//! through all of them alike. A new option is added in one place, and no reader can forget it. Most
//! settings that are not given stay in the list as null, so that "not given" is on record as well.
//!
//! The order is fixed, as both the JSON document and the fingerprint depend on it.

use super::{Decoding, Plan};
use crate::affine_choice::AffineChoice;
use crate::geometry::{Length, MemoryOrder, Offsets, Stride};
use crate::kernel::{Argument, Method, Parameters, Range, Sharpness, Threshold, uses_sharpness};
use crate::mask::Mask;
use crate::prepare::{Channels, LayoutChoice, Reading};
use crate::sink::Report;
use serde_json::{Value, json};
use std::path::Path;

/// One setting of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its name, as in JSON documents.
    pub name: &'static str,
    /// Its value; null if nothing was asked for.
    pub value: Value,
    /// Where it shows.
    pub scope: Scope,
}

/// Where a setting shows.
///
/// The fingerprint takes all but `Name`, unless names are recorded; a JSON document records all but
/// `Output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// In the answers, and in the settings that a JSON document records.
    Recorded,
    /// Only in the settings that a JSON document records: the name of a file. What the file held is a setting
    /// of its own.
    Name,
    /// In the output alone: which columns there are, how they are written, what a file held that was read
    /// beside the inputs.
    Output,
}

/// Settings whose value is the name of a file.
const FILES: [&str; 2] = ["reference", "mask"];

impl Setting {
    fn recorded((name, value): (&'static str, Value)) -> Setting {
        let scope = if FILES.contains(&name) { Scope::Name } else { Scope::Recorded };
        Setting { name, value, scope }
    }

    fn output((name, value): (&'static str, Value)) -> Setting {
        Setting { name, value, scope: Scope::Output }
    }
}

impl Plan {
    /// Every setting that changes a byte of an output, in a fixed order. Threads, inputs, the destination and
    /// exit statuses change none.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        let Plan { decoding, writer, report, .. } = self;
        let mut settings: Vec<Setting> = Vec::new();
        settings.extend(method(decoding).into_iter().map(Setting::recorded));
        settings.extend(conventions(report).map(Setting::recorded));
        settings.extend(reading(decoding).map(Setting::recorded));
        settings.extend(average(decoding).map(Setting::recorded));
        settings.extend(values(decoding).map(Setting::recorded));
        settings.push(Setting::output(("format", json!(writer.name))));
        settings.extend(columns(report).map(Setting::output));
        settings.extend(contents(&decoding.reading).map(Setting::output));
        let calibration = self.calibration.map(|digest| json!(format!("{digest:032x}")));
        settings.extend(calibration.map(|digest| Setting::recorded(("calibration", digest))));
        settings
    }
}

/// What turns a heatmap into coordinates.
///
/// Either `temperature` or `beta` is listed, as it was typed: 1 / 0.3 is not a number that anyone would
/// recognise. A method that has no use for either lists none, unless the spread of the softmax is written:
/// the record would else name a temperature that changed nothing.
fn method(decoding: &Decoding) -> Vec<(&'static str, Value)> {
    let (method, given) = (decoding.kernel.method, &decoding.kernel.parameters);
    let mut settings = vec![("method", json!(method.name))];
    if !method.parameters.is_empty() {
        settings.push(("parameters", parameters(method, given)));
    }
    if let Some(peaks) = &decoding.peaks {
        settings.push(("peaks", json!(peaks.count)));
        settings.push(("min_distance", json!(peaks.min_distance.to_string())));
    }
    if let Some(drop) = decoding.kernel.region {
        settings.push(("region", json!(drop)));
    }
    if decoding.kernel.with_spread || uses_sharpness(method, given) {
        settings.push(match decoding.kernel.sharpness {
            Sharpness::Temperature(temperature) => ("temperature", json!(temperature)),
            Sharpness::Beta(beta) => ("beta", json!(beta)),
        });
    }
    settings
}

/// The parameters of a method by name, defaults too; null if the default is not a value of its own, or if the
/// parameter has no effect beside the others.
///
/// Defaults are listed because a later version may have others, and the record should still say what was
/// done. A length in voxels is a JSON integer, a length in millimetres is text with its unit; a threshold
/// that is a share of the maximum or a percentile is text with its prefix.
fn parameters(method: &Method, given: &Parameters) -> Value {
    let named = method.parameters.iter().map(|parameter| {
        let argument = given.argument(parameter).filter(|_| given.has_effect(method.parameters, parameter));
        let value = argument.map(|argument| match argument {
            Argument::Number(number) if parameter.range == Range::Whole => json!(number as u64),
            Argument::Number(number) => json!(number),
            Argument::Threshold(Threshold::Value(value)) => json!(value),
            Argument::Length(Length::Voxels(voxels)) => json!(voxels as u64),
            argument => json!(argument.to_string()),
        });
        (parameter.name.to_owned(), json!(value))
    });
    Value::Object(named.collect())
}

/// In which spaces, orders and signs coordinates are written.
fn conventions(report: &Report) -> [(&'static str, Value); 4] {
    [
        ("coords", json!(report.coords.to_string())),
        ("norm", json!(report.norm.name())),
        ("order", json!(report.order.to_string())),
        ("frame", json!(report.frame.name())),
    ]
}

/// How inputs are understood.
fn reading(decoding: &Decoding) -> [(&'static str, Value); 9] {
    let reading = &decoding.reading;
    let (mut reference, mut spacing) = (None, None);
    match &reading.affine {
        AffineChoice::Reference { path, .. } => reference = Some(text(path)),
        AffineChoice::References(pattern) => reference = Some(pattern.text().to_owned()),
        AffineChoice::Spacing(sizes) => spacing = Some(sizes.0),
        _ => {}
    }
    let layout = match &reading.layout {
        LayoutChoice::ByShape => None,
        LayoutChoice::Fixed(layout) => Some(layout.to_string()),
    };
    let Offsets { stride, origin } = reading.offsets.unwrap_or_default();
    [
        ("layout", json!(layout)),
        ("affine", json!(reading.affine.name())),
        ("reference", json!(reference)),
        ("spacing", json!(spacing)),
        ("key", json!(decoding.open.key)),
        ("stride", stride.map_or(Value::Null, stride_json)),
        ("mask", json!(reading.mask.as_ref().map(|mask| text(mask.path())))),
        ("crop_origin", json!(origin.map(|voxel| voxel.0))),
        ("stack", json!(reading.one_heatmap)),
    ]
}

/// What tells files apart whose mean is decoded, and what says which of their axes are turned.
fn average(decoding: &Decoding) -> [(&'static str, Value); 2] {
    let average = decoding.average.as_ref();
    [
        ("average", json!(average.map(|average| &average.names))),
        ("unflip", json!(average.and_then(|average| average.unflip.as_ref()))),
    ]
}

/// Which channels and which values count.
///
/// A threshold relative to the highest peak is text, `r:` and the share, so that it cannot be taken for a
/// height.
fn values(decoding: &Decoding) -> [(&'static str, Value); 3] {
    let share = decoding.peaks.and_then(|peaks| peaks.fraction);
    let threshold = match (decoding.kernel.threshold, share) {
        (Some(height), _) => json!(height),
        (None, share) => json!(share.map(|share| format!("r:{share}"))),
    };
    [
        ("channels", channels(&decoding.reading.channels)),
        ("threshold", threshold),
        ("ignore_nan", json!(decoding.kernel.ignore_nan)),
    ]
}

/// What rows hold beside coordinates, and how they are written.
fn columns(report: &Report) -> [(&'static str, Value); 7] {
    [
        ("compare", json!(report.compare)),
        ("stats", json!(report.stats)),
        ("uncertainty", json!(report.uncertainty)),
        ("line_per", json!(if report.line_per_input { "input" } else { "landmark" })),
        ("digits", json!(report.digits)),
        ("labels", json!(report.labels)),
        ("path_regex", json!(report.path.as_ref().map(|path| &path.pattern))),
    ]
}

/// What files held that are read beside the inputs. Their names are settings of their own.
fn contents(reading: &Reading) -> [(&'static str, Value); 2] {
    let reference = match &reading.affine {
        AffineChoice::Reference { affine, lengths, .. } => json!([affine.matrix(), lengths.0]),
        // What each held is told by the record of its input (`cli/resume.rs`).
        AffineChoice::References(pattern) => json!(pattern.text()),
        _ => Value::Null,
    };
    let mask = reading.mask.as_ref().map(|mask| mask_json(mask));
    [("reference_grid", reference), ("mask_voxels", json!(mask))]
}

fn mask_json(mask: &Mask) -> Value {
    let affines = mask.affines().iter().map(|named| (named.kind.name, named.affine.matrix()));
    let affines: Vec<_> = affines.collect();
    let is_fortran = mask.order() == MemoryOrder::Fortran;
    let layout = mask.default_layout().map(|layout| layout.to_string());
    json!([mask.shape(), is_fortran, layout, affines, format!("{:016x}", mask.digest())])
}

fn stride_json(stride: Stride) -> Value {
    match stride {
        Stride::Every(step) => json!(step),
        Stride::Each(steps) => json!(steps.0),
    }
}

fn channels(channels: &Channels) -> Value {
    match channels {
        Channels::All => Value::Null,
        Channels::Ranges(ranges) => {
            let ranges = ranges.iter().map(|(first, last)| match last {
                Some(last) => format!("{first}-{last}"),
                None => format!("{first}-"),
            });
            json!(ranges.collect::<Vec<_>>().join(","))
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
