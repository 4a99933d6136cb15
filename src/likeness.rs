//! What inputs must be like, so that what was learnt of others holds for them.
//!
//! Radii that hold the truth of one study say nothing about another. Most of what tells two studies apart
//! cannot be seen in a file; what can be seen is held against the calibration.

use crate::error::InputError;
use crate::landmark::InputRecord;

/// What the inputs of a calibration were like, and others must be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// The least and the greatest number of channels in a file.
    pub channels: Option<(usize, usize)>,
    /// The least and the greatest voxel size along any axis, in mm.
    pub sizes: Option<(f64, f64)>,
}

impl Likeness {
    /// By this factor voxels may be smaller or larger than those of the calibration.
    pub const FACTOR: f64 = 1.5;

    /// Refuses what the calibration was not made for.
    pub(crate) fn check(self, record: &InputRecord) -> Result<(), InputError> {
        let found = record.channels;
        if let Some((few, many)) = self.channels.filter(|(few, many)| !(*few..=*many).contains(&found)) {
            return Err(InputError::UnlikeChannels { few, many, found });
        }
        let (Some((small, large)), Some(affine)) = (self.sizes, record.affine) else { return Ok(()) };
        let is_like = |size: &f64| (small / Self::FACTOR..=large * Self::FACTOR).contains(size);
        match affine.voxel_sizes().0.into_iter().find(|size| !is_like(size)) {
            Some(found) => Err(InputError::UnlikeSizes { small, large, found }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Affine, Hwd};

    #[test]
    fn likeness_by_hand() {
        let likeness = Likeness { channels: Some((2, 3)), sizes: Some((1.0, 2.0)) };
        let of = |channels, sizes: Option<[f64; 3]>| {
            let affine = sizes.map(|sizes| Affine::from_spacing(Hwd(sizes)));
            likeness.check(&InputRecord { channels, affine, ..InputRecord::default() })
        };
        for channels in [2, 3] {
            assert!(of(channels, None).is_ok());
        }
        assert_eq!(
            of(4, None).unwrap_err().to_string(),
            "the calibration was made for 2 to 3 channels, found 4"
        );
        assert!(of(2, Some([0.7, 1.5, 3.0])).is_ok());
        for sizes in [[0.6, 1.5, 2.0], [1.0, 3.1, 1.0]] {
            assert!(of(2, Some(sizes)).is_err(), "{sizes:?}");
        }
        let nothing = InputRecord::default();
        assert!(Likeness::default().check(&nothing).is_ok());
    }
}
