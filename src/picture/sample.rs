//! The values on a plane through a volume, read box by box.

use crate::geometry::{Affine, Hwd, Voxel, World};

/// How many voxels are read at once at most: 1 MiB of f64. A pixel needs eight of them.
const MOST: usize = 1 << 17;

/// Whoever can read boxes of a volume.
pub trait Boxes {
    /// Why a box could not be read.
    type Error;

    /// How many voxels there are along h, w, d.
    fn lengths(&self) -> Hwd<usize>;

    /// The values of the voxels of a box, in the order of (h, w, d); NaN where there is none.
    ///
    /// # Errors
    /// The reader's own.
    fn read(&mut self, first: Hwd<usize>, extent: Hwd<usize>) -> Result<&[f64], Self::Error>;
}

/// A rectangle of pixels.
#[derive(Clone, Copy)]
struct Tile {
    column: usize,
    row: usize,
    columns: usize,
    rows: usize,
}

/// The values at pixels of `columns` × `rows`, row by row, between voxels by trilinear interpolation; NaN
/// outside the volume, which ends half a voxel beyond the outermost voxel centres. `map` takes (column,
/// row, 0) to voxels (h, w, d).
///
/// Never more than 1 MiB of values is held beside the result, however the plane lies.
///
/// # Errors
/// Those of `boxes`.
pub fn sample<B: Boxes>(
    boxes: &mut B,
    map: &Affine,
    columns: usize,
    rows: usize,
) -> Result<Vec<f64>, B::Error> {
    let mut values = vec![f64::NAN; columns * rows];
    let mut pending = vec![Tile { column: 0, row: 0, columns, rows }];
    while let Some(tile) = pending.pop() {
        let Some((first, extent)) = needed(map, tile, boxes.lengths()) else { continue };
        let is_one = tile.columns * tile.rows == 1;
        if !is_one && extent.0.iter().product::<usize>() > MOST {
            pending.extend(halves(tile));
            continue;
        }
        let (lengths, read) = (boxes.lengths(), boxes.read(first, extent)?);
        for row in tile.row..tile.row + tile.rows {
            for column in tile.column..tile.column + tile.columns {
                let voxel = voxel_of(map, column, row);
                values[row * columns + column] = within(voxel, lengths)
                    .map_or(f64::NAN, |voxel| interpolated(voxel, read, first, extent, lengths));
            }
        }
    }
    Ok(values)
}

fn halves(Tile { column, row, columns, rows }: Tile) -> [Tile; 2] {
    if columns >= rows {
        let half = columns / 2;
        [
            Tile { column, row, columns: half, rows },
            Tile { column: column + half, row, columns: columns - half, rows },
        ]
    } else {
        let half = rows / 2;
        [
            Tile { column, row, columns, rows: half },
            Tile { column, row: row + half, columns, rows: rows - half },
        ]
    }
}

/// The place of a pixel. One that is a voxel centre but for rounding is one.
fn voxel_of(map: &Affine, column: usize, row: usize) -> [f64; 3] {
    let World(voxel) = map.apply(Voxel([column as f64, row as f64, 0.0]));
    voxel.map(|x| if (x - x.round()).abs() < 1e-6 { x.round() } else { x })
}

/// A place in the volume, no farther out than the outermost voxel centres; `None` outside.
fn within(voxel: [f64; 3], Hwd(lengths): Hwd<usize>) -> Option<[f64; 3]> {
    let is_inside = (0..3).all(|axis| voxel[axis] >= -0.5 && voxel[axis] <= lengths[axis] as f64 - 0.5);
    let last = lengths.map(|length| length.saturating_sub(1) as f64);
    is_inside.then(|| std::array::from_fn(|axis| voxel[axis].clamp(0.0, last[axis])))
}

/// The box of voxels that a tile needs; `None` if it lies outside the volume.
fn needed(map: &Affine, tile: Tile, lengths: Hwd<usize>) -> Option<(Hwd<usize>, Hwd<usize>)> {
    let Tile { column, row, columns, rows } = tile;
    if columns * rows == 0 || lengths.0.contains(&0) {
        return None;
    }
    let [right, bottom] = [column + columns - 1, row + rows - 1];
    let corners = [(column, row), (right, row), (column, bottom), (right, bottom)];
    let corners = corners.map(|(column, row)| voxel_of(map, column, row));
    let along = |axis: usize| {
        let ends = corners.map(|corner| corner[axis]);
        let low = ends.into_iter().fold(f64::INFINITY, f64::min);
        let high = ends.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let last = lengths.0[axis] - 1;
        if high < -0.5 || low > last as f64 + 0.5 || low.is_nan() {
            return None;
        }
        let [low, high] = [low.floor(), high.ceil()].map(|end| (end.max(0.0) as usize).min(last));
        Some((low, high - low + 1))
    };
    let ends = [along(0)?, along(1)?, along(2)?];
    Some((Hwd(ends.map(|end| end.0)), Hwd(ends.map(|end| end.1))))
}

/// The value between the voxels about a place. A voxel without weight is not asked.
fn interpolated(
    voxel: [f64; 3],
    values: &[f64],
    Hwd(first): Hwd<usize>,
    Hwd(extent): Hwd<usize>,
    Hwd(lengths): Hwd<usize>,
) -> f64 {
    let floor = voxel.map(|x| x as usize);
    let mut sum = 0.0;
    for corner in 0..8_usize {
        let (weight, at) = (0..3).fold((1.0, 0), |(weight, at), axis| {
            let is_next = corner >> (2 - axis) & 1;
            let part = voxel[axis] - floor[axis] as f64;
            let share = if is_next == 1 { part } else { 1.0 - part };
            let index = (floor[axis] + is_next).min(lengths[axis] - 1);
            (weight * share, at * extent[axis] + index.saturating_sub(first[axis]))
        });
        if weight > 0.0 {
            sum += weight * values.get(at).copied().unwrap_or(f64::NAN);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A volume whose value is 100 h + 10 w + d, and how many voxels were read at once at most.
    struct Counting(Hwd<usize>, Vec<f64>, usize);

    impl Boxes for Counting {
        type Error = std::convert::Infallible;

        fn lengths(&self) -> Hwd<usize> {
            self.0
        }

        fn read(&mut self, Hwd(first): Hwd<usize>, Hwd(extent): Hwd<usize>) -> Result<&[f64], Self::Error> {
            self.1.clear();
            for h in 0..extent[0] {
                for w in 0..extent[1] {
                    let row = 100.0 * (first[0] + h) as f64 + 10.0 * (first[1] + w) as f64;
                    self.1.extend((0..extent[2]).map(|d| row + (first[2] + d) as f64));
                }
            }
            self.2 = self.2.max(self.1.len());
            Ok(&self.1)
        }
    }

    fn counting(lengths: [usize; 3]) -> Counting {
        Counting(Hwd(lengths), Vec::new(), 0)
    }

    #[test]
    fn voxels_and_places_between_them_by_hand() {
        // Columns along w, rows against h, at d = 2.
        let map = Affine([[0.0, -1.0, 0.0, 3.0], [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 2.0]]);
        let found = sample(&mut counting([4, 5, 6]), &map, 3, 2).unwrap();
        assert_eq!(found, [312.0, 322.0, 332.0, 212.0, 222.0, 232.0]);
        // Half a voxel to the right and a quarter deeper; the last column lies outside.
        let map = Affine([[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 2.5], [0.0, 0.0, 1.0, 2.25]]);
        let found = sample(&mut counting([4, 5, 6]), &map, 4, 1).unwrap();
        assert_eq!(found[..2], [27.25, 37.25]);
        // At 4.5 the volume ends, half a voxel beyond the last centre, whose value it has.
        assert_eq!(found[2], 42.25);
        assert!(found[3].is_nan());
    }

    #[test]
    fn an_oblique_plane_takes_little_memory() {
        // The diagonal of a cube: one box would have 500³ voxels.
        let map = Affine([[1.0, 0.0, 1.0, 0.25], [0.0, 1.0, 1.0, 0.25], [0.5, 0.5, -1.0, 0.25]]);
        let mut boxes = counting([500, 500, 500]);
        let found = sample(&mut boxes, &map, 499, 499).unwrap();
        assert!(boxes.2 <= MOST, "{}", boxes.2);
        for (column, row) in [(0, 0), (498, 0), (3, 400), (498, 498)] {
            let (u, v) = (f64::from(column), f64::from(row));
            let expected = 100.0 * (u + 0.25) + 10.0 * (v + 0.25) + (u + v) * 0.5 + 0.25;
            let value = found[(row * 499 + column) as usize];
            assert!((value - expected).abs() < 1e-9, "{column} {row} {value} {expected}");
        }
    }

    #[test]
    fn outside_there_is_nothing() {
        let map = Affine([[1.0, 0.0, 0.0, 9.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
        assert!(sample(&mut counting([4, 4, 4]), &map, 2, 2).unwrap().iter().all(|value| value.is_nan()));
        assert!(sample(&mut counting([0, 4, 4]), &map, 2, 2).unwrap().iter().all(|value| value.is_nan()));
    }
}
