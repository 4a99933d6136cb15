//! MetaImage and NRRD: any bytes, and any lines behind a valid start.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = harness::read_both(bytes, None);
    let Some((&choice, rest)) = bytes.split_last() else { return };
    let start: &[u8] = match choice & 3 {
        0 => b"ObjectType = Image\nNDims = 3\nDimSize = 2 3 4\nElementType = MET_FLOAT\n",
        1 => b"ObjectType = Image\nCompressedData = True\nElementDataFile = LOCAL\n",
        2 => b"NRRD0004\ntype: float\ndimension: 3\nsizes: 2 3 4\nendian: little\nencoding: raw\n",
        _ => b"NRRD0005\nencoding: gzip\n",
    };
    let _ = harness::read_both(&[start, rest].concat(), None);
});
