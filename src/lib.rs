//! Volumetric heatmaps in, landmark coordinates out.
//!
//! A heatmap x over voxels v becomes the coordinate
//!
//! > Σ r_v · exp(x_v / T) / Σ exp(x_v / T),
//!
//! the expected voxel index r under the softmax of the heatmap at temperature T (method `soft`), or
//! the index of its largest voxel (`hard`), or what one of the other [`kernel::METHODS`] says. Arrays
//! have the axes N (sample), C (channel, one landmark each) and H, W, D (space), always spoken of in
//! this order, in whatever order they lie in memory.
//!
//! ```text
//! args → plan → source ──► kernel ──► landmarks → sink
//!               (pipeline drives: pull, decode in parallel, push in order)
//! ```
//!
//! From Rust, [`decode`] takes an [`ndarray`] view of rank 3 to 5 with any strides, and [`decode_with`]
//! several peaks and a mask too; the command-line
//! program (feature `cli`, on by default) reads files.
//!
//! # Examples
//! ```
//! use ndarray::Array3;
//! use softargmax::{decode, geometry::Voxel, kernel::Settings};
//!
//! // Two voxels with weights 1 and 3: the mean lies three quarters of the way.
//! let mut heatmap = Array3::<f32>::zeros((1, 1, 2));
//! heatmap[[0, 0, 1]] = 3.0_f32.ln();
//! let landmarks = decode(heatmap.view(), &"HWD".parse()?, Settings::default())?;
//! let Some(Voxel([h, w, d])) = landmarks[0].position else { unreachable!() };
//! assert_eq!((h, w), (0.0, 0.0));
//! assert!((d - 0.75).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// docs.rs says beside each item which feature it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, expect(clippy::float_cmp, reason = "tests say which results are exact"))]

pub mod argmax;
mod array;
#[cfg(feature = "cli")]
pub mod cli;
pub mod coverage;
pub mod error;
pub mod geometry;
pub mod heatmap;
pub mod kernel;
pub mod landmark;
pub mod mask;
pub mod pipeline;
pub mod plan;
pub mod prepare;
pub mod sink;
pub mod source;
pub mod warning;

pub use array::{ArrayError, Decodable, Options, decode, decode_with};
