//! The file that `calibrate` writes and `decode --calibration` reads.
//!
//! It states what it is of, so that it is not used for anything else: methods and their settings, the number
//! of channels, the names of landmarks, the sizes of voxels. Radii are factors of what each landmark says
//! about itself.

use super::calibrate_report::{LEVEL, Report, guarantee};
use super::exit::{Exit, Failure};
use super::ways::WayToDecode;
use crate::geometry::{Hwd, Stride};
use crate::plan::Plan;
use crate::shown;
use crate::study::{
    Bin, Design, Drops, Feature, InSpace, Measured, Radii, Scale, Space, needed_subjects as needed,
};
use serde_json::{Value, json};
use std::path::Path;

/// The version of the form of the file.
const VERSION: u64 = 1;

// --- writing -------------------------------------------------------------------------------------------

/// The whole file.
pub(super) fn json(report: &Report, plan: &Plan) -> String {
    let (made, way) = (report.made, &report.ways[report.made.way]);
    let document = json!({
        "softargmax": env!("CARGO_PKG_VERSION"),
        "calibration": VERSION,
        "settings": {
            "method": way.method,
            "temperature": way.temperature,
            "threshold": plan.decoding.kernel.threshold,
            "ignore_nan": plan.decoding.kernel.ignore_nan,
            "stride": report.args.stride.map(|stride| match stride {
                Stride::Every(step) => json!(step),
                Stride::Each(Hwd(steps)) => json!(steps),
            }),
        },
        "data": data(report),
        "design": match report.settings.design {
            _ if made.choosing.is_empty() => "fixed",
            Design::Split(_) => "split",
            Design::Cross => "cross",
        },
        "guarantee": guarantee(report),
        "choice": choice(report),
        "levels": made.levels,
        "region": report.drops.as_ref().map(|(landmarks, pooled)| region(report, landmarks, pooled)),
        "radii": made.spaces.iter().map(|space| in_space(report, space)).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn data(report: &Report) -> Value {
    let (made, data) = (report.made, report.data);
    json!({
        "inputs": data.inputs,
        "unreadable": data.unreadable,
        "subjects": made.subjects.len(),
        "answered_subjects": made.answered,
        "told_by": made.subject,
        "matched_by": made.columns.to_string(),
        "landmarks": made.scored,
        "extra": made.extra,
        "only_truth": made.unmatched[0],
        "only_heatmaps": made.unmatched[1],
        "channels": data.channels.map(|(few, many)| [few, many]),
        "labels": data.labels,
        "voxel_sizes_mm": data.sizes.map(|(small, large)| [small, large]),
    })
}

fn measured(found: &Measured) -> Value {
    json!({
        "mean": found.mean,
        "interval": found.interval.map(|(low, high)| [low, high]),
        "count": found.count,
    })
}

fn choice(report: &Report) -> Value {
    let made = report.made;
    let named = |numbers: &[usize]| numbers.iter().map(|&at| &made.subjects[at]).collect::<Vec<_>>();
    let candidates = report.ways.iter().zip(&made.errors).zip(&made.gains).map(|((way, error), gain)| {
        json!({
            "method": way.method,
            "temperature": way.temperature,
            "eligible": way.is_eligible,
            "error": measured(error),
            "above_chosen": measured(gain),
        })
    });
    let validated = made.cross_validated.as_ref().map(|found| {
        let chosen = found.chosen.iter().map(|&way| report.ways[way].name());
        json!({ "chosen": chosen.collect::<Vec<_>>(), "error": measured(&found.error) })
    });
    let correlations =
        made.correlations.iter().map(|(feature, found)| (feature.name().to_owned(), json!(found)));
    json!({
        "unit": made.space.unit(),
        "choosing": named(&made.choosing),
        "calibrating": named(&made.calibrating),
        "candidates": candidates.collect::<Vec<_>>(),
        "cross_validated": validated,
        "rank_correlations": Value::Object(correlations.collect()),
    })
}

fn region(report: &Report, landmarks: &[Drops], pooled: &Drops) -> Value {
    let of = |found: &Drops| {
        let levels = report.made.levels.iter().enumerate().map(|(at, level)| {
            json!({ "level": level, "drop": found.bounds[at], "missing_subjects": found.missing[at] })
        });
        json!({ "subjects": found.subjects, "levels": levels.collect::<Vec<_>>() })
    };
    let landmarks = report.made.landmarks.iter().zip(landmarks).map(|((label, c), found)| {
        let mut value = of(found);
        value["label"] = json!(label);
        value["c"] = json!(c);
        value
    });
    json!({ "landmarks": landmarks.collect::<Vec<_>>(), "pooled": of(pooled) })
}

fn in_space(report: &Report, space: &InSpace) -> Value {
    let levels = &report.made.levels;
    let landmarks = report.made.landmarks.iter().zip(&space.landmarks).map(|((label, c), found)| {
        let mut value = radii(found, levels);
        value["label"] = json!(label);
        value["c"] = json!(c);
        value
    });
    let bin = |bin: &Bin| {
        json!({
            "figure": [bin.figures.0, bin.figures.1],
            "count": bin.count,
            "mean_error": bin.mean_error,
            "bounds": bin.bounds,
        })
    };
    json!({
        "unit": space.space.unit(),
        "scale": { "figure": space.scale.feature.name(), "knots": space.scale.knots },
        "landmarks": landmarks.collect::<Vec<_>>(),
        "pooled": radii(&space.pooled, levels),
        "bins": space.bins.iter().map(bin).collect::<Vec<_>>(),
    })
}

fn radii(found: &Radii, levels: &[f64]) -> Value {
    let each = levels.iter().enumerate().map(|(at, level)| {
        json!({
            "level": level,
            "factor": found.factors[at],
            "missing_subjects": found.missing[at],
            "reached": found.reached[at],
            "mean_radius": found.mean_radius[at],
            "unscaled_radius": found.unscaled[at],
        })
    });
    json!({
        "subjects": found.subjects,
        "count": found.count,
        "mean_error": found.mean_error,
        "tried_on": found.tried_on,
        "levels": each.collect::<Vec<_>>(),
    })
}

// --- reading -------------------------------------------------------------------------------------------

/// What `decode` takes from a calibration.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    pub(super) method: String,
    pub(super) temperature: Option<f64>,
    pub(super) threshold: Option<f64>,
    pub(super) ignore_nan: bool,
    pub(super) stride: Option<Stride>,
    pub(super) channels: Option<(usize, usize)>,
    pub(super) labels: Option<Vec<String>>,
    pub(super) sizes: Option<(f64, f64)>,
    /// The region that holds the truth; `None` if nothing was learnt of it.
    pub(super) region: Option<Region>,
    pub(super) mm: Option<Factors>,
    pub(super) voxel: Option<Factors>,
    /// All of the file: two runs with the same digest write the same radii.
    pub(super) digest: u128,
}

/// The drop of [`LEVEL`], and what is missing for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    pub(super) drop: Option<f64>,
    pub(super) missing: usize,
}

/// Radii in one space.
#[derive(Clone, Debug)]
pub(super) struct Factors {
    pub(super) scale: Scale,
    /// Of each landmark that had a truth its name, its channel, and its factor; `None` if it has too few
    /// subjects.
    pub(super) landmarks: Vec<(Option<String>, Option<usize>, Option<f64>)>,
    /// For landmarks that have none of their own.
    pub(super) pooled: Option<f64>,
    /// How many subjects are missing for a radius of all landmarks together.
    pub(super) missing: usize,
}

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<Calibration, Failure> {
    let failed = |cause: &str| {
        let what = format!("failed to read the calibration `{}`", shown::path(path));
        let hint = "`softargmax calibrate HEATMAPS --truth FILE -o CALIBRATION` writes one".to_owned();
        Failure::new(Exit::Usage, what, cause, Some(hint))
    };
    let bytes = std::fs::read(path).map_err(|error| failed(&error.to_string()))?;
    let document: Value =
        serde_json::from_slice(&bytes).map_err(|error| failed(&format!("it is no JSON: {error}")))?;
    match document["calibration"].as_u64() {
        Some(VERSION) => {}
        Some(other) => {
            return Err(failed(&format!(
                "expected a calibration of version {VERSION}, found version {other}"
            )));
        }
        None => return Err(failed("it is JSON, but no calibration")),
    }
    let mut digest = crate::plan::Digest::new();
    digest.add(&bytes);
    parsed(&document, digest.value()).ok_or_else(|| failed("a part of it is missing, or has no meaning"))
}

/// `None` if something is missing or is not what it must be.
fn parsed(document: &Value, digest: u128) -> Option<Calibration> {
    let (settings, data) = (&document["settings"], &document["data"]);
    let spaces = document["radii"].as_array()?;
    let of = |unit: &str| {
        let found = spaces.iter().find(|space| space["unit"] == unit);
        found.map(factors).map_or(Some(None), |found| found.map(Some))
    };
    let (mm, voxel) = (of(Space::World.unit())?, of(Space::Voxel.unit())?);
    Some(Calibration {
        method: settings["method"].as_str()?.to_owned(),
        temperature: optional(&settings["temperature"], positive)?,
        threshold: optional(&settings["threshold"], Value::as_f64)?,
        ignore_nan: settings["ignore_nan"].as_bool()?,
        stride: optional(&settings["stride"], stride)?,
        channels: optional(&data["channels"], |value| {
            Some((value[0].as_u64()?.try_into().ok()?, value[1].as_u64()?.try_into().ok()?))
        })?,
        labels: optional(&data["labels"], |value| {
            value.as_array()?.iter().map(|name| Some(name.as_str()?.to_owned())).collect()
        })?,
        sizes: optional(&data["voxel_sizes_mm"], |value| Some((positive(&value[0])?, positive(&value[1])?)))?,
        region: optional(&document["region"], |region| drop_of(&region["pooled"]))?,
        mm,
        voxel,
        digest,
    })
}

/// The drop of [`LEVEL`].
fn drop_of(pooled: &Value) -> Option<Region> {
    let levels = pooled["levels"].as_array()?;
    let level = levels.iter().find(|level| level["level"].as_f64() == Some(LEVEL))?;
    let missing = level["missing_subjects"].as_u64()?.try_into().ok()?;
    Some(Region { drop: optional(&level["drop"], not_negative)?, missing })
}

/// A value that may be null; `None` if it is not, and is not what it must be.
#[expect(clippy::option_option, reason = "absent and wrong are two things")]
fn optional<T>(value: &Value, of: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { of(value).map(Some) }
}

fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| *number > 0.0)
}

/// One step for all axes, or one for each.
fn stride(value: &Value) -> Option<Stride> {
    let step = |value: &Value| value.as_f64().filter(|step| Stride::is_legal(*step));
    match value.as_array().map(Vec::as_slice) {
        None => step(value).map(Stride::Every),
        Some([h, w, d]) => Some(Stride::Each(Hwd([step(h)?, step(w)?, step(d)?]))),
        Some(_) => None,
    }
}

fn not_negative(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| *number >= 0.0)
}

fn factors(space: &Value) -> Option<Factors> {
    let figure = space["scale"]["figure"].as_str()?;
    let feature = Feature::ALL.into_iter().find(|feature| feature.name() == figure)?;
    let knots = space["scale"]["knots"].as_array()?.iter();
    let knots: Vec<(f64, f64)> =
        knots.map(|knot| Some((knot[0].as_f64()?, positive(&knot[1])?))).collect::<Option<_>>()?;
    let rises = knots.windows(2).all(|pair| pair[0].0 < pair[1].0);
    if !rises || (knots.is_empty() != (feature == Feature::None)) {
        return None;
    }
    let known = space["landmarks"].as_array()?.iter().filter(|landmark| landmark["subjects"] != 0);
    let landmarks = known.map(|landmark| {
        let label = optional(&landmark["label"], |name| Some(name.as_str()?.to_owned()))?;
        let c = optional(&landmark["c"], |c| c.as_u64()?.try_into().ok())?;
        Some((label, c, factor(landmark)?.0))
    });
    let (pooled, subjects) = factor(&space["pooled"])?;
    Some(Factors {
        scale: Scale { feature, knots },
        landmarks: landmarks.collect::<Option<_>>()?,
        pooled,
        missing: needed(LEVEL).saturating_sub(subjects),
    })
}

/// The factor of [`LEVEL`], and of how many subjects it is.
fn factor(radii: &Value) -> Option<(Option<f64>, usize)> {
    let levels = radii["levels"].as_array()?;
    let level = levels.iter().find(|level| level["level"].as_f64() == Some(LEVEL))?;
    let subjects = radii["subjects"].as_u64()?.try_into().ok()?;
    Some((optional(&level["factor"], not_negative)?, subjects))
}

impl Calibration {
    /// The way to decode that it is of.
    pub(super) fn name(&self) -> String {
        WayToDecode::named(&self.method, self.temperature)
    }
}
