//! The range of an input's values, for `info --range`.

use super::decoded::Decoded;
use super::opened::OpenedInput;
use crate::error::InputError;
use crate::source::{SourceError, Values};

/// How many values are decoded at once for their range.
const CHUNK: usize = 1 << 15;

/// The smallest and the largest value, scaled; NaN does not count.
pub(super) fn range(input: &OpenedInput, values: Values) -> Result<Option<(f64, f64)>, Box<Decoded>> {
    let failed = |error| Box::new(Decoded::failed(input.record.clone(), InputError::Source(error)));
    let (element, size) = (input.prepared.element, input.prepared.element.size());
    let (mut numbers, mut range) = (vec![0.0; CHUNK], (f64::INFINITY, f64::NEG_INFINITY));
    let widen = |bytes: &[u8]| {
        let numbers = &mut numbers[..bytes.len() / size];
        element.widen_f64(bytes, numbers);
        range = numbers.iter().fold(range, |(low, high), &x| (low.min(x), high.max(x)));
        Ok::<(), SourceError>(())
    };
    values.read_all(input.bytes(), CHUNK * size, widen).map_err(failed)?;
    let scaled = [range.0, range.1].map(|x| input.scaling.slope * x + input.scaling.intercept);
    Ok((range.0 <= range.1).then(|| (scaled[0].min(scaled[1]), scaled[0].max(scaled[1]))))
}
