//! The five axes of a heatmap array and the order in which voxel coordinates are written.

use std::fmt;

/// One axis of an array of heatmaps: N sample, C channel (landmark), and H, W, D space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Samples.
    N,
    /// Channels: one landmark each.
    C,
    /// First spatial axis (NIfTI's i).
    H,
    /// Second spatial axis (NIfTI's j).
    W,
    /// Third spatial axis (NIfTI's k).
    D,
}

impl Axis {
    /// All axes, in the order in which they are always named.
    pub const ALL: [Axis; 5] = [Axis::N, Axis::C, Axis::H, Axis::W, Axis::D];

    /// Position in [`Axis::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The axis that a letter names, in either case.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Axis> {
        Axis::ALL.into_iter().find(|axis| axis.letter() == letter.to_ascii_uppercase())
    }

    /// The capital letter that names the axis.
    #[must_use]
    pub const fn letter(self) -> char {
        ['N', 'C', 'H', 'W', 'D'][self as usize]
    }
}

/// The order in which voxel and normalized coordinates are written: a permutation of (h, w, d).
///
/// World coordinates and spread are never permuted.
///
/// # Examples
/// ```
/// use softargmax::Order;
/// let order: Order = "whd".parse()?;
/// assert_eq!(order.apply([1.0, 2.0, 3.0]), [2.0, 1.0, 3.0]);
/// # Ok::<(), softargmax::internals::geometry::OrderError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order([usize; 3]);

impl Default for Order {
    fn default() -> Self {
        Order([0, 1, 2])
    }
}

impl Order {
    /// The three coordinates, given in (h, w, d), in this order.
    #[must_use]
    pub fn apply(self, hwd: [f64; 3]) -> [f64; 3] {
        self.0.map(|axis| hwd[axis])
    }

    /// The letters h, w, d in this order.
    #[must_use]
    pub(crate) fn letters(self) -> [char; 3] {
        self.0.map(|axis| ['h', 'w', 'd'][axis])
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.letters().iter().try_for_each(|letter| write!(f, "{letter}"))
    }
}

/// An order that is not a permutation of the letters h, w, d.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a permutation of `hwd` (such as `whd`), found `{found}`")]
pub struct OrderError {
    /// What was given.
    pub found: String,
}

impl std::str::FromStr for Order {
    type Err = OrderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || OrderError { found: text.to_owned() };
        let mut axes = Vec::with_capacity(3);
        for letter in text.chars() {
            let axis = "hwd".find(letter.to_ascii_lowercase()).ok_or_else(wrong)?;
            if axes.contains(&axis) {
                return Err(wrong());
            }
            axes.push(axis);
        }
        axes.try_into().map(Order).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_takes_every_permutation_and_nothing_else() {
        for good in ["hwd", "hdw", "whd", "wdh", "dhw", "dwh", "WHD"] {
            assert_eq!(good.parse::<Order>().unwrap().to_string(), good.to_lowercase());
        }
        for bad in ["", "h", "hw", "hhw", "hwdd", "xyz", "hwđ"] {
            assert!(bad.parse::<Order>().is_err(), "{bad}");
        }
    }
}
