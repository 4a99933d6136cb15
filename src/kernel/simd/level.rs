//! Which SIMD instruction sets the kernel is compiled for, and which of them this machine has.
//!
//! Four: AVX-512, AVX2 with FMA, NEON, and scalar code for everything else. x86 without a fused
//! multiply-add (before 2013) gets the scalar code: emulating one in SSE registers would make the
//! program several times larger and slower to compile for machines that are gone.

use fearless_simd::{Level, Simd};

/// Calls a function of a SIMD token on a level, with its instructions enabled:
/// `on_level!(level, simd => f(simd, …))`. The function must be `#[inline(always)]`.
macro_rules! on_level {
    ($level:expr, $simd:ident => $call:expr) => {
        'called: {
            let level: fearless_simd::Level = $level;
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
pub fn vectorized<R>(level: Level, work: impl FnOnce() -> R) -> R {
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
pub fn available() -> Vec<(&'static str, Level)> {
    let mut levels = vec![("scalar", Level::fallback())];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        let best = Level::new();
        levels.extend(best.as_avx2().map(|token| ("avx2", token.level())));
        levels.extend(best.as_avx512().map(|token| ("avx512", token.level())));
    }
    #[cfg(target_arch = "aarch64")]
    levels.push(("neon", Level::new()));
    levels
}

/// The fastest level of this machine.
#[must_use]
pub fn best() -> Level {
    available().last().map_or_else(Level::fallback, |&(_, level)| level)
}

/// The name of a level of [`available`].
#[must_use]
pub fn name(level: Level) -> &'static str {
    let same = |&(_, candidate): &(&str, Level)| {
        std::mem::discriminant(&candidate) == std::mem::discriminant(&level)
    };
    available().into_iter().find(same).map_or("scalar", |(name, _)| name)
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
        for (expected, level) in available() {
            assert_eq!(name(level), expected);
        }
        assert_eq!(name(best()), available().last().unwrap().0);
    }
}
