//! How far a run has come, on standard error: a bar on a terminal, else a line now and then.

use super::args::When;
use super::stderr;
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::{Display, Write as _};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What is said on standard error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verbosity {
    /// Errors alone.
    pub(super) is_quiet: bool,
    /// Also how each input is read.
    pub(super) is_verbose: bool,
    /// When progress is shown.
    pub(super) progress: When,
}

/// How progress is shown.
pub(super) enum Progress {
    /// Not at all.
    Hidden,
    /// On a terminal.
    Bar(ProgressBar),
    /// Without a terminal; with the time of the last line.
    Lines(Mutex<Instant>),
}

/// How often a line is printed without a terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);

impl Progress {
    /// The progress of a run over `inputs` inputs; `None` if they are still arriving.
    pub(super) fn new(verbosity: Verbosity, inputs: Option<usize>) -> Progress {
        let is_terminal = std::io::stderr().is_terminal();
        match verbosity.progress {
            _ if verbosity.is_quiet => Progress::Hidden,
            When::Auto | When::Always if is_terminal => Progress::Bar(bar(inputs)),
            When::Always => Progress::Lines(Mutex::new(Instant::now())),
            When::Auto | When::Never => Progress::Hidden,
        }
    }

    /// Whether nothing is shown.
    pub(super) fn is_hidden(&self) -> bool {
        matches!(self, Progress::Hidden)
    }

    /// Shows that `bytes` have been decoded; called from any thread. `done` is how many inputs have been, of
    /// `expected`.
    pub(super) fn update(
        &self,
        bytes: u64,
        elapsed: Duration,
        done: impl FnOnce() -> usize,
        expected: Option<usize>,
    ) {
        match self {
            Progress::Hidden => {}
            Progress::Bar(bar) => bar.set_message(rate(bytes, elapsed)),
            Progress::Lines(last) => {
                let Ok(mut last) = last.try_lock() else { return };
                if last.elapsed() >= LINE_EVERY {
                    *last = Instant::now();
                    stderr::print_line(&line(done(), expected, &rate(bytes, elapsed), elapsed));
                }
            }
        }
    }

    /// One more input is done.
    pub(super) fn advance(&self) {
        if let Progress::Bar(bar) = self {
            bar.inc(1);
        }
    }

    /// Prints a line that the bar does not write over.
    pub(super) fn print_line(&self, text: &dyn Display) {
        match self {
            Progress::Bar(bar) => bar.suspend(|| stderr::print_line(text)),
            Progress::Hidden | Progress::Lines(_) => stderr::print_line(text),
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Progress::Bar(bar) = self {
            bar.finish_and_clear();
        }
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

/// How much has been decoded, and how fast.
pub(super) fn rate(bytes: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(1e-9);
    format!("{}, {}/s", HumanBytes(bytes), HumanBytes((bytes as f64 / seconds) as u64))
}

/// A line of progress, with the time that is left if inputs go on as they did.
fn line(done: usize, expected: Option<usize>, rate: &str, elapsed: Duration) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_by_hand() {
        let elapsed = Duration::from_secs(60);
        // A quarter in a minute: three more.
        let text = line(25, Some(100), "1 GiB, 2 MiB/s", elapsed);
        assert_eq!(text, "progress: 25 of 100 inputs, 1 GiB, 2 MiB/s, about 3 minutes left");
        assert_eq!(line(0, Some(9), "0 B, 0 B/s", elapsed), "progress: 0 of 9 inputs, 0 B, 0 B/s");
        assert_eq!(line(7, None, "0 B, 0 B/s", elapsed), "progress: 7 inputs, 0 B, 0 B/s");
    }
}
