//! The result, as an array and as `.npy`.

use super::reordering::Reordering;
use crate::geometry::MemoryOrder;
use crate::npy_header::npy_header;
use crate::source::Notice;
use std::fmt;
use std::io::{self, Write};

/// A number of the result: `i64` or `f64`.
pub(crate) trait Number: Copy + fmt::Display + private::Sealed {
    /// `NumPy`'s name of the type, little-endian.
    const DESCR: &'static str;

    /// Its bytes, the least significant first.
    fn to_le_bytes(self) -> [u8; 8];
}

mod private {
    pub(crate) trait Sealed {}
    impl Sealed for i64 {}
    impl Sealed for f64 {}
}

impl Number for i64 {
    const DESCR: &'static str = "<i8";

    fn to_le_bytes(self) -> [u8; 8] {
        self.to_le_bytes()
    }
}

impl Number for f64 {
    const DESCR: &'static str = "<f8";

    fn to_le_bytes(self) -> [u8; 8] {
        self.to_le_bytes()
    }
}

/// A reduced array.
#[derive(Clone, Debug)]
pub(crate) struct Reduced<T> {
    shape: Vec<u64>,
    /// In the order of the input's memory.
    numbers: Vec<T>,
    /// Where in `numbers` each number of the row-major order is.
    positions: Reordering,
    notices: Vec<Notice>,
}

impl<T> Reduced<T> {
    /// An array of `shape` whose numbers lie in `order`.
    pub(super) fn new(
        shape: Vec<u64>,
        order: MemoryOrder,
        numbers: Vec<T>,
        notices: Vec<Notice>,
    ) -> Reduced<T> {
        let positions = match order {
            MemoryOrder::C => Reordering::none(numbers.len() as u64),
            MemoryOrder::Fortran => Reordering::reversed(shape.iter().copied()),
        };
        Reduced { shape, numbers, positions, notices }
    }

    /// The lengths of its axes.
    #[cfg(test)]
    pub(crate) fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// What was suspicious at the end of the values.
    #[must_use]
    pub(crate) fn notices(&self) -> &[Notice] {
        &self.notices
    }
}

impl<T: Number> Reduced<T> {
    /// The numbers in row-major order of the shape.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = T> {
        let at = |position: u64| self.numbers.get(position as usize).copied();
        self.positions.indices(self.numbers.len() as u64).filter_map(at)
    }

    /// The only number, if the shape is ().
    #[must_use]
    pub(crate) fn scalar(&self) -> Option<T> {
        if self.shape.is_empty() { self.numbers.first().copied() } else { None }
    }

    /// Writes it as `.npy` of version 1.0, little-endian and in row-major order whatever the input's, to
    /// a writer that should be buffered.
    ///
    /// # Errors
    /// What the writer returns.
    pub(crate) fn write_npy(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&npy_header(T::DESCR, &self.shape))?;
        self.numbers().try_for_each(|number| out.write_all(&number.to_le_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npy_by_hand() {
        let written = |reduced: &Reduced<i64>| {
            let mut bytes = Vec::new();
            reduced.write_npy(&mut bytes).unwrap();
            assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
            let text = String::from_utf8(bytes[10..128].to_vec()).unwrap();
            assert!(text.ends_with(" \n"));
            (text.trim_end().to_owned(), bytes[128..].to_vec())
        };
        let row = Reduced::new(vec![2], MemoryOrder::C, vec![1, -2], Vec::new());
        let (text, bytes) = written(&row);
        assert_eq!(text, "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }");
        assert_eq!(bytes, [1, 0, 0, 0, 0, 0, 0, 0, 254, 255, 255, 255, 255, 255, 255, 255]);
        let scalar = Reduced::new(vec![], MemoryOrder::Fortran, vec![7], Vec::new());
        assert_eq!(scalar.scalar(), Some(7));
        assert_eq!(written(&scalar).0, "{'descr': '<i8', 'fortran_order': False, 'shape': (), }");
    }

    #[test]
    fn columns_are_written_as_rows() {
        let columns = Reduced::new(vec![2, 1, 3], MemoryOrder::Fortran, vec![0, 3, 1, 4, 2, 5], Vec::new());
        assert_eq!(columns.numbers().collect::<Vec<i64>>(), [0, 1, 2, 3, 4, 5]);
        assert_eq!((columns.scalar(), columns.shape()), (None, &[2, 1, 3][..]));
    }
}
