//! What is known of a heatmap beside the answers of methods, and what it says about an answer.
//!
//! The rules and their constants were chosen on maps with known truth (`docs/trust.md`), and are the same for
//! every method: an answer is doubtful if it lies more than half a voxel from where the peak is by what lies
//! about it, and the map is doubtful if its peak is like its noise, or has a rival.

use super::local::{Reference, Shape, local_reference, nearest};
use super::noise::{FAR, background_and_noise, far};
use super::peak::{plateau, width};
use super::rivals;
use super::samples::{self, Samples, distance};
use super::view::{Maximum, View};
use crate::geometry::{Cut, unravel};
use crate::kernel::revisit::reader::HeatmapReader;
use crate::kernel::sweep::record::Record;
use crate::landmark::{Flag, Flags};

/// An answer so many voxels from the local reference is doubtful.
pub(in crate::kernel) const AWAY: f64 = 0.5;
/// The same for an answer that is a voxel: the grid alone can put it off by nearly as much.
pub(in crate::kernel) const AWAY_ON_GRID: f64 = 0.75;
/// So many touching voxels of the largest value make a plateau.
const ALIKE: usize = 3;
/// The share of the samples that lie beyond a peak which does not fill the volume.
const OPEN: f64 = 0.5;
/// Noise units above the expected maximum of pure noise: beyond its 99 % point.
const STAND: f64 = 1.0;
/// Noise units between two maxima that another draw of the noise would exchange.
const CHANCE: f64 = 5.2;
/// A second maximum of this share of the first one's height is a rival, whatever the noise.
const RIVAL: f64 = 0.95;
/// A peak that stands less out of the maxima of the blocks is one of them.
const PLAIN: f64 = 12.0;
/// The pull of the background that the advice about β leaves, in voxels.
const PULL: f64 = 0.1;

/// What is known of a heatmap. Coordinates are (h, w, d) in voxels, values those of the heatmap.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Evidence {
    /// The largest value.
    pub(in crate::kernel) top: f64,
    /// The mean place of the touching voxels that have it.
    pub(in crate::kernel) middle: [f64; 3],
    /// How many they are.
    pub(in crate::kernel) alike: usize,
    /// The width of the peak, as a standard deviation in voxels.
    pub(in crate::kernel) sigma: f64,
    /// The median of what lies outside the peak.
    pub(in crate::kernel) background: f64,
    /// The standard deviation of what lies outside the peak; 0 if it is not known.
    pub(in crate::kernel) noise: f64,
    /// The share of the samples that lie beyond 3σ̂.
    pub(super) share: f64,
    /// How many voxels are neither masked nor filled, by the samples.
    pub(super) count: f64,
    /// Voxels on an even grid.
    pub(super) samples: Samples,
    /// The largest value apart from the peak. Below what a rival has it is that of blocks and samples.
    pub(super) second: f64,
    /// How far the peak stands out of the maxima of the blocks.
    pub(super) standing: f64,
    /// Where the peak is by what lies about it.
    pub(super) reference: Reference,
    /// What the heatmap's values are multiplied by: 1, unless they are near the limits of f64.
    pub(in crate::kernel) scale: f64,
}

impl Evidence {
    /// What is known of the heatmap that `view` shows, whose blocks have all been merged into `record`.
    ///
    /// # Errors
    /// Those of the reader.
    pub(in crate::kernel) fn of<R: HeatmapReader>(
        view: &mut View<'_, R>,
        record: &Record,
        cut: &Cut,
    ) -> Result<Evidence, R::Error> {
        let mut samples = view.samples_of(record)?;
        let fill = samples::fill(&samples.values, view.highest);
        let unfilled = samples.values.iter().filter(|&&value| fill.is_none_or(|fill| value > fill));
        let largest = unfilled.fold(view.highest.abs(), |largest, value| largest.max(value.abs()));
        let scale = view.settle(fill, largest);
        samples.settle(fill, scale);
        if samples.values.is_empty() {
            samples = Samples::one(view.top, view.hard.map(|i| i as f64), samples.points);
        }
        let plateau = plateau(view)?;
        let middle = plateau.middle;
        let (start, top) = (nearest(middle), view.top);
        let median = samples::order(&samples.values, 0.5);
        let sigma = width(view, start, median / 2.0 + top / 2.0)?;
        let away = samples.away(middle);
        let (background, noise) = background_and_noise(&samples, &far(&samples, away.clone(), sigma));
        let sigma = width(view, start, background / 2.0 + top / 2.0)?;
        let blocks: Vec<Maximum> = record.tops.entries.iter().map(|&entry| place_of(view, entry)).collect();
        // A peak that is one of several has higher ones beside it, which are landmarks of their own.
        let no_rival = (f64::NEG_INFINITY, middle);
        let (n, voxels) = (samples.values.len() as f64, view.volume.iter().product::<usize>() as f64);
        let count = (voxels * n / samples.points.max(1) as f64).round_ties_even();
        let (second, there) = if view.is_highest {
            let best = rivals::second(&blocks, &samples, &away, (middle, sigma));
            let level = background + rival_level(top - background, noise, limit(count, noise));
            rivals::beside(view, cut, &blocks, (middle, sigma), (best, level))?
        } else {
            no_rival
        };
        let beyond = away.iter().filter(|&&away| away > FAR * FAR * sigma * sigma).count();
        let reference = local_reference(view, &Shape { middle, background, top, sigma })?;
        Ok(Evidence {
            top,
            middle,
            alike: plateau.alike,
            sigma,
            background,
            noise,
            share: beyond as f64 / n,
            count,
            samples,
            second,
            standing: if view.is_highest {
                rivals::standing(top, &blocks, [middle, there], sigma)
            } else {
                f64::INFINITY
            },
            reference,
            scale,
        })
    }

    /// The voxel from which sub-voxel methods begin: the middle of a plateau, otherwise the first maximum.
    pub(in crate::kernel) fn start(&self, hard: [usize; 3]) -> [usize; 3] {
        if self.is_plateau() { nearest(self.middle) } else { hard }
    }

    /// Whether enough touching voxels share the maximum.
    pub(in crate::kernel) fn is_plateau(&self) -> bool {
        self.alike >= ALIKE
    }

    /// How far the peak rises above its background.
    pub(super) fn height(&self) -> f64 {
        self.top - self.background
    }

    /// Whether half of the samples lie beyond 3σ̂: otherwise what is taken for background is the peak's own
    /// skirt. A plateau, which hides how narrow the peak is, has one.
    pub(super) fn has_background(&self) -> bool {
        self.share >= OPEN || self.is_plateau()
    }

    /// See [`limit`].
    fn limit(&self) -> f64 {
        limit(self.count, self.noise)
    }

    /// Whether the peak does not stand out of the noise, or is like the maxima of the blocks.
    fn is_faint(&self) -> bool {
        self.height() < self.limit() || self.standing < PLAIN
    }

    /// Whether a second maximum stands out of the noise too, and is nearly as high as the first.
    pub(super) fn is_bimodal(&self) -> bool {
        self.second - self.background > rival_level(self.height(), self.noise, self.limit())
    }

    /// The flags of an answer, doubtful beyond `most` voxels from the local reference. `fallback` and
    /// `outside` are not told here: the method and the answer tell them.
    pub(in crate::kernel) fn flags(&self, answer: [f64; 3], most: f64) -> Flags {
        let mut flags = Flags::default();
        let is_bimodal = self.is_bimodal();
        if self.is_faint() {
            flags.set(Flag::Faint);
        }
        if is_bimodal {
            flags.set(Flag::Bimodal);
        }
        if distance(answer, self.reference.place) > most {
            let is_near = distance(answer, self.middle) <= (2.0 * self.sigma).max(3.0);
            if self.is_plateau() && is_near {
                flags.set(Flag::Plateau);
            } else if self.reference.is_cut && is_near {
                flags.set(Flag::Border);
            } else if !is_bimodal {
                flags.set(Flag::Diffuse);
            }
        } else if self.reference.is_beyond {
            flags.set(Flag::Border);
        }
        flags
    }

    /// The β at which the background pulls the answer of `soft` by no more than a tenth of a voxel; `None` if
    /// the peak does not stand out.
    ///
    /// The background weighs N E exp(β(x − top)) against at least the peak's own voxels. Of normal noise that
    /// is N exp(−βh + β²s²/2) as long as many of its voxels have a part in it, and about the weight of its
    /// maximum beyond (Derrida 1981, doi:10.1103/PhysRevB.24.2613).
    pub(in crate::kernel) fn advised_beta(&self) -> Option<f64> {
        let (height, noise) = (self.height(), self.noise);
        let most = libm::sqrt(2.0 * libm::log(self.count.max(2.0)));
        let lever = distance(self.middle, self.samples.centre()).max(1.0);
        if height <= most * noise || !height.is_finite() {
            return None;
        }
        let pull = |beta: f64| {
            let weight = if beta * noise < most {
                libm::log(self.count) - beta * height + beta * beta * noise * noise / 2.0
            } else {
                beta * (most * noise - height)
            };
            lever * libm::exp(weight)
        };
        let (mut low, mut high) = (0.0, 1.0 / height);
        while pull(high) > PULL {
            (low, high) = (high, 2.0 * high);
            if !high.is_finite() {
                return None;
            }
        }
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if pull(middle) > PULL { low = middle } else { high = middle }
        }
        Some(high * self.scale).filter(|beta| beta.is_finite() && *beta > 0.0)
    }
}

/// What the maximum of as many normal values stays below, 99 times of 100.
fn limit(count: f64, noise: f64) -> f64 {
    (libm::sqrt(2.0 * libm::log(count.max(2.0))) + STAND) * noise
}

/// How high a second maximum must rise above the background to be a rival of one of this height.
fn rival_level(height: f64, noise: f64, limit: f64) -> f64 {
    limit.max((height - CHANCE * noise).min(RIVAL * height))
}

/// The maximum of a block as a heatmap value with its place.
fn place_of<R: HeatmapReader>(view: &View<'_, R>, (swept, key): (f64, u64)) -> Maximum {
    if swept == f64::NEG_INFINITY {
        return (swept, [0.0; 3]);
    }
    (view.of_swept(swept), unravel(key as usize, view.volume).map(|i| i as f64))
}
