//! NRRD headers written by hand, and what they are read as.

use super::super::gzip::tests::compress as gzip;
use super::super::reader::Companions;
use super::super::tests::{defect, read_file, read_path, read_stream};
use super::*;
use crate::geometry::Affine;
use std::fs;

/// The fields of an array of 2 × 3 × 1 voxels of u8, without its end.
const PLAIN: &str = "NRRD0004\n# made by hand\ntype: uchar\ndimension: 3\nsizes: 2 3 1\nencoding: raw\n";

fn file(fields: &str, values: &[u8]) -> Vec<u8> {
    [fields.as_bytes(), b"\n", values].concat()
}

fn header(fields: &str) -> Header {
    read_file(&file(&format!("{PLAIN}{fields}"), &[1, 2, 3, 4, 5, 6])).unwrap().0
}

fn affine(header: &Header, name: &str) -> Option<(Affine, [usize; 3])> {
    header.affine(name).map(|found| (found.affine, found.axes))
}

#[test]
fn a_file_and_a_stream() {
    for read in [read_file, read_stream] {
        let (header, values) = read(&file(PLAIN, &[1, 2, 3, 4, 5, 6])).unwrap();
        assert_eq!((header.format.as_str(), header.element.name().as_str()), ("nrrd", "|u1"));
        assert_eq!((&header.shape[..], header.order), (&[2, 3, 1][..], MemoryOrder::Fortran));
        assert_eq!(values, [1, 2, 3, 4, 5, 6]);
        assert!(header.affines.is_empty() && header.notices.is_empty());
    }
    let windows = format!("{PLAIN}my key:=some: value\n").replace('\n', "\r\n");
    let windows = [windows.as_bytes(), b"\r\n", &[9; 6]].concat();
    assert_eq!(read_file(&windows).unwrap().1, [9; 6]);
    assert_eq!(read_file(&gzip(&file(PLAIN, &[7; 6]))).unwrap().1, [7; 6]);
}

#[test]
fn every_type_by_its_names() {
    for (names, expected) in [
        (&["signed char", "int8", "int8_t"][..], "|i1"),
        (&["uchar", "unsigned char", "uint8", "uint8_t", "UCHAR"], "|u1"),
        (&["short", "signed short int", "int16"], ">i2"),
        (&["ushort", "unsigned short", "uint16_t"], ">u2"),
        (&["int", "signed int", "int32"], ">i4"),
        (&["uint", "unsigned int", "uint32"], ">u4"),
        (&["longlong", "long long", "int64"], ">i8"),
        (&["ulonglong", "unsigned long long int", "uint64"], ">u8"),
        (&["float"], ">f4"),
        (&["double"], ">f8"),
    ] {
        for name in names {
            let text = PLAIN.replace("uchar", name) + "endian: big\n";
            let size = usize::from(expected.as_bytes()[2] - b'0');
            let (header, _) = read_file(&file(&text, &vec![7; 6 * size])).unwrap();
            assert_eq!(header.element.name(), expected, "{name}");
        }
    }
}

/// i along (0, 2, 0), j along (0, 0, 3), k along (4, 0, 0) from (10, 20, 30), in each space.
#[test]
fn spaces_are_brought_to_ras() {
    let fields = "space directions: (0,2,0) (0,0,3) (4,0,0)\nspace origin: (10,20,30)\n";
    let of = |space: &str| {
        let found = header(&format!("space: {space}\n{fields}"));
        (affine(&found, "space"), found.notices.iter().map(Notice::kind).collect::<Vec<_>>())
    };
    let expected = |x: f64, y: f64| {
        let rows = [[0.0, 0.0, 4.0 * x, 10.0 * x], [2.0 * y, 0.0, 0.0, 20.0 * y], [0.0, 3.0, 0.0, 30.0]];
        Some((Affine(rows), [0, 1, 2]))
    };
    for (space, x, y) in [
        ("right-anterior-superior", 1.0, 1.0),
        ("RAS", 1.0, 1.0),
        ("left-anterior-superior", -1.0, 1.0),
        ("left-posterior-superior", -1.0, -1.0),
        ("LPS", -1.0, -1.0),
        ("left-posterior-superior-time", -1.0, -1.0),
    ] {
        assert_eq!(of(space), (expected(x, y), vec![]), "{space}");
    }
    assert_eq!(of("scanner-xyz"), (expected(-1.0, -1.0), vec!["scanner-space"]));
    assert_eq!(of("3D-left-handed"), (None, vec!["unknown-space"]));
    let unnamed = header(&format!("space dimension: 3\n{fields}"));
    assert_eq!(affine(&unnamed, "space"), expected(-1.0, -1.0));
    assert_eq!(unnamed.notices[0].kind(), "unnamed-space");
    let sizes = Affine([[2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]]);
    assert_eq!(affine(&unnamed, "spacings"), Some((sizes, [0, 1, 2])));
    let metres = header(&format!("space: RAS\n{fields}space units: \"m\" \"m\" \"m\"\n"));
    let (Affine(rows), _) = affine(&metres, "space").unwrap();
    assert_eq!((rows[2], metres.notices[0].kind()), ([0.0, 3000.0, 0.0, 30000.0], "units"));
    let unit = |unit: &str| {
        let found = header(&format!("space: RAS\n{fields}space units: \"{unit}\" \"{unit}\" \"{unit}\"\n"));
        let kinds: Vec<&str> = found.notices.iter().map(Notice::kind).collect();
        (affine(&found, "space").unwrap().0.0[2][1], kinds.first().copied().unwrap_or_default().to_owned())
    };
    for (name, length, kind) in [
        ("mm", 3.0, ""),
        ("Millimeters", 3.0, ""),
        ("micrometers", 0.003, "units"),
        ("\u{b5}m", 0.003, "units"),
        ("\u{3bc}m", 0.003, "units"),
        ("centimeters", 30.0, "units"),
        ("furlong", 3.0, "unknown-units"),
    ] {
        assert_eq!(unit(name), (length, kind.to_owned()), "{name}");
    }
    // Sizes alone.
    let sized = header("spacings: 0.5 2 nan\n");
    assert!(sized.affines.is_empty());
    let sized = header("spacings: 0.5 -2 4\n");
    let sizes = Affine([[0.5, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]]);
    assert_eq!(affine(&sized, "spacings"), Some((sizes, [0, 1, 2])));
}

#[test]
fn the_axis_that_is_none_of_space_holds_channels() {
    let of = |sizes: &str, fields: &str| {
        let text = PLAIN.replace("dimension: 3", &format!("dimension: {}", sizes.split(' ').count()));
        let text = text.replace("sizes: 2 3 1", &format!("sizes: {sizes}")) + fields;
        let count: usize = sizes.split(' ').map(|n| n.parse::<usize>().unwrap()).product();
        let (header, _) = read_file(&file(&text, &vec![0; count])).unwrap();
        let layout = header.layouts.of(&header.shape).map(|layout| layout.to_string());
        (layout.unwrap_or_default(), header.affine("space").map(|found| found.axes))
    };
    let space = |directions: &str| format!("space: LPS\nspace directions: {directions}\n");
    let lists = [
        ("none (1,0,0) (0,1,0) (0,0,1)", "CHWD", [1, 2, 3]),
        ("(1,0,0) (0,1,0) (0,0,1) none", "HWDC", [0, 1, 2]),
        ("(1,0,0) none (0,1,0) (0,0,1)", "HCWD", [0, 2, 3]),
        ("(1,0,0) (0,1,0) none (0,0,1)", "HWCD", [0, 1, 3]),
    ];
    for (directions, layout, axes) in lists {
        assert_eq!(of("2 2 2 2", &space(directions)), (layout.to_owned(), Some(axes)), "{directions}");
    }
    // As ITK writes four dimensions.
    let four = "space dimension: 4\nspace directions: (1,0,0,0) (0,1,0,0) (0,0,1,0) (0,0,0,1)\n\
                space origin: (1,2,3,0)\n";
    assert_eq!(of("2 2 2 3", four), ("HWDC".to_owned(), Some([0, 1, 2])));
    assert_eq!(of("3 2 2", &space("none (1,0,0) (0,1,0)")).0, "CHW");
    assert_eq!(of("2 2", &space("(1,0) (0,1)")).0, "HW");
    // By kinds, where there are no directions.
    assert_eq!(of("3 2 2 2", "kinds: vector domain domain domain\n").0, "CHWD");
    assert_eq!(of("2 2 2 3", "kinds: domain domain domain list\n").0, "HWDC");
    assert_eq!(of("2 2 2 3", "kinds: ??? ??? ??? ???\n").0, "HWDC");
    assert_eq!(of("2 2 2 3", "").0, "HWDC");
    // Kinds beside directions: what is none of space is none, and so is a direction of NaN.
    let first = format!("{four}kinds: vector domain domain domain\n");
    assert_eq!(of("3 2 2 2", &first).0, "CHWD");
    assert_eq!(of("3 2 2 2", &space("(nan,nan,nan) (1,0,0) (0,1,0) (0,0,1)")).0, "CHWD");
    // Two that are none of space fit no layout.
    assert_eq!(of("2 2 2 3 3", "kinds: domain domain domain list time\n").0, "");
}

#[test]
fn values_are_raw_or_gzip_behind_what_is_skipped() {
    let values = [1, 2, 3, 4, 5, 6];
    let packed = PLAIN.replace("raw", "gzip");
    for read in [read_file, read_stream] {
        let (header, found) = read(&file(&packed, &gzip(&values))).unwrap();
        assert_eq!((header.format.as_str(), &found[..]), ("nrrd gzip", &values[..]));
        let skipped = format!("{PLAIN}line skip: 2\nbyte skip: 3\n");
        let found = read(&file(&skipped, &[&b"one\ntwo\n..."[..], &values].concat())).unwrap().1;
        assert_eq!(found, values);
        // Bytes are skipped of what is unpacked.
        let skipped = format!("{packed}byte skip: 2\n");
        assert_eq!(read(&file(&skipped, &gzip(&[&[0, 0][..], &values].concat()))).unwrap().1, values);
    }
    // A line may be long.
    let long = [&vec![b'y'; 70_000][..], b"\n", &values].concat();
    let skipped = format!("{PLAIN}line skip: 1\n");
    for read in [read_file, read_stream] {
        assert_eq!(read(&file(&skipped, &long)).unwrap().1, values);
    }
    let last = format!("{PLAIN}byte skip: -1\n");
    assert_eq!(read_file(&file(&last, &[&[0; 99][..], &values].concat())).unwrap().1, values);
    assert!(read_stream(&file(&last, &values)).unwrap_err().to_string().contains("byte skip -1"));
    assert!(defect(&file(PLAIN, &values[..5])).contains("expected 6 bytes of values, found 5"));
    let cut = file(&packed, &gzip(&values));
    assert!(defect(&cut[..cut.len() - 1]).contains("truncated"));
}

#[test]
fn values_in_a_file_beside_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, bytes: &[u8]| fs::write(path(name), bytes).unwrap();
    // The header of a file of values needs no empty line.
    write("a.nhdr", format!("{PLAIN}data file: a.raw\n").as_bytes());
    write("a.raw", &[1, 2, 3, 4, 5, 6]);
    for name in ["a.nhdr", "a.raw"] {
        let (header, values) = read_path(&path(name)).unwrap();
        assert_eq!((header.format.as_str(), &values[..]), ("nrrd pair", &[1, 2, 3, 4, 5, 6][..]), "{name}");
    }
    assert_eq!(NAMES.companions(&path("a.nhdr")).values, [path("a.raw")]);
    write("z.nhdr", format!("{}datafile: z.raw.gz\n\n", PLAIN.replace("raw", "gz")).as_bytes());
    write("z.raw.gz", &gzip(&[1, 2, 3, 4, 5, 6]));
    for name in ["z.nhdr", "z.raw.gz"] {
        let (header, values) = read_path(&path(name)).unwrap();
        assert_eq!((header.format.as_str(), values.len()), ("nrrd pair gzip", 6), "{name}");
    }
    write("other.gz", &gzip(b"x"));
    assert_eq!(NAMES.companions(&path("other.gz")), Companions::default());
    // A per cent sign is no pattern, and a list of one file of that name is none either.
    write("p.nhdr", format!("{PLAIN}data file: 100%.raw\n").as_bytes());
    write("100%.raw", &[1, 2, 3, 4, 5, 6]);
    assert_eq!(read_path(&path("p.nhdr")).unwrap().1.len(), 6);
    write("none.nhdr", format!("{PLAIN}data file: none.raw\n").as_bytes());
    let error = read_path(&path("none.nhdr")).unwrap_err().to_string();
    assert!(error.contains("the file of values is missing"), "{error}");
}

#[test]
fn what_is_wrong_is_said() {
    let with = |from: &str, to: &str| file(&PLAIN.replace(from, to), &[0; 6]);
    for (bytes, says) in [
        (with("type: uchar\n", ""), "the header has no field `type`"),
        (with("uchar", "block"), "found the type `block`"),
        (with("uchar", "float"), "the header has no field `endian`"),
        (with("uchar\n", "float\nendian: middle\n"), "expected little or big in the field `endian`"),
        (with("dimension: 3", "dimension: 17"), "expected 1 to 16 axes in the field `dimension`, found `17`"),
        (with("2 3 1", "2 3"), "expected 3 lengths of at least 1 in the field `sizes`, found `2 3`"),
        (with("2 3 1", "2 3 0"), "expected 3 lengths of at least 1"),
        (with("2 3 1", "4294967296 4294967296 4"), "63 bits"),
        (with("encoding: raw", "encoding: hex"), "expected the encoding raw or gzip, found `hex`"),
        (with("encoding: raw\n", ""), "the header has no field `encoding`"),
        (
            with("# made", "space directions: (1,0,0) (0,1,0)\n#"),
            "expected 3 vectors such as (0,1,0), or none",
        ),
        (with("# made", "space directions: (1,0,0) 0,1,0 none\n#"), "expected 3 vectors"),
        (with("# made", "space directions: (1,0,0) (0,1) (1)\n#"), "vectors of two or three numbers"),
        (with("# made", "kinds: domain domain\n#"), "expected 3 kinds in the field `kinds`"),
        (with("# made", "kinds: complex domain domain\n#"), "found the type `complex`"),
        (with("# made", "byte skip: -2\n#"), "a whole number of at least -1 in the field `byte skip`"),
        (with("# made", "line skip: x\n#"), "a whole number from 0 to 65536 in the field `line skip`"),
        (with("# made", "line skip: 65537\n#"), "a whole number from 0 to 65536"),
        (with("# made", "data file: LIST\n#"), "in one file, found `LIST`"),
        (PLAIN.as_bytes().to_vec(), "the header ends before the empty line behind it"),
    ] {
        let message = defect(&bytes);
        assert!(message.contains(says), "{says}: {message}");
    }
    let long = format!("NRRD0004\n{}", "# x\n".repeat(300_000));
    assert!(defect(long.as_bytes()).contains("at most 1,048,576 bytes"));
}
