//! `softargmax calibrate`: the best way to decode, and radii that hold the truth.

use super::args::{Cli, Command, DecodeArgs, When};
use super::calibrate_args::{CalibrateArgs, DesignName};
use super::calibrate_report::{Data, LEVEL, Report};
use super::calibrated::figures;
use super::deliver;
use super::eval_args::UnitName;
use super::eval_files;
use super::eval_hints::{self, Role};
use super::exit::{Exit, Failure};
use super::points_values::FromFrame;
use super::progress::Verbosity;
use super::reporter::Reporter;
use super::signals::{self, Doing};
use super::targets::Targets;
use super::threshold::Threshold;
use super::ways::{WayToDecode, ways};
use super::{calibrate_text, calibration_file, outputs, plan, stderr, stdout};
use crate::geometry::{Hwd, Placement, Voxel};
use crate::landmark::{InputRecord, Landmark, Status};
use crate::pipeline::{self, Place};
use crate::plan::Plan;
use crate::points::{Point, PointSet, ReadOptions, State};
use crate::sink::Output;
use crate::source::Location;
use crate::study::{
    self, Bootstrap, CalibrateError, CalibrateSettings, Decoded, Design, Drops, Feature, Space, SpaceChoice,
    Told, Way,
};
use clap::Parser as _;
use std::io::Write as _;
use std::path::PathBuf;

/// Runs `calibrate`.
pub(super) fn run(args: &CalibrateArgs) -> Result<Exit, Failure> {
    let ways = ways(&args.method, &args.temperature.0).map_err(|text| Failure::usage(text, HINT))?;
    let plan::Run { mut plan, search, .. } = plan::settle(&decode_args(args)?)?;
    let truth = ReadOptions {
        format: args.truth_format,
        from_frame: args.truth_frame.and_then(FromFrame::frame),
        in_voxels: args.truth_frame == Some(FromFrame::Voxel),
        grid: None,
    };
    let truth = eval_files::read(&args.truth, &truth, Role::Truth)?;
    check_target(args, &plan, &truth.files)?;
    // The spread costs a second set of sums for each temperature.
    let with_spread = matches!(args.scale.feature(), None | Some(Feature::Spread));
    plan.decoding.kernel.region = args.region.then_some(0.0);
    let kernel = plan.decoding.kernel;
    plan.decoding.alternatives = ways.iter().map(|way| way.settings(&kernel, with_spread)).collect();
    signals::watch();
    let decoded = decode(&plan, &ways)?;
    if !args.quiet {
        search.report().for_each(|line| stderr::print_line(&line));
    }
    let settings = settings(args);
    let made = study::calibrate(&decoded.landmarks, &truth.set, &settings);
    let made = made.map_err(|error| failure(&error))?;
    let drops = if args.region { Some(drops(&plan, &decoded, &truth.set, &settings, &made)?) } else { None };
    let report = Report { args, ways: &ways, made: &made, data: &decoded.data, drops, settings: &settings };
    if let Some(text) = calibrate_text::too_few(&report) {
        stderr::print_line(&text);
    }
    write(args, &calibration_file::json(&report, &plan))?;
    if !args.quiet {
        let mut out = stdout::open(None)?;
        let text = calibrate_text::text(&report, truth.set.format);
        stdout::check(out.write_all(text.as_bytes()).and_then(|()| out.flush()), None)?;
    }
    let is_whole = decoded.data.unreadable == 0 && truth.failed.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::Unreadable })
}

/// The drops that hold the truth: every truth is looked up in its heatmap.
fn drops(
    plan: &Plan,
    decoded: &All,
    truth: &PointSet,
    settings: &CalibrateSettings,
    made: &study::Calibration,
) -> Result<(Vec<Drops>, Drops), Failure> {
    let voxels = study::truths(&decoded.landmarks, truth, settings).map_err(|error| failure(&error))?;
    let mut drops = vec![None; voxels.len()];
    for (input, first, count) in &decoded.inputs {
        let heatmaps: Vec<usize> = (*first..first + count).filter(|&at| voxels[at].is_some()).collect();
        // A voxel that is in no heatmap has no value.
        let nowhere: Place = (usize::MAX, 0, Hwd([0; 3]));
        let places = heatmaps.iter().map(|&at| decoded.place(at, voxels[at]).unwrap_or(nowhere));
        let Ok(values) = pipeline::values_at(&plan.decoding, input, &places.collect::<Vec<_>>()) else {
            continue;
        };
        for (at, value) in heatmaps.into_iter().zip(values) {
            drops[at] = decoded.heights[at].map(|heights| drop_at(heights, value));
        }
    }
    study::drops(&decoded.landmarks, truth, settings, made, &drops).map_err(|error| failure(&error))
}

/// How far below the peak a value is, as a share of the way to the background; infinity where there is none.
fn drop_at((peak, background): (f64, f64), value: Option<f64>) -> f64 {
    match value {
        Some(value) if value >= peak => 0.0,
        Some(value) if peak > background => (peak - value) / (peak - background),
        _ => f64::INFINITY,
    }
}

/// What helps against a method that is none.
const HINT: &str = "`softargmax methods` lists the methods and their parameters";

/// The run that `decode` would make of the same inputs and options.
fn decode_args(args: &CalibrateArgs) -> Result<DecodeArgs, Failure> {
    let parsed = Cli::try_parse_from(["softargmax", "decode", "--coords", "voxel", "-q", "-"]);
    let Ok(Cli { command: Command::Decode(decode) }) = parsed else {
        return Err(Failure::defect("the options of decode have changed"));
    };
    let mut decode = *decode;
    decode.inputs.clone_from(&args.inputs);
    decode.directories = args.directories.clone();
    decode.reading = args.reading.clone();
    (decode.stride, decode.crop_origin) = (args.stride, args.crop_origin);
    decode.study.mask.clone_from(&args.mask);
    decode.study.channels.clone_from(&args.channels);
    decode.study.expect_channels = args.expect_channels;
    decode.labels.clone_from(&args.labels);
    decode.study.label_names.clone_from(&args.label_names);
    decode.study.path_regex.clone_from(&args.path_regex);
    (decode.threshold, decode.ignore_nan) = (args.threshold.map(Threshold::Value), args.ignore_nan);
    decode.threads = args.threads;
    decode.uncertainty = true;
    Ok(decode)
}

/// The output may be no file that is read.
fn check_target(args: &CalibrateArgs, plan: &Plan, truth: &[PathBuf]) -> Result<(), Failure> {
    let read = plan.inputs.iter().cloned().chain(truth.iter().cloned().map(Location::Path));
    Targets::new([args.output.clone()]).check(&read.collect::<Vec<_>>(), &[])
}

fn settings(args: &CalibrateArgs) -> CalibrateSettings {
    let mut levels = args.level.0.clone();
    levels.push(LEVEL);
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    CalibrateSettings {
        columns: args.columns.clone(),
        file_name: args.file_as.file_name(),
        subject: args.subject.clone(),
        space: match args.unit {
            UnitName::Auto => SpaceChoice::Auto,
            UnitName::Mm => SpaceChoice::Only(Space::World),
            UnitName::Voxel => SpaceChoice::Only(Space::Voxel),
        },
        levels,
        design: match args.design {
            DesignName::Split => Design::Split(args.choose),
            DesignName::Cross => Design::Cross,
        },
        feature: args.scale.feature(),
        folds: args.folds.into(),
        bins: args.bins.into(),
        bootstrap: Bootstrap { draws: args.bootstrap as usize, seed: args.seed },
    }
}

fn failure(error: &CalibrateError) -> Failure {
    let hint = match error {
        CalibrateError::Eval(error) => eval_hints::eval(error),
        CalibrateError::NoFigure(_) => Some("`--scale auto` takes what there is".into()),
        CalibrateError::Subjects { .. } => Some(
            "`--subject n` takes the samples of an array for subjects, `--subject NAME` a group of \
                 `--path-regex`; with one `--method` and `--scale none` nothing is chosen, and one will do"
                .into(),
        ),
        _ => None,
    };
    Failure::new(Exit::Unreadable, "failed to calibrate", error, hint)
}

fn write(args: &CalibrateArgs, text: &str) -> Result<(), Failure> {
    let (path, failed) = (&args.output, |error| outputs::output_failure(&error));
    let mut output = outputs::begin(path, Output::create).map_err(failed)?;
    output.write_all(text.as_bytes()).map_err(|error| outputs::write_failure(path, &error))?;
    let mut gate = signals::gate(Doing::Placing);
    let done = output.commit();
    gate.clear();
    done.map_err(failed)
}

// --- decoding ------------------------------------------------------------------------------------------

/// All landmarks in all ways, and what kind of data they are of.
struct All {
    landmarks: Decoded,
    data: Data,
    /// For each input its first landmark, and how many it has.
    inputs: Vec<(Location, usize, usize)>,
    /// For each landmark the height of the peak and of the background, if they are asked for.
    heights: Vec<Option<(f64, f64)>>,
    /// For each landmark how the voxels of its heatmap lie in what is written.
    placements: Vec<Placement>,
}

/// Decodes every input in every way, reading it once.
fn decode(plan: &Plan, ways: &[WayToDecode]) -> Result<All, Failure> {
    let empty = |way: &WayToDecode| Way { is_eligible: way.is_eligible, told: Vec::new() };
    let landmarks = Decoded { ways: ways.iter().map(empty).collect(), ..Decoded::default() };
    let data = Data::default();
    let (inputs, heights, placements) = (Vec::new(), Vec::new(), Vec::new());
    let mut all = All { landmarks, data, inputs, heights, placements };
    all.data.labels.clone_from(&plan.report.labels);
    if let Some(path) = &plan.report.path {
        all.landmarks.points.columns.clone_from(&path.names);
    }
    all.landmarks.points.path = "the heatmaps".into();
    let verbosity = Verbosity { is_quiet: true, is_verbose: false, progress: When::Never };
    let reporter = Reporter::new(plan, verbosity, Some(plan.inputs.len()));
    let reporter = reporter.with_paths(plan.report.path.as_ref().and_then(|path| path.pattern.parse().ok()));
    let inputs = Box::new(plan.inputs.iter().cloned());
    let mut named = plan.inputs.iter();
    deliver::decode::<Failure>(plan, inputs, &reporter, &mut |decoded| {
        let first = all.heights.len();
        all.add(plan, &decoded);
        if let Some(input) = named.next() {
            all.inputs.push((input.clone(), first, all.heights.len() - first));
        }
        Ok(())
    })?;
    reporter.finish();
    Ok(all)
}

impl All {
    /// Adds an input: of each heatmap the landmarks of all ways.
    fn add(&mut self, plan: &Plan, decoded: &pipeline::Decoded) {
        let (record, count) = (&decoded.record, self.landmarks.ways.len());
        self.data.add(record);
        let cells = |mut point: Point| {
            point.file = Some(record.file.clone());
            point.extra.clone_from(&record.from_path);
            point.extra.resize(self.landmarks.points.columns.len(), None);
            point
        };
        if record.error.is_some() {
            self.landmarks.points.points.push(cells(Point { state: State::Unreadable, ..Point::default() }));
            self.landmarks.affines.push(None);
            self.heights.push(None);
            self.placements.push(record.placement);
            self.landmarks.ways.iter_mut().for_each(|way| way.told.push(Told::default()));
            return;
        }
        let landmarks: Vec<Landmark> = decoded.landmarks.iter().collect();
        for heatmap in landmarks.chunks_exact(count.max(1)) {
            let told: Vec<Told> = heatmap.iter().map(|landmark| told(record, landmark)).collect();
            let known = told.iter().find(|told| told.voxel.is_some()).copied().unwrap_or_default();
            let label = plan.report.labels.as_ref().zip(record.label_index(heatmap[0].c));
            let label = label.and_then(|(labels, index)| labels.get(index)).filter(|name| !name.is_empty());
            let mut point = Point::default();
            (point.n, point.c, point.label) = (Some(heatmap[0].n), Some(heatmap[0].c), label.cloned());
            (point.voxel, point.world) = (known.voxel, known.world);
            point.state = if known.voxel.is_some() { State::Present } else { State::Missing };
            self.landmarks.points.points.push(cells(point));
            self.landmarks.affines.push(record.written_affine());
            self.heights.push(heatmap[0].peak_value.zip(heatmap[0].background));
            self.placements.push(record.placement);
            for (way, told) in self.landmarks.ways.iter_mut().zip(told) {
                way.told.push(told);
            }
        }
    }
}

impl All {
    /// The voxel of the heatmap in which a landmark's truth lies; `None` if that is outside.
    fn place(&self, at: usize, voxel: Option<Voxel>) -> Option<Place> {
        let (point, Voxel(written)) = (self.landmarks.points.points.get(at)?, voxel?);
        // Placements go along each axis by itself.
        let placement = self.placements[at];
        let (Voxel(origin), Voxel(next)) =
            (placement.apply(Voxel([0.0; 3])), placement.apply(Voxel([1.0; 3])));
        let nearest = |axis: usize| ((written[axis] - origin[axis]) / (next[axis] - origin[axis])).round();
        let nearest = [0, 1, 2].map(nearest);
        let is_inside = nearest.iter().all(|i| (0.0..1e15).contains(i));
        is_inside.then(|| (point.n.unwrap_or(0), point.c.unwrap_or(0), Hwd(nearest.map(|i| i as usize))))
    }
}

/// What one way says of a heatmap. Radii are for landmarks whose status is `ok`: others say themselves that
/// they are no answers.
pub(super) fn told(record: &InputRecord, landmark: &Landmark) -> Told {
    let Some(position) = landmark.position.filter(|_| landmark.status == Status::Ok) else {
        return Told::default();
    };
    Told {
        voxel: Some(record.placement.apply(position)),
        world: record.affine.map(|affine| affine.apply(position)),
        figures: figures(record, landmark),
    }
}
