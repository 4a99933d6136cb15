//! What this machine offers: cores and SIMD instructions, unless the user asks for fewer.

use super::exit::Failure;
use crate::kernel::level;
use crate::shown;

/// How many worker threads to start: as many as `asked`, else one for each core.
pub(super) fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
}

/// The SIMD level that `SOFTARGMAX_SIMD` names, else the best one.
pub(super) fn simd_level() -> Result<level::SimdLevel, Failure> {
    let Some(asked) = std::env::var_os("SOFTARGMAX_SIMD") else { return Ok(level::best()) };
    let available = level::available();
    let found = available.iter().find(|(name, _)| asked == **name).map(|&(_, level)| level);
    found.ok_or_else(|| {
        let names: Vec<&str> = available.iter().map(|&(name, _)| name).collect();
        let what = format!("this machine has no SIMD level `{}`", shown::path(&asked));
        Failure::usage(what, format!("set SOFTARGMAX_SIMD to one of {}", names.join(", ")))
    })
}
