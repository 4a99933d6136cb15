//! A mask as a file gives it: which voxels are decoded, one bit each.
//!
//! A mask may have other axes than the heatmaps and another order in memory; it is read once, and laid over
//! each input as that input needs it.
//!
//! Its file is read before the inputs and not with each: a gzip file would be inflated once for every
//! input. Bits and not bytes, because it stays in memory for the whole run.

use crate::coverage::Coverage;
use crate::error::InputError;
use crate::geometry::{Arrangement, Axis, DefaultLayouts, Hwd, Layout, MemoryOrder, NamedAffine};
use crate::memory;
use crate::source::{self, Header, Location, OpenOptions, Opened, SourceError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The voxels of a mask file: one is decoded if its value is neither 0 nor NaN.
///
/// It takes one bit a voxel, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    path: PathBuf,
    shape: Vec<u64>,
    order: MemoryOrder,
    layouts: &'static DefaultLayouts,
    /// Whether it is a volume, whose axes are i, j, k whatever the format.
    is_volume: bool,
    affines: Vec<NamedAffine>,
    bits: Arc<Vec<u64>>,
    digest: u64,
}

/// Values that are read together.
const CHUNK: usize = 1 << 15;

impl Mask {
    /// Reads a mask of any known format.
    ///
    /// # Errors
    /// [`SourceError`] as for any input. Memory grows only as values arrive.
    ///
    /// So a header that declares more values than the file has cannot make the program ask for that memory.
    pub fn read(path: &Path) -> Result<Mask, SourceError> {
        let location = Location::Path(path.to_owned());
        let Opened { header, values } = source::open(&location, &OpenOptions::default())?;
        let Header { element, scaling, .. } = header;
        let size = element.size();
        let (mut numbers, mut bits) = (vec![0.0; CHUNK], Vec::new());
        let keep = |bytes: &[u8]| {
            let numbers = &mut numbers[..bytes.len() / size];
            element.widen_f64(bytes, numbers);
            memory::reserve(&mut bits, numbers.len().div_ceil(64))?;
            // Only the last chunk can end within a word.
            bits.extend(numbers.chunks(64).map(|word| {
                let is_kept = |&x: &f64| {
                    let value = scaling.apply(x);
                    !value.is_nan() && value != 0.0
                };
                word.iter().enumerate().fold(0, |bits, (i, x)| bits | u64::from(is_kept(x)) << i)
            }));
            Ok::<(), SourceError>(())
        };
        values.read_all(source_bytes(&header)?, CHUNK * size, keep)?;
        let is_volume = header.can_hold_affine();
        let Header { shape, order, layouts, affines, .. } = header;
        let digest = digest(&bits);
        Ok(Mask {
            path: path.to_owned(),
            shape,
            order,
            layouts,
            is_volume,
            affines,
            bits: Arc::new(bits),
            digest,
        })
    }

    /// The file that it was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lengths of its axes, as the file declares them.
    #[must_use]
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Which of its axes varies fastest.
    #[must_use]
    pub fn order(&self) -> MemoryOrder {
        self.order
    }

    /// A number made of its voxels in the order of the file: it differs between masks of one shape, and is
    /// the same on every machine.
    ///
    /// It stands in for the voxels where settings are compared, so that an edited mask counts as another
    /// one. It protects against mistakes and not against somebody who wants two masks to look alike.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The affines of its header, for the axes of its shape.
    #[must_use]
    pub fn affines(&self) -> &[NamedAffine] {
        &self.affines
    }

    /// The layout that its format gives a volume of its shape; `None` if there is no default.
    #[must_use]
    pub(crate) fn default_layout(&self) -> Option<Layout> {
        self.layouts.of(&self.shape).ok()
    }

    /// The layouts that it may have beside an input of `layout`: the input's own, without samples, channels
    /// or axes that are dropped if it has fewer axes. If the formats of the two name axes by different rules,
    /// the default of its own shape.
    fn layouts(&self, layout: &Layout, header: &Header) -> Vec<Layout> {
        let is_alike = self.layouts == header.layouts || self.is_volume && header.can_hold_affine();
        if !is_alike {
            return self.default_layout().into_iter().collect();
        }
        let without = |axes: &[char]| layout.to_string().replace(axes, "").parse().ok();
        let axes: [&[char]; 6] = [&[], &['N'], &['N', 'C'], &['1'], &['1', 'N'], &['1', 'N', 'C']];
        axes.into_iter().filter_map(without).collect()
    }

    /// Lays it over the heatmaps of an input of `layout`, with `channels` channels of `lengths`.
    ///
    /// A mask with one channel serves all channels of the heatmaps. Returns the layout that fitted as well,
    /// since the mask's affines can be compared only with their axes named.
    ///
    /// # Errors
    /// [`InputError::MaskShape`] if it has other lengths, several samples, or neither one channel nor as many
    /// as the heatmaps.
    pub fn placed(
        &self,
        layout: &Layout,
        header: &Header,
        lengths: Hwd<usize>,
        channels: usize,
    ) -> Result<(Coverage, Layout), InputError> {
        let fits = |layout: &Layout| {
            let arrangement = Arrangement::new(&self.shape, self.order, layout).ok()?;
            let own = arrangement.length(Axis::C);
            let fits = arrangement.spatial() == lengths
                && arrangement.length(Axis::N) == 1
                && (own == 1 || own == channels);
            let [_, c, h, w, d] = arrangement.strides.map(isize::unsigned_abs);
            let strides = [if own == 1 { 0 } else { c }, h, w, d];
            fits.then(|| Coverage::new(Arc::clone(&self.bits), strides))
        };
        let layouts = self.layouts(layout, header);
        let found = layouts.into_iter().find_map(|layout| Some((fits(&layout)?, layout)));
        found.ok_or_else(|| InputError::MaskShape {
            mask: self.path.clone(),
            expected: lengths,
            channels,
            found: self.shape.clone(),
        })
    }
}

/// FNV-1a over words.
fn digest(words: &[u64]) -> u64 {
    let add = |hash: u64, word: &u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3);
    words.iter().fold(0xcbf2_9ce4_8422_2325, add)
}

/// Bytes of all values; the source has checked that they exist.
fn source_bytes(header: &Header) -> Result<u64, SourceError> {
    Ok(crate::geometry::byte_length(&header.shape, header.element.size())?)
}
