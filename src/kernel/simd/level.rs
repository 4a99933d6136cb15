//! Which SIMD instruction sets the kernel is compiled for, and which of them this machine has.
//!
//! There are four levels: AVX-512, AVX2 with FMA, NEON, and scalar code for everything else. x86 processors
//! without a fused multiply-add (before 2013) run the scalar code: emulating one in SSE registers would make
//! the program several times larger and slower to compile, for machines that are gone.
//!
//! The level is chosen when the program runs, so one binary suits all machines. `SOFTARGMAX_SIMD` may choose
//! a lower one, for tests and for anybody who doubts that the bits are the same.
//!
//! A [`SimdLevel`] can be obtained only from the machine that runs the program, so a level that exists is one
//! that works. It also keeps the crate that generates the instructions out of this crate's interface: that
//! crate may be replaced without a change for callers.
//!
//! `on_level!` is where the instructions are enabled: it compiles a function once for each level and calls
//! the right one. Everything below that call must be inlined into it, or it is compiled for the oldest x86-64
//! processor.

use fearless_simd::{Level, Simd};
use std::fmt;

/// A SIMD instruction set that this machine has. All of them give the same bits.
///
/// # Examples
/// ```
/// use softargmax::{SimdLevel, internals::kernel::level};
///
/// let scalar: SimdLevel = level::available()[0].1;
/// assert_eq!(scalar.name(), "scalar");
/// ```
#[derive(Clone, Copy)]
pub struct SimdLevel(Level);

impl SimdLevel {
    /// The name, as `SOFTARGMAX_SIMD` takes it: `scalar`, `avx2`, `avx512` or `neon`.
    #[must_use]
    pub fn name(self) -> &'static str {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        if self.0.as_avx512().is_some() {
            return "avx512";
        } else if self.0.as_avx2().is_some() {
            return "avx2";
        }
        #[cfg(target_arch = "aarch64")]
        if self.0.as_neon().is_some() {
            return "neon";
        }
        "scalar"
    }

    /// The token that enables the instructions.
    pub(crate) fn token(self) -> Level {
        self.0
    }
}

impl PartialEq for SimdLevel {
    fn eq(&self, other: &SimdLevel) -> bool {
        self.name() == other.name()
    }
}

impl Eq for SimdLevel {}

impl fmt::Debug for SimdLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Calls a function of a SIMD token on a level, with its instructions enabled:
/// `on_level!(level, simd => f(simd, …))`. The function must be `#[inline(always)]`.
macro_rules! on_level {
    ($level:expr, $simd:ident => $call:expr) => {
        'called: {
            let level = crate::kernel::simd::level::SimdLevel::token($level);
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            {
                if let Some($simd) = level.as_avx512() {
                    break 'called $simd.vectorize(
                        #[inline(always)]
                        || $call,
                    );
                }
                if let Some($simd) = level.as_avx2() {
                    break 'called $simd.vectorize(
                        #[inline(always)]
                        || $call,
                    );
                }
            }
            #[cfg(target_arch = "aarch64")]
            if let Some($simd) = level.as_neon() {
                break 'called $simd.vectorize(
                    #[inline(always)]
                    || $call,
                );
            }
            let $simd = fearless_simd::Fallback::new();
            $simd.vectorize(
                #[inline(always)]
                || $call,
            )
        }
    };
}
pub(crate) use on_level;

/// Calls `work` with the instructions of a level enabled, for loops that the compiler vectorises. `work`, and
/// what it calls, must be `#[inline(always)]`.
#[expect(clippy::inline_always, reason = "the closure must be inlined where the instructions are enabled")]
#[inline(always)]
pub fn vectorized<R>(level: SimdLevel, work: impl FnOnce() -> R) -> R {
    on_level!(level, _simd => work())
}

/// The names of the levels that the kernel is compiled for on this architecture, the slowest first.
pub const COMPILED: &[&str] = if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
    &["scalar", "avx2", "avx512"]
} else if cfg!(target_arch = "aarch64") {
    &["scalar", "neon"]
} else {
    &["scalar"]
};

/// Every level that this machine can run, with its name, the slowest first.
///
/// All levels give the same bits; the tests run every one of them.
#[must_use]
pub fn available() -> Vec<(&'static str, SimdLevel)> {
    let mut levels = vec![Level::fallback()];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        let best = Level::new();
        levels.extend(best.as_avx2().map(Simd::level));
        levels.extend(best.as_avx512().map(Simd::level));
    }
    #[cfg(target_arch = "aarch64")]
    levels.push(Level::new());
    levels.into_iter().map(SimdLevel).map(|level| (level.name(), level)).collect()
}

/// The fastest level of this machine.
#[must_use]
pub fn best() -> SimdLevel {
    available().last().map_or_else(|| SimdLevel(Level::fallback()), |&(_, level)| level)
}

/// The name of a level.
#[must_use]
pub fn name(level: SimdLevel) -> &'static str {
    level.name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_levels_are_compiled_ones_in_their_order() {
        let available = available().into_iter().map(|(name, _)| name);
        let compiled = COMPILED.iter().copied();
        let is_available = |name: &&str| available.clone().any(|other| other == *name);
        assert!(available.clone().eq(compiled.filter(is_available)));
    }

    #[test]
    fn levels_have_names_of_their_own() {
        let levels = available();
        assert_eq!(levels[0].0, "scalar");
        for (i, &(expected, level)) in levels.iter().enumerate() {
            assert_eq!(level.name(), expected);
            assert_eq!(format!("{level:?}"), expected);
            assert!(levels[..i].iter().all(|&(_, other)| other != level), "{expected} twice");
        }
        assert_eq!(best(), levels.last().unwrap().1);
    }
}
