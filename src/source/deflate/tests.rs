//! Held against flate2 (zlib-rs), which made the data: every kind of block, every level, and damage.

use super::super::pull::{Plain, Pull};
use super::stream::Inflate;
use crate::source::SourceError;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Numbers that look drawn, the same on every run (splitmix64).
pub(super) struct Drawn(pub(super) u64);

impl Drawn {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Data of the kinds that files hold: zeros, noise, floats with noise, repetitions of every short distance,
/// text, runs between noise.
pub(super) fn kinds(length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let mut drawn = Drawn(1);
    let mut bytes = |make: &mut dyn FnMut(&mut Drawn, usize) -> u8| -> Vec<u8> {
        (0..length).map(|at| make(&mut drawn, at)).collect()
    };
    let floats: Vec<u8> = (0..=(length as u32 / 4))
        .flat_map(|at| {
            (1.0 + f64::from(at.wrapping_mul(2_654_435_761) >> 8) * 1e-7).to_bits().to_le_bytes()[4..]
                .to_vec()
        })
        .take(length)
        .collect();
    let periods = (0..length).map(|at| (at % (1 + at / 700 % 40)) as u8).collect();
    vec![
        ("zeros", vec![0; length]),
        ("noise", bytes(&mut |drawn, _| drawn.next() as u8)),
        ("floats", floats),
        ("periods", periods),
        ("few", bytes(&mut |drawn, _| b"abcd"[drawn.below(4) as usize])),
        ("skewed", bytes(&mut |drawn, _| (drawn.next().leading_zeros() * 3) as u8)),
        ("runs", bytes(&mut |drawn, at| if at / 300 % 2 == 0 { 7 } else { drawn.below(200) as u8 })),
    ]
}

pub(super) fn deflate(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that come in pieces of a drawn length.
struct Pieces {
    bytes: Cursor<Vec<u8>>,
    drawn: Drawn,
    at_most: u64,
}

impl Pull for Pieces {
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        let length = buffer.len().min(1 + self.drawn.below(self.at_most) as usize);
        Plain(&mut self.bytes).pull(&mut buffer[..length])
    }
}

/// How inflating ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    End,
    Truncated,
    Corrupt,
}

fn ours(bytes: &[u8], at_most: u64, out: usize) -> (Vec<u8>, Ended) {
    let source = Pieces { bytes: Cursor::new(bytes.to_vec()), drawn: Drawn(3), at_most };
    let (mut inflate, mut all, mut buffer) = (Inflate::new(Box::new(source)), Vec::new(), vec![0; out]);
    loop {
        let Some(progress) = inflate.inflate(&mut buffer).unwrap() else { return (all, Ended::Corrupt) };
        all.extend_from_slice(&buffer[..progress.produced]);
        if progress.ended {
            return (all, Ended::End);
        }
        if progress.produced == 0 {
            return (all, Ended::Truncated);
        }
    }
}

fn theirs(bytes: &[u8], room: usize) -> (Vec<u8>, Ended) {
    let (mut state, mut all) = (Decompress::new(false), vec![0; room]);
    let status = state.decompress(bytes, &mut all, FlushDecompress::Finish);
    all.truncate(state.total_out() as usize);
    let ended = match status {
        Ok(Status::StreamEnd) => Ended::End,
        Ok(_) => Ended::Truncated,
        Err(_) => Ended::Corrupt,
    };
    (all, ended)
}

#[test]
fn every_kind_and_level_in_pieces_of_any_size() {
    for length in [0, 1, 5, 300, 70_000, 600_000] {
        for (name, bytes) in kinds(length) {
            for level in [0, 1, 6, 9] {
                let deflated = deflate(&bytes, level);
                for (at_most, out) in [(1 << 20, 1 << 18), (50_000, 777), (13, 65_536)] {
                    let (found, ended) = ours(&deflated, at_most, out);
                    assert_eq!(ended, Ended::End, "{name} {length} {level}");
                    assert!(found == bytes, "{name} {length} {level}");
                }
            }
        }
    }
}

/// Who does what lies ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Help {
    /// Nobody but the reader.
    None,
    /// The reader's own thread, between two calls: all there is, so that the same happens on every machine.
    Between,
    /// So many threads.
    Threads(usize),
}

/// Inflates with help: what came out, and how many jobs others did.
fn helped(deflated: Vec<u8>, help: Help) -> (Vec<u8>, usize) {
    let mut inflate = Inflate::new(Box::new(Plain(Cursor::new(deflated))));
    let (ahead, is_over, done) = (inflate.ahead(), AtomicBool::new(false), AtomicUsize::new(0));
    let work = || {
        if ahead.has_work() && ahead.work() {
            done.fetch_add(1, Ordering::Relaxed);
        }
    };
    let threads = if let Help::Threads(threads) = help { threads } else { 0 };
    ahead.offer(if help == Help::Between { 2 } else { threads });
    let all = std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    work();
                    std::thread::yield_now();
                }
            });
        }
        let (mut all, mut buffer) = (Vec::new(), vec![0; 1 << 17]);
        loop {
            let progress = inflate.inflate(&mut buffer).unwrap().unwrap();
            all.extend_from_slice(&buffer[..progress.produced]);
            if progress.ended || progress.produced == 0 {
                is_over.store(true, Ordering::Relaxed);
                return all;
            }
            while help == Help::Between && ahead.has_work() {
                work();
            }
        }
    });
    (all, done.into_inner())
}

/// Long streams, which are inflated in parts: alone, and with help.
#[test]
fn parts() {
    for (name, bytes) in kinds(9_000_000) {
        for level in [1, 6] {
            let deflated = deflate(&bytes, level);
            // Parts begin at blocks that describe their codes: noise is stored, and level 1 describes none.
            let has_jobs = deflated.len() > 3_000_000 && name != "noise" && level > 1;
            for help in [Help::None, Help::Between, Help::Threads(1), Help::Threads(3)] {
                let (found, done) = helped(deflated.clone(), help);
                assert!(found == bytes, "{name} {level} {help:?}");
                assert!(help != Help::Between || !has_jobs || done > 0, "{name} {level}");
            }
        }
    }
}

/// A fault far into a stream: the same bytes before it, and the same verdict, alone and with help.
#[test]
fn damage_within_parts() {
    let (_, bytes) = kinds(6_000_000).swap_remove(2);
    let deflated = deflate(&bytes, 6);
    let mut drawn = Drawn(21);
    for _ in 0..8 {
        let mut damaged = deflated.clone();
        let place = damaged.len() / 4 + drawn.below(damaged.len() as u64 / 2) as usize;
        damaged[place..place + 40].fill(drawn.next() as u8);
        let (found, ended) = ours(&damaged, 1 << 20, 1 << 16);
        let (expected, expected_end) = theirs(&damaged, bytes.len() + (8 << 20));
        assert_eq!(ended, expected_end, "{place}");
        assert!(found.starts_with(&expected[..expected.len().min(place)]), "{place}");
        let (cut, cut_end) = ours(&damaged[..place], 1 << 20, 1 << 16);
        assert!(bytes.starts_with(&cut) && cut_end == Ended::Truncated, "{place}");
    }
}

/// A stream of 5,000 bytes, 700,000 bytes of empty blocks, and then matches that refer 30,000 bytes back: to
/// what was never there. A part that begins with those matches cannot know, and must not be believed.
#[test]
fn a_match_before_the_first_byte() {
    // Literals almost alone, so that parts are worth it.
    let mut drawn = Drawn(31);
    let bytes: Vec<u8> = (0..900_000).map(|_| drawn.below(100) as u8).collect();
    let mut state = flate2::Compress::new(Compression::new(6), false);
    let mut pack = |bytes: &[u8], flush| {
        let mut packed = Vec::with_capacity(1 << 20);
        state.compress_vec(bytes, &mut packed, flush).unwrap();
        packed
    };
    let first = pack(&bytes[..5_000], flate2::FlushCompress::Full);
    let known = pack(&bytes[5_000..35_000], flate2::FlushCompress::Sync);
    let last = pack(&[&bytes[5_000..35_000], &bytes[35_000..]].concat(), flate2::FlushCompress::Finish);
    // So many that the second part is looked for shortly before their end.
    let empty = [0, 0, 0, 0xff, 0xff].repeat(140_000);
    for (stream, expected) in [
        ([&first[..], &known, &empty, &last].concat(), Ended::End),
        ([&first[..], &empty, &last].concat(), Ended::Corrupt),
    ] {
        assert_eq!(theirs(&stream, 2 << 20).1, expected);
        let (found, ended) = ours(&stream, 1 << 20, 1 << 16);
        assert_eq!(ended, expected, "after {} bytes", found.len());
    }
}

/// Blocks of fixed codes, and flushes in the middle, which leave empty stored blocks.
#[test]
fn fixed_codes_and_flushes() {
    let mut state = flate2::Compress::new(Compression::best(), false);
    let (mut deflated, mut whole) = (Vec::with_capacity(1 << 16), Vec::new());
    for (at, text) in [&b"a"[..], b"bcbcbcbcbcbcbc", b"", b"\0\0\0\0\0\0\0\0\0\0\xff\xfe"].iter().enumerate()
    {
        let flush = if at == 3 { flate2::FlushCompress::Finish } else { flate2::FlushCompress::Sync };
        state.compress_vec(text, &mut deflated, flush).unwrap();
        whole.extend_from_slice(text);
    }
    assert_eq!(ours(&deflated, 100, 5), (whole, Ended::End));
}

#[test]
fn every_truncation_is_one() {
    for (name, bytes) in kinds(2_000) {
        for level in [0, 1, 6] {
            let deflated = deflate(&bytes, level);
            for length in 0..deflated.len() {
                let (found, ended) = ours(&deflated[..length], 1 << 20, 4096);
                assert_eq!(ended, Ended::Truncated, "{name} {level} {length}");
                assert!(bytes.starts_with(&found), "{name} {level} {length}");
            }
        }
    }
}

/// One bit flipped, or a few bytes drawn anew: both decoders agree on whether it is still a stream and on
/// every byte of it.
#[test]
fn damage_is_judged_as_zlib_judges_it() {
    let mut drawn = Drawn(11);
    let mut corrupt = 0;
    for (name, bytes) in kinds(3_000) {
        for level in [0, 1, 9] {
            let deflated = deflate(&bytes, level);
            for round in 0..400 {
                let mut damaged = deflated.clone();
                for _ in 0..=(round % 3) {
                    // The header of the block is where most can go wrong.
                    let end = if round % 2 == 0 { damaged.len().min(90) } else { damaged.len() };
                    let place = drawn.below(end as u64) as usize;
                    damaged[place] = match round % 5 {
                        0 => drawn.next() as u8,
                        _ => damaged[place] ^ 1 << drawn.below(8),
                    };
                }
                let (found, ended) = ours(&damaged, 1 << 20, 1 << 16);
                let (expected, expected_end) = theirs(&damaged, 4 << 20);
                assert_eq!(ended, expected_end, "{name} {level} {round}");
                if ended == Ended::End {
                    assert!(found == expected, "{name} {level} {round}");
                }
                corrupt += u32::from(ended == Ended::Corrupt);
            }
        }
    }
    assert!(corrupt > 1_000, "{corrupt}");
}

/// Bytes that were never deflated: no panic, and the same verdict.
#[test]
fn drawn_bytes() {
    let mut drawn = Drawn(5);
    for _ in 0..20_000 {
        let length = drawn.below(120) as usize;
        let mut bytes: Vec<u8> = (0..length).map(|_| drawn.next() as u8).collect();
        if let Some(first) = bytes.first_mut() {
            *first = *first & !7 | 1 | [2, 4, 4, 4][drawn.below(4) as usize];
        }
        let (found, ended) = ours(&bytes, 1 << 20, 1 << 16);
        let (expected, expected_end) = theirs(&bytes, 4 << 20);
        assert_eq!(ended, expected_end, "{bytes:?}");
        assert!(ended != Ended::End || found == expected, "{bytes:?}");
    }
}

#[test]
fn bytes_behind_the_stream_can_be_read() {
    let bytes = [deflate(b"one", 6), vec![1, 2, 3], deflate(b"two", 6), vec![4]].concat();
    let mut inflate = Inflate::new(Box::new(Plain(Cursor::new(bytes))));
    let mut buffer = [0; 10];
    for (text, behind) in [(b"one", &[1, 2, 3][..]), (b"two", &[4])] {
        let progress = inflate.inflate(&mut buffer).unwrap().unwrap();
        assert_eq!((&buffer[..progress.produced], progress.ended), (&text[..], true));
        for &byte in behind {
            assert_eq!(inflate.byte().unwrap(), Some(byte));
        }
        inflate.restart();
    }
    assert_eq!(inflate.byte().unwrap(), None);
}
