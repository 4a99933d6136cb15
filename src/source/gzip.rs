//! gzip around any input: its members one after another, each verified by its checksum and length.
//!
//! The framing is read here and not by flate2, whose reader takes every foreign byte after a member for
//! the end; the inflating is [`super::deflate`]'s.
//!
//! A gzip file is one or more members, each with a header, deflate data and a trailer of CRC-32 and
//! length. Parallel compressors and plain concatenation write many members, and a reader that stops
//! after the first loses the rest without an error. Tapes and block devices pad with zeros, so
//! zeros after a member are legal; anything else there is an error.
//!
//! The trailer lies behind the data. Damaged data often inflates without complaint to wrong
//! numbers, so nothing is certain before the trailer of the last member has been compared.

use super::advice::Advice;
use super::deflate::Inflate;
use super::error::{FormatError, SourceError};
use super::grouped::Grouped;
use super::pull::Pull;
use super::values::Ahead;
use crc32fast::Hasher;
use std::sync::Arc;

/// Damage of gzip data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GzipError {
    /// The data ends inside a member.
    #[error("the file is truncated: gzip ends early, after {} bytes", Grouped(*inflated))]
    Truncated {
        /// Inflated bytes of the member so far.
        inflated: u64,
    },
    /// A compression method or flags that gzip does not define.
    #[error("expected gzip method 8 with known flags, found method {method} with flags {flags:#04x}")]
    Method {
        /// The method.
        method: u8,
        /// The flags.
        flags: u8,
    },
    /// The compressed data is not a deflate stream.
    #[error("the gzip data is damaged after {} bytes", Grouped(*inflated))]
    Corrupt {
        /// Inflated bytes of the member so far.
        inflated: u64,
    },
    /// The checksum is not that of the data.
    #[error("the gzip data is damaged: expected CRC-32 {expected:08x}, found {found:08x}")]
    Checksum {
        /// As stored.
        expected: u32,
        /// As computed.
        found: u32,
    },
    /// The length is not that of the data.
    ///
    /// The trailer holds 32 bits only: the length of longer data is stored modulo 2^32, and so it
    /// cannot be used to learn the size of a file beforehand.
    #[error(
        "the gzip data is damaged: expected {} bytes modulo 2^32, found {}",
        Grouped((*expected).into()),
        Grouped((*found).into())
    )]
    Length {
        /// As stored.
        expected: u32,
        /// As counted.
        found: u32,
    },
    /// Something that is neither a member nor zero padding follows a member.
    ///
    /// It may be a member whose header is damaged, and then data is missing. Hence an error and not the
    /// end.
    #[error("expected nothing after the gzip data, found byte {found:#04x}")]
    Garbage {
        /// The first such byte.
        found: u8,
    },
}

impl FormatError for GzipError {
    fn advice(&self) -> Option<Advice> {
        Some(Advice::from(match self {
            GzipError::Garbage { .. } => "`gzip -dc FILE > COPY` keeps what comes before that byte",
            _ => "check the file with `gzip -t FILE`, and copy or export it again",
        }))
    }
}

/// Whether the first bytes are those of gzip data.
///
/// Two bytes are all the magic there is.
pub(super) fn sniff(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// The most bytes that `length` bytes of deflate data can inflate to: 258 from every two bits.
///
/// Deflate cannot do better than one match of 258 bytes from two bits: four in a byte, 1032 bytes. A
/// header that declares more than this is wrong, whatever the data is.
pub(super) fn inflated_at_most(length: u64) -> u64 {
    length.saturating_mul(1032)
}

/// The bytes within gzip data.
///
/// `crc` and `inflated` are those of the current member.
pub(super) struct Gzip {
    inflate: Inflate,
    crc: Hasher,
    inflated: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first member.
    Start,
    /// Within the deflate data of a member.
    Inside,
    /// After a member.
    Between,
    End,
}

impl Gzip {
    pub(super) fn new(source: Box<dyn Pull>) -> Gzip {
        Gzip { inflate: Inflate::new(source), crc: Hasher::new(), inflated: 0, state: State::Start }
    }

    /// A byte of a header or trailer. The end of the source is a truncation here.
    fn byte(&mut self) -> Result<u8, SourceError> {
        let inflated = self.inflated;
        Ok(self.inflate.byte()?.ok_or(GzipError::Truncated { inflated })?)
    }

    fn u32(&mut self) -> Result<u32, SourceError> {
        Ok(u32::from_le_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]))
    }

    /// Goes to the first byte of the next member's data, or to the end.
    ///
    /// Zeros are skipped only after a member; before the first one they are foreign.
    fn next_member(&mut self) -> Result<State, SourceError> {
        let padded = self.state == State::Between;
        let first = loop {
            match self.inflate.byte()? {
                None if padded => return Ok(State::End),
                None => return Err(GzipError::Truncated { inflated: 0 }.into()),
                Some(0) if padded => {}
                Some(byte) => break byte,
            }
        };
        if first != 0x1f {
            return Err(GzipError::Garbage { found: first }.into());
        }
        self.inflated = 0;
        let second = self.byte()?;
        if second != 0x8b {
            return Err(GzipError::Garbage { found: second }.into());
        }
        self.member_header()?;
        self.inflate.restart();
        self.crc.reset();
        Ok(State::Inside)
    }

    /// Reads a member's header from the method on. (Its own CRC-16 is skipped, as gzip does.)
    fn member_header(&mut self) -> Result<(), SourceError> {
        let (method, flags) = (self.byte()?, self.byte()?);
        if method != 8 || flags & 0xe0 != 0 {
            return Err(GzipError::Method { method, flags }.into());
        }
        for _ in 0..6 {
            self.byte()?;
        }
        if flags & 4 != 0 {
            let length = u16::from_le_bytes([self.byte()?, self.byte()?]);
            for _ in 0..length {
                self.byte()?;
            }
        }
        for text in [8, 16] {
            while flags & text != 0 && self.byte()? != 0 {}
        }
        if flags & 2 != 0 {
            self.byte()?;
            self.byte()?;
        }
        Ok(())
    }

    /// Holds the checksum and the length after a member's data against what was inflated.
    ///
    /// Both numbers are little-endian.
    fn trailer(&mut self) -> Result<(), SourceError> {
        let (expected, found) = (self.u32()?, self.crc.clone().finalize());
        if expected != found {
            return Err(GzipError::Checksum { expected, found }.into());
        }
        let (expected, found) = (self.u32()?, self.inflated as u32);
        if expected != found {
            return Err(GzipError::Length { expected, found }.into());
        }
        Ok(())
    }
}

impl Pull for Gzip {
    /// The trailer is compared before the member's last bytes are handed out.
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        loop {
            match self.state {
                State::Start | State::Between => self.state = self.next_member()?,
                State::End => return Ok(0),
                State::Inside => {
                    let inflated = self.inflated;
                    let corrupt = || GzipError::Corrupt { inflated };
                    let progress = self.inflate.inflate(buffer)?.ok_or_else(corrupt)?;
                    self.crc.update(&buffer[..progress.produced]);
                    self.inflated += progress.produced as u64;
                    if progress.ended {
                        self.trailer()?;
                        self.state = State::Between;
                    } else if progress.produced == 0 {
                        return Err(GzipError::Truncated { inflated: self.inflated }.into());
                    }
                    if progress.produced > 0 {
                        return Ok(progress.produced);
                    }
                }
            }
        }
    }

    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        Some(self.inflate.ahead())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::pull::Plain;
    use super::*;
    use flate2::write::GzEncoder;
    use std::io::{Cursor, Write};

    pub(in super::super) fn compress(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(bytes: Vec<u8>, chunk: usize) -> Result<Vec<u8>, SourceError> {
        let mut gzip = Gzip::new(Box::new(Plain(Cursor::new(bytes))));
        let (mut out, mut buffer) = (Vec::new(), vec![0; chunk]);
        loop {
            match gzip.pull(&mut buffer)? {
                0 => return Ok(out),
                n => out.extend_from_slice(&buffer[..n]),
            }
        }
    }

    fn gzip_error(error: SourceError) -> GzipError {
        let SourceError::Format(error) = error else { panic!("{error}") };
        let error: Box<dyn std::error::Error> = error;
        *error.downcast().unwrap()
    }

    fn defect(bytes: Vec<u8>) -> GzipError {
        match inflate(bytes, 100) {
            Err(error) => gzip_error(error),
            Ok(bytes) => panic!("{bytes:?}"),
        }
    }

    #[test]
    fn members_and_padding() {
        let text: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        for chunk in [1 << 20, 4096, 77] {
            assert_eq!(inflate(compress(&text), chunk).unwrap(), text);
        }
        let many = [compress(b"ab"), compress(b""), compress(b"cd"), vec![0; 700]].concat();
        assert_eq!(inflate(many, 1).unwrap(), b"abcd");
        assert_eq!(inflate([compress(b"ab"), vec![0; 3], compress(b"cd")].concat(), 9).unwrap(), b"abcd");
    }

    #[test]
    fn optional_header_fields_are_skipped() {
        let mut encoder = flate2::GzBuilder::new()
            .filename("name")
            .comment("words")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), flate2::Compression::best());
        encoder.write_all(b"abc").unwrap();
        assert_eq!(inflate(encoder.finish().unwrap(), 64).unwrap(), b"abc");
    }

    #[test]
    fn every_truncation_is_found() {
        let whole = compress(b"hello, hello, hello");
        for length in 1..whole.len() {
            let error = gzip_error(inflate(whole[..length].to_vec(), 64).unwrap_err());
            assert!(matches!(error, GzipError::Truncated { .. }), "{length}: {error}");
        }
    }

    #[test]
    fn damage_is_named() {
        let whole = compress(b"hello, hello, hello");
        let n = whole.len();
        let with = |place: usize| {
            let mut bytes = whole.clone();
            bytes[place] ^= 0xff;
            bytes
        };
        assert!(matches!(defect(with(n - 8)), GzipError::Checksum { .. }));
        assert!(matches!(defect(with(n - 1)), GzipError::Length { .. }));
        assert!(matches!(defect(with(2)), GzipError::Method { .. }));
        assert!(matches!(defect(with(10)), GzipError::Corrupt { .. }));
        let garbage = [whole.clone(), vec![0, 0], b"x".to_vec()].concat();
        assert_eq!(defect(garbage), GzipError::Garbage { found: b'x' });
    }
}
