//! The textbook form of every method in plain f64: slow, obvious, and kept beside the fast code for ever.
//!
//! It reads a heatmap as a function of (h, w, d), subtracts the maximum, exponentiates with the platform's
//! `exp`, and sums with compensation, in as many passes as the formula suggests. It shares no code with the
//! kernel: not the tree of the additions, not the exponential, not the solver. Where both could make the same
//! mistake, the comparison would be worth nothing.
//!
//! Only tests use it. They compare every method at every SIMD level, in every memory order, on random and on
//! hard maps, within the bounds that the documentation promises. `debias` and `gaussian` are not here: their
//! tests compare with maps whose true answer is known. `component` is in `reference_component.rs`.

#![expect(
    clippy::disallowed_methods,
    reason = "the reference has the platform's `exp`, and only tests use it"
)]

use super::methods::settings::Sharpness;
use crate::geometry::Covariance;

/// What the textbook says about one heatmap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Softmax expectation (h, w, d), in voxels.
    pub soft: [f64; 3],
    /// First maximum in (h, w, d) order, in voxels.
    pub hard: [f64; 3],
    /// The centre of mass of max(x, 0); `None` if nothing is above 0.
    pub mean: Option<Weighted>,
    /// The other methods, with the parameters that they have by default.
    pub near: Near,
    /// Covariance in voxels², upper triangle: hh, hw, hd, ww, wd, dd.
    pub covariance: [f64; 6],
    /// −Σ p ln p, in nats.
    pub entropy: f64,
    /// The probability of the peak voxel.
    pub peak_probability: f64,
    /// ln Σ exp(x/T).
    pub log_normalizer: f64,
}

/// The distribution of weights over the voxels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighted {
    /// Mean coordinate (h, w, d), in voxels.
    pub position: [f64; 3],
    /// Covariance in voxels², upper triangle: hh, hw, hd, ww, wd, dd.
    pub covariance: [f64; 6],
    /// −Σ p ln p, in nats.
    pub entropy: f64,
    /// The probability of the peak voxel.
    pub peak_probability: f64,
    /// ln Σ w.
    pub log_normalizer: f64,
}

/// What methods that look at the peak's neighbourhood say, in voxels (h, w, d).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Softmax expectation over a cube of 4 voxels about the hard argmax.
    pub local: [f64; 3],
    /// Parabolas through the logarithms along each axis.
    pub parabola: [f64; 3],
    /// A quarter of a voxel towards the higher neighbour along each axis.
    pub quarter: [f64; 3],
    /// A Newton step on the logarithms.
    pub newton: [f64; 3],
    /// A Newton step on the logarithms of the map blurred with σ = 2 voxels.
    pub dark: [f64; 3],
}

/// A sum with Neumaier's compensation.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds a term, and keeps what rounding loses.
    pub(super) fn add(&mut self, term: f64) {
        let total = self.total + term;
        self.lost += if self.total.abs() >= term.abs() {
            (self.total - total) + term
        } else {
            (term - total) + self.total
        };
        self.total = total;
    }

    /// The sum with what was lost.
    pub(super) fn value(self) -> f64 {
        self.total + self.lost
    }
}

/// Decodes one heatmap of `lengths` (h, w, d) by the definition. −inf voxels are masked.
///
/// `None` if every voxel is masked.
pub fn decode(
    lengths: [usize; 3],
    sharpness: Sharpness,
    value: impl Fn([usize; 3]) -> f64,
) -> Option<Expected> {
    let mut max = f64::NEG_INFINITY;
    let mut hard = None;
    each(lengths, |at| {
        if value(at) > max {
            (max, hard) = (value(at), Some(at));
        }
    });
    let peak = hard?;
    let hard = peak.map(|i| i as f64);
    let exponent = |at: [usize; 3]| sharpness.apply(value(at) - max);
    let mass = total(lengths, |at| exponent(at).exp());
    let mean = |axis: usize| total(lengths, |at| exponent(at).exp() * at[axis] as f64) / mass;
    let soft = [mean(0), mean(1), mean(2)];
    let covariance = |(a, b): (usize, usize)| {
        let term = |at: [usize; 3]| exponent(at).exp() * (at[a] as f64 - soft[a]) * (at[b] as f64 - soft[b]);
        total(lengths, term) / mass
    };
    let energy = total(lengths, |at| {
        let y = exponent(at);
        if y == f64::NEG_INFINITY { 0.0 } else { y * y.exp() }
    });
    Some(Expected {
        soft,
        hard,
        mean: weighted(lengths, peak, &value),
        near: near(lengths, peak, sharpness, &value),
        covariance: Covariance::PAIRS.map(covariance),
        entropy: mass.ln() - energy / mass,
        peak_probability: 1.0 / mass,
        log_normalizer: sharpness.apply(max) + mass.ln(),
    })
}

/// The distribution of max(x, 0).
fn weighted(lengths: [usize; 3], peak: [usize; 3], value: &dyn Fn([usize; 3]) -> f64) -> Option<Weighted> {
    let weight = |at: [usize; 3]| value(at).max(0.0);
    let mass = total(lengths, weight);
    if mass == 0.0 {
        return None;
    }
    let position: [f64; 3] =
        std::array::from_fn(|axis| total(lengths, |at| weight(at) * at[axis] as f64) / mass);
    let covariance = |(a, b): (usize, usize)| {
        let term = |at: [usize; 3]| weight(at) * (at[a] as f64 - position[a]) * (at[b] as f64 - position[b]);
        total(lengths, term) / mass
    };
    let energy = total(lengths, |at| if weight(at) > 0.0 { weight(at) * weight(at).ln() } else { 0.0 });
    Some(Weighted {
        position,
        covariance: Covariance::PAIRS.map(covariance),
        entropy: mass.ln() - energy / mass,
        peak_probability: weight(peak) / mass,
        log_normalizer: mass.ln(),
    })
}

/// The methods that look at the neighbourhood of `peak`.
fn near(
    lengths: [usize; 3],
    peak: [usize; 3],
    sharpness: Sharpness,
    value: &dyn Fn([usize; 3]) -> f64,
) -> Near {
    let plain = |h: isize, w: isize, d: isize| neighbour(lengths, peak, [h, w, d], value);
    let logarithm =
        |h: isize, w: isize, d: isize| plain(h, w, d).map(|x| if x > 0.0 { x.ln() } else { f64::NAN });
    let moved = |offset: [f64; 3]| std::array::from_fn(|axis| peak[axis] as f64 + offset[axis]);
    let raw = |axis: usize, by: isize| {
        let place = peak[axis].checked_add_signed(by).filter(|&i| i < lengths[axis])?;
        let mut at = peak;
        at[axis] = place;
        Some(value(at)).filter(|&x| x != f64::NEG_INFINITY)
    };
    let quarter = std::array::from_fn(|axis| match (raw(axis, -1), raw(axis, 1)) {
        (Some(a), Some(c)) if a < c => 0.25,
        (Some(a), Some(c)) if a > c => -0.25,
        _ => 0.0,
    });
    let mean = |h: isize, w: isize, d: isize| blurred(lengths, peak, [h, w, d], value);
    let highest = total_maximum(lengths, peak, value);
    let all = |f: &dyn Fn(isize, isize, isize) -> Option<f64>, holds: &dyn Fn(f64) -> bool| {
        let mut all = true;
        each([3; 3], |[h, w, d]| {
            let [h, w, d] = [h, w, d].map(|i| i as isize - 1);
            all &= f(h, w, d).is_none_or(holds);
        });
        all
    };
    let has_logarithms = value(peak) > 0.0 && all(&mean, &|x| x / highest > 1e-10);
    let blurred =
        |h: isize, w: isize, d: isize| mean(h, w, d).map(|x| if has_logarithms { x.ln() } else { x });
    let edges = |h: isize, w: isize, d: isize| plain(h, w, d).filter(|_| h * w * d == 0);
    let stepped = if all(&edges, &|x| x > 0.0) { newton(&logarithm, 0.5) } else { newton(&plain, 0.5) };
    let cube = |at: [usize; 3]| (0..3).all(|axis| at[axis].abs_diff(peak[axis]) <= 4);
    let weight = |at: [usize; 3]| if cube(at) { sharpness.apply(value(at) - value(peak)).exp() } else { 0.0 };
    let mass = total(lengths, weight);
    Near {
        local: std::array::from_fn(|axis| total(lengths, |at| weight(at) * at[axis] as f64) / mass),
        parabola: moved(parabolas(&logarithm, &plain)),
        quarter: moved(quarter),
        newton: moved(stepped.unwrap_or_else(|| parabolas(&logarithm, &plain))),
        dark: moved(newton(&blurred, 2.0).unwrap_or_else(|| parabolas(&blurred, &blurred))),
    }
}

/// The value at an offset from the peak; `None` if it is absent or masked.
fn neighbour(
    lengths: [usize; 3],
    peak: [usize; 3],
    offset: [isize; 3],
    value: &dyn Fn([usize; 3]) -> f64,
) -> Option<f64> {
    let mut at = peak;
    for axis in 0..3 {
        at[axis] = peak[axis].checked_add_signed(offset[axis]).filter(|&i| i < lengths[axis])?;
    }
    Some(value(at)).filter(|&x| x != f64::NEG_INFINITY)
}

/// The largest value within 7 voxels of the peak along each axis.
fn total_maximum(lengths: [usize; 3], peak: [usize; 3], value: &dyn Fn([usize; 3]) -> f64) -> f64 {
    let mut highest = value(peak);
    each(lengths, |at| {
        if (0..3).all(|axis| at[axis].abs_diff(peak[axis]) <= 7) {
            highest = highest.max(value(at));
        }
    });
    highest
}

/// The mean about an offset from the peak, weighted by exp(−r²/8) over the unmasked voxels of a box; `None`
/// outside the map, and where all of them are masked.
///
/// Along each axis the box reaches 6 voxels, and less where it would leave the map, as seen from the peak or
/// one of its neighbours.
fn blurred(
    lengths: [usize; 3],
    peak: [usize; 3],
    offset: [isize; 3],
    value: &dyn Fn([usize; 3]) -> f64,
) -> Option<f64> {
    let room = |axis: usize| peak[axis].min(lengths[axis] - 1 - peak[axis]) as isize - 1;
    let reach: [isize; 3] = std::array::from_fn(|axis| room(axis).clamp(0, 6));
    if (0..3).any(|axis| !(0..lengths[axis] as isize).contains(&(peak[axis] as isize + offset[axis]))) {
        return None;
    }
    let (mut sum, mut mass) = (Sum::default(), Sum::default());
    each(reach.map(|n| 2 * n as usize + 1), |at| {
        let by: [isize; 3] = std::array::from_fn(|axis| at[axis] as isize - reach[axis]);
        let voxel = std::array::from_fn(|axis| (peak[axis] as isize + offset[axis] + by[axis]) as usize);
        if value(voxel) != f64::NEG_INFINITY {
            let weight = (-by.map(|x| (x * x) as f64).iter().sum::<f64>() / 8.0).exp();
            sum.add(weight * value(voxel));
            mass.add(weight);
        }
    });
    (mass.value() > 0.0).then(|| sum.value() / mass.value())
}

/// The apex of a parabola along each axis, through f, or through g where f is NaN; 0 along an axis without an
/// apex.
fn parabolas(
    f: &dyn Fn(isize, isize, isize) -> Option<f64>,
    g: &dyn Fn(isize, isize, isize) -> Option<f64>,
) -> [f64; 3] {
    std::array::from_fn(|axis| {
        let along = |f: &dyn Fn(isize, isize, isize) -> Option<f64>, by: isize| {
            let along = |other| if other == axis { by } else { 0 };
            f(along(0), along(1), along(2))
        };
        let is_nan = (-1..=1).any(|by| along(f, by).is_some_and(f64::is_nan));
        let step = |by| along(if is_nan { g } else { f }, by);
        let (Some(a), Some(b), Some(c)) = (step(-1), step(0), step(1)) else { return 0.0 };
        let curvature = a - 2.0 * b + c;
        if curvature < 0.0 { (0.5 * (a - c) / curvature).clamp(-0.5, 0.5) } else { 0.0 }
    })
}

/// −H⁻¹g by Cramer's rule, each component within ±`most`, over the axes with two neighbours; `None` if H is
/// not negative definite (by Sylvester's minors), or if a value is missing.
fn newton(f: &dyn Fn(isize, isize, isize) -> Option<f64>, most: f64) -> Option<[f64; 3]> {
    let middle = f(0, 0, 0)?;
    // An axis that takes no part has the equation x = 0.
    let (mut hessian, mut gradient, mut free) = ([[0.0; 3]; 3], [0.0; 3], [false; 3]);
    for a in 0..3 {
        let step = |s: isize| f(s * isize::from(a == 0), s * isize::from(a == 1), s * isize::from(a == 2));
        hessian[a][a] = -1.0;
        if let (Some(before), Some(behind)) = (step(-1), step(1)) {
            free[a] = true;
            gradient[a] = (behind - before) / 2.0;
            hessian[a][a] = behind - 2.0 * middle + before;
        }
    }
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let step = |s: isize, t: isize| {
            let along = |axis| s * isize::from(axis == a) + t * isize::from(axis == b);
            f(along(0), along(1), along(2))
        };
        if free[a] && free[b] {
            let mixed = (step(1, 1)? - step(1, -1)? - step(-1, 1)? + step(-1, -1)?) / 4.0;
            (hessian[a][b], hessian[b][a]) = (mixed, mixed);
        }
    }
    let minor = hessian[0][0] * hessian[1][1] - hessian[0][1] * hessian[1][0];
    let whole = determinant(hessian);
    if hessian[0][0] >= 0.0 || minor <= 0.0 || whole >= 0.0 {
        return None;
    }
    Some(std::array::from_fn(|axis| {
        let mut replaced = hessian;
        for (row, &slope) in replaced.iter_mut().zip(&gradient) {
            row[axis] = slope;
        }
        (-determinant(replaced) / whole).clamp(-most, most)
    }))
}

/// The determinant of three rows.
fn determinant([a, b, c]: [[f64; 3]; 3]) -> f64 {
    a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
}

/// The compensated sum of a term over all voxels.
fn total(lengths: [usize; 3], term: impl Fn([usize; 3]) -> f64) -> f64 {
    let mut sum = Sum::default();
    each(lengths, |at| sum.add(term(at)));
    sum.value()
}

/// Visits every voxel in (h, w, d) order.
pub(super) fn each([height, width, depth]: [usize; 3], mut visit: impl FnMut([usize; 3])) {
    for h in 0..height {
        for w in 0..width {
            for d in 0..depth {
                visit([h, w, d]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilted_quadratic_by_hand() {
        // ln x = -(h - 1.25)² - (w - 0.75)² - (h - 1.25)(w - 0.75). Through (1, 1) along h it is -1.3125,
        // -0.0625, -0.8125: the apex lies 0.5 · -0.5 / -2 = 1/8 behind the peak, and along w 1/8 before it.
        let value = |[h, w, _]: [usize; 3]| {
            let (x, y) = (h as f64 - 1.25, w as f64 - 0.75);
            (-x * x - y * y - x * y).exp()
        };
        let near = decode([3, 3, 1], Sharpness::Temperature(1.0), value).unwrap().near;
        for (found, expected) in [(near.newton, [1.25, 0.75]), (near.parabola, [1.125, 0.875])] {
            assert!(
                (found[0] - expected[0]).abs() < 1e-14 && (found[1] - expected[1]).abs() < 1e-14,
                "{found:?}"
            );
        }
        assert_eq!(near.quarter, [1.25, 0.75, 0.0]);
    }

    #[test]
    fn two_voxels_by_hand() {
        // Weights 1 and 3: mean 3/4, variance 3/16, Z = 4.
        let value = |[h, _, _]: [usize; 3]| if h == 0 { 0.0 } else { 3.0_f64.ln() };
        let expected = decode([2, 1, 1], Sharpness::Temperature(1.0), value).unwrap();
        assert!((expected.soft[0] - 0.75).abs() < 1e-15);
        assert!((expected.covariance[0] - 3.0 / 16.0).abs() < 1e-15);
        assert!((expected.log_normalizer - 4.0_f64.ln()).abs() < 1e-15);
        assert!((expected.peak_probability - 0.75).abs() < 1e-15);
        assert_eq!(expected.hard, [1.0, 0.0, 0.0]);
        let Near { local, parabola, quarter, newton, dark } = expected.near;
        assert!((local[0] - 0.75).abs() < 1e-15);
        assert_eq!([parabola, quarter, newton, dark], [expected.hard; 4]);
    }
}
