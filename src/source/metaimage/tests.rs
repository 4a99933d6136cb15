//! MetaImage headers written by hand, and what they are read as.

use super::super::gzip::tests::compress as gzip;
use super::super::reader::Companions;
use super::super::tests::{defect, read_file, read_path, read_stream};
use super::super::zlib::tests::compress as zlib;
use super::*;
use crate::geometry::Affine;
use std::fs;

/// The fields of an image of 2 × 3 × 1 voxels of u8, without geometry and without its end.
const PLAIN: &str = "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n\
                     DimSize = 2 3 1\nElementType = MET_UCHAR\n";

fn file(fields: &str, values: &[u8]) -> Vec<u8> {
    [fields.as_bytes(), b"ElementDataFile = LOCAL\n", values].concat()
}

fn header(fields: &str) -> Header {
    read_file(&file(&format!("{PLAIN}{fields}"), &[1, 2, 3, 4, 5, 6])).unwrap().0
}

/// The affine of that name, and the axes of the shape that it is of.
fn affine(header: &Header, name: &str) -> Option<(Affine, [usize; 3])> {
    header.affine(name).map(|found| (found.affine, found.axes))
}

#[test]
fn a_file_and_a_stream() {
    for read in [read_file, read_stream] {
        let (header, values) = read(&file(PLAIN, &[1, 2, 3, 4, 5, 6])).unwrap();
        assert_eq!((header.format.as_str(), header.element.name().as_str()), ("metaimage", "|u1"));
        assert_eq!((&header.shape[..], header.order), (&[2, 3, 1][..], MemoryOrder::Fortran));
        assert_eq!(values, [1, 2, 3, 4, 5, 6]);
        assert!(header.affines.is_empty() && header.notices.is_empty());
    }
    // Line ends of Windows, a comment first, spaces, and a field that nobody knows.
    let text = PLAIN.replace('\n', "\r\n").replace(" = ", "=");
    let colons = PLAIN.replace(" = ", " : ");
    assert_eq!(read_file(&file(&colons, &[8; 6])).unwrap().1, [8; 6]);
    let text = format!("Comment = made by hand\r\n{text}SomethingElse = 7\r\n");
    let (header, values) = read_file(&file(&text, &[9; 6])).unwrap();
    assert_eq!((&header.shape[..], values), (&[2, 3, 1][..], vec![9; 6]));
}

#[test]
fn every_type_and_both_byte_orders() {
    for (name, expected) in [
        ("MET_CHAR", "|i1"),
        ("MET_UCHAR", "|u1"),
        ("MET_SHORT", ">i2"),
        ("MET_USHORT", ">u2"),
        ("MET_INT", ">i4"),
        ("MET_UINT", ">u4"),
        // 32 bits, as in MetaIO.
        ("MET_LONG", ">i4"),
        ("MET_ULONG", ">u4"),
        ("MET_LONG_LONG", ">i8"),
        ("MET_ULONG_LONG", ">u8"),
        ("MET_FLOAT", ">f4"),
        ("MET_DOUBLE", ">f8"),
    ] {
        let text = PLAIN.replace("MET_UCHAR", name).replace("MSB = False", "MSB = True");
        let size = usize::from(expected.as_bytes()[2] - b'0');
        let (header, values) = read_file(&file(&text, &vec![7; 6 * size])).unwrap();
        assert_eq!((header.element.name().as_str(), values.len()), (expected, 6 * size), "{name}");
        let other = text.replace("BinaryDataByteOrderMSB", "ElementByteOrderMSB");
        assert_eq!(read_file(&file(&other, &vec![7; 6 * size])).unwrap().0.element, header.element);
    }
}

#[test]
fn channels_come_first_and_a_fourth_axis_last() {
    let vector = format!("{PLAIN}ElementNumberOfChannels = 4\nElementSpacing = 2 3 4\nOffset = 10 20 30\n");
    let (header, _) = read_file(&file(&vector, &[0; 24])).unwrap();
    assert_eq!(header.shape, [4, 2, 3, 1]);
    assert_eq!(header.layouts.of(&header.shape).unwrap().to_string(), "CHWD");
    let expected = Affine([[-2.0, 0.0, 0.0, -10.0], [0.0, -3.0, 0.0, -20.0], [0.0, 0.0, 4.0, 30.0]]);
    assert_eq!(affine(&header, "transform"), Some((expected, [1, 2, 3])));
    let sizes = Affine([[2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]]);
    assert_eq!(affine(&header, "elementspacing"), Some((sizes, [1, 2, 3])));
    let four = PLAIN.replace("NDims = 3", "NDims = 4").replace("2 3 1", "2 3 1 5");
    let matrix =
        "TransformMatrix = 0 1 0 0 0 0 1 0 1 0 0 0 0 0 0 1\nOffset = 1 2 3 9\nElementSpacing = 2 3 4 7\n";
    let (header, _) = read_file(&file(&(four + matrix), &[0; 30])).unwrap();
    assert_eq!(header.shape, [2, 3, 1, 5]);
    assert_eq!(header.layouts.of(&header.shape).unwrap().to_string(), "HWDC");
    // i goes along y with 2 mm, j along z with 3 mm, k along x with 4 mm; x and y change their signs.
    let expected = Affine([[0.0, 0.0, -4.0, -1.0], [-2.0, 0.0, 0.0, -2.0], [0.0, 3.0, 0.0, 3.0]]);
    assert_eq!(affine(&header, "transform"), Some((expected, [0, 1, 2])));
    let plane = PLAIN.replace("NDims = 3", "NDims = 2").replace("2 3 1", "2 3");
    let (header, _) = read_file(&file(&(plane + "ElementSpacing = 0.5 2\nOffset = 1 2\n"), &[0; 6])).unwrap();
    let expected = Affine([[-0.5, 0.0, 0.0, -1.0], [0.0, -2.0, 0.0, -2.0], [0.0, 0.0, 1.0, 0.0]]);
    assert_eq!(affine(&header, "transform"), Some((expected, [0, 1, 2])));
}

/// What writers make that know no geometry is no affine; what says nothing of a place is voxel sizes.
#[test]
fn geometry_that_is_there_and_geometry_that_is_not() {
    let identity = "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\n";
    let identity = header(identity);
    // Only who asks for it gets it.
    let expected = Affine([[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
    assert_eq!(affine(&identity, "transform"), Some((expected, [0, 1, 2])));
    assert!(identity.placed_affine().is_none() && identity.takes_affine && identity.can_hold_affine());
    assert!(header("AnatomicalOrientation = RAI\n").affines.is_empty());
    let names =
        |fields: &str| header(fields).affines.iter().map(|affine| affine.kind.name).collect::<Vec<_>>();
    assert_eq!(names("ElementSpacing = 1 1 3\n"), ["elementspacing"]);
    assert_eq!(names("Offset = 0 0 1\n"), ["transform"]);
    assert_eq!(names("Position = 0 0 1\nElementSpacing = 1 1 3\n"), ["transform", "elementspacing"]);
    assert!(!header("Offset = 0 0 1\n").takes_affine);
    // Sizes by another name, and of several keys the one that ITK takes.
    assert_eq!(
        affine(&header("ElementSize = 1 2 3\n"), "elementspacing").unwrap().0.voxel_sizes().0,
        [1.0, 2.0, 3.0]
    );
    let origin = |fields: &str| affine(&header(fields), "transform").unwrap().0.0.map(|row| row[3]);
    assert_eq!(origin("Offset = 1 1 1\nPosition = 2 2 2\nOrigin = 3 3 3\n"), [-3.0, -3.0, 3.0]);
    assert_eq!(origin("Position = 2 2 2\nOffset = 1 1 1\n"), [-1.0, -1.0, 1.0]);
    let infinite = header("ElementSpacing = inf 1 1\n");
    assert_eq!(infinite.notices.len(), 1);
    assert!(infinite.affines.is_empty());
    let lps = "TransformMatrix = -1 0 0 0 -1 0 0 0 1\n";
    let expected = Affine([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
    assert_eq!(affine(&header(lps), "transform"), Some((expected, [0, 1, 2])));
    let singular = header("TransformMatrix = 1 0 0 1 0 0 0 0 1\n");
    assert!(singular.affines.is_empty());
    assert_eq!(singular.notices[0].to_string(), "the transform is singular");
    let scaled = header("ElementToIntensityFunctionSlope = 2\n");
    assert_eq!(scaled.notices[0].to_string(), "the header has the slope 2 and the intercept 0");
}

#[test]
fn compressed_values_are_zlib_or_gzip() {
    let fields = format!("{PLAIN}CompressedData = True\nCompressedDataSize = 14\n");
    let values = [1, 2, 3, 4, 5, 6];
    for packed in [zlib(&values), gzip(&values)] {
        let bytes = file(&fields, &packed);
        for read in [read_file, read_stream] {
            let (header, found) = read(&bytes).unwrap();
            assert_eq!((header.format.as_str(), &found[..]), ("metaimage zlib", &values[..]));
        }
        for end in bytes.len() - packed.len()..bytes.len() {
            assert!(read_file(&bytes[..end]).is_err(), "{end}");
        }
    }
    assert!(defect(&file(&fields, &zlib(&values[..5]))).contains("expected 6 bytes of values, found 5"));
    assert!(defect(&file(&fields, &values)).contains("expected zlib data"));
    // All of it within gzip.
    let (header, found) = read_file(&gzip(&file(&fields, &zlib(&values)))).unwrap();
    assert_eq!((header.format.as_str(), &found[..]), ("metaimage gzip zlib", &values[..]));
}

#[test]
fn values_in_a_file_beside_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, bytes: &[u8]| fs::write(path(name), bytes).unwrap();
    write("a.mhd", format!("{PLAIN}ElementDataFile = a.raw\n").as_bytes());
    write("a.raw", &[1, 2, 3, 4, 5, 6]);
    // Either of the two may be named.
    for name in ["a.mhd", "a.raw"] {
        let (header, values) = read_path(&path(name)).unwrap();
        assert_eq!(
            (header.format.as_str(), &values[..]),
            ("metaimage pair", &[1, 2, 3, 4, 5, 6][..]),
            "{name}"
        );
    }
    assert_eq!(NAMES.companions(&path("a.mhd")).values, [path("a.raw")]);
    assert_eq!(NAMES.companions(&path("a.raw")).header, Some(path("a.mhd")));
    write("b.raw", &[0; 6]);
    assert_eq!(NAMES.companions(&path("b.raw")), Companions::default());
    // By content, whatever the header is called.
    write("g.mhd.gz", &gzip(format!("{PLAIN}ElementDataFile = g.raw\n").as_bytes()));
    write("g.raw", &[0; 6]);
    assert_eq!(NAMES.companions(&path("g.mhd.gz")).values, [path("g.raw")]);
    assert_eq!(NAMES.companions(&path("g.raw")).header, Some(path("g.mhd.gz")));
    write("t.txt", format!("{PLAIN}ElementDataFile = other.dat\n").as_bytes());
    write("other.dat", &[0; 6]);
    assert_eq!(NAMES.companions(&path("t.txt")).values, [path("other.dat")]);
    write("z.mhd", format!("{PLAIN}CompressedData = True\nElementDataFile = z.zraw\n").as_bytes());
    write("z.zraw", &zlib(&[1, 2, 3, 4, 5, 6]));
    let (header, values) = read_path(&path("z.zraw")).unwrap();
    assert_eq!((header.format.as_str(), values.len()), ("metaimage pair zlib", 6));
    // Behind some bytes, or at the end.
    for size in ["4", "-1"] {
        write("s.mhd", format!("{PLAIN}HeaderSize = {size}\nElementDataFile = s.raw\n").as_bytes());
        write("s.raw", &[0, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(read_path(&path("s.mhd")).unwrap().1, [1, 2, 3, 4, 5, 6], "{size}");
    }
    write("short.mhd", format!("{PLAIN}ElementDataFile = short.raw\n").as_bytes());
    write("short.raw", &[1, 2]);
    let error = read_path(&path("short.mhd")).unwrap_err().to_string();
    assert!(error.contains("short.raw") && error.contains("expected 6 bytes of values, found 2"), "{error}");
    write("none.mhd", format!("{PLAIN}ElementDataFile = none.raw\n").as_bytes());
    let error = read_path(&path("none.mhd")).unwrap_err();
    assert!(error.to_string().contains("the file of values is missing"), "{error}");
    assert!(error.advice().is_some());
    for (name, values, says) in
        [("self.mhd", "self.mhd", "found the header itself"), ("folder.mhd", ".", "found a directory")]
    {
        write(name, format!("{PLAIN}ElementDataFile = {values}\n").as_bytes());
        let error = read_path(&path(name)).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let error = read_stream(format!("{PLAIN}ElementDataFile = a.raw\n").as_bytes()).unwrap_err().to_string();
    assert!(error.contains("found `a.raw`, the name of a file"), "{error}");
}

#[test]
fn what_is_wrong_is_said() {
    let with = |from: &str, to: &str| file(&PLAIN.replace(from, to), &[0; 6]);
    for (bytes, says) in [
        (with("NDims = 3\n", ""), "the header has no `NDims`"),
        (with("NDims = 3", "NDims = 5"), "expected 1 to 4 axes in `NDims`, found `5`"),
        (with("2 3 1", "2 3"), "expected 3 lengths of at least 1 in `DimSize`, found `2 3`"),
        (with("2 3 1", "2 0 1"), "expected 3 lengths of at least 1"),
        (with("2 3 1", "-2 3 1"), "expected 3 lengths of at least 1"),
        (with("2 3 1", "4294967296 4294967296 4"), "63 bits"),
        (with("ObjectType = Image", "ObjectType = Tube"), "found an object of type `Tube`"),
        (with("MET_UCHAR", "MET_FLOAT_ARRAY"), "found `MET_FLOAT_ARRAY`"),
        (with("BinaryData = True", "BinaryData = False"), "found text (BinaryData = False)"),
        (with("BinaryData = True", "BinaryData = maybe"), "expected True or False in `BinaryData`"),
        (with("2 3 1\n", "2 3 1\nOffset = 1 2\n"), "expected 3 numbers in `Offset`, found `1 2`"),
        (with("2 3 1\n", "2 3 1\nElementNumberOfChannels = 0\n"), "a whole number of at least 1"),
        (with("2 3 1\n", "2 3 1\nHeaderSize = -2\n"), "a whole number of at least -1 in `HeaderSize`"),
        (
            with("2 3 1\n", "2 3 1\nHeaderSize = 20\n"),
            "or at least 158, where the header ends, in `HeaderSize`",
        ),
        (
            format!("{PLAIN}ElementDataFile =\n").into_bytes(),
            "LOCAL or the name of a file in `ElementDataFile`",
        ),
        (with("2 3 1", &"7 ".repeat(9000)), "7 7 …`"),
        (PLAIN.as_bytes().to_vec(), "the header ends before `ElementDataFile`"),
        (format!("{PLAIN}ElementDataFile = LIST\na\nb\n").into_bytes(), "in one file, found `LIST`"),
        (format!("{PLAIN}ElementDataFile = a%03d.raw 1 3 1\n").into_bytes(), "in one file"),
    ] {
        let message = defect(&bytes);
        assert!(message.contains(says), "{says}: {message}");
    }
    let long = format!("ObjectType = Image\n{}", "Comment = x\n".repeat(100_000));
    assert!(defect(long.as_bytes()).contains("at most 1,048,576 bytes"));
}
