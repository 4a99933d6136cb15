//! All values of an input, read to their verified end, for `info --range` and `info --verify`.

use super::decoded::Decoded;
use super::opened::OpenedInput;
use crate::source::{Notice, SourceError, Values};

/// The smallest and the largest value, scaled; `None` if there is no value, or nobody asked.
pub(super) type Range = Option<(f64, f64)>;

/// How many values are read at once.
const CHUNK: usize = 1 << 15;

/// Reads all values and verifies their end. Their range is found if it `is_wanted`; NaN does not count.
pub(super) fn read(
    input: &OpenedInput,
    values: Values,
    is_wanted: bool,
) -> Result<(Range, Vec<Notice>), Box<Decoded>> {
    let (element, size) = (input.prepared.element, input.prepared.element.size());
    let (mut numbers, mut range) = (vec![0.0; CHUNK], (f64::INFINITY, f64::NEG_INFINITY));
    let widen = |bytes: &[u8]| {
        if is_wanted {
            let numbers = &mut numbers[..bytes.len() / size];
            element.widen_f64(bytes, numbers);
            range = numbers.iter().fold(range, |(low, high), &x| (low.min(x), high.max(x)));
        }
        Ok::<(), SourceError>(())
    };
    let read = values.read_all(input.bytes, CHUNK * size, widen);
    let notices = read.map_err(|error| Box::new(input.failed(error.into())))?;
    let scaled = [range.0, range.1].map(|x| input.scaling.slope * x + input.scaling.intercept);
    let range = (range.0 <= range.1).then(|| (scaled[0].min(scaled[1]), scaled[0].max(scaled[1])));
    Ok((range, notices))
}
