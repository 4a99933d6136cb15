//! The methods: one file each, what a method is, what it can be told, and the table of them all.

mod dark;
mod debias;
mod gaussian;
mod hard;
mod local;
mod mean;
pub(super) mod method;
mod newton;
mod parabola;
pub(super) mod parameters;
mod quarter;
mod soft;
pub(super) mod table;
