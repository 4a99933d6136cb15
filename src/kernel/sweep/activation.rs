//! Weights that an activation makes of the values themselves: the sums of one block for `mean`.
//!
//! A heatmap that a network was trained to output as a density has its weights already, and a softmax would
//! flatten it. The weights here are simple functions of the value, so there is no argument to split and no
//! reference to choose. Everything is f64, in sixteen lanes that are the same on every SIMD level, so that
//! the bits are too.
//!
//! Values may be of any size, and a sum of squares overflows soon. The weights of a block are therefore
//! divided by a power of two that is above all of them. That is exact, and records with different powers
//! merge like those of a softmax with different references.
//!
//! Negative weights (activation `none`) are summed separately: if they cancel the positive ones, the mean
//! has no meaning, and only the two magnitudes show it. They may also put the mean outside the volume, which
//! is reported as a doubt and not corrected.

#![expect(
    clippy::inline_always,
    reason = "SIMD code must be inlined into the function that enables its instructions"
)]

use super::exp::{Exponent, Weighable};
use super::lane_sums::{LaneSums, RowSums, times};
use super::sums::Sums;
use crate::kernel::simd::lanes::{Float, LANES, Lanes, Pair};
use crate::kernel::simd::level::{SimdLevel, on_level};
use fearless_simd::Simd;

/// What makes a weight of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activation {
    /// max(x, 0).
    Relu,
    /// x.
    None,
    /// 1/(1 + exp(−x)).
    Sigmoid,
    /// max(x, 0)^α.
    Power(f64),
}

impl Activation {
    /// The weight of a heatmap value: always finite, and 0 if the value is masked (−inf).
    pub(crate) fn weight(self, value: f64) -> f64 {
        match self {
            Activation::Relu => relu(value),
            Activation::None => identity(value),
            Activation::Sigmoid => 1.0 / (1.0 + libm::exp(-value)),
            Activation::Power(2.0) => (relu(value) * relu(value)).min(f64::MAX),
            Activation::Power(alpha) => libm::pow(relu(value), alpha).min(f64::MAX),
        }
    }
}

/// max(x, 0), and finite.
fn relu(value: f64) -> f64 {
    if value > 0.0 { value.min(f64::MAX) } else { 0.0 }
}

/// x, 0 if masked, and finite.
fn identity(value: f64) -> f64 {
    if value > f64::NEG_INFINITY { value.min(f64::MAX) } else { 0.0 }
}

/// How the weights of the blocks of one array are made and summed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActivationPass {
    pub(crate) level: SimdLevel,
    pub(crate) activation: Activation,
    /// The heatmap value of a swept value x is slope·x + intercept.
    pub(crate) slope: f64,
    pub(crate) intercept: f64,
    pub(crate) with_spread: bool,
}

/// The sums of one block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ActivationSums {
    /// Of the weights that are not negative.
    pub(crate) sums: Sums,
    /// Of those that are.
    pub(crate) negative: Sums,
    /// The power of two that weights were divided by.
    pub(crate) power: i32,
}

impl ActivationPass {
    /// The sums of a block of `extent` about its voxel `at`, in memory axes; `max` is the largest of its
    /// values.
    pub(crate) fn sums<T: Float>(
        &self,
        values: &[T],
        extent: [usize; 3],
        at: [usize; 3],
        max: T,
        weights: &mut Vec<f64>,
    ) -> ActivationSums {
        let ActivationPass { level, activation, slope, intercept, with_spread } = *self;
        let is_split = activation == Activation::None;
        // Only `none` may give a lower value a weight of larger magnitude.
        let highest = if is_split {
            on_level!(level, simd => highest(simd, values, slope, intercept))
        } else {
            activation.weight(slope * max.into() + intercept)
        };
        // The limit keeps the scale within f64; such weights are next to nothing.
        let power = libm::frexp(highest).1.max(-1000);
        let scale = libm::ldexp(1.0, -power);
        let block = WeightedBlock { values, extent, at, slope, intercept, scale, with_spread };
        let (sums, negative) = match activation {
            Activation::Relu => on_level!(level, simd => block.sums::<_, RELU>(simd)),
            Activation::None => on_level!(level, simd => block.sums::<_, NONE>(simd)),
            Activation::Sigmoid => on_level!(level, simd => block.sums::<_, SIGMOID>(simd)),
            Activation::Power(2.0) => on_level!(level, simd => block.sums::<_, SQUARE>(simd)),
            Activation::Power(_) => {
                // `pow` one by one; then the values are their own weights.
                weights.clear();
                weights.extend(values.iter().map(|&x| {
                    let value = slope * x.into() + intercept;
                    if value > 0.0 { activation.weight(value) } else { 0.0 }
                }));
                let block = WeightedBlock {
                    values: &weights[..],
                    extent,
                    at,
                    slope: 1.0,
                    intercept: 0.0,
                    scale,
                    with_spread,
                };
                on_level!(level, simd => block.sums::<_, RELU>(simd))
            }
        };
        ActivationSums { sums, negative, power }
    }
}

/// The largest magnitude of the weights, if they are the values themselves.
#[inline(always)]
fn highest<S: Simd, T: Float>(simd: S, values: &[T], slope: f64, intercept: f64) -> f64 {
    let maker = WeightMaker::new(simd, slope, intercept, 1.0);
    let (mut lanes, mut rest) = (maker.zero, values);
    while !rest.is_empty() {
        let (x, after) = next::<S, T>(simd, rest);
        let weight = maker.weight::<NONE>(x);
        lanes = lanes.larger(weight).larger(maker.zero.minus(weight));
        rest = after;
    }
    lanes.to_array().into_iter().fold(0.0, f64::max)
}

/// The next sixteen values, padded with masked ones, and the values after them.
#[inline(always)]
fn next<S: Simd, T: Float>(simd: S, values: &[T]) -> (Pair<S>, &[T]) {
    if let Some((now, after)) = values.split_at_checked(LANES) {
        return (T::Lanes::load(simd, now).widen(), after);
    }
    let mut now = [T::MASKED; LANES];
    now[..values.len()].copy_from_slice(values);
    (T::Lanes::load(simd, &now).widen(), &[])
}

/// Activations as numbers, for each of which the vector code is compiled.
const RELU: u8 = 0;
const NONE: u8 = 1;
const SIGMOID: u8 = 2;
const SQUARE: u8 = 3;

/// What turns swept values into weights.
#[derive(Clone, Copy)]
struct WeightMaker<S: Simd> {
    slope: Pair<S>,
    intercept: Pair<S>,
    scale: Pair<S>,
    zero: Pair<S>,
    one: Pair<S>,
    most: Pair<S>,
    masked: Pair<S>,
    /// e^x of values up to 0.
    exponential: Exponent<f64>,
}

impl<S: Simd> WeightMaker<S> {
    /// Fills the constants of one block into vectors.
    #[inline(always)]
    fn new(simd: S, slope: f64, intercept: f64, scale: f64) -> WeightMaker<S> {
        WeightMaker {
            slope: Pair::splat(simd, slope),
            intercept: Pair::splat(simd, intercept),
            scale: Pair::splat(simd, scale),
            zero: Pair::splat(simd, 0.0),
            one: Pair::splat(simd, 1.0),
            most: Pair::splat(simd, f64::MAX),
            masked: Pair::splat(simd, f64::NEG_INFINITY),
            exponential: Exponent::wide(std::f64::consts::LOG2_E, 0.0, 0.0),
        }
    }

    /// [`Activation::weight`] of slope·x + intercept (two roundings, as everywhere), times the scale.
    #[inline(always)]
    fn weight<const ACTIVATION: u8>(&self, x: Pair<S>) -> Pair<S> {
        let value = times(x, self.slope).plus(self.intercept);
        let weight = match ACTIVATION {
            NONE => value.where_larger(self.masked, value, self.zero),
            SIGMOID => self.sigmoid(value),
            RELU => value.where_larger(self.zero, value, self.zero),
            _ => {
                let value = value.where_larger(self.zero, value, self.zero);
                times(value, value)
            }
        };
        times(weight.where_larger(self.most, self.most, weight), self.scale)
    }

    /// 1/(1 + e^−x), for x below 0 as e^x/(1 + e^x), so that no exponential exceeds 1. Within 2e-14.
    #[inline(always)]
    fn sigmoid(&self, x: Pair<S>) -> Pair<S> {
        let down = x.where_larger(self.zero, self.zero.minus(x), x);
        let small = f64::weight(down, &self.exponential);
        let above = x.where_larger(self.zero, self.one, small);
        let below = small.plus(self.one);
        Pair(above.0 / below.0, above.1 / below.1)
    }
}

/// One block, and what turns its values into weights.
struct WeightedBlock<'a, T> {
    values: &'a [T],
    extent: [usize; 3],
    at: [usize; 3],
    slope: f64,
    intercept: f64,
    /// What weights are multiplied by.
    scale: f64,
    /// Whether second moments and energy are wanted.
    with_spread: bool,
}

impl<T: Float> WeightedBlock<'_, T> {
    /// The moments of the weights, and separately those of negative ones, which only `NONE` makes.
    #[inline(always)]
    fn sums<S: Simd, const ACTIVATION: u8>(&self, simd: S) -> (Sums, Sums) {
        let with_spread = self.with_spread;
        let maker = WeightMaker::new(simd, self.slope, self.intercept, self.scale);
        let mut columns_of_lanes = [0.0; LANES];
        for (lane, column) in columns_of_lanes.iter_mut().enumerate() {
            *column = lane as f64 - self.at[2] as f64;
        }
        let (start, step) = (Pair::load(simd, &columns_of_lanes), Pair::splat(simd, LANES as f64));
        let mut above = LaneSums::new(maker.zero);
        let mut below = LaneSums::new(maker.zero);
        let mut energy = 0.0;
        let [_, rows, columns] = self.extent;
        for (i, row) in self.values.chunks_exact(columns.max(1)).enumerate() {
            let (mut row_above, mut row_below) = (RowSums::new(maker.zero), RowSums::new(maker.zero));
            let (mut column, mut rest) = (start, row);
            while !rest.is_empty() {
                let (x, after) = next::<S, T>(simd, rest);
                let mut weight = maker.weight::<ACTIVATION>(x);
                if ACTIVATION == NONE {
                    let positive = weight.where_larger(maker.zero, weight, maker.zero);
                    row_below.add(weight.minus(positive), column, false);
                    weight = positive;
                }
                row_above.add(weight, column, with_spread);
                if with_spread {
                    energy += entropy_terms(&weight.to_array());
                }
                column = column.plus(step);
                rest = after;
            }
            let plane = Pair::splat(simd, (i / rows) as f64 - self.at[0] as f64);
            let at = Pair::splat(simd, (i % rows) as f64 - self.at[1] as f64);
            above.add(&row_above, plane, at, with_spread);
            if ACTIVATION == NONE {
                // With negative weights there is no spread.
                below.add(&row_below, plane, at, false);
            }
        }
        (Sums { energy, ..above.total() }, below.total())
    }
}

/// Σ w·log2 w.
fn entropy_terms(weights: &[f64; LANES]) -> f64 {
    let mut sum = 0.0;
    for &weight in weights {
        if weight > 0.0 {
            sum += weight * libm::log2(weight);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::level;

    fn pass(activation: Activation, level: SimdLevel) -> ActivationPass {
        ActivationPass { level, activation, slope: 1.0, intercept: 0.0, with_spread: true }
    }

    #[test]
    fn a_block_by_hand_on_every_level() {
        // Two planes of two rows of eleven: all 0 but 3 at (0, 1, 2), −2 at (1, 0, 9) and 1 at (1, 1, 10).
        let mut values = vec![0.0_f32; 44];
        (values[13], values[31], values[43]) = (3.0, -2.0, 1.0);
        for (name, level) in level::available() {
            let mut scratch = Vec::new();
            let ActivationSums { sums, negative, power } =
                pass(Activation::Relu, level).sums(&values, [2, 2, 11], [0, 1, 2], 3.0, &mut scratch);
            assert_eq!((sums.mass * 4.0, power, negative), (4.0, 2, Sums::default()), "{name}");
            assert_eq!(sums.first.map(|sum| sum * 4.0), [1.0, 0.0, 8.0]);
            assert_eq!(sums.second.map(|sum| sum * 4.0), [1.0, 0.0, 8.0, 0.0, 0.0, 64.0]);
            // ¾ log2 ¾ + ¼ log2 ¼.
            assert!((sums.energy - (0.75 * 0.75_f64.log2() - 0.5)).abs() < 1e-15);
            let ActivationSums { sums, negative, .. } =
                pass(Activation::None, level).sums(&values, [2, 2, 11], [0, 0, 0], 3.0, &mut scratch);
            assert_eq!([sums.mass * 4.0, negative.mass * 4.0], [4.0, -2.0]);
            assert_eq!(sums.first.map(|sum| sum * 4.0), [1.0, 4.0, 6.0 + 10.0]);
            assert_eq!(negative.first.map(|sum| sum * 4.0), [-2.0, 0.0, -18.0]);
        }
    }

    #[test]
    fn weights_by_hand() {
        for (activation, value, expected) in [
            (Activation::Relu, -1.0, 0.0),
            (Activation::Relu, f64::INFINITY, f64::MAX),
            (Activation::None, -1.0, -1.0),
            (Activation::Sigmoid, 0.0, 0.5),
            (Activation::Sigmoid, f64::NEG_INFINITY, 0.0),
            (Activation::Power(2.0), 3.0, 9.0),
            (Activation::Power(2.0), -3.0, 0.0),
            (Activation::Power(3.0), 1e200, f64::MAX),
        ] {
            assert_eq!(activation.weight(value), expected, "{activation:?} {value}");
        }
        for activation in [Activation::Relu, Activation::None, Activation::Power(0.5)] {
            assert_eq!(activation.weight(f64::NEG_INFINITY), 0.0, "{activation:?}");
        }
    }

    /// Rows of 5 and 37 voxels, masked ones among them, against a plain loop over [`Activation::weight`].
    #[test]
    fn every_activation_is_its_formula_on_every_level() {
        let values: Vec<f64> = (0..370)
            .map(|i| if i % 11 == 3 { f64::NEG_INFINITY } else { f64::from(i * 7 % 53) * 1.7 - 40.0 })
            .collect();
        let activations = [
            Activation::Relu,
            Activation::None,
            Activation::Sigmoid,
            Activation::Power(2.0),
            Activation::Power(1.5),
        ];
        for (activation, extent) in activations.into_iter().flat_map(|a| [(a, [2, 37, 5]), (a, [5, 2, 37])]) {
            let (mut mass, mut first) = ([0.0; 2], [[0.0; 3]; 2]);
            for (i, &value) in values.iter().enumerate() {
                let weight = activation.weight(0.75 * value + 2.0);
                let sign = usize::from(weight < 0.0);
                mass[sign] += weight;
                let [_, rows, columns] = extent;
                let place = [i / (rows * columns), i / columns % rows, i % columns];
                for axis in 0..3 {
                    first[sign][axis] += weight * (place[axis] as f64 - 1.0);
                }
            }
            for (name, level) in level::available() {
                let pass = ActivationPass { slope: 0.75, intercept: 2.0, ..pass(activation, level) };
                let max = values.iter().copied().fold(f64::MIN, f64::max);
                let found = pass.sums(&values, extent, [1; 3], max, &mut Vec::new());
                let unit = libm::ldexp(1.0, found.power);
                for (sign, sums) in [found.sums, found.negative].into_iter().enumerate() {
                    let what = format!("{name} {activation:?} {extent:?}");
                    let bound = 1e-13 * mass[sign].abs();
                    assert!((sums.mass * unit - mass[sign]).abs() <= bound, "{what}");
                    for (found, expected) in sums.first.into_iter().zip(first[sign]) {
                        let off = (found * unit - expected).abs();
                        assert!(off <= 40.0 * bound, "{what}: {off:e}");
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_overflows_and_nothing_vanishes() {
        let mut scratch = Vec::new();
        let pass = pass(Activation::Relu, level::best());
        for value in [f64::MAX, 1.0, 1e-300, 5e-324] {
            let ActivationSums { sums, power, .. } =
                pass.sums(&[value; 6], [1, 1, 6], [0; 3], value, &mut scratch);
            assert!(sums.mass > 0.0 && sums.mass.is_finite(), "{value:e}");
            assert!((sums.first[2] / sums.mass - 2.5).abs() < 1e-14, "{value:e}");
            assert!((-1000..=1024).contains(&power));
        }
    }
}
