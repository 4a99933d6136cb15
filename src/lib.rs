//! Volumetric heatmaps in, landmark coordinates out.
//!
//! A network that finds landmarks gives one heatmap for each: a volume whose values are high near the
//! landmark. This crate turns heatmaps into coordinates with a precision below one voxel, on all cores,
//! without copying the array, and tells for each landmark how it went.
//!
//! ```console
//! cargo add softargmax --no-default-features     # arrays in memory
//! cargo add softargmax --no-default-features --features files     # and .npy, .npz and NIfTI files
//! ```
//!
//! # From an array to millimetres
//! ```
//! use ndarray::Array4;
//! use softargmax::{Affine, Settings, Status, Voxel, decode};
//!
//! // Two channels of 8 × 8 × 8 voxels: axes (C, H, W, D).
//! let mut heatmaps = Array4::<f32>::zeros((2, 8, 8, 8));
//! heatmaps[[0, 2, 3, 4]] = 50.0;
//! heatmaps[[1, 5, 5, 5]] = 50.0;
//! heatmaps[[1, 5, 5, 6]] = 50.0;
//! let landmarks = decode(heatmaps.view(), &"CHWD".parse()?, Settings::default())?;
//!
//! // Voxels of 2 mm; voxel (0, 0, 0) lies at (-10, 0, 0) mm.
//! let affine = Affine([[2.0, 0.0, 0.0, -10.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]]);
//! let landmark = landmarks[1];
//! assert_eq!((landmark.c, landmark.status), (1, Status::Ok));
//! let Some(Voxel([h, w, d])) = landmark.position else { unreachable!("it is ok") };
//! assert!((h - 5.0).abs() < 1e-5 && (w - 5.0).abs() < 1e-5 && (d - 5.5).abs() < 1e-5);
//! let world = affine.apply(Voxel([h, w, d]));
//! assert!((world.0[2] - 11.0).abs() < 1e-4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which method?
//! - [`Settings::default`] is `soft`, the expected coordinate under the softmax of the whole heatmap: right
//!   for
//!   logits that were trained with a soft-argmax. With maps between 0 and 1 the background outweighs the
//!   peak;
//!   raise the sharpness ([`Sharpness`]) or take another method.
//! - `gaussian` fits a Gaussian about the peak: the most accurate for maps that were trained to look like
//!   one.
//! - `local` is the softmax near the peak alone; `dark` and `parabola` are fast fits of a few voxels.
//! - `hard` is the largest voxel.
//!
//! [`METHODS`] has all of them, each with its definition, its reference and its [parameters]:
//! ```
//! use ndarray::Array3;
//! use softargmax::{Length, Parameters, Settings, decode, method, parameters::local::RADIUS};
//!
//! let mut settings = Settings::default();
//! settings.method = method("local").ok_or("no such method")?;
//! settings.parameters.set_length(settings.method, &RADIUS, Length::Voxels(3.0))?;
//! let landmarks = decode(Array3::<f32>::ones((4, 4, 4)).view(), &"HWD".parse()?, settings)?;
//! assert_eq!(landmarks.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Conventions
//! Axes are N (sample), C (channel, one landmark each) and H, W, D (space), always spoken of in this order,
//! in whatever order they lie in memory; a [`Layout`] such as `NCHWD` says which axis of an array is which.
//! Voxel indices are 0-based and integers are voxel centres: `array[n, c, h, w, d]` is the voxel meant. World
//! coordinates are millimetres, RAS+. The same values in the same memory order give the same bits, for any
//! number of threads and on every machine.
//!
//! # Features
//! | feature | |
//! |---|---|
//! | none | arrays in memory: [`decode`] |
//! | `files` | readers and writers, and the pipeline that decodes many files at once |
//! | `cli` (default) | the program `softargmax` |

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "tests expect what the platform computes"))]
// docs.rs says beside each item which feature it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, expect(clippy::float_cmp, reason = "tests say which results are exact"))]
#![cfg_attr(
    not(feature = "internals"),
    expect(
        unreachable_pub,
        unused_imports,
        dead_code,
        reason = "rooms are pub for one another and for tests; the linter sees them whole with `internals`"
    )
)]

#[cfg(feature = "files")]
mod affine_choice;
#[cfg(feature = "files")]
mod argmax;
mod array;
#[cfg(feature = "files")]
mod channels;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod coverage;
#[cfg(feature = "files")]
mod error;
mod geometry;
mod heatmap;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod kernel;
mod landmark;
#[cfg(feature = "files")]
mod landmarks;
#[cfg(feature = "files")]
mod likeness;
#[cfg(feature = "files")]
mod mask;
mod memory;
#[cfg(feature = "files")]
mod npy_header;
#[cfg(feature = "files")]
mod number;
#[cfg(feature = "files")]
mod picture;
#[cfg(feature = "files")]
mod pipeline;
#[cfg(feature = "files")]
mod plan;
#[cfg(feature = "files")]
mod points;
#[cfg(feature = "files")]
mod prepare;
#[cfg(feature = "files")]
mod reference;
#[cfg(feature = "files")]
mod shown;
#[cfg(feature = "files")]
mod sink;
#[cfg(feature = "files")]
mod source;
#[cfg(feature = "files")]
mod study;
mod threads;
#[cfg(feature = "files")]
mod warning;

pub use array::{ArrayError, Decodable, Options, decode, decode_with};
pub use geometry::{
    Affine, Covariance, Frame, Hwd, Layout, LayoutError, Length, Norm, Normalized, Order, Voxel, World,
};
pub use kernel::level::SimdLevel;
pub use kernel::{
    METHODS, Method, ParameterError, Parameters, PeakSelection, PeakSelectionError, RadiusError, Settings,
    Sharpness, choose, method,
};
pub use landmark::{
    CalibratedRadius, Fit, Flag, Flags, Landmark, NoRadius, Reason, Region, Spread, Status, Uncertainty,
};
pub use memory::OutOfMemory;

/// The parameters of the methods, for [`Parameters`]: a module for each method that has any.
pub mod parameters {
    pub use crate::kernel::{LengthParameter, Number, OptionalNumber, Word};

    /// Of `component`. Its threshold is set as text: [`Parameters::set`](crate::Parameters::set).
    pub mod component {
        pub use crate::kernel::methods::component::{CONNECTIVITY, Connectivity, MAX, MIN};
    }

    /// Of `dark`.
    pub mod dark {
        pub use crate::kernel::methods::dark::SIGMA;
    }
    /// Of `debias`.
    pub mod debias {
        pub use crate::kernel::methods::debias::BACKGROUND;
    }
    /// Of `gaussian`.
    pub mod gaussian {
        pub use crate::kernel::methods::gaussian::RADIUS;
    }
    /// Of `local`.
    pub mod local {
        pub use crate::kernel::methods::local::{BETA, RADIUS, SHAPE, Shape, WEIGHTS, Weights};
    }
    /// Of `mean`.
    pub mod mean {
        pub use crate::kernel::methods::mean::{ACTIVATION, ALPHA, ActivationWord};
    }
    /// Of `parabola` and `newton`.
    pub mod parabola {
        pub use crate::kernel::methods::parabola::{FitSpace, SPACE};
    }
}

/// Files: what the program reads, for callers that want it without the program.
///
/// # Examples
/// ```
/// use softargmax::files::{Decoding, Location, decode_files};
/// use std::ops::ControlFlow;
///
/// let inputs = ["testdata/golden/oblique.nii.gz"].map(|path| Location::Path(path.into()));
/// let mut found = Vec::new();
/// decode_files(&Decoding::default(), Box::new(inputs.into_iter()), &|_bytes| {}, &mut |decoded| {
///     found.push(decoded);
///     ControlFlow::Continue(())
/// })?;
/// let decoded = found.remove(0)?;
/// assert_eq!((decoded.record.layout.as_str(), decoded.landmarks.len()), ("HWDC", 5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "files")]
pub mod files {
    pub use crate::affine_choice::AffineChoice;
    pub use crate::error::InputError;
    pub use crate::landmark::InputRecord;
    pub use crate::landmarks::Landmarks;
    pub use crate::pipeline::{Decoded, Defect, Inputs, ThreadsError, run as decode_files};
    pub use crate::plan::Decoding;
    pub use crate::prepare::{Channels, LayoutChoice, Reading};
    pub use crate::sink::{Coords, Report, Sink, Space, WRITERS, Writer, by_extension, by_name};
    pub use crate::source::{Location, OpenOptions};
    pub use crate::warning::Warning;
}
