//! PNG files of few colours, and of all: a header, a palette, one compressed stream (W3C, PNG, third
//! edition).

use super::canvas::Canvas;
use crc32fast::Hasher;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::{self, Write};

/// What a PNG file begins with.
const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];

/// A picture whose pixels are numbers of colours, row by row from the top left. `palette` has red, green,
/// blue and opacity of each colour, of which there may be 256.
///
/// # Errors
/// The compressor's, which does not fail on memory.
pub fn indexed(columns: usize, pixels: &[u8], palette: &[[u8; 4]]) -> io::Result<Vec<u8>> {
    let rows = pixels.len().checked_div(columns).unwrap_or(0);
    let colours: Vec<u8> = palette.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
    // What follows the last colour that is not opaque may be left out.
    let clear = palette.iter().rposition(|colour| colour[3] < 255).map_or(0, |last| last + 1);
    let opacity: Vec<u8> = palette[..clear].iter().map(|colour| colour[3]).collect();
    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, *b"IHDR", &header(columns, rows, 3));
    chunk(&mut file, *b"PLTE", &colours);
    if !opacity.is_empty() {
        chunk(&mut file, *b"tRNS", &opacity);
    }
    chunk(&mut file, *b"IDAT", &packed(pixels.chunks(columns.max(1)))?);
    chunk(&mut file, *b"IEND", &[]);
    Ok(file)
}

/// A tall picture that is written band by band, so that one band at a time is held.
pub struct Bands {
    width: usize,
    height: usize,
    packer: ZlibEncoder<Vec<u8>>,
}

impl Bands {
    /// A picture of this size, in red, green and blue.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Bands {
        Bands { width, height, packer: ZlibEncoder::new(Vec::new(), Compression::new(6)) }
    }

    /// Adds the rows of a band, which is as wide as the picture.
    ///
    /// # Errors
    /// The compressor's.
    pub fn add(&mut self, band: &Canvas) -> io::Result<()> {
        for row in band.pixels.chunks(self.width.max(1)) {
            self.packer.write_all(&[0])?;
            row.iter().try_for_each(|pixel| self.packer.write_all(pixel))?;
        }
        Ok(())
    }

    /// The file, once it has all its rows.
    ///
    /// # Errors
    /// The compressor's.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        let mut file = SIGNATURE.to_vec();
        chunk(&mut file, *b"IHDR", &header(self.width, self.height, 2));
        chunk(&mut file, *b"IDAT", &self.packer.finish()?);
        chunk(&mut file, *b"IEND", &[]);
        Ok(file)
    }
}

/// Width, height, 8 bits, the kind of colour, and the only ways to compress, to filter and to interlace.
fn header(columns: usize, rows: usize, kind: u8) -> Vec<u8> {
    let [columns, rows] = [columns, rows].map(|n| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes());
    [&columns[..], &rows[..], &[8, kind, 0, 0, 0]].concat()
}

/// Rows, each behind the number of its filter, which is none: pixels that are numbers of colours have no
/// differences that mean anything.
fn packed<'a>(rows: impl Iterator<Item = &'a [u8]>) -> io::Result<Vec<u8>> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::new(9));
    for row in rows {
        packer.write_all(&[0])?;
        packer.write_all(row)?;
    }
    packer.finish()
}

/// A piece of the file: its length, its name, what it holds, and their checksum.
fn chunk(file: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    let mut sum = Hasher::new();
    sum.update(&name);
    sum.update(content);
    file.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
    file.extend(name);
    file.extend(content);
    file.extend(sum.finalize().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn a_picture_by_hand() {
        let palette = [[1, 2, 3, 0], [4, 5, 6, 128], [7, 8, 9, 255]];
        let file = indexed(2, &[0, 1, 2, 2, 1, 0], &palette).unwrap();
        let expected = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x03\x08\x03\0\0\0";
        assert_eq!(file[..29], expected[..]);
        // The checksum of this header, by zlib.crc32 of Python.
        assert_eq!(file[29..33], 0x8e34_2eb3_u32.to_be_bytes());
        assert_eq!(file[33..50], *b"\0\0\0\x09PLTE\x01\x02\x03\x04\x05\x06\x07\x08\x09");
        assert_eq!(file[54..64], *b"\0\0\0\x02tRNS\0\x80");
        let start = file.windows(4).position(|four| four == b"IDAT").unwrap() + 4;
        let mut rows = Vec::new();
        flate2::read::ZlibDecoder::new(&file[start..]).read_to_end(&mut rows).unwrap();
        assert_eq!(rows, [0, 0, 1, 0, 2, 2, 0, 1, 0]);
        assert!(file.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
    }
}
