//! `torch.argmax` of an array of any rank, and its soft form, in one pass in the order of memory.
//!
//! A dim cuts an array into *slices*, each all elements that differ in that dim's index alone; without a
//! dim the whole array, flattened, is one slice. Whatever its memory order, an array then lies as `outer`
//! blocks of `length` rows of `inner` elements, and a slice is one column of one block:
//!
//! ```text
//! block 0           row 0   a b c d ─┐
//!                   row 1   e f g h  │ inner = 4 slices: a e i, b f j, c g k, d h l
//!                   row 2   i j k l ─┘
//! block 1           row 0   m n …
//! ```
//!
//! Blocks follow one another, so only the slices of the one that is being read are kept (`slices`); a slice
//! that is complete becomes one number. How it is reduced is a `Reducer`: `hard` or `soft`. This is also why
//! the values may come from a pipe: nothing is read twice, and memory grows with the result, not with the
//! array.
//!
//! `tests/peers/argmax.py` holds it against NumPy and PyTorch.

mod error;
mod hard;
mod reduced;
mod reordering;
mod slices;
mod soft;
#[cfg(test)]
#[expect(clippy::float_cmp, reason = "a maximum is one of the values")]
mod tests;

use crate::geometry::{MemoryOrder, element_count};
use crate::heatmap::Scaling;
use crate::source::{Element, Header, Values};
pub(crate) use error::ArgmaxError;
use error::rank;
use hard::Hard;
pub(crate) use reduced::{Number, Reduced};
use reordering::Reordering;
use slices::{Reducer, Slices};
use soft::Soft;

/// Elements that are read and decoded at once: 256 KiB where an element has 8 bytes.
const CHUNK: usize = 1 << 15;

/// A reduction of one array, planned from its header.
#[derive(Clone, Debug)]
pub(crate) struct Reduction {
    /// The shape of the result.
    shape: Vec<u64>,
    element: Element,
    order: MemoryOrder,
    scaling: Scaling,
    /// Elements of the array.
    count: u64,
    /// Elements of a slice.
    length: u64,
    /// Slices of a block.
    inner: u64,
    /// The indices of a slice's elements.
    indices: Reordering,
}

impl Reduction {
    /// Plans the reduction of `dim`, or of the flattened array if `dim` is `None`.
    ///
    /// *Shapes and units.* A negative `dim` counts from the end; a scalar has the dims 0 and -1.
    /// The result has the array's shape without `dim`, or with 1 in its place with `keepdim`. Flattened
    /// it is a scalar, or with `keepdim` 1 in every place. An index into the flattened array counts in
    /// row-major order of the shape, whatever the order of memory.
    ///
    /// # Errors
    /// [`ArgmaxError::Dim`] if the array has no such dim, [`ArgmaxError::Empty`] if the slices have no
    /// elements. As in PyTorch, an array that is empty in another dim has an empty result.
    pub(crate) fn new(header: &Header, dim: Option<i64>, keepdim: bool) -> Result<Reduction, ArgmaxError> {
        let shape = &header.shape;
        let dim = dim.map(|dim| resolve(dim, shape)).transpose()?;
        let count = element_count(shape)?;
        let length = dim.map_or(count, |dim| shape.get(dim).copied().unwrap_or(1));
        if length == 0 {
            return Err(ArgmaxError::Empty { shape: shape.clone() });
        }
        let inner = dim.map_or(Ok(1), |dim| element_count(faster(shape, dim, header.order)))?;
        let indices = match (dim, header.order) {
            (None, MemoryOrder::Fortran) => Reordering::reversed(shape.iter().rev().copied()),
            _ => Reordering::none(length),
        };
        let shape = reduced_shape(shape, dim, keepdim);
        let Header { element, order, scaling, .. } = *header;
        Ok(Reduction { shape, element, order, scaling, count, length, inner, indices })
    }

    /// Whether the result is a single number of shape ().
    #[must_use]
    pub(crate) fn is_scalar(&self) -> bool {
        self.shape.is_empty()
    }

    /// Finds the index of the largest value of each slice, as `torch.argmax` does.
    ///
    /// The first of several maxima is taken. NaN counts as larger than everything, and the first NaN is
    /// taken. Values are compared exactly as stored, 64-bit integers too; if the scaling's slope is negative,
    /// their order is reversed. -0 and 0 are equal.
    ///
    /// # Errors
    /// [`ArgmaxError::Source`] if the values cannot be read or verified to their end;
    /// [`ArgmaxError::Memory`] if there is none left for the result.
    pub(crate) fn argmax(&self, values: Values) -> Result<Reduced<i64>, ArgmaxError> {
        let is_reversed = self.scaling.slope < 0.0;
        if self.element.is_beyond_f64() {
            self.reduce(Hard::<u64>::new(is_reversed), values)
        } else {
            self.reduce(Hard::<f64>::new(is_reversed), values)
        }
    }

    /// Computes the expected index of each slice under the softmax at `temperature`, finite and > 0.
    ///
    /// -inf is a mask: its element has no weight. A slice with NaN or +inf, or with masks alone, gives NaN,
    /// as PyTorch's softmax does.
    ///
    /// *Definition.* `Σ i · exp(x_i / T) / Σ exp(x_i / T)`, in f64, with x scaled.
    ///
    /// *Accuracy.* Within 1e-12 · n of the exact value for slices of n elements, of the values as f64:
    /// integers beyond 2^53 are rounded. No platform `exp` is used: the same values in the same memory
    /// order give the same bytes on every machine.
    ///
    /// # Errors
    /// As [`Reduction::argmax`].
    pub(crate) fn soft_argmax(&self, values: Values, temperature: f64) -> Result<Reduced<f64>, ArgmaxError> {
        self.reduce(Soft::new(self.scaling.slope, temperature, self.length - 1), values)
    }

    /// Reads all values and gives each slice its elements.
    fn reduce<R: Reducer>(&self, reducer: R, values: Values) -> Result<Reduced<R::Answer>, ArgmaxError> {
        let mut slices = Slices::new(reducer);
        let (mut keys, size) = ([R::Key::default(); CHUNK].to_vec(), self.element.size());
        let mut start = 0;
        let notices = values.read_all(self.count * size as u64, CHUNK * size, |bytes| {
            let keys = &mut keys[..bytes.len() / size];
            slices.decode(self.element, bytes, keys);
            self.feed(start, keys, &mut slices)?;
            start += keys.len() as u64;
            Ok::<(), ArgmaxError>(())
        })?;
        Ok(Reduced::new(self.shape.clone(), self.order, slices.into_answers(), notices))
    }

    /// Adds a chunk to the slices, cut where rows, runs of indices and blocks end.
    fn feed<R: Reducer>(
        &self,
        mut start: u64,
        mut keys: &[R::Key],
        slices: &mut Slices<R>,
    ) -> Result<(), ArgmaxError> {
        let (run, step) = self.indices.run();
        while !keys.is_empty() {
            let row = start / self.inner % self.length;
            let left = if self.inner == 1 { run - row % run } else { self.inner - start % self.inner };
            let (now, later) = keys.split_at(left.min(keys.len() as u64) as usize);
            if self.inner == 1 {
                slices.add_run(self.indices.index(row), step, now)?;
            } else {
                slices.add_row(row, (start % self.inner) as usize, now)?;
            }
            (start, keys) = (start + now.len() as u64, later);
            if start.is_multiple_of(self.length * self.inner) {
                slices.complete()?;
            }
        }
        Ok(())
    }
}

/// The axis that `dim` stands for, counted from the start.
fn resolve(dim: i64, shape: &[u64]) -> Result<usize, ArgmaxError> {
    let rank = rank(shape);
    if !(-rank..rank).contains(&dim) {
        return Err(ArgmaxError::Dim { shape: shape.to_vec(), found: dim });
    }
    Ok((if dim < 0 { dim + rank } else { dim }) as usize)
}

/// The lengths of the axes that vary faster in memory than `dim`.
fn faster(shape: &[u64], dim: usize, order: MemoryOrder) -> &[u64] {
    let lengths = match order {
        MemoryOrder::C => shape.get(dim + 1..),
        MemoryOrder::Fortran => shape.get(..dim),
    };
    lengths.unwrap_or_default()
}

/// The shape without `dim`, or without all axes if `dim` is `None`; with `keepdim`, 1 in their place.
fn reduced_shape(shape: &[u64], dim: Option<usize>, keepdim: bool) -> Vec<u64> {
    let is_reduced = |axis| dim.is_none_or(|dim| dim == axis);
    let length = |(axis, &n)| if is_reduced(axis) { keepdim.then_some(1) } else { Some(n) };
    shape.iter().enumerate().filter_map(length).collect()
}
