//! A bell exp(−½ rᵀPr) of the distance r from a centre, at one place, along a row, and at many places.

/// log2(e), and ln 2 in two parts of which the first has few digits, so that its multiples are exact.
const LOG2_E: f64 = std::f64::consts::LOG2_E;
const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
/// 1.5·2⁵²: adding it leaves the nearest integer in the low bits of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// What the exponential of lower numbers is taken for: 0. It is below the last digit of everything.
const LOWEST: f64 = -700.0;
/// 1/n! for n = 2 … 13.
const POLYNOMIAL: [f64; 12] = [
    0.5,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
    1.0 / 6_227_020_800.0,
];

/// A bell about a centre, with its precision P.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bell {
    pub(super) centre: [f64; 3],
    pub(super) precision: [[f64; 3]; 3],
}

impl Bell {
    /// Its values at many places.
    pub(super) fn at(&self, places: &[[f64; 3]]) -> Vec<f64> {
        let p = &self.precision;
        let exponent = |place: &[f64; 3]| {
            let [x, y, z] = std::array::from_fn(|axis| place[axis] - self.centre[axis]);
            let first = x * (p[0][0] * x + 2.0 * (p[0][1] * y + p[0][2] * z));
            -0.5 * (first + y * (p[1][1] * y + 2.0 * p[1][2] * z) + p[2][2] * z * z)
        };
        let mut values: Vec<f64> = places.iter().map(exponent).collect();
        exponentials(&mut values);
        values
    }

    /// Its values along a row of voxels along z, the first of them at this distance from the centre. `fall`
    /// is `exp(−P_zz)`.
    ///
    /// From the voxel nearest to the maximum of the row outwards, so that nothing overflows: e(z + 1) = e(z)
    /// u(z) and u(z + 1) = u(z) `exp(−P_zz)`. At most 33 voxels, over which rounding adds up to a few hundred
    /// units in the last place, where the bell is far below its height.
    pub(super) fn along(&self, [x, y, first]: [f64; 3], fall: f64, out: &mut [f64]) {
        let p = &self.precision;
        let square = x * (p[0][0] * x + 2.0 * p[0][1] * y) + p[1][1] * y * y;
        let linear = p[0][2] * x + p[1][2] * y;
        let last = out.len().saturating_sub(1);
        let highest = (-linear / p[2][2] - first + 0.5).max(0.0) as usize;
        let top = highest.min(last);
        let z = first + top as f64;
        let peak = libm::exp(-0.5 * (square + z * (2.0 * linear + p[2][2] * z)));
        let (lower, upper) = out.split_at_mut(top);
        let (mut e, mut step) = (peak, libm::exp(-(linear + p[2][2] * (z + 0.5))));
        for place in upper {
            *place = e;
            (e, step) = (e * step, step * fall);
        }
        let mut step = libm::exp(linear + p[2][2] * (z - 0.5));
        e = peak * step;
        for place in lower.iter_mut().rev() {
            *place = e;
            step *= fall;
            e *= step;
        }
    }
}

/// Replaces numbers up to 0 by their exponentials: to 1e-15 relative, and 0 below e^−700.
///
/// Without branches and without a fused multiply-add, so that the loop is vectorised for any machine, with
/// the same bits: some ten times as fast as one call for each.
fn exponentials(numbers: &mut [f64]) {
    for number in numbers {
        let x = *number;
        let rounded = x * LOG2_E + ROUND;
        let n = rounded - ROUND;
        let r = (x - n * LN_2[0]) - n * LN_2[1];
        let [lower @ .., last] = POLYNOMIAL;
        let p = lower.iter().rev().fold(last, |p, &c| p * r + c);
        let e = 1.0 + (r + r * r * p);
        let power = f64::from_bits((rounded.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
        *number = if x >= LOWEST { e * power } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_have_fifteen_digits() {
        let numbers: Vec<f64> = (0..70_001).map(|i| -0.01 * f64::from(i)).collect();
        let mut found = numbers.clone();
        exponentials(&mut found);
        for (number, found) in numbers.iter().zip(found) {
            let expected = libm::exp(*number);
            assert!((found / expected - 1.0).abs() < 1e-15, "{number}: {found} {expected}");
        }
        let mut low = [-701.0, f64::NEG_INFINITY, f64::NAN, -1e300];
        exponentials(&mut low);
        assert_eq!(low, [0.0; 4]);
    }

    #[test]
    fn a_row_has_the_values_of_its_places() {
        let precision = [[0.5, 0.1, -0.05], [0.1, 0.4, 0.12], [-0.05, 0.12, 0.3]];
        for z in [-20.3, -4.2, 0.0, 3.7, 30.0] {
            let bell = Bell { centre: [0.3, -0.2, 0.1], precision };
            let places: Vec<[f64; 3]> = (0..33).map(|k| [2.0, -1.5, z + f64::from(k)]).collect();
            let mut row = [0.0; 33];
            let away = [2.0 - 0.3, -1.5 + 0.2, z - 0.1];
            bell.along(away, libm::exp(-0.3), &mut row);
            for (found, expected) in row.iter().zip(bell.at(&places)) {
                assert!((found - expected).abs() <= 1e-13 * expected + 1e-300, "{found} {expected}");
            }
        }
    }
}
