//! A complete, validated run: everything that decoding needs to know, and nothing left to default.
//!
//! Whoever starts a run settles its [`Plan`] first and asks nobody else afterwards. What a plan says can be
//! listed by name ([`Plan::settings`]): JSON documents record that list, and [`Plan::fingerprint`] is made of
//! it.
//!
//! It is settled first because a contradiction between options should end a run before it opens a file, and
//! because defaults that are filled in along the way could be filled in differently in two places.

mod average;
mod fingerprint;
mod settings;

pub use average::{Average, Member};
pub(crate) use fingerprint::Digest;
pub use settings::{Scope, Setting};

use crate::kernel;
use crate::landmark::{Flag, Status};
use crate::prepare::Reading;
use crate::sink::{Report, Totals, Writer};
use crate::source::{Location, OpenOptions};
use std::borrow::Cow;
use std::path::PathBuf;

/// A complete run of `decode`.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The inputs, in the order of their rows; none if they arrive while others are decoded.
    pub inputs: Vec<Location>,
    /// How each is decoded.
    pub decoding: Decoding,
    /// The output format.
    pub writer: &'static Writer,
    /// What its rows hold. [`Plan::report_of`] completes it.
    pub report: Report,
    /// Where they go.
    pub destination: Destination,
    /// What makes the run end with exit status 1.
    pub fail_on: FailOn,
    /// How many inputs may be unreadable before the run ends with exit status 3.
    pub max_failures: usize,
    /// A digest of the calibration by which radii are made, if there is one.
    pub calibration: Option<u128>,
}

impl Plan {
    /// Every file of every input, in order.
    #[must_use]
    pub fn files(&self) -> Cow<'_, [Location]> {
        if self.decoding.average.is_none() {
            return Cow::Borrowed(&self.inputs);
        }
        self.inputs.iter().flat_map(|input| self.decoding.parts(input)).collect()
    }

    /// The report for one output, with the settings that its format may record. Formats that begin with the
    /// size of the whole output need `totals`.
    ///
    /// Formats without room for settings get an empty list. Settings that show in the output anyway (its
    /// columns, its digits) are not recorded a second time.
    #[must_use]
    pub fn report_of(&self, totals: Option<Totals>) -> Report {
        let is_recorded = |setting: &Setting| self.writer.needs.settings && setting.scope != Scope::Output;
        let settings = self.settings().into_iter().filter(is_recorded);
        let settings = settings.map(|setting| (setting.name, setting.value)).collect();
        Report { settings, totals, ..self.report.clone() }
    }
}

/// How inputs are decoded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decoding {
    /// How containers are opened.
    pub open: OpenOptions,
    /// How shapes, affines and channels are understood.
    pub reading: Reading,
    /// What the kernel does.
    pub kernel: kernel::Settings,
    /// Several ways to decode each heatmap, in place of `kernel`, which differ from it in method, parameters
    /// and sharpness alone. A landmark's [`peak`](crate::landmark::Landmark::peak) is then the number of the
    /// way. Not with `peaks`.
    pub alternatives: Vec<kernel::Settings>,
    /// Which peaks are asked for; `None` for the highest alone.
    pub peaks: Option<kernel::PeakSelection>,
    /// Which inputs are the mean of several files; `None` if each is one file.
    pub average: Option<Average>,
    /// How many landmarks an input may have, absent peaks too. All of them are held until its last byte has
    /// been verified, at 256 bytes each.
    pub max_landmarks: usize,
    /// Worker threads, at least 1.
    pub threads: usize,
}

impl Decoding {
    /// [`Decoding::max_landmarks`] unless another number is chosen: 1 GiB of memory.
    pub const MAX_LANDMARKS: usize = 1 << 22;

    /// The files whose mean is `input`; empty if it is one file as it stands.
    #[must_use]
    pub fn members(&self, input: &Location) -> &[Member] {
        self.average.as_ref().map_or(&[], |average| average.members(input))
    }

    /// Everything that is read as a part of `input`, in order: itself, or the files whose mean it is.
    #[must_use]
    pub fn parts(&self, input: &Location) -> Vec<Location> {
        match self.members(input) {
            [] => vec![input.clone()],
            members => members.iter().map(|member| Location::Path(member.path.clone())).collect(),
        }
    }
}

/// `soft` at temperature 1, in voxels, with the default layouts, on all the cores that the process may use.
impl Default for Decoding {
    fn default() -> Self {
        Decoding {
            open: OpenOptions::default(),
            reading: Reading::default(),
            kernel: kernel::Settings::default(),
            alternatives: Vec::new(),
            peaks: None,
            average: None,
            max_landmarks: Decoding::MAX_LANDMARKS,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// Which landmarks make a run end with exit status 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailOn {
    /// Those with one of these statuses; an unreadable input counts too.
    pub statuses: Vec<Status>,
    /// Those with one of these flags.
    pub flags: Vec<Flag>,
}

/// Where the output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, whole or not at all.
    File(PathBuf),
    /// A table, whole or not at all, in which the rows of earlier runs stay.
    Table(PathBuf),
    /// A file for each input.
    Directory {
        /// The directory of the files.
        path: PathBuf,
        /// Whether to leave out inputs whose file is there, made by the same settings.
        resume: bool,
    },
}
