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
//! Blocks follow one another, so only the slices of the one under way are kept (`Block`); those that
//! end leave one number each. What a slice keeps and answers is a `Rule`: `hard` or `soft`.
//!
//! `tests/peers/argmax.py` holds it against NumPy and PyTorch.

mod block;
mod hard;
mod places;
mod reduced;
mod soft;
#[cfg(test)]
#[expect(clippy::float_cmp, reason = "a maximum is one of the values")]
mod tests;

use crate::geometry::{MemoryOrder, ShapeError, element_count};
use crate::heatmap::Scaling;
use crate::source::{Element, Header, SourceError, Values};
use block::{Block, Rule};
use hard::Hard;
use places::Places;
pub use reduced::{Number, Reduced};
use soft::Soft;

/// Elements that are read and decoded at once: 256 KiB where an element has 8 bytes.
const CHUNK: usize = 1 << 15;

/// Why there is no argmax. It does not name the input: whoever opened it knows its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgmaxError {
    /// The values could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The dim is none of the array's.
    #[error("expected a dim from {} to {} for shape {shape:?}, found {found}", -rank(shape), rank(shape) - 1)]
    Dim {
        /// The array's shape.
        shape: Vec<u64>,
        /// The dim that was asked for.
        found: i64,
    },
    /// There is nothing to take the maximum of.
    #[error("expected at least one element to take the maximum of, found shape {shape:?}")]
    Empty {
        /// The array's shape.
        shape: Vec<u64>,
    },
    /// The machine has no memory for the result.
    #[error("expected memory for {expected} numbers more, found none")]
    Memory {
        /// How many numbers were to be kept.
        expected: usize,
    },
}

impl From<ShapeError> for ArgmaxError {
    fn from(error: ShapeError) -> ArgmaxError {
        ArgmaxError::Source(error.into())
    }
}

/// How many dims may be named: a scalar has one, as in PyTorch.
fn rank(shape: &[u64]) -> i64 {
    shape.len().max(1) as i64
}

/// A reduction of one array, planned from its header.
#[derive(Clone, Debug)]
pub struct Reduction {
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
    /// The indices of a slice's elements, in the order in which they come.
    indices: Places,
}

impl Reduction {
    /// Plans the reduction of `dim`, or of the flattened array without one.
    ///
    /// *Shapes and units.* `dim` counts from the end where it is negative; a scalar has the dims 0 and -1.
    /// The result has the array's shape without `dim`, or with 1 in its place with `keepdim`. Flattened
    /// it is a scalar, or with `keepdim` 1 in every place. An index into the flattened array counts in
    /// row-major order of the shape, whatever the order of memory.
    ///
    /// # Errors
    /// [`ArgmaxError::Dim`] where the array has no such dim, [`ArgmaxError::Empty`] where the slices have
    /// no elements. As in PyTorch, an array that is empty in another dim has an empty result.
    pub fn new(header: &Header, dim: Option<i64>, keepdim: bool) -> Result<Reduction, ArgmaxError> {
        let shape = &header.shape;
        let dim = dim.map(|dim| resolve(dim, shape)).transpose()?;
        let count = element_count(shape)?;
        let length = dim.map_or(count, |dim| shape.get(dim).copied().unwrap_or(1));
        if length == 0 {
            return Err(ArgmaxError::Empty { shape: shape.clone() });
        }
        let inner = dim.map_or(Ok(1), |dim| element_count(faster(shape, dim, header.order)))?;
        let indices = match (dim, header.order) {
            (None, MemoryOrder::Fortran) => Places::reversed(shape.iter().rev().copied()),
            _ => Places::same(length),
        };
        let shape = reduced_shape(shape, dim, keepdim);
        let Header { element, order, scaling, .. } = *header;
        Ok(Reduction { shape, element, order, scaling, count, length, inner, indices })
    }

    /// Whether the result is a single number of shape ().
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        self.shape.is_empty()
    }

    /// Finds the index of the largest value of each slice, as `torch.argmax` does.
    ///
    /// The first of several maxima is taken. NaN counts as larger than everything, and the first NaN is
    /// taken. Values are compared exactly as stored, 64-bit integers too; where the scaling's slope is
    /// negative the order is turned round. -0 and 0 are equal.
    ///
    /// # Errors
    /// [`ArgmaxError::Source`] where the values cannot be read or verified to their end;
    /// [`ArgmaxError::Memory`].
    pub fn argmax(&self, values: Values) -> Result<Reduced<i64>, ArgmaxError> {
        let is_reversed = self.scaling.slope < 0.0;
        if self.element.is_beyond_f64() {
            self.reduce(Hard::<u64>::new(is_reversed), values)
        } else {
            self.reduce(Hard::<f64>::new(is_reversed), values)
        }
    }

    /// Computes the expected index of each slice under the softmax at `temperature`, finite and > 0.
    ///
    /// -inf is a mask: its element weighs nothing. A slice with NaN or +inf, or nothing but masks, gives
    /// NaN, as PyTorch's softmax does.
    ///
    /// *Definition.* `Σ i · exp(x_i / T) / Σ exp(x_i / T)`, in f64, with x scaled.
    ///
    /// *Accuracy.* Within 1e-12 · n of the exact value for slices of n elements, of the values as f64:
    /// integers beyond 2^53 are rounded. No platform `exp` is used: the same values in the same memory
    /// order give the same bytes on every machine.
    ///
    /// # Errors
    /// As [`Reduction::argmax`].
    pub fn soft_argmax(&self, values: Values, temperature: f64) -> Result<Reduced<f64>, ArgmaxError> {
        self.reduce(Soft::new(self.scaling.slope, temperature, self.length - 1), values)
    }

    /// Reads all values and gives each slice its elements.
    fn reduce<R: Rule>(&self, rule: R, values: Values) -> Result<Reduced<R::Answer>, ArgmaxError> {
        let mut block = Block::new(rule);
        let (mut keys, size) = ([R::Key::default(); CHUNK].to_vec(), self.element.size());
        let mut start = 0;
        let notices = values.read_all(self.count * size as u64, CHUNK * size, |bytes| {
            let keys = &mut keys[..bytes.len() / size];
            block.decode(self.element, bytes, keys);
            self.feed(start, keys, &mut block)?;
            start += keys.len() as u64;
            Ok::<(), ArgmaxError>(())
        })?;
        Ok(Reduced::new(self.shape.clone(), self.order, block.into_answers(), notices))
    }

    /// Cuts a chunk where rows, runs of indices and blocks end.
    fn feed<R: Rule>(
        &self,
        mut start: u64,
        mut keys: &[R::Key],
        block: &mut Block<R>,
    ) -> Result<(), ArgmaxError> {
        let (run, step) = self.indices.run();
        while !keys.is_empty() {
            let row = start / self.inner % self.length;
            let left = if self.inner == 1 { run - row % run } else { self.inner - start % self.inner };
            let (now, later) = keys.split_at(left.min(keys.len() as u64) as usize);
            if self.inner == 1 {
                block.take_run(self.indices.of(row), step, now)?;
            } else {
                block.take_row(row, (start % self.inner) as usize, now)?;
            }
            (start, keys) = (start + now.len() as u64, later);
            if start.is_multiple_of(self.length * self.inner) {
                block.complete()?;
            }
        }
        Ok(())
    }
}

/// The axis that a dim means.
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

/// The shape without `dim`, or without any axis where it is none; or with 1 in their place.
fn reduced_shape(shape: &[u64], dim: Option<usize>, keepdim: bool) -> Vec<u64> {
    let is_reduced = |axis| dim.is_none_or(|dim| dim == axis);
    let length = |(axis, &n)| if is_reduced(axis) { keepdim.then_some(1) } else { Some(n) };
    shape.iter().enumerate().filter_map(length).collect()
}
