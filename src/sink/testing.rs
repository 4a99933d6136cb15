//! What the tests of every format share: one input, its landmarks, and a run of a writer over them.

use super::report::Report;
use super::table::by_name;
use crate::geometry::{Affine, Covariance, Hwd, Voxel};
use crate::landmark::{InputRecord, Landmark, Spread, Status};

/// Voxels of 2 × 3 × 4 mm with the origin at (−10, 0, 5); 2 samples of 1 channel, 5 × 9 × 1 voxels.
pub(super) fn input(file: &str) -> InputRecord {
    InputRecord {
        file: file.into(),
        format: "nifti-1".into(),
        dtype: "<f4".into(),
        shape: vec![5, 9, 1, 1, 2],
        layout: "HWDCN".into(),
        lengths: Hwd([5, 9, 1]),
        samples: 2,
        channels: 1,
        affine: Some(Affine([[2.0, 0.0, 0.0, -10.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 5.0]])),
        affine_source: Some("sform"),
        ..InputRecord::default()
    }
}

/// Soft at (2, 4, 0), hard at (2, 0, 0), a peak of 1.5.
pub(super) fn landmark() -> Landmark {
    let spread = Spread {
        covariance: Covariance([4.0, -1.0, 0.5, 9.0, 2.0, 0.25]),
        entropy: 0.5,
        peak_probability: 0.125,
        log_normalizer: -3.0,
    };
    Landmark {
        position: Some(Voxel([2.0, 4.0, 0.0])),
        hard: Some(Voxel([2.0, 0.0, 0.0])),
        peak_value: Some(1.5),
        spread: Some(spread),
        ..Landmark::nothing(Status::Ok)
    }
}

/// Sample 1, below the threshold: peak and spread without a position.
pub(super) fn missing() -> Landmark {
    Landmark { n: 1, status: Status::Missing, position: None, hard: None, ..landmark() }
}

/// Sample 1 without any answer.
pub(super) fn empty() -> Landmark {
    Landmark { status: Status::Empty, peak_value: None, spread: None, ..missing() }
}

/// An input that could not be read.
pub(super) fn unreadable() -> InputRecord {
    InputRecord::unreadable("gone.npy".into(), "no such file".into())
}

/// The bytes that the writer of that name makes of some inputs.
pub(super) fn written(name: &str, report: Report, inputs: &[(InputRecord, &[Landmark])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sink = (by_name(name).unwrap().open)(Box::new(&mut bytes), report).unwrap();
    for (input, landmarks) in inputs {
        sink.write(input, &landmarks.iter().copied().collect()).unwrap();
    }
    sink.finish().unwrap();
    drop(sink);
    bytes
}

/// [`written`], as text.
pub(super) fn text(name: &str, report: Report, inputs: &[(InputRecord, &[Landmark])]) -> String {
    String::from_utf8(written(name, report, inputs)).unwrap()
}

/// [`text`], read back as one JSON document.
pub(super) fn json(name: &str, report: Report, inputs: &[(InputRecord, &[Landmark])]) -> serde_json::Value {
    serde_json::from_slice(&written(name, report, inputs)).unwrap()
}
