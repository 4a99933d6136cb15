//! From the number of an element to its three indices and back.
//!
//! Blocks, windows and masks are walked as flat runs of numbers, while answers are wanted along three axes.
//! The division by rows and planes is easy to get wrong, so it stands here and nowhere else.

/// The indices of element `index` of a box of `lengths`, the last axis varying fastest.
///
/// # Panics
/// In debug builds if the box has no such element.
///
/// # Examples
/// ```
/// use softargmax::internals::geometry::unravel;
/// assert_eq!(unravel(23, [2, 3, 4]), [1, 2, 3]);
/// assert_eq!(unravel(5, [2, 3, 4]), [0, 1, 1]);
/// ```
#[must_use]
pub fn unravel(index: usize, lengths: [usize; 3]) -> [usize; 3] {
    let [planes, rows, columns] = lengths;
    debug_assert!(index < planes * rows * columns, "element {index} of a box of {lengths:?}");
    // A box that has an element has no length of 0; this keeps a release build from dividing by one.
    let (rows, columns) = (rows.max(1), columns.max(1));
    [index / (rows * columns), index / columns % rows, index % columns]
}

/// The number of the element at `place` in a box of `lengths`, the last axis varying fastest.
#[must_use]
pub fn ravel([plane, row, column]: [usize; 3], lengths: [usize; 3]) -> usize {
    let [_, rows, columns] = lengths;
    (plane * rows + row) * columns + column
}

/// The indices of every element of a box of `lengths`, in order, the last axis varying fastest.
///
/// It counts and never divides, so it may walk the rows of every block.
pub fn indices([planes, rows, columns]: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..planes).flat_map(move |i| (0..rows).flat_map(move |j| (0..columns).map(move |k| [i, j, k])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_comes_once_and_in_order() {
        let lengths = [3, 2, 5];
        let found: Vec<[usize; 3]> = indices(lengths).collect();
        assert_eq!(found, (0..30).map(|index| unravel(index, lengths)).collect::<Vec<_>>());
        assert!(found.iter().enumerate().all(|(index, &place)| ravel(place, lengths) == index));
    }

    #[test]
    fn a_box_without_elements_has_no_indices() {
        for lengths in [[0, 2, 3], [2, 0, 3], [2, 3, 0]] {
            assert_eq!(indices(lengths).count(), 0);
        }
    }
}
