//! `quarter`: the hard argmax, a quarter of a voxel towards the higher neighbour along each axis.
//!
//! The rule of the stacked-hourglass papers and of most of the literature on human pose between 2016 and
//! 2020, kept to reproduce published numbers. It knows which neighbour is higher and not by how much, so
//! along an axis there are four possible answers between two voxels. For anything new, `parabola` uses the
//! same three values and is exact for Gaussians.

use super::apex::radius;
use super::method::{Located, Method, MethodKind};
use super::settings::MethodSettings;
use crate::kernel::revisit::window::Window;

/// A quarter of a voxel.
pub(super) const METHOD: Method = Method {
    name: "quarter",
    summary: "the largest voxel, moved by 1/4 voxel towards its higher neighbour along each axis",
    definition: "argmax_v x_v + sign(c - a) / 4 along each axis, a and c the values before and behind the \
                 peak",
    reference: "Newell, Yang, Deng 2016, doi:10.1007/978-3-319-46484-8_29",
    parameters: &[],
    kind: MethodKind::Window { radius, locate, fit: None, derivative: |_, _| None },
};

/// Compares the two neighbours along each axis. Equal or absent ones move nothing.
fn locate(window: &Window, _: &MethodSettings) -> Located {
    let step = |axis| match window.along(axis) {
        Some([a, _, c]) if a < c => 0.25,
        Some([a, _, c]) if a > c => -0.25,
        _ => 0.0,
    };
    window.coordinates(std::array::from_fn(step)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::methods::parameters::Parameters;
    use crate::kernel::revisit::window::of_map;

    #[test]
    fn towards_the_higher_neighbour_along_each_axis() {
        let answer = |lengths, values| locate(&of_map(lengths, values), &Parameters::default().into()).at;
        assert_eq!(answer([1, 1, 3], vec![1.0, 4.0, 3.0]), [0.0, 0.0, 1.25]);
        assert_eq!(answer([1, 3, 1], vec![3.0, 4.0, -1.0]), [0.0, 0.75, 0.0]);
        // Equal neighbours along h; a masked one along w.
        let values = vec![0.0, 1.0, 0.0, f64::NEG_INFINITY, 5.0, 3.0, 0.0, 1.0, 0.0];
        assert_eq!(answer([3, 3, 1], values), [1.0, 1.0, 0.0]);
        // At the border of both.
        assert_eq!(answer([2, 2, 1], vec![0.0, 1.0, 2.0, 3.0]), [1.0, 1.0, 0.0]);
    }
}
