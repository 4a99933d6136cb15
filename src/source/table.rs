//! The table of readers. To add a format, write one file and add its row here.

use super::reader::Reader;
use super::{metaimage, nifti, npy, npz, nrrd};

/// Every container that is read. The first whose sniff knows the first bytes reads the input.
///
/// No two of these accept the same first bytes, so the order decides nothing today. Keep it so: a sniff
/// that is too generous would take the files of the formats below it.
pub const READERS: &[Reader] = &[npy::READER, npz::READER, nifti::READER, metaimage::READER, nrrd::READER];
