//! What helps against the errors and warnings of the library.
//!
//! The library knows no flags: its errors hold data. A hint turns that into the flag that helps, with an
//! example value. The hint of a usage error is
//! written where the error is raised.

use super::exit::Failure;
use crate::argmax::ArgmaxError;
use crate::error::InputError;
use crate::geometry::{AffineKind, LayoutCandidate, LayoutError};
use crate::kernel::RadiusError;
use crate::landmark::Flag;
use crate::sink::{OutputError, Unmet, Writer};
use crate::source::{Advice, SourceError};
use crate::warning::{Figures, Warning};
use std::io::ErrorKind;

/// What helps against an input that cannot be read, if anything does.
pub(super) fn source(error: &SourceError) -> Option<String> {
    error.advice().map(|advice| words(&advice))
}

/// What to do about something suspicious. `beta` is the one at which a softmax would not be drawn from the
/// peak by the background, for all landmarks that the warning is about.
pub(super) fn warning(warning: &Warning, beta: Option<f64>) -> String {
    match warning {
        Warning::Source(notice) => words(&notice.advice()),
        Warning::Flagged { flag: Flag::Diffuse, .. } => diffuse(beta),
        Warning::Flagged { flag, .. } => about(*flag).into(),
    }
}

fn diffuse(beta: Option<f64>) -> String {
    let auto = "`--method auto` needs no temperature";
    let Some(beta) = beta else { return auto.into() };
    let (temperature, beta) = (Figures::temperature(beta), Figures::beta(beta));
    format!("{auto}; a softmax over this map needs `--beta {beta}` or `--temperature {temperature}`")
}

/// The hints about flags that need no data.
fn about(flag: Flag) -> &'static str {
    match flag {
        Flag::Bimodal => {
            "look at the map: two places are about as likely, and `--peaks 2 --compare` shows both; \
             `--method auto` answers at the higher one"
        }
        Flag::Border => {
            "values beyond the border are not known: use a smaller window (`--radius`, if the method has \
             one) or a larger crop"
        }
        Flag::Faint => {
            "the landmark may not be in the volume: `--compare` shows how high the peak is, and \
             `--threshold` makes what is too low `missing`"
        }
        Flag::Outside => {
            "negative weights push the answer out: `--method mean` without `activation=none` gives negative \
             values no weight"
        }
        Flag::Plateau => {
            "values were cut or rounded, and the peak has no top: decode the map as it was before that"
        }
        _ => "the column `reason` says which rule answered instead",
    }
}

fn words(advice: &Advice) -> String {
    match advice {
        Advice::Text(text) => text.clone().into_owned(),
        Advice::Key { names } => key(names),
        Advice::TemporaryDirectory => "set `TMPDIR` to a directory with more room".into(),
        Advice::StandardInput => "pipe its bytes into `softargmax decode -`".into(),
        Advice::Unpack { command } => format!("`{command} | softargmax decode -`"),
        Advice::OtherAffine => "it is ignored; choose another with `--affine`".into(),
        Advice::Affine { names: [one, other] } => {
            format!("choose one with `--affine {one}` or `--affine {other}`")
        }
    }
}

fn key(names: &[String]) -> String {
    let example = names.first().map_or("probabilities", String::as_str);
    format!("choose an array by name, such as `--key {example}`")
}

/// What helps against a layout that does not fit.
pub(super) fn layout(error: &LayoutError) -> String {
    match error {
        LayoutError::Letters { .. } => "for example `--layout NCHWD`, `--layout CDWH`".into(),
        LayoutError::Needed { candidates, .. } if !candidates.is_empty() => layouts(candidates),
        LayoutError::Needed { dropping, .. } if !dropping.is_empty() => {
            let flags: Vec<String> = dropping.iter().map(|layout| format!("`--layout {layout}`")).collect();
            format!("{}, where `1` drops an axis of length 1", flags.join(" or "))
        }
        _ => "`--layout` names the axes in the order of the shape: each of N, C, H, W, D at most once, and \
              `1` for an axis of length 1 that is to be dropped"
            .into(),
    }
}

fn layouts(candidates: &[LayoutCandidate]) -> String {
    let purposes = candidates.iter().any(|candidate| !candidate.purpose.is_empty());
    let flag = |candidate: &LayoutCandidate| match candidate.purpose {
        "" => format!("`--layout {}`", candidate.layout),
        purpose => format!("`--layout {}` for {purpose}", candidate.layout),
    };
    candidates.iter().map(flag).collect::<Vec<_>>().join(if purposes { ", " } else { " or " })
}

/// What helps against an input that cannot be decoded, if anything does.
pub(super) fn input(error: &InputError) -> Option<String> {
    match error {
        InputError::Source(error) => source(error),
        InputError::Layout(error) => Some(layout(error)),
        InputError::NoAffine { kinds, there } => Some(no_affine(kinds, there)),
        InputError::AffineAbsent { there, .. } => Some(among(there)),
        InputError::NoMillimetres { kinds } => Some(sizes(kinds).unwrap_or_else(|| {
            format!("a distance in voxels needs none: `--min-distance 3`; or {FROM_OUTSIDE}")
        })),
        InputError::Reach { error, kinds } => Some(reach(error, kinds)),
        _ => other(error).map(Into::into),
    }
}

/// What helps against an affine for an input that has its own.
pub(super) const OWN_AFFINE: &str = "a volume has an affine of its own: see `--affine`";

const FROM_OUTSIDE: &str =
    "give an array one by `--reference FILE.nii` with `--layout`, or by `--spacing 1,1,2.5`";

/// What helps an input without a place in the world, which has the affines `there` and may have those of
/// `kinds`.
fn no_affine(kinds: &[AffineKind], there: &[&AffineKind]) -> String {
    if kinds.is_empty() { FROM_OUTSIDE.into() } else { among(there) }
}

/// Which of the affines that are there helps.
fn among(there: &[&AffineKind]) -> String {
    match there {
        [] => NO_AFFINE_AT_ALL.into(),
        _ if there.iter().any(|kind| kind.is_placed) => "`--affine auto` takes whichever is there".into(),
        [kind, ..] => format!("`--affine {}` takes the voxel sizes alone", kind.name),
    }
}

const NO_AFFINE_AT_ALL: &str = "`--coords voxel --affine auto` needs no affine; for millimetres, write a \
                                right one into the header of the file";

/// The affine that needs nothing but voxel sizes, if the format has one.
fn sizes(kinds: &[AffineKind]) -> Option<String> {
    let sizes = kinds.iter().find(|kind| !kind.is_placed)?;
    Some(format!("`--affine {}` takes the voxel sizes alone", sizes.name))
}

fn reach(error: &RadiusError, kinds: &[AffineKind]) -> String {
    match error {
        RadiusError::NoAffine { .. } => sizes(kinds)
            .unwrap_or_else(|| format!("a radius in voxels needs none: `--radius 4`; or {FROM_OUTSIDE}")),
        RadiusError::Short { .. } => {
            "`--radius 1`, without a unit, is one voxel along each axis, whatever its size".into()
        }
        RadiusError::Long { most, .. } => {
            format!("choose a smaller `--radius`; without a unit it is in voxels, 1 to {most}")
        }
    }
}

/// The hints that need no data of the error.
fn other(error: &InputError) -> Option<&'static str> {
    Some(match error {
        InputError::OwnAffine { .. } => OWN_AFFINE,
        InputError::AffineElsewhere { .. } => {
            "`--coords voxel --affine auto` needs no affine; for millimetres, save the volume with its \
             channels behind its spatial axes, as NIfTI has them"
        }
        InputError::ReferenceShape { .. } => {
            "`--layout` may name the spatial axes in another order than the reference has; for heatmaps of \
             a crop or at a lower resolution there are `--crop-origin` and `--stride`"
        }
        InputError::ReferenceApart { .. } => {
            "`--stride` and `--crop-origin` count the reference's voxels, along h, w, d"
        }
        InputError::MaskShape { .. } => {
            "`--mask` takes the spatial axes of the heatmaps in the order of `--layout`, or as H, W, D if \
             only one of the two is a NIfTI volume"
        }
        InputError::MaskElsewhere { .. } => {
            "resample the mask to the grid of the heatmaps; a `--mask` without an affine, such as a .npy, \
             is taken voxel by voxel"
        }
        InputError::Labels { .. } => "`--labels` takes one name for each channel of the file",
        InputError::TooMany { .. } => "save the channels before the spatial axes, or in several files",
        InputError::Channels { .. } => "`--channels` counts from 0",
        _ => return None,
    })
}

/// What helps against a reduction that failed, if anything does.
pub(super) fn argmax(error: &ArgmaxError) -> Option<String> {
    match error {
        ArgmaxError::Source(error) => source(error),
        ArgmaxError::Dim { .. } => {
            Some("`--dim -1` is the last dimension; without `--dim` the array is flattened".into())
        }
        ArgmaxError::Empty { .. } => Some("choose a `--dim` whose length is not 0".into()),
        ArgmaxError::Memory { .. } => Some("cut the array along a dimension that is not reduced".into()),
    }
}

/// What helps against an output that cannot be written, if anything does.
pub(super) fn output(error: &OutputError) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::NotFound => Some("the directory of the output must exist"),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Some(
            "the directory of the output must be writable: a temporary file in it is renamed to the output",
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some("a file that was there before is unchanged; `-o` may name a path on another disk")
        }
        ErrorKind::IsADirectory => Some("the output must be a file, not a directory"),
        _ => None,
    }
}

/// The failure of a run that asks for more than the output format can hold.
pub(super) fn unmet(writer: &Writer, unmet: &Unmet) -> Failure {
    let name = writer.name;
    let (what, hint) = match unmet {
        Unmet::CoordinatesOnly => (
            format!("{name} holds coordinates alone, without `--compare`, `--stats` and `--uncertainty`"),
            "`--format csv` and `--format json` hold everything".to_owned(),
        ),
        Unmet::OneSpace { found } => (
            format!("{name} holds coordinates of one space, not of `{found}`"),
            "for example `--coords voxel`".to_owned(),
        ),
        Unmet::World { .. } => (format!("{name}: {unmet}"), "`--coords world`".to_owned()),
        Unmet::Frame { expected, .. } => {
            (format!("{name}: {unmet}"), format!("`--frame {}`", expected.name()))
        }
        _ => (format!("{name}: {unmet}"), "`--output-dir DIR` writes an output for each input".to_owned()),
    };
    Failure::usage(what, hint)
}
