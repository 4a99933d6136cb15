//! How far a method's window reaches: a radius in voxels or in millimetres, as voxels along each axis.

use crate::geometry::{Affine, Length};
use crate::kernel::Settings;
use crate::kernel::methods::parameters::Range;

/// A radius that an array cannot have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReachError {
    /// It is in millimetres, and nothing says how large voxels are.
    #[error("expected a usable affine for a radius of {radius}, found none")]
    NoAffine {
        /// The radius.
        radius: Length,
    },
    /// It reaches no neighbour of a voxel.
    #[error("expected a radius that reaches a voxel's neighbour, found {radius} with voxels of {} mm", product(*sizes))]
    Short {
        /// The radius.
        radius: Length,
        /// The edges of a voxel along h, w, d, in mm.
        sizes: [f64; 3],
    },
    /// The window would be larger than the method is made for.
    #[error(
        "expected a radius of at most {most} voxels along each axis, found {radius}, which is {found} along {axis}"
    )]
    Long {
        /// The radius.
        radius: Length,
        /// The limit in voxels.
        most: usize,
        /// How many voxels it is, as far as the heatmap goes.
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

/// By how much, relatively, a distance in mm may be beyond a radius: voxel sizes are stored in f32, so that what is
/// ten voxels of 0.3 mm is 3.0000001 mm.
const SLACK: f64 = 1e-5;

/// The length within which a distance in mm counts as within `radius` mm.
fn slackened(radius: f64) -> f64 {
    radius * (1.0 + SLACK)
}

/// How far a window reaches from the hard argmax.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reach {
    /// Along each axis, or in every direction.
    pub(crate) radius: Length,
    /// Whether all that lies within the radius in space is wanted: where axes are oblique, a ball reaches further
    /// along them than a box does.
    pub(crate) is_ball: bool,
}

impl Reach {
    /// A box of some voxels along each axis.
    pub(crate) fn voxels(radius: usize) -> Reach {
        Reach { radius: Length::Voxels(radius as f64), is_ball: false }
    }

    /// Whether an offset (h, w, d) in voxels is no longer than the radius. Without an affine no length in mm is known.
    pub(crate) fn is_within(self, offset: [f64; 3], settings: &Settings) -> bool {
        let (along, radius) = match (self.radius, settings.affine) {
            (Length::Voxels(radius), _) => (offset, radius),
            (Length::Millimetres(radius), Some(Affine(rows))) => {
                let [h, w, d] = offset;
                (rows.map(|row| row[0] * h + row[1] * w + row[2] * d), slackened(radius))
            }
            (Length::Millimetres(_), None) => return false,
        };
        along.iter().map(|x| x * x).sum::<f64>() <= radius * radius
    }

    /// Voxels along h, w, d in a heatmap of `lengths`; in mm, no more than it has.
    pub(crate) fn resolve(self, settings: &Settings, lengths: [usize; 3]) -> Result<[usize; 3], ReachError> {
        let radius = self.radius;
        let millimetres = match radius {
            Length::Voxels(voxels) => return Ok([voxels as usize; 3]),
            Length::Millimetres(millimetres) => slackened(millimetres),
        };
        let affine = settings.affine.filter(Affine::is_invertible).ok_or(ReachError::NoAffine { radius })?;
        let sizes = affine.voxel_sizes();
        let widths = if self.is_ball { affine.layer_widths() } else { sizes };
        // Conversions saturate.
        let voxels: [usize; 3] = std::array::from_fn(|axis| {
            ((millimetres / widths[axis]) as usize).min(lengths[axis].saturating_sub(1))
        });
        let most = settings.method.parameters.iter().find_map(|parameter| match parameter.range {
            Range::Reach(most) => Some(most as usize),
            _ => None,
        });
        let most = most.unwrap_or(usize::MAX);
        let mut along = ['h', 'w', 'd'].into_iter().zip(voxels);
        if let Some((axis, found)) = along.find(|&(_, voxels)| voxels > most) {
            return Err(ReachError::Long { radius, most, found, axis });
        }
        if voxels == [0; 3] && lengths.iter().any(|&n| n > 1) {
            return Err(ReachError::Short { radius, sizes });
        }
        Ok(voxels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::choose;
    use crate::kernel::methods::method::Locate;

    const FAR: [usize; 3] = [100; 3];

    fn resolved(text: &str, affine: Option<Affine>, lengths: [usize; 3]) -> Result<[usize; 3], ReachError> {
        let (method, parameters) = choose(text).unwrap();
        let settings = Settings { method, parameters, affine, ..Settings::default() };
        let Locate::Window { reach, .. } = method.locate else { unreachable!() };
        reach(&settings).resolve(&settings, lengths)
    }

    #[test]
    fn millimetres_are_voxels_by_the_length_of_their_edges() {
        let spacing = |sizes| Some(Affine::from_spacing(sizes));
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

    /// Columns (1, 0, 0), (0.6, 0.8, 0), (0, 0, 2): a step along w leans on h. Layers along h and w are 0.8 apart.
    #[test]
    fn a_ball_reaches_further_where_axes_are_oblique() {
        let oblique = Some(Affine([[1.0, 0.6, 0.0, 5.0], [0.0, 0.8, 0.0, 5.0], [0.0, 0.0, 2.0, 5.0]]));
        assert_eq!(resolved("local:radius=4mm", oblique, FAR), Ok([4, 4, 2]));
        assert_eq!(resolved("local:radius=4mm,shape=ball", oblique, FAR), Ok([5, 5, 2]));
    }

    #[test]
    fn what_cannot_be_is_said() {
        let spacing = Some(Affine::from_spacing([f64::from(0.9_f32), f64::from(0.9_f32), 2.5]));
        for (text, affine, said) in [
            ("local:radius=5mm", None, "expected a usable affine for a radius of 5mm, found none"),
            (
                "local:radius=0.8mm",
                spacing,
                "expected a radius that reaches a voxel's neighbour, found 0.8mm with voxels of 0.9 × 0.9 × 2.5 mm",
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
