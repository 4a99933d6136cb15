//! The front door for Rust callers: a view of an array in, landmarks out.
//!
//! The array is never copied, whatever its strides and layout: each heatmap is swept in the order in which it
//! lies in memory. It needs no files, so neither `source` nor `sink` takes part.

mod element;
mod error;
mod maps;
mod sweep;
mod view;

use crate::geometry::Layout;
use crate::kernel::{PeakSearch, PeakSelection, Settings};
use crate::landmark::Landmark;
use crate::memory::OutOfMemory;
pub use element::Decodable;
pub use error::ArrayError;
use maps::{HeatmapInMemory, Maps};
use ndarray::{ArrayView, ArrayView3};

/// Decodes heatmaps in memory, in parallel, without copying the array.
///
/// Each heatmap is swept in the order in which it lies in memory, whatever the strides; ties of the
/// hard argmax fall to the first maximum in (h, w, d) order all the same.
///
/// *Shapes and units.* `heatmaps` has one axis for each letter of `layout`, which names them in order; axes
/// that it does not name have length 1. The result has one [`Landmark`] for each (n, c), C varying fastest,
/// with positions in voxels (h, w, d). [`crate::geometry::Affine::apply`] takes a position to millimetres,
/// [`crate::geometry::Norm::normalize`] to normalized coordinates.
///
/// *Accuracy.* f32 within 1e-5 voxel of the same formula in f64 if no axis is longer than 256, 2e-5 up to
/// 512; f64 within 1e-9 voxel. `tests/integration/reference.rs` holds both.
///
/// # Errors
/// [`ArrayError::Layout`] if the layout has not as many axes as the array, or drops one that is longer than
/// 1; [`ArrayError::Reach`] if the radius of a window is in mm and [`Settings::affine`] is absent or gives
/// too large a window.
///
/// # Examples
/// ```
/// use ndarray::Array4;
/// use softargmax::{Settings, Voxel, decode, method};
///
/// let mut heatmaps = Array4::<f32>::zeros((2, 4, 5, 6));
/// heatmaps[[1, 3, 2, 1]] = 1.0;
/// let mut settings = Settings::default();
/// settings.method = method("hard").ok_or("no such method")?;
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
    let found = maps.each(|values, heatmap, record| maps.answer(values, heatmap, record));
    Ok(found.into_iter().collect::<Result<_, _>>()?)
}

/// What [`decode_with`] can do and [`decode`] cannot.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options<'a> {
    /// Several landmarks of each heatmap: its local maxima, each refined by the method. `None` for one
    /// landmark.
    pub peaks: Option<PeakSelection>,
    /// Which voxels are decoded: those that are `true`. Its shape is (H, W, D) whatever the layout, with
    /// length 1 along axes that the layout does not name; it applies to all samples and channels. `None` for
    /// all voxels. A voxel that is left out counts as −inf, even if it is NaN.
    pub mask: Option<ArrayView3<'a, bool>>,
}

/// Decodes heatmaps in memory like [`decode`], with several landmarks of each, or from a part of the voxels.
///
/// *Shapes and units.* As [`decode`]'s; with [`Options::peaks`] there are K landmarks for each (n, c),
/// numbered by [`Landmark::peak`], the highest first. If a heatmap has fewer peaks, the others are `Missing`;
/// if it has no answer at all, all of them have its status. A least distance in mm needs
/// [`Settings::affine`].
///
/// # Errors
/// As [`decode`]; [`ArrayError::Mask`] if the mask has not the spatial shape of the heatmaps;
/// [`ArrayError::Peaks`] if the number of peaks, their least distance or the share of the maximum is out of
/// range; [`ArrayError::NoMillimetres`] if the least distance is in mm and there is no affine;
/// [`ArrayError::Method`] if the method has one answer for the whole heatmap.
///
/// # Examples
/// ```
/// use ndarray::Array3;
/// use softargmax::{Length, Options, PeakSelection, Settings, Voxel, decode_with, method};
///
/// let mut heatmap = Array3::<f32>::zeros((4, 5, 6));
/// for (at, value) in [([0, 0, 0], 9.0), ([1, 1, 1], 5.0), ([3, 4, 2], 7.0)] {
///     heatmap[at] = value;
/// }
/// let mut mask = Array3::from_elem((4, 5, 6), true);
/// mask[[0, 0, 0]] = false;
/// let several = PeakSelection { count: 2, min_distance: Length::Voxels(3.0), fraction: None };
/// let mut options = Options::default();
/// (options.peaks, options.mask) = (Some(several), Some(mask.view()));
/// let mut settings = Settings::default();
/// settings.method = method("hard").ok_or("no such method")?;
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
        let found = maps.each(|values, heatmap, record| maps.answer(values, heatmap, record));
        return Ok(found.into_iter().collect::<Result<_, _>>()?);
    };
    several.check()?;
    if !settings.method.suits_peaks() {
        return Err(ArrayError::Method { method: settings.method.name });
    }
    let spacing = several.spacing(maps.arrangement.spatial(), settings.affine);
    let peaks = PeakSearch::new(several, spacing.ok_or(ArrayError::NoMillimetres)?);
    let found = maps.each(|values, heatmap, record| {
        let first = maps.answer(values, heatmap, record)?;
        let mut landmarks = Vec::new();
        let mut stored = HeatmapInMemory { maps: &maps, heatmap, values };
        peaks.find(&maps.kernel.locator, record, &first, &mut stored, &mut landmarks)?;
        Ok(landmarks)
    });
    let found = found.into_iter().collect::<Result<Vec<_>, OutOfMemory>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The landmarks as the pass over the voxels alone makes them, without flags: for the benchmark of what flags
/// cost. Only `soft`, `mean` and `hard` have an answer then.
///
/// # Errors
/// As [`decode`].
#[cfg(feature = "internals")]
#[expect(clippy::needless_pass_by_value, reason = "as `decode`")]
pub fn decode_without_flags<T: Decodable, D: ndarray::Dimension>(
    heatmaps: ArrayView<'_, T, D>,
    layout: &Layout,
    settings: Settings,
) -> Result<Vec<Landmark>, ArrayError> {
    let maps = Maps::new(&heatmaps, layout, settings, None)?;
    let answer = |heatmap, record: &_| {
        let [n, c] = maps.sample_and_channel(heatmap);
        maps.kernel.locator.landmark(n, c, record)
    };
    Ok(maps.each(|_, heatmap, record| answer(heatmap, record)))
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
    fn axes_of_length_1_are_dropped_by_name() {
        let values =
            Array5::from_shape_fn((1, 2, 1, 6, 5), |(_, c, _, h, w)| ((c * 5 + h * 11 + w * 3) % 17) as f32);
        let of = |layout: &str| decode(values.view(), &layout.parse().unwrap(), Settings::default());
        let (dropped, named) = (of("1C1HW").unwrap(), of("NCDHW").unwrap());
        assert_eq!(dropped.len(), 2);
        for (a, b) in dropped.iter().zip(&named) {
            assert_eq!((a.n, a.c, a.hard, a.status), (b.n, b.c, b.hard, b.status));
            assert!(a.position.unwrap().distance(b.position.unwrap()) < 1e-5);
        }
        assert!(matches!(of("C1DHW"), Err(ArrayError::Layout(_))) && of("1CHW").is_err());
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
