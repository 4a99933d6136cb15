//! Runs over readers, callers and inputs that panic: the rows before the defect come, then the defect, and
//! nobody waits for ever.

use super::defect::{Defect, caught};
use super::members::Origin;
use super::opened::OpenedInput;
use super::{Inputs, run_opened};
use crate::affine_choice::AffineChoice;
use crate::geometry::MemoryOrder;
use crate::heatmap::Scaling;
use crate::kernel::{Settings, method};
use crate::landmark::InputRecord;
use crate::prepare::{Channels, LayoutChoice, Prepared, Reading, prepare};
use crate::source::{
    Element, Header, Kind, Location, Notice, READERS, ReadAt, ReadValues, SourceError, Values,
};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// Bytes of a unit of an array of u8.
const UNIT: u64 = 1 << 16;

/// Longer than any of these runs takes on a slow machine.
const FOR_EVER: Duration = Duration::from_secs(60);

/// An array of a shape, in some layout and memory order, with what decoding it needs; its record is filled
/// in.
pub(super) fn prepared(
    (shape, order, layout): (&[u64], MemoryOrder, &str),
    element: Element,
    settings: Settings,
    record: &mut InputRecord,
) -> Prepared {
    let header = Header {
        format: String::new(),
        layouts: READERS[0].layouts,
        element,
        shape: shape.to_vec(),
        order,
        scaling: Scaling::NONE,
        affine_kinds: &[],
        takes_affine: true,
        affines: Vec::new(),
        notices: Vec::new(),
    };
    let reading = Reading {
        layout: LayoutChoice::Fixed(layout.parse().unwrap()),
        affine: AffineChoice::Auto,
        offsets: None,
        mask: None,
        needs_affine: false,
        channels: Channels::All,
        expected_channels: None,
        one_heatmap: false,
        labels: None,
        likeness: None,
    };
    prepare(&reading, settings, &header, record).unwrap()
}

/// Zeros, but for a 1 at the start of each unit: the peak of a heatmap of one unit. What a read does beside
/// is up to `on_read`, which gets the offset of its first byte.
struct Zeros<F> {
    on_read: F,
    position: u64,
    on_finish: fn(),
}

impl<F: Fn(u64) + Send + Sync + 'static> Zeros<F> {
    fn file(on_read: F) -> Values {
        Values::Random(Box::new(Zeros { on_read, position: 0, on_finish: || () }))
    }

    fn stream(on_read: F, on_finish: fn()) -> Values {
        Values::Stream(Box::new(Zeros { on_read, position: 0, on_finish }))
    }
}

impl<F: Fn(u64) + Send + Sync> ReadAt for Zeros<F> {
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        (self.on_read)(offset);
        fill(offset, buffer);
        Ok(())
    }
}

impl<F: Fn(u64) + Send> ReadValues for Zeros<F> {
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), SourceError> {
        (self.on_read)(self.position);
        fill(self.position, buffer);
        self.position += buffer.len() as u64;
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Notice>, SourceError> {
        (self.on_finish)();
        Ok(Vec::new())
    }
}

fn fill(offset: u64, buffer: &mut [u8]) {
    buffer.fill(0);
    if offset.is_multiple_of(UNIT) {
        buffer[0] = 1;
    }
}

type Opened = (OpenedInput, Origin);

/// An opened array of u8 of `shape` (C, H, W, D).
fn opened(index: usize, shape: [u64; 4], by: &str, values: Values) -> Opened {
    let mut record = InputRecord { file: index.to_string().into(), ..InputRecord::default() };
    let settings = Settings { method: method(by).unwrap(), ..Settings::default() };
    let element = Element { kind: Kind::U8, big_endian: false };
    let prepared = prepared((&shape, MemoryOrder::C, "CHWD"), element, settings, &mut record);
    let (scaling, bytes) = (Scaling::NONE, shape.iter().product());
    (OpenedInput { record, prepared, scaling, peaks: None, warnings: Vec::new(), bytes }, values.into())
}

/// `units` units of one heatmap.
fn of_units(index: usize, units: u64, values: Values) -> Opened {
    opened(index, [1, units, 256, 256], "soft", values)
}

fn plain() -> Values {
    Zeros::file(|_| ())
}

/// What is delivered of a run: the names of inputs, and what a defect says.
type Delivered = Vec<Result<String, String>>;

/// Runs on a thread of its own, so that a run that hangs fails.
fn finished<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(run()));
    receiver.recv_timeout(FOR_EVER).expect("the run hangs, or its test panicked")
}

/// The number that is the name of an input.
fn number(location: &Location) -> usize {
    location.to_string().parse().unwrap()
}

/// The names of `count` inputs.
fn names(count: usize) -> Inputs<'static> {
    Box::new((0..count).map(|index| Location::Path(index.to_string().into())))
}

/// Runs over inputs that `open` opens, and keeps what is delivered.
fn delivered(
    threads: usize,
    inputs: Inputs<'static>,
    open: impl Fn(usize) -> Opened + Send + Sync + 'static,
    tick: impl Fn(u64) + Send + Sync + 'static,
) -> Delivered {
    finished(move || {
        let mut all = Vec::new();
        let opener = |location: &Location| Ok(open(number(location)));
        run_opened(threads, &opener, inputs, &tick, &mut |outcome| {
            let name = outcome.map(|decoded| {
                assert_eq!(decoded.record.error, None);
                decoded.record.file.display().to_string()
            });
            all.push(name.map_err(|Defect { message }| message));
            ControlFlow::Continue(())
        })
        .unwrap();
        all
    })
}

/// The first inputs, and a defect.
fn rows_and(count: usize, defect: &str) -> Delivered {
    (0..count).map(|index| Ok(index.to_string())).chain([Err(defect.to_owned())]).collect()
}

/// Panics if it is due.
fn trap(is_due: bool, text: &str) {
    assert!(!is_due, "{text}");
}

/// Waits until something holds; a test that waits in vain goes on and fails by what it finds.
fn until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() && start.elapsed() < FOR_EVER / 4 {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn nobody_waits_for_a_unit_whose_reader_panicked() {
    for threads in [2, 4] {
        let furthest = AtomicU64::new(0);
        let furthest = Arc::new(furthest);
        let found = delivered(
            threads,
            names(9),
            move |index| {
                let furthest = Arc::clone(&furthest);
                let on_read = move |offset| {
                    furthest.fetch_max(offset, Ordering::Relaxed);
                    if offset == 3 * UNIT {
                        // Unit 68 is more than 64 ahead: who has read it waits until this one is merged.
                        until(|| furthest.load(Ordering::Relaxed) >= 68 * UNIT);
                        std::thread::sleep(Duration::from_millis(50));
                        panic!("unit 3");
                    }
                };
                let values = if index == 1 { Zeros::file(on_read) } else { plain() };
                of_units(index, if index == 1 { 150 } else { 1 }, values)
            },
            |_| (),
        );
        assert_eq!(found, rows_and(1, "unit 3"), "{threads} threads");
    }
}

#[test]
fn rows_before_a_defect_are_delivered() {
    for threads in [2, 3] {
        let has_panicked = Arc::new(AtomicBool::new(false));
        let found = delivered(
            threads,
            names(9),
            move |index| {
                let has_panicked = Arc::clone(&has_panicked);
                match index {
                    // Its first unit is read only once the next input is broken.
                    0 => {
                        let on_read = move |offset| {
                            until(|| offset > 0 || has_panicked.load(Ordering::Relaxed));
                        };
                        of_units(0, 20, Zeros::file(on_read))
                    }
                    1 => {
                        let on_read = move |_| {
                            has_panicked.store(true, Ordering::Relaxed);
                            panic!("stream");
                        };
                        of_units(1, 2, Zeros::stream(on_read, || ()))
                    }
                    _ => of_units(index, 1, plain()),
                }
            },
            |_| (),
        );
        assert_eq!(found, rows_and(1, "stream"), "{threads} threads");
    }
}

#[test]
fn streams_that_panic_in_the_middle_or_at_their_end() {
    for threads in [1, 3] {
        let in_the_middle = |index| {
            let on_read = move |offset| {
                trap(index == 5 && offset == 2 * UNIT, "in the middle");
            };
            of_units(index, 4, Zeros::stream(on_read, || ()))
        };
        let found = delivered(threads, names(20), in_the_middle, |_| ());
        assert_eq!(found, rows_and(5, "in the middle"), "{threads} threads");
        let at_the_end = |index| {
            let on_finish: fn() = if index == 5 { || panic!("at the end") } else { || () };
            of_units(index, 4, Zeros::stream(|_| (), on_finish))
        };
        let found = delivered(threads, names(20), at_the_end, |_| ());
        assert_eq!(found, rows_and(5, "at the end"), "{threads} threads");
    }
}

#[test]
fn values_that_are_read_again_for_the_answers() {
    for threads in [1, 2, 4] {
        // Forty-eight heatmaps of a unit each, answered in three parts; each is read once before.
        let (heatmaps, reads) = (48, AtomicU64::new(0));
        let reads = Arc::new(reads);
        let open = move |index| {
            let reads = Arc::clone(&reads);
            let on_read = move |_| {
                trap(index == 1 && reads.fetch_add(1, Ordering::Relaxed) == heatmaps + 20, "again");
            };
            opened(index, [heatmaps, 1, 256, 256], "local", Zeros::file(on_read))
        };
        assert_eq!(delivered(threads, names(3), open, |_| ()), rows_and(1, "again"), "{threads} threads");
    }
}

#[test]
fn a_tick_that_panics() {
    for threads in [1, 4] {
        let bytes = AtomicU64::new(0);
        let tick = move |more| {
            trap(bytes.fetch_add(more, Ordering::Relaxed) == 10 * UNIT, "tick");
        };
        let found = delivered(threads, names(1), |index| of_units(index, 150, plain()), tick);
        assert_eq!(found, rows_and(0, "tick"), "{threads} threads");
    }
}

#[test]
fn inputs_that_panic_when_they_are_named_or_opened() {
    for threads in [1, 4] {
        let inputs = Box::new((0..20).map(|index| {
            trap(index == 7, "named");
            Location::Path(index.to_string().into())
        }));
        let found = delivered(threads, inputs, |index| of_units(index, 1, plain()), |_| ());
        assert_eq!(found, rows_and(7, "named"), "{threads} threads");
        let open = |index| {
            trap(index == 7, "opened");
            of_units(index, 1, plain())
        };
        assert_eq!(delivered(threads, names(20), open, |_| ()), rows_and(7, "opened"), "{threads} threads");
    }
}

#[test]
fn a_sink_that_panics_ends_the_run() {
    for threads in [1, 4] {
        let ended = finished(move || {
            let opener = |location: &Location| Ok(of_units(number(location), 1, plain()));
            let mut count = 0;
            // More inputs than may be in flight: workers wait for room.
            caught(|| {
                let _ = run_opened(threads, &opener, names(100), &|_| (), &mut |_| {
                    count += 1;
                    trap(count == 3, "sink");
                    ControlFlow::Continue(())
                });
            })
        });
        assert_eq!(ended.unwrap_err().message, "sink", "{threads} threads");
    }
}
