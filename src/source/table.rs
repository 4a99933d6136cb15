//! The table of readers. To add a format, write one file and add its row here.

use super::reader::Reader;
use super::{nifti, npy, npz};

/// Every container that is read. The first whose sniff knows the first bytes reads the input.
pub const READERS: &[Reader] = &[npy::READER, npz::READER, nifti::READER];
