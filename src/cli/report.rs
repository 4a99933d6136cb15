//! Everything that `decode` says on standard error: progress, errors as they come, warnings at the end.

use super::args::{DecodeArgs, When};
use super::exit::Failure;
use super::say;
use crate::landmark::{InputRecord, Status};
use crate::pipeline::Decoded;
use crate::warning::Warnings;
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tells the person at the terminal how the run goes.
pub(super) struct Reporter {
    progress: Progress,
    bytes: AtomicU64,
    is_quiet: bool,
    is_verbose: bool,
    totals: Mutex<Totals>,
    start: Instant,
    /// How many inputs there are, where that is known.
    expected: Option<usize>,
}

enum Progress {
    None,
    Bar(ProgressBar),
    /// Without a terminal: when the last line was printed.
    Lines(Mutex<Instant>),
}

#[derive(Default)]
struct Totals {
    inputs: usize,
    skipped: usize,
    unreadable: usize,
    statuses: [usize; Status::ALL.len()],
    warnings: Warnings,
}

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);

impl Reporter {
    /// A reporter for a run over `inputs` inputs; none where they are still arriving.
    pub(super) fn new(args: &DecodeArgs, inputs: Option<usize>) -> Reporter {
        let is_terminal = std::io::stderr().is_terminal();
        let progress = match args.progress {
            When::Auto | When::Always if is_terminal && !args.quiet => Progress::Bar(bar(inputs)),
            When::Always if !args.quiet => Progress::Lines(Mutex::new(Instant::now())),
            _ => Progress::None,
        };
        Reporter {
            progress,
            bytes: AtomicU64::new(0),
            is_quiet: args.quiet,
            is_verbose: args.verbose,
            totals: Mutex::default(),
            start: Instant::now(),
            expected: inputs,
        }
    }

    /// Some bytes of values have been decoded; called from any thread.
    pub(super) fn bytes(&self, bytes: u64) {
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        match &self.progress {
            Progress::None => {}
            Progress::Bar(bar) => bar.set_message(self.rate(all)),
            Progress::Lines(last) => {
                let Ok(mut last) = last.try_lock() else { return };
                if last.elapsed() >= LINE_EVERY {
                    *last = Instant::now();
                    let done = self.totals.lock().unwrap_or_else(PoisonError::into_inner).inputs;
                    say(&progress(done, self.expected, &self.rate(all), self.start.elapsed()));
                }
            }
        }
    }

    fn rate(&self, bytes: u64) -> String {
        let seconds = self.start.elapsed().as_secs_f64().max(1e-9);
        format!("{}, {}/s", HumanBytes(bytes), HumanBytes((bytes as f64 / seconds) as u64))
    }

    /// An input is done.
    pub(super) fn input(&self, decoded: &Decoded) {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        totals.inputs += 1;
        for landmark in decoded.first_peaks() {
            totals.statuses[landmark.status as usize] += 1;
        }
        for warning in &decoded.warnings {
            totals.warnings.add(&decoded.record.file, warning);
        }
        if decoded.record.error.is_some() {
            totals.unreadable += 1;
            self.line(&unreadable(decoded));
        } else if self.is_verbose {
            self.line(&reading(&decoded.record));
        }
        if let Progress::Bar(bar) = &self.progress {
            bar.inc(1);
        }
    }

    /// An input is not decoded again; it has landmarks of these statuses.
    pub(super) fn skipped(&self, statuses: Vec<(Status, usize)>) {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        totals.inputs += 1;
        totals.skipped += 1;
        for (status, count) in statuses {
            totals.statuses[status as usize] += count;
        }
        if let Progress::Bar(bar) = &self.progress {
            bar.inc(1);
        }
    }

    /// An output could not be written, and others may.
    pub(super) fn failed(&self, failure: &Failure) {
        self.line(&failure.to_string());
    }

    fn line(&self, text: &str) {
        match &self.progress {
            Progress::Bar(bar) => bar.suspend(|| say(&text)),
            _ => say(&text),
        }
    }

    /// The run is over.
    pub(super) fn finish(&self) {
        if let Progress::Bar(bar) = &self.progress {
            bar.finish_and_clear();
        }
        if self.is_quiet {
            return;
        }
        let totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        if totals.inputs == 0 && self.expected.is_none() {
            say(&"warning: the list named no inputs");
        }
        let warnings = totals.warnings.to_string();
        if !warnings.is_empty() {
            say(&warnings.trim_end());
        }
        if self.is_verbose
            || totals.inputs > 1
            || totals.skipped > 0
            || !matches!(self.progress, Progress::None)
        {
            let inputs = self.expected.unwrap_or(totals.inputs);
            say(&totals.summary(inputs, &self.rate(self.bytes.load(Ordering::Relaxed))));
        }
    }
}

/// A line of progress, with the time that is left if inputs go on as they did.
fn progress(done: usize, expected: Option<usize>, rate: &str, elapsed: Duration) -> String {
    let mut line = format!("progress: {done} ");
    if let Some(expected) = expected {
        let _ = write!(line, "of {expected} ");
    }
    let _ = write!(line, "inputs, {rate}");
    if let Some(expected) = expected.filter(|&expected| done > 0 && expected >= done) {
        let left = elapsed.mul_f64((expected - done) as f64 / done as f64);
        let _ = write!(line, ", about {} left", HumanDuration(Duration::from_secs(left.as_secs())));
    }
    line
}

impl Totals {
    /// Of a run that broke off, `inputs` is how many there were to be.
    fn summary(&self, inputs: usize, rate: &str) -> String {
        let decoded = self.inputs - self.unreadable - self.skipped;
        let mut parts = vec![format!("{decoded} of {inputs} inputs decoded")];
        if self.skipped > 0 {
            parts.push(format!("{} done before", self.skipped));
        }
        if self.unreadable > 0 {
            parts.push(format!("{} unreadable", self.unreadable));
        }
        for status in Status::ALL {
            let count = self.statuses[status as usize];
            if count > 0 {
                parts.push(format!("{count} {status}"));
            }
        }
        parts.push(rate.to_owned());
        parts.join(", ")
    }
}

fn bar(inputs: Option<usize>) -> ProgressBar {
    let length = inputs.map(|inputs| inputs as u64);
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(match length {
        Some(_) => "{bar:30} {pos}/{len} inputs, {msg}, {eta} left",
        None => "{spinner} {pos} inputs, {msg}",
    });
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// How an input is read, in a line.
pub(super) fn reading(record: &InputRecord) -> String {
    let shape = record.shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let affine = record.affine_source.unwrap_or("none");
    let InputRecord { file, format, dtype, layout, .. } = record;
    format!("{}: {format} {dtype} ({shape}) as {layout}, affine {affine}", file.display())
}

/// Why an input could not be decoded, as errors are printed.
pub(super) fn unreadable(decoded: &Decoded) -> String {
    let cause = decoded.record.error.as_deref().unwrap_or_default();
    let mut text =
        format!("error: failed to decode `{}`\n  caused by: {cause}", decoded.record.file.display());
    if let Some(hint) = &decoded.hint {
        text.push_str("\n  hint: ");
        text.push_str(hint);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_by_hand() {
        let elapsed = Duration::from_secs(60);
        // A quarter in a minute: three more.
        let line = progress(25, Some(100), "1 GiB, 2 MiB/s", elapsed);
        assert_eq!(line, "progress: 25 of 100 inputs, 1 GiB, 2 MiB/s, about 3 minutes left");
        assert_eq!(progress(0, Some(9), "0 B, 0 B/s", elapsed), "progress: 0 of 9 inputs, 0 B, 0 B/s");
        assert_eq!(progress(7, None, "0 B, 0 B/s", elapsed), "progress: 7 inputs, 0 B, 0 B/s");
    }
}
