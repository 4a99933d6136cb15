//! An input that is opened a second time, of which some boxes are read: for those who look at a heatmap after
//! it has been decoded.
//!
//! An input that is the mean of several files is their mean here too. A stream is copied to a temporary file,
//! as its values come in their order.

use super::decoded::Decoded;
use super::opened::{OpenedFile, OpenedInput, file};
use super::window::Windows;
use crate::geometry::{Block, Hwd, indices};
use crate::memory;
use crate::plan::{Decoding, Member};
use crate::source::{Location, ReadAt, SourceError, Spool, Values};

/// How many bytes of a stream are copied at once.
const PIECE: usize = 1 << 18;

/// An input that is opened again.
pub struct Volume {
    files: Vec<Part>,
    windows: Windows,
    /// The values of the box that was read last.
    values: Vec<f64>,
}

/// One file of it, and along which axes it is turned.
struct Part {
    input: OpenedInput,
    values: Box<dyn ReadAt>,
    turned: Hwd<bool>,
}

/// Which heatmap: sample and channel.
type Heatmap = (usize, usize);

impl Volume {
    /// Opens an input.
    ///
    /// # Errors
    /// The input with the reason in its record, if its header or its values cannot be read.
    pub fn open(decoding: &Decoding, location: &Location) -> Result<Volume, Box<Decoded>> {
        let whole = |path: Location| part(decoding, &path, Hwd::default());
        let files = match decoding.members(location) {
            [] => vec![whole(location.clone())?],
            members => {
                let opened = members
                    .iter()
                    .map(|Member { path, turned }| part(decoding, &Location::Path(path.clone()), *turned));
                opened.collect::<Result<_, _>>()?
            }
        };
        Ok(Volume { files, windows: Windows::default(), values: Vec::new() })
    }

    /// What its header says.
    #[must_use]
    pub fn record(&self) -> Option<&crate::landmark::InputRecord> {
        self.files.first().map(|part| &part.input.record)
    }

    /// How many voxels there are along h, w, d.
    #[must_use]
    pub fn lengths(&self) -> Hwd<usize> {
        self.files.first().map_or(Hwd([0; 3]), |part| part.input.record.lengths)
    }

    /// The values of a box of one heatmap, in the order of (h, w, d), as the file scales them; NaN where a
    /// voxel is masked. The box lies within the volume.
    ///
    /// # Errors
    /// If they cannot be read any more.
    pub fn values(
        &mut self,
        heatmap: Heatmap,
        first: Hwd<usize>,
        extent: Hwd<usize>,
    ) -> Result<&[f64], SourceError> {
        let count = self.files.len() as f64;
        memory::resize(&mut self.values, 0, 0.0)?;
        memory::resize(&mut self.values, extent.0.iter().product(), 0.0)?;
        for Part { input, values, turned } in &self.files {
            add(input, &**values, *turned, &mut self.windows, (heatmap, first, extent), &mut self.values)?;
        }
        if self.files.len() > 1 {
            self.values.iter_mut().for_each(|value| *value /= count);
        }
        Ok(&self.values)
    }
}

fn part(decoding: &Decoding, location: &Location, turned: Hwd<bool>) -> Result<Part, Box<Decoded>> {
    let OpenedFile { input, values, .. } =
        file(decoding, location).map_err(|unfit| Box::new(unfit.decoded()))?;
    match at_any_offset(&input, values) {
        Ok(values) => Ok(Part { input, values, turned }),
        Err(error) => Err(Box::new(input.failed(error.into()))),
    }
}

/// The values, so that they can be read at any offset.
pub(super) fn at_any_offset(input: &OpenedInput, values: Values) -> Result<Box<dyn ReadAt>, SourceError> {
    match values {
        Values::Random(values) => Ok(values),
        stream @ Values::Stream(_) => {
            let mut spool = Spool::new()?;
            stream.read_all(input.bytes, PIECE, |bytes| spool.add(bytes))?;
            Ok(Box::new(spool))
        }
    }
}

/// Adds the values of a box to those of other files.
fn add(
    input: &OpenedInput,
    values: &dyn ReadAt,
    Hwd(turned): Hwd<bool>,
    windows: &mut Windows,
    ((n, c), Hwd(first), Hwd(extent)): (Heatmap, Hwd<usize>, Hwd<usize>),
    sum: &mut [f64],
) -> Result<(), SourceError> {
    let (prepared, Hwd(lengths)) = (&input.prepared, input.record.lengths);
    let axes = prepared.regions.axes();
    // Where the box begins in the file, which may be turned.
    let start: [usize; 3] = std::array::from_fn(|axis| {
        if turned[axis] { lengths[axis] - first[axis] - extent[axis] } else { first[axis] }
    });
    let block =
        Block { start: axes.logical.map(|axis| start[axis]), extent: axes.logical.map(|axis| extent[axis]) };
    let heatmap = n * prepared.selected.channels() + c;
    let read = windows.read(prepared, values, heatmap, &[block])?;
    for (place, &value) in indices(block.extent).zip(read) {
        let mut logical = [0; 3];
        for (memory, &axis) in axes.logical.iter().enumerate() {
            let own = place[memory];
            logical[axis] = if turned[axis] { extent[axis] - 1 - own } else { own };
        }
        let at = (logical[0] * extent[1] + logical[1]) * extent[2] + logical[2];
        sum[at] += input.scaling.heatmap_value(value);
    }
    Ok(())
}
