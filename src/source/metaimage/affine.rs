//! From a MetaImage header to its affine in millimetres.
//!
//! *Definition*: the index (i, j, k) lies at Offset + i s₁ t₁ + j s₂ t₂ + k s₃ t₃ in LPS, with the sizes s of
//! `ElementSpacing` and t₁ the first three numbers of `TransformMatrix`, t₂ the next three. World axes here
//! point to the right, anterior and superior, so that the first two coordinates change their signs.

use super::super::header::usable;
use super::super::notice::Notice;
use super::MetaImageError;
use super::fields::Fields;
use crate::geometry::{Affine, AffineKind, Hwd, NamedAffine};

/// The affines of a MetaImage header, the best first.
pub(super) const KINDS: &[AffineKind] = &[TRANSFORM, SPACING];

const TRANSFORM: AffineKind = AffineKind {
    name: "transform",
    summary: "TransformMatrix, Offset and ElementSpacing of MetaImage",
    is_placed: true,
};

/// The same of a header that says nothing but the identity: it is used only if it is asked for.
const IDENTITY: AffineKind = AffineKind { is_placed: false, ..TRANSFORM };

/// The sizes alone, with the origin at voxel 0.
const SPACING: AffineKind =
    AffineKind { name: "elementspacing", summary: "voxel sizes of MetaImage alone", is_placed: false };

/// The affines of an image whose first axis of space is the axis `first` of the shape.
///
/// A header with the identity and nothing else is what writers make that know no geometry: it would turn
/// voxels into millimetres. It counts only if it is asked for. Of several keys for one thing that counts
/// which ITK takes.
pub(super) fn affines(
    fields: &Fields,
    lengths: &[u64],
    first: usize,
) -> Result<(Vec<NamedAffine>, Vec<Notice>), MetaImageError> {
    let axes = lengths.len();
    let matrix = fields.numbers(&["TransformMatrix", "Rotation", "Orientation"], axes * axes)?;
    let offset = fields.numbers(&["Origin", "Offset", "Position"], axes)?;
    let spacing = fields.numbers(&["ElementSpacing", "ElementSize"], axes)?;
    let is_placed = matrix.is_some() || offset.is_some();
    let has_spacing = spacing.is_some();
    // Axes that the image does not have are of one voxel; a fourth one is none of space.
    let direction = |axis: usize, along: usize| {
        let own = matrix.as_ref().filter(|_| axis < axes && along < axes);
        own.map_or(if axis == along { 1.0 } else { 0.0 }, |matrix| matrix[axis * axes + along])
    };
    let of = |numbers: &Option<Vec<f64>>, axis: usize, otherwise: f64| {
        numbers.as_ref().and_then(|numbers| numbers.get(axis)).copied().unwrap_or(otherwise)
    };
    let size = |axis: usize| of(&spacing, axis, 1.0);
    let row = |along: usize| {
        let sign = if along < 2 { -1.0 } else { 1.0 };
        // Adding 0 makes −0 a plain 0.
        let column = |axis: usize| sign * size(axis) * direction(axis, along) + 0.0;
        [column(0), column(1), column(2), sign * of(&offset, along, 0.0) + 0.0]
    };
    let transform = Affine([row(0), row(1), row(2)]);
    let sizes = Hwd([size(0), size(1), size(2)].map(f64::abs));
    let is_identity =
        transform == Affine([[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
    let mut notices = Vec::new();
    let kind = if is_identity { &IDENTITY } else { &KINDS[0] };
    let lengths = Hwd([0, 1, 2]).map(|axis| lengths.get(axis).map_or(1, |&n| n as usize));
    let placed = is_placed.then(|| usable(transform, kind, lengths, &mut notices)).flatten();
    let sized = Some(Affine::from_spacing(sizes)).filter(|_| has_spacing);
    let mut of_sizes = Vec::new();
    let sized = sized.and_then(|affine| usable(affine, &SPACING, lengths, &mut of_sizes));
    // What is wrong with the sizes was said of the transform, if there is one.
    notices.extend(of_sizes.into_iter().filter(|_| !is_placed));
    let axes = [first, first + 1, first + 2];
    let named = |(kind, affine): (_, Option<Affine>)| Some(NamedAffine { kind, affine: affine?, axes });
    Ok(([kind, &KINDS[1]].into_iter().zip([placed, sized]).filter_map(named).collect(), notices))
}
