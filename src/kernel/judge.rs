//! From a record to a landmark that says whether to trust it.
//!
//! `answer.rs` makes landmarks of what it is given, and reads nothing. Here is decided what is read again,
//! and everything that comes of it: what the map itself says ([`Evidence`]), where a method with a window
//! begins, what `auto` answers, the flags, and the error bars.

use super::answer::{Again, Locator};
use super::components::search::Components;
use super::methods::method::{Located, MethodKind};
use super::revisit::reader::HeatmapReader;
use super::revisit::window::Window;
use super::sweep::record::Record;
use super::trust::auto::Auto;
use super::trust::error::{Basis, Own, Softmax};
use super::trust::evidence::{AWAY, AWAY_ON_GRID, Evidence};
use super::trust::extent::Extent;
use super::trust::level_set;
use super::trust::view::View;
use crate::geometry::{Hwd, Voxel};
use crate::landmark::{Flag, Flags, Landmark, Region, Status};

/// What the map says about one of its peaks.
pub(super) struct Findings {
    evidence: Evidence,
    /// The voxel (h, w, d) at which methods with a window begin.
    start: [usize; 3],
    /// The answer of `auto`, if it was made.
    auto: Option<Located>,
    /// Where the truth lies, if it is asked for.
    basis: Option<Basis>,
    /// The voxels near the peak's height, if they are asked for.
    region: Option<Region>,
    /// The background, in heatmap values, if they are.
    background: Option<f64>,
}

impl Locator {
    /// The landmark of sample `n`, channel `c`, whose blocks have all been merged into `record`. `reader`
    /// reads some of its values again.
    ///
    /// # Errors
    /// Those of `reader`.
    pub fn answer<R: HeatmapReader>(
        &self,
        n: usize,
        c: usize,
        record: &Record,
        reader: &mut R,
    ) -> Result<Landmark, R::Error> {
        if self.status(record) != Status::Ok {
            return Ok(self.landmark(n, c, record));
        }
        let Some(mut view) = View::new((&self.stored, &self.places), reader, record)? else {
            return Ok(self.landmark(n, c, record));
        };
        let findings = self.findings(&mut view, record, self.is_auto())?;
        self.answer_by((n, c), record, (&findings, &mut view), true)
    }

    /// The landmark of sample `n`, channel `c` by what its map says, which may serve other methods too.
    /// Without `wants_covariance` that of the answer is not the method's own, which takes longest.
    pub(super) fn answer_by<R: HeatmapReader>(
        &self,
        (n, c): (usize, usize),
        record: &Record,
        (findings, view): (&Findings, &mut View<'_, R>),
        wants_covariance: bool,
    ) -> Result<Landmark, R::Error> {
        let again = self.again(findings, record, view)?;
        let landmark = self.landmark_from(n, c, record, &again);
        let window = again.window.as_ref().filter(|_| wants_covariance);
        Ok(self.judged(landmark, findings, window))
    }

    /// The landmark of another peak of a heatmap: the `peak`-th, at `voxel` (h, w, d), with swept value
    /// `height`. `record` is that of the whole heatmap, and `first` its landmark.
    ///
    /// # Errors
    /// Those of `reader`.
    pub(super) fn answer_at<R: HeatmapReader>(
        &self,
        (peak, voxel, height): (usize, Hwd<usize>, f64),
        record: &Record,
        first: &Landmark,
        reader: &mut R,
    ) -> Result<Landmark, R::Error> {
        let mut view = View::about((&self.stored, &self.places), reader, record, (voxel, height))?;
        let findings = self.findings(&mut view, record, self.is_auto())?;
        let again = self.again(&findings, record, &mut view)?;
        let landmark = self.landmark_at((peak, voxel, height), record, first, &again);
        Ok(self.judged(landmark, &findings, again.window.as_ref()))
    }

    /// Whether the method is `auto`.
    pub(super) fn is_auto(&self) -> bool {
        matches!(self.settings.method.kind, MethodKind::Auto)
    }

    /// What the map says about the peak that `view` shows; what `auto` answers too, if that is wanted.
    pub(super) fn findings<R: HeatmapReader>(
        &self,
        view: &mut View<'_, R>,
        record: &Record,
        wants_auto: bool,
    ) -> Result<Findings, R::Error> {
        let evidence = Evidence::of(view, record, &self.cut)?;
        let wants_bars = self.settings.with_uncertainty;
        let auto = if wants_auto || wants_bars { Some(Auto::of(view, &evidence, wants_bars)?) } else { None };
        let basis = match &auto {
            Some(auto) if wants_bars => {
                Some(Basis::of(view, &evidence, auto, self.softmax(record).as_ref())?)
            }
            _ => None,
        };
        let start = evidence.start(view.hard);
        let located = |auto: Auto| Located { at: auto.place, fallback: auto.rule.fallback() };
        let background = self.settings.region.map(|_| evidence.background / evidence.scale);
        let region = self.region(view, &evidence)?;
        Ok(Findings { evidence, start, auto: auto.map(located), basis, region, background })
    }

    /// The voxels near the height of the peak that `view` shows, if they are asked for.
    fn region<R: HeatmapReader>(
        &self,
        view: &mut View<'_, R>,
        evidence: &Evidence,
    ) -> Result<Option<Region>, R::Error> {
        let Some(drop) = self.settings.region else { return Ok(None) };
        let [peak, background] = [evidence.top, evidence.background].map(|value| value / evidence.scale);
        let limits = (level_set::least_of_region(peak, background, drop), view.fill());
        level_set::region(&self.stored, self.settings.level, view.reader(), limits)
    }

    /// What the method needs to see again.
    fn again<R: HeatmapReader>(
        &self,
        findings: &Findings,
        record: &Record,
        view: &mut View<'_, R>,
    ) -> Result<Again, R::Error> {
        let start = self.stored.in_memory(Hwd(findings.start));
        let component = self.component(record, view)?;
        let auto = findings.auto.filter(|_| self.is_auto());
        let mut again = Again { auto, component, ..Again::default() };
        for block in self.boxes(record, start) {
            if self.settings.method.has_window() {
                let window = view.window(&block, start)?;
                let evidence = &findings.evidence;
                let offset = |axis: usize| evidence.middle[axis] - findings.start[axis] as f64;
                let middle = if evidence.is_plateau() { std::array::from_fn(offset) } else { [0.0; 3] };
                again.window = Some(Window { middle, ..window });
            } else {
                again.values.extend_from_slice(view.read(&block)?);
            }
        }
        Ok(again)
    }

    /// The centroid of the component that the method wants; `None` if it wants none, or none fits.
    fn component<R: HeatmapReader>(
        &self,
        record: &Record,
        view: &mut View<'_, R>,
    ) -> Result<Option<[f64; 3]>, R::Error> {
        let MethodKind::Component(rule) = self.settings.method.kind else { return Ok(None) };
        let Some(peak) = record.peak else { return Ok(None) };
        let max = self.stored.heatmap_value_of_swept(peak.max).clamp(f64::MIN, f64::MAX);
        let components =
            Components::new(&self.stored, self.settings.level, rule(&self.settings.for_method()));
        components.centroid(max, view.reader())
    }

    /// A landmark with its flags and its error bars.
    fn judged(&self, landmark: Landmark, findings: &Findings, window: Option<&Window>) -> Landmark {
        let Some(Voxel(position)) = landmark.position else { return landmark };
        let is_voxel = matches!(self.settings.method.kind, MethodKind::Hard);
        let most = if is_voxel { AWAY_ON_GRID } else { AWAY };
        let judged = findings.evidence.flags(position, most);
        let flags: Flags = landmark.flags.iter().chain(judged.iter()).collect();
        let is_drawn = flags.has(Flag::Diffuse) && self.settings.method.sums_weights();
        let advised_beta = if is_drawn { findings.evidence.advised_beta() } else { None };
        let uncertainty = findings.basis.as_ref().map(|basis| {
            let own = window.filter(|_| !flags.has(Flag::Fallback));
            basis.uncertainty(position, &self.own(own, basis))
        });
        let &Findings { region, background, .. } = findings;
        Landmark { uncertainty, region, background, flags, advised_beta, ..landmark }
    }

    /// How the answer follows the values: those of its window, where the method has one.
    fn own(&self, window: Option<&Window>, basis: &Basis) -> Own {
        let settings = self.settings.for_method();
        match (&self.settings.method.kind, window) {
            (MethodKind::Window { locate, derivative, .. }, Some(window)) => {
                let Some(slopes) = derivative(window, &settings) else { return Own::None };
                let clean = basis.without_noise(window).filter(|_| slopes.is_biased);
                let bias = clean.map(|clean| {
                    let found = locate(&clean, &settings).at;
                    std::array::from_fn(|axis| found[axis] - basis.place()[axis])
                });
                let extent = Extent { start: window.start, lengths: window.lengths };
                Own::Box(extent, slopes, bias)
            }
            (kind, _) if kind.is_softmax() => Own::Softmax,
            _ => Own::None,
        }
    }

    /// The softmax of which the answer is the mean, if it is.
    fn softmax(&self, record: &Record) -> Option<Softmax> {
        let peak = record.peak.filter(|_| self.settings.method.kind.is_softmax())?;
        let mean = std::array::from_fn(|axis| peak.at[axis] as f64 + peak.sums.first[axis] / peak.sums.mass);
        Some(Softmax {
            beta: self.settings.sharpness.apply(1.0),
            mass: self.relative_mass(&peak),
            mean: self.stored.axes.to_logical(mean).0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Arrangement, Cut};
    use crate::heatmap::{MemoryAxes, Scaling};
    use crate::kernel::revisit::reader::InMemory;
    use crate::kernel::{Hints, Kernel, Scratch, Settings, choose};

    /// A kernel for 2 × 3 × 4 voxels that lie in memory as (d, h, w), and the record of `stored`.
    fn decoded(text: &str, with_spread: bool, stored: &[f64]) -> (Locator, Record, InMemory) {
        let axes = MemoryAxes::new(&Arrangement { lengths: [1, 1, 2, 3, 4], strides: [24, 24, 3, 1, 6] });
        let cut = Cut::new(axes.lengths, Cut::VOXELS);
        let (method, parameters) = choose(text).unwrap();
        let settings = Settings { method, parameters, with_spread, ..Settings::default() };
        let kernel = Kernel::new(settings, Scaling::NONE, &axes, &cut, true).unwrap();
        let mut scratch = Scratch::default();
        let mut record = Record::default();
        let next = kernel.sweeper.sweep(&cut.block([0; 3]), stored, Hints::default(), &mut scratch);
        kernel.sweeper.merge(&mut record, &next);
        let reader = InMemory { lengths: axes.lengths, stored: stored.to_vec(), values: Vec::new() };
        (kernel.locator, record, reader)
    }

    #[test]
    fn the_answer_at_the_peak_is_that_of_the_heatmap() {
        let mut stored: Vec<f64> = (0..24).map(|i| f64::from(i * 7 % 5)).collect();
        // d = 1, h = 1, w = 2; d = 3, h = 0, w = 0.
        (stored[6 + 3 + 2], stored[18]) = (9.0, 8.0);
        let (locator, record, mut reader) = decoded("local:radius=1", true, &stored);
        let first = locator.answer(0, 0, &record, &mut reader).unwrap();
        let again = locator.answer_at((0, Hwd([1, 2, 1]), 9.0), &record, &first, &mut reader).unwrap();
        assert_eq!((again.position, again.window_mass), (first.position, first.window_mass));
        let second = locator.answer_at((1, Hwd([0, 0, 3]), 8.0), &record, &first, &mut reader).unwrap();
        assert_eq!((second.peak, second.peak_value), (1, Some(8.0)));
        assert_eq!((second.hard, second.spread), (Some(Voxel([0.0, 0.0, 3.0])), first.spread));
        assert!(second.position.unwrap().distance(second.hard.unwrap()) < 1.0);
        assert!(second.window_mass.unwrap() < first.window_mass.unwrap());
    }

    #[test]
    fn a_flat_heatmap_is_not_looked_at_again() {
        let (locator, record, mut reader) = decoded("local:radius=32", false, &[3.0; 24]);
        assert!(locator.reads_again());
        reader.stored.clear();
        let found = locator.answer(0, 0, &record, &mut reader).unwrap();
        assert_eq!((found.status, found.flags), (Status::Flat, Flags::default()));
    }
}
