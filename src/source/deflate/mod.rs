//! Inflating: our own decoder of deflate data (RFC 1951), because nearly all files come compressed and
//! inflating them takes some thirty times as long as decoding the heatmaps.
//!
//! What is here and what libraries do not have together: the speed of a decoder that sees large pieces of
//! its data at once, in safe Rust, and a place from which other threads can begin in the middle of a stream.
//! [Decision 0010](../../../docs/decisions/0010-own-inflate.md) has the measurements.
//!
//! - [`bits`], [`huffman`], [`header`]: bits, codes, what stands before a block.
//! - [`symbols`]: the inner loop.
//! - [`decoder`]: a stream, block by block.
//! - [`lane`]: a part of a stream, from a place where it was not read yet.
//! - [`parts`], [`ahead`]: when that is worth it, and what other threads can do.
//! - [`stream`]: a stream that is read in order.
//!
//! What is refused is what zlib refuses, and nothing else: the tests hold both against each other on damaged
//! data too.

mod ahead;
mod bits;
mod decoder;
mod header;
mod huffman;
mod lane;
mod parts;
mod stream;
mod symbols;
#[cfg(test)]
mod tests;

pub(super) use stream::Inflate;
