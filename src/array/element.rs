//! The element types of heatmaps in memory, and which of the kernel's sweeps each of them takes.
//!
//! Both are swept as they are, without a copy. Other types (half floats, integers) are converted by the
//! caller, who knows whether f32 holds them exactly.

use crate::geometry::Block;
use crate::kernel::{Hints, Kernel, Record, Scratch};

/// An element type that heatmaps in memory may have: `f32` or `f64`.
pub trait Decodable: Copy + Send + Sync + Into<f64> + Sweep {}

impl Decodable for f32 {}
impl Decodable for f64 {}

/// Which of the kernel's sweeps is for an element type. It is public only as a bound of [`Decodable`], which
/// nobody else can implement: this module is private.
pub trait Sweep: Sized {
    /// Whether the kernel sums in f64.
    const IS_WIDE: bool;
    /// A voxel that the mask leaves out: −inf.
    const MASKED: Self;

    /// Sweeps one block.
    fn sweep(
        kernel: &Kernel,
        block: &Block,
        values: &[Self],
        hints: Hints<'_, Self>,
        scratch: &mut Scratch,
    ) -> Record;
}

impl Sweep for f32 {
    const IS_WIDE: bool = false;
    const MASKED: f32 = f32::NEG_INFINITY;

    fn sweep(
        kernel: &Kernel,
        block: &Block,
        values: &[f32],
        hints: Hints<'_, f32>,
        scratch: &mut Scratch,
    ) -> Record {
        kernel.sweeper.sweep(block, values, hints, scratch)
    }
}

impl Sweep for f64 {
    const IS_WIDE: bool = true;
    const MASKED: f64 = f64::NEG_INFINITY;

    fn sweep(
        kernel: &Kernel,
        block: &Block,
        values: &[f64],
        hints: Hints<'_, f64>,
        scratch: &mut Scratch,
    ) -> Record {
        kernel.sweeper.sweep(block, values, hints, scratch)
    }
}
