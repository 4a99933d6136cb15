//! The warnings about doubtful answers of one input.
//!
//! The kernel judges one landmark at a time. An input may have thousands that are doubtful for the same
//! reason, so each kind of warning is given once, with how many landmarks it concerns and which is the first.

use crate::kernel::{Diffuse, Kernel, Record};
use crate::landmark::Landmark;
use crate::warning::Warning;

/// The warnings about doubtful answers, one of each kind with a count; of several peaks only the first
/// counts.
pub(super) fn doubts(
    kernel: &Kernel,
    records: &[Record],
    landmarks: &[Landmark],
    channels: usize,
) -> Vec<Warning> {
    let (mut diffuse, mut bimodal, mut outside, mut border) = (None, None, None, None);
    for landmark in landmarks.iter().filter(|landmark| landmark.peak == 0) {
        let first = (landmark.n, landmark.c);
        let record = &records[landmark.n * channels + landmark.c];
        let doubts = kernel.locator.doubts(record, landmark);
        if let Some(Diffuse { diffuseness, beta }) = doubts.diffuse {
            let (count, .., least) = diffuse.get_or_insert((0, first, diffuseness, beta));
            *count += 1;
            *least = least.zip(beta).map(|(a, b)| a.max(b));
        }
        if let Some(distance) = doubts.bimodal {
            bimodal.get_or_insert((0, first, distance)).0 += 1;
        }
        if doubts.is_outside {
            outside.get_or_insert((0, first)).0 += 1;
        }
        if let Some(radius) = doubts.border {
            border.get_or_insert((0, first, radius)).0 += 1;
        }
    }
    let diffuse =
        diffuse.map(|(count, first, diffuseness, beta)| Warning::Diffuse { count, first, diffuseness, beta });
    let bimodal = bimodal.map(|(count, first, distance)| Warning::Bimodal { count, first, distance });
    let outside = outside.map(|(count, first)| Warning::Outside { count, first });
    let border = border.map(|(count, first, radius)| Warning::Border { count, first, radius });
    [diffuse, bimodal, outside, border].into_iter().flatten().collect()
}
