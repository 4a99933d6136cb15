//! `.npy`: any bytes, and any header text behind a valid start.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = harness::read_both(bytes, None);
    // The length before the header is a hurdle that mutations seldom take: here it always fits.
    let (version, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let text = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let length = (text.len() as u32).to_le_bytes();
    let (major, width) = if version & 1 == 0 { (1, 2) } else { (2, 4) };
    if text.len() < 1 << 16 {
        let whole = [b"\x93NUMPY", &[major, 0][..], &length[..width], rest].concat();
        let _ = harness::read_both(&whole, None);
    }
});
