//! The only room that knows instruction sets: a small vector vocabulary, and the levels behind it.
//!
//! Everything that runs over voxels is written once, in terms of sixteen [`lanes`], and compiled for each
//! [`level`]. The levels differ in speed alone. That is a design constraint, not luck: all levels have the
//! same lanes, the same order of additions, and multiply-adds that are rounded once ([`multiply_add`]). A
//! result may therefore be compared byte by byte between machines, and `--resume` need not ask which
//! processor wrote a file.
//!
//! Two other designs were tried. One version of the code for each instruction set is as fast, and three times
//! as much to read and to test. Plain loops that the compiler vectorises were as fast or five times slower,
//! depending on details that nobody would guess. `docs/decisions/0001-simd-crate.md` has the figures.
//!
//! The price is that a register wider than sixteen f32 lanes would stay half empty. Should that matter on
//! some future machine, the number of lanes changes for all levels at once, and with it the last bits of
//! every answer.
//!
//! [`transpose`] separates channels that lie innermost, and [`prefetch`] fetches the next block into the
//! cache. Both only move values; they cannot change an answer.

pub(super) mod lanes;
pub mod level;
pub(super) mod multiply_add;
pub(super) mod prefetch;
pub(super) mod transpose;
