//! Landmark files: what people and other programs write down of where landmarks are.
//!
//! A list of landmarks is three numbers and a name each, and yet every tool has its own format, its own frame
//! and its own way to say that a landmark is missing. Mistakes look like answers: a sign that turns left into
//! right, a voxel index taken for millimetres, a missing landmark at (0, 0, 0). So all formats are read into
//! one type, [`Point`], whose millimetres are always RAS+ and whose absent positions are `None`. A format
//! that states no frame is not read until somebody says which it is.
//!
//! A format is one file and one row in the [`FORMATS`]. [`read()`] finds the format by the content of a file.

mod ants_csv;
mod bids_tsv;
mod error;
mod fcsv;
mod format;
mod freesurfer_json;
mod json;
mod label_map;
mod label_map_write;
mod napari_csv;
mod nifti_header;
mod nnlandmark_json;
mod notice;
mod own_columns;
mod own_json;
mod own_npy;
mod own_table;
mod own_write;
mod parts;
mod payer_csv;
mod point;
mod reading;
mod slicer_json;
mod table;
mod verse_json;
mod writing;

pub use error::{PointsError, Problem, WriteError};
pub use fcsv::Fiducials;
pub use format::{Content, Format, Holds, Read, ReadOptions, Sidecar, Space, WriteOptions, WritePoints};
pub use label_map::grid_of;
pub use nifti_header::{ImageType, nifti_header};
pub use notice::Notice;
pub use point::{ErrorBar, Grid, Point, PointSet, State};
pub use reading::{read, read_stream};
pub use slicer_json::ControlPoints;
pub use table::{FORMATS, by_extension, by_name};
pub use writing::{Loss, write};
