//! What helps against the errors and warnings of the library.
//!
//! The library knows no flags: its errors hold data. A hint turns that into the flag that helps, with an
//! example value. The hint of a usage error is
//! written where the error is raised.

use super::exit::Failure;
use crate::argmax::ArgmaxError;
use crate::error::InputError;
use crate::geometry::{AffineKind, LayoutCandidate, LayoutError};
use crate::kernel::{RadiusError, Settings, uses_sharpness};
use crate::landmark::{Flag, Reason};
use crate::pipeline::ThreadsError;
use crate::shown;
use crate::sink::{OutputError, Unmet, Writer};
use crate::source::{Advice, SourceError};
use crate::warning::{Warning, advice};
use std::io::ErrorKind;

/// What helps against an input that cannot be read, if anything does.
pub(super) fn source(error: &SourceError) -> Option<String> {
    error.advice().map(|advice| words(&advice))
}

/// What the hints about flags must know of a run: nobody is told to use the method that they use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    is_auto: bool,
    has_radius: bool,
    has_temperature: bool,
}

impl Run {
    /// A run of `decode` with these settings.
    pub(super) fn of(settings: &Settings) -> Run {
        let Settings { method, parameters, .. } = settings;
        Run {
            is_auto: method.name == "auto",
            has_radius: method.parameters.iter().any(|parameter| parameter.name == "radius"),
            has_temperature: uses_sharpness(method, parameters),
        }
    }

    /// What to do about something suspicious. `count` is of landmarks, and `beta` the one at which a softmax
    /// would not be drawn from the peak by the background, for all of them.
    pub(super) fn hint(self, warning: &Warning, count: usize, beta: Option<f64>) -> String {
        match warning {
            Warning::Source(notice) | Warning::Member { notice, .. } => words(&notice.advice()),
            Warning::PathUnmatched => {
                "the columns of `--path-regex` are empty; `(?:…)?` makes a part of a path optional".into()
            }
            Warning::Flagged { flag: Flag::Diffuse, .. } => self.diffuse(count, beta),
            Warning::Flagged { flag, .. } => self.about(*flag),
            Warning::Reasoned { reason: Reason::NotJudged, .. } => words(&Advice::TemporaryDirectory),
            Warning::Reasoned { reason: Reason::Wrapped, .. } => {
                "save maps as uint8 or float32: a 1.0 times 128 does not fit int8, and the peak is a hole"
                    .into()
            }
            Warning::Reasoned { .. } => "`--method auto` takes values of any sign".into(),
        }
    }

    fn diffuse(self, count: usize, beta: Option<f64>) -> String {
        if self.is_auto {
            return "`--compare` shows how far the answer is from the largest voxel: look at both".into();
        }
        let auto = "`--method auto` looks only about the peak";
        let advised = beta.filter(|_| self.has_temperature).and_then(advice);
        let Some((beta, temperature)) = advised else { return auto.into() };
        let maps = if count == 1 { "this map" } else { "these maps" };
        format!("{auto}; a softmax over {maps} needs `--beta {beta}` or `--temperature {temperature}`")
    }

    /// The hints about flags that need no number.
    fn about(self, flag: Flag) -> String {
        let fits = if self.is_auto { "" } else { "`--method auto` fits what is there; " };
        match flag {
            Flag::Bimodal => {
                let auto = if self.is_auto { "" } else { "`--method auto` answers at the higher one, and " };
                format!("two places are about as likely: {auto}`--peaks 2 --compare` shows both")
            }
            Flag::Border => {
                let window = if self.has_radius { " or a smaller window (`--radius`)" } else { "" };
                format!("{fits}what lies beyond the border is not known: use a larger crop{window}")
            }
            Flag::Faint => "the landmark may not be in the volume: `--compare` shows how high the peak is, \
                            and `--threshold` makes what is too low `missing`"
                .into(),
            Flag::Outside => format!(
                "{fits}negative weights push the answer out: `--method mean` without `activation=none` \
                 gives negative values no weight"
            ),
            Flag::Plateau => format!(
                "{fits}values were cut or rounded, and the peak has no top: decode the map as it was before \
                 that"
            ),
            _ => "the column `reason` says which rule answered instead".into(),
        }
    }
}

/// What to do about a flag, whatever the run.
pub(super) fn flag(flag: Flag) -> String {
    let run = Run { is_auto: false, has_radius: true, has_temperature: false };
    run.hint(&Warning::Flagged { flag, count: 1, first: Vec::new(), beta: None }, 1, None)
}

fn words(advice: &Advice) -> String {
    match advice {
        Advice::Text(text) => text.clone().into_owned(),
        Advice::Key { names } => key(names),
        Advice::TemporaryDirectory => {
            "set `TMPDIR` to a directory that can be written and has more room".into()
        }
        Advice::Memory => {
            "`--threads 1` and `--channels` need less memory, and so does a file for each sample".into()
        }
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
    format!("choose an array by name, such as `--key {}`", shown::text(example))
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
        InputError::Member { error, .. } => input(error),
        InputError::Reference { error, .. } => Some(source(error).unwrap_or_else(|| REFERENCES.into())),
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

/// What helps an input whose reference is not there.
const REFERENCES: &str = "`--reference` names it by the input's path: {stem} is the name without its \
                          extensions, {dir} the directory";

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
        InputError::ReferenceAffine { .. } => "`--reference` takes volumes with an affine",
        InputError::ReferenceShape { .. } => {
            "`--layout` may name the spatial axes in another order than the reference has; for heatmaps of \
             a crop or at a lower resolution there are `--crop-origin` and `--stride`"
        }
        InputError::ReferenceApart { .. } => {
            "`--stride` and `--crop-origin` count the reference's voxels, along h, w, d"
        }
        InputError::MaskShape { .. } => {
            "`--mask` takes the spatial axes of the heatmaps in the order of `--layout`, or as H, W, D if \
             only one of the two is a volume (NIfTI, MetaImage, NRRD)"
        }
        InputError::MaskElsewhere { .. } => {
            "resample the mask to the grid of the heatmaps; a `--mask` without an affine, such as a .npy, \
             is taken voxel by voxel"
        }
        InputError::MemberShape { .. } | InputError::MemberLayout { .. } => {
            "`--average` takes maps of one grid: `--exclude` leaves others out"
        }
        InputError::MemberOrder { .. } => {
            "`numpy.save` keeps the order of an array: save all as `numpy.ascontiguousarray` makes them"
        }
        InputError::MemberElsewhere { .. } => {
            "`--average` takes maps of one grid: resample them to it; those of `--unflip` keep the affine of \
             the image that was not flipped"
        }
        InputError::Labels { .. } => {
            "`--labels` takes one name for each channel of the file, or one for each that `--channels` chose"
        }
        InputError::TooMany { .. } => "save the channels before the spatial axes, or in several files",
        InputError::Channels { .. } => "`--channels` counts from 0",
        InputError::ChannelCount { .. } => {
            "`--expect-channels` counts the channels of the file, also those that `--channels` leaves out; \
             `--layout` says which axis they are on"
        }
        InputError::UnlikeChannels { .. } | InputError::UnlikeSizes { .. } => {
            "radii hold for data like those of the calibration: calibrate with heatmaps like these"
        }
        InputError::NotOne { .. } => {
            "`--stack` takes a file for each landmark; without it every channel of a file is one"
        }
        InputError::Landmarks { .. } => {
            "raise `--max-landmarks` if there is memory for them (256 bytes each), or choose some with \
             `--channels`"
        }
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

/// What helps if the system refuses threads.
pub(super) fn threads(error: &ThreadsError) -> &'static str {
    if error.threads > 1 {
        "`--threads 1` needs one; `ulimit -u` and `ulimit -v` show what the system allows"
    } else {
        "`ulimit -u` and `ulimit -v` show what the system allows"
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
            format!(
                "{name} holds coordinates alone, without `--compare`, `--stats`, `--uncertainty` and \
                 `--region`"
            ),
            "`--format csv` and `--format json` hold everything".to_owned(),
        ),
        Unmet::PathColumns => (
            format!("{name} holds coordinates alone, without the columns of `--path-regex`"),
            "`--format csv` and `--format json` hold everything".to_owned(),
        ),
        Unmet::OneSpace { found } => (
            format!("{name} holds coordinates of one space, not of `{found}`"),
            "for example `--coords voxel`".to_owned(),
        ),
        Unmet::LinePerInput => (
            format!("{name} has no line for each input"),
            "`--line-per input` is for `--format ndjson`".to_owned(),
        ),
        Unmet::World { .. } => (format!("{name}: {unmet}"), "`--coords world`".to_owned()),
        Unmet::Frame { expected, .. } => {
            (format!("{name}: {unmet}"), format!("`--frame {}`", expected.name()))
        }
        _ => (format!("{name}: {unmet}"), "`--output-dir DIR` writes an output for each input".to_owned()),
    };
    Failure::usage(what, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{METHODS, choose};

    fn run(text: &str) -> Run {
        let (method, parameters) = choose(text).unwrap();
        Run::of(&Settings { method, parameters, ..Settings::default() })
    }

    fn hint(text: &str, flag: Flag, count: usize, beta: Option<f64>) -> String {
        run(text).hint(&Warning::Flagged { flag, count, first: Vec::new(), beta }, count, beta)
    }

    #[test]
    fn nobody_is_told_to_use_the_method_that_they_use() {
        for flag in Flag::ALL {
            for method in METHODS {
                let hint = hint(method.name, flag, 2, Some(17.2));
                assert!(!(method.name == "auto" && hint.contains("--method auto")), "{flag}: {hint}");
                assert!(!hint.starts_with(';') && !hint.is_empty(), "{flag}: {hint}");
            }
        }
        for flag in [Flag::Border, Flag::Outside, Flag::Plateau] {
            let hint = hint("mean:activation=none", flag, 1, None);
            assert!(hint.starts_with("`--method auto` fits what is there; "), "{hint}");
        }
        for (method, has_radius) in [("local", true), ("gaussian", true), ("soft", false), ("auto", false)] {
            assert_eq!(hint(method, Flag::Border, 1, None).contains("--radius"), has_radius, "{method}");
        }
    }

    #[test]
    fn a_temperature_is_for_methods_that_have_one() {
        for (text, has_one) in [
            ("soft", true),
            ("debias", true),
            ("mean:activation=softmax", true),
            ("local", true),
            ("mean", false),
            ("local:weights=values", false),
            ("hard", false),
            ("auto", false),
        ] {
            assert_eq!(hint(text, Flag::Diffuse, 1, Some(17.2)).contains("--temperature"), has_one, "{text}");
        }
        assert_eq!(
            hint("soft", Flag::Diffuse, 1, Some(17.2)),
            "`--method auto` looks only about the peak; a softmax over this map needs `--beta 18` or \
             `--temperature 0.058`"
        );
        assert!(hint("soft", Flag::Diffuse, 2, Some(17.2)).contains("over these maps needs"));
        // No legal number does it.
        for beta in [None, Some(f64::INFINITY), Some(1e-310)] {
            assert_eq!(hint("soft", Flag::Diffuse, 1, beta), "`--method auto` looks only about the peak");
        }
    }
}
