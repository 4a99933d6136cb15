//! The only room that knows SIMD: a small vector vocabulary, and the instruction sets behind it.
//!
//! Everything that runs over voxels is written once, in terms of sixteen [`lanes`], and compiled for each [`level`].
//! The levels differ in speed alone. Equal bits are a design constraint: all levels have the same lanes, the same
//! order of additions, and multiply-adds that are rounded once ([`multiply_add`]). A result may therefore be compared
//! byte by byte between machines, and `--resume` need not ask which processor wrote a file.
//!
//! The price is that a wider register cannot be used for more than sixteen lanes. Should that cost too much on some
//! future machine, the number of lanes changes for all levels at once, and with it the last bits of every answer.
//!
//! [`transpose`] separates channels that lie innermost, and [`prefetch`] fetches the next block.

pub(super) mod lanes;
pub mod level;
pub(super) mod multiply_add;
pub(super) mod prefetch;
pub(super) mod transpose;
