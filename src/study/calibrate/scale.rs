//! What a landmark says about its own error, turned into the error that it stands for.
//!
//! A radius that is the same for every heatmap is too wide for clear ones and says nothing about the others.
//! So errors are divided by what is expected of such a heatmap, and the bound is made for the quotient. What
//! is expected is learnt from other subjects: mean errors in bins of the figure (quantile binning, Schobs et
//! al. 2022, arXiv:2203.02351), made monotone, with straight lines between them. It need not be right for the
//! bound to hold; the better it is, the narrower the radii are.

/// A figure of a landmark by which errors may be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feature {
    /// None: every landmark has the same radius.
    None,
    /// The radius that holds the truth 95 times of 100 by the map itself (`--uncertainty`).
    Error95,
    /// How widely the softmax is spread: the square root of the trace of its covariance.
    Spread,
    /// The height of the peak; higher ones have smaller errors.
    Peak,
}

impl Feature {
    /// All of them.
    pub const ALL: [Feature; 4] = [Feature::None, Feature::Error95, Feature::Spread, Feature::Peak];

    /// Its name on the command line and in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Feature::None => "none",
            Feature::Error95 => "error95",
            Feature::Spread => "spread",
            Feature::Peak => "peak",
        }
    }

    /// Whether errors rise with it: 1, or −1 if they fall.
    fn sign(self) -> f64 {
        if self == Feature::Peak { -1.0 } else { 1.0 }
    }

    /// Whether it is a length: beyond the known ones, the error is taken to rise in proportion.
    fn is_length(self) -> bool {
        matches!(self, Feature::Error95 | Feature::Spread)
    }
}

/// The figures of one landmark, in the unit of its error where they are lengths.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// See [`Feature::Error95`].
    pub error95: Option<f64>,
    /// See [`Feature::Spread`].
    pub spread: Option<f64>,
    /// See [`Feature::Peak`].
    pub peak: Option<f64>,
}

impl Figures {
    /// One of them, if it is a finite number; for [`Feature::None`] 0.
    #[must_use]
    pub fn get(&self, feature: Feature) -> Option<f64> {
        let value = match feature {
            Feature::None => Some(0.0),
            Feature::Error95 => self.error95,
            Feature::Spread => self.spread,
            Feature::Peak => self.peak,
        };
        value.filter(|value| value.is_finite())
    }
}

/// The error that a figure stands for: straight lines between knots (figure, error), of which the figures
/// rise. Without knots every landmark has the error 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The figure.
    pub feature: Feature,
    /// The knots; errors are above 0, and rise with the figure, or fall if it is [`Feature::Peak`].
    pub knots: Vec<(f64, f64)>,
}

/// So many landmarks make a bin, at least.
const IN_BIN: usize = 16;
/// More bins than this are not made.
const BINS: usize = 10;
/// Errors below this share of the mean are taken for it.
const LEAST_ERROR: f64 = 1e-3;

impl Scale {
    /// So many landmarks teach a scale, at least.
    pub const LEAST: usize = 2 * IN_BIN;

    /// The scale by which every landmark is alike.
    #[must_use]
    pub fn none() -> Scale {
        Scale { feature: Feature::None, knots: Vec::new() }
    }

    /// Learns the scale from (figure, error) of landmarks.
    pub(super) fn fit(feature: Feature, mut known: Vec<(f64, f64)>) -> Scale {
        let mean = known.iter().map(|pair| pair.1).sum::<f64>() / known.len().max(1) as f64;
        let bins = (known.len() / IN_BIN).min(BINS);
        if feature == Feature::None || bins < 2 || mean <= 0.0 {
            return Scale::none();
        }
        let sign = feature.sign();
        known.sort_by(|a, b| (sign * a.0).total_cmp(&(sign * b.0)).then(a.1.total_cmp(&b.1)));
        let bin = |bin: usize| {
            let pairs = &known[bin * known.len() / bins..(bin + 1) * known.len() / bins];
            let of = |part: fn(&(f64, f64)) -> f64| pairs.iter().map(part).sum::<f64>() / pairs.len() as f64;
            Bin { figure: of(|pair| pair.0), error: of(|pair| pair.1), weight: pairs.len() as f64 }
        };
        let least = LEAST_ERROR * mean;
        let rising = monotone((0..bins).map(bin).collect());
        let mut knots: Vec<(f64, f64)> =
            rising.into_iter().map(|bin| (bin.figure, bin.error.max(least))).collect();
        knots.dedup_by(|next, before| next.0 <= before.0 && sign > 0.0 || next.0 >= before.0 && sign < 0.0);
        if sign < 0.0 {
            knots.reverse();
        }
        Scale { feature, knots }
    }

    /// The error that landmarks with these figures have, up to a factor that is the same for all; `None` if
    /// the figure is not known.
    #[must_use]
    pub fn of(&self, figures: &Figures) -> Option<f64> {
        let figure = figures.get(self.feature)?;
        let (Some(&first), Some(&last)) = (self.knots.first(), self.knots.last()) else { return Some(1.0) };
        if figure <= first.0 {
            return Some(first.1);
        }
        if figure >= last.0 {
            let grows = self.feature.is_length() && last.0 > 0.0;
            return Some(if grows { last.1 * (figure / last.0) } else { last.1 });
        }
        let above = self.knots.partition_point(|knot| knot.0 <= figure);
        let (low, high) = (self.knots[above - 1], self.knots[above]);
        Some(low.1 + (high.1 - low.1) * ((figure - low.0) / (high.0 - low.0)))
    }
}

/// Landmarks with figures next to one another.
#[derive(Clone, Copy, Debug)]
struct Bin {
    figure: f64,
    error: f64,
    weight: f64,
}

/// The errors of the bins, made to rise: neighbours that fall share the mean of their errors (pool adjacent
/// violators, Ayer et al. 1955, doi:10.1214/aoms/1177728423).
fn monotone(bins: Vec<Bin>) -> Vec<Bin> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for bin in &bins {
        let mut block = (bin.error, bin.weight, 1);
        while let Some(&(error, weight, count)) = blocks.last() {
            if error <= block.0 {
                break;
            }
            let sum = weight + block.1;
            block = ((error * weight + block.0 * block.1) / sum, sum, count + block.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    let errors = blocks.into_iter().flat_map(|(error, _, count)| std::iter::repeat_n(error, count));
    bins.into_iter().zip(errors).map(|(bin, error)| Bin { error, ..bin }).collect()
}

/// How well a figure orders errors: Spearman's rank correlation (1904, doi:10.2307/1412159), ties with the
/// mean of their ranks, with the sign turned for figures with which errors fall. `None` if there is no order.
pub(super) fn rank_correlation(feature: Feature, known: &[(f64, f64)]) -> Option<f64> {
    let figures = ranks(&known.iter().map(|pair| feature.sign() * pair.0).collect::<Vec<_>>());
    let errors = ranks(&known.iter().map(|pair| pair.1).collect::<Vec<_>>());
    let middle = (known.len() as f64 - 1.0) / 2.0;
    let product =
        |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum() };
    let length = libm::sqrt(product(&figures, &figures) * product(&errors, &errors));
    (length > 0.0).then(|| product(&figures, &errors) / length)
}

/// The ranks of numbers, from 0; equal ones have the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for run in order.chunk_by(|&a, &b| values[a].total_cmp(&values[b]).is_eq()) {
        let first = order.partition_point(|&at| values[at].total_cmp(&values[run[0]]).is_lt());
        let rank = first as f64 + (run.len() as f64 - 1.0) / 2.0;
        for &at in run {
            ranks[at] = rank;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(error95: f64) -> Figures {
        Figures { error95: Some(error95), ..Figures::default() }
    }

    #[test]
    fn neighbours_that_fall_share_their_mean() {
        let bin = |(error, weight): (f64, f64)| Bin { figure: 0.0, error, weight };
        let of = |pairs: &[(f64, f64)]| {
            let found = monotone(pairs.iter().copied().map(bin).collect());
            found.into_iter().map(|bin| bin.error).collect::<Vec<_>>()
        };
        assert_eq!(of(&[(1.0, 1.0), (3.0, 1.0), (2.0, 1.0), (4.0, 1.0)]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(of(&[(4.0, 1.0), (1.0, 3.0), (2.0, 4.0)]), [1.75, 1.75, 2.0]);
        assert_eq!(of(&[(5.0, 1.0), (4.0, 1.0), (0.0, 1.0)]), [3.0; 3]);
    }

    /// 32 landmarks in two bins: figures 1 and 3, errors 2 and 6.
    #[test]
    fn scales_by_hand() {
        let known = |low: f64, high: f64| {
            let of = move |at: usize| if at < 16 { (1.0, low) } else { (3.0, high) };
            (0..32).map(of).collect::<Vec<_>>()
        };
        let scale = Scale::fit(Feature::Error95, known(2.0, 6.0));
        assert_eq!(scale.knots, [(1.0, 2.0), (3.0, 6.0)]);
        for (figure, expected) in [(0.1, 2.0), (1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (6.0, 12.0)] {
            assert_eq!(scale.of(&with(figure)), Some(expected), "{figure}");
        }
        assert_eq!((scale.of(&Figures::default()), scale.of(&with(f64::NAN))), (None, None));
        // Errors that fall say nothing.
        assert_eq!(Scale::fit(Feature::Error95, known(6.0, 2.0)).knots, [(1.0, 4.0), (3.0, 4.0)]);
        // With higher peaks they should.
        let peaks = Scale::fit(Feature::Peak, known(6.0, 2.0));
        assert_eq!(peaks.knots, [(1.0, 6.0), (3.0, 2.0)]);
        let of = |peak: f64| peaks.of(&Figures { peak: Some(peak), ..Figures::default() });
        assert_eq!([of(0.5), of(2.0), of(9.0)], [Some(6.0), Some(4.0), Some(2.0)]);
        assert_eq!(Scale::fit(Feature::Error95, known(2.0, 6.0)[..31].to_vec()), Scale::none());
        assert_eq!(Scale::none().of(&Figures::default()), Some(1.0));
        // An error of 0 would make every score infinite.
        assert_eq!(Scale::fit(Feature::Error95, known(0.0, 2.0)).knots, [(1.0, 0.001), (3.0, 2.0)]);
    }

    /// By `scipy.stats.spearmanr`.
    #[test]
    fn rank_correlations_of_scipy() {
        let of = |figures: &[f64], errors: &[f64]| {
            let pairs: Vec<_> = figures.iter().copied().zip(errors.iter().copied()).collect();
            rank_correlation(Feature::Error95, &pairs)
        };
        let found = of(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0]).unwrap();
        assert!((found - 0.820_782_681_668_123_3).abs() < 1e-15, "{found}");
        assert_eq!(of(&[1.0, 2.0], &[3.0, 3.0]), None);
        assert_eq!(of(&[], &[]), None);
        let falling = [(1.0, 9.0), (2.0, 4.0), (3.0, 1.0)];
        assert_eq!(rank_correlation(Feature::Peak, &falling), Some(1.0));
    }
}
