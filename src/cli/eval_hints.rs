//! What helps if landmarks cannot be read or compared.

use super::hints;
use crate::points::Problem;
use crate::study::EvalError;

/// Which of the files is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Predicted,
    Truth,
    /// The landmarks of `report`.
    Landmarks,
}

/// What helps against a landmark file that cannot be read, if anything does.
pub(super) fn points(problem: &Problem, role: Role) -> Option<String> {
    let side = match role {
        Role::Predicted => "predicted",
        Role::Truth => "truth",
        Role::Landmarks => "landmarks",
    };
    match problem {
        Problem::Source(error) => hints::source(error),
        Problem::NoFrame { .. } => Some(format!(
            "`--{side}-frame lps` for coordinates of ITK, ANTs or DICOM, `--{side}-frame ras` for those \
             of NIfTI"
        )),
        Problem::NoUnit { .. } => Some(format!(
            "`--{side}-frame voxel`; or, for millimetres, `--{side}-frame lps` (ITK, ANTs, DICOM) or \
             `--{side}-frame ras` (NIfTI)"
        )),
        Problem::NoGrid { .. } => Some("convert it to a table with `--like IMAGE`".into()),
        Problem::FrameStated { .. } => Some(format!("leave out `--{side}-frame`")),
        Problem::Unknown { .. } => Some(format!("`--{side}-format` names the format of the file")),
        _ => None,
    }
}

/// What helps against landmarks that cannot be compared.
pub(super) fn eval(error: &EvalError) -> Option<String> {
    let text = match error {
        EvalError::Space { .. } => {
            "`--coords voxel,world` writes both; with voxels on both sides, `--spacing 0.9,0.9,2.5` \
             gives millimetres"
        }
        EvalError::NoLandmarkKey { .. } => {
            "`--labels` and `--label-names` give landmarks the names that the truth has"
        }
        EvalError::NoCaseKey { .. } => {
            "give the truth as a directory with a file for each case, or as a table with a column `file`"
        }
        EvalError::NoColumn { .. } => {
            "`--match` and `--subject` name columns of the files, such as those of `decode --path-regex`"
        }
        EvalError::NothingMatched { by_file: true, .. } => {
            "`--file-as name` leaves out directories, `--file-as stem` extensions too; `--match label` \
             leaves out the file"
        }
        EvalError::NothingMatched { .. } => "`--match` names the columns to match by, such as `file,c`",
        EvalError::NoSuchLandmark { .. } => "`--pair` and `--reference-pair` take names of the truth",
        _ => return None,
    };
    Some(text.into())
}
