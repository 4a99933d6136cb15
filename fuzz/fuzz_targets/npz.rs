//! `.npz`: any bytes, and any bytes as the entry of a valid archive, which must read as they do without it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Write};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

fn archive(entry: &[u8], method: CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("first.npy", &b"x"[..]), ("heatmaps.npy", entry)] {
        writer.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fuzz_target!(|bytes: &[u8]| {
    let _ = harness::read_both(bytes, None);
    let _ = harness::read_both(bytes, Some("heatmaps"));
    // Of an entry only arrays are read.
    if bytes.starts_with(b"\x93NUMPY") {
        let plain = harness::read(&harness::Place::file(bytes), None);
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            harness::assert_alike(&plain, &harness::read_both(&archive(bytes, method), Some("heatmaps")));
        }
    }
});
