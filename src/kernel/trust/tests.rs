//! The room against `tests/trust/reference.py`, on maps that both draw by the same formula
//! (`tests/trust/golden.py`).

#![expect(clippy::unwrap_used, reason = "a test")]

use super::auto::{Auto, Rule};
use super::error::{Basis, Own};
use super::evidence::{AWAY, AWAY_ON_GRID, Evidence};
use super::places::Places;
use super::view::View;
use crate::geometry::{Arrangement, Cut, Hwd, radius95, unravel};
use crate::heatmap::{MemoryAxes, Scaling};
use crate::kernel::revisit::reader::InMemory;
use crate::kernel::revisit::stored::Stored;
use crate::kernel::{Hints, Kernel, Record, Scratch, Settings, method};
use serde_json::Value;
use std::sync::Arc;

/// Sums of twelve uniform numbers less 6, by a linear congruential generator: nearly normal.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut total = 0.0;
        for _ in 0..12 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            total += (self.0 >> 11) as f64 / 9_007_199_254_740_992.0;
        }
        total - 6.0
    }
}

fn number(case: &Value, name: &str, otherwise: f64) -> f64 {
    case.get(name).and_then(Value::as_f64).unwrap_or(otherwise)
}

fn triple(value: &Value) -> [f64; 3] {
    [0, 1, 2].map(|axis| value[axis].as_f64().unwrap())
}

/// The map of a case in (h, w, d) order.
fn draw(case: &Value, lengths: [usize; 3]) -> Vec<f64> {
    let mut noise = Noise(case["seed"].as_u64().unwrap());
    let peaks = case["peaks"].as_array().unwrap();
    let [noisy, clip, least] = [("noise", 0.0), ("clip", f64::INFINITY), ("least", f64::NEG_INFINITY)]
        .map(|(n, o)| number(case, n, o));
    let (step, scale, beyond) = (number(case, "step", 0.0), number(case, "scale", 1.0), case.get("beyond"));
    let value = |i: usize| {
        let at = unravel(i, lengths).map(|i| i as f64);
        let mut x = number(case, "floor", 0.0);
        for peak in peaks {
            let (height, sigma, centre) =
                (peak[0].as_f64().unwrap(), peak[1].as_f64().unwrap(), triple(&peak[2]));
            let square: f64 = (0..3).map(|axis| (at[axis] - centre[axis]).powi(2)).sum();
            x += height * (-square / (2.0 * sigma * sigma)).exp();
        }
        if noisy > 0.0 {
            x += noisy * noise.next();
        }
        x = x.min(clip).max(least);
        if step > 0.0 {
            x = (x / step).round_ties_even() * step;
        }
        let is_filled = beyond.is_some_and(|beyond| at[2] >= beyond.as_f64().unwrap());
        if is_filled { number(case, "fill", f64::NEG_INFINITY) } else { x * scale }
    };
    (0..lengths.iter().product()).map(value).collect()
}

/// A heatmap in memory, in the order of `axes`, and its record.
fn swept(lengths: [usize; 3], map: &[f64], logical: [usize; 3]) -> (Stored, Cut, InMemory, Record) {
    let mut strides = [0; 3];
    let mut step = 1;
    for &axis in logical.iter().rev() {
        strides[axis] = step;
        step *= lengths[axis] as isize;
    }
    let [h, w, d] = lengths;
    let axes = MemoryAxes::new(&Arrangement {
        lengths: [1, 1, h, w, d],
        strides: [step, step, strides[0], strides[1], strides[2]],
    });
    let cut = Cut::new(axes.lengths, Cut::VOXELS);
    let settings = Settings { method: method("hard").unwrap(), ..Settings::default() };
    let kernel = Kernel::new(settings, Scaling::NONE, &axes, &cut, true).unwrap();
    let stored = (0..map.len())
        .map(|i| {
            let Hwd([h, w, d]) = axes.to_logical(unravel(i, axes.lengths));
            map[(h * lengths[1] + w) * lengths[2] + d]
        })
        .collect();
    let mut reader = InMemory { lengths: axes.lengths, stored, values: Vec::new() };
    let mut record = Record::default();
    for block in cut.blocks() {
        use crate::kernel::HeatmapReader;
        let values = reader.values(&block).unwrap();
        let next = kernel.sweeper.sweep(&block, values, Hints::default(), &mut Scratch::default());
        kernel.sweeper.merge(&mut record, &next);
    }
    (Stored { axes, scaling: Scaling::NONE }, cut, reader, record)
}

fn near(found: f64, expected: f64, relative: f64) -> bool {
    (found - expected).abs() <= relative * expected.abs().max(1e-300) || found.total_cmp(&expected).is_eq()
}

fn is_near(found: [f64; 3], expected: &Value, within: f64) -> bool {
    found.iter().zip(triple(expected)).all(|(a, b)| (a - b).abs() <= within)
}

fn check(case: &Value, logical: [usize; 3]) {
    let (name, expected) = (format!("{} {logical:?}", case["name"]), &case["expected"]);
    let lengths = triple(&case["lengths"]).map(|n| n as usize);
    let (stored, cut, mut reader, record) = swept(lengths, &draw(case, lengths), logical);
    let places = Arc::new(Places::new(&stored));
    let view = View::new((&stored, &places), &mut reader, &record).unwrap();
    let mut view = view.unwrap();
    let found = Evidence::of(&mut view, &record, &cut).unwrap();
    let get = |key: &str, otherwise: f64| number(expected, key, otherwise);
    assert!(is_near(found.middle, &expected["middle"], 1e-12), "{name}: {found:?}");
    assert_eq!(found.alike as f64, get("alike", 0.0), "{name}");
    for (key, value) in [("sigma", found.sigma), ("background", found.background), ("noise", found.noise)] {
        assert!(near(value, get(key, 0.0), 1e-9), "{name} {key}: {value} {}", get(key, 0.0));
    }
    assert_eq!((found.share, found.count), (get("share", 0.0), get("count", 0.0)), "{name}");
    assert!(is_near(found.reference.place, &expected["reference"], 1e-6), "{name}: {found:?} {expected}");
    for (key, value) in [("is_cut", found.reference.is_cut), ("is_beyond", found.reference.is_beyond)] {
        assert_eq!(Some(value), expected[key].as_bool(), "{name} {key}");
    }
    let hard = view.hard.map(|i| i as f64);
    let centre = lengths.map(|n| (n as f64 - 1.0) / 2.0);
    // Blocks are other ones in another memory order.
    if logical == [0, 1, 2] {
        assert!(near(found.second, get("second", f64::NEG_INFINITY), 1e-12), "{name}: {found:?}");
        assert!(near(found.standing, get("standing", f64::INFINITY), 1e-9), "{name}: {found:?}");
        for (answer, most, key) in [
            (hard, AWAY, "flags_of_hard"),
            (hard, AWAY_ON_GRID, "flags_of_hard_on_grid"),
            (centre, AWAY, "flags_of_centre"),
        ] {
            let flags: Vec<&str> =
                expected[key].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert_eq!(found.flags(answer, most).to_string(), flags.join(" "), "{name} {key}");
        }
    }
    let auto = Auto::of(&mut view, &found, true).unwrap();
    let rule = match auto.rule {
        Rule::Mean => "mean",
        Rule::Fit => "fit",
        Rule::Reference => "reference",
        Rule::Local => "local",
        Rule::Middle => "middle",
    };
    assert_eq!(Some(rule), expected["rule"].as_str(), "{name}");
    assert!(is_near(auto.place, &expected["auto"], 2e-5), "{name}: {auto:?} {expected}");
    let basis = Basis::of(&mut view, &found, &auto, None).unwrap();
    let bars = basis.uncertainty(hard, &Own::None);
    let size = (0..3).map(|a| expected["covariance"][a][a].as_f64().unwrap()).sum::<f64>();
    for a in 0..3 {
        for b in 0..3 {
            let (found, expected) = (bars.fit_covariance.entry(a, b), &expected["covariance"][a][b]);
            // A fit without a residual has a covariance of rounding errors.
            let is_close = (found - expected.as_f64().unwrap()).abs() <= 5e-3 * size + 1e-12;
            assert!(is_close, "{name}: {bars:?} {expected}");
        }
    }
    let radius = radius95(bars.bias.0, &bars.fit_covariance);
    assert!(near(radius, get("error95_of_hard", 0.0), 2e-3), "{name}: {radius} {expected}");
}

#[test]
fn as_the_reference_in_every_memory_order() {
    let cases: Value = serde_json::from_str(include_str!("../../../testdata/trust.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() > 30);
    for case in cases {
        for logical in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            check(case, logical);
        }
    }
}
