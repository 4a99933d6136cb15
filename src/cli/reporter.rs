//! Everything that `decode` says on standard error: errors as they come, warnings and a summary at the end.

use super::calibration_file::Calibration;
use super::exit::Failure;
use super::hints::Run;
use super::path_pattern::PathPattern;
use super::progress::{Progress, Verbosity, rate};
use super::sheet::Sheets;
use super::tally::Counts;
use super::warnings::{Warnings, counted, is_minor};
use super::{describe, stderr};
use crate::landmark::Status;
use crate::pipeline::Decoded;
use crate::plan::Plan;
use crate::shown;
use crate::warning::Warning;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What is said of `--stats` alone.
const SPREAD_ALONE: &str = "note: the spread of `--stats` is that of the softmax at this temperature, not an \
    error; `--uncertainty` gives the error";

/// Tells the person at the terminal how the run goes.
pub(super) struct Reporter {
    progress: Progress,
    bytes: AtomicU64,
    verbosity: Verbosity,
    seen: Mutex<Seen>,
    start: Instant,
    /// How many inputs there are; `None` if they are still arriving.
    expected: Option<usize>,
    /// Whether rows are of peaks, so that statuses count heatmaps and not landmarks.
    has_peaks: bool,
    /// Whether the spread may be taken for an error.
    spread_alone: bool,
    /// What columns are read from the path of an input, if any are.
    paths: Option<PathPattern>,
    /// What gives landmarks their radii, and the names of landmarks.
    calibration: Option<(Calibration, Option<Vec<String>>)>,
    /// Where sheets are drawn, if they are.
    sheets: Option<Mutex<Sheets>>,
}

/// What has happened so far.
#[derive(Default)]
struct Seen {
    inputs: usize,
    skipped: usize,
    unreadable: usize,
    counts: Counts,
    warnings: Warnings,
}

impl Reporter {
    /// A reporter for a run over `inputs` inputs; `None` if they are still arriving.
    pub(super) fn new(plan: &Plan, verbosity: Verbosity, inputs: Option<usize>) -> Reporter {
        let report = &plan.report;
        let labels = report.labels.as_deref().unwrap_or_default();
        let warnings =
            Warnings::new(labels, !plan.writer.needs.coordinates_only, Run::of(&plan.decoding.kernel));
        Reporter {
            progress: Progress::new(verbosity, inputs),
            bytes: AtomicU64::new(0),
            verbosity,
            seen: Mutex::new(Seen { warnings, ..Seen::default() }),
            start: Instant::now(),
            expected: inputs,
            has_peaks: report.peaks.is_some(),
            spread_alone: report.stats && !report.uncertainty,
            paths: None,
            calibration: None,
            sheets: None,
        }
    }

    /// A reporter that draws a sheet of each input.
    pub(super) fn with_sheets(self, sheets: Option<Sheets>) -> Reporter {
        Reporter { sheets: sheets.map(Mutex::new), ..self }
    }

    /// Draws the sheet of an input, if sheets are drawn.
    pub(super) fn draw(&self, plan: &Plan, decoded: &Decoded) -> Result<(), Failure> {
        let Some(sheets) = &self.sheets else { return Ok(()) };
        sheets.lock().unwrap_or_else(PoisonError::into_inner).draw(plan, decoded)
    }

    /// A reporter that reads columns from the paths of inputs, and tells where that fails.
    pub(super) fn with_paths(self, paths: Option<PathPattern>) -> Reporter {
        Reporter { paths, ..self }
    }

    /// A reporter that gives landmarks the radii of a calibration.
    pub(super) fn with_calibration(self, calibration: Option<Calibration>, plan: &Plan) -> Reporter {
        Reporter { calibration: calibration.map(|own| (own, plan.report.labels.clone())), ..self }
    }

    /// Completes an input by what does not follow from its heatmaps: columns that are read from its path, and
    /// calibrated radii, if the output has some.
    pub(super) fn complete(&self, decoded: &mut Decoded) {
        if let Some(paths) = &self.paths {
            paths.read(decoded);
        }
        if let Some((calibration, labels)) = &self.calibration {
            calibration.apply(decoded, labels.as_deref());
        }
    }

    /// Some bytes of values have been decoded; called from any thread.
    pub(super) fn bytes(&self, bytes: u64) {
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.progress.update(all, self.start.elapsed(), || self.seen().inputs, self.expected);
    }

    /// An input is done.
    pub(super) fn input(&self, decoded: &Decoded) {
        let mut seen = self.seen();
        seen.inputs += 1;
        seen.counts.add(&Counts::of(decoded));
        let is_told = |warning: &&Warning| self.verbosity.is_verbose || !is_minor(warning);
        for warning in decoded.warnings.iter().filter(is_told) {
            seen.warnings.add(&decoded.record, warning);
        }
        if decoded.record.error.is_some() {
            seen.unreadable += 1;
            self.progress.print_line(&describe::unreadable(decoded));
        } else if self.verbosity.is_verbose {
            self.progress.print_line(&describe::reading(&decoded.record));
        }
        self.progress.advance();
    }

    /// An input is not decoded again; it has landmarks of these statuses and flags.
    pub(super) fn skipped(&self, counts: &Counts) {
        let mut seen = self.seen();
        seen.inputs += 1;
        seen.skipped += 1;
        seen.counts.add(counts);
        self.progress.advance();
    }

    /// Samples lack so many files, each of which is a landmark that is missing.
    pub(super) fn missing(&self, files: usize) {
        self.seen().counts.add_status(Status::Missing, files);
    }

    /// An output could not be written, and others may be.
    pub(super) fn failed(&self, failure: &Failure) {
        self.progress.print_line(failure);
    }

    /// An input cannot be read now, and its output is that of an earlier run.
    pub(super) fn stays(&self, output: &Path) {
        self.note(&format!("`{}` stays: an earlier run read its input", shown::path(output)));
    }

    /// Rows of an input that is out of reach stay in a table; its landmarks have these statuses and flags.
    pub(super) fn rows_stay(&self, input: &Path, counts: &Counts) {
        self.seen().counts.add(counts);
        self.note(&format!("the rows of `{}` stay: an earlier run read it", shown::path(input)));
    }

    /// Says something that is no error.
    pub(super) fn note(&self, text: &str) {
        if !self.verbosity.is_quiet {
            self.progress.print_line(&text);
        }
    }

    /// The run is over.
    pub(super) fn finish(&self) {
        self.progress.finish();
        if self.verbosity.is_quiet {
            return;
        }
        let seen = self.seen();
        if seen.inputs == 0 && self.expected.is_none() {
            stderr::print_line(&"warning: the list named no inputs");
        }
        let warnings = seen.warnings.to_string();
        if !warnings.is_empty() {
            stderr::print_line(&warnings.trim_end());
        }
        if self.spread_alone && seen.inputs > 0 {
            stderr::print_line(&SPREAD_ALONE);
        }
        let is_worth_it = seen.inputs > 1 || seen.skipped > 0;
        if self.verbosity.is_verbose || is_worth_it || !self.progress.is_hidden() {
            let rate = rate(self.bytes.load(Ordering::Relaxed), self.start.elapsed());
            let noun = if self.has_peaks { "heatmap" } else { "landmark" };
            stderr::print_line(&seen.summary(self.expected.unwrap_or(seen.inputs), noun, &rate));
        }
    }

    /// The run ends with exit status 1: says why, also to those who want to hear of errors alone.
    pub(super) fn failing(&self, plan: &Plan) {
        if let Some(found) = self.seen().counts.failing(&plan.fail_on) {
            stderr::print_line(&format!("exit status 1 by `--fail-on`: {found}"));
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// One line about the run. If it broke off, `inputs` is how many there were to be. Statuses are those of
    /// what `noun` says.
    fn summary(&self, inputs: usize, noun: &str, rate: &str) -> String {
        let decoded = self.inputs - self.unreadable - self.skipped;
        let mut parts = vec![format!("{decoded} of {} decoded", counted(inputs, "input"))];
        if self.skipped > 0 {
            parts.push(format!("{} done before", self.skipped));
        }
        if self.unreadable > 0 {
            parts.push(format!("{} unreadable", self.unreadable));
        }
        let all: usize = self.counts.statuses().map(|(_, count)| count).sum();
        let each = self.counts.statuses().map(|(status, count)| format!("{count} {status}"));
        let flags = self.counts.flags().enumerate();
        let flags = flags.map(|(i, (flag, count))| match (i, noun) {
            (0, "landmark") => format!("{count} of them {flag}"),
            // Of a heatmap's peaks each has its own.
            (0, _) => format!("{} {flag}", counted(count, "landmark")),
            _ => format!("{count} {flag}"),
        });
        let each: Vec<String> = each.chain(flags).collect();
        parts.push(if each.is_empty() {
            counted(all, noun)
        } else {
            format!("{}: {}", counted(all, noun), each.join(", "))
        });
        format!("{}; {rate}", parts.join(", "))
    }
}
