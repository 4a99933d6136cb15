//! zlib around values: two bytes, deflate data, and a checksum (RFC 1950). MetaImage has it.

use super::advice::Advice;
use super::deflate::Inflate;
use super::error::{FormatError, SourceError};
use super::grouped::Grouped;
use super::pull::Pull;
use super::values::Ahead;
use std::sync::Arc;

/// Damage of zlib data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ZlibError {
    /// The data ends early.
    #[error("the file is truncated: zlib data ends early, after {} bytes", Grouped(*inflated))]
    Truncated {
        /// Inflated bytes so far.
        inflated: u64,
    },
    /// The first two bytes are not those of zlib data.
    #[error("expected zlib data, found data that begins with {:02x} {:02x}", found[0], found[1])]
    Header {
        /// The two bytes.
        found: [u8; 2],
    },
    /// The compressed data is not a deflate stream.
    #[error("the zlib data is damaged after {} bytes", Grouped(*inflated))]
    Corrupt {
        /// Inflated bytes so far.
        inflated: u64,
    },
    /// The checksum is not that of the data.
    #[error("the zlib data is damaged: expected Adler-32 {expected:08x}, found {found:08x}")]
    Checksum {
        /// As stored.
        expected: u32,
        /// As computed.
        found: u32,
    },
}

impl FormatError for ZlibError {
    fn advice(&self) -> Option<Advice> {
        Some(match self {
            ZlibError::Header { .. } => "set CompressedData to False if the values are not compressed".into(),
            _ => "the file is incomplete or damaged: copy or export it again".into(),
        })
    }
}

/// Whether zlib data begins like this: method 8, a window of at most 32 KiB, no dictionary, and two bytes
/// that are a multiple of 31.
fn is_header([first, second]: [u8; 2]) -> bool {
    first & 0x0f == 8
        && first >> 4 <= 7
        && second & 0x20 == 0
        && u16::from_be_bytes([first, second]).is_multiple_of(31)
}

/// Zlib data that is inflated as it is pulled.
pub(super) struct Zlib {
    inflate: Inflate,
    adler: Adler,
    inflated: u64,
    state: State,
}

enum State {
    Start,
    Inside,
    End,
}

impl Zlib {
    pub(super) fn new(source: Box<dyn Pull>) -> Zlib {
        Zlib { inflate: Inflate::new(source), adler: Adler::new(), inflated: 0, state: State::Start }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], SourceError> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            let inflated = self.inflated;
            *byte = self.inflate.byte()?.ok_or(ZlibError::Truncated { inflated })?;
        }
        Ok(bytes)
    }

    /// Holds the checksum against what was inflated, and reads on to the end of the source: what is around
    /// it may verify something too.
    fn trailer(&mut self) -> Result<(), SourceError> {
        let (expected, found) = (u32::from_be_bytes(self.bytes()?), self.adler.value());
        if expected != found {
            return Err(ZlibError::Checksum { expected, found }.into());
        }
        while self.inflate.byte()?.is_some() {}
        Ok(())
    }
}

impl Pull for Zlib {
    /// The checksum is compared before the last bytes are handed out.
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        loop {
            match self.state {
                State::Start => {
                    let found = self.bytes()?;
                    if !is_header(found) {
                        return Err(ZlibError::Header { found }.into());
                    }
                    self.inflate.restart();
                    self.state = State::Inside;
                }
                State::End => return Ok(0),
                State::Inside => {
                    let inflated = self.inflated;
                    let corrupt = || ZlibError::Corrupt { inflated };
                    let progress = self.inflate.inflate(buffer)?.ok_or_else(corrupt)?;
                    self.adler.update(&buffer[..progress.produced]);
                    self.inflated += progress.produced as u64;
                    if progress.ended {
                        self.trailer()?;
                        self.state = State::End;
                    } else if progress.produced == 0 {
                        return Err(ZlibError::Truncated { inflated: self.inflated }.into());
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

/// Adler-32: the sum of all bytes and the sum of these sums, modulo 65,521.
struct Adler {
    sum: u32,
    sums: u32,
}

impl Adler {
    const MODULUS: u32 = 65_521;
    /// So many bytes fit before a sum of 32 bits is full.
    const PIECE: usize = 5552;

    fn new() -> Adler {
        Adler { sum: 1, sums: 0 }
    }

    fn update(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(Self::PIECE) {
            for &byte in piece {
                self.sum += u32::from(byte);
                self.sums += self.sum;
            }
            self.sum %= Self::MODULUS;
            self.sums %= Self::MODULUS;
        }
    }

    fn value(&self) -> u32 {
        self.sums << 16 | self.sum
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::pull::Plain;
    use super::*;
    use flate2::write::ZlibEncoder;
    use std::io::{Cursor, Write};

    pub(in super::super) fn compress(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let mut zlib = Zlib::new(Box::new(Plain(Cursor::new(bytes))));
        let (mut out, mut buffer) = (Vec::new(), vec![0; 1000]);
        loop {
            match zlib.pull(&mut buffer).map_err(|error| error.to_string())? {
                0 => return Ok(out),
                n => out.extend_from_slice(&buffer[..n]),
            }
        }
    }

    /// By zlib's own `adler32`: of "Wikipedia" 0x11e60398, of nothing 1.
    #[test]
    fn checksums_by_hand() {
        let of = |bytes: &[u8]| {
            let mut adler = Adler::new();
            adler.update(bytes);
            adler.value()
        };
        assert_eq!((of(b"Wikipedia"), of(b"")), (0x11e6_0398, 1));
        assert_eq!(of(&vec![0xff; 1_000_000]), crate_of(&vec![0xff; 1_000_000]));
    }

    /// The last four bytes of what the library writes.
    fn crate_of(bytes: &[u8]) -> u32 {
        let packed = compress(bytes);
        u32::from_be_bytes(packed[packed.len() - 4..].try_into().unwrap())
    }

    #[test]
    fn what_was_compressed_comes_back() {
        let text: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        for bytes in [&text[..], b"", b"a"] {
            assert_eq!(inflate(compress(bytes)).unwrap(), bytes);
        }
        // What follows is no part of it.
        assert_eq!(inflate([compress(b"abc"), vec![1; 100_000]].concat()).unwrap(), b"abc");
    }

    #[test]
    fn damage_is_named() {
        let whole = compress(b"one two three four");
        for end in 0..whole.len() {
            let error = inflate(whole[..end].to_vec()).unwrap_err();
            assert!(error.contains("ends early"), "{end}: {error}");
        }
        let changed = |at: usize, byte: u8| {
            let mut changed = whole.clone();
            changed[at] = byte;
            inflate(changed).unwrap_err()
        };
        assert_eq!(
            changed(0, 0x1f),
            format!("expected zlib data, found data that begins with 1f {:02x}", whole[1])
        );
        assert!(changed(1, 0x20).contains("expected zlib data"));
        assert!(changed(2, 0xff).contains("damaged after 0 bytes"));
        assert!(changed(whole.len() - 1, whole[whole.len() - 1] ^ 1).contains("expected Adler-32"));
    }
}
