//! Figures of the source: how long its functions are, how much of it is documentation, how much is public.
//!
//! `cargo test --test integration figures -- --nocapture` prints them.

use super::house::{HOUSE, Source};
use super::rust;

/// Below this a front door is small enough to be read. Flags, reasons and the uncertainty of a landmark made
/// it larger than the 120 it was: a caller who cannot see them would take every answer at its face value.
const MOST_PUBLIC_ITEMS: usize = 160;

/// The number of lines below which `share` of the functions are, and at which one is.
fn percentile(sorted: &[usize], share: f64) -> usize {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// Documentation (`///` and `//!`) and all lines that are not empty, without tests.
fn documented(sources: &[&Source]) -> (usize, usize) {
    let (mut documented, mut all) = (0, 0);
    for source in sources {
        for line in source.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
            documented += usize::from(line.starts_with("///") || line.starts_with("//!"));
            all += 1;
        }
    }
    (documented, all)
}

fn share(sources: &[&Source]) -> String {
    let (documented, all) = documented(sources);
    format!("{:.1} % of {all} lines", 100.0 * documented as f64 / all as f64)
}

/// Whether it is part of the library: the program is `cli` and `main.rs`.
fn is_library(source: &Source) -> bool {
    !["cli/", "main.rs"].contains(&source.room())
}

#[test]
fn figures() {
    let all: Vec<&Source> = HOUSE.library().collect();
    let library: Vec<&Source> = all.iter().copied().filter(|source| is_library(source)).collect();
    let mut lengths: Vec<usize> =
        all.iter().flat_map(|source| rust::functions(&source.code)).map(|function| function.lines).collect();
    lengths.sort_unstable();
    assert!(lengths.len() > 500, "{} functions", lengths.len());
    let [median, ninety, longest] = [0.5, 0.9, 1.0].map(|share| percentile(&lengths, share));
    println!("functions: {}; lines: median {median}, 90 % {ninety}, longest {longest}", lengths.len());
    println!("documentation of the library: {}", share(&library));
    let mut rooms: Vec<&str> = all.iter().map(|source| source.room()).collect();
    rooms.dedup();
    for room in rooms {
        let sources: Vec<&Source> = all.iter().copied().filter(|source| source.room() == room).collect();
        println!("  {room}: {} in {} files", share(&sources), sources.len());
    }
    let public = HOUSE.public_items().len();
    println!("public items of the library: {public}");
    assert!(public < MOST_PUBLIC_ITEMS, "{public} public items: a caller has to learn each of them");
}
