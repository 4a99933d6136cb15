//! Parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    softargmax::cli::main(at_start::stdout_is_closed())
}

/// What only the time before `main` knows.
///
/// Rust's runtime opens `/dev/null` in the place of standard streams that are closed, before `main`, and
/// later nothing tells this from a `/dev/null` that was given. So a function that runs before the runtime
/// looks.
#[cfg(unix)]
mod at_start {
    use std::sync::atomic::{AtomicBool, Ordering};

    static STDOUT_IS_CLOSED: AtomicBool = AtomicBool::new(false);

    /// Whether standard output was closed when the process began.
    pub(super) fn stdout_is_closed() -> bool {
        STDOUT_IS_CLOSED.load(Ordering::Relaxed)
    }

    extern "C" fn look() {
        if rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err() {
            STDOUT_IS_CLOSED.store(true, Ordering::Relaxed);
        }
    }

    #[expect(unsafe_code, reason = "nothing else runs before the runtime replaces closed streams")]
    // SAFETY: the section holds pointers to functions of the C calling convention without a result, and this
    // is one; the arguments that some systems pass to it are ignored. It makes one system call and stores one
    // bool: it needs nothing of the runtime, does not allocate and cannot panic.
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
    // SAFETY: as above.
    #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
    #[used]
    static LOOK: extern "C" fn() = look;
}

#[cfg(not(unix))]
mod at_start {
    /// Whether standard output was closed when the process began: not told here.
    pub(super) fn stdout_is_closed() -> bool {
        false
    }
}
