//! The same elements in two orders: their index in one of them from their number in the other.
//!
//! `torch.argmax` of a flattened array counts in row-major order, whatever the order of memory, and `.npy` is
//! written in row-major order. Elements are read as they lie, so an array in Fortran order needs its indices
//! translated. Most of that is a run with a fixed step; only the start of each run needs divisions.

/// From the number of an element in the order in which elements come to its index in another order.
#[derive(Clone, Debug)]
pub(super) struct Reordering {
    /// Lengths of the axes. As elements come, the last axis varies fastest; in the order of the indices, the
    /// first. No length is 1 unless it is the only one.
    dims: Vec<u64>,
}

impl Reordering {
    /// Both orders are the same.
    pub(super) fn none(count: u64) -> Reordering {
        Reordering { dims: vec![count] }
    }

    /// Elements come with the last of `dims` fastest, and are indexed with the first fastest.
    pub(super) fn reversed(dims: impl IntoIterator<Item = u64>) -> Reordering {
        let mut dims: Vec<u64> = dims.into_iter().filter(|&n| n != 1).collect();
        if dims.is_empty() {
            dims.push(1);
        }
        Reordering { dims }
    }

    /// How many elements come one after the other with indices a fixed step apart, and that step.
    pub(super) fn run(&self) -> (u64, u64) {
        self.dims.split_last().map_or((1, 1), |(&run, slower)| (run, slower.iter().product()))
    }

    /// The index of the element that comes as number `number`, which must be one of them.
    pub(super) fn index(&self, number: u64) -> u64 {
        let (mut rest, mut index) = (number, 0);
        let mut stride: u64 = self.dims.iter().product();
        for n in self.dims.iter().rev() {
            stride /= n;
            index += rest % n * stride;
            rest /= n;
        }
        index
    }

    /// The indices of `count` elements, all there are, in the order in which they come.
    pub(super) fn indices(&self, count: u64) -> impl Iterator<Item = u64> {
        let (run, step) = self.run();
        let starts = (0..count).step_by(run.max(1) as usize);
        starts.flat_map(move |number| {
            let first = self.index(number);
            (0..run).map(move |i| first + i * step)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_by_hand() {
        // Rows of three columns, indexed column after column.
        let reordering = Reordering::reversed([2, 1, 3]);
        assert_eq!(reordering.run(), (3, 2));
        assert_eq!(reordering.indices(6).collect::<Vec<_>>(), [0, 2, 4, 1, 3, 5]);
        assert_eq!((0..6).map(|i| reordering.index(i)).collect::<Vec<_>>(), [0, 2, 4, 1, 3, 5]);
        let reordering = Reordering::reversed([2, 3, 2]);
        assert_eq!(reordering.indices(12).collect::<Vec<_>>(), [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
    }

    #[test]
    fn nothing_to_reorder() {
        for reordering in [Reordering::none(4), Reordering::reversed([4]), Reordering::reversed([1, 4, 1])] {
            assert_eq!(reordering.indices(4).collect::<Vec<_>>(), [0, 1, 2, 3]);
        }
        assert_eq!(Reordering::reversed([]).indices(1).collect::<Vec<_>>(), [0]);
        assert_eq!(Reordering::reversed([1, 1]).indices(1).collect::<Vec<_>>(), [0]);
        for empty in [Reordering::none(0), Reordering::reversed([2, 0])] {
            assert_eq!(empty.indices(0).count(), 0);
        }
    }
}
