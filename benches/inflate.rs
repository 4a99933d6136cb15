//! Inflates gzip files and does nothing else: what decoding them is measured against.
//!
//! ```sh
//! cargo bench --bench inflate -- FILE.gz...
//! ```
//!
//! The same library, buffer sizes and checksum as softargmax's own reader, through the crate's usual reader.

#![expect(clippy::print_stdout, reason = "a benchmark, not a library")]

use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read};

fn main() -> io::Result<()> {
    let mut buffer = vec![0; 1 << 18];
    for path in std::env::args().skip(1).filter(|word| !word.starts_with('-')) {
        let mut inflated = MultiGzDecoder::new(BufReader::with_capacity(1 << 16, File::open(&path)?));
        let mut bytes = 0;
        loop {
            match inflated.read(&mut buffer)? {
                0 => break,
                n => bytes += n,
            }
        }
        println!("{path}: {bytes} bytes");
    }
    Ok(())
}
