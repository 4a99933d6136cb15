//! How far the members of a mean disagree: the covariance of the positions that each has alone.

use crate::geometry::{Covariance, Voxel};
use crate::landmark::Landmark;
use crate::landmarks::Landmarks;
use crate::memory::OutOfMemory;

/// The landmarks of a mean, each with the covariance of those of the members at the same heatmap.
///
/// Members have one landmark for each heatmap. Which of their further peaks is which of the mean's nobody
/// knows, so that only the first peak of each heatmap gets a covariance.
pub(super) fn between(mean: &Landmarks, members: &[Landmarks]) -> Result<Landmarks, OutOfMemory> {
    let mut members: Vec<_> = members.iter().map(Landmarks::iter).collect();
    let (mut positions, mut all) = (Vec::with_capacity(members.len()), Landmarks::default());
    for landmark in mean {
        let mut between = None;
        if landmark.peak == 0 {
            positions.clear();
            for member in &mut members {
                positions.extend(member.next().and_then(|own| own.position));
            }
            between = covariance(&positions).filter(|_| positions.len() == members.len());
        }
        all.push(&Landmark { between, ..landmark })?;
    }
    Ok(all)
}

/// The covariance of some positions about their mean, with one less than their number in the denominator;
/// `None` for fewer than two.
fn covariance(positions: &[Voxel]) -> Option<Covariance> {
    if positions.len() < 2 {
        return None;
    }
    let count = positions.len() as f64;
    let mean: [f64; 3] =
        std::array::from_fn(|axis| positions.iter().map(|position| position.0[axis]).sum::<f64>() / count);
    let off = |position: &Voxel, axis: usize| position.0[axis] - mean[axis];
    Some(Covariance::from_fn(|row, column| {
        let products = positions.iter().map(|position| off(position, row) * off(position, column));
        products.sum::<f64>() / (count - 1.0)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landmark::Status;

    #[test]
    fn covariances_by_hand() {
        let two = [Voxel([1.0, 5.0, 0.0]), Voxel([3.0, 1.0, 0.0])];
        // About (2, 3, 0): (−1, 2, 0) and (1, −2, 0).
        assert_eq!(covariance(&two), Some(Covariance([2.0, -4.0, 0.0, 8.0, 0.0, 0.0])));
        assert_eq!(covariance(&two[..1]), None);
        let three = [Voxel([0.0; 3]), Voxel([0.0, 0.0, 3.0]), Voxel([0.0, 0.0, 6.0])];
        assert_eq!(covariance(&three), Some(Covariance([0.0, 0.0, 0.0, 0.0, 0.0, 9.0])));
    }

    #[test]
    fn only_first_peaks_of_heatmaps_that_all_answer() {
        let at = |c, h: Option<f64>| Landmark {
            c,
            position: h.map(|h| Voxel([h, 0.0, 0.0])),
            ..Landmark::nothing(Status::Ok)
        };
        let mean: Landmarks =
            [at(0, None), Landmark { peak: 1, ..at(0, Some(7.0)) }, at(1, Some(1.0))].into_iter().collect();
        let members: [Landmarks; 2] = [
            [at(0, Some(1.0)), at(1, Some(2.0))].into_iter().collect(),
            [at(0, Some(5.0)), at(1, None)].into_iter().collect(),
        ];
        let found: Vec<_> = between(&mean, &members).unwrap().iter().map(|found| found.between).collect();
        assert_eq!(found, [Some(Covariance([8.0, 0.0, 0.0, 0.0, 0.0, 0.0])), None, None]);
        let alone = between(&mean, &members[..1]).unwrap();
        assert!(alone.iter().eq(mean.iter()));
    }
}
