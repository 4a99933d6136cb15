//! The box of values about the peak that some methods look at, once the peak of the whole heatmap is known.
//!
//! The kernel says which voxels it wants ([`Kernel::boxes`]); whoever holds the values brings them, as they
//! are stored and in the order of memory. Here they become what a method sees: heatmap values in
//! (h, w, d) order, the same numbers whatever the memory order, the element type and the sign of the slope.

use crate::geometry::Block;
use crate::kernel::methods::method::Locate;
use crate::kernel::{Kernel, Record};
use crate::landmark::Status;

/// The values of a box about the hard argmax, clipped at the border of the map and never filled up.
pub(crate) struct Window {
    /// Heatmap values in (h, w, d) order, d fastest; −inf where masked, otherwise finite.
    pub(crate) values: Vec<f64>,
    /// Voxels along h, w, d.
    pub(crate) lengths: [usize; 3],
    /// The voxel (h, w, d) of the heatmap that is its first.
    pub(crate) start: [usize; 3],
    /// The hard argmax, counted from there.
    pub(crate) peak: [usize; 3],
    /// Voxels of the whole heatmap along h, w, d.
    pub(crate) volume: [usize; 3],
}

impl Window {
    /// The value at an offset (h, w, d) from the peak; none outside the window and where masked.
    pub(crate) fn at(&self, offset: [isize; 3]) -> Option<f64> {
        let mut index = 0;
        for (axis, step) in offset.into_iter().enumerate() {
            let place = self.peak[axis].checked_add_signed(step).filter(|&i| i < self.lengths[axis])?;
            index = index * self.lengths[axis] + place;
        }
        self.values.get(index).copied().filter(|&value| value != f64::NEG_INFINITY)
    }

    /// Three values along an axis with the peak in the middle; none where a neighbour is absent.
    pub(crate) fn along(&self, axis: usize) -> Option<[f64; 3]> {
        let step = |by| std::array::from_fn(|other| if other == axis { by } else { 0 });
        Some([self.at(step(-1))?, self.at(step(0))?, self.at(step(1))?])
    }

    /// Every unmasked value with its offset (h, w, d) from the peak, in (h, w, d) order.
    pub(crate) fn each(&self) -> impl Iterator<Item = ([f64; 3], f64)> {
        let [_, rows, columns] = self.lengths;
        let unmasked = self.values.iter().enumerate().filter(|&(_, value)| *value != f64::NEG_INFINITY);
        unmasked.map(move |(i, &value)| {
            let place = [i / (rows * columns), i / columns % rows, i % columns];
            (std::array::from_fn(|axis| place[axis] as f64 - self.peak[axis] as f64), value)
        })
    }

    /// The voxel coordinates (h, w, d) of an offset from the peak, inside the hull of the voxels.
    pub(crate) fn place(&self, offset: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|axis| {
            let peak = (self.start[axis] + self.peak[axis]) as f64;
            (peak + offset[axis]).clamp(0.0, self.volume[axis] as f64 - 1.0)
        })
    }
}

impl Kernel {
    /// Whether the method looks at values again: whether [`Kernel::boxes`] may ask for any.
    #[must_use]
    pub fn looks_again(&self) -> bool {
        self.settings.method.looks_again()
    }

    /// The boxes of voxels, in memory axes, whose values [`Kernel::landmark`] needs one after the other for the heatmap
    /// of `record`, all of whose blocks have been merged. None where the method or the heatmap needs none.
    #[must_use]
    pub fn boxes(&self, record: &Record) -> Vec<Block> {
        match self.settings.method.locate {
            Locate::Window { .. } => self.window(record).into_iter().collect(),
            Locate::Grid(_) if self.status(record) == Status::Ok => self.grid_boxes(),
            Locate::Grid(_) | Locate::Record(_) => Vec::new(),
        }
    }

    /// The box about the peak, where the method looks at one.
    pub(crate) fn window(&self, record: &Record) -> Option<Block> {
        if !self.settings.method.has_window() {
            return None;
        }
        let at = record.peak.filter(|_| self.status(record) == Status::Ok)?.at;
        Some(self.around(at))
    }

    /// The box about `at`, in memory axes, as far as the method's window and the heatmap reach.
    pub(crate) fn around(&self, at: [usize; 3]) -> Block {
        let (lengths, reach) = (self.axes.lengths, self.reach);
        let start: [usize; 3] = std::array::from_fn(|axis| at[axis].saturating_sub(reach[axis]));
        let extent = std::array::from_fn(|axis| {
            lengths[axis].min(at[axis].saturating_add(reach[axis] + 1)) - start[axis]
        });
        Block { start, extent }
    }

    /// The window of `block` about `at`, both in memory axes, from the stored values in the order of memory.
    pub(crate) fn seen(&self, block: &Block, at: [usize; 3], stored: &[f64]) -> Window {
        let lengths = self.axes.to_logical(block.extent);
        let [_, rows, columns] = block.extent;
        let steps = self.axes.to_logical([rows * columns, columns, 1]);
        let mut values = Vec::with_capacity(block.len());
        for h in 0..lengths[0] {
            for w in 0..lengths[1] {
                let row = h * steps[0] + w * steps[1];
                let voxels = (0..lengths[2]).map(|d| stored.get(row + d * steps[2]).copied());
                values.extend(voxels.map(|value| self.shown(value.unwrap_or(f64::NAN))));
            }
        }
        Window {
            values,
            lengths,
            start: self.axes.to_logical(block.start),
            peak: self.axes.to_logical(std::array::from_fn(|axis| at[axis] - block.start[axis])),
            volume: self.axes.to_logical(self.axes.lengths),
        }
    }

    /// The heatmap value of a stored one: −inf where masked, otherwise finite even where the slope would take
    /// it beyond f64.
    pub(crate) fn shown(&self, stored: f64) -> f64 {
        let value = self.scaling.apply(stored);
        if stored.is_finite() && !value.is_nan() {
            value.clamp(f64::MIN, f64::MAX)
        } else {
            f64::NEG_INFINITY
        }
    }
}

/// A window of a map of its own lengths, the peak at its first maximum: for the tests of methods.
#[cfg(test)]
pub(crate) fn of_map(lengths: [usize; 3], values: Vec<f64>) -> Window {
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let i = values.iter().position(|&value| value == max).unwrap();
    let peak = [i / (lengths[1] * lengths[2]), i / lengths[2] % lengths[1], i % lengths[2]];
    Window { values, lengths, start: [0; 3], peak, volume: lengths }
}

/// What a method answers for a map of its own: for the tests of methods.
#[cfg(test)]
pub(crate) fn answer(text: &str, lengths: [usize; 3], values: Vec<f64>) -> [f64; 3] {
    let (method, parameters) = crate::kernel::choose(text).unwrap();
    let settings = crate::kernel::Settings { method, parameters, ..Default::default() };
    let Locate::Window { locate, .. } = method.locate else { unreachable!("{text} looks at no window") };
    locate(&of_map(lengths, values), &settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Arrangement, Cut};
    use crate::heatmap::{MemoryAxes, Scaling};
    use crate::kernel::{METHODS, Scratch, Settings, choose};

    /// A kernel for 2 × 3 × 4 voxels that lie in memory as (d, h, w), and the record of `stored`.
    fn kernel(text: &str, scaling: Scaling, stored: &[f64]) -> (Kernel, Record) {
        let arrangement = Arrangement { lengths: [1, 1, 2, 3, 4], strides: [24, 24, 3, 1, 6] };
        let axes = MemoryAxes::new(&arrangement);
        let cut = Cut::new(axes.lengths, Cut::VOXELS);
        let (method, parameters) = choose(text).unwrap();
        let settings = Settings { method, parameters, ignore_nan: true, ..Settings::default() };
        let kernel = Kernel::new(settings, scaling, &axes, &cut, true).unwrap();
        let given: Vec<f64> = stored.iter().map(|x| if scaling.is_reversed() { -x } else { *x }).collect();
        let block = cut.block([0; 3]);
        let record =
            kernel.sweep_f64(&block, &given, crate::kernel::Hints::default(), &mut Scratch::default());
        (kernel, record)
    }

    #[test]
    fn a_window_is_clipped_turned_and_scaled() {
        let mut stored: Vec<f64> = (0..24).map(f64::from).collect();
        // d = 1, h = 1, w = 2.
        stored[6 + 3 + 2] = -50.0;
        let scaling = Scaling { slope: -2.0, intercept: 1.0 };
        let (kernel, record) = kernel("parabola", scaling, &stored);
        let block = kernel.window(&record).unwrap();
        assert_eq!(block, Block { start: [0, 0, 1], extent: [3, 2, 2] });
        let taken: Vec<f64> = (0..3)
            .flat_map(|d| [(d, 0), (d, 1)])
            .flat_map(|(d, h)| [1, 2].map(|w| stored[d * 6 + h * 3 + w]))
            .collect();
        let window = kernel.seen(&block, [1, 1, 2], &taken);
        assert_eq!((window.start, window.lengths, window.peak), ([0, 1, 0], [2, 2, 3], [1, 1, 1]));
        assert_eq!(window.volume, [2, 3, 4]);
        assert_eq!(window.at([0, 0, 0]), Some(101.0));
        // d = 2, h = 1, w = 1: stored 12 + 3 + 1.
        assert_eq!(window.at([0, -1, 1]), Some(1.0 - 2.0 * 16.0));
        assert_eq!(window.at([1, 0, 0]), None);
        assert_eq!(window.place([0.0, 0.5, -0.25]), [1.0, 2.0, 0.75]);
    }

    #[test]
    fn masked_voxels_are_absent_and_what_overflows_is_finite() {
        let mut stored = vec![0.0; 24];
        (stored[7], stored[8], stored[9]) = (1.0, f64::NAN, f64::NEG_INFINITY);
        let (kernel, _) = kernel("local", Scaling { slope: 1e300, intercept: 0.0 }, &stored);
        assert_eq!(kernel.shown(1e200), f64::MAX);
        assert_eq!(kernel.shown(f64::NAN), f64::NEG_INFINITY);
        let whole = Block { start: [0; 3], extent: [4, 2, 3] };
        let window = kernel.seen(&whole, [1, 0, 1], &stored);
        assert_eq!(window.each().count(), 22);
        assert_eq!((window.at([0, 1, 0]), window.at([0, -1, 0])), (None, Some(0.0)));
        assert_eq!(window.at([0, 0, 0]), Some(1e300));
        assert_eq!(window.at([1, -1, 0]), None);
    }

    /// A peak that is one of several may be next to nothing beside another voxel of its window.
    #[test]
    fn every_method_answers_beside_values_of_any_size() {
        for method in METHODS.iter().filter(|method| method.has_window()) {
            let Locate::Window { locate, .. } = method.locate else { unreachable!() };
            let settings = Settings { method, ..Settings::default() };
            for [low, peak, high] in [
                [0.0, 5e-324, f64::MAX],
                [f64::MIN, 0.0, f64::MAX],
                [f64::MIN, 1.0, 1e300],
                [-1.0, -0.5, 1e-300],
                [0.0, 1e-300, 1.0],
            ] {
                let mut values = vec![low; 9 * 9];
                (values[40], values[44]) = (peak, high);
                let window = Window { peak: [4, 4, 0], ..of_map([9, 9, 1], values) };
                let found = locate(&window, &settings);
                let is_inside = found.iter().all(|place| (0.0..=8.0).contains(place));
                assert!(is_inside, "{} {low:e} {peak:e} {high:e}: {found:?}", method.name);
                let fit = method.fit.and_then(|fit| fit(&window, &settings));
                let numbers = fit.map(|fit| [fit.amplitude, fit.background, fit.residual]);
                assert!(numbers.is_none_or(|numbers| numbers.iter().all(|x| x.is_finite())), "{fit:?}");
            }
        }
    }

    #[test]
    fn only_what_has_an_answer_has_a_window() {
        assert!(kernel("hard", Scaling::NONE, &[0.0; 24]).0.window(&Record::default()).is_none());
        let (kernel, record) = kernel("local:radius=32", Scaling::NONE, &[3.0; 24]);
        assert!(kernel.looks_again());
        assert_eq!((kernel.window(&record), kernel.window(&Record::default())), (None, None));
    }
}
