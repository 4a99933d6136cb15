//! From the command line as typed to a complete plan: what the arguments mean here.

use super::args::{DecodeArgs, ReadingArgs, WhichAffine};
use super::exit::{Exit, Failure};
use super::region;
use super::threshold::Threshold;
use super::values::Choice;
use crate::geometry::{Affine, Length};
use crate::kernel::{self, METHODS, Method, Parameters, Range, Several, Sharpness, level};
use crate::plan::Decoding;
use crate::prepare::{AffineChoice, Channels, LayoutChoice, Reading};
use crate::sink::{self, Extras, Report, Space, WRITERS, Writer, by_extension};
use crate::source::{self, Location, OpenOptions};
use serde_json::{Value, json};
use std::path::Path;

/// How many threads there are to use.
pub(super) fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
}

/// The SIMD level: `SOFTARGMAX_SIMD` where it is set, else the best.
pub(super) fn simd_level() -> Result<fearless_simd::Level, Failure> {
    let Some(asked) = std::env::var_os("SOFTARGMAX_SIMD") else { return Ok(level::best()) };
    let available = level::available();
    let found = available.iter().find(|(name, _)| asked == **name).map(|&(_, level)| level);
    found.ok_or_else(|| {
        let names: Vec<&str> = available.iter().map(|&(name, _)| name).collect();
        let what =
            format!("expected a SIMD level of this machine in SOFTARGMAX_SIMD, found `{}`", asked.display());
        Failure::usage(what, format!("this machine has {}", names.join(", ")))
    })
}

/// The method that nobody chose: the first, of several peaks the first that looks at the values about one.
fn default_method(args: &DecodeArgs) -> Choice {
    let suited = METHODS.iter().find(|method| args.peaks.is_none() || method.has_window());
    Choice { method: suited.unwrap_or(&METHODS[0]), parameters: Parameters::default() }
}

/// The method and its parameters: those behind its name, `--radius` and `--activation`.
fn method(args: &DecodeArgs) -> Result<(&'static Method, Parameters), Failure> {
    let Choice { method, mut parameters } = args.method.unwrap_or_else(|| default_method(args));
    if args.peaks.is_some() && !method.suits_peaks() {
        let suited = METHODS.iter().filter(|method| method.suits_peaks()).map(|method| method.name);
        let names = suited.collect::<Vec<_>>().join(", ");
        let what =
            format!("expected a method that can tell peaks apart for --peaks, found `{}`", method.name);
        return Err(Failure::usage(what, format!("it has one answer for the whole heatmap; use {names}")));
    }
    if let Some(radius) = &args.radius {
        set(
            method,
            &mut parameters,
            ["radius", "a radius"],
            radius,
            &format!("`--radius 4` and `--method {}:radius=4`", method.name),
        )?;
    }
    if let Some(text) = &args.activation {
        let (name, alpha) =
            text.split_once(':').map_or((text.as_str(), None), |(name, alpha)| (name, Some(alpha)));
        let same = "`--activation power:2` and `--method mean:activation=power,alpha=2`";
        set(method, &mut parameters, ["activation", "an activation"], name, same)?;
        match alpha {
            Some(alpha) if name == "power" => {
                set(method, &mut parameters, ["alpha", "an exponent"], alpha, same)?;
            }
            Some(_) => {
                let what = format!("expected a number behind `power:` alone, found `{text}`");
                return Err(Failure::usage(what, "for example `--activation power:2`"));
            }
            None => {}
        }
    }
    Ok((method, parameters))
}

/// Gives a parameter of the method what an option of the same name says.
fn set(
    method: &'static Method,
    parameters: &mut Parameters,
    [name, what]: [&str; 2],
    text: &str,
    same: &str,
) -> Result<(), Failure> {
    let has = |method: &Method| method.parameters.iter().any(|parameter| parameter.name == name);
    if !has(method) {
        let names: Vec<&str> =
            METHODS.iter().filter(|method| has(method)).map(|method| method.name).collect();
        let found = format!("expected a method with {what} for --{name}, found `{}`", method.name);
        return Err(Failure::usage(found, format!("methods with {what}: {}", names.join(", "))));
    }
    let set = parameters.set(method, name, text);
    set.map_err(|error| Failure::usage(error.to_string(), format!("{same} are the same")))
}

/// How inputs are decoded.
pub(super) fn decoding(args: &DecodeArgs, labels: Option<&[String]>) -> Result<Decoding, Failure> {
    let sharpness = match (args.temperature, args.beta) {
        (_, Some(beta)) => Sharpness::Beta(beta),
        (temperature, None) => Sharpness::Temperature(temperature.unwrap_or(1.0)),
    };
    let (method, parameters) = method(args)?;
    let mut reading = reading(&args.reading)?;
    reading.offsets = region::offsets(args)?;
    reading.mask = region::mask(args)?;
    reading.needs_affine = args.coords.contains(Space::World);
    reading.channels = args.channels.as_ref().map_or(Channels::All, |list| Channels::Ranges(list.0.clone()));
    reading.labels = labels.map(<[String]>::len);
    Ok(Decoding {
        open: OpenOptions { key: args.reading.key.clone() },
        reading,
        kernel: kernel::Settings {
            method,
            parameters,
            sharpness,
            ignore_nan: args.ignore_nan,
            threshold: match args.threshold {
                Some(Threshold::Value(value)) => Some(value),
                _ => None,
            },
            with_spread: args.stats,
            affine: None,
            level: simd_level()?,
        },
        peaks: peaks(args)?,
        threads: threads(args.threads),
    })
}

/// Which peaks are asked for.
fn peaks(args: &DecodeArgs) -> Result<Option<Several>, Failure> {
    let fraction = match args.threshold {
        Some(Threshold::Share(share)) => Some(share),
        _ => None,
    };
    let Some(count) = args.peaks else {
        return match fraction {
            None => Ok(None),
            Some(share) => {
                let what = format!("expected --peaks with `--threshold r:{share}`, found none");
                let hint = "a share of the maximum tells which peaks count; of one maximum `--threshold V` says \
                            how high it must be";
                Err(Failure::usage(what, hint))
            }
        };
    };
    Ok(Some(Several { count: usize::from(count), min_distance: min_distance(args), fraction }))
}

fn min_distance(args: &DecodeArgs) -> Length {
    args.min_distance.unwrap_or(Length::Voxels(1.0))
}

/// How shapes and affines are understood, for all channels.
pub(super) fn reading(args: &ReadingArgs) -> Result<Reading, Failure> {
    Ok(Reading {
        layout: args.layout.clone().map_or(LayoutChoice::ByShape, LayoutChoice::Given),
        affine: affine(args)?,
        offsets: None,
        mask: None,
        needs_affine: false,
        channels: Channels::All,
        labels: None,
    })
}

fn affine(args: &ReadingArgs) -> Result<AffineChoice, Failure> {
    if let Some(path) = &args.reference {
        return reference(path);
    }
    Ok(match (args.affine, args.spacing) {
        (_, Some(spacing)) => AffineChoice::Spacing(Affine::from_spacing(spacing.0)),
        (Some(WhichAffine::Sform), None) => AffineChoice::Sform,
        (Some(WhichAffine::Qform), None) => AffineChoice::Qform,
        (Some(WhichAffine::Pixdim), None) => AffineChoice::Pixdim,
        (Some(WhichAffine::Auto) | None, None) => AffineChoice::Auto,
    })
}

/// The affine and spatial shape of `--reference`.
fn reference(path: &Path) -> Result<AffineChoice, Failure> {
    let what = format!("failed to read the reference `{}`", path.display());
    let header = source::open(&Location::Path(path.to_owned()), &OpenOptions::default())
        .map_err(|error| Failure::new(Exit::Usage, &what, &error, error.hint()))?
        .header;
    let hint = Some("`--reference` takes a NIfTI volume with an sform or a qform".to_owned());
    let forms = header.forms.unwrap_or_default();
    let Some(affine) = forms.sform.or(forms.qform) else {
        return Err(Failure::new(Exit::Usage, &what, "expected an affine, found none", hint));
    };
    let mut lengths = [1; 3];
    for (length, &dim) in lengths.iter_mut().zip(&header.shape) {
        *length = usize::try_from(dim).unwrap_or(usize::MAX);
    }
    Ok(AffineChoice::Reference { affine, lengths })
}

/// The labels of `--labels` or `--label-names`.
pub(super) fn labels(args: &DecodeArgs) -> Result<Option<Vec<String>>, Failure> {
    let Some(path) = &args.labels else { return Ok(args.label_names.clone()) };
    let text = std::fs::read_to_string(path).map_err(|error| {
        let hint = Some("`--labels` takes a UTF-8 text file with one name a line".to_owned());
        Failure::new(Exit::Usage, format!("failed to read the labels `{}`", path.display()), error, hint)
    })?;
    Ok(Some(sink::labels(&text)))
}

/// The output format: `--format`, else by the extension, else CSV on standard output.
pub(super) fn writer(args: &DecodeArgs) -> Result<&'static Writer, Failure> {
    match (&args.format, &args.output) {
        (Some(writer), _) => Ok(writer),
        (None, None) => Ok(&WRITERS[0]),
        (None, Some(path)) => by_extension(path).ok_or_else(|| {
            let known: Vec<&str> = WRITERS.iter().flat_map(|writer| writer.extensions).copied().collect();
            let what = format!("expected an output with a known extension, found `{}`", path.display());
            Failure::usage(what, format!("known are .{}; or say `--format csv`", known.join(", .")))
        }),
    }
}

/// What the rows hold.
pub(super) fn report(
    args: &DecodeArgs,
    labels: Option<Vec<String>>,
    writer: &Writer,
) -> Result<Report, Failure> {
    if writer.coordinates_only && (args.compare || args.stats) {
        let what = format!("expected coordinates alone for {}, found --compare or --stats", writer.name);
        return Err(Failure::usage(what, "`--format csv` or `--format json` hold all"));
    }
    if writer.coordinates_only && args.coords.single().is_none() {
        let what = format!("expected one space in --coords for {}, found `{}`", writer.name, args.coords);
        return Err(Failure::usage(what, "for example `--coords voxel`"));
    }
    let (method, _) = method(args)?;
    Ok(Report {
        coords: args.coords,
        norm: args.norm,
        order: args.order,
        frame: args.frame,
        compare: args.compare,
        peaks: args.peaks.map(usize::from),
        stats: args.stats,
        extras: Extras { window_mass: method.has_window(), fit: method.has_fit() },
        digits: args.digits.map(usize::from),
        labels,
        settings: settings(args)?,
        totals: None,
    })
}

/// What changes answers, for formats that record it.
fn settings(args: &DecodeArgs) -> Result<Vec<(&'static str, Value)>, Failure> {
    let (method, parameters) = method(args)?;
    let reading = &args.reading;
    let affine = match reading.affine.unwrap_or(WhichAffine::Auto) {
        WhichAffine::Auto => "auto",
        WhichAffine::Sform => "sform",
        WhichAffine::Qform => "qform",
        WhichAffine::Pixdim => "pixdim",
    };
    let sharpness = match args.beta {
        Some(beta) => ("beta", json!(beta)),
        None => ("temperature", json!(args.temperature.unwrap_or(1.0))),
    };
    let channels = args.channels.as_ref().map(|list| {
        list.0.iter().map(|(first, last)| format!("{first}-{last}")).collect::<Vec<_>>().join(",")
    });
    let threshold = args.threshold.map(|threshold| match threshold {
        Threshold::Value(value) => json!(value),
        Threshold::Share(share) => json!(format!("r:{share}")),
    });
    let mut settings = vec![("method", json!(method.name))];
    if !method.parameters.is_empty() {
        settings.push(("parameters", parameters_json(method, &parameters)));
    }
    if let Some(count) = args.peaks {
        settings.push(("peaks", json!(count)));
        settings.push(("min_distance", json!(min_distance(args).to_string())));
    }
    settings.extend([
        sharpness,
        ("coords", json!(args.coords.to_string())),
        ("norm", json!(args.norm.name())),
        ("order", json!(args.order.to_string())),
        ("frame", json!(args.frame.name())),
        ("layout", json!(reading.layout.as_ref().map(ToString::to_string))),
        ("affine", json!(affine)),
        ("reference", json!(reading.reference.as_ref().map(|path| path.to_string_lossy()))),
        ("spacing", json!(reading.spacing.map(|spacing| spacing.0))),
        ("key", json!(reading.key)),
        ("stride", region::stride_json(args)),
        ("mask", json!(args.mask.as_ref().map(|path| path.to_string_lossy()))),
        ("crop_origin", json!(args.crop_origin.map(|origin| origin.0))),
        ("channels", json!(channels)),
        ("threshold", json!(threshold)),
        ("ignore_nan", json!(args.ignore_nan)),
    ]);
    Ok(settings)
}

/// The parameters by name, defaults too; null where the default lies elsewhere.
fn parameters_json(method: &Method, parameters: &Parameters) -> Value {
    let named = method.parameters.iter().enumerate().map(|(index, parameter)| {
        let length = parameters.length(method, index);
        let value = parameters.get(method, index).map(|value| match parameter.range {
            Range::Reach(_) if matches!(length, Some(Length::Millimetres(_))) => {
                json!(length.map(|it| it.to_string()))
            }
            Range::Whole(..) | Range::Reach(_) => json!(value as u64),
            Range::Finite | Range::Positive | Range::UpTo(_) => json!(value),
            Range::Words(_) => json!(parameter.show(value)),
        });
        (parameter.name.to_owned(), json!(value))
    });
    Value::Object(named.collect())
}
