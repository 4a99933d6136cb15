//! What a slip on the command line was meant to be: names that other programs have for the same thing.
//!
//! The parser knows names that look alike. Here are those that mean alike: `--sigma 3`, `--coords mm`,
//! `softargmax map.npy`.

use crate::shown;
use crate::source::has_known_extension;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::path::Path;

/// Flags of other programs, and what is meant.
const FLAGS: [(&[&str], &str); 16] = [
    (
        &["--sigma", "--width", "--fwhm"],
        "`--method auto` takes the width of a peak from the map; `--method dark:sigma=2` sets that of a blur",
    ),
    (&["--t", "--T", "--temp", "--tau"], "`--temperature 0.1` is that of the softmax"),
    (&["--alpha", "--sharpness"], "`--beta 10` multiplies the values before the softmax"),
    (&["--json", "--csv", "--tsv", "--npy", "--ndjson", "--type"], "`--format json` names the format"),
    (&["--output-format", "--out-format", "--fmt"], "`--format json` names the format"),
    (&["--input", "--in", "--file", "--files", "-i"], "inputs have no flag: `softargmax decode FILE...`"),
    (&["--jobs", "-j", "--num-threads", "--workers", "--cpus", "--n-jobs"], "`--threads 4` is how many"),
    (
        &["--device", "--gpu", "--cuda", "--cpu"],
        "it runs on the processor; `--threads 4` is how many threads",
    ),
    (&["--mm", "--world", "--physical"], "`--coords world` writes millimetres"),
    (&["--ras", "--lps"], "`--coords world --frame lps` writes millimetres in LPS"),
    (&["--voxel", "--voxels", "--index", "--indices"], "`--coords voxel` writes voxel indices"),
    (&["--hard", "--soft", "--auto", "--argmax"], "`--method hard` names the method"),
    (
        &["--axes", "--shape", "--dims", "--axis-order", "--dim", "--axis"],
        "`--layout NCHWD` names the axes of an array; `softargmax argmax --dim 1 FILE` reduces one",
    ),
    (
        &["--align-corners", "--align_corners"],
        "`--norm corners` is align_corners=True, `--norm centers` False",
    ),
    (
        &["--voxel-size", "--voxelsize", "--pixdim", "--resolution"],
        "`--spacing 1,1,2` is along h, w, d, in mm",
    ),
    (
        &["--recursive", "-r", "-R", "--overwrite", "--force", "-f"],
        "directories are searched to their ends, and outputs are replaced, without a flag",
    ),
];

/// Values of other programs: the flag, the values, and what is meant.
const VALUES: [(&str, &[&str], &str); 10] = [
    ("--coords", &["mm", "ras", "lps", "physical", "xyz", "scanner"], "`--coords world` writes millimetres"),
    ("--coords", &["voxels", "vox", "index", "ijk", "hwd"], "`--coords voxel` writes voxel indices"),
    ("--coords", &["norm", "normalised", "unit"], "`--coords normalized` is relative to the volume"),
    ("--method", &["softargmax", "soft-argmax", "soft_argmax", "dsnt", "softmax"], "`--method soft`"),
    ("--method", &["argmax", "max", "hardargmax", "hard-argmax", "peak"], "`--method hard`"),
    (
        "--method",
        &["centroid", "com", "cog", "center-of-mass", "centre-of-mass"],
        "`--method mean`, or `--method component` above a threshold",
    ),
    ("--method", &["gauss", "fit", "gaussfit", "gaussian-fit"], "`--method gaussian`"),
    ("--format", &["xlsx", "excel", "txt", "table"], "`--format csv` is read by every program of tables"),
    ("--format", &["slicer", "mrk", "mrk.json", "markups"], "`--format slicer-json` is 3D Slicer's"),
    ("--norm", &["align_corners", "align-corners", "-1,1"], "`--norm corners` is align_corners=True"),
];

/// Names that a temperature goes by as a parameter of the method `soft`.
const TEMPERATURES: [&str; 5] = ["t", "temp", "temperature", "tau", "beta"];

/// Adds to an error of the parser what was meant, if that is known.
pub(super) fn explained(mut error: clap::Error) -> clap::Error {
    if let Some(meant) = meant(&error) {
        let tip = ContextValue::StyledStrs(vec![StyledStr::from(meant)]);
        // What only looks alike is not meant.
        for alike in
            [ContextKind::SuggestedArg, ContextKind::SuggestedValue, ContextKind::SuggestedSubcommand]
        {
            error.remove(alike);
        }
        error.insert(ContextKind::Suggested, tip);
    }
    error
}

fn meant(error: &clap::Error) -> Option<String> {
    let of = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let found = of(ContextKind::InvalidSubcommand)?;
            let path = Path::new(found);
            let is_input = path.exists() || has_known_extension(path);
            is_input.then(|| format!("`softargmax decode {}` decodes it", shown::text(found)))
        }
        ErrorKind::UnknownArgument => {
            let found = of(ContextKind::InvalidArg)?;
            let is_it = |(names, _): &&(&[&str], &str)| names.contains(&found);
            FLAGS.iter().find(is_it).map(|(_, meant)| (*meant).to_owned())
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let flag = of(ContextKind::InvalidArg)?.split(' ').next()?;
            value(flag, of(ContextKind::InvalidValue)?)
        }
        _ => None,
    }
}

/// What a value was meant to be.
fn value(flag: &str, found: &str) -> Option<String> {
    let lower = found.to_ascii_lowercase();
    let parameter = lower.strip_prefix("soft:").filter(|_| flag == "--method");
    let parameter = parameter.and_then(|parameter| parameter.split_once('='));
    if let Some((name, number)) = parameter.filter(|(name, _)| TEMPERATURES.contains(name)) {
        let option = if name == "beta" { "beta" } else { "temperature" };
        return Some(format!("`--method soft --{option} {}`", shown::text(number)));
    }
    let is_it = |(own, values, _): &&(&str, &[&str], &str)| *own == flag && values.contains(&&*lower);
    VALUES.iter().find(is_it).map(|(.., meant)| (*meant).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::command::command;
    use super::*;

    /// Every option and method that is named is one.
    #[test]
    fn what_is_meant_exists() {
        let decode = command().find_subcommand("decode").unwrap().clone();
        let texts = FLAGS.iter().map(|(_, meant)| *meant).chain(VALUES.iter().map(|(.., meant)| *meant));
        for text in texts {
            for quoted in text.split('`').skip(1).step_by(2).filter(|quoted| quoted.starts_with("--")) {
                let args = ["decode", "x.npy"].into_iter().chain(quoted.split(' '));
                let parsed = decode.clone().try_get_matches_from(args);
                assert!(parsed.is_ok(), "{quoted}: {:?}", parsed.err());
            }
        }
        // Nobody is corrected who is right.
        for (names, _) in FLAGS {
            for name in names {
                let found = decode.get_arguments().any(|arg| {
                    arg.get_long().is_some_and(|long| *name == format!("--{long}"))
                        || arg.get_short().is_some_and(|short| *name == format!("-{short}"))
                });
                assert!(!found, "{name}");
            }
        }
    }
}
