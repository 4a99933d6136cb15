//! Local maxima plane by plane: the sweep.

use super::Candidate;

/// Local maxima from the planes of a heatmap along its outermost memory axis.
///
/// It keeps two planes. Where the outermost axes have length 1, planes are rows or single voxels.
///
/// Most voxels have a higher neighbour among those that are seen with them: in their own plane, or in the one before.
/// That takes a few comparisons, and only the others, the tops, are connected to parts.
pub struct Maxima<T> {
    /// Lengths of the memory axes, those of length 1 at the start moved to the end.
    lengths: [usize; 3],
    /// Steps of the logical index along them.
    steps: [u64; 3],
    /// Voxels below it are no maxima and are not looked at.
    floor: T,
    planes: u64,
    before: Plane<T>,
    now: Plane<T>,
    parts: Parts<T>,
}

/// A plane of voxels.
struct Plane<T> {
    /// Heights; the floor where that is higher.
    heights: Vec<T>,
    /// The highest of the 3 × 3 voxels about each one.
    highest: Vec<T>,
    /// The highest of the three along a row: on the way to `highest`.
    along: Vec<T>,
    places: Vec<Place>,
    /// The row and column of each top.
    tops: Vec<[usize; 2]>,
}

/// What a voxel is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Below the floor: as if it were not there.
    Absent,
    /// A neighbour exceeds it.
    Low,
    /// No neighbour exceeded it when it was entered; the part that it belongs to.
    Top(usize),
}

impl<T: Copy + PartialOrd> Plane<T> {
    fn new() -> Plane<T> {
        Plane {
            heights: Vec::new(),
            highest: Vec::new(),
            along: Vec::new(),
            places: Vec::new(),
            tops: Vec::new(),
        }
    }

    /// Takes in the heights of a plane; no voxel is a top yet.
    fn fill(&mut self, heights: &[T], floor: T, columns: usize) {
        self.clear();
        self.heights.extend(heights.iter().map(|&height| if height >= floor { height } else { floor }));
        let place = |&height: &T| if height >= floor { Place::Low } else { Place::Absent };
        self.places.extend(heights.iter().map(place));
        for row in self.heights.chunks_exact(columns) {
            let ends = (row.first().zip(row.get(1)), row.get(columns.wrapping_sub(2)).zip(row.last()));
            let (Some((&first, &second)), Some((&last_but_one, &last))) = ends else {
                self.along.extend_from_slice(row);
                continue;
            };
            self.along.push(higher(first, second));
            self.along.extend(row.windows(3).map(|three| higher(higher(three[0], three[1]), three[2])));
            self.along.push(higher(last_but_one, last));
        }
        let rows = self.along.len() / columns;
        let row = |row: usize| &self.along[row * columns..][..columns];
        for middle in 0..rows {
            let (above, below) = (row(middle.saturating_sub(1)), row((middle + 1).min(rows - 1)));
            let three = above.iter().zip(row(middle)).zip(below);
            self.highest.extend(three.map(|((&a, &b), &c)| higher(higher(a, b), c)));
        }
    }

    fn clear(&mut self) {
        self.heights.clear();
        self.highest.clear();
        self.along.clear();
        self.places.clear();
        self.tops.clear();
    }

    /// The part of a voxel that is a top.
    fn part(&self, index: usize) -> Option<usize> {
        match self.places.get(index) {
            Some(&Place::Top(part)) => Some(part),
            _ => None,
        }
    }

    /// Whether one of the 3 × 3 voxels about a place is as high as `height`, and a neighbour exceeds it.
    fn has_low(&self, near: impl Iterator<Item = usize>, height: T) -> bool {
        near.into_iter().any(|index| self.places[index] == Place::Low && self.heights[index] == height)
    }
}

/// The higher of two heights.
fn higher<T: PartialOrd>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// The 3 × 3 voxels about one, as far as the plane reaches.
fn near([row, column]: [usize; 2], [_, rows, columns]: [usize; 3]) -> impl Iterator<Item = usize> {
    let (from, to) = (column.saturating_sub(1), (column + 2).min(columns));
    (row.saturating_sub(1)..(row + 2).min(rows)).flat_map(move |row| row * columns + from..row * columns + to)
}

impl<T: Copy + PartialOrd> Maxima<T> {
    /// For a heatmap with memory axes of `lengths`, outermost first, along which the logical index grows by
    /// `steps`. Voxels below `floor`, and those that cannot be compared with it, are as if they were not there.
    #[must_use]
    pub fn new(mut lengths: [usize; 3], mut steps: [u64; 3], floor: T) -> Maxima<T> {
        for _ in 0..2 {
            if lengths[0] == 1 {
                lengths.rotate_left(1);
                steps.rotate_left(1);
            }
        }
        let (before, now, parts) = (Plane::new(), Plane::new(), Parts(Vec::new()));
        Maxima { lengths, steps, floor, planes: 0, before, now, parts }
    }

    /// Voxels of a plane, and how many planes there are.
    #[must_use]
    pub fn plane_length(&self) -> (usize, usize) {
        let [planes, rows, columns] = self.lengths;
        (rows * columns, planes)
    }

    /// Takes in the plane that follows, in the order of memory; maxima that end before it go to `take`.
    pub fn plane(&mut self, heights: &[T], take: &mut dyn FnMut(Candidate<T>)) {
        self.now.fill(heights, self.floor, self.lengths[2].max(1));
        self.find_tops();
        self.look_back();
        self.connect();
        self.close(take);
        std::mem::swap(&mut self.before, &mut self.now);
        self.planes += 1;
    }

    /// After the last plane.
    pub fn end(mut self, take: &mut dyn FnMut(Candidate<T>)) {
        self.now.clear();
        self.close(take);
    }

    /// Makes tops of the voxels of this plane that no neighbour in it or in the one before exceeds. Equal ones side by
    /// side in a row are one part.
    fn find_tops(&mut self) {
        let (now, columns) = (&mut self.now, self.lengths[2].max(1));
        for (row, heights) in now.heights.chunks_exact(columns).enumerate() {
            let start = row * columns;
            let before = self.before.highest.get(start..start + columns).unwrap_or_default();
            let highest = &now.highest[start..start + columns];
            for (column, (&height, &highest)) in heights.iter().zip(highest).enumerate() {
                let is_top = height >= highest && before.get(column).is_none_or(|&before| height >= before);
                if !is_top || now.places[start + column] == Place::Absent {
                    continue;
                }
                let left = column.checked_sub(1).filter(|&left| heights[left] == height);
                let joined = left.and_then(|left| match now.places[start + left] {
                    Place::Top(part) => Some(part),
                    _ => None,
                });
                let part = joined.unwrap_or_else(|| {
                    let key = self.planes * self.steps[0]
                        + row as u64 * self.steps[1]
                        + column as u64 * self.steps[2];
                    self.parts.add(height, key)
                });
                now.places[start + column] = Place::Top(part);
                now.tops.push([row, column]);
            }
        }
    }

    /// Finds tops of the plane before that a voxel of this one exceeds, or that touch an equal one that is low.
    fn look_back(&mut self) {
        let (before, now) = (&self.before, &self.now);
        for &top in before.tops.iter().filter(|_| !now.heights.is_empty()) {
            let index = top[0] * self.lengths[2] + top[1];
            let (height, highest) = (before.heights[index], now.highest[index]);
            let is_low =
                highest > height || (highest >= height && now.has_low(near(top, self.lengths), height));
            if let Some(part) = before.part(index).filter(|_| is_low) {
                self.parts.lower(part);
            }
        }
    }

    /// Connects the tops of this plane with those that are equal and touch them, here and in the plane before.
    fn connect(&mut self) {
        let (before, now) = (&self.before, &mut self.now);
        for &top in &now.tops {
            let index = top[0] * self.lengths[2] + top[1];
            let (Some(part), height) = (now.part(index), now.heights[index]) else { continue };
            let mut own = self.parts.root(part);
            if now.has_low(near(top, self.lengths), height) {
                self.parts.lower(own);
            }
            let equal =
                |plane: &Plane<T>, other: usize| plane.part(other).filter(|_| plane.heights[other] == height);
            for other in near(top, self.lengths).take_while(|&other| other < index) {
                if let Some(part) = equal(now, other) {
                    own = self.parts.join(own, part);
                }
            }
            // Whatever is there is not higher: it would not be a top.
            if before.highest.get(index).is_some_and(|&highest| highest >= height) {
                if before.has_low(near(top, self.lengths), height) {
                    self.parts.lower(own);
                }
                for other in near(top, self.lengths) {
                    if let Some(part) = equal(before, other) {
                        own = self.parts.join(own, part);
                    }
                }
            }
            now.places[index] = Place::Top(own);
        }
    }

    /// Hands on the maxima that do not reach into this plane, and forgets all parts that do not.
    fn close(&mut self, take: &mut dyn FnMut(Candidate<T>)) {
        let mut kept = Vec::new();
        for &[row, column] in &self.now.tops {
            let index = row * self.lengths[2] + column;
            let Some(part) = self.now.part(index) else { continue };
            let root = self.parts.root(part);
            let next = self.parts.0[root].next.unwrap_or_else(|| {
                kept.push(root);
                kept.len() - 1
            });
            self.parts.0[root].next = Some(next);
            self.now.places[index] = Place::Top(next);
        }
        for (index, part) in self.parts.0.iter().enumerate() {
            if part.parent == index && part.next.is_none() && part.is_top {
                take(Candidate { height: part.height, key: part.key });
            }
        }
        let renumbered =
            |(number, root): (usize, usize)| Part { parent: number, next: None, ..self.parts.0[root] };
        self.parts = Parts(kept.into_iter().enumerate().map(renumbered).collect());
    }
}

/// The parts of two planes.
struct Parts<T>(Vec<Part<T>>);

/// A connected set of equal voxels, as far as it is known.
#[derive(Clone, Copy)]
struct Part<T> {
    height: T,
    /// The part it has been joined to; itself for none.
    parent: usize,
    /// Its first voxel in logical order.
    key: u64,
    /// Whether no neighbour exceeds it.
    is_top: bool,
    /// Its number in the next plane, where it reaches there.
    next: Option<usize>,
}

impl<T> Parts<T> {
    /// A part of one voxel.
    fn add(&mut self, height: T, key: u64) -> usize {
        let parent = self.0.len();
        self.0.push(Part { height, parent, key, is_top: true, next: None });
        parent
    }

    fn root(&mut self, mut part: usize) -> usize {
        while self.0[part].parent != part {
            // Halves the way for those who come after.
            self.0[part].parent = self.0[self.0[part].parent].parent;
            part = self.0[part].parent;
        }
        part
    }

    /// A neighbour exceeds a part.
    fn lower(&mut self, part: usize) {
        let root = self.root(part);
        self.0[root].is_top = false;
    }

    /// Makes one of two parts, and gives it.
    fn join(&mut self, own: usize, other: usize) -> usize {
        if own == other {
            return own;
        }
        let (own, other) = (self.root(own), self.root(other));
        if own != other {
            let (key, is_top) = (self.0[own].key, self.0[own].is_top);
            let root = &mut self.0[other];
            root.key = root.key.min(key);
            root.is_top &= is_top;
            self.0[own].parent = other;
        }
        other
    }
}
