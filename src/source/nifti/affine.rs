//! From a NIfTI header to its affines in millimetres: sform, qform and the voxel sizes alone.
//!
//! NIfTI has three ways to place a volume. The sform is a full matrix; the qform is a rotation,
//! voxel sizes and an offset, and cannot shear; the third knows voxel sizes alone and no place in
//! the body. World axes point to the right, anterior and superior of the patient.

use super::super::header::{is_usable, usable};
use super::super::notice::Notice;
use super::fields::Fields;
use super::notices;
use crate::geometry::{Affine, AffineKind, FIRST_AXES, Hwd, NamedAffine};

/// The affines of a NIfTI header, the best first.
pub(super) const KINDS: &[AffineKind] = &[SFORM, QFORM, PIXDIM];

/// From `srow_x`, `srow_y`, `srow_z`, if `sform_code` is set.
const SFORM: AffineKind = AffineKind { name: "sform", summary: "the sform", is_placed: true };

/// From the quaternion, as nibabel computes it, if `qform_code` is set.
const QFORM: AffineKind = AffineKind { name: "qform", summary: "the qform", is_placed: true };

/// The voxel sizes alone, with the origin at voxel 0 (NIfTI method 1).
const PIXDIM: AffineKind =
    AffineKind { name: "pixdim", summary: "voxel sizes alone (NIfTI method 1)", is_placed: false };

/// How far apart, in millimetres, sform and qform may place a corner before there is a warning.
///
/// Rounding to f32 moves corners by far less.
const DISAGREEMENT: f64 = 0.1;

/// The header's affines for a volume of `shape`, in the order of [`KINDS`], and what is suspicious about
/// them.
///
/// An affine that cannot be used is left out of the list. The notices then say why, except for voxel
/// sizes alone.
pub(super) fn affines(fields: &Fields, shape: &[u64]) -> (Vec<NamedAffine>, Vec<Notice>) {
    let mut notices = Vec::new();
    let (factor, unit) = to_millimetres(fields.xyzt_units);
    notices.extend(unit.map(|found| Notice::Units { found }));
    let lengths = Hwd([0, 1, 2]).map(|axis| shape.get(axis).map_or(1, |&n: &u64| n as usize));
    notices.extend(undefined_codes(fields));
    let sform = is_set(fields.sform_code).then_some(Affine(fields.srow));
    let qform = if is_set(fields.qform_code) { qform(fields, &mut notices) } else { None };
    let sform = sform.and_then(|affine| usable(affine.scaled(factor), &SFORM, lengths, &mut notices));
    let qform = qform.and_then(|affine| usable(affine.scaled(factor), &QFORM, lengths, &mut notices));
    let pixdim = Some(pixdim(fields).scaled(factor)).filter(|affine| is_usable(affine, lengths));
    notices.extend(disagreement(sform, qform, lengths));
    let named =
        |(kind, affine): (_, Option<Affine>)| Some(NamedAffine { kind, affine: affine?, axes: FIRST_AXES });
    let affines = KINDS.iter().zip([sform, qform, pixdim]).filter_map(named).collect();
    (affines, notices)
}

/// Codes 1 to 5 are defined; nibabel takes any other for 0 as well.
fn is_set(code: i32) -> bool {
    (1..=5).contains(&code)
}

/// A notice if a code is none that is defined: the programs disagree on what it means.
///
/// nibabel takes it for 0, ITK and FSL take any positive one for set.
fn undefined_codes(fields: &Fields) -> Option<Notice> {
    let codes = [(SFORM.name, fields.sform_code), (QFORM.name, fields.qform_code)];
    let undefined: Vec<_> = codes.into_iter().filter(|(_, code)| !(0..=5).contains(code)).collect();
    (!undefined.is_empty()).then(|| notices::form_codes(&undefined))
}

/// What brings the header's unit to millimetres; unknown units count as millimetres.
///
/// The unit's name is `None` if nothing has to be converted.
fn to_millimetres(xyzt_units: i32) -> (f64, Option<&'static str>) {
    match xyzt_units & 7 {
        1 => (1000.0, Some("metre")),
        3 => (0.001, Some("micron")),
        _ => (1.0, None),
    }
}

/// NIfTI method 1: the voxel sizes with the origin at voxel 0. The sign is dropped, as for the qform; an
/// axis that the volume does not have counts as 1 mm if its size is 0.
fn pixdim(fields: &Fields) -> Affine {
    let size = |axis: usize| match fields.pixdim[axis].abs() {
        0.0 if axis as i64 > fields.dim[0] => 1.0,
        size => size,
    };
    Affine::from_spacing(Hwd([size(1), size(2), size(3)]))
}

/// NIfTI method 2, as nibabel computes it: zero voxel sizes count as 1 and signs are dropped, and a
/// `pixdim[0]` other than −1 counts as 1, with a notice if it is not 0 either. ITK goes by its sign.
///
/// `None` if the quaternion is too long to be a rotation.
fn qform(fields: &Fields, notices: &mut Vec<Notice>) -> Option<Affine> {
    let [qfac, i, j, k, ..] = fields.pixdim;
    if [i, j, k].iter().any(|&size| size <= 0.0) {
        notices.push(notices::pixdim([i, j, k]));
    }
    if ![-1.0, 0.0, 1.0].contains(&qfac) {
        notices.push(notices::qfac(qfac));
    }
    let size = |size: f64| if size == 0.0 { 1.0 } else { size.abs() };
    // Bits compared, because −1 is stored as nothing else and every other value counts as 1.
    let flipped = qfac.to_bits() == (-1.0_f64).to_bits();
    let sizes = [size(i), size(j), if flipped { -size(k) } else { size(k) }];
    let rotation = rotation(fields, notices)?;
    let row = |r: usize| {
        let [a, b, c] = rotation[r];
        [a * sizes[0], b * sizes[1], c * sizes[2], fields.qoffset[r]]
    };
    Some(Affine([row(0), row(1), row(2)]))
}

/// The rotation of the unit quaternion (a, b, c, d) with a ≥ 0, of which b, c, d are stored.
///
/// Where b² + c² + d² is above 1 by rounding, a is 0 and the quaternion is brought to length 1. nibabel
/// allows 3 ε of the stored type for that and fails beyond; writers that round less carefully exist, so
/// up to 1e-5 is allowed here.
///
/// `None`, with a notice, beyond that.
fn rotation(fields: &Fields, notices: &mut Vec<Notice>) -> Option<[[f64; 3]; 3]> {
    let [x, y, z] = fields.quaternion;
    let squares = x * x + y * y + z * z;
    let rest = 1.0 - squares;
    if rest < -1e-5 {
        notices.push(notices::quaternion(squares));
        return None;
    }
    let w = if rest < 3.0 * fields.version.epsilon() { 0.0 } else { rest.sqrt() };
    let s = 2.0 / (w * w + squares);
    let (wx, wy, wz) = (w * (x * s), w * (y * s), w * (z * s));
    let (xx, xy, xz) = (x * (x * s), x * (y * s), x * (z * s));
    let (yy, yz, zz) = (y * (y * s), y * (z * s), z * (z * s));
    Some([
        [1.0 - (yy + zz), xy - wz, xz + wy],
        [xy + wz, 1.0 - (xx + zz), yz - wx],
        [xz - wy, yz + wx, 1.0 - (xx + yy)],
    ])
}

/// Corners are enough: the distance between two affine maps is largest at a corner.
fn disagreement(sform: Option<Affine>, qform: Option<Affine>, lengths: Hwd<usize>) -> Option<Notice> {
    let distance = sform?.corner_distance(&qform?, lengths);
    let affines = [SFORM.name, QFORM.name];
    (distance > DISAGREEMENT).then_some(Notice::AffinesDisagree { affines, distance })
}
