//! Where the peak is by what lies about it: the local reference that every answer is compared with.
//!
//! A blurred Newton step costs little and is right to a tenth of a voxel on peaks of any scale and sign,
//! because the background is taken off first. It fails where a border or a mask cuts the blur: a
//! quadratic, fitted to the upper part of the peak by weighted least squares, is not drawn by what is
//! missing on one side.

use super::extent::Extent;
use super::samples::distance;
use super::view::View;
use crate::kernel::methods::solve::solve;
use crate::kernel::revisit::reader::HeatmapReader;

/// The least and the largest width of the blur.
const BLUR: [f64; 2] = [1.0, 4.0];
/// Where the blur is cut, in widths.
const BLUR_CUT: f64 = 2.5;
/// How often a step is repeated from the voxel that it leads to.
const AGAIN: usize = 2;
/// The quadratic is fitted to voxels above this share of the height,
const HEIGHT: f64 = 0.3;
/// and within so many widths.
const BALL: f64 = 1.5;
/// So many columns are summed side by side, in registers.
const COLUMNS: usize = 8;
/// A ball of the largest width reaches so far.
const LAYERS: usize = 18;
/// A peak so many voxels beyond the outermost voxel centres is cut by the border.
const BEYOND: f64 = 0.5;
/// And so is one that is so many voxels beyond by its two outermost layers,
const BEYOND_BY_LAYERS: f64 = 0.2;
/// if it is no wider.
const NARROW: f64 = 3.5;
/// How many numbers a quadratic in three dimensions has.
const NUMBERS: usize = 10;

/// What is known of the peak before it is located.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The middle of its plateau.
    pub(super) middle: [f64; 3],
    /// The value about which it stands.
    pub(super) background: f64,
    /// Its largest value.
    pub(super) top: f64,
    /// Its width, as a standard deviation in voxels.
    pub(super) sigma: f64,
}

/// Where the peak is by what lies about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference {
    /// Coordinates (h, w, d), within the outermost voxel centres.
    pub(super) place: [f64; 3],
    /// Whether a border or a mask cuts what it is judged by.
    pub(super) is_cut: bool,
    /// Whether it lies beyond them, by more than half a voxel.
    pub(super) is_beyond: bool,
}

/// The voxel nearest to a place, of two the even one.
pub(super) fn nearest(place: [f64; 3]) -> [usize; 3] {
    place.map(|x| x.round_ties_even().max(0.0) as usize)
}

/// Where the peak is.
///
/// # Errors
/// Those of the reader.
pub(super) fn local_reference<R: HeatmapReader>(
    view: &mut View<'_, R>,
    shape: &Shape,
) -> Result<Reference, R::Error> {
    let mut start = nearest(shape.middle);
    let mut found = Reference { place: shape.middle, is_cut: false, is_beyond: false };
    if shape.top <= shape.background {
        return Ok(found);
    }
    for _ in 0..=AGAIN {
        let step;
        (step, found.is_cut) = blurred_step(view, start, shape)?;
        let quadratic = if found.is_cut { quadratic_step(view, start, shape)? } else { None };
        let step = match (quadratic, step) {
            (None, step) => step,
            // An axis that takes no part has the blurred step, or none.
            (Some(parts), step) => Some(std::array::from_fn(|axis| {
                parts[axis].unwrap_or(step.map_or(0.0, |step: [f64; 3]| step[axis]))
            })),
        };
        let Some(step) = step else { return Ok(Reference { place: shape.middle, ..found }) };
        let most = shape.sigma.max(1.0);
        let last = view.volume.map(|n| n as f64 - 1.0);
        let place: [f64; 3] = std::array::from_fn(|axis| start[axis] as f64 + step[axis].clamp(-most, most));
        found.is_beyond = (0..3).any(|axis| place[axis] < -BEYOND || place[axis] > last[axis] + BEYOND);
        found.place = std::array::from_fn(|axis| place[axis].clamp(0.0, last[axis]));
        let next = nearest(found.place);
        view.need(&Extent { start: next, lengths: [1; 3] })?;
        if next == start || view.at(next) == f64::NEG_INFINITY {
            break;
        }
        start = next;
    }
    found.is_beyond |= shape.sigma <= NARROW && is_beyond_by_layers(view, nearest(found.place), shape)?;
    Ok(found)
}

/// Whether the centre of a peak at an outermost voxel lies beyond it, by the two outermost layers.
///
/// A narrow peak leaves too few of them for a quadratic. For a Gaussian of width σ̂ whose centre is δ beyond,
/// the layers' sums over the same voxels, m₀ and m₁, have δ = σ̂² ln(m₀/m₁) − ½.
fn is_beyond_by_layers<R: HeatmapReader>(
    view: &mut View<'_, R>,
    start: [usize; 3],
    shape: &Shape,
) -> Result<bool, R::Error> {
    let ball = shape.sigma.max(1.0);
    for axis in 0..3 {
        let last = view.volume[axis].saturating_sub(1);
        if last < 2 || !(start[axis] == 0 || start[axis] == last) {
            continue;
        }
        let mut reach = [libm::floor(ball) as usize; 3];
        reach[axis] = 1;
        let extent = Extent::about(start, reach, view.volume);
        view.need(&extent)?;
        let mut outer = extent;
        (outer.start[axis], outer.lengths[axis]) = (start[axis], 1);
        let mut sums = [0.0; 2];
        for voxel in outer.voxels() {
            let mut behind = voxel;
            behind[axis] = if start[axis] == 0 { 1 } else { last - 1 };
            let values = [view.at(voxel), view.at(behind)];
            let is_there = values.iter().all(|&value| value > f64::NEG_INFINITY);
            if is_there && distance(voxel.map(|i| i as f64), start.map(|i| i as f64)) <= ball {
                sums = std::array::from_fn(|layer| sums[layer] + (values[layer] - shape.background));
            }
        }
        let [outer, inner] = sums;
        let away = |ratio: f64| shape.sigma * shape.sigma * libm::log(ratio) - 0.5;
        if outer > 0.0 && inner > 0.0 && away(outer / inner) > BEYOND_BY_LAYERS {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A Newton step on the logarithms of the map less its background, blurred by a Gaussian of the peak's width;
/// and whether a border or a masked voxel cuts its box. A masked voxel takes the one opposite with it.
fn blurred_step<R: HeatmapReader>(
    view: &mut View<'_, R>,
    start: [usize; 3],
    shape: &Shape,
) -> Result<(Option<[f64; 3]>, bool), R::Error> {
    let sigma = shape.sigma.clamp(BLUR[0], BLUR[1]);
    let wanted = libm::ceil(BLUR_CUT * sigma) as usize;
    let volume = view.volume;
    let takes_part: [bool; 3] = std::array::from_fn(|axis| start[axis] > 0 && start[axis] + 1 < volume[axis]);
    let reach: [usize; 3] = std::array::from_fn(|axis| {
        let room = start[axis].min(volume[axis] - 1 - start[axis]);
        if takes_part[axis] { wanted.min(room - 1) } else { 0 }
    });
    let side: [usize; 3] = std::array::from_fn(|axis| if takes_part[axis] { reach[axis] + 1 } else { 0 });
    let is_short = (0..3).any(|axis| volume[axis] > 1 && reach[axis] < wanted);
    let extent = Extent::about(start, side, volume);
    view.need(&extent)?;
    let mut values = Vec::with_capacity(extent.len());
    view.runs(extent).for_each(|row| values.extend(row.iter().map(|value| value - shape.background)));
    let is_masked = values.contains(&f64::NEG_INFINITY);
    let weights: Vec<f64> =
        (0..=wanted).map(|i| libm::exp(-0.5 * (i as f64 / sigma) * (i as f64 / sigma))).collect();
    let blur = Blur { weights: &weights, reach, side };
    let blurred = if is_masked {
        let masses = masses(&mut values);
        let (sums, masses) = (blur.three(&values), blur.three(&masses));
        sums.iter().zip(&masses).map(|(sum, mass)| if *mass > 0.0 { sum / mass } else { f64::NAN }).collect()
    } else {
        blur.three(&values)
    };
    Ok((apex(&blurred, takes_part), is_short || is_masked))
}

/// 1 for each voxel that is there with its opposite, otherwise 0; the values of the others become 0.
fn masses(values: &mut [f64]) -> Vec<f64> {
    let n = values.len();
    let is_there = |i: usize| values[i] > f64::NEG_INFINITY && values[n - 1 - i] > f64::NEG_INFINITY;
    let masses: Vec<f64> = (0..n).map(|i| if is_there(i) { 1.0 } else { 0.0 }).collect();
    for (value, mass) in values.iter_mut().zip(&masses) {
        if *mass == 0.0 {
            *value = 0.0;
        }
    }
    masses
}

/// A separable blur of a box to the voxels next to its middle.
struct Blur<'a> {
    weights: &'a [f64],
    reach: [usize; 3],
    /// How far the box extends: one voxel further than the blur along the axes that take part.
    side: [usize; 3],
}

impl Blur<'_> {
    /// Weighted sums about the middle and its neighbours: three along each axis that takes part, one along
    /// the others, in (h, w, d) order. If nothing is masked all have the same weights, so that they need
    /// not be divided by them.
    fn three(&self, values: &[f64]) -> Vec<f64> {
        let [_, w, d] = self.side.map(|side| 2 * side + 1);
        // The outermost axis first: its sums run along whole planes.
        let along_h = self.contract(values, w * d, 0);
        let along_w = self.contract(&along_h, d, 1);
        self.contract(&along_w, 1, 2)
    }

    /// Sums along one axis, along which neighbours are `inner` numbers apart.
    fn contract(&self, values: &[f64], inner: usize, axis: usize) -> Vec<f64> {
        let (reach, side) = (self.reach[axis], self.side[axis]);
        let length = 2 * side + 1;
        let outputs = if side > 0 { 3 } else { 1 };
        let weights: Vec<f64> = (0..=2 * reach).map(|i| self.weights[i.abs_diff(reach)]).collect();
        let mut sums = vec![0.0; values.len() / length * outputs];
        let slabs = values.chunks_exact(length * inner);
        for (slab, sums) in slabs.zip(sums.chunks_exact_mut(outputs * inner)) {
            for (first, sums) in sums.chunks_exact_mut(inner).enumerate() {
                // The voxels within reach of the output: their first is its own number.
                let rows = &slab[first * inner..];
                let mut columns = sums.chunks_exact_mut(COLUMNS);
                let mut column = 0;
                for sums in &mut columns {
                    let mut lanes = [0.0; COLUMNS];
                    for (weight, row) in weights.iter().zip(rows.chunks_exact(inner)) {
                        for (sum, value) in lanes.iter_mut().zip(&row[column..column + COLUMNS]) {
                            *sum += weight * value;
                        }
                    }
                    sums.copy_from_slice(&lanes);
                    column += COLUMNS;
                }
                for (i, sum) in columns.into_remainder().iter_mut().enumerate() {
                    let values = rows[column + i..].iter().step_by(inner);
                    *sum = weights.iter().zip(values).fold(0.0, |sum, (weight, value)| sum + weight * value);
                }
            }
        }
        sums
    }
}

/// The step −H⁻¹g to the apex of the quadratic through the values: of their logarithms, of themselves
/// where one has none. Where there is no maximum, a parabola along each axis, within ½ voxel.
fn apex(values: &[f64], takes_part: [bool; 3]) -> Option<[f64; 3]> {
    let has_logarithms = values.iter().all(|&value| value > 0.0 && value < f64::INFINITY);
    let mut f = values.to_vec();
    if has_logarithms {
        for value in &mut f {
            *value = libm::log(*value);
        }
    }
    if !f.iter().all(|value| value.is_finite()) {
        return None;
    }
    let axes: Vec<usize> = (0..3).filter(|&axis| takes_part[axis]).collect();
    let outputs = takes_part.map(|takes_part| if takes_part { 3_usize } else { 1 });
    let steps = [outputs[1] * outputs[2], outputs[2], 1];
    let centre: usize = axes.iter().map(|&axis| steps[axis]).sum();
    let at = |a: usize, by: isize, b: usize, and: isize| {
        f[centre.wrapping_add_signed(by * steps[a] as isize + and * steps[b] as isize)]
    };
    let (mut gradient, mut curvature) = ([0.0; 3], [[0.0; 3]; 3]);
    for (i, &a) in axes.iter().enumerate() {
        gradient[i] = (at(a, 1, a, 0) - at(a, -1, a, 0)) / 2.0;
        curvature[i][i] = 2.0 * at(a, 0, a, 0) - at(a, 1, a, 0) - at(a, -1, a, 0);
        for (j, &b) in axes.iter().enumerate().take(i) {
            let same = at(a, 1, b, 1) + at(a, -1, b, -1);
            let opposite = at(a, 1, b, -1) + at(a, -1, b, 1);
            curvature[i][j] = (opposite - same) / 4.0;
        }
    }
    let found = solve(axes.len(), curvature, gradient).unwrap_or_else(|| {
        std::array::from_fn(|i| {
            let apex = gradient[i] / curvature[i][i];
            if curvature[i][i] > 0.0 && apex.is_finite() { apex.clamp(-0.5, 0.5) } else { 0.0 }
        })
    });
    let mut step = [0.0; 3];
    for (&axis, by) in axes.iter().zip(found) {
        step[axis] = by;
    }
    Some(step)
}

/// The apex of the quadratic q that fits ln v best, v = (x − b)/(top − b), by least Σ v² (ln v − q)² over the
/// upper part of the peak; `None` where there is none. Axes with fewer than three layers take no part:
/// `None`.
fn quadratic_step<R: HeatmapReader>(
    view: &mut View<'_, R>,
    start: [usize; 3],
    shape: &Shape,
) -> Result<Option<[Option<f64>; 3]>, R::Error> {
    let ball = BALL * shape.sigma.max(1.0);
    let extent = Extent::about(start, [libm::floor(ball) as usize; 3], view.volume);
    view.need(&extent)?;
    let origin = start.map(|i| i as f64);
    let mut near: Vec<([f64; 3], f64)> = Vec::new();
    for voxel in extent.voxels() {
        let place = voxel.map(|i| i as f64);
        let v = (view.at(voxel) - shape.background) / (shape.top - shape.background);
        if v > HEIGHT && distance(place, origin) <= ball {
            near.push((std::array::from_fn(|axis| place[axis] - origin[axis]), v));
        }
    }
    let layers = |axis: usize| {
        let mut seen = [false; 2 * LAYERS + 1];
        for (away, _) in &near {
            if let Some(seen) = seen.get_mut((away[axis] + LAYERS as f64) as usize) {
                *seen = true;
            }
        }
        seen.iter().filter(|&&seen| seen).count()
    };
    let axes: Vec<usize> = (0..3).filter(|&axis| layers(axis) > 2).collect();
    let n = axes.len();
    let count = 1 + n + n * (n + 1) / 2;
    if n == 0 || near.len() < count {
        return Ok(None);
    }
    let (mut matrix, mut right) = ([[0.0; NUMBERS]; NUMBERS], [0.0; NUMBERS]);
    for (away, v) in &near {
        let terms = terms(*away, &axes);
        let weight = v * v;
        let goal = libm::log(*v);
        for i in 0..count {
            right[i] += weight * terms[i] * goal;
            for j in 0..=i {
                matrix[i][j] += weight * terms[i] * terms[j];
            }
        }
    }
    Ok(solve(count, matrix, right).and_then(|found| maximum(&found, &axes)))
}

/// 1, the coordinates along some axes, and their products.
fn terms(away: [f64; 3], axes: &[usize]) -> [f64; NUMBERS] {
    let mut terms = [0.0; NUMBERS];
    terms[0] = 1.0;
    let mut next = 1;
    for &axis in axes {
        terms[next] = away[axis];
        next += 1;
    }
    for (i, &a) in axes.iter().enumerate() {
        for &b in &axes[..=i] {
            terms[next] = away[a] * away[b];
            next += 1;
        }
    }
    terms
}

/// Where a quadratic with these numbers, in the order of [`terms`], is largest.
fn maximum(numbers: &[f64; NUMBERS], axes: &[usize]) -> Option<[Option<f64>; 3]> {
    let n = axes.len();
    let (mut gradient, mut curvature) = ([0.0; 3], [[0.0; 3]; 3]);
    let mut next = 1 + n;
    for i in 0..n {
        gradient[i] = numbers[1 + i];
        for (j, entry) in curvature[i].iter_mut().enumerate().take(i + 1) {
            *entry = if i == j { -2.0 * numbers[next] } else { -numbers[next] };
            next += 1;
        }
    }
    let found = solve(n, curvature, gradient)?;
    let mut step = [None; 3];
    for (&axis, by) in axes.iter().zip(found) {
        step[axis] = Some(by);
    }
    Some(step)
}
