//! Weights that are the values themselves, put through an activation: the sums of one block for `mean`.
//!
//! Everything is f64, in eight lanes that are the same on every SIMD level and without fused multiply-adds, so that
//! the bits are the same everywhere. The weights of a block are divided by a power of two that is above all of them,
//! which is exact: sums do not overflow, whatever the values.

use super::lanes::Value;
use super::level::vectorized;
use super::moments::Sums;
use fearless_simd::Level;

/// What makes a weight of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Activation {
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
    /// The weight of a heatmap value; 0 where it is masked (−inf), and always finite.
    pub(super) fn weight(self, value: f64) -> f64 {
        match self {
            Activation::Relu => relu(value),
            Activation::None => identity(value),
            Activation::Sigmoid => 1.0 / (1.0 + libm::exp(-value)),
            Activation::Power(alpha) => libm::pow(relu(value), alpha).min(f64::MAX),
        }
    }
}

#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn relu(value: f64) -> f64 {
    let value = if value < f64::MAX { value } else { f64::MAX };
    if value > 0.0 { value } else { 0.0 }
}

#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn identity(value: f64) -> f64 {
    let value = if value < f64::MAX { value } else { f64::MAX };
    if value > f64::NEG_INFINITY { value } else { 0.0 }
}

/// How the weights of one array's blocks are made and summed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear {
    pub(super) level: Level,
    pub(super) activation: Activation,
    /// The heatmap value of x as it is given is slope·x + intercept.
    pub(super) slope: f64,
    pub(super) intercept: f64,
    pub(super) with_spread: bool,
}

const LANES: usize = 8;

/// The sums of one block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weighed {
    /// Of the weights that are not negative.
    pub(super) sums: Sums,
    /// Of those that are.
    pub(super) negative: Sums,
    /// The power of two that weights were divided by.
    pub(super) power: i32,
}

impl Linear {
    /// The sums of a block of `extent` about its voxel `at`, in memory axes.
    pub(super) fn sums<T: Value>(
        &self,
        values: &[T],
        extent: [usize; 3],
        at: [usize; 3],
        weights: &mut Vec<f64>,
    ) -> Weighed {
        weights.clear();
        weights.resize(values.len(), 0.0);
        let Linear { slope, intercept, .. } = *self;
        match self.activation {
            Activation::Relu => vectorized(
                self.level,
                #[inline(always)]
                || fill(weights, values, slope, intercept, relu),
            ),
            Activation::None => vectorized(
                self.level,
                #[inline(always)]
                || fill(weights, values, slope, intercept, identity),
            ),
            other => fill(weights, values, slope, intercept, |value| other.weight(value)),
        }
        let highest = vectorized(
            self.level,
            #[inline(always)]
            || highest(weights),
        );
        // Below that nothing is left of a weight that matters beside any other.
        let power = libm::frexp(highest).1.max(-1000);
        let scale = libm::ldexp(1.0, -power);
        let (mut sums, mut negative) = (Sums::default(), Sums::default());
        let [_, rows, columns] = extent;
        let mut below = vec![0.0; if self.activation == Activation::None { columns } else { 0 }];
        let away = |place: usize, axis: usize| place as f64 - at[axis] as f64;
        for (i, row) in weights.chunks_exact_mut(columns.max(1)).enumerate() {
            let [plane, row_at] = [away(i / rows, 0), away(i % rows, 1)];
            if !below.is_empty() {
                vectorized(
                    self.level,
                    #[inline(always)]
                    || split(row, &mut below),
                );
                let along = vectorized(
                    self.level,
                    #[inline(always)]
                    || along(&mut below, scale, away(0, 2)),
                );
                add(&mut negative, along, plane, row_at);
            }
            let along = vectorized(
                self.level,
                #[inline(always)]
                || along(row, scale, away(0, 2)),
            );
            add(&mut sums, along, plane, row_at);
        }
        if self.with_spread {
            let positive = weights.iter().filter(|&&weight| weight > 0.0);
            sums.energy = positive.map(|&weight| weight * libm::log2(weight)).sum();
        }
        Weighed { sums, negative, power }
    }
}

/// The weights of values.
#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn fill<T: Value>(
    weights: &mut [f64],
    values: &[T],
    slope: f64,
    intercept: f64,
    weight: impl Fn(f64) -> f64,
) {
    for (out, &value) in weights.iter_mut().zip(values) {
        *out = weight(slope * Into::<f64>::into(value) + intercept);
    }
}

/// The largest magnitude.
#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn highest(weights: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; LANES];
    let mut chunks = weights.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, &weight) in lanes.iter_mut().zip(chunk) {
            *lane = if weight.abs() > *lane { weight.abs() } else { *lane };
        }
    }
    let mut highest = 0.0;
    for &weight in lanes.iter().chain(chunks.remainder()) {
        highest = if weight.abs() > highest { weight.abs() } else { highest };
    }
    highest
}

/// Takes the negative weights of a row out of it, into a row of their own.
#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn split(row: &mut [f64], negative: &mut [f64]) {
    for (weight, below) in row.iter_mut().zip(negative) {
        *below = if *weight < 0.0 { *weight } else { 0.0 };
        *weight = if *weight < 0.0 { 0.0 } else { *weight };
    }
}

/// Σ w, Σ w·r and Σ w·r² of one row, whose first voxel is at `start`; leaves the row multiplied by `scale`.
#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn along(row: &mut [f64], scale: f64, start: f64) -> [f64; 3] {
    let (mut mass, mut first, mut second) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    let mut place = [0.0; LANES];
    for (lane, place) in place.iter_mut().enumerate() {
        *place = start + lane as f64;
    }
    for chunk in row.chunks_mut(LANES) {
        for (lane, weight) in chunk.iter_mut().enumerate() {
            *weight *= scale;
            mass[lane] += *weight;
            first[lane] += *weight * place[lane];
            second[lane] += *weight * (place[lane] * place[lane]);
        }
        for place in &mut place {
            *place += LANES as f64;
        }
    }
    [fold(mass), fold(first), fold(second)]
}

#[expect(clippy::inline_always, reason = "called where a SIMD level's instructions are enabled")]
#[inline(always)]
fn fold([a, b, c, d, e, f, g, h]: [f64; LANES]) -> f64 {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// Adds a row that lies at `plane` and `row` from the origin.
fn add(sums: &mut Sums, [mass, first, second]: [f64; 3], plane: f64, row: f64) {
    sums.mass += mass;
    for (sum, term) in sums.first.iter_mut().zip([mass * plane, mass * row, first]) {
        *sum += term;
    }
    let terms =
        [mass * plane * plane, mass * plane * row, first * plane, mass * row * row, first * row, second];
    for (sum, term) in sums.second.iter_mut().zip(terms) {
        *sum += term;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::level;

    fn linear(activation: Activation, level: Level) -> Linear {
        Linear { level, activation, slope: 1.0, intercept: 0.0, with_spread: true }
    }

    #[test]
    fn a_block_by_hand_on_every_level() {
        // Two planes of two rows of eleven: all 0 but 3 at (0, 1, 2), −2 at (1, 0, 9) and 1 at (1, 1, 10).
        let mut values = vec![0.0_f32; 44];
        (values[13], values[31], values[43]) = (3.0, -2.0, 1.0);
        for (name, level) in level::available() {
            let mut scratch = Vec::new();
            let Weighed { sums, negative, power } =
                linear(Activation::Relu, level).sums(&values, [2, 2, 11], [0, 1, 2], &mut scratch);
            assert_eq!((sums.mass * 4.0, power, negative), (4.0, 2, Sums::default()), "{name}");
            assert_eq!(sums.first.map(|sum| sum * 4.0), [1.0, 0.0, 8.0]);
            assert_eq!(sums.second.map(|sum| sum * 4.0), [1.0, 0.0, 8.0, 0.0, 0.0, 64.0]);
            // ¾ log2 ¾ + ¼ log2 ¼.
            assert!((sums.energy - (0.75 * 0.75_f64.log2() - 0.5)).abs() < 1e-15);
            let Weighed { sums, negative, .. } =
                linear(Activation::None, level).sums(&values, [2, 2, 11], [0, 0, 0], &mut scratch);
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

    #[test]
    fn nothing_overflows_and_nothing_vanishes() {
        let mut scratch = Vec::new();
        let linear = linear(Activation::Relu, level::best());
        for value in [f64::MAX, 1.0, 1e-300, 5e-324] {
            let Weighed { sums, power, .. } = linear.sums(&[value; 6], [1, 1, 6], [0; 3], &mut scratch);
            assert!(sums.mass > 0.0 && sums.mass.is_finite(), "{value:e}");
            assert!((sums.first[2] / sums.mass - 2.5).abs() < 1e-14, "{value:e}");
            assert!((-1000..=1024).contains(&power));
        }
    }
}
