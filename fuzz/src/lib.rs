//! What the targets share: bytes as a file or a pipe, a reader of everything in them, and a decoder that
//! holds every answer against what an answer may be.
//!
//! The library opens places, not bytes. An unlinked file in memory under its name in /proc is such a place,
//! costs microseconds, and leaves nothing behind when a target is killed. Linux only, as libFuzzer here is.

use softargmax::internals::geometry::{Length, MemoryOrder, Offsets, Stride, Voxel};
use softargmax::internals::kernel::{PeakSelection, Sharpness, choose};
use softargmax::internals::landmark::{Landmark, Status};
use softargmax::internals::mask::Mask;
use softargmax::internals::pipeline::{self, Decoded, Defect};
use softargmax::internals::plan::Decoding;
use softargmax::internals::prepare::{AffineChoice, Channels, LayoutChoice};
use softargmax::internals::sink::{Coords, Extras, Report, by_name};
use softargmax::internals::source::{self, Advice, Header, Location, OpenOptions, SourceError};
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Bytes where the library can open them.
pub enum Place<'a> {
    /// A regular file.
    File(std::sync::MutexGuard<'a, File>),
    /// A pipe that holds all the bytes, closed at its other end.
    Pipe(std::io::PipeReader),
}

impl Place<'_> {
    /// A regular file of `bytes`. One at a time: the file is used again.
    pub fn file(bytes: &[u8]) -> Place<'static> {
        static SCRATCH: OnceLock<Mutex<File>> = OnceLock::new();
        let scratch = SCRATCH.get_or_init(|| Mutex::new(tempfile::tempfile_in("/dev/shm").unwrap()));
        let file = scratch.lock().unwrap_or_else(PoisonError::into_inner);
        file.set_len(0).unwrap();
        file.write_all_at(bytes, 0).unwrap();
        Place::File(file)
    }

    /// A pipe with `bytes` in it; none where they do not fit into one.
    pub fn pipe(bytes: &[u8]) -> Option<Place<'static>> {
        if bytes.len() > 1 << 16 {
            return None;
        }
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(bytes).unwrap();
        Some(Place::Pipe(reader))
    }

    /// Where it is.
    pub fn location(&self) -> Location {
        let descriptor = match self {
            Place::File(file) => file.as_raw_fd(),
            Place::Pipe(pipe) => pipe.as_raw_fd(),
        };
        Location::Path(PathBuf::from(format!("/proc/self/fd/{descriptor}")))
    }
}

/// Opens an input and reads every value, to the end and its checksums.
pub fn read(place: &Place<'_>, key: Option<&str>) -> Result<(Header, Vec<u8>), SourceError> {
    let opened = source::open(&place.location(), &OpenOptions { key: key.map(str::to_owned) })?;
    let header = opened.header;
    let count = softargmax::internals::geometry::byte_length(&header.shape, header.element.size()).unwrap();
    let mut bytes = Vec::new();
    opened.values.read_all(count, 1 << 14, |part| {
        bytes.extend_from_slice(part);
        Ok::<(), SourceError>(())
    })?;
    Ok((header, bytes))
}

/// What two readings of the same bytes must agree in: all but the container and what is behind the values.
fn essence((header, bytes): &(Header, Vec<u8>)) -> impl PartialEq + std::fmt::Debug {
    let Header { element, shape, order, scaling, affines, .. } = header;
    (*element, shape.clone(), *order == MemoryOrder::C, *scaling, affines.clone(), bytes.clone())
}

/// Fails unless both were read and say the same, or neither was read and both say why.
#[track_caller]
pub fn assert_alike(a: &Result<(Header, Vec<u8>), SourceError>, b: &Result<(Header, Vec<u8>), SourceError>) {
    match (a, b) {
        // NaN is not equal to itself, and its text is.
        (Ok(a), Ok(b)) => assert_eq!(format!("{:?}", essence(a)), format!("{:?}", essence(b))),
        (Err(a), Err(b)) => [a, b].into_iter().for_each(check_error),
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => panic!("one reads it, the other says: {error}"),
    }
}

/// Every error says in a few plain words what is wrong.
#[track_caller]
pub fn check_error(error: &SourceError) {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains("os error"), "{text}");
    assert!(text.len() < 4096, "an error of {} bytes", text.len());
    assert_ne!(error.advice(), Some(Advice::from("")));
}

/// Reads `bytes` from a file and from a pipe, which must not differ; what the file gave.
pub fn read_both(bytes: &[u8], key: Option<&str>) -> Result<(Header, Vec<u8>), SourceError> {
    let from_file = read(&Place::file(bytes), key);
    if let Some(pipe) = Place::pipe(bytes) {
        assert_alike(&from_file, &read(&pipe, key));
    }
    from_file
}

/// Layouts that a whole decode is tried with.
const LAYOUTS: [Option<&str>; 12] = [
    None,
    Some("NCHWD"),
    Some("HWD"),
    Some("DWH"),
    Some("CHWD"),
    Some("HWDC"),
    Some("NHWDC"),
    Some("NCHW"),
    Some("HW"),
    Some("NC"),
    Some("H"),
    Some("HWDCN"),
];

/// Methods that a whole decode is tried with.
const METHODS: [&str; 25] = [
    "soft",
    "hard",
    "mean",
    "mean:activation=none",
    "mean:activation=sigmoid",
    "mean:activation=power",
    "mean:activation=power,alpha=0.3",
    "mean:activation=softmax",
    "debias",
    "debias:background=0.25",
    "local",
    "local:radius=2,shape=ball,beta=3",
    "local:radius=3mm",
    "local:radius=3mm,shape=ball,weights=values",
    "parabola",
    "parabola:space=raw",
    "quarter",
    "newton",
    "dark",
    "dark:sigma=0.7",
    "gaussian:radius=2",
    "component",
    "component:threshold=r:0.3,min=1,connectivity=6",
    "component:threshold=p:60,min=2,max=9,connectivity=18",
    "component:threshold=-1",
];

/// Which peaks a byte chooses: none of them half the time.
fn several(byte: u8) -> Option<PeakSelection> {
    let bits = |from: u8, count: u8| byte >> from & ((1 << count) - 1);
    (bits(0, 1) == 1).then(|| PeakSelection {
        count: [1, 2, 5, 40][usize::from(bits(1, 2))],
        min_distance: [
            Length::Voxels(1.0),
            Length::Voxels(0.0),
            Length::Voxels(2.5),
            Length::Millimetres(4.0),
        ][usize::from(bits(3, 2))],
        fraction: (bits(5, 1) == 1).then_some(0.5),
    })
}

/// A decoding that four bytes choose; the voxels that are 0 or NaN may be left out.
fn decoding([m, p, a, b]: [u8; 4], path: Option<&Path>) -> Decoding {
    let layout = LAYOUTS[usize::from(a) % LAYOUTS.len()];
    let bit = |i: u8| b >> i & 1 == 1;
    let mut decoding = Decoding::default();
    decoding.threads = if bit(7) { 2 } else { 1 };
    let reading = &mut decoding.reading;
    reading.layout = layout.map_or(LayoutChoice::ByShape, |text| LayoutChoice::Fixed(text.parse().unwrap()));
    reading.affine = if bit(0) { AffineChoice::Named("pixdim") } else { AffineChoice::Auto };
    reading.needs_affine = bit(1);
    reading.channels = if bit(2) { Channels::Ranges(vec![(0, Some(0)), (2, Some(3))]) } else { Channels::All };
    reading.mask = path.filter(|_| p >> 6 & 1 == 1).and_then(|path| Mask::read(path).ok()).map(Arc::new);
    let offsets = Offsets { stride: Some(Stride::Every(4.0)), origin: Some(Voxel([-3.0, 0.5, 9.0])) };
    reading.offsets = (p >> 7 == 1).then_some(offsets);
    let (method, parameters) = choose(METHODS[usize::from(m) % METHODS.len()]).unwrap();
    let kernel = &mut decoding.kernel;
    (kernel.method, kernel.parameters) = (method, parameters);
    kernel.sharpness = if bit(3) { Sharpness::Temperature(1.0) } else { Sharpness::Beta(30.0) };
    kernel.with_spread = bit(4);
    kernel.ignore_nan = bit(5);
    kernel.threshold = bit(6).then_some(0.5);
    decoding.peaks = several(p).filter(|_| method.suits_peaks());
    decoding
}

/// Decodes `bytes` to CSV, from a file or a pipe, in a way that their last four bytes choose.
pub fn decode(bytes: &[u8]) {
    let options = bytes.last_chunk().copied().unwrap_or_default();
    let pipe = if options[2] & 0x80 == 0 { None } else { Place::pipe(bytes) };
    let place = pipe.unwrap_or_else(|| Place::file(bytes));
    let location = place.location();
    let path = match &location {
        Location::Path(path) if options[2] & 0x80 == 0 => Some(path.as_path()),
        _ => None,
    };
    let decoding = decoding(options, path);
    let report = Report {
        coords: "normalized,voxel,world".parse::<Coords>().unwrap(),
        compare: true,
        ..Report::default()
    };
    let method = decoding.kernel.method;
    let extras = Extras { window_mass: method.has_window(), fit: method.has_fit() };
    let peaks = decoding.peaks.map(|several| several.count);
    let report = Report { stats: true, extras, peaks, ..report };
    let mut sink = (by_name("csv").unwrap().open)(Box::new(std::io::sink()), report).unwrap();
    let mut deliver = |decoded: Result<Decoded, Defect>| {
        let decoded = decoded.unwrap();
        check(&decoded, decoding.kernel.method.name == "mean");
        sink.write(&decoded.record, &decoded.landmarks).unwrap();
        ControlFlow::Continue(())
    };
    pipeline::run(&decoding, Box::new([place.location()].into_iter()), &|_| (), &mut deliver).unwrap();
    sink.finish().unwrap();
}

/// Holds an input's answers against what answers may be.
pub fn check(decoded: &Decoded, may_leave: bool) {
    let record = &decoded.record;
    if let Some(error) = &record.error {
        assert!(!error.is_empty() && decoded.landmarks.is_empty());
        return;
    }
    for landmark in &decoded.landmarks {
        check_landmark(&landmark, record.lengths.0, may_leave);
    }
}

/// Negative weights may push a mean out of the volume.
fn check_landmark(landmark: &Landmark, lengths: [usize; 3], may_leave: bool) {
    let answered = matches!(landmark.status, Status::Ok | Status::Flat);
    assert_eq!(landmark.position.is_some(), answered, "{landmark:?}");
    assert_eq!(landmark.hard.is_some(), answered, "{landmark:?}");
    for Voxel(position) in landmark.position.into_iter().chain(landmark.hard) {
        for (i, n) in position.into_iter().zip(lengths) {
            let is_inside = (0.0..=(n as f64 - 1.0)).contains(&i);
            assert!(n > 0 && i.is_finite() && (is_inside || may_leave), "{landmark:?} in {lengths:?}");
        }
    }
    if let Some(spread) = landmark.spread {
        assert!(spread.covariance.0.iter().all(|entry| entry.is_finite()), "{landmark:?}");
        assert!((0.0..=1.0).contains(&spread.peak_probability) && spread.entropy >= 0.0, "{landmark:?}");
    }
}
