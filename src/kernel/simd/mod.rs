//! The vector vocabulary that the sweep is written in, and the SIMD levels that it runs on.

pub(super) mod lanes;
pub mod level;
pub(super) mod multiply_add;
pub(super) mod prefetch;
pub(super) mod transpose;
