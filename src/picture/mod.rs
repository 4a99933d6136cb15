//! Pictures of slices: which plane is cut through a volume, what its pixels are, and how they become a file.
//!
//! A picture of a landmark is evidence only if it is right about three things: where each pixel lies, which
//! side of the patient is on the left, and where the marks are. So a plane is a map from pixels to voxels
//! (`plane`), from which the letters at its edges, the marks and the values all follow. Values are read box
//! by box, so that a picture takes little memory however large the volume is (`sample`).
//!
//! The room knows neither files nor methods: it takes boxes of values and returns bytes.

mod canvas;
mod colour;
mod font;
mod plane;
mod png;
mod sample;

pub use canvas::{Canvas, Colour, Frame, Shape, Shown};
pub use colour::{LEVELS, Range, grey, heat};
pub use plane::{Convention, Ellipse, Grid, Plane, Spot, planes};
pub use png::{Bands, indexed};
pub use sample::{Boxes, sample};
