//! The slices under way, and the answers of those that have ended.
//!
//! Memory is taken for elements that have come, never for what a header declares, and where there is none
//! left that is an error.

use super::ArgmaxError;
use crate::source::Element;

/// What is kept of a slice while its elements come, and what is answered in the end.
pub(super) trait Rule {
    /// An element, decoded.
    type Key: Copy + Default;
    /// What is kept of one slice.
    type Slice: Clone;
    /// One number of the result.
    type Answer;

    /// Decodes as many elements as `keys` has room for.
    fn decode(&self, element: Element, bytes: &[u8], keys: &mut [Self::Key]);

    /// A slice of which nothing has come.
    fn empty(&self) -> Self::Slice;

    /// Takes in the element of one index. Indices come in rising order.
    fn take(&self, slice: &mut Self::Slice, index: u64, key: Self::Key);

    /// Takes in elements whose indices begin at `first` and are `step` apart. Runs come in any order.
    fn take_run(&self, slice: &mut Self::Slice, first: u64, step: u64, keys: &[Self::Key]);

    /// The answer of a slice of which everything has come.
    fn answer(&self, slice: &Self::Slice) -> Self::Answer;
}

/// One block: its slices, and the answers of all blocks before it.
pub(super) struct Block<R: Rule> {
    rule: R,
    /// Those of which something has come.
    slices: Vec<R::Slice>,
    answers: Vec<R::Answer>,
}

impl<R: Rule> Block<R> {
    /// The first block.
    pub(super) fn new(rule: R) -> Block<R> {
        Block { rule, slices: Vec::new(), answers: Vec::new() }
    }

    /// Decodes as many elements as `keys` has room for.
    pub(super) fn decode(&self, element: Element, bytes: &[u8], keys: &mut [R::Key]) {
        self.rule.decode(element, bytes, keys);
    }

    /// Takes in the elements of one index of consecutive slices, from number `first` on.
    pub(super) fn take_row(&mut self, index: u64, first: usize, keys: &[R::Key]) -> Result<(), ArgmaxError> {
        let slices = grown(&mut self.slices, first + keys.len(), self.rule.empty())?;
        for (slice, &key) in slices[first..].iter_mut().zip(keys) {
            self.rule.take(slice, index, key);
        }
        Ok(())
    }

    /// Takes in elements of the only slice, whose indices begin at `first` and are `step` apart.
    pub(super) fn take_run(&mut self, first: u64, step: u64, keys: &[R::Key]) -> Result<(), ArgmaxError> {
        for slice in grown(&mut self.slices, 1, self.rule.empty())? {
            self.rule.take_run(slice, first, step, keys);
        }
        Ok(())
    }

    /// Ends the block: every slice gives its answer. The next one begins.
    pub(super) fn complete(&mut self) -> Result<(), ArgmaxError> {
        reserve(&mut self.answers, self.slices.len())?;
        self.answers.extend(self.slices.iter().map(|slice| self.rule.answer(slice)));
        self.slices.clear();
        Ok(())
    }

    /// The answers of all blocks, in the order of memory.
    pub(super) fn into_answers(self) -> Vec<R::Answer> {
        self.answers
    }
}

/// All of `list`, after it has been brought to `length` at least.
fn grown<T: Clone>(list: &mut Vec<T>, length: usize, fill: T) -> Result<&mut [T], ArgmaxError> {
    if list.len() < length {
        reserve(list, length - list.len())?;
        list.resize(length, fill);
    }
    Ok(list)
}

fn reserve<T>(list: &mut Vec<T>, more: usize) -> Result<(), ArgmaxError> {
    list.try_reserve(more).map_err(|_| ArgmaxError::Memory { expected: more })
}
