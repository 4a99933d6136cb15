//! How far the window of a method extends: a radius in voxels or in millimetres, as voxels along each axis.
//!
//! A radius in millimetres gives windows of one size in the body, whatever the voxels. It needs an affine,
//! and it becomes voxels once for each input, before its heatmaps are read.

use crate::geometry::{Affine, Hwd, Length};

/// A radius that is impossible for an array.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RadiusError {
    /// It is in millimetres, and the size of voxels is unknown.
    #[error("a radius of {radius} needs an affine, and there is no usable one")]
    NoAffine {
        /// The radius.
        radius: Length,
    },
    /// The window would hold nothing but the peak.
    #[error("a radius of {radius} is shorter than every edge of a voxel ({} mm)", product(*sizes))]
    Short {
        /// The radius.
        radius: Length,
        /// The edges of a voxel along h, w, d, in mm.
        sizes: [f64; 3],
    },
    /// The window would be larger than the method allows.
    #[error(
        "expected a radius of at most {most} voxels along each axis, found {radius}, which is {found} along \
         {axis}"
    )]
    Long {
        /// The radius.
        radius: Length,
        /// The limit in voxels.
        most: usize,
        /// How many voxels it is, at most the length of the heatmap.
        found: usize,
        /// `h`, `w` or `d`.
        axis: char,
    },
}

/// Three numbers to six digits: sizes that were stored in f32 have no more.
fn product(sizes: [f64; 3]) -> String {
    let rounded = |size: f64| format!("{size:.5e}").parse().unwrap_or(size).to_string();
    sizes.map(rounded).join(" × ")
}

/// By how much, relatively, a distance in mm may exceed a radius. Voxel sizes are stored in f32, where ten
/// voxels of 0.3 mm are 3.0000001 mm.
const SLACK: f64 = 1e-5;

/// The distance up to which a voxel counts as within `radius` mm.
fn slackened(radius: f64) -> f64 {
    radius * (1.0 + SLACK)
}

/// How far a window extends from the hard argmax.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WindowRadius {
    /// Along each axis, or in every direction.
    pub(crate) length: Length,
    /// Whether the window must hold everything within the radius in space. With oblique axes a ball extends
    /// further along them than a box does.
    pub(crate) is_ball: bool,
    /// The most voxels along each axis that the method allows.
    pub(crate) most: usize,
}

impl WindowRadius {
    /// A box of some voxels along each axis.
    pub(crate) fn voxels(radius: usize) -> WindowRadius {
        WindowRadius { length: Length::Voxels(radius as f64), is_ball: false, most: radius }
    }

    /// Whether an offset (h, w, d) in voxels is no longer than the radius. Never, if that is in mm and there
    /// is no affine.
    pub(crate) fn contains(self, offset: [f64; 3], affine: Option<Affine>) -> bool {
        let (along, radius) = match (self.length, affine) {
            (Length::Voxels(radius), _) => (offset, radius),
            (Length::Millimetres(radius), Some(Affine(rows))) => {
                let [h, w, d] = offset;
                (rows.map(|row| row[0] * h + row[1] * w + row[2] * d), slackened(radius))
            }
            (Length::Millimetres(_), None) => return false,
        };
        along.iter().map(|x| x * x).sum::<f64>() <= radius * radius
    }

    /// The radius in voxels along each axis of a heatmap of `lengths`. A radius in mm gives no more than the
    /// heatmap has.
    pub(crate) fn in_voxels(
        self,
        affine: Option<Affine>,
        Hwd(lengths): Hwd<usize>,
    ) -> Result<Hwd<usize>, RadiusError> {
        let WindowRadius { length: radius, is_ball, most } = self;
        let millimetres = match radius {
            Length::Voxels(voxels) => return Ok(Hwd([voxels as usize; 3])),
            Length::Millimetres(millimetres) => slackened(millimetres),
        };
        let affine = affine.filter(Affine::is_invertible).ok_or(RadiusError::NoAffine { radius })?;
        let Hwd(sizes) = affine.voxel_sizes();
        let Hwd(widths) = if is_ball { affine.layer_widths() } else { Hwd(sizes) };
        // Conversions saturate.
        let voxels: [usize; 3] = std::array::from_fn(|axis| {
            ((millimetres / widths[axis]) as usize).min(lengths[axis].saturating_sub(1))
        });
        let mut along = ['h', 'w', 'd'].into_iter().zip(voxels);
        if let Some((axis, found)) = along.find(|&(_, voxels)| voxels > most) {
            return Err(RadiusError::Long { radius, most, found, axis });
        }
        if voxels == [0; 3] && lengths.iter().any(|&n| n > 1) {
            return Err(RadiusError::Short { radius, sizes });
        }
        Ok(Hwd(voxels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::methods::method::MethodKind;
    use crate::kernel::methods::table::choose;

    const FAR: [usize; 3] = [100; 3];

    fn resolved(text: &str, affine: Option<Affine>, lengths: [usize; 3]) -> Result<[usize; 3], RadiusError> {
        let (method, parameters) = choose(text).unwrap();
        let MethodKind::Window { radius, .. } = method.kind else { unreachable!("{text} has no window") };
        radius(&parameters.into()).in_voxels(affine, Hwd(lengths)).map(|Hwd(voxels)| voxels)
    }

    #[test]
    fn millimetres_are_voxels_by_the_length_of_their_edges() {
        let spacing = |sizes| Some(Affine::from_spacing(Hwd(sizes)));
        for (text, sizes, expected) in [
            ("local:radius=3", [0.5, 1.0, 2.0], [3, 3, 3]),
            ("local:radius=3mm", [0.5, 1.0, 2.0], [6, 3, 1]),
            ("local:radius=2.9mm", [0.5, 1.0, 3.0], [5, 2, 0]),
            ("gaussian:radius=8mm", [0.5, 1.0, 2.0], [16, 8, 4]),
            // As f32 stores 0.3: ten of them are 3.0000001.
            ("local:radius=3mm", [f64::from(0.3_f32), 1.0, 1.0], [10, 3, 3]),
            ("local:radius=3mm,shape=ball", [0.5, 1.0, 2.0], [6, 3, 1]),
        ] {
            assert_eq!(resolved(text, spacing(sizes), FAR), Ok(expected), "{text} {sizes:?}");
        }
        // No further than the heatmap goes.
        assert_eq!(resolved("local:radius=500mm", spacing([1.0; 3]), [9, 33, 1]), Ok([8, 32, 0]));
        assert_eq!(resolved("local:radius=1mm", spacing([2.0; 3]), [1, 1, 1]), Ok([0; 3]));
        assert_eq!(resolved("local", None, FAR), Ok([4; 3]));
        assert_eq!(resolved("dark:sigma=2", None, FAR), Ok([7; 3]));
    }

    /// Columns (1, 0, 0), (0.6, 0.8, 0), (0, 0, 2): a step along w leans on h. Layers along h and w are 0.8
    /// apart.
    #[test]
    fn a_ball_extends_further_where_axes_are_oblique() {
        let oblique = Some(Affine([[1.0, 0.6, 0.0, 5.0], [0.0, 0.8, 0.0, 5.0], [0.0, 0.0, 2.0, 5.0]]));
        assert_eq!(resolved("local:radius=4mm", oblique, FAR), Ok([4, 4, 2]));
        assert_eq!(resolved("local:radius=4mm,shape=ball", oblique, FAR), Ok([5, 5, 2]));
    }

    #[test]
    fn impossible_radii_are_refused() {
        let spacing = Some(Affine::from_spacing(Hwd([f64::from(0.9_f32), f64::from(0.9_f32), 2.5])));
        for (text, affine, said) in [
            ("local:radius=5mm", None, "a radius of 5mm needs an affine, and there is no usable one"),
            (
                "local:radius=0.8mm",
                spacing,
                "a radius of 0.8mm is shorter than every edge of a voxel (0.9 × 0.9 × 2.5 mm)",
            ),
            (
                "local:radius=30mm",
                spacing,
                "expected a radius of at most 32 voxels along each axis, found 30mm, which is 33 along h",
            ),
            (
                "gaussian:radius=16mm",
                spacing,
                "at most 16 voxels along each axis, found 16mm, which is 17 along h",
            ),
        ] {
            let error = resolved(text, affine, FAR).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
