//! The methods: the ways to turn a heatmap into a coordinate, one file each.
//!
//! A method is a row of data and one function. The row (`METHOD` in its file) says its name, its formula,
//! where it comes from, its parameters, and its `method::MethodKind`: whether the answer follows from the
//! sums over the whole heatmap, from the values about the peak, from a sparse grid, or from a component of
//! it. Everything else follows from the kind, so a file here contains a formula and nothing about memory,
//! threads or formats.
//!
//! - `method`: what a method is. It names none of them.
//! - `parameter`, `argument`, `threshold`, `parameters`, `setters`, `settings`: what a parameter is, what it
//!   may be given, what a run gave, how that is checked, and what a method sees of it.
//! - `apex`, `bell`, `model`, `patch`, `solve`: what several methods share, and `component_rule`, what one
//!   asks of the kernel. They are no methods.
//! - `table`: the only file that names all methods.
//!
//! **To add a method**, write one file with its row and its formula, add the row to `table::METHODS`, write
//! the textbook form in `reference.rs`, and a page in `docs/methods`. A formula that needs something else
//! than sums, a window or a grid needs a new kind, and the compiler then names every place that must know it.

mod apex;
pub(super) mod argument;
mod auto;
mod bell;
pub mod component;
pub(in crate::kernel) mod component_rule;
pub mod dark;
pub mod debias;
pub mod gaussian;
mod hard;
pub mod local;
pub mod mean;
pub(super) mod method;
pub(in crate::kernel) mod model;
mod newton;
pub mod parabola;
pub(super) mod parameter;
pub(super) mod parameters;
pub(in crate::kernel) mod patch;
mod quarter;
pub(super) mod setters;
pub(super) mod settings;
mod soft;
pub(in crate::kernel) mod solve;
pub(super) mod table;
pub(crate) mod threshold;
