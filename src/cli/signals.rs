//! Interruption: nothing half-written is left behind, and the exit status says which signal it was.
//!
//! A thread of its own ends the process on a signal, whatever the other threads wait for: a disk, a FIFO, a
//! reader. It takes the [`gate`] first. Code that holds the gate is in the middle of something that must be
//! finished: writing the rows of an input, or putting a finished output in its place.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held while something must be finished.
static GATE: Mutex<()> = Mutex::new(());

/// The temporary files that exist. Apart from the gate, and never held for long: a signal that waits no
/// longer for the gate must still know them.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What the gate was last taken for.
static DOING: AtomicU8 = AtomicU8::new(Doing::Beginning as u8);

/// What the gate is taken for: what can be left behind if nobody waits for its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// Making a temporary file.
    Beginning,
    /// Writing rows to a place where they are seen at once.
    Rows,
    /// Putting a finished output in its place, or giving one up.
    Placing,
}

/// Keeps a signal from ending the process until it is dropped.
pub(super) struct Gate {
    _held: MutexGuard<'static, ()>,
}

#[expect(clippy::unused_self, reason = "only who holds the gate may change what a signal removes")]
impl Gate {
    /// One more temporary file, which a signal removes.
    pub(super) fn add(&mut self, path: PathBuf) {
        temporary().push(path);
    }

    /// There are no temporary files any more.
    pub(super) fn clear(&mut self) {
        temporary().clear();
    }
}

/// Takes the gate.
pub(super) fn gate(doing: Doing) -> Gate {
    let held = GATE.lock().unwrap_or_else(PoisonError::into_inner);
    DOING.store(doing as u8, Ordering::SeqCst);
    Gate { _held: held }
}

fn temporary() -> MutexGuard<'static, Vec<PathBuf>> {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files, and returns those that are still there.
///
/// One that another thread is about to rename is in its place by then, whole, or renaming it fails.
pub(super) fn remove_temporary() -> Vec<PathBuf> {
    let is_left = |path: &PathBuf| std::fs::remove_file(path).is_err() && path.symlink_metadata().is_ok();
    temporary().iter().filter(|path| is_left(path)).cloned().collect()
}

#[cfg(unix)]
pub(super) use unix::watch;

/// Does nothing: on this system, signals end the process at once.
#[cfg(not(unix))]
pub(super) fn watch() {}

#[cfg(unix)]
mod unix {
    use super::{DOING, Doing, GATE};
    use crate::cli::stderr;
    use crate::shown;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};
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
        let watched: Vec<i32> = watched.collect();
        let Ok(mut signals) = Signals::new(&watched) else { return };
        let started = std::thread::Builder::new().name("signals".into()).spawn(move || {
            if let Some(signal) = signals.forever().next() {
                end(signal, &mut signals);
            }
        });
        if started.is_err() {
            // Without a thread nobody would hear them: then too they end the process at once.
            for signal in watched {
                let always = Arc::new(AtomicBool::new(true));
                let _ = signal_hook::flag::register_conditional_default(signal, always);
            }
        }
    }

    /// The signals that are ignored, a bit each, from the lowest.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }

    /// Waits for the gate, for a second signal or until its patience ends, and ends the process.
    fn end(signal: i32, signals: &mut Signals) -> ! {
        let start = Instant::now();
        loop {
            let gate = match GATE.try_lock() {
                Ok(gate) => Some(gate),
                Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => None,
            };
            if gate.is_some() || start.elapsed() > PATIENCE || signals.pending().next().is_some() {
                let doing = gate.is_none().then(|| DOING.load(Ordering::SeqCst));
                let left = super::remove_temporary();
                stderr::print_line(&format!("\n{}", message(signal, doing, &left)));
                std::process::exit(128 + signal);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// What ended, and what is left behind. `doing` is what was not finished, a [`Doing`].
    fn message(signal: i32, doing: Option<u8>, left: &[PathBuf]) -> String {
        const BEGINNING: u8 = Doing::Beginning as u8;
        const ROWS: u8 = Doing::Rows as u8;
        let how = if signal == SIGINT { "interrupted" } else { "terminated" };
        let (when, what) = match doing {
            None => ("", "no half-written file is left"),
            Some(BEGINNING) => (
                " while an output was begun",
                "an empty `.softargmax-….tmp` may be left beside it, which can be deleted",
            ),
            Some(ROWS) => (" while rows were written", "the last of them may be incomplete"),
            Some(_) => (
                " while an output was finished",
                "a file is new and whole, or as it was before; a FIFO or a device may have got a part",
            ),
        };
        let files = left.iter().map(|path| format!("`{}`", shown::path(path)));
        let files: Vec<String> = files.collect();
        match &files[..] {
            [] => format!("{how}{when}: {what}"),
            files => {
                let what = if doing.is_none() { String::new() } else { format!("{what}; ") };
                format!("{how}{when}: {what}could not remove the temporary file {}", files.join(", "))
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_left_is_said() {
            let said = |doing: Option<Doing>, left: &[PathBuf]| {
                message(SIGINT, doing.map(|doing| doing as u8), left)
            };
            assert_eq!(said(None, &[]), "interrupted: no half-written file is left");
            let left = [PathBuf::from("a/.softargmax-1\n.tmp")];
            assert_eq!(
                said(None, &left),
                r"interrupted: could not remove the temporary file `a/.softargmax-1\n.tmp`"
            );
            assert_eq!(
                said(Some(Doing::Rows), &[]),
                "interrupted while rows were written: the last of them may be incomplete"
            );
            assert_eq!(
                said(Some(Doing::Beginning), &[]),
                "interrupted while an output was begun: an empty `.softargmax-….tmp` may be left beside it, \
                 which can be deleted"
            );
            let placing = said(Some(Doing::Placing), &left);
            assert!(
                placing.starts_with("interrupted while an output was finished: a file is new and whole, or")
            );
            assert!(placing.ends_with(r"; could not remove the temporary file `a/.softargmax-1\n.tmp`"));
            assert!(message(SIGTERM, None, &[]).starts_with("terminated: "));
        }
    }
}
