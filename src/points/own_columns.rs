//! Which column of a table is which, by name.

use super::error::Problem;
use crate::geometry::{Covariance, Frame};
use std::collections::HashMap;

/// Where each column is.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) file: Option<usize>,
    pub(super) n: Option<usize>,
    pub(super) c: Option<usize>,
    pub(super) peak: Option<usize>,
    pub(super) label: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) flags: Option<usize>,
    pub(super) reason: Option<usize>,
    pub(super) voxel: Option<[usize; 3]>,
    pub(super) world: Option<([usize; 3], Frame)>,
    pub(super) error95_voxel: Option<usize>,
    pub(super) error95_mm: Option<usize>,
    pub(super) covariance_voxel2: Option<[usize; 6]>,
    pub(super) covariance_mm2: Option<([usize; 6], Frame)>,
    /// Columns of other names, which are kept.
    pub(super) extra: Vec<(usize, String)>,
}

/// Columns of ours that say nothing about where a landmark is: they are left out.
const OTHERS: [&str; 7] = [
    "peak_value",
    "distance_voxel",
    "distance_mm",
    "peak_ratio",
    "entropy",
    "peak_probability",
    "log_normalizer",
];

/// What the names of further columns of ours begin with.
const PREFIXES: [&str; 6] = ["hard_", "std_", "cov_", "se_", "fit_", "region_"];

impl Columns {
    /// Finds the columns of a header.
    ///
    /// # Errors
    /// A column that stands twice, no id, no whole triple of coordinates, or millimetres in two frames.
    pub(super) fn of(names: &[String]) -> Result<Columns, Problem> {
        let mut places = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            if !name.is_empty() && places.insert(name.as_str(), at).is_some() {
                return Err(Problem::DoubledColumn { column: name.clone() });
            }
        }
        let at = |name: &str| places.get(name).copied();
        let columns = Columns {
            file: at("file"),
            n: at("n"),
            c: at("c"),
            peak: at("peak"),
            label: at("label"),
            status: at("status"),
            flags: at("flags"),
            reason: at("reason"),
            voxel: all(&["h_voxel", "w_voxel", "d_voxel"], &at),
            world: in_frame(&at, |frame| ["x", "y", "z"].map(|axis| format!("{axis}_mm{}", frame.suffix())))?,
            error95_voxel: at("error95_voxel"),
            error95_mm: at("error95_mm"),
            covariance_voxel2: all(&covariance_names(["h", "w", "d"], "voxel2"), &at),
            covariance_mm2: in_frame(&at, |frame| {
                covariance_names(["x", "y", "z"], &format!("mm2{}", frame.suffix()))
            })?,
            extra: names.iter().enumerate().filter(|(_, name)| is_extra(name)).map(owned).collect(),
        };
        columns.check(names)?;
        Ok(columns)
    }

    fn check(&self, names: &[String]) -> Result<(), Problem> {
        let found = || format!("the columns {}", names.join(", "));
        if self.voxel.is_none() && self.world.is_none() {
            let expected = "columns h_voxel, w_voxel, d_voxel or x_mm, y_mm, z_mm (RAS) or x_mm_lps, \
                            y_mm_lps, z_mm_lps";
            return Err(Problem::Unexpected { expected: expected.to_owned(), found: found() });
        }
        if self.label.is_none() && (self.n.is_none() || self.c.is_none()) {
            let expected = "a column label, or columns n and c".to_owned();
            return Err(Problem::Unexpected { expected, found: found() });
        }
        Ok(())
    }

    /// The frame of the millimetres.
    pub(super) fn world_frame(&self) -> Option<Frame> {
        self.world.map(|(_, frame)| frame)
    }

    /// The names of the columns that are kept as they are.
    pub(super) fn extra_names(&self) -> Vec<String> {
        self.extra.iter().map(|(_, name)| name.clone()).collect()
    }
}

fn owned((at, name): (usize, &String)) -> (usize, String) {
    (at, name.clone())
}

fn covariance_names(axes: [&str; 3], unit: &str) -> [String; 6] {
    Covariance::names(axes).map(|name| format!("se_cov_{name}_{unit}"))
}

/// The places of columns that count only together.
fn all<const K: usize, S: AsRef<str>>(
    names: &[S; K],
    at: &impl Fn(&str) -> Option<usize>,
) -> Option<[usize; K]> {
    let mut places = [0; K];
    for (place, name) in places.iter_mut().zip(names) {
        *place = at(name.as_ref())?;
    }
    Some(places)
}

/// The places of columns whose names say their frame.
fn in_frame<const K: usize>(
    at: &impl Fn(&str) -> Option<usize>,
    names: impl Fn(Frame) -> [String; K],
) -> Result<Option<([usize; K], Frame)>, Problem> {
    let [ras, lps] = [Frame::Ras, Frame::Lps].map(|frame| all(&names(frame), at).zip(Some(frame)));
    match (ras, lps) {
        (Some(_), Some(_)) => Err(Problem::Unexpected {
            expected: format!("`{}` or `{}`", names(Frame::Ras)[0], names(Frame::Lps)[0]),
            found: "both".to_owned(),
        }),
        (ras, lps) => Ok(ras.or(lps)),
    }
}

/// Whether a column is none of ours.
fn is_extra(name: &str) -> bool {
    let known = ["", "file", "n", "c", "peak", "label", "status", "flags", "reason", "window_mass"];
    let is_coordinate = ["_norm", "_voxel", "_mm", "_mm_lps"]
        .iter()
        .any(|end| name.strip_suffix(end).is_some_and(|axis| axis.len() == 1 && "hwdxyz".contains(axis)));
    let is_ours = known.contains(&name) || OTHERS.contains(&name) || name.starts_with("error95_");
    !(is_coordinate || is_ours || PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}
