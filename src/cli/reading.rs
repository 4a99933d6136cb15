//! How inputs are understood: the options that `decode` and `info` share.

use super::exit::{Exit, Failure};
use super::hints;
use super::reading_args::ReadingArgs;
use crate::geometry::Hwd;
use crate::plan::Plan;
use crate::prepare::{AffineChoice, Channels, LayoutChoice, Reading};
use crate::shown;
use crate::source::{self, Header, Location, OpenOptions, Opened};
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
        labels: None,
    })
}

fn affine(args: &ReadingArgs) -> Result<AffineChoice, Failure> {
    if let Some(path) = &args.reference {
        return reference(path);
    }
    let spacing = args.spacing.map(|spacing| AffineChoice::Spacing(Hwd(spacing.0)));
    Ok(spacing.or_else(|| args.affine.clone()).unwrap_or(AffineChoice::Auto))
}

/// The affine and spatial shape of `--reference`.
///
/// Its values are not used, but the checksum of compressed data lies behind them, and damage to the header
/// may show nowhere else.
fn reference(path: &Path) -> Result<AffineChoice, Failure> {
    let what = format!("failed to read the reference `{}`", shown::path(path));
    let opened = source::open(&Location::Path(path.to_owned()), &OpenOptions::default());
    let verified = opened.and_then(|Opened { header, values }| values.verify().map(|_| header));
    let header = verified.map_err(|error| Failure::new(Exit::Usage, &what, &error, hints::source(&error)))?;
    let hint = Some("`--reference` takes a volume with an affine".to_owned());
    let Some(affine) = header.placed_affine().map(|named| named.affine) else {
        return Err(Failure::new(Exit::Usage, &what, "it has no affine", hint));
    };
    let mut lengths = [1; 3];
    for (length, &dim) in lengths.iter_mut().zip(&header.shape) {
        *length = usize::try_from(dim).unwrap_or(usize::MAX);
    }
    Ok(AffineChoice::Reference { path: path.to_owned(), affine, lengths: Hwd(lengths) })
}

/// Refuses `--reference` and `--spacing` for inputs that have an affine of their own.
pub(super) fn check_affine_from_outside(plan: &Plan) -> Result<(), Failure> {
    if !plan.decoding.reading.affine.is_external() {
        return Ok(());
    }
    for input in plan.inputs.iter().filter(|input| is_regular(input)) {
        let opened = source::open(input, &plan.decoding.open);
        if let Some(header) = opened.ok().map(|opened| opened.header).filter(Header::can_hold_affine) {
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
