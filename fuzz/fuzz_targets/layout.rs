//! The texts of the command line: layouts, orders, spaces, and whole lines of arguments.

#![no_main]

use clap::Parser;
use libfuzzer_sys::fuzz_target;
use softargmax::cli::Cli;
use softargmax::internals::geometry::{Arrangement, Layout, MemoryOrder, Order};
use softargmax::internals::sink::Coords;
use softargmax::internals::source::READERS;
use std::fmt::{Debug, Display};
use std::str::FromStr;

/// What parses is written as something that parses to the same.
fn round<T: FromStr<Err: Display> + Display + Debug + PartialEq>(text: &str) -> Option<T> {
    match text.parse::<T>() {
        Ok(value) => {
            assert_eq!(value.to_string().parse::<T>().ok().as_ref(), Some(&value), "{text:?}");
            Some(value)
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default();
    round::<Order>(first);
    round::<Coords>(first);
    let dims: Vec<u64> = lines.next().unwrap_or_default().bytes().map(|byte| u64::from(byte) % 8).collect();
    for reader in READERS {
        if let Ok(layout) = reader.layouts.of(&dims) {
            assert!(Arrangement::new(&dims, MemoryOrder::C, &layout).is_ok(), "{dims:?} as {layout}");
        }
    }
    if let Some(layout) = round::<Layout>(first) {
        let _ = Arrangement::new(&dims, MemoryOrder::Fortran, &layout);
    }
    // One of the three: putting the parser together takes longer than all above.
    let command = ["decode", "info", "argmax"][text.len() % 3];
    if let Err(error) = Cli::try_parse_from(["softargmax", command].into_iter().chain(text.split('\n'))) {
        assert!(!error.to_string().is_empty());
    }
});
