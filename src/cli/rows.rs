//! What the rows hold and in which format: labels, writer, columns.

use super::args::DecodeArgs;
use super::average::Averaging;
use super::calibration_file::Calibration;
use super::exit::{Exit, Failure};
use super::output_args::LinePer;
use super::path_pattern::PathPattern;
use super::{hints, list, method, path_pattern};
use crate::shown;
use crate::sink::{self, Coords, Extras, Report, Space, Spaces, WRITERS, Writer, by_extension};
use std::io;

/// The labels of `--labels` or `--label-names`.
pub(super) fn labels(args: &DecodeArgs) -> Result<Option<Vec<String>>, Failure> {
    let Some(path) = &args.labels else {
        let trimmed = |names: &Vec<String>| names.iter().map(|name| name.trim().to_owned()).collect();
        return Ok(args.study.label_names.as_ref().map(trimmed));
    };
    let text = std::fs::read(path).and_then(text).map_err(|error| {
        let hint = Some("`--labels` takes a UTF-8 text file with one name a line".to_owned());
        Failure::new(Exit::Usage, format!("failed to read the labels `{}`", shown::path(path)), error, hint)
    })?;
    Ok(Some(sink::labels(&text)))
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    let other = |what: &str| io::Error::other(format!("expected UTF-8, found {what}"));
    if list::is_utf16(&bytes) {
        return Err(other("UTF-16; `iconv -f UTF-16 -t UTF-8 FILE` makes a text that can be read"));
    }
    String::from_utf8(bytes)
        .map_err(|error| other(&format!("another byte at {}", error.utf8_error().valid_up_to())))
}

/// The output format: `--format`, else by the extension, else CSV on standard output.
pub(super) fn writer(args: &DecodeArgs) -> Result<&'static Writer, Failure> {
    match (&args.format, &args.output) {
        (Some(writer), _) => Ok(writer),
        (None, None) => Ok(&WRITERS[0]),
        (None, Some(path)) => by_extension(path).ok_or_else(|| {
            let known: Vec<&str> = WRITERS.iter().flat_map(|writer| writer.extensions).copied().collect();
            let what = format!("no output format has the extension of `{}`", shown::path(path));
            Failure::usage(
                what,
                format!(
                    "known extensions are .{}; or name the format with `--format csv`",
                    known.join(", .")
                ),
            )
        }),
    }
}

/// The spaces of coordinates: those of `--coords`, else those that the format implies.
pub(super) fn coords(args: &DecodeArgs) -> Coords {
    let implied = || match writer(args) {
        Ok(writer) if writer.needs.spaces == Spaces::World => Coords::one(Space::World),
        _ => Coords::default(),
    };
    args.coords.unwrap_or_else(implied)
}

/// What columns are read from the path of an input: all groups of the pattern that say the same of all its
/// files.
pub(super) fn path_columns(args: &DecodeArgs) -> Result<Option<PathPattern>, Failure> {
    let averaging = Averaging::new(&args.study)?;
    let columns = averaging.map(|averaging| averaging.columns());
    Ok(columns.or_else(|| args.study.path_regex.clone()))
}

/// What the rows hold, without what depends on the inputs.
pub(super) fn report(
    args: &DecodeArgs,
    labels: Option<Vec<String>>,
    writer: &Writer,
    calibration: Option<&Calibration>,
) -> Result<Report, Failure> {
    let method = match calibration {
        Some(calibration) => calibration.method(args)?.0.method,
        None => method::method(args)?.0,
    };
    // A mean needs the pattern for its files, also where there is no room for its columns.
    let has_path = !(args.study.is_average() && writer.needs.coordinates_only);
    let report = Report {
        coords: coords(args),
        norm: args.norm,
        order: args.order,
        frame: args.frame.unwrap_or(writer.needs.usual_frame),
        compare: args.compare,
        peaks: args.peaks.map(usize::from),
        stats: args.stats,
        uncertainty: args.uncertainty || (calibration.is_some() && !writer.needs.coordinates_only),
        region: args.study.region.is_some(),
        extras: Extras { window_mass: method.has_window(), fit: method.has_fit() },
        line_per_input: args.form.line_per == LinePer::Input,
        digits: args.digits.map(usize::from),
        labels,
        path: path_columns(args)?.as_ref().filter(|_| has_path).map(PathPattern::columns),
        average: args.study.is_average(),
        ..Report::default()
    };
    writer.needs.check(&report).map_err(|unmet| hints::unmet(writer, &unmet))?;
    // Those of `--stats` and other options are known only now.
    if let Some(name) = report.doubled_name() {
        let hint = "call the group something else: `(?P<subject>…)`";
        return Err(Failure::usage(format!("`--path-regex`: {}", path_pattern::taken(&name)), hint));
    }
    Ok(report)
}
