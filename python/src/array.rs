//! The memory of a `numpy.ndarray`, read in the order in which `numpy.save` would write it.
//!
//! No array is copied: a worker asks for the values of one unit, some 65,536 of them, and gets them in a
//! buffer that it uses again, as from a file. That is one `memcpy` if they lie side by side; if not, they are
//! gathered. So any strides will do, negative and zero ones too.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use softargmax::cli::embedded::{Element, Kind, ReadAt, SourceError};

/// One axis of an array: its length, and how many bytes apart its elements lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Axis {
    length: usize,
    stride: isize,
}

/// An array of any strides.
#[derive(Clone, Debug)]
pub(crate) struct Strided {
    base: *const u8,
    element: Element,
    shape: Vec<u64>,
    is_fortran: bool,
    /// The axes in the order of reading, the slowest first; neighbours that lie without a gap are one.
    axes: Vec<Axis>,
    /// The number of elements.
    count: usize,
}

// SAFETY: it only reads, and whoever makes one keeps the array until it is dropped. A thread of Python that
// writes to the array meanwhile changes which values are read, as it would for NumPy's own functions.
unsafe impl Send for Strided {}
// SAFETY: as above.
unsafe impl Sync for Strided {}

impl Strided {
    /// The memory of an array. The caller keeps `array` for as long as the result is used.
    ///
    /// # Errors
    /// `TypeError` for another object and for elements that are no numbers of at most 64 bits.
    pub(crate) fn of(array: &Bound<'_, PyAny>) -> PyResult<Strided> {
        let numpy = array.py().import("numpy")?;
        if !array.is_instance(&numpy.getattr("ndarray")?)? {
            return Err(PyTypeError::new_err("expected a numpy.ndarray"));
        }
        let interface = array.getattr("__array_interface__")?;
        let typestr: String = interface.get_item("typestr")?.extract()?;
        let element = element(&typestr).ok_or_else(|| {
            let found = array.getattr("dtype").map_or(typestr, |dtype| dtype.to_string());
            PyTypeError::new_err(format!(
                "expected numbers of at most 64 bits or bool, found the dtype {found}"
            ))
        })?;
        let (address, _): (usize, bool) = interface.get_item("data")?.extract()?;
        let lengths: Vec<usize> = array.getattr("shape")?.extract()?;
        let strides: Vec<isize> = array.getattr("strides")?.extract()?;
        let flags = array.getattr("flags")?;
        let flag = |name: &str| -> PyResult<bool> { flags.get_item(name)?.extract() };
        let is_fortran = flag("F_CONTIGUOUS")? && !flag("C_CONTIGUOUS")?;
        let count = lengths.iter().try_fold(1_usize, |count, &length| count.checked_mul(length));
        let count = count.ok_or_else(|| PyValueError::new_err("expected at most 2^63 elements"))?;
        let shape = lengths.iter().map(|&length| length as u64).collect();
        let mut axes: Vec<Axis> =
            lengths.into_iter().zip(strides).map(|(length, stride)| Axis { length, stride }).collect();
        if is_fortran {
            axes.reverse();
        }
        Ok(Strided { base: address as *const u8, element, shape, is_fortran, axes: merged(&axes), count })
    }

    /// The type of its elements.
    pub(crate) fn element(&self) -> Element {
        self.element
    }

    /// The lengths of its axes, as NumPy has them.
    pub(crate) fn shape(&self) -> Vec<u64> {
        self.shape.clone()
    }

    /// Whether its first axis varies fastest in the order of reading.
    pub(crate) fn is_fortran(&self) -> bool {
        self.is_fortran
    }

    /// Copies elements from `first` on into a buffer of whole elements.
    fn gather<const SIZE: usize>(&self, first: usize, buffer: &mut [u8]) {
        let (inner, outer) = match self.axes.split_last() {
            Some((inner, outer)) => (*inner, outer),
            None => (Axis { length: 1, stride: SIZE as isize }, &[][..]),
        };
        let (mut run, mut within) = (first / inner.length.max(1), first % inner.length.max(1));
        let (mut elements, _) = buffer.as_chunks_mut::<SIZE>();
        while !elements.is_empty() {
            let start = run_start(outer, run) + within as isize * inner.stride;
            let (here, later) = elements.split_at_mut(elements.len().min(inner.length - within));
            // SAFETY: `read_exact_at` has held the range against the number of elements, so each index is one
            // of the array, and NumPy vouches for the memory of all of them.
            unsafe { copy(self.base.offset(start), inner.stride, here) };
            (elements, run, within) = (later, run + 1, 0);
        }
    }
}

/// How many bytes behind the first element a run along the last axis begins.
fn run_start(outer: &[Axis], mut run: usize) -> isize {
    let mut start = 0;
    for axis in outer.iter().rev() {
        start += (run % axis.length) as isize * axis.stride;
        run /= axis.length;
    }
    start
}

/// Copies elements that lie `stride` bytes apart.
///
/// # Safety
/// Each of them is readable.
unsafe fn copy<const SIZE: usize>(from: *const u8, stride: isize, to: &mut [[u8; SIZE]]) {
    if stride == SIZE as isize {
        // SAFETY: the elements lie side by side, and `to` is memory of Rust's, which nothing else has.
        unsafe { std::ptr::copy_nonoverlapping(from.cast(), to.as_mut_ptr(), to.len()) };
        return;
    }
    for (index, slot) in to.iter_mut().enumerate() {
        // SAFETY: as the caller says; bytes have no alignment.
        *slot = unsafe { from.offset(index as isize * stride).cast::<[u8; SIZE]>().read() };
    }
}

/// The axes without those of length 1, neighbours without a gap made one.
fn merged(axes: &[Axis]) -> Vec<Axis> {
    let mut merged: Vec<Axis> = Vec::new();
    for &axis in axes.iter().filter(|axis| axis.length != 1) {
        match merged.last_mut() {
            Some(last) if Some(last.stride) == axis.stride.checked_mul(axis.length as isize) => {
                *last = Axis { length: last.length * axis.length, stride: axis.stride };
            }
            _ => merged.push(axis),
        }
    }
    merged
}

impl ReadAt for Strided {
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let size = self.element.size();
        let all = self.count as u64 * size as u64;
        let end = offset.checked_add(buffer.len() as u64).filter(|&end| end <= all);
        if end.is_none() || !offset.is_multiple_of(size as u64) || !buffer.len().is_multiple_of(size) {
            return Err(SourceError::Truncated {
                expected: offset.saturating_add(buffer.len() as u64),
                found: all,
            });
        }
        let first = (offset / size as u64) as usize;
        match size {
            1 => self.gather::<1>(first, buffer),
            2 => self.gather::<2>(first, buffer),
            4 => self.gather::<4>(first, buffer),
            _ => self.gather::<8>(first, buffer),
        }
        Ok(())
    }
}

/// The element of NumPy's spelling.
fn element(typestr: &str) -> Option<Element> {
    let (order, kind) = typestr.split_at_checked(1)?;
    let kind = match kind {
        "f2" => Kind::F16,
        "f4" => Kind::F32,
        "f8" => Kind::F64,
        "i1" => Kind::I8,
        "i2" => Kind::I16,
        "i4" => Kind::I32,
        "i8" => Kind::I64,
        "u1" => Kind::U8,
        "u2" => Kind::U16,
        "u4" => Kind::U32,
        "u8" => Kind::U64,
        "b1" => Kind::Bool,
        _ => return None,
    };
    Some(Element { kind, big_endian: order == ">" })
}
