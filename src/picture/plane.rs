//! The three planes through a landmark: where each pixel lies, what is on each side, and where marks belong.
//!
//! A volume whose axes are those of the patient, in whatever order and direction, is shown voxel by voxel,
//! so that every pixel is a value of the file. An oblique one is resampled along the axes of the patient:
//! its own planes have no letters that are right. Within [`ALIGNED`] an axis counts as one of the
//! patient's, as rounding in headers turns it by far less.

use crate::geometry::{Affine, Covariance, Hwd, Voxel, World};

/// How much of an axis may point along another one of the patient's: half a degree.
const ALIGNED: f64 = 0.01;

/// Where on the screen the patient's right is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// On the left, as if the patient was looked at from the feet; the face of a sagittal slice too.
    #[default]
    Radiological,
    /// On the right; the face of a sagittal slice too.
    Neurological,
}

impl Convention {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Convention::Radiological => "radiological",
            Convention::Neurological => "neurological",
        }
    }
}

/// The voxels of a volume, and where they lie in the patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// How many voxels there are along h, w, d.
    pub lengths: Hwd<usize>,
    /// Voxel to world in mm, RAS+; `None` if that is not known.
    pub affine: Option<Affine>,
}

/// A slice: which pixels it has, and what is about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// `axial`, `coronal` or `sagittal`; without an affine the axes that it shows, such as `h and w`.
    pub name: &'static str,
    /// From (column, row, depth) to voxels (h, w, d): integers are the centres of pixels.
    pub map: Affine,
    /// How many pixels there are.
    pub columns: usize,
    /// How many rows of them.
    pub rows: usize,
    /// The width, the height and the depth of a pixel, in mm; without an affine in voxels.
    pub sizes: [f64; 3],
    /// What lies to the left, to the right, above and below.
    pub letters: [&'static str; 4],
}

/// A position on a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Column; integers are the centres of pixels.
    pub column: f64,
    /// Row.
    pub row: f64,
    /// How far it lies from the plane, in mm; without an affine in voxels.
    pub distance: f64,
}

/// An ellipse on a plane, in mm; without an affine in voxels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ellipse {
    /// The longer half axis, and the shorter one.
    pub radii: [f64; 2],
    /// By how many degrees the longer one is turned from the right towards below.
    pub angle: f64,
}

/// A view: what lies to the right, below and behind, as an axis of the world or of the volume, and a sign.
struct View {
    name: &'static str,
    right: (usize, f64),
    down: (usize, f64),
}

const LETTERS: [[&str; 2]; 3] = [["L", "R"], ["P", "A"], ["I", "S"]];

const SIGNED: [[&str; 2]; 3] = [["−h", "+h"], ["−w", "+w"], ["−d", "+d"]];

impl View {
    /// Of the patient: axial, coronal, sagittal.
    fn anatomical(convention: Convention) -> [View; 3] {
        let across = if convention == Convention::Radiological { -1.0 } else { 1.0 };
        [
            View { name: "axial", right: (0, across), down: (1, -1.0) },
            View { name: "coronal", right: (0, across), down: (2, -1.0) },
            View { name: "sagittal", right: (1, across), down: (2, -1.0) },
        ]
    }

    /// Of an array: the first axis below, as a matrix is written.
    fn of_array() -> [View; 3] {
        [
            View { name: "h and w", right: (1, 1.0), down: (0, 1.0) },
            View { name: "h and d", right: (2, 1.0), down: (0, 1.0) },
            View { name: "w and d", right: (2, 1.0), down: (1, 1.0) },
        ]
    }

    /// The axis that points through it.
    fn through(&self) -> usize {
        3 - self.right.0 - self.down.0
    }

    fn letters(&self, names: &[[&'static str; 2]; 3]) -> [&'static str; 4] {
        let ends = |(axis, sign): (usize, f64)| {
            let [low, high] = names[axis];
            if sign > 0.0 { [low, high] } else { [high, low] }
        };
        let ([left, right], [above, below]) = (ends(self.right), ends(self.down));
        [left, right, above, below]
    }
}

/// The planes through a voxel position: three, or fewer of a volume with an axis of length 1. They show
/// `field` mm (without an affine voxels) about it, in at most `most` pixels and rows.
///
/// # Examples
/// ```
/// use softargmax::internals::picture::{Convention, Grid, planes};
/// use softargmax::{Affine, Hwd, Voxel};
///
/// // h points to the left, w to the front, d up.
/// let affine = Affine([[-2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 3.0, 0.0]]);
/// let grid = Grid { lengths: Hwd([90, 90, 40]), affine: Some(affine) };
/// let [axial, ..] = &planes(&grid, Voxel([40.0, 50.25, 7.0]), 40.0, 64, Convention::Radiological)[..] else {
///     unreachable!("there are three")
/// };
/// assert_eq!((axial.name, axial.letters), ("axial", ["R", "L", "A", "P"]));
/// // 10 voxels on either side of (40, 50, 7).
/// assert_eq!((axial.columns, axial.rows), (21, 21));
/// let spot = axial.spot(Voxel([42.0, 51.0, 7.0])).ok_or("the map is singular")?;
/// assert_eq!((spot.column, spot.row, spot.distance), (12.0, 9.0, 0.0));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn planes(grid: &Grid, about: Voxel, field: f64, most: usize, convention: Convention) -> Vec<Plane> {
    let Some(affine) = grid.affine.filter(Affine::is_invertible) else {
        let axes = [(0, 1.0), (1, 1.0), (2, 1.0)];
        let views = View::of_array();
        return along(grid, about, [1.0; 3], (field, most), &views, &SIGNED, axes);
    };
    let views = View::anatomical(convention);
    match aligned(&affine) {
        Some(axes) => along(grid, about, affine.voxel_sizes().0, (field, most), &views, &LETTERS, axes),
        None => views.iter().map(|view| across(&affine, about, (field, most), view)).collect(),
    }
}

/// For each axis of the world the axis of the volume that points along it, and in which direction; `None` if
/// one points along none.
fn aligned(affine: &Affine) -> Option<[(usize, f64); 3]> {
    let Hwd(sizes) = affine.voxel_sizes();
    let mut axes = [None; 3];
    for (axis, size) in sizes.into_iter().enumerate() {
        let direction = affine.0.map(|row| row[axis] / size);
        let world =
            (0..3).find(|&world| (0..3).all(|other| other == world || direction[other].abs() <= ALIGNED))?;
        axes[world] = Some((axis, direction[world].signum()));
    }
    let [x, y, z] = axes;
    Some([x?, y?, z?])
}

/// Planes of voxels. `axes` has the axis of the volume, and its direction, for each that the views name.
fn along(
    grid: &Grid,
    about: Voxel,
    sizes: [f64; 3],
    (field, most): (f64, usize),
    views: &[View],
    names: &[[&'static str; 2]; 3],
    axes: [(usize, f64); 3],
) -> Vec<Plane> {
    let Hwd(lengths) = grid.lengths;
    let nearest: [f64; 3] =
        std::array::from_fn(|axis| about.0[axis].round().clamp(0.0, lengths[axis].saturating_sub(1) as f64));
    let is_flat = |view: &View| [view.right, view.down].iter().any(|end| lengths[axes[end.0].0] < 2);
    let shown: Vec<&View> = views.iter().filter(|view| !is_flat(view)).collect();
    let shown = if shown.is_empty() { views.iter().take(1).collect() } else { shown };
    let plane = |view: &View| {
        let mut rows = [[0.0; 4]; 3];
        let (mut counts, mut pixel) = ([0; 2], [0.0; 3]);
        for (row, first) in rows.iter_mut().zip(nearest) {
            row[3] = first;
        }
        for (place, (axis, sign)) in [view.right, view.down].into_iter().enumerate() {
            let (own, direction) = axes[axis];
            let (step, half) = steps(sizes[own], field, most);
            rows[own][place] = sign * direction * step;
            rows[own][3] -= sign * direction * step * half as f64;
            (counts[place], pixel[place]) = (2 * half + 1, sizes[own] * step);
        }
        let (through, direction) = axes[view.through()];
        (rows[through][2], pixel[2]) = (direction, sizes[through]);
        let (letters, [columns, rows_of]) = (view.letters(names), counts);
        Plane { name: view.name, map: Affine(rows), columns, rows: rows_of, sizes: pixel, letters }
    };
    shown.into_iter().map(plane).collect()
}

/// How many voxels a pixel is, and how many pixels lie on either side of the middle.
fn steps(size: f64, field: f64, most: usize) -> (f64, usize) {
    let half = (field / size / 2.0).floor().max(1.0);
    let room = (most.max(3) - 1) / 2;
    let step = (half / room as f64).ceil().max(1.0);
    (step, ((half / step).floor() as usize).clamp(1, room))
}

/// A plane along axes of the patient, which are not those of the volume.
fn across(affine: &Affine, about: Voxel, (field, most): (f64, usize), view: &View) -> Plane {
    let size = affine.voxel_sizes().0.into_iter().fold(f64::INFINITY, f64::min);
    let (step, half) = steps(size, field, most);
    let size = size * step;
    // Columns of the map: how many voxels a step along an axis of the world is.
    let origin = affine.apply(about);
    let step_of = |(axis, sign): (usize, f64)| {
        let mut moved = origin;
        moved.0[axis] += sign * size;
        let Voxel(to) = affine.voxel_of(moved).unwrap_or(about);
        [0, 1, 2].map(|own| to[own] - about.0[own])
    };
    let (right, down, through) = (step_of(view.right), step_of(view.down), step_of((view.through(), 1.0)));
    let half_way = half as f64;
    let rows = [0, 1, 2].map(|own| {
        let first = about.0[own] - half_way * (right[own] + down[own]);
        [right[own], down[own], through[own], first]
    });
    let letters = view.letters(&LETTERS);
    let count = 2 * half + 1;
    Plane { name: view.name, map: Affine(rows), columns: count, rows: count, sizes: [size; 3], letters }
}

impl Plane {
    /// Where a voxel position (h, w, d) lies on it; `None` if the plane is none.
    #[must_use]
    pub fn spot(&self, Voxel(position): Voxel) -> Option<Spot> {
        let Voxel([column, row, depth]) = self.map.voxel_of(World(position))?;
        Some(Spot { column, row, distance: depth.abs() * self.sizes[2] })
    }

    /// Width and height of the picture in mm; without an affine in voxels.
    #[must_use]
    pub fn extent(&self) -> [f64; 2] {
        [self.columns as f64 * self.sizes[0], self.rows as f64 * self.sizes[1]]
    }

    /// The ellipse that holds 95 of 100 positions of a normal distribution with this covariance, in voxels²
    /// along h, w, d, as they are projected onto the plane.
    #[must_use]
    pub fn ellipse(&self, covariance: &Covariance) -> Option<Ellipse> {
        /// The 95 % quantile of χ² with two degrees of freedom: −2 ln 0.05.
        const SQUARE: f64 = 5.991_464_547_107_979;
        let zero = self.map.voxel_of(World([0.0; 3]))?;
        let mut rows = [[0.0; 3]; 3];
        for axis in 0..3 {
            let mut unit = [0.0; 3];
            unit[axis] = 1.0;
            let Voxel(moved) = self.map.voxel_of(World(unit))?;
            for (own, row) in rows.iter_mut().enumerate() {
                row[axis] = (moved[own] - zero.0[own]) * self.sizes[own];
            }
        }
        let on_plane = covariance.mapped(rows);
        let [a, b, c] = [on_plane.entry(0, 0), on_plane.entry(0, 1), on_plane.entry(1, 1)];
        let (middle, half) = (f64::midpoint(a, c), (a - c) / 2.0);
        let apart = (half * half + b * b).sqrt();
        let radii = [middle + apart, middle - apart].map(|variance| (SQUARE * variance.max(0.0)).sqrt());
        let angle = if apart > 0.0 { libm::atan2(b, half).to_degrees() / 2.0 } else { 0.0 };
        radii.iter().all(|radius| radius.is_finite()).then_some(Ellipse { radii, angle })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A volume of 40³ voxels whose axes point along those of the world in some order and direction.
    fn turned(order: [usize; 3], signs: [f64; 3], sizes: [f64; 3]) -> Grid {
        let mut rows = [[0.0; 4]; 3];
        for axis in 0..3 {
            rows[order[axis]][axis] = signs[axis] * sizes[axis];
            rows[axis][3] = 10.0;
        }
        Grid { lengths: Hwd([40; 3]), affine: Some(Affine(rows)) }
    }

    fn letter_of(direction: [f64; 3]) -> &'static str {
        let axis = (0..3).max_by(|&a, &b| direction[a].abs().total_cmp(&direction[b].abs())).unwrap();
        LETTERS[axis][usize::from(direction[axis] > 0.0)]
    }

    #[test]
    fn letters_are_where_the_pixels_lead() {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for order in orders {
            for bits in 0..8 {
                let signs = [0, 1, 2].map(|axis| if bits >> axis & 1 == 1 { -1.0 } else { 1.0 });
                let grid = turned(order, signs, [1.0, 2.0, 3.0]);
                let affine = grid.affine.unwrap();
                let convention = Convention::Radiological;
                let found = planes(&grid, Voxel([20.0, 19.6, 20.2]), 30.0, 65, convention);
                let names: Vec<&str> = found.iter().map(|plane| plane.name).collect();
                assert_eq!(names, ["axial", "coronal", "sagittal"]);
                let letters: Vec<[&str; 4]> = found.iter().map(|plane| plane.letters).collect();
                assert_eq!(letters, [["R", "L", "A", "P"], ["R", "L", "S", "I"], ["A", "P", "S", "I"]]);
                for plane in &found {
                    let at = |column: f64, row: f64| {
                        affine.apply(Voxel(plane.map.apply(Voxel([column, row, 0.0])).0)).0
                    };
                    let (origin, right, down) = (at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0));
                    let towards = |to: [f64; 3]| [0, 1, 2].map(|axis| to[axis] - origin[axis]);
                    assert_eq!(letter_of(towards(right)), plane.letters[1], "{order:?} {signs:?}");
                    assert_eq!(letter_of(towards(down)), plane.letters[3], "{order:?} {signs:?}");
                    let spot = plane.spot(Voxel([20.0, 20.0, 20.0])).unwrap();
                    let middle = [(plane.columns - 1) / 2, (plane.rows - 1) / 2].map(|half| half as f64);
                    assert_eq!([spot.column, spot.row, spot.distance], [middle[0], middle[1], 0.0]);
                    assert_eq!(plane.columns, 2 * (15.0 / plane.sizes[0]) as usize + 1);
                }
            }
        }
    }

    #[test]
    fn neurological_is_the_other_way_round() {
        let grid = turned([0, 1, 2], [1.0; 3], [1.0; 3]);
        let found = planes(&grid, Voxel([20.0; 3]), 9.0, 65, Convention::Neurological);
        let letters: Vec<[&str; 4]> = found.iter().map(|plane| plane.letters).collect();
        assert_eq!(letters, [["L", "R", "A", "P"], ["L", "R", "S", "I"], ["P", "A", "S", "I"]]);
    }

    #[test]
    fn an_oblique_volume_is_cut_along_the_patient() {
        // Turned by asin 0.6 about z, with voxels of 2 mm.
        let affine = Affine([[1.6, -1.2, 0.0, 5.0], [1.2, 1.6, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]]);
        let grid = Grid { lengths: Hwd([40; 3]), affine: Some(affine) };
        let about = Voxel([20.25, 10.5, 7.75]);
        let found = planes(&grid, about, 40.0, 65, Convention::Radiological);
        let axial = &found[0];
        assert_eq!((axial.columns, axial.rows, axial.sizes), (21, 21, [2.0; 3]));
        let world = affine.apply(about).0;
        let at = |column: f64, row: f64| affine.apply(Voxel(axial.map.apply(Voxel([column, row, 0.0])).0)).0;
        for (place, expected) in [
            (at(10.0, 10.0), world),
            // Three columns to the right are 6 mm to the patient's left, two rows down 4 mm to the back.
            (at(13.0, 12.0), [world[0] - 6.0, world[1] - 4.0, world[2]]),
        ] {
            assert!((0..3).all(|axis| (place[axis] - expected[axis]).abs() < 1e-9), "{place:?} {expected:?}");
        }
    }

    #[test]
    fn ellipses_by_hand() {
        let grid = turned([0, 1, 2], [1.0; 3], [1.0, 2.0, 3.0]);
        let found = planes(&grid, Voxel([20.0; 3]), 30.0, 65, Convention::Neurological);
        // Standard deviations of 3 mm along x, 2 · 2 mm along y, 3 · 0.5 mm along z.
        let covariance = Covariance([9.0, 0.0, 0.0, 4.0, 0.0, 0.25]);
        let root = 5.991_464_547_107_979_f64.sqrt();
        let [axial, coronal, _] = &found[..] else { panic!() };
        let ellipse = axial.ellipse(&covariance).unwrap();
        assert!((ellipse.radii[0] - 4.0 * root).abs() < 1e-9 && (ellipse.radii[1] - 3.0 * root).abs() < 1e-9);
        assert!((ellipse.angle.abs() - 90.0).abs() < 1e-9);
        let ellipse = coronal.ellipse(&covariance).unwrap();
        assert!((ellipse.radii[0] - 3.0 * root).abs() < 1e-9 && (ellipse.radii[1] - 1.5 * root).abs() < 1e-9);
        assert!(ellipse.angle.abs() < 1e-9);
        // x and y rise together: to the right and up, which is against the rows.
        let together = Covariance([4.0, 1.9, 0.0, 1.0, 0.0, 1.0]);
        let ellipse = axial.ellipse(&together).unwrap();
        assert!((ellipse.angle + 45.0).abs() < 1e-9, "{ellipse:?}");
    }

    #[test]
    fn flat_volumes_and_arrays_without_an_affine() {
        let flat = Grid { lengths: Hwd([8, 9, 1]), affine: None };
        let found = planes(&flat, Voxel([3.0, 4.0, 0.0]), 100.0, 65, Convention::Radiological);
        let [only] = &found[..] else { panic!("{found:?}") };
        assert_eq!((only.name, only.letters), ("h and w", ["−w", "+w", "−h", "+h"]));
        // A pixel is two voxels where there is no room for all: 50 on either side in 32 pixels.
        assert_eq!((only.columns, only.sizes), (51, [2.0, 2.0, 1.0]));
        let solid = Grid { lengths: Hwd([8, 9, 7]), affine: None };
        let found = planes(&solid, Voxel([3.0, 4.0, 0.0]), 5.0, 65, Convention::Radiological);
        assert_eq!(
            found.iter().map(|plane| plane.name).collect::<Vec<_>>(),
            ["h and w", "h and d", "w and d"]
        );
        assert_eq!(found[1].map.apply(Voxel([0.0, 0.0, 0.0])), World([1.0, 4.0, -2.0]));
    }
}
