//! gzip: any bytes behind its magic, and any bytes packed properly, which must read as they do unpacked.

#![no_main]

use flate2::{Compression, GzBuilder};
use libfuzzer_sys::fuzz_target;
use std::io::Write;

fn pack(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut packer = GzBuilder::new().filename("a").comment("b").write(Vec::new(), Compression::new(level));
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fuzz_target!(|bytes: &[u8]| {
    let _ = harness::read_both(bytes, None);
    let _ = harness::read_both(&[b"\x1f\x8b\x08", bytes].concat(), None);
    let Some((&choice, rest)) = bytes.split_last() else { return };
    // gzip within gzip is refused, as documented, and gzip alone is not.
    if rest.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    let (first, second) = rest.split_at(usize::from(choice) % (rest.len() + 1));
    let mut packed = pack(first, u32::from(choice) % 10);
    packed.extend(pack(second, u32::from(choice) / 10 % 10));
    packed.resize(packed.len() + usize::from(choice) % 5, 0);
    let plain = harness::read(&harness::Place::file(rest), None);
    harness::assert_alike(&plain, &harness::read_both(&packed, None));
});
