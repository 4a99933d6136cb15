//! How inputs are understood: the options that `decode` and `info` share.

use super::exit::{Exit, Failure};
use super::hints;
use super::reading_args::ReadingArgs;
use crate::affine_choice::AffineChoice;
use crate::geometry::Hwd;
use crate::plan::Plan;
use crate::prepare::{Channels, LayoutChoice, Reading};
use crate::reference::{Reference, ReferencePattern};
use crate::shown;
use crate::source::{self, Location};
use std::path::Path;

/// How shapes and affines are understood, for all channels.
pub(super) fn reading(args: &ReadingArgs) -> Result<Reading, Failure> {
    Ok(Reading {
        layout: args.layout.clone().map_or(LayoutChoice::ByShape, LayoutChoice::Fixed),
        affine: affine(args)?,
        offsets: None,
        mask: None,
        needs_affine: false,
        channels: Channels::All,
        expected_channels: None,
        one_heatmap: false,
        labels: None,
        likeness: None,
    })
}

fn affine(args: &ReadingArgs) -> Result<AffineChoice, Failure> {
    if let Some(given) = &args.reference {
        return reference(given);
    }
    let spacing = args.spacing.map(|spacing| AffineChoice::Spacing(Hwd(spacing.0)));
    Ok(spacing.or_else(|| args.affine.clone()).unwrap_or(AffineChoice::Auto))
}

/// What `--reference` gives: a pattern, or the affine and spatial shape of one volume.
fn reference(given: &Path) -> Result<AffineChoice, Failure> {
    let pattern = given.to_str().map(ReferencePattern::parse).transpose().map_err(|error| {
        let hint = "`{dir}`, `{name}` and `{stem}` stand for a part of each input's path, `{{` for a brace: \
                    for example `--reference 'imagesTr/{stem}_0000.nii.gz'`";
        Failure::usage(format!("`--reference {}`: {error}", shown::path(given)), hint)
    })?;
    let path = match pattern.map(|pattern| pattern.constant().ok_or(pattern)) {
        Some(Err(pattern)) => return Ok(AffineChoice::References(pattern)),
        Some(Ok(path)) => path,
        None => given.to_owned(),
    };
    let what = format!("failed to read the reference `{}`", shown::path(&path));
    let read = Reference::read(&path)
        .map_err(|error| Failure::new(Exit::Usage, &what, &error, hints::source(&error)))?;
    let hint = || Some("`--reference` takes a volume with an affine".to_owned());
    let Reference { affine, lengths } =
        read.ok_or_else(|| Failure::new(Exit::Usage, &what, "it has no affine", hint()))?;
    Ok(AffineChoice::Reference { path, affine, lengths })
}

/// Refuses `--reference` and `--spacing` for inputs that have an affine of their own.
pub(super) fn check_affine_from_outside(plan: &Plan) -> Result<(), Failure> {
    if !plan.decoding.reading.affine.is_external() {
        return Ok(());
    }
    for input in plan.files().iter().filter(|input| is_regular(input)) {
        let opened = source::open(input, &plan.decoding.open);
        if let Some(header) = opened.ok().map(|opened| opened.header).filter(|header| !header.takes_affine) {
            let format = header.format;
            let what =
                format!("`--reference` and `--spacing` are for arrays, and `{input}` is a {format} volume");
            return Err(Failure::usage(what, hints::OWN_AFFINE));
        }
    }
    Ok(())
}

fn is_regular(location: &Location) -> bool {
    matches!(location, Location::Path(path) if path.is_file())
}
