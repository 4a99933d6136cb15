//! Interruption: nothing half-written is left behind, and the exit status says which signal it was.
//!
//! A thread of its own ends the process on a signal, whatever the other threads wait for: a disk, a FIFO, a
//! reader. It takes the [`gate`] first. Code that holds the gate is in the middle of something that must be
//! finished: writing the rows of an input, or putting a finished output in its place.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The temporary files that exist.
static GATE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Keeps a signal from ending the process until the guard is dropped. The signal removes the files listed in
/// it.
pub(super) fn gate() -> MutexGuard<'static, Vec<PathBuf>> {
    GATE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
pub(super) use unix::watch;

/// Does nothing: on this system, signals end the process at once.
#[cfg(not(unix))]
pub(super) fn watch() {}

#[cfg(unix)]
mod unix {
    use super::GATE;
    use crate::cli::stderr;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, TryLockError};
    use std::time::{Duration, Instant};

    /// How long a signal waits for the gate.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Begins to watch for signals. Those that were ignored when the process began stay ignored: `nohup` and
    /// shells set this for what they run in the background.
    pub(in crate::cli) fn watch() {
        // A file that grows beyond the limit is then a write error like any other.
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
        let ignored = ignored();
        let watched = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        // If signals cannot be watched, they end the process at once.
        let Ok(mut signals) = Signals::new(watched) else { return };
        let _ = std::thread::Builder::new().name("signals".into()).spawn(move || {
            if let Some(signal) = signals.forever().next() {
                end(signal, &mut signals);
            }
        });
    }

    /// The signals that are ignored, a bit each, from the lowest.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }

    /// Waits for the gate, or for a second signal, and ends the process.
    fn end(signal: i32, signals: &mut Signals) -> ! {
        let start = Instant::now();
        loop {
            let gate = match GATE.try_lock() {
                Ok(gate) => Some(gate),
                Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            };
            if let Some(temporary) = &gate {
                for path in temporary.iter() {
                    let _ = std::fs::remove_file(path);
                }
            }
            if gate.is_some() || start.elapsed() > PATIENCE || signals.pending().next().is_some() {
                stderr::print_line(&format!("\n{}", message(signal)));
                std::process::exit(128 + signal);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn message(signal: i32) -> &'static str {
        match signal {
            SIGINT => "interrupted: nothing half-written is left",
            _ => "terminated: nothing half-written is left",
        }
    }
}
