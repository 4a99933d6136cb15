//! The mean of several maps, voxel by voxel: the bytes of each are decoded, scaled and added in f64, in the
//! order of the files.
//!
//! Each sum is of the same numbers in the same order, however the array is cut and whoever reads it, so the
//! mean has the same bits on any number of threads. It is an f64 for every element type: rounded to f32 it
//! would be off by up to 6e-8 of a value, which a sharp softmax makes larger than all other errors
//! (`docs/numerics.md`).
//!
//! Numbers are added at a power of two below themselves, so that the sum of values near the largest f64 is
//! finite. That changes no bit of the mean, unless a value is below 1e-300.

use crate::heatmap::Scaling;
use crate::kernel::level::{SimdLevel, vectorized};
use crate::memory::{self, OutOfMemory};
use crate::source::{Element, Kind, ReadAt, SourceError};
use std::sync::Arc;

/// The element type of a mean.
pub(super) const ELEMENT: Element = Element { kind: Kind::F64, big_endian: cfg!(target_endian = "big") };

/// Bytes of an element of a mean.
const SIZE: usize = ELEMENT.size();

/// How many elements are decoded, or read again, at once.
const AT_ONCE: usize = 1 << 12;

/// How maps are averaged.
#[derive(Clone, Copy)]
pub(super) struct Averaging {
    /// How many there are.
    pub(super) count: usize,
    /// Whether NaN is left out; otherwise the mean of anything with NaN is NaN.
    pub(super) ignore_nan: bool,
    /// The instructions that loops are compiled for.
    pub(super) level: SimdLevel,
}

impl Averaging {
    /// A power of two not below the number of maps.
    fn above(self) -> f64 {
        self.count.next_power_of_two() as f64
    }
}

/// How the values of one map are stored.
#[derive(Clone, Copy)]
pub(super) struct Stored {
    pub(super) element: Element,
    pub(super) scaling: Scaling,
}

/// The sums of some consecutive voxels; its memory is used again.
#[derive(Default)]
pub(super) struct Sum {
    sums: Vec<f64>,
    /// With `ignore_nan`, how many numbers there are in each sum.
    counts: Vec<u32>,
    decoded: Vec<f64>,
}

impl Sum {
    /// Begins with sums of nothing.
    pub(super) fn begin(&mut self) {
        self.sums.clear();
        self.counts.clear();
    }

    /// Adds the values of a map from voxel `start` on, as they are stored. Memory is taken for voxels that
    /// are there, never for what a header declares.
    pub(super) fn add(
        &mut self,
        averaging: Averaging,
        stored: Stored,
        start: usize,
        bytes: &[u8],
    ) -> Result<(), OutOfMemory> {
        let Sum { sums, counts, decoded } = self;
        let length = sums.len().max(start + bytes.len() / stored.element.size());
        memory::resize(sums, length, 0.0)?;
        memory::resize(counts, if averaging.ignore_nan { length } else { 0 }, 0)?;
        memory::resize(decoded, AT_ONCE, 0.0)?;
        let sums = sums.get_mut(start..).unwrap_or_default();
        let counts = counts.get_mut(start..).unwrap_or_default();
        let factor = averaging.above().recip();
        let Stored { element, scaling } = stored;
        vectorized(
            averaging.level,
            #[inline(always)]
            || {
                let pieces = bytes.chunks(AT_ONCE * element.size()).zip(sums.chunks_mut(AT_ONCE));
                for (number, (bytes, sums)) in pieces.enumerate() {
                    let count = (bytes.len() / element.size()).min(sums.len());
                    let values = &mut decoded[..count];
                    element.widen_f64(bytes, values);
                    let values = values.iter().map(|&value| scaling.apply(value) * factor);
                    if !averaging.ignore_nan {
                        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                        continue;
                    }
                    let counts = counts[number * AT_ONCE..].iter_mut();
                    for ((sum, count), value) in sums.iter_mut().zip(counts).zip(values) {
                        let is_number = !value.is_nan();
                        *sum += if is_number { value } else { 0.0 };
                        *count += u32::from(is_number);
                    }
                }
            },
        );
        Ok(())
    }

    /// Writes the means from voxel `start` on, as [`ELEMENT`].
    pub(super) fn write(&self, averaging: Averaging, start: usize, out: &mut [u8]) {
        let sums = self.sums.get(start..).unwrap_or_default();
        let (above, all) = (averaging.above(), averaging.count as f64);
        let out = out.as_chunks_mut::<SIZE>().0.iter_mut().zip(sums);
        if !averaging.ignore_nan {
            out.for_each(|(bytes, sum)| *bytes = (sum / all * above).to_ne_bytes());
            return;
        }
        let counts = self.counts.get(start..).unwrap_or_default();
        for ((bytes, &sum), &count) in out.zip(counts) {
            // Infinities of both signs have no mean, and are not what NaN is ignored for.
            let mean = match count {
                0 => f64::NAN,
                _ if sum.is_nan() => f64::INFINITY,
                count => sum / f64::from(count) * above,
            };
            *bytes = mean.to_ne_bytes();
        }
    }
}

/// The mean of some files as values that can be read at any offset, in the type [`ELEMENT`].
pub(super) struct Mean {
    pub(super) averaging: Averaging,
    pub(super) files: Vec<(Arc<dyn ReadAt>, Stored)>,
}

impl ReadAt for Mean {
    /// Offsets and lengths are whole elements.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let (mut sum, mut bytes) = (Sum::default(), Vec::new());
        let mut first = offset / SIZE as u64;
        for piece in buffer.chunks_mut(AT_ONCE * SIZE) {
            let length = piece.len() / SIZE;
            sum.begin();
            for (values, stored) in &self.files {
                let size = stored.element.size();
                memory::resize(&mut bytes, length * size, 0)?;
                values.read_exact_at(first * size as u64, &mut bytes[..length * size])?;
                sum.add(self.averaging, *stored, 0, &bytes[..length * size])?;
            }
            sum.write(self.averaging, 0, piece);
            first += length as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::level::available;

    const U8: Stored =
        Stored { element: Element { kind: Kind::U8, big_endian: false }, scaling: Scaling::NONE };

    fn f64s(scaling: Scaling) -> Stored {
        Stored { element: ELEMENT, scaling }
    }

    fn bytes(values: &[f64]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_ne_bytes()).collect()
    }

    /// The means of maps, each with how it is stored, at every SIMD level.
    fn means(maps: &[(Stored, Vec<u8>)], ignore_nan: bool, length: usize) -> Vec<f64> {
        let of = |level| {
            let averaging = Averaging { count: maps.len(), ignore_nan, level };
            let mut sum = Sum::default();
            // Memory that was used before, and values that come in two pieces.
            sum.add(averaging, U8, 0, &[7, 7, 7]).unwrap();
            sum.begin();
            for (stored, bytes) in maps {
                let (first, rest) = bytes.split_at(stored.element.size());
                sum.add(averaging, *stored, 0, first).unwrap();
                sum.add(averaging, *stored, 1, rest).unwrap();
            }
            let mut out = vec![0; length * SIZE];
            sum.write(averaging, 0, &mut out);
            out.as_chunks::<SIZE>().0.iter().map(|&bytes| f64::from_ne_bytes(bytes)).collect::<Vec<f64>>()
        };
        let bits = |means: &[f64]| means.iter().map(|mean| mean.to_bits()).collect::<Vec<_>>();
        let all: Vec<Vec<f64>> = available().into_iter().map(|(_, level)| of(level)).collect();
        assert!(all.iter().all(|means| bits(means) == bits(&all[0])));
        all[0].clone()
    }

    #[test]
    fn means_by_hand() {
        let scaled = f64s(Scaling { slope: -2.0, intercept: 1.0 });
        let maps = [(U8, vec![1, 2, 255]), (scaled, bytes(&[0.5, 1.0, -2.0]))];
        assert_eq!(means(&maps, false, 3), [0.5, 0.5, 130.0]);
        assert_eq!(means(&[(U8, vec![3])], false, 1), [3.0]);
        let thirds = [0.1, 0.2, 0.4].map(|value| (f64s(Scaling::NONE), bytes(&[value])));
        assert_eq!(means(&thirds, false, 1), [((0.1 + 0.2) + 0.4) / 3.0]);
    }

    #[test]
    fn the_largest_numbers_have_a_mean() {
        let maps = [f64::MAX, f64::MAX, f64::MAX].map(|value| (f64s(Scaling::NONE), bytes(&[value])));
        assert_eq!(means(&maps, false, 1), [f64::MAX]);
    }

    #[test]
    fn nan_and_infinities() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let maps = [[1.0, nan, nan, -inf, inf, -inf], [3.0, 5.0, nan, 2.0, nan, inf]];
        let maps = maps.map(|values| (f64s(Scaling::NONE), bytes(&values)));
        let found = means(&maps, false, 6);
        assert_eq!((found[0], found[3]), (2.0, -inf));
        assert!([1, 2, 4, 5].iter().all(|&at| found[at].is_nan()));
        let found = means(&maps, true, 6);
        assert!(found[2].is_nan());
        assert_eq!([found[0], found[1], found[3], found[4], found[5]], [2.0, 5.0, -inf, inf, inf]);
    }

    #[test]
    fn any_part_of_the_mean_can_be_read() {
        struct Counting(u8);
        impl ReadAt for Counting {
            fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
                for (byte, at) in buffer.iter_mut().zip(offset..) {
                    *byte = (at % 50) as u8 + self.0;
                }
                Ok(())
            }
        }
        for (_, level) in available() {
            let files = [0, 2, 7].map(|first| (Arc::new(Counting(first)) as Arc<dyn ReadAt>, U8));
            let averaging = Averaging { count: 3, ignore_nan: false, level };
            let mean = Mean { averaging, files: files.into() };
            for (start, length) in [(0, 3), (17, 1), (5, 2 * AT_ONCE + 3), (9, 0)] {
                let mut out = vec![0; length * SIZE];
                mean.read_exact_at((start * SIZE) as u64, &mut out).unwrap();
                let expected: Vec<f64> = (start..start + length).map(|at| (at % 50) as f64 + 3.0).collect();
                assert_eq!(out, bytes(&expected));
            }
        }
    }
}
