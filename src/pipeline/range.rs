//! The range of an input's values, for `info --range`.

use super::decoded::Decoded;
use super::opened::OpenedInput;
use crate::error::InputError;
use crate::source::Values;

/// How many values are decoded at once for their range.
const CHUNK: usize = 1 << 15;

/// The smallest and the largest value, scaled; NaN does not count.
pub(super) fn range(input: &OpenedInput, values: Values) -> Result<Option<(f64, f64)>, Box<Decoded>> {
    let failed = |error| Box::new(Decoded::failed(input.record.clone(), &InputError::Source(error)));
    let (element, size) = (input.prepared.element, input.prepared.element.size());
    let total = input.bytes();
    let (mut bytes, mut numbers) = (vec![0; CHUNK * size], vec![0.0; CHUNK]);
    let (mut values, mut range) = (values, (f64::INFINITY, f64::NEG_INFINITY));
    let mut offset = 0;
    while offset < total {
        let length = usize::try_from(total - offset).unwrap_or(usize::MAX).min(bytes.len());
        let part = &mut bytes[..length];
        match &mut values {
            Values::Random(values) => values.read_exact_at(offset, part).map_err(failed)?,
            Values::Stream(values) => values.read_exact(part).map_err(failed)?,
        }
        let numbers = &mut numbers[..length / size];
        element.widen_f64(part, numbers);
        range = numbers.iter().fold(range, |(low, high), &x| (low.min(x), high.max(x)));
        offset += length as u64;
    }
    if let Values::Stream(mut values) = values {
        values.finish().map_err(failed)?;
    }
    let scaled = [range.0, range.1].map(|x| input.scaling.slope * x + input.scaling.intercept);
    Ok((range.0 <= range.1).then(|| (scaled[0].min(scaled[1]), scaled[0].max(scaled[1]))))
}
