//! A picture of pixels in red, green and blue, on which slices, marks and letters are drawn.

use super::colour::{LEVELS, Range, grey, heat};
use super::font;
use super::plane::{Plane, Spot};

/// Red, green, blue.
pub type Colour = [u8; 3];

/// A picture under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Canvas {
    /// Pixels in a row.
    pub width: usize,
    /// Row by row from the top left.
    pub pixels: Vec<Colour>,
}

/// What of a slice is drawn: its values, row by row, with the values that are the darkest and the lightest;
/// and the image below it in `image_columns` columns.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Where it lies.
    pub plane: &'a Plane,
    /// The values of the heatmap.
    pub heat: (&'a [f64], Range),
    /// Columns, values and range of the image below.
    pub image: Option<(usize, &'a [f64], Range)>,
}

/// A rectangle that a slice is fitted into: its left, its top, its width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame(pub usize, pub usize, pub usize, pub usize);

/// The shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Four strokes that leave the middle free.
    Cross,
    /// A square.
    Square,
    /// A square that stands on a corner.
    Diamond,
}

impl Canvas {
    /// A picture of one colour.
    #[must_use]
    pub fn new(width: usize, height: usize, colour: Colour) -> Canvas {
        Canvas { width, pixels: vec![colour; width * height] }
    }

    /// How many rows there are.
    #[must_use]
    pub fn height(&self) -> usize {
        self.pixels.len().checked_div(self.width).unwrap_or(0)
    }

    /// Colours a pixel; none outside the picture.
    pub fn set(&mut self, x: i64, y: i64, colour: Colour) {
        let inside = |at: i64, length: usize| usize::try_from(at).ok().filter(|&at| at < length);
        if let Some((x, y)) = inside(x, self.width).zip(inside(y, self.height())) {
            self.pixels[y * self.width + x] = colour;
        }
    }

    /// Writes a line of text, whose letters are 5 × 7 pixels times `size`, from its top left.
    pub fn text(&mut self, x: i64, y: i64, size: usize, text: &str, colour: Colour) {
        for (at, letter) in text.chars().enumerate() {
            let left = x + (at * font::ADVANCE * size) as i64;
            for (column, row) in font::pixels(letter) {
                for (dx, dy) in (0..size * size).map(|at| (at % size, at / size)) {
                    let (dx, dy) = ((column * size + dx) as i64, (row * size + dy) as i64);
                    self.set(left + dx, y + dy, colour);
                }
            }
        }
    }

    /// Draws a slice as large as fits into a frame; returns how many pixels a mm is (without an affine a
    /// voxel).
    pub fn slice(&mut self, shown: &Shown, Frame(left, top, width, height): Frame) -> f64 {
        let [across, down] = shown.plane.extent();
        let scale = (width as f64 / across).min(height as f64 / down);
        let (heats, greys) = (heat(shown.image.is_some()), grey());
        let [columns, rows] = [across, down].map(|length| (length * scale).round() as usize);
        for (x, y) in (0..columns * rows).map(|at| (at % columns, at / columns)) {
            let place = [(x as f64 + 0.5) / scale / across, (y as f64 + 0.5) / scale / down];
            let mut colour = [0.0; 3];
            if let Some((columns, values, range)) = shown.image {
                colour = over(colour, greys[at(values, columns, place, range)]);
            }
            let (values, range) = shown.heat;
            colour = over(colour, heats[at(values, shown.plane.columns, place, range)]);
            self.set((left + x) as i64, (top + y) as i64, colour.map(|channel| channel.round() as u8));
        }
        scale
    }

    /// Writes what lies on each side of a slice that was drawn into a frame by this scale.
    pub fn sides(&mut self, plane: &Plane, Frame(left, top, ..): Frame, scale: f64, colour: Colour) {
        let [width, height] = plane.extent().map(|length| (length * scale).round() as i64);
        let (left, top) = (left as i64, top as i64);
        let [to_left, to_right, above, below] = plane.letters;
        let long = |text: &str| (text.chars().count() * font::ADVANCE) as i64;
        let tall = font::HEIGHT as i64;
        let middle = top + (height - tall) / 2;
        self.text(left + 2, middle, 1, to_left, colour);
        self.text(left + width - 1 - long(to_right), middle, 1, to_right, colour);
        self.text(left + (width - long(above)) / 2, top + 2, 1, above, colour);
        self.text(left + (width - long(below)) / 2, top + height - 2 - tall, 1, below, colour);
    }

    /// Draws a mark on a slice that was drawn into a frame by this scale: `size` pixels to each side.
    pub fn mark(
        &mut self,
        (plane, spot): (&Plane, Spot),
        (Frame(left, top, ..), scale): (Frame, f64),
        (shape, size): (Shape, i64),
        colour: Colour,
    ) {
        let place = [(spot.column + 0.5) * plane.sizes[0], (spot.row + 0.5) * plane.sizes[1]];
        if !place.iter().all(|at| at.is_finite()) {
            return;
        }
        let [x, y] = place.map(|at| (at * scale).floor() as i64);
        let (x, y) = (left as i64 + x, top as i64 + y);
        for step in -size..=size {
            let places = match shape {
                Shape::Cross if step.abs() * 3 < size => continue,
                Shape::Cross => [(step, 0), (0, step), (step, 0), (0, step)],
                Shape::Square => [(step, -size), (step, size), (-size, step), (size, step)],
                Shape::Diamond => {
                    let rest = size - step.abs();
                    [(step, rest), (step, -rest), (rest, step), (-rest, step)]
                }
            };
            for (dx, dy) in places {
                self.set(x + dx, y + dy, colour);
            }
        }
    }
}

/// The number of the colour at a place, whose parts are from 0 to 1.
fn at(values: &[f64], columns: usize, [x, y]: [f64; 2], range: Range) -> usize {
    let rows = values.len().checked_div(columns).unwrap_or(0);
    let index = |part: f64, length: usize| ((part * length as f64) as usize).min(length.saturating_sub(1));
    let value = values.get(index(y, rows) * columns + index(x, columns)).copied().unwrap_or(f64::NAN);
    usize::from(range.level(value)).min(LEVELS - 1)
}

/// A colour over another one.
fn over(below: [f64; 3], [r, g, b, opacity]: [u8; 4]) -> [f64; 3] {
    let share = f64::from(opacity) / 255.0;
    let above = [r, g, b].map(f64::from);
    std::array::from_fn(|channel| below[channel] + (above[channel] - below[channel]) * share)
}

#[cfg(test)]
mod tests {
    use super::super::plane::{Convention, Grid, planes};
    use super::*;
    use crate::geometry::{Hwd, Voxel};

    #[test]
    fn a_slice_with_its_marks_by_hand() {
        // 5 × 5 voxels without an affine, two pixels each; the mark lies on row h = 1, column w = 3.
        let grid = Grid { lengths: Hwd([5, 5, 1]), affine: None };
        let planes = planes(&grid, Voxel([2.0, 2.0, 0.0]), 5.0, 5, Convention::Radiological);
        let [plane] = &planes[..] else { panic!("{planes:?}") };
        let values: Vec<f64> = (0..25).map(f64::from).collect();
        let range = Range { low: 0.0, high: 24.0 };
        let shown = Shown { plane, heat: (&values, range), image: None };
        let mut canvas = Canvas::new(12, 10, [9; 3]);
        let frame = Frame(1, 0, 10, 10);
        let scale = canvas.slice(&shown, frame);
        assert_eq!(scale, 2.0);
        let palette = heat(false);
        let of = |value: f64| palette[usize::from(range.level(value))];
        for (x, y, value) in [(1, 0, 0.0), (2, 1, 0.0), (3, 0, 1.0), (10, 9, 24.0), (4, 3, 6.0)] {
            assert_eq!(canvas.pixels[y * 12 + x], of(value)[..3], "{x} {y}");
        }
        assert_eq!((canvas.pixels[0], canvas.pixels[11]), ([9; 3], [9; 3]));
        let spot = plane.spot(Voxel([1.0, 3.0, 0.0])).unwrap();
        canvas.mark((plane, spot), (frame, scale), (Shape::Square, 1), [1, 2, 3]);
        // The middle of the voxel is 3.5 · 2 = 7 pixels from the left of the slice, and 3 from its top.
        let marked: Vec<(usize, usize)> =
            (0..120).filter(|&at| canvas.pixels[at] == [1, 2, 3]).map(|at| (at % 12, at / 12)).collect();
        assert_eq!(marked, [(7, 2), (8, 2), (9, 2), (7, 3), (9, 3), (7, 4), (8, 4), (9, 4)]);
    }

    #[test]
    fn letters_are_where_they_belong() {
        let mut canvas = Canvas::new(14, 9, [0; 3]);
        canvas.text(1, 1, 1, "l.", [7; 3]);
        let rows: Vec<String> = canvas
            .pixels
            .chunks(14)
            .map(|row| row.iter().map(|pixel| if pixel[0] == 7 { '#' } else { '.' }).collect())
            .collect();
        assert_eq!(rows[0], "..............");
        assert_eq!(rows[1], ".#............");
        assert_eq!(rows[7], ".#####..##....");
        assert_eq!(rows[8], "..............");
    }
}
