//! NIfTI-1 and NIfTI-2: any bytes, and any fields behind a valid size and magic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = harness::read_both(bytes, None);
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let mut whole = rest.to_vec();
    let (size, at, magic): (i32, usize, &[u8]) =
        if choice & 1 == 0 { (348, 344, b"n+1\0") } else { (540, 4, b"n+2\0\r\n\x1a\n") };
    let size = if choice & 2 == 0 { size.to_le_bytes() } else { size.to_be_bytes() };
    if whole.len() >= 540 {
        whole[..4].copy_from_slice(&size);
        whole[at..at + magic.len()].copy_from_slice(magic);
        let _ = harness::read_both(&whole, None);
    }
});
