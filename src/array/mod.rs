//! The front door for Rust callers: a view of an array in, landmarks out.

mod maps;
mod sweep;

use crate::geometry::{Block, Layout, LayoutError};
use crate::kernel::{HeatmapReader, PeakSearch, PeakSelection, PeakSelectionError, RadiusError, Settings};
use crate::landmark::Landmark;
use maps::Maps;
use ndarray::{ArrayView, ArrayView3};

/// Why an array has no landmarks.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// Its shape and the layout do not go together.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// Its voxels do not go together with the radius of the method's window.
    #[error(transparent)]
    Reach(#[from] RadiusError),
    /// The mask has another spatial shape.
    #[error("expected a mask of shape {expected:?} (h, w, d), found {found:?}")]
    Mask {
        /// H, W, D of the heatmaps.
        expected: [usize; 3],
        /// H, W, D of the mask.
        found: [usize; 3],
    },
    /// Peaks cannot be asked for so.
    #[error(transparent)]
    Peaks(#[from] PeakSelectionError),
    /// Peaks were to be some millimetres apart and there is no affine.
    #[error("expected an affine in the settings for a least distance in mm, found none")]
    NoMillimetres,
    /// The method weighs the whole heatmap, and has one answer for all its peaks.
    #[error("expected a method that can tell peaks apart, found `{method}`")]
    Method {
        /// The method.
        method: &'static str,
    },
}

/// An element type that heatmaps in memory may have: `f32` or `f64`.
pub trait Decodable: Copy + Send + Sync + Into<f64> + sweep::Sweep {}

impl Decodable for f32 {}
impl Decodable for f64 {}

/// Decodes heatmaps in memory, in parallel, without copying the array.
///
/// Each heatmap is swept in the order in which it lies in memory, whatever the strides; ties of the
/// hard argmax fall to the first maximum in (h, w, d) order all the same.
///
/// *Shapes and units.* `heatmaps` has one axis for each letter of `layout`, which names them in order;
/// axes that it does not name have length 1. The result has one [`Landmark`] for each (n, c), C varying
/// fastest, with positions in voxels (h, w, d). Where that is wanted, [`crate::geometry::Norm`] and
/// [`crate::geometry::Affine`] take them to other spaces.
///
/// *Accuracy.* f32 within 1e-5 voxel of the same formula in f64 where no axis is longer than 256, 2e-5 to
/// 512; f64 within 1e-9 voxel. `tests/integration/reference.rs` holds both.
///
/// # Errors
/// [`ArrayError::Layout`] where the layout has not as many axes as the array; [`ArrayError::Reach`] where the radius of
/// a window is in mm and [`Settings::affine`] does not go with it.
///
/// # Examples
/// ```
/// use ndarray::Array4;
/// use softargmax::{decode, geometry::Voxel, kernel::{Settings, method}};
///
/// let mut heatmaps = Array4::<f32>::zeros((2, 4, 5, 6));
/// heatmaps[[1, 3, 2, 1]] = 1.0;
/// let settings = Settings { method: method("hard").unwrap(), ..Settings::default() };
/// let landmarks = decode(heatmaps.view(), &"CHWD".parse()?, settings)?;
/// assert_eq!(landmarks[1].position, Some(Voxel([3.0, 2.0, 1.0])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
pub fn decode<T: Decodable, D: ndarray::Dimension>(
    heatmaps: ArrayView<'_, T, D>,
    layout: &Layout,
    settings: Settings,
) -> Result<Vec<Landmark>, ArrayError> {
    let maps = Maps::new(&heatmaps, layout, settings, None)?;
    Ok(maps.each(|values, heatmap, record| maps.answer(values, heatmap, record)))
}

/// What [`decode_with`] does beside [`decode`].
#[derive(Clone, Debug, Default)]
pub struct Options<'a> {
    /// PeakSelection landmarks of each heatmap: its local maxima, each refined by the method. None for one landmark.
    pub peaks: Option<PeakSelection>,
    /// The voxels that are decoded, those that are `true`: (H, W, D), whatever the layout, the same for all samples and
    /// channels, with length 1 along axes that the layout does not name. None for all voxels. What is left out is
    /// as absent as −inf, also where it is NaN.
    pub mask: Option<ArrayView3<'a, bool>>,
}

/// As [`decode`], for several landmarks of each heatmap, or for a part of the voxels.
///
/// *Shapes and units.* As [`decode`]'s; with [`Options::peaks`] there are K landmarks for each (n, c), numbered by
/// [`Landmark::peak`], the highest first. Those that are absent are `Missing`, or have the status of their heatmap. A
/// least distance in mm needs [`Settings::affine`].
///
/// # Errors
/// As [`decode`]; [`ArrayError::Mask`] where the mask has not the spatial shape of the heatmaps;
/// [`ArrayError::Peaks`] where the number of peaks, their least distance or the share of the maximum is out of range;
/// [`ArrayError::NoMillimetres`] where peaks are to be some mm apart and there is no affine; [`ArrayError::Method`] where
/// the method has one answer for the whole heatmap.
///
/// # Examples
/// ```
/// use ndarray::Array3;
/// use softargmax::geometry::{Length, Voxel};
/// use softargmax::kernel::{Settings, PeakSelection, method};
/// use softargmax::{Options, decode_with};
///
/// let mut heatmap = Array3::<f32>::zeros((4, 5, 6));
/// for (at, value) in [([0, 0, 0], 9.0), ([1, 1, 1], 5.0), ([3, 4, 2], 7.0)] {
///     heatmap[at] = value;
/// }
/// let mut mask = Array3::from_elem((4, 5, 6), true);
/// mask[[0, 0, 0]] = false;
/// let several = PeakSelection { count: 2, min_distance: Length::Voxels(3.0), fraction: None };
/// let options = Options { peaks: Some(several), mask: Some(mask.view()) };
/// let settings = Settings { method: method("hard").unwrap(), ..Settings::default() };
/// let peaks = decode_with(heatmap.view(), &"HWD".parse()?, settings, &options)?;
/// assert_eq!(peaks[0].position, Some(Voxel([3.0, 4.0, 2.0])));
/// assert_eq!(peaks[1].position, Some(Voxel([1.0, 1.0, 1.0])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
pub fn decode_with<T: Decodable, D: ndarray::Dimension>(
    heatmaps: ArrayView<'_, T, D>,
    layout: &Layout,
    settings: Settings,
    options: &Options<'_>,
) -> Result<Vec<Landmark>, ArrayError> {
    let maps = Maps::new(&heatmaps, layout, settings, options.mask)?;
    let Some(several) = options.peaks else {
        return Ok(maps.each(|values, heatmap, record| maps.answer(values, heatmap, record)));
    };
    several.check()?;
    if !settings.method.suits_peaks() {
        return Err(ArrayError::Method { method: settings.method.name });
    }
    let spacing = several.spacing(maps.arrangement.spatial(), settings.affine);
    let peaks = PeakSearch::new(several, spacing.ok_or(ArrayError::NoMillimetres)?);
    let found = maps.each(|values, heatmap, record| {
        let first = maps.answer(values, heatmap, record);
        let mut landmarks = Vec::new();
        let mut again = Again { maps: &maps, heatmap, values };
        let Ok(()) = peaks.find(&maps.kernel.locator, record, &first, &mut again, &mut landmarks);
        landmarks
    });
    Ok(found.into_iter().flatten().collect())
}

/// One heatmap in memory, looked at again.
struct Again<'a, 'b, T, D> {
    maps: &'b Maps<'a, T, D>,
    heatmap: usize,
    values: &'b mut Vec<f64>,
}

impl<T: Decodable, D: ndarray::Dimension> HeatmapReader for Again<'_, '_, T, D> {
    type Error = std::convert::Infallible;

    fn is_exact(&self) -> bool {
        true
    }

    fn values(&mut self, block: &Block) -> Result<&[f64], Self::Error> {
        self.values.clear();
        self.maps.look(self.heatmap, block, self.values);
        Ok(self.values)
    }

    fn keys(&mut self, block: &Block) -> Result<(&[f64], &[u64]), Self::Error> {
        Ok((self.values(block)?, &[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Voxel;
    use crate::kernel::Sharpness;
    use ndarray::{Array5, s};

    #[test]
    fn any_strides_give_the_same_landmarks() {
        let values = Array5::from_shape_fn((2, 3, 6, 5, 4), |(n, c, h, w, d)| {
            ((n * 7 + c * 5 + h * 11 + w * 3 + d * 13) % 17) as f32
        });
        let settings = Settings { sharpness: Sharpness::Temperature(2.0), ..Settings::default() };
        let layout = "NCHWD".parse().unwrap();
        let plain = decode(values.view(), &layout, settings).unwrap();
        let last = values.view().permuted_axes([0, 2, 3, 4, 1]).as_standard_layout().into_owned();
        let permuted = decode(last.view(), &"NHWDC".parse().unwrap(), settings).unwrap();
        let mut flipped = values.clone();
        flipped.assign(&values.slice(s![.., .., ..;-1, .., ..]));
        let reversed = decode(flipped.slice(s![.., .., ..;-1, .., ..]), &layout, settings).unwrap();
        assert_eq!(plain.len(), 6);
        for other in [permuted, reversed] {
            for (a, b) in plain.iter().zip(&other) {
                assert_eq!((a.n, a.c, a.hard, a.status), (b.n, b.c, b.hard, b.status));
                assert!(a.position.unwrap().distance(b.position.unwrap()) < 1e-5);
            }
        }
    }

    #[test]
    fn a_wrong_rank_is_an_error_and_no_voxel_is_empty() {
        let none = Array5::<f64>::zeros((1, 2, 0, 3, 3));
        assert!(decode(none.view(), &"HWD".parse().unwrap(), Settings::default()).is_err());
        let landmarks = decode(none.view(), &"NCHWD".parse().unwrap(), Settings::default()).unwrap();
        assert_eq!(landmarks.len(), 2);
        assert_eq!(landmarks[0].status, crate::landmark::Status::Empty);
        assert_eq!(landmarks[0].position, None::<Voxel>);
    }
}
