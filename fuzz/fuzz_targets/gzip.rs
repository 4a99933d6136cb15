//! gzip: any bytes behind its magic, and any bytes packed properly, which must read as they do unpacked.

#![no_main]

use flate2::Crc;
use libfuzzer_sys::fuzz_target;

/// One member with a name and a comment, in deflate blocks that are stored: packing them costs nothing.
fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = b"\x1f\x8b\x08\x18\0\0\0\0\0\x03name\0comment\0".to_vec();
    for block in bytes.chunks(1000) {
        let length = (block.len() as u16).to_le_bytes();
        packed.extend([0, length[0], length[1], !length[0], !length[1]]);
        packed.extend(block);
    }
    packed.extend([1, 0, 0, 0xff, 0xff]);
    let mut crc = Crc::new();
    crc.update(bytes);
    packed.extend(crc.sum().to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
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
    let mut packed = [pack(first), pack(second)].concat();
    packed.resize(packed.len() + usize::from(choice) % 5, 0);
    let plain = harness::read(&harness::Place::file(rest), None);
    harness::assert_alike(&plain, &harness::read_both(&packed, None));
});
