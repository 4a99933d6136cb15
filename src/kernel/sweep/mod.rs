//! The one pass over a block of values, and the record that it leaves.

pub(super) mod activation;
pub(super) mod block;
mod columns;
pub(super) mod exp;
mod pass;
pub(super) mod record;
pub(super) mod scan;
mod steps;
pub(super) mod tiling;
