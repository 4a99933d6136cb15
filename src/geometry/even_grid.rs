//! Voxels on an even grid over a volume: a fair and cheap sample of it, the same in every memory order.

/// How many points lie along each axis of a volume, of at most `budget` in all.
///
/// The shortest axis first, of equal ones the first: it has as many as it can of the k-th root of what is
/// left, k the axes that are not done; what is left is divided by that and rounded down.
pub(crate) fn counts(volume: [usize; 3], budget: usize) -> [usize; 3] {
    let mut axes = [0, 1, 2];
    axes.sort_by_key(|&axis| volume[axis]);
    let (mut found, mut left) = ([0; 3], budget);
    for (done, axis) in axes.into_iter().enumerate() {
        let power = 3 - done as u32;
        let mut most = 1_usize;
        while (most + 1).checked_pow(power).is_some_and(|product| product <= left) {
            most += 1;
        }
        found[axis] = volume[axis].min(most);
        left /= found[axis].max(1);
    }
    found
}

/// `count` evenly spaced voxels of an axis of `n`, ascending.
pub(crate) fn points(n: usize, count: usize) -> Vec<usize> {
    // In the middles of `count` equal parts; by quotients, so that nothing overflows.
    (0..count).map(|i| (n as u128 * (2 * i as u128 + 1) / (2 * count as u128)) as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_by_hand() {
        assert_eq!(counts([64; 3], 512), [8, 8, 8]);
        assert_eq!(counts([1, 64, 64], 512), [1, 22, 23]);
        assert_eq!(counts([512, 512, 3], 512), [13, 13, 3]);
        assert_eq!(points(8, 2), [2, 6]);
        assert_eq!(points(3, 3), [0, 1, 2]);
        assert_eq!(points(usize::MAX, 2)[1], usize::MAX / 4 * 3 + 2);
    }
}
