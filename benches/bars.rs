//! The kernel against a plain read of the same bytes.
//!
//! ```sh
//! cargo bench --bench bars                     # the bars, as docs/performance.md has them
//! cargo bench --bench bars -- W1 W4            # some workloads
//! cargo bench --bench bars -- levels           # the same on every SIMD level
//! cargo bench --bench bars -- methods          # every method, on few large and on many small heatmaps
//! cargo bench --bench bars -- trust            # what flags and error bars cost
//! cargo bench --bench bars -- growth           # cost against voxels, heatmaps and threads: benches/draw.py
//! ```
//!
//! Each row times a plain sum of the array (the read limit) and a full decode of it in turn, on the same
//! threads, and prints the median of the ratios of neighbouring runs with their spread: the machine's speed
//! drifts, the ratio does not. Every decode's answer is asserted against the centre that was drawn.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::inline_always,
    clippy::disallowed_methods,
    reason = "a benchmark, not a library"
)]

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f32x8};
use ndarray::{Array5, ArrayView5};
use rayon::prelude::*;
use softargmax::decode;
use softargmax::internals::array::decode_without_flags;
use softargmax::internals::geometry::{Layout, Voxel};
use softargmax::internals::kernel::{Settings, Sharpness, choose, level};
use std::hint::black_box;
use std::time::Instant;

/// Runs that count, after one that does not.
const RUNS: usize = 15;

/// One workload.
struct Workload {
    name: &'static str,
    /// N, C, H, W, D.
    shape: [usize; 5],
    /// Height of the peaks; the noise is a twentieth of it.
    height: f32,
    /// The temperature at which the answer is within two voxels of the centre, whatever the noise.
    temperature: f64,
    /// The ratio that was promised, on one thread and on two.
    bars: [f64; 2],
}

const WORKLOADS: &[Workload] = &[
    Workload { name: "W1", shape: [1, 32, 128, 128, 128], height: 1.0, temperature: 0.02, bars: [2.6, 2.0] },
    Workload {
        name: "W1-T1",
        shape: [1, 32, 128, 128, 128],
        height: 1.0,
        temperature: 1.0,
        bars: [2.6, 2.0],
    },
    Workload { name: "W2", shape: [1, 32, 128, 128, 128], height: 50.0, temperature: 1.0, bars: [2.6, 2.0] },
    Workload { name: "W3a", shape: [32, 17, 64, 64, 32], height: 1.0, temperature: 0.02, bars: [2.5, 2.5] },
    Workload { name: "W3b", shape: [64, 21, 64, 64, 1], height: 1.0, temperature: 0.02, bars: [3.0, 3.0] },
    Workload { name: "W4", shape: [1, 4, 256, 256, 256], height: 1.0, temperature: 0.02, bars: [2.6, 2.0] },
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    match wanted.first().map(String::as_str) {
        Some("levels") => levels(),
        Some("growth") => growth(),
        Some("methods") => methods(),
        Some("trust") => trust(),
        _ => bars(&wanted),
    }
}

fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start").install(work)
}

fn head(first: &str) {
    println!(
        "{first:24} {:>7} {:>9} {:>9} {:>7} {:>15} {:>6}",
        "threads", "read ms", "decode ms", "ratio", "min-max", "bar"
    );
}

/// The bars: plain decoding, and with second moments and entropy.
fn bars(wanted: &[String]) {
    head("");
    for workload in WORKLOADS.iter().filter(|w| wanted.is_empty() || wanted.iter().any(|name| name == w.name))
    {
        let (heatmaps, centres) = workload.draw();
        for (threads, bar) in [1, 2].into_iter().zip(workload.bars) {
            for with_spread in [false, true] {
                let mut settings = workload.settings();
                settings.with_spread = with_spread;
                let name =
                    if with_spread { format!("{} spread", workload.name) } else { workload.name.into() };
                let measured = on_threads(threads, || workload.measure(settings, &heatmaps, &centres));
                measured.print(&name, threads, &format!("{bar:.1}"));
            }
        }
    }
}

/// Every workload on every SIMD level of this machine; scalar code, which takes seconds, only on W1.
fn levels() {
    head("level");
    for (i, workload) in WORKLOADS.iter().enumerate() {
        let (heatmaps, centres) = workload.draw();
        for (name, level) in level::available().into_iter().filter(|(name, _)| i == 0 || *name != "scalar") {
            let mut settings = workload.settings();
            settings.level = level;
            for with_spread in [false, true] {
                settings.with_spread = with_spread;
                for threads in [1, 2] {
                    let measured = on_threads(threads, || workload.measure(settings, &heatmaps, &centres));
                    let spread = if with_spread { " spread" } else { "" };
                    measured.print(&format!("{} {name}{spread}", workload.name), threads, "");
                }
            }
        }
    }
}

/// Every method, those that have them with other parameters too.
const METHODS: &[&str] = &[
    "soft",
    "hard",
    "mean",
    "mean:activation=none",
    "mean:activation=sigmoid",
    "mean:activation=power",
    "debias",
    "local",
    "local:radius=8",
    "local:weights=values",
    "parabola",
    "quarter",
    "newton",
    "dark",
    "gaussian",
    "component",
];

/// Every method, on few large heatmaps and on many small ones.
fn methods() {
    head("methods");
    for workload in WORKLOADS.iter().filter(|workload| ["W1", "W3a", "W3b"].contains(&workload.name)) {
        let (heatmaps, centres) = workload.draw();
        for text in METHODS {
            let (method, parameters) = choose(text).expect("a method");
            let mut settings = workload.settings();
            (settings.method, settings.parameters) = (method, parameters);
            for threads in [1, 2] {
                let measured = on_threads(threads, || workload.measure(settings, &heatmaps, &centres));
                measured.print(
                    &format!("{} {}", workload.name, text.replace("activation=", "")),
                    threads,
                    "",
                );
            }
        }
    }
}

/// What flags cost, beside the pass alone; and what error bars cost, beside the same without them.
fn trust() {
    println!(
        "{:40} {:>7} {:>9} {:>9} {:>7} {:>15} {:>6}",
        "trust", "threads", "without", "with", "ratio", "min-max", "bar"
    );
    for workload in WORKLOADS.iter().filter(|workload| ["W1", "W3a", "W3b"].contains(&workload.name)) {
        let (heatmaps, _) = workload.draw();
        let layout: Layout = "NCHWD".parse().expect("a layout");
        let of = |text: &str| {
            let (method, parameters) = choose(text).expect("a method");
            let mut settings = workload.settings();
            (settings.method, settings.parameters) = (method, parameters);
            settings
        };
        for text in ["soft", "hard", "mean"] {
            let settings = of(text);
            let without = || decode_without_flags(heatmaps.view(), &layout, settings).expect("it fits").len();
            let with = || decode_all(&heatmaps.view(), &layout, settings).len();
            beside(&format!("{} {text}: flags", workload.name), (&without, &with), "1.05");
        }
        for text in ["soft", "mean", "hard", "local", "dark", "gaussian", "auto"] {
            let settings = of(text);
            let mut bars = settings;
            bars.with_uncertainty = true;
            let without = || decode_all(&heatmaps.view(), &layout, settings).len();
            let with = || decode_all(&heatmaps.view(), &layout, bars).len();
            let bar = if text == "soft" { "1.5" } else { "1.2" };
            beside(&format!("{} {text}: error bars", workload.name), (&without, &with), bar);
        }
    }
}

/// Times two ways to decode in turn, on one thread.
fn beside(
    name: &str,
    (without, with): (&(dyn Fn() -> usize + Sync), &(dyn Fn() -> usize + Sync)),
    bar: &str,
) {
    let time = |what: &(dyn Fn() -> usize + Sync)| {
        let start = Instant::now();
        assert!(black_box(what()) > 0);
        start.elapsed().as_secs_f64() * 1e3
    };
    on_threads(1, || {
        let (mut before, mut after, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for run in 0..=RUNS {
            let (a, b) = (time(without), time(with));
            if run > 0 {
                before.push(a);
                after.push(b);
                ratios.push(b / a);
            }
        }
        ratios.sort_by(f64::total_cmp);
        let (before, after) = (median(&mut before), median(&mut after));
        let spread = format!("{:.2}-{:.2}", ratios[0], ratios[RUNS - 1]);
        println!(
            "{name:40} {:>7} {before:>9.3} {after:>9.3} {:>7.2} {spread:>15} {bar:>6}",
            1,
            ratios[RUNS / 2]
        );
    });
}

/// How cost grows: with the voxels of one heatmap, with the number of heatmaps, and with threads.
fn growth() {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let like = |shape| Workload { shape, ..WORKLOADS[0] };
    head("growth");
    for side in [32, 64, 128, 256, 512] {
        let workload = like([1, 1, side, side, side]);
        let (heatmaps, centres) = workload.draw();
        let measured = on_threads(all, || workload.measure(workload.settings(), &heatmaps, &centres));
        measured.print(&format!("voxels {}", side * side * side), all, "");
    }
    for count in [1, 10, 100, 1000, 10_000] {
        let workload = like([count, 1, 32, 32, 32]);
        let (heatmaps, centres) = workload.draw();
        let measured = on_threads(all, || workload.measure(workload.settings(), &heatmaps, &centres));
        measured.print(&format!("heatmaps {count}"), all, "");
    }
    let (heatmaps, centres) = WORKLOADS[0].draw();
    for threads in 1..=all {
        let measured =
            on_threads(threads, || WORKLOADS[0].measure(WORKLOADS[0].settings(), &heatmaps, &centres));
        measured.print(&format!("threads {threads}"), threads, "");
    }
}

/// Medians of milliseconds, and the ratios in order.
struct Measured {
    read: f64,
    decoded: f64,
    ratios: Vec<f64>,
}

impl Measured {
    fn print(&self, name: &str, threads: usize, bar: &str) {
        let Measured { read, decoded, ratios } = self;
        let (ratio, spread) = (ratios[RUNS / 2], format!("{:.2}-{:.2}", ratios[0], ratios[RUNS - 1]));
        println!("{name:24} {threads:>7} {read:>9.3} {decoded:>9.3} {ratio:>7.2} {spread:>15} {bar:>6}");
    }
}

impl Workload {
    /// Gaussian peaks of sigma 3 at random centres, with noise.
    fn draw(&self) -> (Array5<f32>, Vec<[f64; 3]>) {
        let [n, c, h, w, d] = self.shape;
        let mut next = noise(7);
        let mut uniform = move |low: f64, high: f64| low + (high - low) * f64::from(next());
        let centre = |length: usize, uniform: &mut dyn FnMut(f64, f64) -> f64| {
            let margin = (length as f64 / 4.0).min(12.0).floor();
            uniform(margin, (length as f64 - 1.0 - margin).max(margin))
        };
        let centres: Vec<[f64; 3]> = (0..n * c).map(|_| [h, w, d].map(|n| centre(n, &mut uniform))).collect();
        let mut heatmaps = Array5::zeros((n, c, h, w, d));
        let maps = heatmaps.as_slice_mut().expect("a new array is contiguous").chunks_exact_mut(h * w * d);
        maps.zip(&centres).enumerate().par_bridge().for_each(|(i, (map, centre))| {
            let mut next = noise(i as u64);
            let along = |length: usize, axis: usize| -> Vec<f32> {
                (0..length).map(|i| (-((i as f64 - centre[axis]) / 3.0).powi(2) / 2.0).exp() as f32).collect()
            };
            let (along_h, along_w, along_d) = (along(h, 0), along(w, 1), along(d, 2));
            for (i, x) in map.iter_mut().enumerate() {
                let gauss = along_h[i / (w * d)] * along_w[i / d % w] * along_d[i % d];
                *x = self.height * (gauss + 0.05 * (next() + next() + next() - 1.5) * 2.0);
            }
        });
        (heatmaps, centres)
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.sharpness = Sharpness::Temperature(self.temperature);
        settings
    }

    fn measure(&self, settings: Settings, heatmaps: &Array5<f32>, centres: &[[f64; 3]]) -> Measured {
        let layout: Layout = "NCHWD".parse().expect("a layout");
        let values = heatmaps.as_slice().expect("contiguous");
        let level = reading_level();
        let (mut reads, mut decodes, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for run in 0..=RUNS {
            let start = Instant::now();
            black_box(
                values.par_chunks(1 << 16).map(|part| dispatch!(level, simd => sum(simd, part))).sum::<f32>(),
            );
            let read = start.elapsed().as_secs_f64() * 1e3;
            let start = Instant::now();
            let found = decode_all(&heatmaps.view(), &layout, settings);
            let decoded = start.elapsed().as_secs_f64() * 1e3;
            self.check(settings, &found, centres);
            if run > 0 {
                reads.push(read);
                decodes.push(decoded);
                ratios.push(decoded / read);
            }
        }
        ratios.sort_by(f64::total_cmp);
        Measured { read: median(&mut reads), decoded: median(&mut decodes), ratios }
    }

    /// A sharp softmax finds the centre that was drawn, and so does what looks about the peak; at T = 1 it
    /// need only lie in the volume, and a mean of noise too.
    fn check(&self, settings: Settings, found: &[Voxel], centres: &[[f64; 3]]) {
        assert_eq!(found.len(), centres.len());
        let sharpness = f64::from(self.height) / self.temperature;
        let (most, is_mean) = match settings.method.name {
            "soft" => (2.0, false),
            name => (8.0, name == "mean"),
        };
        for (voxel, &centre) in found.iter().zip(centres) {
            let error = voxel.distance(Voxel(centre));
            assert!(is_mean || sharpness < 40.0 || error < most, "{}: {voxel:?} for {centre:?}", self.name);
        }
    }
}

fn decode_all(heatmaps: &ArrayView5<'_, f32>, layout: &Layout, settings: Settings) -> Vec<Voxel> {
    let landmarks = decode(heatmaps.view(), layout, settings).expect("the layout fits");
    landmarks.iter().filter_map(|landmark| landmark.position).collect()
}

/// AVX2 where there is AVX-512 too: its plain sum was measured a quarter faster, and the bar is the fastest
/// read.
fn reading_level() -> Level {
    let best = Level::new();
    #[cfg(target_arch = "x86_64")]
    if let Some(token) = best.as_avx2() {
        return token.level();
    }
    best
}

/// A plain sum with eight accumulators: as fast as the bytes can be read.
#[inline(always)]
fn sum<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let mut sums = [f32x8::splat(simd, 0.0); 8];
    for group in values.chunks_exact(64) {
        for (sum, lanes) in sums.iter_mut().zip(group.chunks_exact(8)) {
            *sum += f32x8::from_slice(simd, lanes);
        }
    }
    sums.iter().map(|sum| sum.as_slice().iter().sum::<f32>()).sum()
}

fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Uniform numbers in [0, 1), the same on every run.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32
    }
}
