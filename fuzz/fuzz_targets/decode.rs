//! Any bytes through the whole pipeline to CSV, in a way that the last four of them choose.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| harness::decode(bytes));
