//! `decode` for a caller in the same process, such as the Python package: the options of the command line,
//! arrays in memory or files, and the same answers, rows and words.
//!
//! Nothing here prints, writes a file or ends the process. Not for other callers, and without promises.

use super::args::{Cli, Command, DecodeArgs};
use super::exit::Failure;
use super::plan::{self, Run};
use super::progress::Verbosity;
use super::reporter::Reporter;
use super::{args, command, describe, rows, slips};
use crate::affine_choice::AffineChoice;
use crate::geometry::{Affine, Arrangement, Hwd};
use crate::pipeline::{self, Decoded, ThreadsError};
use crate::plan::Plan;
use crate::prepare::LayoutChoice;
use crate::sink::{Coords, Report, Totals, by_name};
use crate::source::{Header, Opened, Values, array_header};
use clap::FromArgMatches as _;
use std::ffi::OsString;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

pub use crate::geometry::MemoryOrder;
pub use crate::source::{Element, Kind, ReadAt, SourceError};

/// What an array is called in messages.
const ARRAY: &str = "array";

/// Why there is no answer, in the words of the program.
#[derive(Debug)]
pub enum Refusal {
    /// Options or an input that are wrong.
    Wrong(String),
    /// The operating system refused to read.
    Io {
        /// The words.
        text: String,
        /// The system's number for it, if it has one.
        number: Option<i32>,
    },
    /// A defect of this program.
    Defect(String),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Refusal {
        let text = failure.to_string();
        if failure.is_defect() {
            Refusal::Defect(without_head(&text))
        } else {
            Refusal::Wrong(without_head(&text))
        }
    }
}

impl From<ThreadsError> for Refusal {
    fn from(error: ThreadsError) -> Refusal {
        let number = None;
        Refusal::Io { text: error.to_string(), number }
    }
}

/// An error as it is printed, less the word for what it is.
fn without_head(text: &str) -> String {
    text.strip_prefix("error: ").unwrap_or(text).to_owned()
}

/// An array in memory.
pub struct Array {
    /// The type of its elements.
    pub element: Element,
    /// The lengths of its axes.
    pub shape: Vec<u64>,
    /// The order in which `values` has its elements.
    pub order: MemoryOrder,
    /// Its values in that order.
    pub values: Box<dyn ReadAt>,
    /// Voxel (h, w, d) to world in mm, RAS+: three rows of four.
    pub affine: Option<[[f64; 4]; 3]>,
}

/// A run of `decode` that is settled.
pub struct Decoder {
    plan: Plan,
    reporter: Reporter,
}

impl Decoder {
    /// For arrays, with the options of `decode` as they are typed.
    ///
    /// # Errors
    /// Options that are wrong, files that they name and that cannot be read.
    pub fn of_arrays(options: Vec<OsString>) -> Result<Decoder, Refusal> {
        let args = parse(options, vec![OsString::from(ARRAY)])?;
        let (plan, calibration) = plan::of_arrays(&args)?;
        let reporter = reporter(&plan).with_calibration(calibration, &plan);
        Ok(Decoder { plan, reporter })
    }

    /// For files and directories, with the options of `decode` as they are typed.
    ///
    /// # Errors
    /// As [`Decoder::of_arrays`]; directories that cannot be searched.
    pub fn of_files(options: Vec<OsString>, inputs: Vec<OsString>) -> Result<Decoder, Refusal> {
        let args = parse(options, inputs)?;
        let Run { plan, calibration, .. } = plan::settle(&args)?;
        let reporter =
            reporter(&plan).with_paths(rows::path_columns(&args)?).with_calibration(calibration, &plan);
        Ok(Decoder { plan, reporter })
    }

    /// Decodes an array. `tick` is called from any thread whenever values are about to be read.
    ///
    /// # Errors
    /// An array that does not fit the options.
    pub fn array(&self, array: Array, tick: &(dyn Fn(u64) + Sync)) -> Result<Decoded, Refusal> {
        let Array { element, shape, order, values, affine } = array;
        let header =
            array_header(element, shape, order).map_err(|error| Refusal::Wrong(error.to_string()))?;
        let mut decoding = self.plan.decoding.clone();
        if let Some(affine) = affine {
            decoding.reading.affine =
                of_image(Affine(affine), &header, &decoding.reading.layout, self.is_placed())?;
        }
        let opened = Opened { header, values: Values::Random(values) };
        let found = pipeline::run_array(&decoding, Path::new(ARRAY), opened, tick)?;
        let mut decoded = found
            .ok_or_else(|| Refusal::Defect("nothing was decoded".to_owned()))?
            .map_err(|defect| Failure::defect(&defect))?;
        readable(&decoded)?;
        self.reporter.complete(&mut decoded);
        Ok(decoded)
    }

    /// Whether heatmaps lie in an image of another grid.
    fn is_placed(&self) -> bool {
        self.plan.decoding.reading.offsets.is_some()
    }

    /// Decodes the files, and passes each to `deliver`, in order, on the calling thread; one that cannot be
    /// decoded has its error in its record.
    ///
    /// # Errors
    /// No threads; a defect.
    pub fn files(
        &self,
        tick: &(dyn Fn(u64) + Sync),
        deliver: &mut dyn FnMut(Decoded) -> ControlFlow<()>,
    ) -> Result<(), Refusal> {
        let inputs = Box::new(self.plan.inputs.iter().cloned());
        let mut defect = None;
        pipeline::run(&self.plan.decoding, inputs, tick, &mut |outcome| match outcome {
            Ok(mut decoded) => {
                self.reporter.complete(&mut decoded);
                deliver(decoded)
            }
            Err(found) => {
                defect = Some(found);
                ControlFlow::Break(())
            }
        })?;
        defect.map_or(Ok(()), |defect| Err(Failure::defect(&defect).into()))
    }

    /// The landmarks of an input as lines of NDJSON.
    ///
    /// # Errors
    /// Rows that the options do not allow.
    pub fn rows(&self, decoded: &Decoded) -> Result<Vec<u8>, Refusal> {
        written("ndjson", self.plan.report.clone(), decoded)
    }

    /// The coordinates of an input as `.npy` in one space (`normalized`, `voxel`, `world`), or in the first
    /// one of the options.
    ///
    /// # Errors
    /// A word that is no space; world coordinates without an affine.
    pub fn coordinates(&self, decoded: &Decoded, space: Option<&str>) -> Result<Vec<u8>, Refusal> {
        let report = &self.plan.report;
        let coords: Coords = match space {
            Some(name) => {
                name.parse().map_err(|error: crate::sink::CoordsError| Refusal::Wrong(error.to_string()))?
            }
            None => report.coords.spaces().next().map_or_else(Coords::default, Coords::one),
        };
        let totals = Totals {
            samples: decoded.record.samples as u64,
            channels: self.plan.decoding.reading.channels.count(decoded.record.channels) as u64,
        };
        let report = Report {
            coords,
            norm: report.norm,
            order: report.order,
            frame: report.frame,
            peaks: report.peaks,
            totals: Some(totals),
            ..Report::default()
        };
        written("npy", report, decoded)
    }
}

/// What a writer makes of one input.
fn written(format: &str, report: Report, decoded: &Decoded) -> Result<Vec<u8>, Refusal> {
    let writer = by_name(format).ok_or_else(|| Refusal::Defect(format!("no writer is called {format}")))?;
    let mut bytes = Vec::new();
    let write = || -> io::Result<()> {
        let mut sink = (writer.open)(Box::new(&mut bytes), report)?;
        sink.write(&decoded.record, &decoded.landmarks)?;
        sink.finish()
    };
    write().map_err(|error| Refusal::Wrong(error.to_string()))?;
    Ok(bytes)
}

/// Refuses an input that could not be decoded.
///
/// # Errors
/// Its error, in the words of the program.
pub fn readable(decoded: &Decoded) -> Result<(), Refusal> {
    let Some(error) = &decoded.error else { return Ok(()) };
    let text = without_head(&describe::unreadable(decoded));
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        // A transparent error is looked through by `source`, so its variants are asked for.
        let io = match found.downcast_ref::<crate::error::InputError>() {
            Some(crate::error::InputError::Source(SourceError::Io(io) | SourceError::Spool(io))) => Some(io),
            _ => found.downcast_ref::<io::Error>(),
        };
        if let Some(io) = io {
            return Err(Refusal::Io { text, number: io.raw_os_error() });
        }
        cause = found.source();
    }
    Err(Refusal::Wrong(text))
}

/// An affine of the image that the heatmaps are.
fn of_image(
    affine: Affine,
    header: &Header,
    layout: &LayoutChoice,
    is_placed: bool,
) -> Result<AffineChoice, Refusal> {
    let wrong = |text: String| Refusal::Wrong(text);
    if is_placed {
        return Err(wrong(
            "an affine of the heatmaps, and a stride or the origin of a crop, say two things of where \
            they lie\n  hint: give the image as `reference`"
                .to_owned(),
        ));
    }
    if !affine.is_invertible() {
        return Err(wrong("expected an affine that can be inverted".to_owned()));
    }
    let layout = match layout {
        LayoutChoice::Fixed(layout) => layout.clone(),
        LayoutChoice::ByShape => match header.layouts.of(&header.shape) {
            Ok(layout) => layout,
            // Decoding says so in full.
            Err(_) => return Ok(AffineChoice::Auto),
        },
    };
    let lengths =
        Arrangement::new(&header.shape, header.order, &layout).map_or(Hwd([1; 3]), |found| found.spatial());
    Ok(AffineChoice::Reference { path: "affine".into(), affine, lengths })
}

fn reporter(plan: &Plan) -> Reporter {
    let verbosity = Verbosity { is_quiet: true, is_verbose: false, progress: args::When::Never };
    Reporter::new(plan, verbosity, Some(plan.inputs.len()))
}

/// The arguments of `decode`.
fn parse(options: Vec<OsString>, inputs: Vec<OsString>) -> Result<Box<DecodeArgs>, Refusal> {
    let head = ["softargmax", "decode"].map(OsString::from);
    let line = head.into_iter().chain(options).chain([OsString::from("--")]).chain(inputs);
    let parsed =
        command::command().try_get_matches_from(line).and_then(|found| Cli::from_arg_matches(&found));
    match parsed {
        Ok(Cli { command: Command::Decode(args) }) => Ok(args),
        Ok(_) => Err(Refusal::Wrong("expected the options of `decode`".to_owned())),
        Err(error) => {
            let text = slips::explained(error).to_string();
            // Without the usage of the program, which follows after an empty line.
            let text = text.split("\n\nUsage:").next().unwrap_or_default().trim_end();
            Err(Refusal::Wrong(without_head(text)))
        }
    }
}
