//! Centroids of VerSe, `_ctd.json`.
//!
//! *Definition*: VerSe (Sekuboyina et al. 2021, doi:10.1016/j.media.2021.102166), `utils/data_utilities.py`:
//! a list whose first entry is `{"direction": ["P", "I", "R"]}`, and then `{"label": 20, "X": …, "Y": …,
//! "Z": …}` for each vertebra: voxels, 0-based, of the image turned so that its axes go in these directions
//! (P: from front to back, as nibabel's codes name them). Files of 2020 called `…iso-ctd.json` have no
//! direction: they are in P, I, R, in voxels of 1 mm. A missing vertebra is left out.
//!
//! VerSe's own script turns an axis of length n round by n − v. That is one voxel off: voxel 0 of n becomes
//! voxel n − 1, as here.

use super::error::{Problem, WriteError};
use super::format::{Content, Format, Holds, ReadOptions, Space, WriteOptions};
use super::json::{Json, object, text, unexpected};
use super::parts::{in_voxels, json_line, number_of};
use super::point::{Grid, Point, PointSet};
use crate::geometry::{Affine, Hwd, Voxel};
use std::io::Write;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    extensions: &["ctd.json"],
    summary: "centroids of VerSe",
    states_frame: true,
    holds: Holds {
        space: Space::Voxel,
        images: false,
        labels: false,
        missing: false,
        doubled: false,
        remarks: false,
        numbers: true,
    },
    sniff: |content| {
        content.unmarked().trim_ascii_start().first() == Some(&b'[')
            && content.is_json_with(&["label", "X", "Y", "Z"])
    },
    read,
    write: Some(write),
    sidecar: None,
};

const NAME: &str = "verse-json";

/// How the turned image lies in the image.
struct Turned {
    /// For each axis of the turned image: which axis of the image it is, and whether it is turned round.
    axes: [(usize, bool); 3],
    /// The length of its voxels along the axis, in voxels of the image.
    steps: [f64; 3],
    lengths: [usize; 3],
}

fn read(content: &Content<'_>, options: &ReadOptions) -> Result<PointSet, Problem> {
    let file = Json::parse(content)?;
    let Json::List(list) = &file else { return Err(unexpected("", "a list", Some(&file))) };
    let why = "its voxels are those of the image turned to its `direction`";
    let grid = options.grid.ok_or(Problem::NoGrid { format: NAME, why })?;
    let direction = list.iter().find_map(|entry| entry.get("direction"));
    let name = content.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let turned = match direction {
        Some(direction) => Turned::new(&codes(direction)?, &grid, false)?,
        None if name.ends_with("iso-ctd.json") => Turned::new(&['P', 'I', 'R'], &grid, true)?,
        None => return Err(unexpected("", "a first entry with `direction`", list.first())),
    };
    let mut set = PointSet::default();
    for (i, entry) in list.iter().enumerate().filter(|(_, entry)| entry.get("direction").is_none()) {
        let place = format!("[{i}]");
        let label = entry.get("label");
        let number = label.and_then(Json::index).or_else(|| label?.text()?.parse().ok());
        let number = number.ok_or_else(|| unexpected(&place, "a whole number `label`", label))?;
        let mut position = [f64::NAN; 3];
        for (x, key) in position.iter_mut().zip(["X", "Y", "Z"]) {
            *x = match entry.get(key) {
                Some(Json::Number(number)) => *number,
                Some(Json::Null) => f64::NAN,
                other => return Err(unexpected(&place, &format!("a number `{key}`"), other)),
            };
        }
        let mut point =
            Point { c: number.checked_sub(1), label: Some(number.to_string()), ..Point::default() };
        point.set_voxel(turned.voxel(position));
        set.points.push(point.settled());
    }
    Ok(set)
}

fn codes(direction: &Json) -> Result<[char; 3], Problem> {
    let expected = || unexpected("direction", "three letters such as [\"P\", \"I\", \"R\"]", Some(direction));
    let Json::List(list) = direction else { return Err(expected()) };
    let letters: Vec<char> =
        list.iter().filter_map(Json::text).filter_map(|text| text.chars().next()).collect();
    <[char; 3]>::try_from(letters).map_err(|_| expected())
}

impl Turned {
    fn new(codes: &[char; 3], grid: &Grid, is_isotropic: bool) -> Result<Turned, Problem> {
        let (own, Hwd(sizes), Hwd(lengths)) =
            (axis_codes(&grid.affine), grid.affine.voxel_sizes(), grid.lengths);
        let (mut axes, mut steps) = ([(0, false); 3], [1.0; 3]);
        for (place, &code) in codes.iter().enumerate() {
            let axis = own.iter().position(|&own| own == code || own == opposite(code));
            let axis = axis.filter(|axis| axes[..place].iter().all(|(other, _)| other != axis));
            let axis = axis.ok_or_else(|| Problem::Unexpected {
                expected: "a direction with one of L and R, one of A and P, one of S and I".to_owned(),
                found: codes.iter().collect(),
            })?;
            axes[place] = (axis, own[axis] != code);
            if is_isotropic {
                steps[place] = 1.0 / sizes[axis];
            }
        }
        Ok(Turned { axes, steps, lengths })
    }

    /// The voxel of the image at a voxel of the turned image.
    fn voxel(&self, position: [f64; 3]) -> Voxel {
        let mut voxel = [0.0; 3];
        for (place, &(axis, is_reversed)) in self.axes.iter().enumerate() {
            let x = position[place] * self.steps[place];
            voxel[axis] = if is_reversed { (self.lengths[axis] as f64 - 1.0) - x } else { x };
        }
        Voxel(voxel)
    }
}

fn opposite(code: char) -> char {
    match code {
        'L' => 'R',
        'R' => 'L',
        'A' => 'P',
        'P' => 'A',
        'S' => 'I',
        _ => 'S',
    }
}

/// The direction in which each voxel axis goes, as nibabel's `aff2axcodes` names it: the world axis to which
/// it is nearest, and that no axis before it has taken.
fn axis_codes(affine: &Affine) -> [char; 3] {
    let Hwd(sizes) = affine.voxel_sizes();
    let mut taken = [false; 3];
    std::array::from_fn(|axis| {
        let along = affine.0.map(|row| row[axis] / sizes[axis]);
        let free = (0..3).filter(|&world| !taken[world]);
        let nearest = free.max_by(|&a, &b| along[a].abs().total_cmp(&along[b].abs())).unwrap_or(0);
        taken[nearest] = true;
        let [plus, minus] = [['R', 'L'], ['A', 'P'], ['S', 'I']][nearest];
        if along[nearest] < 0.0 { minus } else { plus }
    })
}

/// Writes voxels as they are: the direction is that of the image.
fn write(out: &mut dyn Write, set: &PointSet, options: &WriteOptions) -> Result<(), WriteError> {
    let grid = options.grid.ok_or(WriteError::NeedsGrid { format: NAME })?;
    let direction = axis_codes(&grid.affine).map(|code| text(&code.to_string()));
    out.write_all(b"[")?;
    json_line(out, &object([("direction", Json::List(direction.into()))]), options)?;
    for (place, point, [x, y, z]) in in_voxels(set) {
        out.write_all(b",\n")?;
        let number = point.label.as_deref().and_then(|label| label.parse().ok());
        let entry = [
            ("label", Json::Whole(number.unwrap_or_else(|| number_of(point, place)))),
            ("X", Json::Number(x)),
            ("Y", Json::Number(y)),
            ("Z", Json::Number(z)),
        ];
        json_line(out, &object(entry), options)?;
    }
    Ok(out.write_all(b"]\n")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By nibabel 5.3.2, `aff2axcodes`.
    #[test]
    fn codes_are_those_of_nibabel() {
        let codes = |rows: [[f64; 4]; 3]| axis_codes(&Affine(rows)).iter().collect::<String>();
        assert_eq!(codes([[2.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 3.0, 0.0]]), "RAS");
        assert_eq!(codes([[-1.5, 0.0, 0.0, 20.0], [0.0, -1.25, 0.0, 30.5], [0.0, 0.0, 2.0, 0.0]]), "LPS");
        assert_eq!(codes([[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0]]), "PIR");
        assert_eq!(codes([[0.9, 0.3, 0.1, 0.0], [-0.3, 1.2, 0.2, 0.0], [0.0, -0.2, 2.4, 0.0]]), "RAS");
    }

    #[test]
    fn a_turned_image_by_hand() {
        // H to the left in steps of 2 mm, W to the front, D up: LAS, of 10 × 20 × 30 voxels.
        let affine = Affine([[-2.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
        let grid = Grid { affine, lengths: Hwd([10, 20, 30]) };
        let turned = Turned::new(&['P', 'I', 'R'], &grid, false).unwrap();
        // X = 1 from the front is w = 18; Y = 2 from the top is d = 27; Z = 3 from the left is h = 6.
        assert_eq!(turned.voxel([1.0, 2.0, 3.0]), Voxel([6.0, 18.0, 27.0]));
        let isotropic = Turned::new(&['P', 'I', 'R'], &grid, true).unwrap();
        assert_eq!(isotropic.voxel([1.0, 2.0, 3.0]), Voxel([7.5, 18.0, 27.0]));
        assert!(Turned::new(&['P', 'A', 'R'], &grid, false).is_err());
    }
}
