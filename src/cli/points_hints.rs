//! What helps against a landmark file that cannot be read or written: the flag, with an example value.

use super::exit::{Exit, Failure};
use super::hints;
use crate::points::{Notice, PointsError, Problem, WriteError};
use crate::shown;
use std::path::Path;

/// The error for a landmark file that cannot be read.
pub(super) fn unread(error: &PointsError) -> Failure {
    let hint = match &error.problem {
        Problem::Source(error) => hints::source(error),
        problem => problem_hint(problem).map(str::to_owned),
    };
    Failure::new(exit(&error.problem), error.to_string(), &error.problem, hint)
}

/// What the command line could have said is a usage error.
pub(super) fn exit(problem: &Problem) -> Exit {
    match problem {
        Problem::NoFrame { .. }
        | Problem::NoUnit { .. }
        | Problem::FrameStated { .. }
        | Problem::NoGrid { .. } => Exit::Usage,
        _ => Exit::Unreadable,
    }
}

fn problem_hint(problem: &Problem) -> Option<&'static str> {
    match problem {
        Problem::Unknown { .. } => {
            Some("`--from NAME` names the format; `softargmax convert --help` lists them")
        }
        Problem::NoFrame { .. } => Some(
            "`--from-frame lps` for coordinates of ITK, ANTs or DICOM, `--from-frame ras` for those of NIfTI",
        ),
        Problem::NoUnit { .. } => Some(
            "`--from-frame voxel`; or, for millimetres, `--from-frame lps` (ITK, ANTs, DICOM) or \
             `--from-frame ras` (NIfTI)",
        ),
        Problem::FrameStated { .. } => Some(
            "leave `--from-frame` out; if the file is wrong, correct the file, so that others read it too",
        ),
        Problem::NoGrid { .. } => Some("`--like IMAGE` names the image"),
        Problem::Piped => Some("write it to a file, and name that"),
        Problem::Json(_) => Some("JSON has no NaN: a missing landmark is `null`, or is left out"),
        _ => None,
    }
}

/// The error for landmarks that cannot be written to the file at `path`.
pub(super) fn unwritten(path: &Path, error: &WriteError) -> Failure {
    let what = format!("failed to write `{}`", shown::path(path));
    Failure::new(Exit::Usage, what, error, write_hint(error).map(str::to_owned))
}

fn write_hint(error: &WriteError) -> Option<&'static str> {
    match error {
        WriteError::SeveralImages { .. } => {
            Some("`--to csv` and `--to json` hold several images; or decode with `--output-dir DIR`")
        }
        WriteError::Doubled { .. } => Some("`--to csv` holds several landmarks of one name"),
        WriteError::NeedsMillimetres { .. } => Some("`--like IMAGE` gives an affine, and so millimetres"),
        WriteError::NeedsVoxels { .. } => Some("`--like IMAGE` gives an affine, and so voxels"),
        WriteError::NeedsGrid { .. } => Some("`--like IMAGE` gives the grid"),
        WriteError::Frame { .. } | WriteError::NoFrame { .. } => Some("leave `--frame` out"),
        WriteError::Outside { .. } => {
            Some("is `--like` the image of these landmarks, and is their frame right?")
        }
        WriteError::Overlap { .. } => Some("`--cube 1` takes one voxel for each landmark"),
        _ => None,
    }
}

/// What to do about something suspicious, if there is something to do.
pub(super) fn notice(notice: &Notice) -> Option<&'static str> {
    match notice {
        Notice::FrameByVersion { .. } => {
            Some("`--from-frame` says another: `--from-frame ras` or `--from-frame lps`")
        }
        Notice::AtOrigin { .. } => {
            Some("if they are missing, take them out of the file, or leave the fields empty")
        }
        Notice::GridDisagrees { .. } | Notice::Outside { .. } => {
            Some("is `--like` the image of these landmarks, and is their frame right?")
        }
        _ => None,
    }
}
