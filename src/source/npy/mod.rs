//! `.npy`, versions 1 to 3: one array behind a header that is a Python literal.
//!
//! After the magic and two bytes of version comes the length of the header: 16 bits in version 1,
//! 32 bits in versions 2 and 3. Version 3 differs from 2 only in that its text is UTF-8. The text
//! is padded with spaces and a line feed so that the values begin at a multiple of 64 bytes (16 in
//! old files), but the declared length alone decides where they begin; the padding is not checked.
//!
//! The format has no checksum, no scaling and no affine. A cut-off file shows by its length alone.

mod header;

use super::error::SourceError;
use super::header::{Header, Opened};
use super::input::Input;
use super::location::OpenOptions;
use super::reader::{Companions, Reader};
use crate::geometry::{DefaultLayout, DefaultLayouts, LayoutCandidate, byte_length};
use crate::heatmap::Scaling;
use header::NpyError;

/// The row of `.npy` in the table of readers.
pub(super) const READER: Reader = Reader {
    name: "npy",
    extensions: &["npy"],
    summary: "a NumPy array saved by numpy.save",
    sniff,
    affines: &[],
    layouts: &LAYOUTS,
    open,
    companions: Companions::none,
};

/// Samples and channels come first. Arrays of 4 axes have no default: they may be volumes with channels, or
/// planes with samples and channels.
///
/// A wrong guess of the axes gives landmarks that look right and are not, so these names have to be
/// given.
pub(super) const LAYOUTS: DefaultLayouts = DefaultLayouts {
    defaults: &[DefaultLayout::exact("HW"), DefaultLayout::exact("HWD"), DefaultLayout::padded("NCHWD")],
    candidates: &[
        LayoutCandidate { layout: "CHWD", purpose: "one volume per channel" },
        LayoutCandidate { layout: "NCHW", purpose: "planar heatmaps" },
    ],
};

const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header that is read. Version 1 cannot have a longer one, and NumPy itself reads no more than
/// 10,000 bytes unless told to.
///
/// Versions 2 and 3 could declare 4 GiB, and that much memory must not be taken for a damaged length.
const LONGEST: u32 = 1 << 16;

pub(super) fn sniff(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Opens a `.npy`; also an entry of a `.npz`.
///
/// The size of the values is a checked product of the shape: lengths whose product does not fit 63 bits
/// are an error and never wrap around to a small number.
pub(super) fn open(mut input: Input, _: &OpenOptions) -> Result<Opened, SourceError> {
    let (version, text) = read_header(&mut input)?;
    let declared = header::parse(&text)?;
    let length = byte_length(&declared.shape, declared.element.size())?;
    let start = 10 + if version.0 == 1 { 0 } else { 2 } + text.len() as u64;
    let format = input.label(&format!("npy {}.{}", version.0, version.1));
    let (values, notices) = input.into_values(start, length)?;
    let header = Header {
        format,
        element: declared.element,
        shape: declared.shape,
        order: declared.order,
        layouts: READER.layouts,
        scaling: Scaling::NONE,
        affine_kinds: READER.affines,
        takes_affine: true,
        affines: Vec::new(),
        notices,
    };
    Ok(Opened { header, values })
}

/// The version and the text of the header.
///
/// The magic is compared again here, because an entry of an archive comes without having been
/// recognised.
fn read_header(input: &mut Input) -> Result<((u8, u8), Vec<u8>), SourceError> {
    let mut magic = [0; 8];
    input.take_header("npy header", &mut magic)?;
    if !sniff(&magic) {
        return Err(NpyError::Magic { found: magic[..6].to_vec() }.into());
    }
    let (major, minor) = (magic[6], magic[7]);
    if !matches!((major, minor), (1..=3, 0)) {
        return Err(NpyError::Version { major, minor }.into());
    }
    let mut length = [0; 4];
    let width = if major == 1 { 2 } else { 4 };
    input.take_header("npy header", &mut length[..width])?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(NpyError::HeaderLength { found: length }.into());
    }
    let mut text = vec![0; length as usize];
    input.take_header("npy header", &mut text)?;
    Ok(((major, minor), text))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::gzip::tests::compress;
    use super::super::tests::{defect, read_file, read_stream};
    use super::super::{Element, Kind, Notice};
    use crate::geometry::MemoryOrder;

    /// A `.npy` of version 1, as NumPy writes it.
    pub(in super::super) fn npy(header: &str, values: &[u8]) -> Vec<u8> {
        let padding = 64 - (10 + header.len() + 1) % 64;
        let text = format!("{header}{}\n", " ".repeat(padding));
        [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), values].concat()
    }

    fn simple() -> Vec<u8> {
        let values: Vec<u8> =
            [1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }", &values)
    }

    #[test]
    fn reads_values_and_header() {
        for read in [read_file, read_stream] {
            let (header, values) = read(&simple()).unwrap();
            assert_eq!(header.format, "npy 1.0");
            assert_eq!(header.element, Element { kind: Kind::F32, big_endian: false });
            assert_eq!((header.shape, header.order), (vec![1, 2, 3], MemoryOrder::C));
            assert_eq!(values, simple()[128..]);
            assert!(header.notices.is_empty());
        }
    }

    #[test]
    fn reads_versions_2_and_3() {
        let text = b"{'descr': '>i2', 'fortran_order': True, 'shape': (2,)}\n";
        for major in [2, 3] {
            let length = (text.len() as u32).to_le_bytes();
            let bytes = [b"\x93NUMPY", &[major, 0][..], &length, text, &[0, 1, 0, 2]].concat();
            let (header, values) = read_file(&bytes).unwrap();
            assert_eq!(header.format, format!("npy {major}.0"));
            assert_eq!((header.order, values), (MemoryOrder::Fortran, vec![0, 1, 0, 2]));
        }
    }

    #[test]
    fn bytes_after_the_array_are_noticed() {
        for read in [read_file, read_stream] {
            let (header, values) = read(&[simple(), vec![9; 5]].concat()).unwrap();
            assert_eq!(header.notices, [Notice::Trailing { bytes: 5, or_more: false, again: false }]);
            assert_eq!(values.len(), 24);
        }
    }

    /// What `numpy.save` to one open file writes when it is called again.
    #[test]
    fn an_array_behind_the_first_is_named() {
        let again = Notice::Trailing { bytes: 152, or_more: false, again: true };
        let two = [simple(), simple()].concat();
        let packed = [compress(&simple()), compress(&simple())].concat();
        for bytes in [&two, &compress(&two), &packed] {
            for read in [read_file, read_stream] {
                let (header, values) = read(bytes).unwrap();
                assert_eq!((&header.notices[..], &values[..]), (&[again.clone()][..], &simple()[128..]));
            }
        }
        assert_eq!(again.to_string(), "152 bytes after the last value, which begin as the file does");
        // Less than a magic, and padding, are no array.
        for behind in [&simple()[..7], &[0; 152]] {
            let (header, _) = read_file(&[&simple()[..], behind].concat()).unwrap();
            assert!(matches!(header.notices[..], [Notice::Trailing { again: false, .. }]));
        }
    }

    #[test]
    fn missing_values_are_an_error() {
        let short = &simple()[..150];
        for read in [read_file, read_stream] {
            let error = read(short).unwrap_err();
            assert_eq!(error.to_string(), "the file is truncated: expected 24 bytes of values, found 22");
        }
    }

    #[test]
    fn hostile_lengths_take_no_memory() {
        let endless = b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}";
        assert_eq!(defect(endless), "expected an npy header of at most 65,536 bytes, found 4,294,967,295");
        let shape = |dims: &str| {
            npy(&format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({dims}), }}"), &[0; 8])
        };
        assert_eq!(
            defect(&shape("1152921504606846976,")),
            "expected a shape whose size fits 63 bits, found [1152921504606846976]"
        );
        assert_eq!(
            defect(&shape("1 , 1099511627776")),
            "the file is truncated: expected 8,796,093,022,208 bytes of values, found 8"
        );
        assert!(defect(&shape("4294967296, 4294967296")).starts_with("expected a shape whose size fits"));
        assert!(defect(&shape("4294967296, 4294967296, 0")).starts_with("expected a shape whose size fits"));
    }

    #[test]
    fn every_truncation_of_the_header_is_found() {
        for length in 8..128 {
            assert!(defect(&simple()[..length]).contains("bytes of npy header"), "{length}");
        }
    }
}
