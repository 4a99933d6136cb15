//! Where the affine of an input comes from.
//!
//! - From outside, a reference or voxel sizes given by the user, but only if the file itself does not tell:
//!   it is of a format that cannot hold an affine, or a MetaImage or NRRD whose header places it nowhere.
//!   Any other input is refused, and NIfTI always is: two sources that disagree would put a landmark in the
//!   wrong place, and no rule could say which of them is right.
//! - The header's affine that the user names. If the header lacks it, the input is refused; formats that
//!   cannot hold an affine just have none.
//! - The first of the header's affines that places the volume in the world (for NIfTI the sform, then the
//!   qform). Voxel sizes alone place nothing, so they count only if they are named.
//!
//! Without any of them there are no world coordinates: a guess would be in millimetres too, and look as
//! good.

use crate::error::InputError;
use crate::geometry::{Affine, Hwd, Layout, NamedAffine, Offsets};
use crate::landmark::InputRecord;
use crate::reference::{Reference, ReferencePattern};
use crate::source::{Header, Location};
use std::path::PathBuf;

/// Where the affine comes from.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum AffineChoice {
    /// The first of the header's affines that places the volume in the world, if there is one.
    #[default]
    Auto,
    /// The header's affine of that name.
    Named(&'static str),
    /// Another file's, for arrays of its spatial shape, or, with offsets, of a part of its volume.
    Reference {
        /// The file, as it was named.
        path: PathBuf,
        /// The affine.
        affine: Affine,
        /// The lengths of the reference.
        lengths: Hwd<usize>,
    },
    /// Another file's for each input, as `Reference`.
    References(ReferencePattern),
    /// Voxel sizes in mm along h, w, d, which become x, y, z.
    Spacing(Hwd<f64>),
}

impl AffineChoice {
    /// Which of a volume's own affines it is; `auto` if another one takes its place.
    #[must_use]
    pub(crate) fn name(&self) -> &'static str {
        match self {
            AffineChoice::Named(name) => name,
            _ => "auto",
        }
    }

    /// Where the reference of an input is, if each has its own.
    #[must_use]
    pub(crate) fn reference_of(&self, input: &Location) -> Option<PathBuf> {
        match (self, input) {
            (AffineChoice::References(pattern), Location::Path(path)) => Some(pattern.of(path)),
            _ => None,
        }
    }

    /// Whether it comes from outside the input, and so is for inputs without one of their own.
    #[must_use]
    pub(crate) fn is_external(&self) -> bool {
        !matches!(self, AffineChoice::Auto | AffineChoice::Named(_))
    }

    /// Gives the record its affines and where they come from, if there are any.
    ///
    /// The placement and the lengths of the record are known. `offsets` say that the heatmaps lie in another
    /// grid, that of their image.
    ///
    /// # Errors
    /// [`InputError`] if the affine that was asked for is not there, or is not of this input.
    pub(crate) fn place(
        &self,
        record: &mut InputRecord,
        header: &Header,
        layout: &Layout,
        offsets: Option<Offsets>,
    ) -> Result<(), InputError> {
        if self.is_external() && !header.takes_affine {
            return Err(InputError::OwnAffine { format: header.format.clone() });
        }
        let in_layout =
            |named: NamedAffine| named.in_layout(layout).map(|named| (named.affine, named.kind.name));
        let chosen = match self {
            AffineChoice::Auto => {
                let mut placed = header.affines.iter().filter(|named| named.kind.is_placed);
                placed.find_map(|&named| in_layout(named))
            }
            AffineChoice::Named(_) if !header.can_hold_affine() => None,
            &AffineChoice::Named(asked) => {
                let found = header.affine(asked);
                let there = header.affines.iter().map(|named| named.kind).collect();
                let named = found.ok_or(InputError::AffineAbsent { asked, there })?;
                Some(in_layout(named).ok_or_else(|| elsewhere(layout))?)
            }
            AffineChoice::Spacing(sizes) => Some((Affine::from_spacing(*sizes), "spacing")),
            AffineChoice::Reference { affine, lengths, .. } => {
                check_reference(offsets.is_some(), *lengths, record)?;
                Some((*affine, "reference"))
            }
            AffineChoice::References(pattern) => {
                let Reference { affine, lengths } = pattern.read(&record.file)?;
                check_reference(offsets.is_some(), lengths, record)?;
                Some((affine, "reference"))
            }
        };
        let Some((affine, source)) = chosen else { return Ok(()) };
        // A file's own affine belongs to its own voxels; one from outside belongs to the image that the
        // offsets lead to.
        let placement = record.placement;
        let (map, image) = if self.is_external() {
            (placement.of_map(&affine), affine)
        } else {
            (affine, placement.of_image(&affine))
        };
        // A heatmap may reach so far beyond the reference image that its millimetres overflow.
        if map.is_bounded(record.lengths) {
            record.affine = Some(map);
            record.image_affine = offsets.map(|_| image);
            record.affine_source = Some(source);
        }
        Ok(())
    }

    /// Why an input that is read in this layout has no place in the world.
    pub(crate) fn why_none(&self, header: &Header, layout: &Layout) -> InputError {
        let is_placed = |named: &NamedAffine| named.kind.is_placed;
        if *self == AffineChoice::Auto && header.affines.iter().any(is_placed) {
            return elsewhere(layout);
        }
        let there = header.affines.iter().map(|named| named.kind).collect();
        InputError::NoAffine { kinds: header.affine_kinds, there }
    }
}

/// The affine is of other axes than those that the layout takes for space.
fn elsewhere(layout: &Layout) -> InputError {
    InputError::AffineElsewhere { layout: layout.to_string() }
}

/// Refuses heatmaps that cannot be of a reference volume of `expected` voxels: they must have its shape or,
/// with offsets, meet it somewhere.
fn check_reference(has_offsets: bool, expected: Hwd<usize>, record: &InputRecord) -> Result<(), InputError> {
    let found = record.lengths;
    if !has_offsets {
        return if found == expected { Ok(()) } else { Err(InputError::ReferenceShape { expected, found }) };
    }
    if record.placement.meets(found, expected) || found.0.contains(&0) {
        return Ok(());
    }
    let [first, last] = record.placement.ends(found);
    Err(InputError::ReferenceApart { expected, first, last })
}
