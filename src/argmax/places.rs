//! The same elements in two orders: the place in one of what comes in the other.

/// Where elements that come in one memory order stand in another.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// Lengths of the axes; in the order in which elements come the last varies fastest, in the one in
    /// which they stand the first. None is 1, but for a single one.
    dims: Vec<u64>,
}

impl Places {
    /// Elements stand as they come.
    pub(super) fn same(count: u64) -> Places {
        Places { dims: vec![count] }
    }

    /// Elements come with the last of `dims` fastest and stand with the first fastest.
    pub(super) fn reversed(dims: impl IntoIterator<Item = u64>) -> Places {
        let mut dims: Vec<u64> = dims.into_iter().filter(|&n| n != 1).collect();
        if dims.is_empty() {
            dims.push(1);
        }
        Places { dims }
    }

    /// After how many elements that have come one stands elsewhere than a step further, and the step.
    pub(super) fn run(&self) -> (u64, u64) {
        self.dims.split_last().map_or((1, 1), |(&run, slower)| (run, slower.iter().product()))
    }

    /// The place of the element that comes as number `arrival`; there must be that many.
    pub(super) fn of(&self, arrival: u64) -> u64 {
        let (mut rest, mut place) = (arrival, 0);
        let mut stride: u64 = self.dims.iter().product();
        for n in self.dims.iter().rev() {
            stride /= n;
            place += rest % n * stride;
            rest /= n;
        }
        place
    }

    /// The places of `count` elements, all there are, in the order in which they come.
    pub(super) fn all(&self, count: u64) -> impl Iterator<Item = u64> {
        let (run, step) = self.run();
        let starts = (0..count).step_by(run.max(1) as usize);
        starts.flat_map(move |arrival| {
            let first = self.of(arrival);
            (0..run).map(move |i| first + i * step)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_by_hand() {
        // Rows of three columns that stand column after column.
        let places = Places::reversed([2, 1, 3]);
        assert_eq!(places.run(), (3, 2));
        assert_eq!(places.all(6).collect::<Vec<_>>(), [0, 2, 4, 1, 3, 5]);
        assert_eq!((0..6).map(|i| places.of(i)).collect::<Vec<_>>(), [0, 2, 4, 1, 3, 5]);
        let places = Places::reversed([2, 3, 2]);
        assert_eq!(places.all(12).collect::<Vec<_>>(), [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
    }

    #[test]
    fn what_stands_as_it_comes() {
        for places in [Places::same(4), Places::reversed([4]), Places::reversed([1, 4, 1])] {
            assert_eq!(places.all(4).collect::<Vec<_>>(), [0, 1, 2, 3]);
        }
        assert_eq!(Places::reversed([]).all(1).collect::<Vec<_>>(), [0]);
        assert_eq!(Places::reversed([1, 1]).all(1).collect::<Vec<_>>(), [0]);
        assert_eq!(Places::same(0).all(0).count() + Places::reversed([2, 0]).all(0).count(), 0);
    }
}
