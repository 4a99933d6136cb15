//! `softargmax convert`: from one landmark format to another.

use super::convert_args::ConvertArgs;
use super::exit::{Exit, Failure};
use super::points_values::FromFrame;
use super::signals;
use super::targets::{Beside, Targets};
use super::{hints, outputs, points_hints, stderr};
use crate::points::{self, FORMATS, Format, Grid, ReadOptions, WriteError, WriteOptions};
use crate::shown;
use crate::source::Location;
use std::io::{self, Write};
use std::path::Path;

/// Runs `convert`.
pub(super) fn run(args: &ConvertArgs) -> Result<Exit, Failure> {
    let beside = args.like.iter().map(|path| Beside { what: "the image of `--like`", path: path.clone() });
    let beside: Vec<Beside> = beside.collect();
    let to = target(args)?;
    let sidecar = to.sidecar.map(|sidecar| (sidecar.path)(&args.output));
    let written = std::iter::once(args.output.clone()).chain(sidecar);
    Targets::new(written).check(&[Location::Path(args.input.clone())], &beside)?;
    let grid = args.like.as_deref().map(grid).transpose()?;
    let options = ReadOptions {
        format: args.from,
        from_frame: args.from_frame.and_then(FromFrame::frame),
        in_voxels: args.from_frame == Some(FromFrame::Voxel),
        grid,
    };
    let set = points::read(&args.input, &options).map_err(|error| points_hints::unread(&error))?;
    for notice in &set.notices {
        warn(&args.input, notice, points_hints::notice(notice));
    }
    let options = WriteOptions {
        frame: args.frame,
        digits: args.digits.map(usize::from),
        grid,
        cube: args.cube,
        gzip: args.output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")),
    };
    signals::watch();
    if let Some(sidecar) = to.sidecar {
        // Neither is written if the table cannot be.
        let failed = |error| points_hints::unwritten(&args.output, &error);
        points::write(&mut io::sink(), &set, to, &options).map_err(failed)?;
        // First, so that the table is never there without what it means.
        let path = (sidecar.path)(&args.output);
        put(&path, |out| (sidecar.write)(out, &set, &options))?;
    }
    for loss in put(&args.output, |out| points::write(out, &set, to, &options))? {
        warn(&args.output, &loss, None);
    }
    Ok(Exit::Done)
}

/// The format of the output: `--to`, else by the extension.
fn target(args: &ConvertArgs) -> Result<&'static Format, Failure> {
    if let Some(format) = args.to {
        return Ok(format);
    }
    points::by_extension(&args.output).ok_or_else(|| {
        let mut known: Vec<&str> = FORMATS.iter().flat_map(|format| format.extensions).copied().collect();
        known.sort_unstable();
        known.dedup();
        Failure::usage(
            format!("no landmark format has the extension of `{}`", shown::path(&args.output)),
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
            let hint = "`--like IMAGE` takes a NIfTI image with an sform or a qform".to_owned();
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
