//! Whole reductions: by hand, and against one expression per slice.

use super::*;
use crate::source::{Kind, Notice, READERS, ReadAt, ReadValues, SourceError};
use MemoryOrder::{C, Fortran};

/// Bytes as a file and as a stream whose end is verified.
struct Bytes {
    bytes: Vec<u8>,
    taken: usize,
}

fn truncated(bytes: &[u8]) -> SourceError {
    SourceError::Truncated { expected: 0, found: bytes.len() as u64 }
}

impl ReadAt for Bytes {
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let bytes = self.bytes.get(offset as usize..).and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or_else(|| truncated(&self.bytes))?);
        Ok(())
    }
}

impl ReadValues for Bytes {
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.read_exact_at(self.taken as u64, buffer)?;
        self.taken += buffer.len();
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Notice>, SourceError> {
        assert_eq!(self.taken, self.bytes.len());
        Ok(vec![Notice::Trailing { bytes: 5, or_more: false, again: false }])
    }
}

/// An array in memory.
struct Array {
    header: Header,
    bytes: Vec<u8>,
}

fn array(kind: Kind, shape: &[u64], order: MemoryOrder, bytes: Vec<u8>) -> Array {
    let header = Header {
        format: "npy 1.0".into(),
        element: Element { kind, big_endian: false },
        shape: shape.to_vec(),
        order,
        layouts: READERS[0].layouts,
        scaling: Scaling { slope: 1.0, intercept: 0.0 },
        affine_kinds: &[],
        takes_affine: true,
        affines: Vec::new(),
        notices: Vec::new(),
    };
    Array { header, bytes }
}

/// f32 values in the order of memory.
fn floats(shape: &[u64], order: MemoryOrder, values: &[f32]) -> Array {
    array(Kind::F32, shape, order, values.iter().flat_map(|x| x.to_le_bytes()).collect())
}

impl Array {
    fn random(&self) -> Values {
        Values::Random(Box::new(Bytes { bytes: self.bytes.clone(), taken: 0 }))
    }

    fn stream(&self) -> Values {
        Values::Stream(Box::new(Bytes { bytes: self.bytes.clone(), taken: 0 }))
    }

    /// Shape and indices, the same from a file and from a stream.
    fn argmax(&self, dim: Option<i64>, keepdim: bool) -> Result<(Vec<u64>, Vec<i64>), ArgmaxError> {
        let reduction = Reduction::new(&self.header, dim, keepdim)?;
        let (found, streamed) = (reduction.argmax(self.random())?, reduction.argmax(self.stream())?);
        let numbers: Vec<i64> = found.numbers().collect();
        assert_eq!(numbers, streamed.numbers().collect::<Vec<_>>());
        assert_eq!(streamed.notices(), [Notice::Trailing { bytes: 5, or_more: false, again: false }]);
        assert_eq!(found.scalar().is_some(), reduction.is_scalar());
        Ok((found.shape().to_vec(), numbers))
    }

    fn soft(&self, dim: Option<i64>, temperature: f64) -> Vec<f64> {
        let reduction = Reduction::new(&self.header, dim, false).unwrap();
        let numbers: Vec<f64> =
            reduction.soft_argmax(self.random(), temperature).unwrap().numbers().collect();
        let streamed = reduction.soft_argmax(self.stream(), temperature).unwrap();
        assert!(numbers.iter().map(|x| x.to_bits()).eq(streamed.numbers().map(f64::to_bits)));
        numbers
    }
}

/// ```text
/// 1 5 2
/// 5 5 0
/// ```
fn table() -> [Array; 2] {
    [
        floats(&[2, 3], C, &[1.0, 5.0, 2.0, 5.0, 5.0, 0.0]),
        floats(&[2, 3], Fortran, &[1.0, 5.0, 5.0, 5.0, 2.0, 0.0]),
    ]
}

#[test]
fn a_table_by_hand_in_both_orders() {
    for table in table() {
        for (dim, keepdim, shape, numbers) in [
            (None, false, &[][..], &[1][..]),
            (None, true, &[1, 1], &[1]),
            (Some(0), false, &[3], &[1, 0, 0]),
            (Some(-2), true, &[1, 3], &[1, 0, 0]),
            (Some(1), false, &[2], &[1, 0]),
            (Some(-1), true, &[2, 1], &[1, 0]),
        ] {
            let found = table.argmax(dim, keepdim).unwrap();
            assert_eq!(found, (shape.to_vec(), numbers.to_vec()), "{dim:?} {keepdim}");
        }
    }
}

#[test]
fn nan_is_the_maximum_and_the_first_one_wins() {
    let nan = f32::NAN;
    let rows = floats(&[2, 3], C, &[f32::INFINITY, nan, nan, 1.0, f32::NEG_INFINITY, nan]);
    assert_eq!(rows.argmax(Some(1), false).unwrap().1, [1, 2]);
    assert_eq!(rows.argmax(Some(0), false).unwrap().1, [0, 0, 0]);
    assert_eq!(rows.argmax(None, false).unwrap().1, [1]);
    let columns = floats(&[2, 3], Fortran, &[1.0, nan, 1.0, 1.0, nan, 1.0]);
    assert_eq!(columns.argmax(None, false).unwrap().1, [2]);
}

#[test]
fn a_scalar_has_the_dims_0_and_minus_1() {
    for order in [C, Fortran] {
        let scalar = floats(&[], order, &[7.0]);
        for dim in [None, Some(0), Some(-1)] {
            for keepdim in [false, true] {
                assert_eq!(scalar.argmax(dim, keepdim).unwrap(), (vec![], vec![0]));
            }
            assert_eq!(scalar.soft(dim, 1.0), [0.0]);
        }
        assert!(matches!(scalar.argmax(Some(1), false), Err(ArgmaxError::Dim { found: 1, .. })));
    }
}

#[test]
fn what_is_empty_and_what_is_out_of_range() {
    let empty = floats(&[2, 0, 3], C, &[]);
    for dim in [None, Some(1), Some(-2)] {
        let error = empty.argmax(dim, false).unwrap_err();
        assert!(matches!(error, ArgmaxError::Empty { .. }));
        assert!(error.to_string().ends_with("found shape [2, 0, 3]"));
    }
    assert_eq!(empty.argmax(Some(0), false).unwrap(), (vec![0, 3], vec![]));
    assert_eq!(empty.argmax(Some(2), true).unwrap(), (vec![2, 0, 1], vec![]));
    for found in [3, -4, i64::MIN, i64::MAX] {
        let error = empty.argmax(Some(found), false).unwrap_err();
        let expected = format!("expected a dim from -3 to 2 for shape [2, 0, 3], found {found}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn integers_of_64_bits_are_compared_exactly() {
    let bytes = |numbers: &[i64]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    let close = [(1 << 53) + 1, 1 << 53, -1, (1 << 53) + 2, (1 << 53) + 1];
    for (kind, smallest) in [(Kind::I64, 2), (Kind::U64, 1)] {
        let mut array = array(kind, &[5], C, bytes(&close));
        assert_eq!(array.argmax(None, false).unwrap().1, [if kind == Kind::I64 { 3 } else { 2 }]);
        array.header.scaling.slope = -0.5;
        assert_eq!(array.argmax(None, false).unwrap().1, [smallest], "{kind:?}");
    }
    let least = array(Kind::I64, &[3], C, bytes(&[i64::MIN; 3]));
    assert_eq!(least.argmax(None, false).unwrap().1, [0]);
}

#[test]
fn a_negative_slope_turns_all_but_nan_round() {
    let mut row = floats(&[4], C, &[2.0, 1.0, 3.0, 1.0]);
    row.header.scaling = Scaling { slope: -2.0, intercept: 9.0 };
    assert_eq!(row.argmax(None, false).unwrap().1, [1]);
    let mut row = floats(&[3], Fortran, &[f32::NEG_INFINITY, f32::NAN, 1.0]);
    row.header.scaling = Scaling { slope: -2.0, intercept: 9.0 };
    assert_eq!(row.argmax(None, false).unwrap().1, [1]);
    assert!(row.soft(None, 1.0)[0].is_nan());
    let mut row = floats(&[2], C, &[3.0_f32.ln(), 0.0]);
    row.header.scaling = Scaling { slope: -2.0, intercept: 9.0 };
    // Weights 1 and 9.
    assert!((row.soft(None, 1.0)[0] - 0.9).abs() < 1e-7);
}

#[test]
fn soft_by_hand() {
    let three = 3.0_f32.ln();
    let rows = floats(&[2, 2], C, &[0.0, three, three, 0.0]);
    let close = |found: Vec<f64>, expected: &[f64]| {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-7), "{found:?}");
    };
    close(rows.soft(Some(1), 1.0), &[0.75, 0.25]);
    close(rows.soft(Some(-2), 1.0), &[0.75, 0.25]);
    close(rows.soft(None, 1.0), &[(3.0 + 2.0 * 3.0 + 3.0) / 8.0]);
    let columns = floats(&[2, 2], Fortran, &[0.0, 0.0, three, 0.0]);
    close(columns.soft(None, 1.0), &[(3.0 + 2.0 + 3.0) / 6.0]);
    close(columns.soft(Some(1), 1.0), &[0.75, 0.5]);
}

/// Numbers that repeat, the same on every run.
fn drawn(count: u64) -> Vec<f32> {
    let mut state = 1_u32;
    let mut draw = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from((state >> 24) as u8) / 32.0
    };
    (0..count).map(|_| draw()).collect()
}

/// Each slice with its indices, the slices in row-major order.
fn slices(shape: &[u64], order: MemoryOrder, values: &[f32], dim: Option<usize>) -> Vec<Vec<f64>> {
    let reordering = match order {
        C => Reordering::none(values.len() as u64),
        Fortran => Reordering::reversed(shape.iter().copied()),
    };
    let flat: Vec<f64> =
        reordering.indices(values.len() as u64).map(|index| f64::from(values[index as usize])).collect();
    let Some(dim) = dim else { return vec![flat] };
    let (n, inner) = (shape[dim] as usize, shape[dim + 1..].iter().product::<u64>() as usize);
    let slice = |s: usize| (0..n).map(|i| flat[(s / inner * n + i) * inner + s % inner]).collect();
    (0..flat.len() / n).map(slice).collect()
}

fn first_maximum(slice: &[f64]) -> i64 {
    let max = slice.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    slice.iter().position(|&x| x == max).unwrap() as i64
}

fn expectation(slice: &[f64], temperature: f64) -> f64 {
    let max = slice.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = slice.iter().map(|x| ((x - max) / temperature).exp()).collect();
    (0_u32..).zip(&weights).map(|(i, w)| f64::from(i) * w).sum::<f64>() / weights.iter().sum::<f64>()
}

#[test]
fn every_dim_of_every_shape_in_both_orders_equals_the_obvious() {
    for shape in [
        &[3, 4, 5, 2][..],
        &[1, 7, 1, 3],
        &[1, 1],
        &[40_000],
        &[3, 33_000],
        &[33_000, 3],
        &[70_000, 1],
        &[5, 90, 90],
    ] {
        let values = drawn(shape.iter().product());
        for order in [C, Fortran] {
            let array = floats(shape, order, &values);
            for dim in (0..shape.len()).map(Some).chain([None]) {
                let slices = slices(shape, order, &values, dim);
                let asked = dim.map(|dim| dim as i64);
                let expected: Vec<i64> = slices.iter().map(|slice| first_maximum(slice)).collect();
                assert_eq!(array.argmax(asked, false).unwrap().1, expected, "{shape:?} {order:?} {dim:?}");
                for (found, slice) in array.soft(asked, 0.3).iter().zip(&slices) {
                    let bound = 1e-12 * slice.len() as f64;
                    assert!((found - expectation(slice, 0.3)).abs() < bound, "{shape:?} {order:?} {dim:?}");
                }
            }
        }
    }
}

#[test]
fn a_declared_size_takes_no_memory() {
    // 2^40 results are declared, eight elements come.
    for (shape, dim) in [(&[2, 1 << 40][..], 0), (&[1 << 40, 2], 1)] {
        let hostile = floats(shape, C, &[1.0; 8]);
        let reduction = Reduction::new(&hostile.header, Some(dim), false).unwrap();
        assert!(matches!(reduction.argmax(hostile.stream()), Err(ArgmaxError::Source(_))));
    }
}
