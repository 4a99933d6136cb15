//! A whole heatmap once more, some rows at a time, in the order of memory.
//!
//! For what needs every voxel and cannot be summed in the sweep: which values are the highest of all, which
//! voxels touch. Memory is that of the rows that are read at once, and never that of the heatmap.

use super::reader::HeatmapReader;
use crate::geometry::Block;
use crate::memory::OutOfMemory;

/// Voxels that are read at once, about, unless a row has more.
const AT_ONCE: usize = 1 << 16;

/// Calls `visit` with all stored values of a heatmap with memory axes of `lengths`, in the order of memory:
/// whole rows each time; NaN for masked voxels.
///
/// # Errors
/// Those of `reader` and of `visit`.
pub(in crate::kernel) fn each_rows<R: HeatmapReader>(
    lengths: [usize; 3],
    reader: &mut R,
    mut visit: impl FnMut(&[f64]) -> Result<(), OutOfMemory>,
) -> Result<(), R::Error> {
    let [planes, rows, columns] = lengths;
    let rows_at_once = (AT_ONCE / columns.max(1)).clamp(1, rows.max(1));
    // Several planes only if each is read whole.
    let planes_at_once = if rows_at_once == rows { AT_ONCE / (rows * columns).max(1) } else { 1 }.max(1);
    for plane in (0..planes).step_by(planes_at_once) {
        for row in (0..rows).step_by(rows_at_once) {
            let extent = [planes_at_once.min(planes - plane), rows_at_once.min(rows - row), columns];
            visit(reader.values(&Block { start: [plane, row, 0], extent })?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::revisit::reader::InMemory;

    #[test]
    fn every_value_comes_once_and_in_order() {
        // Several planes at once, one, some rows of one, a row that is longer than what is read at once.
        for lengths in [[7, 5, 3], [1, 1, 1], [3, 300, 200], [2, 4, 20_000], [2, 1, 70_000], [1, 1, 140_000]]
        {
            let count = lengths.iter().product::<usize>();
            let stored: Vec<f64> = (0..count).map(|i| i as f64).collect();
            let mut reader = InMemory { lengths, stored: stored.clone(), values: Vec::new() };
            let (mut read, mut most) = (Vec::new(), 0);
            each_rows(lengths, &mut reader, |rows| {
                assert_eq!(rows.len() % lengths[2], 0);
                most = most.max(rows.len());
                read.extend_from_slice(rows);
                Ok(())
            })
            .unwrap();
            assert!(read == stored, "{lengths:?}");
            assert!(most <= AT_ONCE.max(lengths[2]), "{lengths:?}: {most}");
        }
    }
}
