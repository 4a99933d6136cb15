//! `softargmax convert`: from one landmark format to another.

use super::convert_args::ConvertArgs;
use super::exit::{Exit, Failure};
use super::points_values::FromFrame;
use super::signals;
use super::targets::{Beside, Targets};
use super::{hints, landmarks_in, outputs, points_hints, stderr, stdout};
use crate::points::{self, FORMATS, Format, Grid, PointSet, ReadOptions, WriteError, WriteOptions};
use crate::shown;
use std::io::{self, Write};
use std::path::Path;

/// Runs `convert`.
pub(super) fn run(args: &ConvertArgs) -> Result<Exit, Failure> {
    let beside = args.like.iter().map(|path| Beside { what: "the image of `--like`", path: path.clone() });
    let beside: Vec<Beside> = beside.collect();
    let to = target(args)?;
    let output = args.output.as_deref().filter(|output| output.as_os_str() != "-");
    let sidecar = output.and_then(|output| Some((to.sidecar?.path)(output)));
    let written = output.map(Path::to_owned).into_iter().chain(sidecar.clone());
    Targets::new(written).check(&[landmarks_in::location(&args.input)], &beside)?;
    let grid = args.like.as_deref().map(grid).transpose()?;
    let options = ReadOptions {
        format: args.from,
        from_frame: args.from_frame.and_then(FromFrame::frame),
        in_voxels: args.from_frame == Some(FromFrame::Voxel),
        grid,
    };
    let set = landmarks_in::read(&args.input, &options).map_err(|error| points_hints::unread(&error))?;
    for notice in &set.notices {
        warn(&args.input, notice, points_hints::notice(notice));
    }
    let options = WriteOptions {
        frame: args.frame,
        digits: args.digits.map(usize::from),
        grid,
        cube: args.cube,
        gzip: output.and_then(Path::extension).is_some_and(|extension| extension.eq_ignore_ascii_case("gz")),
    };
    signals::watch();
    let Some(output) = output else { return to_stdout(&set, to, &options) };
    if let Some((sidecar, path)) = to.sidecar.zip(sidecar) {
        // Neither is written if the table cannot be.
        let failed = |error| points_hints::unwritten(output, &error);
        points::write(&mut io::sink(), &set, to, &options).map_err(failed)?;
        // First, so that the table is never there without what it means.
        put(&path, |out| (sidecar.write)(out, &set, &options))?;
    }
    for loss in put(output, |out| points::write(out, &set, to, &options))? {
        warn(output, &loss, None);
    }
    Ok(Exit::Done)
}

/// Writes to standard output, as soon as it is known that everything can be.
fn to_stdout(set: &PointSet, to: &'static Format, options: &WriteOptions) -> Result<Exit, Failure> {
    let path = Path::new("-");
    let mut out = stdout::open(None)?;
    let mut bytes = Vec::new();
    let written = points::write(&mut bytes, set, to, options);
    let lost = written.map_err(|error| points_hints::unwritten(path, &error))?;
    stdout::check(out.write_all(&bytes).and_then(|()| out.flush()), None)?;
    for loss in lost {
        warn(path, &loss, None);
    }
    Ok(Exit::Done)
}

/// The format of the output: `--to`, else by the extension.
fn target(args: &ConvertArgs) -> Result<&'static Format, Failure> {
    let output = args.output.as_deref().filter(|output| output.as_os_str() != "-");
    let format = match (args.to, output) {
        (Some(format), Some(_)) => return Ok(format),
        (format, None) => format.or_else(|| points::by_name("csv")),
        (None, Some(output)) => points::by_extension(output),
    };
    if let Some(format) = format.filter(|format| output.is_none() && format.sidecar.is_some()) {
        let what = format!("{} is a table and a file that says what it means", format.name);
        return Err(Failure::usage(what, "`-o FILE` names the table"));
    }
    format.ok_or_else(|| {
        let output = output.unwrap_or(Path::new("-"));
        let mut known: Vec<&str> = FORMATS.iter().flat_map(|format| format.extensions).copied().collect();
        known.sort_unstable();
        known.dedup();
        Failure::usage(
            format!("no landmark format has the extension of `{}`", shown::path(output)),
            format!("known extensions are .{}; or name the format with `--to csv`", known.join(", .")),
        )
    })
}

/// The grid of the image of `--like`.
pub(super) fn grid(path: &Path) -> Result<Grid, Failure> {
    let what = || format!("failed to read the image of `--like`, `{}`", shown::path(path));
    match points::grid_of(path) {
        Ok(Some(grid)) => Ok(grid),
        Ok(None) => {
            let hint = "`--like IMAGE` takes a volume with an affine: NIfTI, MetaImage or NRRD".to_owned();
            Err(Failure::new(Exit::Usage, what(), "expected an image with an affine, found none", Some(hint)))
        }
        Err(error) => Err(Failure::new(Exit::Unreadable, what(), &error, hints::source(&error))),
    }
}

/// Writes a file, whole or not at all.
pub(super) fn put<T>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, WriteError>,
) -> Result<T, Failure> {
    outputs::fill(path, write, |error| match error {
        WriteError::Io(error) => outputs::write_failure(path, error),
        error => points_hints::unwritten(path, error),
    })
}

/// Warns about a file.
pub(super) fn warn(path: &Path, what: &dyn std::fmt::Display, hint: Option<&str>) {
    let hint = hint.map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
    stderr::print_line(&format!("warning: `{}`: {what}{hint}", shown::path(path)));
}
