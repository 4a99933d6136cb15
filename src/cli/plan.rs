//! From arguments to a settled run: they are read here and in the files that this one calls, once, and not
//! again.

use super::args::DecodeArgs;
use super::average::Averaging;
use super::calibration_file::{self, Calibration};
use super::exit::Failure;
use super::inputs;
use super::list::List;
use super::named_input::NamedInput;
use super::progress::Verbosity;
use super::resume::InputOutput;
use super::root::Root;
use super::search::Search;
use super::stack::Stack;
use super::targets::{Beside, Targets};
use super::threshold::Threshold;
use super::values::{MethodChoice, RegionChoice};
use super::{machine, method, outputs, reading, region as part, rows, table};
use crate::kernel::{self, Sharpness};
use crate::plan::{Decoding, Destination, Plan};
use crate::prepare::Channels;
use crate::shown;
use crate::sink::{Space, WRITERS, Writer, destination as destination_of};
use crate::source::OpenOptions;
use std::path::Path;

/// A run of `decode` with nothing left to decide.
pub(super) struct Run {
    /// What is decoded, how, and where it goes.
    pub(super) plan: Plan,
    /// The inputs, if they arrive while others are decoded; the plan then names none.
    pub(super) list: Option<List>,
    /// With `--stack`, where each input of the plan is.
    pub(super) stack: Option<Stack>,
    /// With `--output-dir`, the output of each input of the plan.
    pub(super) outputs: Vec<InputOutput>,
    /// What came of the search of directories.
    pub(super) search: Search,
    /// What gives landmarks their radii, if something does.
    pub(super) calibration: Option<Calibration>,
    /// Whether the plan is only shown.
    pub(super) is_dry: bool,
    /// What is said while it runs.
    pub(super) verbosity: Verbosity,
}

/// What the arguments of `decode` mean here.
///
/// # Errors
/// Arguments that contradict one another or the inputs, files that they name and that cannot be read.
pub(super) fn settle(args: &DecodeArgs) -> Result<Run, Failure> {
    let calibration = args.calibration.as_deref().map(calibration_file::read).transpose()?;
    let mut plan = without_inputs(args, calibration.as_ref())?;
    let outputs = args.output_dir.as_ref().and_then(|outputs| outputs.canonicalize().ok());
    let mut search = Search { outputs, ..args.directories.search() };
    let (mut named, list) = find_inputs(args, &plan, &mut search)?;
    if let Some(averaging) = Averaging::new(&args.study)? {
        let (inputs, average) = averaging.group(named)?;
        (named, plan.decoding.average) = (inputs, Some(average));
    }
    let mut stack = None;
    if args.study.stack {
        let (in_order, found) = Stack::new(named, args.study.path_regex.as_ref())?;
        (named, stack) = (in_order, Some(found));
    }
    plan.inputs = named.iter().map(|input| input.location.clone()).collect();
    reading::check_affine_from_outside(&plan)?;
    let outputs = match &plan.destination {
        Destination::Stdout => Vec::new(),
        Destination::File(path) => {
            Targets::new([path.clone()]).check(&plan.files(), &beside(args, &plan)).map(|()| Vec::new())?
        }
        Destination::Table(path) => {
            let written = [path.clone(), table::path_of_record(path)];
            Targets::new(written).check(&plan.files(), &beside(args, &plan)).map(|()| Vec::new())?
        }
        Destination::Directory { path, .. } => {
            let named = below_root(args.study.root.as_deref(), named)?;
            outputs::assign(&plan, path, named, &beside(args, &plan))?
        }
    };
    let verbosity = Verbosity { is_quiet: args.quiet, is_verbose: args.verbose, progress: args.progress };
    Ok(Run { plan, list, stack, outputs, search, calibration, is_dry: args.dry_run, verbosity })
}

/// What the arguments mean for arrays in memory, which have no names; and what gives landmarks their radii.
///
/// # Errors
/// As [`settle`].
pub(super) fn of_arrays(args: &DecodeArgs) -> Result<(Plan, Option<Calibration>), Failure> {
    let calibration = args.calibration.as_deref().map(calibration_file::read).transpose()?;
    Ok((without_inputs(args, calibration.as_ref())?, calibration))
}

/// The files that are read beside the inputs.
fn beside(args: &DecodeArgs, plan: &Plan) -> Vec<Beside> {
    let files = [
        ("the list of `--files-from`", &args.files_from),
        ("the file of `--labels`", &args.labels),
        ("the mask", &args.study.mask),
        ("the reference", &args.reading.reference),
        ("the calibration", &args.calibration),
    ];
    let files = files.into_iter().filter_map(|(what, path)| Some(Beside { what, path: path.clone()? }));
    let affine = &plan.decoding.reading.affine;
    let inputs = plan.files();
    let references = inputs.iter().filter_map(|input| affine.reference_of(input));
    files.chain(references.map(|path| Beside { what: "the reference", path })).collect()
}

/// The inputs with the names of their outputs, by `--root` if it is given.
fn below_root(root: Option<&Path>, named: Vec<NamedInput>) -> Result<Vec<NamedInput>, Failure> {
    let Some(root) = root.map(Root::open).transpose()? else { return Ok(named) };
    named.into_iter().map(|input| root.name(input)).collect()
}

/// All that does not depend on the inputs.
fn without_inputs(args: &DecodeArgs, calibration: Option<&Calibration>) -> Result<Plan, Failure> {
    let labels = rows::labels(args)?;
    calibration.map_or(Ok(()), |calibration| calibration.check_labels(labels.as_deref()))?;
    let writer = rows::writer(args)?;
    let destination = destination(args, writer)?;
    Ok(Plan {
        inputs: Vec::new(),
        decoding: decoding(args, labels.as_deref(), calibration)?,
        report: rows::report(args, labels, writer, calibration)?,
        writer,
        destination,
        fail_on: args.fail_on.clone(),
        max_failures: args.max_failures,
        calibration: calibration.map(|calibration| calibration.digest),
    })
}

fn destination(args: &DecodeArgs, writer: &Writer) -> Result<Destination, Failure> {
    Ok(match (&args.output, &args.output_dir) {
        (Some(path), _) if args.resume => continued(path, writer)?,
        (Some(path), _) => Destination::File(path.clone()),
        (None, Some(path)) => Destination::Directory { path: path.clone(), resume: args.resume },
        (None, None) if args.resume => {
            let hint = "standard output has no record of what was written to it";
            return Err(Failure::usage("`--resume` needs `-o FILE` or `--output-dir DIR`", hint));
        }
        (None, None) => Destination::Stdout,
    })
}

/// A table that goes on.
fn continued(path: &Path, writer: &Writer) -> Result<Destination, Failure> {
    if !writer.is_rows {
        let known: Vec<&str> =
            WRITERS.iter().filter(|writer| writer.is_rows).map(|writer| writer.name).collect();
        let what = format!("`--resume` with `-o` holds for {}, not for {}", known.join(", "), writer.name);
        return Err(Failure::usage(what, "`--output-dir DIR` writes a file for each input, in any format"));
    }
    if destination_of(path).is_ok_and(|target| target.is_none()) {
        let what = format!("`--resume` needs a file, and `{}` is none", shown::path(path));
        return Err(Failure::usage(what, "for example `-o landmarks.csv`"));
    }
    Ok(Destination::Table(path.to_owned()))
}

/// How inputs are decoded.
fn decoding(
    args: &DecodeArgs,
    labels: Option<&[String]>,
    calibration: Option<&Calibration>,
) -> Result<Decoding, Failure> {
    let mut reading = reading::reading(&args.reading)?;
    reading.offsets = part::offsets(args, calibration)?;
    reading.mask = part::mask(args)?;
    reading.needs_affine = rows::coords(args).contains(Space::World);
    reading.channels =
        args.study.channels.as_ref().map_or(Channels::All, |list| Channels::Ranges(list.0.clone()));
    reading.expected_channels = args.study.expect_channels;
    reading.one_heatmap = args.study.stack;
    reading.labels = labels.map(<[String]>::len);
    reading.likeness = calibration.map(Calibration::likeness);
    Ok(Decoding {
        open: OpenOptions { key: args.reading.key.clone() },
        reading,
        kernel: kernel_settings(args, calibration)?,
        alternatives: Vec::new(),
        peaks: method::peaks(args)?,
        average: None,
        max_landmarks: args.limits.max_landmarks,
        threads: machine::threads(args.limits.threads),
    })
}

/// What the kernel does: as the options say, or as a calibration says.
fn kernel_settings(
    args: &DecodeArgs,
    calibration: Option<&Calibration>,
) -> Result<kernel::Settings, Failure> {
    let settings = kernel::Settings {
        with_spread: args.stats || calibration.is_some_and(Calibration::needs_spread),
        with_uncertainty: args.uncertainty || calibration.is_some(),
        region: region(args, calibration)?,
        level: machine::simd_level()?,
        ..kernel::Settings::default()
    };
    if let Some(calibration) = calibration {
        let (MethodChoice { method, parameters }, sharpness) = calibration.method(args)?;
        let (threshold, ignore_nan) = (calibration.threshold(args)?, calibration.ignore_nan(args)?);
        return Ok(kernel::Settings { method, parameters, sharpness, ignore_nan, threshold, ..settings });
    }
    let (method, parameters) = method::method(args)?;
    let threshold = match args.threshold {
        Some(Threshold::Value(height)) => Some(height),
        _ => None,
    };
    let (sharpness, ignore_nan) = (sharpness(args), args.ignore_nan);
    Ok(kernel::Settings { method, parameters, sharpness, ignore_nan, threshold, ..settings })
}

/// The drop of the region that is wanted, if one is.
fn region(args: &DecodeArgs, calibration: Option<&Calibration>) -> Result<Option<f64>, Failure> {
    match (args.study.region, calibration) {
        (None, _) => Ok(None),
        (Some(RegionChoice::Drop(drop)), _) => Ok(Some(drop)),
        (Some(RegionChoice::Calibrated), Some(calibration)) => calibration.region_drop().map(Some),
        (Some(RegionChoice::Calibrated), None) => {
            let what = "`--region calibrated` needs `--calibration FILE`";
            Err(Failure::usage(what, "`calibrate --region` finds the drop that holds the truth"))
        }
    }
}

fn sharpness(args: &DecodeArgs) -> Sharpness {
    match args.beta {
        Some(beta) => Sharpness::Beta(beta),
        None => Sharpness::Temperature(args.temperature.unwrap_or(1.0)),
    }
}

/// The inputs, or the list that they come from while it is read.
fn find_inputs(
    args: &DecodeArgs,
    plan: &Plan,
    search: &mut Search,
) -> Result<(Vec<NamedInput>, Option<List>), Failure> {
    let Some(path) = &args.files_from else {
        if args.null {
            let hint = "for example `find … -print0 | softargmax decode --files-from - -0`";
            return Err(Failure::usage("`-0` needs `--files-from`", hint));
        }
        return Ok((inputs::expand(&args.inputs, search)?, None));
    };
    let mut list = List::open(path, args.null)?;
    let is_needed_whole = args.dry_run
        || args.resume
        || args.study.stack
        || args.study.is_average()
        || args.output_dir.is_some()
        || plan.writer.needs.counts_samples();
    if !is_needed_whole {
        return Ok((Vec::new(), Some(list)));
    }
    let named = list.by_ref().map(NamedInput::new).collect();
    list.failed().take().map_or(Ok((named, None)), Err)
}
