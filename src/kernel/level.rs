//! Which SIMD instruction sets this machine has, by name.

use fearless_simd::{Level, Simd};

/// Every level that this machine can run, with its name, the slowest first.
///
/// All levels give the same bits; the tests run every one of them.
#[must_use]
pub fn available() -> Vec<(&'static str, Level)> {
    let best = Level::new();
    let mut levels = vec![("scalar", Level::fallback())];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        levels.extend(best.as_sse2().map(|token| ("sse2", token.level())));
        levels.extend(best.as_sse4_2().map(|token| ("sse4.2", token.level())));
        levels.extend(best.as_avx2().map(|token| ("avx2", token.level())));
        levels.extend(best.as_avx512().map(|token| ("avx512", token.level())));
    }
    #[cfg(target_arch = "aarch64")]
    levels.extend(best.as_neon().map(|token| ("neon", token.level())));
    levels
}

/// The fastest level of this machine.
#[must_use]
pub fn best() -> Level {
    Level::new()
}

/// The name of a level.
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
    fn the_best_level_is_the_last_available_one() {
        assert_eq!(Some(name(best())), available().last().map(|&(name, _)| name));
    }
}
