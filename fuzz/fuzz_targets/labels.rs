//! `--labels`: a name for every line, whatever the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use softargmax::internals::sink::labels;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let names = labels(text);
    assert!(names.iter().all(|name| !name.contains('\n') && !name.ends_with('\r')));
    // Names written one a line read back, but for a mark at the very start, which belongs to the file.
    let written: String = names.iter().map(|name| format!("{name}\r\n")).collect();
    if !written.starts_with('\u{feff}') {
        assert_eq!(labels(&written), names);
    }
});
