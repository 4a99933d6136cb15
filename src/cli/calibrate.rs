//! `softargmax calibrate`: the best way to decode, and radii that hold the truth.

use super::args::{Cli, Command, DecodeArgs, When};
use super::calibrate_args::{CalibrateArgs, DesignName};
use super::calibrate_report::{Data, LEVEL, Regions, Report};
use super::calibrated::figures;
use super::deliver;
use super::eval_args::UnitName;
use super::eval_files::{self, Read};
use super::eval_hints::{self, Role};
use super::exit::{Exit, Failure};
use super::points_values::FromFrame;
use super::progress::Verbosity;
use super::reporter::Reporter;
use super::targets::Targets;
use super::threshold::Threshold;
use super::ways::{TEMPERATURES, WayToDecode, ways};
use super::{
    calibrate_text, calibration_file, eval_warnings, inputs, landmarks_in, outputs, plan, signals, stderr,
    stdout,
};
use crate::geometry::{Hwd, Placement, Voxel};
use crate::kernel::least_of_region;
use crate::landmark::{InputRecord, Landmark, Status};
use crate::pipeline::{self, Place};
use crate::plan::Plan;
use crate::points::{Point, ReadOptions, State};
use crate::source::Location;
use crate::study::{
    self, Bootstrap, CalibrateError, CalibrateSettings, Calibration, Decoded, Design, Feature, Space,
    SpaceChoice, Told, Truth, Way, Within,
};
use clap::Parser as _;
use std::io::Write as _;
use std::ops::Range;
use std::path::PathBuf;

/// Runs `calibrate`.
pub(super) fn run(args: &CalibrateArgs) -> Result<Exit, Failure> {
    let temperatures = args.temperature.as_ref().map_or(&TEMPERATURES[..], |given| &given.0);
    let ways = ways(&args.method, temperatures).map_err(|text| Failure::usage(text, HINT))?;
    check_idle(args, &ways)?;
    let plan::Run { mut plan, search, .. } = plan::settle(&decode_args(args)?)?;
    if landmarks_in::is_stdin(&args.truth) && plan.inputs.contains(&Location::Stdin) {
        let what = "standard input (`-`) can be read once";
        return Err(Failure::usage(what, "write the heatmaps or the truth to a file"));
    }
    let truth = ReadOptions {
        format: args.truth_format,
        from_frame: args.truth_frame.and_then(FromFrame::frame),
        in_voxels: args.truth_frame == Some(FromFrame::Voxel),
        grid: None,
    };
    let truth = eval_files::read(&args.truth, &truth, Role::Truth, args.path_regex.as_ref())?;
    check_target(args, &plan, &truth.files)?;
    check_streams(args, &plan)?;
    // The spread costs a second set of sums for each temperature.
    let with_spread = matches!(args.scale.feature(), None | Some(Feature::Spread));
    plan.decoding.kernel.region = args.region.then_some(0.0);
    let kernel = plan.decoding.kernel;
    plan.decoding.alternatives = ways.iter().map(|way| way.settings(&kernel, with_spread)).collect();
    signals::watch();
    let decoded = decode(args, &plan, &ways)?;
    if !args.quiet {
        search.report().for_each(|line| stderr::print_line(&line));
    }
    let settings = settings(args);
    let made = study::calibrate(&decoded.landmarks, &truth.set, &settings);
    let made = made.map_err(|error| failure(&error))?;
    let drops = if args.region {
        let truths = study::truths(&decoded.landmarks, &truth.set, &settings);
        Some(drops(&plan, &decoded, &truths.map_err(|error| failure(&error))?, &made)?)
    } else {
        None
    };
    let report = Report { args, ways: &ways, made: &made, data: &decoded.data, drops, settings: &settings };
    let exit = warn(&report, &decoded, &truth)?;
    outputs::write(&args.output, calibration_file::json(&report, &plan).as_bytes())?;
    if !args.quiet {
        let mut out = stdout::open(None)?;
        let text = calibrate_text::text(&report, truth.set.format);
        stdout::check(out.write_all(text.as_bytes()).and_then(|()| out.flush()), None)?;
    }
    Ok(exit)
}

/// Says what is suspicious about the truth, and about the answers of the chosen way beside it, as `eval`
/// does.
fn warn(report: &Report, decoded: &All, truth: &Read) -> Result<Exit, Failure> {
    const FRAMES: &str = "`--truth-frame`";
    let CalibrateSettings { columns, file_name, subject, .. } = report.settings.clone();
    let settings = study::Settings {
        columns,
        file_name,
        // A truth in millimetres without a heatmap has no voxels.
        space: SpaceChoice::Auto,
        subject,
        limits: Vec::new(),
        within: Within::Below,
        reference: None,
        pck: Vec::new(),
        pairs: Vec::new(),
        bootstrap: Bootstrap { draws: 0, seed: 0 },
    };
    let mut exit = eval_warnings::print_read(truth, Role::Truth);
    let chosen = decoded.landmarks.answers(report.made.way);
    let compared = study::evaluate(&chosen, &truth.set, None, &settings);
    let compared = compared.map_err(|error| failure(&error.into()))?;
    eval_warnings::print_compared(&compared, FRAMES);
    // Without an affine there may be no voxels to look at.
    let truths = study::truths(&decoded.landmarks, &truth.set, report.settings).unwrap_or_default();
    let outside = truths.iter().filter(|truth| decoded.place(truth.point, truth.voxel).is_none());
    let names: Vec<String> = outside.map(|truth| decoded.name(truth.point)).collect();
    let outside = eval_warnings::some(&names, "landmark", "of the truth lie outside the heatmap");
    let lines = [outside, calibrate_text::unscaled(report), calibrate_text::too_few(report)];
    lines.into_iter().flatten().for_each(|line| stderr::print_line(&line));
    if decoded.data.unreadable > 0 {
        exit = exit.max(Exit::Unreadable);
    }
    Ok(exit)
}

/// The drops that hold the truth: every truth is looked up in its heatmap.
fn drops(plan: &Plan, decoded: &All, truths: &[Truth], made: &Calibration) -> Result<Regions, Failure> {
    let mut known: Vec<(Truth, Option<f64>)> = truths.iter().map(|&truth| (truth, None)).collect();
    for (input, points) in &decoded.inputs {
        let of_input = known.iter_mut().filter(|(truth, _)| points.contains(&truth.point));
        let of_input: Vec<_> = of_input.collect();
        let places: Vec<Option<Place>> =
            of_input.iter().map(|(truth, _)| decoded.place(truth.point, truth.voxel)).collect();
        let asked: Vec<Place> = places.iter().copied().flatten().collect();
        if of_input.is_empty() {
            continue;
        }
        let values = pipeline::values_at(&plan.decoding, input, &asked).map_err(|failed| {
            let what = format!("failed to read `{input}` again");
            let cause = failed.record.error.unwrap_or_default();
            Failure::new(Exit::Unreadable, what, cause, Some("nothing may change while it is read".into()))
        })?;
        let mut values = values.into_iter();
        for ((truth, drop), place) in of_input.into_iter().zip(places) {
            let value = place.and_then(|_| values.next().flatten());
            *drop = decoded.heights[truth.point].map(|heights| drop_at(heights, value));
        }
    }
    Ok(study::drops(made, &known))
}

/// How far below the peak a value is, as a share of the way to the background: the least drop whose region
/// has the value. Infinity where there is none.
fn drop_at((peak, background): (f64, f64), value: Option<f64>) -> f64 {
    let Some(value) = value.filter(|&value| value >= peak || peak > background) else { return f64::INFINITY };
    let mut drop = if value >= peak { 0.0 } else { (peak - value) / (peak - background) };
    // The quotient is rounded, and so is what `decode` makes of it.
    while drop.is_finite() && least_of_region(peak, background, drop) > value {
        drop = drop.next_up();
    }
    drop
}

/// What helps against a method that is none.
const HINT: &str = "`softargmax methods` lists the methods and their parameters";

/// Refuses options that would change nothing.
fn check_idle(args: &CalibrateArgs, ways: &[WayToDecode]) -> Result<(), Failure> {
    let mut eligible = ways.iter().filter(|way| way.is_eligible);
    if args.temperature.is_some() && !eligible.clone().any(|way| way.temperature.is_some()) {
        let what = "`--temperature` changes nothing: no method of `--method` uses one";
        return Err(Failure::usage(what, "add a method that does, such as `soft`, or leave it out"));
    }
    if args.choose.is_none() {
        return Ok(());
    }
    if args.design == DesignName::Cross {
        let what = "`--choose` changes nothing: with `--design cross` all subjects choose";
        return Err(Failure::usage(what, "leave one of the two out"));
    }
    if eligible.nth(1).is_none() && args.scale.feature() == Some(Feature::None) {
        let what = "`--choose` changes nothing: with one method and `--scale none` nothing is chosen";
        return Err(Failure::usage(what, "leave it out: all subjects make radii"));
    }
    Ok(())
}

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
    decode.limits = args.limits;
    decode.uncertainty = true;
    Ok(decode)
}

/// The output may be no file that is read.
fn check_target(args: &CalibrateArgs, plan: &Plan, truth: &[PathBuf]) -> Result<(), Failure> {
    let read = plan.inputs.iter().cloned().chain(truth.iter().map(|path| landmarks_in::location(path)));
    Targets::new([args.output.clone()]).check(&read.collect::<Vec<_>>(), &[])
}

/// What comes from a pipe cannot be read again.
fn check_streams(args: &CalibrateArgs, plan: &Plan) -> Result<(), Failure> {
    match plan.inputs.iter().find(|input| args.region && inputs::is_stream(input)) {
        Some(input) => Err(Failure::usage(
            format!("`--region` reads heatmaps a second time, and `{input}` is a pipe"),
            "write the heatmaps to a file, which may be compressed",
        )),
        None => Ok(()),
    }
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

// --- decoding ------------------------------------------------------------------------------------------

/// All landmarks in all ways, and what kind of data they are of.
struct All {
    landmarks: Decoded,
    data: Data,
    /// For each input the numbers of its landmarks.
    inputs: Vec<(Location, Range<usize>)>,
    /// For each landmark the height of the peak and of the background, if they are asked for.
    heights: Vec<Option<(f64, f64)>>,
    /// For each landmark how the voxels of its heatmap lie in what is written, and how many there are along
    /// h, w, d.
    grids: Vec<(Placement, Hwd<usize>)>,
}

/// Decodes every input in every way, reading it once.
fn decode(args: &CalibrateArgs, plan: &Plan, ways: &[WayToDecode]) -> Result<All, Failure> {
    let empty = |way: &WayToDecode| Way { is_eligible: way.is_eligible, told: Vec::new() };
    let landmarks = Decoded { ways: ways.iter().map(empty).collect(), ..Decoded::default() };
    let data = Data::default();
    let (inputs, heights, grids) = (Vec::new(), Vec::new(), Vec::new());
    let mut all = All { landmarks, data, inputs, heights, grids };
    all.data.labels.clone_from(&plan.report.labels);
    if let Some(path) = &plan.report.path {
        all.landmarks.points.columns.clone_from(&path.names);
    }
    all.landmarks.points.path = "the heatmaps".into();
    let verbosity = Verbosity { is_quiet: true, is_verbose: false, progress: When::Never };
    let reporter = Reporter::new(plan, verbosity, Some(plan.inputs.len()));
    let reporter = reporter.with_paths(args.path_regex.clone());
    let inputs = Box::new(plan.inputs.iter().cloned());
    let mut named = plan.inputs.iter();
    deliver::decode::<Failure>(plan, inputs, &reporter, &mut |decoded| {
        let first = all.heights.len();
        all.add(plan, &decoded);
        if let Some(input) = named.next() {
            all.inputs.push((input.clone(), first..all.heights.len()));
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
            self.grids.push((record.placement, record.lengths));
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
            self.grids.push((record.placement, record.lengths));
            for (way, told) in self.landmarks.ways.iter_mut().zip(told) {
                way.told.push(told);
            }
        }
    }
}

impl All {
    /// How a landmark is called: its file, its sample, its channel or name.
    fn name(&self, at: usize) -> String {
        let point = &self.landmarks.points.points[at];
        let file = point.file.as_ref().map(|file| file.to_string_lossy().into_owned());
        let n = point.n.filter(|&n| n > 0).map(|n| format!("n {n}"));
        let landmark = point.label.clone().or_else(|| point.c.map(|c| format!("c {c}")));
        [file, n, landmark].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// The voxel of the heatmap in which a landmark's truth lies; `None` if that is outside.
    fn place(&self, at: usize, written: Voxel) -> Option<Place> {
        let point = self.landmarks.points.points.get(at)?;
        let (placement, Hwd(lengths)) = self.grids[at];
        let nearest = placement.position_of(written).0.map(f64::round);
        let is_inside = (0..3).all(|axis| (0.0..lengths[axis] as f64).contains(&nearest[axis]));
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
