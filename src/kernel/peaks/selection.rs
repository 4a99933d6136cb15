//! Which peaks of a heatmap are wanted: how many, how far apart, how high.
//!
//! Values are checked when a run begins ([`PeakSelection::check`]), not when a heatmap is read: a distance of
//! NaN would otherwise accept every voxel.

use super::spacing::LeastDistance;
use crate::geometry::{Affine, Hwd, Length};

/// Which peaks of a heatmap are wanted.
///
/// # Examples
/// ```
/// use softargmax::{Length, PeakSelection};
///
/// let selection = PeakSelection { count: 3, min_distance: Length::Millimetres(5.0), fraction: Some(0.5) };
/// assert!(selection.check().is_ok());
/// assert!(PeakSelection { count: 0, ..selection }.check().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeakSelection {
    /// How many landmarks each heatmap has, including absent ones.
    pub count: usize,
    /// The least distance between two of them. Peaks exactly so far apart are both kept.
    pub min_distance: Length,
    /// The least height of a peak as a share of the heatmap's maximum, above 0 and at most 1. If the maximum
    /// is not above 0, only voxels as high as it are peaks.
    /// [`Settings::threshold`](crate::kernel::Settings::threshold) applies as well.
    pub fraction: Option<f64>,
}

/// Why a selection of peaks is impossible.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PeakSelectionError {
    /// The number is 0, or more than [`PeakSelection::MOST`].
    #[error("expected 1 to {} peaks, found {found}", PeakSelection::MOST)]
    Count {
        /// [`PeakSelection::count`].
        found: usize,
    },
    /// The least distance is negative or not finite.
    #[error("expected a finite least distance >= 0 between peaks, found {found}")]
    Distance {
        /// [`PeakSelection::min_distance`], in its unit.
        found: f64,
    },
    /// The share is not above 0, or above 1.
    #[error("expected a share of the maximum > 0 and at most 1, found {found}")]
    Fraction {
        /// [`PeakSelection::fraction`].
        found: f64,
    },
}

impl PeakSelection {
    /// The most peaks of a heatmap that may be wanted.
    pub const MOST: usize = 1000;

    /// Whether every value is in its range.
    ///
    /// # Errors
    /// [`PeakSelectionError`] if one is not.
    pub fn check(&self) -> Result<(), PeakSelectionError> {
        let PeakSelection { count, min_distance, fraction } = *self;
        let (Length::Voxels(least) | Length::Millimetres(least)) = min_distance;
        if !(1..=Self::MOST).contains(&count) {
            return Err(PeakSelectionError::Count { found: count });
        }
        if !(0.0..=f64::MAX).contains(&least) {
            return Err(PeakSelectionError::Distance { found: least });
        }
        match fraction.filter(|&fraction| fraction.is_nan() || fraction <= 0.0 || fraction > 1.0) {
            Some(found) => Err(PeakSelectionError::Fraction { found }),
            None => Ok(()),
        }
    }

    /// The distances in a heatmap of `lengths`. `None` if the least distance is in mm and there is
    /// no affine.
    #[must_use]
    pub(crate) fn spacing(&self, lengths: Hwd<usize>, affine: Option<Affine>) -> Option<LeastDistance> {
        match self.min_distance {
            Length::Voxels(least) => Some(LeastDistance::voxels(lengths, least)),
            Length::Millimetres(least) => {
                let Affine(rows) = affine?;
                let steps = std::array::from_fn(|axis| rows.map(|row| row[axis]));
                Some(LeastDistance { lengths, steps, least })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::METHODS;

    const SELECTION: PeakSelection =
        PeakSelection { count: 2, min_distance: Length::Voxels(1.0), fraction: None };

    #[test]
    fn distances_are_those_of_the_affine() {
        let affine = Affine([[0.0, 3.0, 0.0, 9.0], [-2.0, 0.0, 0.0, 9.0], [0.0, 0.0, 4.0, 9.0]]);
        let selection = PeakSelection { min_distance: Length::Millimetres(5.0), ..SELECTION };
        let spacing = selection.spacing(Hwd([5, 6, 7]), Some(affine)).unwrap();
        assert_eq!(spacing.steps, [[0.0, -2.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 4.0]]);
        assert_eq!((spacing.lengths, spacing.least), (Hwd([5, 6, 7]), 5.0));
        assert_eq!(selection.spacing(Hwd([5, 6, 7]), None), None);
        assert_eq!(SELECTION.spacing(Hwd([5, 6, 7]), None), Some(LeastDistance::voxels(Hwd([5, 6, 7]), 1.0)));
    }

    #[test]
    fn impossible_selections_are_errors() {
        let millimetres = |least| PeakSelection { min_distance: Length::Millimetres(least), ..SELECTION };
        let voxels = |least| PeakSelection { min_distance: Length::Voxels(least), ..SELECTION };
        let share = |fraction| PeakSelection { fraction: Some(fraction), ..SELECTION };
        for selection in [
            SELECTION,
            PeakSelection { count: 1000, ..SELECTION },
            voxels(0.0),
            millimetres(f64::MAX),
            share(1.0),
            share(1e-9),
        ] {
            assert_eq!(selection.check(), Ok(()));
        }
        for (selection, says) in [
            (PeakSelection { count: 0, ..SELECTION }, "expected 1 to 1000 peaks, found 0"),
            (PeakSelection { count: 1001, ..SELECTION }, "expected 1 to 1000 peaks, found 1001"),
            (voxels(-1.0), "expected a finite least distance >= 0 between peaks, found -1"),
            (millimetres(f64::INFINITY), "expected a finite least distance >= 0 between peaks, found inf"),
            (voxels(f64::NAN), "expected a finite least distance >= 0 between peaks, found NaN"),
            (share(0.0), "expected a share of the maximum > 0 and at most 1, found 0"),
            (share(1.5), "expected a share of the maximum > 0 and at most 1, found 1.5"),
            (share(f64::NAN), "expected a share of the maximum > 0 and at most 1, found NaN"),
        ] {
            assert_eq!(selection.check().unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn methods_of_the_whole_heatmap_do_not_suit() {
        let suited: Vec<&str> = METHODS.iter().filter(|m| m.suits_peaks()).map(|m| m.name).collect();
        assert!(suited.starts_with(&["hard", "auto", "local"]), "{suited:?}");
        assert!(!suited.contains(&"soft"));
    }
}
