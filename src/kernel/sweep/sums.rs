//! Moments of weights, and how they change with the origin and the reference: the arithmetic under the
//! records.
//!
//! For weights e at places r these are Σ e, Σ e·r and Σ e·r·rᵀ, and Σ e·log2 e for the entropy. Both changes
//! are the textbook ones. Another origin is the parallel-axis theorem. Another reference scales all sums; the
//! energy also changes by a multiple of the mass. They stand apart from the rules of merging so that each can
//! be checked by hand.
//!
//! Without the spread only mass and first moments are used. The shortcuts for them ([`Sums::lower_mean`],
//! [`Sums::add_mean`]) compute the same numbers, bit for bit.

use crate::geometry::Covariance;

/// Zeroth, first and second moments of weights, in memory axes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    /// Σ e.
    pub(crate) mass: f64,
    /// Σ e·r for the three axes.
    pub(crate) first: [f64; 3],
    /// Σ e·r·r, in the order of [`Covariance::PAIRS`].
    pub(crate) second: [f64; 6],
    /// Σ e·y, y the exponent of e: what entropy needs.
    pub(crate) energy: f64,
}

impl Sums {
    /// The same moments about another origin; `shift` is the present origin as seen from the new one.
    pub(crate) fn moved(&self, shift: [f64; 3]) -> Sums {
        let first = std::array::from_fn(|a| self.first[a] + self.mass * shift[a]);
        let second = std::array::from_fn(|i| {
            let (a, b) = Covariance::PAIRS[i];
            let cross = self.first[a] * shift[b] + self.first[b] * shift[a];
            self.second[i] + cross + self.mass * shift[a] * shift[b]
        });
        Sums { first, second, ..*self }
    }

    /// The same weights relative to a reference that is higher by `rise`; unchanged if that is not above 0.
    pub(crate) fn lowered(&self, rise: f64) -> Sums {
        if rise <= 0.0 {
            return *self;
        }
        let factor = power_of_two(-rise);
        if factor == 0.0 {
            return Sums::default();
        }
        Sums {
            mass: self.mass * factor,
            first: self.first.map(|moment| moment * factor),
            second: self.second.map(|moment| moment * factor),
            energy: (self.energy - self.mass * rise) * factor,
        }
    }

    /// The moments of two sets of weights together. Both must have the same origin and reference.
    pub(crate) fn plus(&self, other: &Sums) -> Sums {
        Sums {
            mass: self.mass + other.mass,
            first: std::array::from_fn(|i| self.first[i] + other.first[i]),
            second: std::array::from_fn(|i| self.second[i] + other.second[i]),
            energy: self.energy + other.energy,
        }
    }

    /// Multiplies mass and first moments by 2^−rise, if `rise` is above 0.
    pub(crate) fn lower_mean(&mut self, rise: f64) {
        if rise > 0.0 {
            let factor = power_of_two(-rise);
            self.mass *= factor;
            self.first = self.first.map(|moment| moment * factor);
        }
    }

    /// Adds the mass and the first moments of `other`, moved by `shift`.
    pub(crate) fn add_mean(&mut self, other: &Sums, shift: [f64; 3]) {
        for (axis, step) in shift.into_iter().enumerate() {
            self.first[axis] += other.first[axis] + other.mass * step;
        }
        self.mass += other.mass;
    }
}

/// 2^y for y ≤ 0. References nearly always differ by integers, and the power is then exact and cheap.
#[expect(clippy::float_cmp, reason = "an integer is equal to itself")]
fn power_of_two(y: f64) -> f64 {
    let n = y as i64;
    if n as f64 == y && n > -1022 { f64::from_bits(((n + 1023) as u64) << 52) } else { libm::exp2(y) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_the_origin_by_hand() {
        // A weight of 2 at (0, 1, 3), seen from (1, 1, 1).
        let at = |place: [f64; 3]| Sums {
            mass: 2.0,
            first: place.map(|x| 2.0 * x),
            second: Covariance::PAIRS.map(|(a, b)| 2.0 * place[a] * place[b]),
            energy: 0.5,
        };
        assert_eq!(at([0.0, 1.0, 3.0]).moved([-1.0, -1.0, -1.0]), at([-1.0, 0.0, 2.0]));
    }

    #[test]
    fn powers_of_two_are_exact() {
        assert_eq!([0.0, -1.0, -1021.0].map(power_of_two), [1.0, 0.5, 2.0_f64.powi(-1021)]);
        assert_eq!(power_of_two(-2000.0), 0.0);
    }
}
