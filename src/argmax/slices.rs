//! The slices that are being reduced, and the answers of those that are complete.
//!
//! Memory is allocated for elements that have been read, never for what a header declares: a file of a few
//! bytes may declare any number of slices. If no memory is left, that is an error, not an abort.

use super::error::ArgmaxError;
use crate::memory;
use crate::source::Element;

/// How a slice is reduced: what is kept of it while its elements come, and what number it becomes.
pub(super) trait Reducer {
    /// An element, decoded.
    type Key: Copy + Default;
    /// What is kept of one slice.
    type Slice: Clone;
    /// One number of the result.
    type Answer;

    /// Decodes as many elements as `keys` has room for.
    fn decode(&self, element: Element, bytes: &[u8], keys: &mut [Self::Key]);

    /// A slice without elements so far.
    fn empty(&self) -> Self::Slice;

    /// Adds the element of one index. Indices come in rising order.
    fn add(&self, slice: &mut Self::Slice, index: u64, key: Self::Key);

    /// Adds elements whose indices begin at `first` and are `step` apart. Runs come in any order.
    fn add_run(&self, slice: &mut Self::Slice, first: u64, step: u64, keys: &[Self::Key]);

    /// The answer of a complete slice.
    fn answer(&self, slice: &Self::Slice) -> Self::Answer;
}

/// The slices of the block that is being read, and the answers of all blocks before it.
pub(super) struct Slices<R: Reducer> {
    reducer: R,
    /// Those that have an element so far.
    current: Vec<R::Slice>,
    answers: Vec<R::Answer>,
}

impl<R: Reducer> Slices<R> {
    /// Before the first block.
    pub(super) fn new(reducer: R) -> Slices<R> {
        Slices { reducer, current: Vec::new(), answers: Vec::new() }
    }

    /// Decodes as many elements as `keys` has room for.
    pub(super) fn decode(&self, element: Element, bytes: &[u8], keys: &mut [R::Key]) {
        self.reducer.decode(element, bytes, keys);
    }

    /// Adds the elements of one index of consecutive slices, from number `first` on.
    pub(super) fn add_row(&mut self, index: u64, first: usize, keys: &[R::Key]) -> Result<(), ArgmaxError> {
        let slices = grown(&mut self.current, first + keys.len(), self.reducer.empty())?;
        for (slice, &key) in slices[first..].iter_mut().zip(keys) {
            self.reducer.add(slice, index, key);
        }
        Ok(())
    }

    /// Adds elements of the only slice, whose indices begin at `first` and are `step` apart.
    pub(super) fn add_run(&mut self, first: u64, step: u64, keys: &[R::Key]) -> Result<(), ArgmaxError> {
        for slice in grown(&mut self.current, 1, self.reducer.empty())? {
            self.reducer.add_run(slice, first, step, keys);
        }
        Ok(())
    }

    /// Ends the block: every slice gives its answer, and the next block begins.
    pub(super) fn complete(&mut self) -> Result<(), ArgmaxError> {
        reserve(&mut self.answers, self.current.len())?;
        self.answers.extend(self.current.iter().map(|slice| self.reducer.answer(slice)));
        self.current.clear();
        Ok(())
    }

    /// The answers of all blocks, in the order of memory.
    pub(super) fn into_answers(self) -> Vec<R::Answer> {
        self.answers
    }
}

/// All of `list`, lengthened with `fill` to at least `length`.
fn grown<T: Clone>(list: &mut Vec<T>, length: usize, fill: T) -> Result<&mut [T], ArgmaxError> {
    if list.len() < length {
        reserve(list, length - list.len())?;
        list.resize(length, fill);
    }
    Ok(list)
}

fn reserve<T>(list: &mut Vec<T>, more: usize) -> Result<(), ArgmaxError> {
    memory::reserve(list, more).map_err(|_| ArgmaxError::Memory { expected: more })
}
