//! How values become colours: shades of grey for an image, and a scale that rises in lightness for a heatmap,
//! so that it reads the same in print and for eyes that see few colours.

/// How many colours there are, the first of which stands for no value.
pub const LEVELS: usize = 64;

/// The least and the largest value that is told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// What this or less is the darkest colour.
    pub low: f64,
    /// What this or more is the lightest one.
    pub high: f64,
}

impl Range {
    /// The least and the largest of some values; `None` if none of them is a finite number.
    #[must_use]
    pub fn of<'a>(values: impl IntoIterator<Item = &'a f64>) -> Option<Range> {
        let finite = values.into_iter().copied().filter(|value| value.is_finite());
        finite.fold(None, |range, value| {
            let Range { low, high } = range.unwrap_or(Range { low: value, high: value });
            Some(Range { low: low.min(value), high: high.max(value) })
        })
    }

    /// The values between which `share` of the values lie, as many of the others below as above; `None` if
    /// none of them is a finite number.
    #[must_use]
    pub fn middle(values: impl IntoIterator<Item = f64>, share: f64) -> Option<Range> {
        let mut finite: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        finite.sort_by(f64::total_cmp);
        let last = finite.len().checked_sub(1)?;
        let at = |share: f64| finite[((last as f64 * share).round() as usize).min(last)];
        Some(Range { low: at((1.0 - share) / 2.0), high: at(f64::midpoint(1.0, share)) })
    }

    /// The number of the colour of a value, from 1; 0 for NaN.
    #[must_use]
    pub fn level(self, value: f64) -> u8 {
        if value.is_nan() {
            return 0;
        }
        let most = (LEVELS - 2) as f64;
        let width = self.high - self.low;
        let share = if width > 0.0 { ((value - self.low) / width).clamp(0.0, 1.0) } else { 0.0 };
        // Infinite values make no number of it.
        let share = if share.is_nan() { f64::from(u8::from(value >= self.high)) } else { share };
        1 + (share * most).round() as u8
    }
}

/// Shades from black to white; no value is clear.
#[must_use]
pub fn grey() -> [[u8; 4]; LEVELS] {
    std::array::from_fn(|level| match share(level) {
        None => [0; 4],
        Some(share) => {
            let shade = (share * 255.0).round() as u8;
            [shade, shade, shade, 255]
        }
    })
}

/// Places on the scale of heatmaps, and their red, green and blue.
const SCALE: [(f64, [f64; 3]); 5] = [
    (0.0, [16.0, 10.0, 36.0]),
    (0.25, [84.0, 24.0, 110.0]),
    (0.5, [186.0, 52.0, 84.0]),
    (0.75, [243.0, 130.0, 36.0]),
    (1.0, [252.0, 240.0, 160.0]),
];

/// The colours of a heatmap; with `over`, those that lie over an image, which are the clearer the lower they
/// are.
#[must_use]
pub fn heat(over: bool) -> [[u8; 4]; LEVELS] {
    std::array::from_fn(|level| match share(level) {
        None => [0; 4],
        Some(share) => {
            let [r, g, b] = between(share);
            let opacity = if over { (share * 190.0).round() as u8 } else { 255 };
            [r, g, b, opacity]
        }
    })
}

/// How far up the scale a level is; `None` for no value.
fn share(level: usize) -> Option<f64> {
    level.checked_sub(1).map(|above| above as f64 / (LEVELS - 2) as f64)
}

fn between(share: f64) -> [u8; 3] {
    let above = SCALE.iter().position(|(place, _)| *place >= share).unwrap_or(SCALE.len() - 1).max(1);
    let ((low, from), (high, to)) = (SCALE[above - 1], SCALE[above]);
    let part = (share - low) / (high - low);
    std::array::from_fn(|channel| (from[channel] + (to[channel] - from[channel]) * part).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_by_hand() {
        let range = Range { low: 1.0, high: 3.0 };
        // 62 steps: 2 is in the middle, 1.1 is 3.1 steps up.
        let found = [0.0, 1.0, 1.1, 2.0, 3.0, 9.0, f64::INFINITY, f64::NAN].map(|value| range.level(value));
        assert_eq!(found, [1, 1, 4, 32, 63, 63, 63, 0]);
        assert_eq!(Range { low: 2.0, high: 2.0 }.level(2.0), 1);
    }

    #[test]
    fn ranges_by_hand() {
        let values = [3.0, f64::NAN, -1.0, f64::INFINITY, 2.0];
        assert_eq!(Range::of(&values), Some(Range { low: -1.0, high: 3.0 }));
        assert_eq!(Range::of(&[f64::NAN]), None);
        let hundred = (0..=100).map(f64::from);
        assert_eq!(Range::middle(hundred, 0.98), Some(Range { low: 1.0, high: 99.0 }));
    }

    #[test]
    fn the_scale_rises_in_lightness() {
        let lightness = |[r, g, b, _]: [u8; 4]| 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
        for palette in [heat(false), grey()] {
            assert!(palette.windows(2).skip(1).all(|two| lightness(two[0]) < lightness(two[1])));
            assert_eq!((palette[0], palette[1][3]), ([0; 4], 255));
        }
        assert_eq!((heat(true)[1][3], heat(true)[LEVELS - 1]), (0, [252, 240, 160, 190]));
        assert_eq!(heat(false)[1 + 31], [186, 52, 84, 255]);
    }
}
