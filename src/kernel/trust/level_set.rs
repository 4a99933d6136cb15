//! The voxels that lie near the peak's height: what conformal regions are made of.
//!
//! A drop says how far a voxel lies below the peak, as a share of the peak's height over the background: 0 at
//! the peak, 1 at the background. All voxels with at most a given drop are a region that adapts to the map:
//! small about a sharp peak, large about a wide one, and in several parts where a rival is as high. How large
//! the drop must be for a guarantee is for `calibrate` to find.

use crate::kernel::revisit::reader::HeatmapReader;
use crate::kernel::revisit::rows::each_rows;
use crate::kernel::revisit::stored::Stored;
use crate::kernel::simd::level::{SimdLevel, vectorized};
use crate::landmark::Region;
use crate::memory;

/// The least value of a voxel whose drop is at most `drop`. Never above the peak's own value.
pub(crate) fn least_of_region(peak: f64, background: f64, drop: f64) -> f64 {
    (peak - drop * (peak - background)).min(peak)
}

/// The voxels of at least a value, by their box and their number.
struct Counting {
    lengths: [usize; 3],
    /// Rows that have been seen.
    rows: usize,
    voxels: usize,
    first: [usize; 3],
    last: [usize; 3],
}

impl Counting {
    /// Counts the voxels of a row that belong to the region.
    fn row(&mut self, belongs: &[u8]) {
        let [plane, row] = [self.rows / self.lengths[1], self.rows % self.lengths[1]];
        self.rows += 1;
        let count = belongs.iter().map(|&one| usize::from(one)).sum::<usize>();
        let (Some(start), Some(end)) =
            (belongs.iter().position(|&one| one == 1), belongs.iter().rposition(|&one| one == 1))
        else {
            return;
        };
        self.voxels += count;
        for (axis, [low, high]) in [[plane; 2], [row; 2], [start, end]].into_iter().enumerate() {
            self.first[axis] = self.first[axis].min(low);
            self.last[axis] = self.last[axis].max(high);
        }
    }
}

/// The voxels of a heatmap that are not below `least`; masked ones, and those of the value `fill` or below
/// it, never belong. `None` if there is none.
///
/// # Errors
/// Those of `reader`.
pub(in crate::kernel) fn region<R: HeatmapReader>(
    stored: &Stored,
    level: SimdLevel,
    reader: &mut R,
    (least, fill): (f64, Option<f64>),
) -> Result<Option<Region>, R::Error> {
    let lengths = stored.axes.lengths;
    let fill = fill.unwrap_or(f64::NEG_INFINITY);
    let mut counting = Counting { lengths, rows: 0, voxels: 0, first: lengths, last: [0; 3] };
    let mut belongs: Vec<u8> = Vec::new();
    each_rows(lengths, reader, |values| {
        belongs.clear();
        memory::resize(&mut belongs, values.len(), 0)?;
        vectorized(
            level,
            #[inline(always)]
            || {
                for (belongs, &value) in belongs.iter_mut().zip(values) {
                    let value = stored.heatmap_value(value);
                    *belongs = u8::from(value >= least) & u8::from(value > fill);
                }
            },
        );
        belongs.chunks_exact(lengths[2]).for_each(|row| counting.row(row));
        Ok(())
    })?;
    let place = |memory: [usize; 3]| stored.axes.to_logical(memory);
    let Counting { voxels, first, last, .. } = counting;
    Ok((voxels > 0).then(|| Region { voxels, first: place(first), last: place(last) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Arrangement, Hwd, indices, ravel};
    use crate::heatmap::{MemoryAxes, Scaling};
    use crate::kernel::revisit::reader::InMemory;
    use crate::kernel::simd::level;

    /// 2 × 3 × 4 voxels that lie in memory as (d, h, w).
    fn of(values: &[([usize; 3], f64)], slope: f64, limits: (f64, Option<f64>)) -> Option<Region> {
        let axes = MemoryAxes::new(&Arrangement { lengths: [1, 1, 2, 3, 4], strides: [24, 24, 3, 1, 6] });
        let stored = Stored { axes, scaling: Scaling { slope, intercept: 0.0 } };
        let mut all = vec![0.0; 24];
        for &(voxel, value) in values {
            all[ravel(stored.in_memory(Hwd(voxel)), axes.lengths)] = value / slope;
        }
        assert_eq!(indices(axes.lengths).count(), 24);
        let mut reader = InMemory { lengths: axes.lengths, stored: all, values: Vec::new() };
        region(&stored, level::best(), &mut reader, limits).unwrap()
    }

    #[test]
    fn voxels_and_box_by_hand() {
        let values = [([0, 2, 1], 8.0), ([1, 0, 1], 6.0), ([1, 1, 3], 5.0), ([0, 0, 0], f64::NAN)];
        for slope in [1.0, -0.5] {
            let found = |least: f64| of(&values, slope, (least, None));
            let region = |voxels, first, last| Some(Region { voxels, first: Hwd(first), last: Hwd(last) });
            assert_eq!(found(8.0), region(1, [0, 2, 1], [0, 2, 1]));
            assert_eq!(found(6.0), region(2, [0, 0, 1], [1, 2, 1]));
            assert_eq!(found(0.5), region(3, [0, 0, 1], [1, 2, 3]));
            // All but the masked one.
            assert_eq!(found(-1.0), region(23, [0, 0, 0], [1, 2, 3]));
            assert_eq!(of(&values, slope, (-1.0, Some(0.0))), found(0.5));
            assert_eq!(found(8.5), None);
        }
    }

    #[test]
    fn the_peak_itself_is_never_below() {
        for (peak, background, drop, expected) in [
            (5.0, 1.0, 0.0, 5.0),
            (5.0, 1.0, 0.25, 4.0),
            (5.0, 1.0, 1.0, 1.0),
            (5.0, 1.0, 2.0, -3.0),
            // A peak below its background.
            (1.0, 5.0, 0.5, 1.0),
            (0.1, 0.3, 1e-20, 0.1),
        ] {
            assert_eq!(least_of_region(peak, background, drop), expected, "{peak} {background} {drop}");
        }
    }
}
