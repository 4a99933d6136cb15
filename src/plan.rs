//! A complete, validated run: everything that decoding needs to know, and nothing left to default.

use crate::kernel;
use crate::landmark::Status;
use crate::prepare::Reading;
use crate::sink::{Report, Writer};
use crate::source::{Location, OpenOptions};
use std::path::PathBuf;

/// A complete run of `decode`.
pub struct Plan {
    /// The inputs, in the order of their rows. Where they arrive one by one, those that are known: none.
    pub inputs: Vec<Location>,
    /// How each is decoded.
    pub decoding: Decoding,
    /// The output format.
    pub writer: &'static Writer,
    /// What its rows hold.
    pub report: Report,
    /// Where they go.
    pub destination: Destination,
    /// Statuses that make the run end with exit status 1.
    pub fail_on: Vec<Status>,
    /// How many inputs may be unreadable before the run ends with exit status 3.
    pub max_failures: usize,
}

/// How inputs are decoded.
#[derive(Clone, Debug)]
pub struct Decoding {
    /// How containers are opened.
    pub open: OpenOptions,
    /// How shapes, affines and channels are understood.
    pub reading: Reading,
    /// What the kernel does.
    pub kernel: kernel::Settings,
    /// Which peaks are asked for, where it is not the highest alone.
    pub peaks: Option<kernel::Several>,
    /// Worker threads, at least 1.
    pub threads: usize,
}

/// Where the output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, whole or not at all.
    File(PathBuf),
    /// A file for each input, in a directory.
    Directory(PathBuf),
}
