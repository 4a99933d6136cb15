//! Landmark files: any text in every format, and what is read written in every format and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use softargmax::internals::geometry::{Affine, Frame, Hwd};
use softargmax::internals::points::{FORMATS, Grid, ReadOptions, WriteOptions, read_stream, write};

/// The grid of an image, turned about and small.
const GRID: Grid = Grid {
    affine: Affine([[0.0, -0.5, 0.0, 10.0], [2.0, 0.0, 0.0, -3.0], [0.0, 0.0, 1.5, 7.0]]),
    lengths: Hwd([8, 8, 8]),
};

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, text)) = bytes.split_last() else { return };
    let options = ReadOptions {
        // Beyond the last one the content tells it.
        format: FORMATS.get(usize::from(choice >> 1)),
        from_frame: (choice & 1 == 1).then_some(Frame::Lps),
        in_voxels: false,
        grid: Some(GRID),
    };
    let Ok(set) = read_stream(&mut &text[..], &options) else { return };
    for format in FORMATS {
        let mut written = Vec::new();
        let options_to_write = WriteOptions { grid: Some(GRID), ..WriteOptions::default() };
        let made = write(&mut written, &set, format, &options_to_write);
        let is_text = !written.contains(&0) && !written.starts_with(b"\x1f\x8b");
        if made.is_ok() && is_text && format.sidecar.is_none() {
            // Payer's tables are in LPS unless something else is said.
            let frame = (format.name == "payer-csv").then_some(Frame::Lps);
            let read = ReadOptions { format: Some(format), from_frame: frame, ..options };
            let again = read_stream(&mut &written[..], &read);
            let again = again.unwrap_or_else(|error| panic!("{}: {:?}", format.name, error.problem));
            if format.holds.missing && format.holds.doubled {
                assert_eq!(again.points.len(), set.points.len(), "{}", format.name);
            }
        }
    }
});
