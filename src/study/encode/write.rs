//! The values of all maps, in the order of an array.

use super::super::random::mix;
use super::bump::Bump;
use super::{Arranged, Drawing, EncodeError};
use crate::geometry::Hwd;
use crate::points::Point;
use std::io::{self, Write};

/// Normal noise of one standard deviation, the same for every voxel of a landmark's map whatever the order
/// in which it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Standard deviation, in values of the heatmap.
    pub sigma: f64,
    /// Another seed, other noise.
    pub seed: u64,
}

impl Noise {
    /// The noise of the voxel with that index, of a map with that number.
    ///
    /// Two numbers of 53 bits from a mixed counter ([`mix`]), and of them a normal one (Box and Muller 1958,
    /// doi:10.1214/aoms/1177706645).
    fn at(self, map: u64, voxel: u64) -> f64 {
        let of_map = mix(self.seed ^ mix(map.wrapping_add(1)));
        let counter = of_map.wrapping_add(voxel.wrapping_mul(2));
        let unit = |counter: u64| ((mix(counter) >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0;
        let (radius, turn) = (unit(counter), unit(counter.wrapping_add(1)));
        let length = (-2.0 * libm::log(radius)).sqrt();
        self.sigma * length * libm::cos(std::f64::consts::TAU * turn)
    }
}

/// The maps of all landmarks, ready to be written.
pub struct Drawn {
    /// By sample and channel; `None` where a landmark is missing.
    bumps: Vec<Vec<Option<Bump>>>,
    drawing: Drawing,
}

/// Prepares the maps of all landmarks.
///
/// # Errors
/// [`EncodeError`] about a landmark.
pub fn draw(arranged: &Arranged, drawing: &Drawing) -> Result<Drawn, EncodeError> {
    let bump = |map: &Option<Point>| map.as_ref().map(|point| Bump::new(point, drawing)).transpose();
    let sample = |maps: &Vec<Option<Point>>| maps.iter().map(bump).collect();
    let bumps = arranged.samples.iter().map(sample).collect::<Result<_, EncodeError>>()?;
    Ok(Drawn { bumps, drawing: *drawing })
}

impl Drawn {
    /// Writes the values of all maps. `axes` are those of the array from the outermost to the innermost: 0
    /// for samples, 1 for channels, 2 to 4 for h, w, d; an axis that is left out must have length 1.
    ///
    /// # Errors
    /// What the writer returns.
    pub fn write(&self, out: &mut dyn Write, axes: &[usize]) -> io::Result<()> {
        let Hwd([h, w, d]) = self.drawing.lengths;
        let lengths = [self.bumps.len(), self.bumps.first().map_or(0, Vec::len), h, w, d];
        let (mut at, mut bytes) = ([0; 5], Vec::new());
        let Some((&inner, outer)) = axes.split_last() else { return Ok(()) };
        loop {
            bytes.clear();
            for i in 0..lengths[inner] {
                at[inner] = i;
                self.drawing.stored.put(self.value(at, lengths), &mut bytes);
            }
            out.write_all(&bytes)?;
            at[inner] = 0;
            // The next place of the outer axes, the innermost of them first.
            let next = outer.iter().rposition(|&axis| at[axis] + 1 < lengths[axis]);
            let Some(place) = next else { return Ok(()) };
            at[outer[place]] += 1;
            outer[place + 1..].iter().for_each(|&axis| at[axis] = 0);
        }
    }

    fn value(&self, [n, c, h, w, d]: [usize; 5], lengths: [usize; 5]) -> f64 {
        let value = self.bumps[n][c].as_ref().map_or(0.0, |bump| bump.at([h, w, d]));
        let Some(noise) = self.drawing.noise else { return value };
        let voxel = (h * lengths[3] + w) * lengths[4] + d;
        value + noise.at((n * lengths[1] + c) as u64, voxel as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Sigma, Stored, Truncation, arrange};
    use super::*;
    use crate::geometry::Voxel;
    use crate::points::PointSet;

    fn two() -> Arranged {
        let mut set = PointSet::default();
        for (c, voxel) in [(0, [0.0, 1.0, 2.0]), (1, [1.5, 0.5, 0.0])] {
            set.points.push(Point { c: Some(c), voxel: Some(Voxel(voxel)), ..Point::default() });
        }
        arrange(&[set]).unwrap()
    }

    fn written(axes: &[usize], noise: Option<Noise>) -> Vec<f32> {
        let drawing = Drawing {
            lengths: Hwd([3, 2, 4]),
            affine: None,
            sigma: Sigma::Voxels(Hwd([1.0; 3])),
            amplitude: 1.0,
            is_sum: false,
            truncation: Truncation(None),
            noise,
            stored: Stored::F32,
        };
        let mut bytes = Vec::new();
        draw(&two(), &drawing).unwrap().write(&mut bytes, axes).unwrap();
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
    }

    /// The same value at the same (c, h, w, d), whatever the order; with noise too.
    #[test]
    fn every_order_has_the_same_values() {
        for noise in [None, Some(Noise { sigma: 0.5, seed: 3 })] {
            let plain = written(&[0, 1, 2, 3, 4], noise);
            assert_eq!(plain.len(), 2 * 3 * 2 * 4);
            let turned = written(&[4, 1, 3, 2], noise);
            for (c, h, w, d) in (0..48).map(|i| (i / 24, i / 8 % 3, i / 4 % 2, i % 4)) {
                let found = turned[((d * 2 + c) * 2 + w) * 3 + h];
                assert_eq!(found, plain[((c * 3 + h) * 2 + w) * 4 + d], "{c} {h} {w} {d}");
            }
        }
        let plain = written(&[1, 2, 3, 4], None);
        assert_eq!(plain[6], 1.0);
    }

    /// Mean 0 and variance 1 within 5 standard errors of 200,000 draws; other seeds, other numbers.
    #[test]
    fn noise_is_normal() {
        let noise = Noise { sigma: 1.0, seed: 7 };
        let drawn: Vec<f64> = (0..200_000).map(|voxel| noise.at(0, voxel)).collect();
        let mean = drawn.iter().sum::<f64>() / 2e5;
        let variance = drawn.iter().map(|x| x * x).sum::<f64>() / 2e5;
        let fourth = drawn.iter().map(|x| x * x * x * x).sum::<f64>() / 2e5;
        assert!(mean.abs() < 0.0112 && (variance - 1.0).abs() < 0.0159 && (fourth - 3.0).abs() < 0.11);
        assert_ne!(noise.at(0, 5), noise.at(1, 5));
        assert_ne!(noise.at(0, 5), Noise { seed: 8, ..noise }.at(0, 5));
        // Neighbours, and the same voxel of two maps, are not alike.
        for lag in [1, 2, 3, 64] {
            let products = drawn.iter().zip(&drawn[lag..]).map(|(a, b)| a * b);
            assert!((products.sum::<f64>() / 2e5).abs() < 0.0112, "{lag}");
        }
    }
}
