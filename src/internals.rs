//! The rooms as they are, for tests, benches and fuzz targets. Not for callers, and without promises:
//! anything here may change in any release.
//!
//! Tests, benches and fuzz targets outside `src` are crates of their own and see only what is public.
//! Instead of making each room public, which would be a promise to callers, all of them are shown here
//! under one name that says what it is.

pub mod array {
    pub use crate::array::decode_without_flags;
}
pub mod geometry {
    pub use crate::geometry::*;
}
pub mod kernel {
    pub use crate::kernel::*;
}
pub mod landmark {
    pub use crate::landmark::*;
}
pub mod mask {
    pub use crate::mask::*;
}
pub mod picture {
    pub use crate::picture::*;
}
pub mod pipeline {
    pub use crate::pipeline::*;
}
pub mod plan {
    pub use crate::plan::*;
}
pub mod points {
    pub use crate::points::*;
}
pub mod prepare {
    pub use crate::affine_choice::*;
    pub use crate::prepare::*;
}
pub mod sink {
    pub use crate::sink::*;
}
pub mod source {
    pub use crate::source::*;
}
pub mod study {
    pub use crate::study::*;
}
