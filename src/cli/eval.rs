//! `softargmax eval`: how far predicted landmarks are from true ones.

use super::eval_args::{EvalArgs, EvalFormat, UnitName};
use super::eval_files;
use super::eval_hints::Role;
use super::eval_report::{Inputs, Report};
use super::exit::{Exit, Failure};
use super::points_values::FromFrame;
use super::signals;
use super::targets::{Beside, Targets};
use super::{eval_hints, eval_json, eval_long, eval_rows, eval_text, eval_warnings};
use super::{landmarks_in, outputs, stderr, stdout};
use crate::geometry::Hwd;
use crate::points::ReadOptions;
use crate::shown;
use crate::source::Location;
use crate::study::{
    self, Bootstrap, Evaluation, Line, Measure, Reference, Settings, Space, SpaceChoice, Within,
};
use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Runs `eval`.
pub(super) fn run(args: &EvalArgs) -> Result<Exit, Failure> {
    let format = format(args)?;
    check_outputs(args)?;
    let inputs = read(args)?;
    check_targets(args, &inputs)?;
    let settings = settings(args);
    let against = inputs.against.as_ref().map(|read| &read.set);
    let found = study::evaluate(&inputs.predicted.set, &inputs.truth.set, against, &settings);
    let found = found.map_err(|error| {
        let what = "failed to compare the landmarks";
        Failure::new(Exit::Unreadable, what, &error, eval_hints::eval(&error))
    })?;
    let report = Report { args, inputs: &inputs, settings: &settings, found: &found };
    let mut exit = eval_warnings::print(&report);
    signals::watch();
    write_all(&report, format)?;
    if let Some(line) = above(args, &found.evaluation) {
        stderr::print_line(&line);
        exit = exit.max(Exit::Failing);
    }
    Ok(exit)
}

fn read(args: &EvalArgs) -> Result<Inputs, Failure> {
    let options = |format, frame: Option<FromFrame>| ReadOptions {
        format,
        from_frame: frame.and_then(FromFrame::frame),
        in_voxels: frame == Some(FromFrame::Voxel),
        grid: None,
    };
    let predicted = options(args.predicted_format, args.predicted_frame);
    let truth = options(args.truth_format, args.truth_frame);
    let pattern = args.path_regex.as_ref();
    let paths = [Some(&args.predicted), Some(&args.truth), args.against.as_ref()];
    if paths.into_iter().flatten().filter(|path| landmarks_in::is_stdin(path)).count() > 1 {
        let what = "standard input (`-`) can be read once";
        return Err(Failure::usage(what, "write one of the two to a file"));
    }
    Ok(Inputs {
        predicted: eval_files::read(&args.predicted, &predicted, Role::Predicted, pattern)?,
        truth: eval_files::read(&args.truth, &truth, Role::Truth, pattern)?,
        against: args
            .against
            .as_ref()
            .map(|against| eval_files::read(against, &predicted, Role::Predicted, pattern))
            .transpose()?,
    })
}

/// What the flags mean.
fn settings(args: &EvalArgs) -> Settings {
    let space = match (args.unit, args.spacing) {
        (_, Some(spacing)) => SpaceChoice::Only(Space::Spaced(Hwd(spacing.0))),
        (UnitName::Auto, None) => SpaceChoice::Auto,
        (UnitName::Mm, None) => SpaceChoice::Only(Space::World),
        (UnitName::Voxel, None) => SpaceChoice::Only(Space::Voxel),
    };
    let pair = args.reference_pair.clone().map(Reference::Pair);
    Settings {
        columns: args.columns.clone(),
        file_name: args.file_as.file_name(),
        space,
        limits: args.within.0.clone(),
        within: if args.at_most { Within::AtMost } else { Within::Below },
        reference: args.reference_length.map(Reference::Length).or(pair),
        pck: args.pck.0.clone(),
        pairs: args.pair.clone(),
        subject: args.subject.clone(),
        bootstrap: Bootstrap { draws: args.bootstrap as usize, seed: args.seed },
    }
}

// --- outputs -------------------------------------------------------------------------------------------

/// The format of the report: `--format`, else by the extension of `--output`, else text.
fn format(args: &EvalArgs) -> Result<EvalFormat, Failure> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    let Some(path) = &args.output else { return Ok(EvalFormat::Text) };
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(EvalFormat::Csv),
        Some("json") => Ok(EvalFormat::Json),
        Some("txt") => Ok(EvalFormat::Text),
        _ => Err(Failure::usage(
            format!("the extension of `{}` names no format of eval", shown::path(path)),
            "`--format` takes text, csv or json; without it the extension is .txt, .csv or .json",
        )),
    }
}

fn paths(args: &EvalArgs) -> impl Iterator<Item = &PathBuf> {
    [&args.output, &args.rows, &args.curve, &args.boxes].into_iter().flatten()
}

/// No two outputs may be the same file.
fn check_outputs(args: &EvalArgs) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    match paths(args).find(|path| !seen.insert(super::targets::lower(path))) {
        Some(path) => Err(Failure::usage(
            format!("two outputs are called `{}`", shown::path(path)),
            "`-o`, `--rows`, `--curve` and `--boxes` each need a file of their own",
        )),
        None => Ok(()),
    }
}

/// No output may be a file that was read.
fn check_targets(args: &EvalArgs, inputs: &Inputs) -> Result<(), Failure> {
    let read = [Some(&inputs.predicted), Some(&inputs.truth), inputs.against.as_ref()];
    let files = read.into_iter().flatten().flat_map(|read| &read.files);
    let files: Vec<Location> = files.map(|file| landmarks_in::location(file)).collect();
    let beside: [Beside; 0] = [];
    Targets::new(paths(args).cloned()).check(&files, &beside)
}

fn write_all(report: &Report, format: EvalFormat) -> Result<(), Failure> {
    let args = report.args;
    let text = match format {
        EvalFormat::Text => eval_text::text(report),
        EvalFormat::Csv => eval_long::csv(report),
        EvalFormat::Json => eval_json::json(report),
    };
    let lines = lines(report);
    let unit = report.found.space.unit();
    let extra = [
        (&args.rows, eval_rows::csv as fn(&Report) -> Vec<u8>),
        (&args.curve, |report| study::curve(&lines_of_curve(report), report.found.space.unit()).into_bytes()),
    ];
    for (path, made) in extra {
        if let Some(path) = path {
            outputs::write(path, &made(report))?;
        }
    }
    if let Some(path) = &args.boxes {
        outputs::write(path, study::boxes(&lines, unit).as_bytes())?;
    }
    if let Some(path) = &args.output {
        return outputs::write(path, &text);
    }
    let mut out = stdout::open(None)?;
    stdout::check(out.write_all(&text).and_then(|()| out.flush()), None)
}

/// The errors of one prediction, rising, with the number of landmarks that are scored.
fn line(name: &str, rows: &[&study::Row]) -> Line {
    let mut errors: Vec<f64> = rows.iter().filter_map(|row| row.error).collect();
    errors.sort_by(f64::total_cmp);
    let scored = rows.iter().filter(|row| row.outcome.is_scored()).count();
    Line { name: name.to_owned(), errors, scored }
}

/// A line for each prediction.
fn lines_of_curve(report: &Report) -> Vec<Line> {
    let name = |path: &Path| shown::path(path).to_string();
    let of = |name: &str, evaluation: &Evaluation| line(name, &evaluation.rows.iter().collect::<Vec<_>>());
    let mut lines = vec![of(&name(&report.args.predicted), &report.found.evaluation)];
    if let (Some(other), Some(path)) = (&report.found.other, &report.args.against) {
        lines.push(of(&name(path), other));
    }
    lines
}

/// A line for each landmark.
fn lines(report: &Report) -> Vec<Line> {
    let Evaluation { rows, landmarks, .. } = &report.found.evaluation;
    let mut of_landmark = vec![Vec::new(); landmarks.len()];
    for row in rows {
        of_landmark[row.landmark].push(row);
    }
    let groups = landmarks.iter().zip(of_landmark);
    let lines = groups.map(|(group, rows)| line(&eval_text::name(group.label.as_deref(), group.c), &rows));
    lines.filter(|line| line.scored > 0).collect()
}

/// What to say if the error is above `--fail-above`, which it is too if there is none.
fn above(args: &EvalArgs, evaluation: &Evaluation) -> Option<String> {
    let limit = args.fail_above?;
    let mean = eval_text::value(&evaluation.all.estimates, Measure::Mean);
    match mean {
        Some(mean) if mean <= limit => None,
        Some(mean) => Some(format!(
            "exit status 1 by `--fail-above`: the mean radial error is {mean:.4}, and not at most {limit}"
        )),
        None => Some("exit status 1 by `--fail-above`: no landmark has an error".into()),
    }
}
