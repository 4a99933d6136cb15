//! How the voxels of a map lie in the image that the map was made of: by how much it is coarser, and where
//! in the image it was cut out.
//!
//! Networks often predict maps of a quarter of the resolution, or of a crop. Coordinates are wanted in the
//! image all the same, and the half voxel that is easily lost in between is as large as the error of a good
//! method.

use super::{Affine, Axis, Covariance, Hwd, Layout, Voxel};

/// How many voxels of the image a step of the map is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stride {
    /// The same along each axis that the layout names. An axis that it does not name has stride 1.
    Every(f64),
    /// One for each axis.
    Each(Hwd<f64>),
}

impl Stride {
    /// The least and the largest stride: between them no coordinate leaves the numbers.
    pub const RANGE: (f64, f64) = (1e-6, 1e6);

    /// Whether it is within [`Stride::RANGE`].
    #[must_use]
    pub fn is_legal(step: f64) -> bool {
        (Stride::RANGE.0..=Stride::RANGE.1).contains(&step)
    }
}

/// The place of a map in its image, before the map's layout is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Offsets {
    /// Voxels of the image for a step of the map; 1 if it is not given.
    pub stride: Option<Stride>,
    /// The image's voxel that the crop begins with; may be negative. The first one if it is not
    /// given.
    pub origin: Option<Voxel>,
}

impl Offsets {
    /// How far from the image's first voxel a crop may begin.
    pub const FARTHEST: f64 = 1e12;

    /// The place of a map whose axes `layout` names.
    #[must_use]
    pub fn placement(&self, layout: &Layout) -> Placement {
        let stride = match self.stride.unwrap_or(Stride::Every(1.0)) {
            Stride::Each(stride) => stride,
            Stride::Every(step) => Hwd([Axis::H, Axis::W, Axis::D])
                .map(|axis| if layout.axes().contains(&axis) { step } else { 1.0 }),
        };
        Placement { stride, origin: self.origin.unwrap_or(Voxel([0.0; 3])) }
    }
}

/// The place of a map in its image.
///
/// The voxel u of the map covers q voxels of the image along each axis, q being the stride, so that its
/// centre is at (u + ½)·q − ½ there, counted from the first voxel of the crop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    stride: Hwd<f64>,
    origin: Voxel,
}

impl Default for Placement {
    fn default() -> Self {
        Placement::SAME
    }
}

impl Placement {
    /// The map is the image.
    pub const SAME: Placement = Placement { stride: Hwd([1.0; 3]), origin: Voxel([0.0; 3]) };

    /// A map of some stride that was made of a crop with the first voxel `origin`.
    #[must_use]
    pub fn new(stride: Hwd<f64>, origin: Voxel) -> Placement {
        Placement { stride, origin }
    }

    /// The image's index of the map's voxel 0.
    fn first(&self) -> [f64; 3] {
        std::array::from_fn(|axis| (self.stride.0[axis] - 1.0) / 2.0 + self.origin.0[axis])
    }

    /// The index (h, w, d) in the image of a position in the map.
    ///
    /// # Examples
    /// ```
    /// use softargmax::internals::geometry::{Hwd, Placement, Voxel};
    /// let quarter = Placement::new(Hwd([4.0, 4.0, 1.0]), Voxel([10.0, -6.0, 0.0]));
    /// assert_eq!(quarter.apply(Voxel([0.0, 1.0, 7.0])), Voxel([11.5, -0.5, 7.0]));
    /// ```
    #[must_use]
    pub fn apply(&self, Voxel(position): Voxel) -> Voxel {
        let first = self.first();
        Voxel(std::array::from_fn(|axis| position[axis] * self.stride.0[axis] + first[axis]))
    }

    /// The position in the map of an index (h, w, d) in the image: what [`Placement::apply`] took.
    #[must_use]
    pub fn position_of(&self, Voxel(index): Voxel) -> Voxel {
        let first = self.first();
        Voxel(std::array::from_fn(|axis| (index[axis] - first[axis]) / self.stride.0[axis]))
    }

    /// A difference in voxels of the map as one in voxels of the image.
    #[must_use]
    pub fn difference(&self, Hwd(map): Hwd<f64>) -> Hwd<f64> {
        Hwd(std::array::from_fn(|axis| self.stride.0[axis] * map[axis]))
    }

    /// A covariance in voxels² of the map as one in voxels² of the image.
    #[must_use]
    pub fn covariance(&self, map: &Covariance) -> Covariance {
        map.scaled(self.stride.0)
    }

    /// The affine for voxels of the map, from that for voxels of the image.
    #[must_use]
    pub fn of_map(&self, image: &Affine) -> Affine {
        if *self == Placement::SAME {
            return *image;
        }
        let (Hwd([h, w, d]), [first_h, first_w, first_d]) = (self.stride, self.first());
        Affine(
            image.0.map(|[a, b, c, offset]| {
                [a * h, b * w, c * d, a * first_h + b * first_w + c * first_d + offset]
            }),
        )
    }

    /// The affine for voxels of the image, from that for voxels of the map.
    #[must_use]
    pub fn of_image(&self, map: &Affine) -> Affine {
        if *self == Placement::SAME {
            return *map;
        }
        let (Hwd([h, w, d]), [first_h, first_w, first_d]) = (self.stride, self.first());
        Affine(map.0.map(|[a, b, c, offset]| {
            let (a, b, c) = (a / h, b / w, c / d);
            [a, b, c, offset - (a * first_h + b * first_w + c * first_d)]
        }))
    }

    /// Whether a map of `map` voxels has a voxel centre within an image of `image` voxels.
    #[must_use]
    pub fn meets(&self, map: Hwd<usize>, image: Hwd<usize>) -> bool {
        let [Voxel(first), Voxel(last)] = self.ends(map);
        (0..3).all(|axis| last[axis] > -0.5 && first[axis] < image.0[axis] as f64 - 0.5)
    }

    /// Where in the image the first and the last voxel of a map of `lengths` lie.
    #[must_use]
    pub fn ends(&self, lengths: Hwd<usize>) -> [Voxel; 2] {
        let Hwd(last) = lengths.map(|n| n.saturating_sub(1) as f64);
        [[0.0; 3], last].map(|end| self.apply(Voxel(end)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::World;
    use super::*;

    #[test]
    fn both_affines_lead_to_the_same_place() {
        let placement = Placement::new(Hwd([2.0, 4.0, 0.5]), Voxel([3.0, -5.0, 0.25]));
        let image = Affine([[0.0, -2.0, 1.0, 10.0], [3.0, 0.0, 0.0, -1.0], [0.0, 0.5, 0.5, 4.0]]);
        // h = (1 + ½)·2 − ½ + 3 = 5.5, w = (2 + ½)·4 − ½ − 5 = 4.5, d = (5 + ½)/2 − ½ + ¼ = 2.5.
        let u = Voxel([1.0, 2.0, 5.0]);
        assert_eq!(placement.apply(u), Voxel([5.5, 4.5, 2.5]));
        assert_eq!(placement.position_of(Voxel([5.5, 4.5, 2.5])), u);
        let world = World([-9.0 + 2.5 + 10.0, 16.5 - 1.0, 2.25 + 1.25 + 4.0]);
        assert_eq!(image.apply(placement.apply(u)), world);
        let map = placement.of_map(&image);
        assert_eq!(map.apply(u), world);
        assert_eq!(placement.of_image(&map), image);
        assert_eq!(Placement::SAME.of_map(&image), image);
    }

    #[test]
    fn covariances_by_hand() {
        let placement = Placement::new(Hwd([2.0, 3.0, 5.0]), Voxel([7.0; 3]));
        let found = placement.covariance(&Covariance([1.0, 1.0, -1.0, 2.0, 1.0, 4.0]));
        assert_eq!(found, Covariance([4.0, 6.0, -10.0, 18.0, 15.0, 100.0]));
    }

    #[test]
    fn one_stride_is_for_the_axes_that_are_there() {
        let every = Offsets { stride: Some(Stride::Every(4.0)), origin: Some(Voxel([0.0, 0.0, 17.0])) };
        let place = |layout: &str| every.placement(&layout.parse().unwrap()).apply(Voxel([1.0, 0.0, 0.0]));
        assert_eq!(place("NCHW"), Voxel([5.5, 1.5, 17.0]));
        assert_eq!(place("CDWH"), Voxel([5.5, 1.5, 18.5]));
        let each = Offsets { stride: Some(Stride::Each(Hwd([1.0, 2.0, 3.0]))), ..every };
        assert_eq!(each.placement(&"HW".parse().unwrap()).apply(Voxel([0.0; 3])), Voxel([0.0, 0.5, 18.0]));
        for step in [0.0, -1.0, 1e-7, 1e7, f64::NAN, f64::INFINITY] {
            assert!(!Stride::is_legal(step), "{step}");
        }
    }

    #[test]
    fn a_map_meets_its_image() {
        let quarter = |origin| Placement::new(Hwd([4.0; 3]), Voxel([origin; 3]));
        assert!(quarter(0.0).meets(Hwd([8; 3]), Hwd([32; 3])));
        // The last centre at 29.5 − 30 is in the first voxel, at 29.5 − 31 in none.
        assert!(quarter(-29.5).meets(Hwd([8; 3]), Hwd([1; 3])));
        assert!(!quarter(-31.0).meets(Hwd([8; 3]), Hwd([32; 3])));
        // The first centre at 1.5 + 29 is in the last voxel, at 1.5 + 30 in none.
        assert!(quarter(29.0).meets(Hwd([8; 3]), Hwd([32; 3])));
        assert!(!quarter(30.0).meets(Hwd([8; 3]), Hwd([32; 3])));
    }
}
