//! From an NRRD header to its affine in millimetres.
//!
//! *Definition*: the index (i, j, k) along the axes of space lies at the space origin + i a + j b + k c, with
//! a, b, c the space directions, in the space that the header names.

use super::super::detached::quoted;
use super::super::header::usable;
use super::super::notice::{FormatNotice, Notice};
use super::NrrdError;
use super::fields::{Axes, Fields, wrong};
use crate::geometry::{Affine, AffineKind, Hwd, NamedAffine};

/// The affines of an NRRD header, the best first.
pub(super) const KINDS: &[AffineKind] = &[SPACE, SPACINGS];

const SPACE: AffineKind =
    AffineKind { name: "space", summary: "space directions and space origin of NRRD", is_placed: true };

/// The sizes alone, with the origin at voxel 0.
const SPACINGS: AffineKind =
    AffineKind { name: "spacings", summary: "voxel sizes of NRRD alone", is_placed: false };

/// The signs that bring the axes of a space to right, anterior, superior; `None` for a space that says
/// nothing of the patient.
fn signs(space: &str) -> Option<[f64; 3]> {
    let space = space.to_ascii_lowercase();
    let space = space.strip_suffix("-time").unwrap_or(&space);
    match space {
        "right-anterior-superior" | "ras" | "rast" => Some([1.0, 1.0, 1.0]),
        "left-anterior-superior" | "las" | "last" => Some([-1.0, 1.0, 1.0]),
        "left-posterior-superior" | "lps" | "lpst" | SCANNER => Some([-1.0, -1.0, 1.0]),
        _ => None,
    }
}

/// The frame of the scanner is that of LPS for a patient who lies face-up with the head first.
const SCANNER: &str = "scanner-xyz";

/// The affines of an array.
pub(super) fn affines(
    fields: &Fields,
    axes: &Axes,
    shape: &[u64],
) -> Result<(Vec<NamedAffine>, Vec<Notice>), NrrdError> {
    let mut notices = Vec::new();
    let [Some(&h), Some(&w), d] = [0, 1, 2].map(|at| axes.space.get(at)) else {
        return Ok((Vec::new(), notices));
    };
    // A plane has no third axis: it is one voxel thick.
    let places = [h, w, d.copied().unwrap_or(usize::MAX)];
    let lengths = Hwd(places.map(|place| shape.get(place).map_or(1, |&n| n as usize)));
    let factor = millimetres(fields, &mut notices);
    let directions = directions(fields, axes, places)?;
    let (space, sizes) = match directions {
        Some(directions) => {
            let sizes = directions.map(|direction| direction.map_or(1.0, length));
            (placed(fields, directions, &mut notices)?, Some(sizes))
        }
        None => (None, spacings(fields, axes.count, places)?),
    };
    let space = space.and_then(|affine| usable(affine.scaled(factor), &SPACE, lengths, &mut notices));
    let sized = sizes.map(|sizes| Affine::from_spacing(Hwd(sizes)).scaled(factor));
    let mut of_sizes = Vec::new();
    let sized = sized.and_then(|affine| usable(affine, &SPACINGS, lengths, &mut of_sizes));
    // What is wrong with the sizes was said of the directions, if there are some.
    notices.extend(of_sizes.into_iter().filter(|_| directions.is_none()));
    let named =
        |(kind, affine): (_, Option<Affine>)| Some(NamedAffine { kind, affine: affine?, axes: places });
    Ok((KINDS.iter().zip([space, sized]).filter_map(named).collect(), notices))
}

/// The directions of the axes of space, of three numbers each; `None` for the axis that a plane does not
/// have.
fn directions(
    fields: &Fields,
    axes: &Axes,
    places: [usize; 3],
) -> Result<Option<[Option<[f64; 3]>; 3]>, NrrdError> {
    const FIELD: &str = "space directions";
    let Some(all) = fields.directions(axes.count)? else { return Ok(None) };
    let mut found = [None; 3];
    for (own, &place) in found.iter_mut().zip(&places) {
        let Some(direction) = all.get(place).and_then(Option::as_ref) else { continue };
        *own = Some(three(direction).ok_or_else(|| {
            wrong(FIELD, "vectors of two or three numbers", fields.get(FIELD).unwrap_or_default())
        })?);
    }
    Ok(Some(found))
}

/// A vector in space; one of a plane lies at z = 0. A fourth number belongs to the fourth axis.
fn three(vector: &[f64]) -> Option<[f64; 3]> {
    match *vector {
        [x, y] => Some([x, y, 0.0]),
        [x, y, z] | [x, y, z, _] => Some([x, y, z]),
        _ => None,
    }
}

/// The affine, if the space is one of the patient's; a notice if it is another one.
fn placed(
    fields: &Fields,
    directions: [Option<[f64; 3]>; 3],
    notices: &mut Vec<Notice>,
) -> Result<Option<Affine>, NrrdError> {
    const ORIGIN: &str = "space origin";
    let origin = match fields.vector(ORIGIN)? {
        Some(origin) => three(&origin)
            .ok_or_else(|| wrong(ORIGIN, "two or three numbers", fields.get(ORIGIN).unwrap_or_default()))?,
        None => [0.0; 3],
    };
    // ITK writes no name for a space of four dimensions, and reads such a space as LPS.
    let space = fields.get("space").map(str::to_ascii_lowercase);
    let Some(signs) = signs(space.as_deref().unwrap_or("lps")) else {
        notices.push(unknown(fields.get("space").unwrap_or_default()));
        return Ok(None);
    };
    if space.as_ref().is_none_or(|space| space.starts_with(SCANNER)) {
        notices.push(taken(space.is_some()));
    }
    // A plane is one voxel thick, across it.
    let [a, b, c] = [0, 1, 2].map(|axis| directions[axis]);
    let (Some(a), Some(b)) = (a, b) else { return Ok(None) };
    let c = c.unwrap_or_else(|| {
        let across = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
        let length = length(across);
        across.map(|x| x / length)
    });
    let row = |along: usize| {
        // Adding 0 makes −0 a plain 0.
        [a[along], b[along], c[along], origin[along]].map(|number| signs[along] * number + 0.0)
    };
    Ok(Some(Affine([row(0), row(1), row(2)])))
}

/// The space is none of the patient.
fn unknown(found: &str) -> Notice {
    Notice::Format(FormatNotice {
        kind: "unknown-space",
        is_about_values: false,
        text: format!(
            "expected the space RAS, LPS or LAS, found `{}`: where the volume lies in the patient is not \
             known",
            crate::shown::text(&quoted(found))
        ),
        advice: "`--affine spacings` takes the voxel sizes alone".into(),
    })
}

/// The space is taken for LPS: that of the scanner, or one without a name.
fn taken(is_scanner: bool) -> Notice {
    let (text, advice) = if is_scanner {
        (
            "the space is that of the scanner, not of the patient",
            "it is taken for LPS, which it is if the patient lay face-up with the head first",
        )
    } else {
        ("the header names no space", "it is taken for LPS, as ITK does")
    };
    Notice::Format(FormatNotice {
        kind: if is_scanner { "scanner-space" } else { "unnamed-space" },
        is_about_values: false,
        text: text.into(),
        advice: advice.into(),
    })
}

/// The voxel sizes of a header without directions; an axis that has none counts as 1 mm if it has one voxel.
fn spacings(fields: &Fields, count: usize, places: [usize; 3]) -> Result<Option<[f64; 3]>, NrrdError> {
    let Some(all) = fields.numbers("spacings", count)? else { return Ok(None) };
    Ok(Some(places.map(|place| all.get(place).map_or(1.0, |size| size.abs()))))
}

/// What brings the header's unit to millimetres. One that is not known, and several that differ, count as
/// millimetres, with a notice.
fn millimetres(fields: &Fields, notices: &mut Vec<Notice>) -> f64 {
    let units = fields.get("space units").or_else(|| fields.get("units")).unwrap_or_default();
    // Each stands in quotes. A time or a list has none, or one of its own.
    let units = units.split('"').map(|unit| unit.trim().to_lowercase());
    let mut units: Vec<String> = units
        .filter(|unit| !["", "none", "???", "s", "ms", "second", "seconds"].contains(&unit.as_str()))
        .collect();
    units.dedup();
    let (factor, found) = match units.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["mm" | "millimeter" | "millimetre" | "millimeters" | "millimetres"] => return 1.0,
        ["m" | "meter" | "metre" | "meters" | "metres"] => (1000.0, "metre"),
        ["cm" | "centimeter" | "centimetre" | "centimeters" | "centimetres"] => (10.0, "centimetre"),
        // Both letters mu: that of units and that of Greek.
        [
            "um" | "\u{b5}m" | "\u{3bc}m" | "micron" | "microns" | "micrometer" | "micrometre"
            | "micrometers" | "micrometres",
        ] => (0.001, "micron"),
        _ => {
            notices.push(Notice::Format(FormatNotice {
                kind: "unknown-units",
                is_about_values: false,
                text: format!(
                    "expected one unit of length for all axes, found {}",
                    quoted(&units.join(", "))
                ),
                advice: "they are taken for millimetres".into(),
            }));
            return 1.0;
        }
    };
    notices.push(Notice::Units { found });
    factor
}

fn length([x, y, z]: [f64; 3]) -> f64 {
    libm::sqrt(x * x + y * y + z * z)
}
