//! The columns by which predictions are matched with the truth.
//!
//! Which columns tell landmarks apart depends on what both files have. They are settled once, from what is
//! there and by rules that are printed: the case by the columns that a path was split into, else by the file;
//! the landmark by its name, else by its channel. Names of files are compared as they stand, unless another
//! way is chosen: to cut off directories and extensions unasked would be a guess that sometimes joins two
//! patients.

use super::error::EvalError;
use crate::points::{Point, PointSet, State};
use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::Path;

/// How the names of files are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileName {
    /// The whole path, as it stands.
    #[default]
    Path,
    /// The name without its directories.
    Name,
    /// The name without its directories and without the extensions of volumes and landmark files.
    Stem,
}

impl FileName {
    /// What of a path is compared.
    fn of(self, path: &Path) -> OsString {
        let name = path.file_name().unwrap_or(path.as_os_str());
        match self {
            FileName::Path => path.as_os_str().to_owned(),
            FileName::Name => name.to_owned(),
            FileName::Stem => stem(name),
        }
    }

    /// The word for it.
    fn word(self) -> &'static str {
        match self {
            FileName::Path => "file",
            FileName::Name => "file (name)",
            FileName::Stem => "file (stem)",
        }
    }
}

/// The extensions of volumes and of landmark files, which a stem lacks.
const EXTENSIONS: [&str; 17] = [
    "gz", "nii", "hdr", "img", "npy", "npz", "mha", "mhd", "nrrd", "nhdr", "csv", "tsv", "json", "ndjson",
    "mrk", "fcsv", "txt",
];

/// A name without the extensions of volumes and of landmark files, however many there are: `a.nii.gz.csv` is
/// `a`, and `1.2.840.nii` is `1.2.840`.
fn stem(name: &OsStr) -> OsString {
    let mut rest = Path::new(name);
    while let (Some(stem), Some(extension)) = (rest.file_stem(), rest.extension()) {
        if !EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)) {
            break;
        }
        rest = Path::new(stem);
    }
    rest.as_os_str().to_owned()
}

/// What a person wrote about a landmark, in the files of 3D Slicer.
const DESCRIPTION: &str = "description";

/// The columns by which landmarks are matched.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Whether the file is one of them, and how files are compared.
    pub file: Option<FileName>,
    /// Columns that are not the program's own, such as those that a path was split into.
    pub extra: Vec<String>,
    /// Whether the sample is one.
    pub n: bool,
    /// Whether the channel is one.
    pub c: bool,
    /// Whether the name of the landmark is one.
    pub label: bool,
    /// Whether the number of the peak is one. If not, only the first peak of a heatmap is compared.
    pub peak: bool,
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&str> = self.file.map(FileName::word).into_iter().collect();
        names.extend(self.extra.iter().map(String::as_str));
        let own = [("n", self.n), ("c", self.c), ("label", self.label), ("peak", self.peak)];
        names.extend(own.iter().filter(|own| own.1).map(|own| own.0));
        f.write_str(&names.join(", "))
    }
}

/// Which case (volume) a landmark belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::study) struct CaseKey {
    pub(in crate::study) file: Option<OsString>,
    pub(in crate::study) extra: Vec<Option<String>>,
    pub(in crate::study) n: Option<usize>,
}

/// Which landmark of a case it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::study) struct LandmarkKey {
    pub(in crate::study) label: Option<String>,
    pub(in crate::study) c: Option<usize>,
    pub(in crate::study) peak: Option<usize>,
}

impl Columns {
    /// The keys of a landmark of `set`.
    pub(in crate::study) fn keys(&self, set: &PointSet, point: &Point) -> (CaseKey, LandmarkKey) {
        let file = self.file.and_then(|how| point.file.as_deref().map(|file| how.of(file)));
        let extra = self.extra.iter().map(|name| cell(set, point, name)).collect();
        let case = CaseKey { file, extra, n: point.n.filter(|_| self.n) };
        let label = point.label.clone().filter(|_| self.label);
        let landmark =
            LandmarkKey { label, c: point.c.filter(|_| self.c), peak: point.peak.filter(|_| self.peak) };
        (case, landmark)
    }

    /// The columns that were named.
    ///
    /// # Errors
    /// [`EvalError::NoColumn`], and [`EvalError::NoLandmarkKey`] if neither names nor channels are among
    /// them.
    fn named(names: &[String], how: FileName, sets: &[&PointSet]) -> Result<Columns, EvalError> {
        let mut columns = Columns::default();
        for name in names {
            if let Some(set) = sets.iter().find(|set| !has(set, name)) {
                let (path, columns) = (set.path.clone(), all_columns(set));
                return Err(EvalError::NoColumn { path, column: name.clone(), columns });
            }
            match name.as_str() {
                "file" => columns.file = Some(how),
                "n" => columns.n = true,
                "c" => columns.c = true,
                "label" => columns.label = true,
                "peak" => columns.peak = true,
                _ => columns.extra.push(name.clone()),
            }
        }
        if columns.c || columns.label { Ok(columns) } else { Err(no_landmark_key(sets)) }
    }

    /// The columns that all files have.
    ///
    /// # Errors
    /// [`EvalError::NoLandmarkKey`], [`EvalError::NoCaseKey`].
    fn shared(how: FileName, sets: &[&PointSet]) -> Result<Columns, EvalError> {
        let all = |has: fn(&Point) -> bool| sets.iter().all(|set| keyed(set).all(has));
        let names = sets.first().map(|set| set.columns.clone()).unwrap_or_default();
        let is_of_case = |name: &String| {
            name != DESCRIPTION && sets.iter().all(|set| has(set, name) && is_one_a_file(set, name))
        };
        let extra: Vec<String> = names.into_iter().filter(is_of_case).collect();
        let file = (extra.is_empty() && all(|point| point.file.is_some())).then_some(how);
        let label = all(|point| point.label.is_some());
        let columns = Columns {
            file,
            n: all(|point| point.n.is_some()),
            c: !label && all(|point| point.c.is_some()),
            label,
            peak: false,
            extra,
        };
        if !columns.c && !columns.label {
            return Err(no_landmark_key(sets));
        }
        if columns.file.is_none() && columns.extra.is_empty() {
            check_one_case(sets)?;
        }
        Ok(columns)
    }
}

/// The columns to match by: those of `names`, else those that all files have.
///
/// # Errors
/// [`EvalError::NoColumn`], [`EvalError::NoLandmarkKey`], [`EvalError::NoCaseKey`].
pub(in crate::study) fn settle(
    names: Option<&[String]>,
    how: FileName,
    sets: &[&PointSet],
) -> Result<Columns, EvalError> {
    names.map_or_else(|| Columns::shared(how, sets), |names| Columns::named(names, how, sets))
}

/// Whether a column has one value in each file that points say they are of. If not, it tells of landmarks,
/// and not of cases.
fn is_one_a_file(set: &PointSet, name: &str) -> bool {
    let mut values: HashMap<&Path, Option<String>> = HashMap::new();
    keyed(set).all(|point| {
        let Some(file) = point.file.as_deref() else { return true };
        let value = cell(set, point, name);
        values.entry(file).or_insert_with(|| value.clone()) == &value
    })
}

/// Without a column for the case, no file may hold several.
fn check_one_case(sets: &[&PointSet]) -> Result<(), EvalError> {
    for set in sets {
        let count = keyed(set).filter_map(|point| point.file.as_deref()).collect::<HashSet<_>>().len();
        if let Some(other) = sets.iter().find(|other| count > 1 && keyed(other).any(|p| p.file.is_none())) {
            return Err(EvalError::NoCaseKey { path: set.path.clone(), count, other: other.path.clone() });
        }
    }
    Ok(())
}

/// The landmarks with keys: a file that could not be read has none.
fn keyed(set: &PointSet) -> impl Iterator<Item = &Point> {
    set.points.iter().filter(|point| point.state != State::Unreadable)
}

/// The value of a column that is not the program's own.
pub(super) fn cell(set: &PointSet, point: &Point, name: &str) -> Option<String> {
    let at = set.columns.iter().position(|column| column == name)?;
    point.extra.get(at).cloned().flatten()
}

fn has(set: &PointSet, name: &str) -> bool {
    all_columns(set).iter().any(|column| column == name)
}

/// The names of a file's columns that say which landmark it is.
fn all_columns(set: &PointSet) -> Vec<String> {
    let any = |has: fn(&Point) -> bool| keyed(set).any(has);
    let own = [
        ("file", any(|point| point.file.is_some())),
        ("n", any(|point| point.n.is_some())),
        ("c", any(|point| point.c.is_some())),
        ("label", any(|point| point.label.is_some())),
        ("peak", any(|point| point.peak.is_some())),
    ];
    let own = own.iter().filter(|own| own.1).map(|own| own.0.to_owned());
    own.chain(set.columns.iter().cloned()).collect()
}

fn no_landmark_key(sets: &[&PointSet]) -> EvalError {
    let ids = |set: &PointSet| {
        let ids = [
            ("names", keyed(set).all(|point| point.label.is_some())),
            ("channels", keyed(set).all(|point| point.c.is_some())),
        ];
        ids.iter().filter(|id| id.1).map(|id| id.0).collect::<Vec<_>>()
    };
    let mut ids = sets.iter().map(|set| ids(set));
    EvalError::NoLandmarkKey { one: ids.next().unwrap_or_default(), other: ids.next().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_by_hand() {
        let of = |how: FileName, path: &str| how.of(Path::new(path)).into_string().unwrap();
        for (path, expected) in [
            ("a/sub-01_T1w.nii.gz", "sub-01_T1w"),
            ("sub-01.mrk.json", "sub-01"),
            ("b/sub-01.nii.gz.csv", "sub-01"),
            ("1.2.840.NII", "1.2.840"),
            (".nii", ".nii"),
            ("case.7", "case.7"),
        ] {
            assert_eq!(of(FileName::Stem, path), expected);
        }
        assert_eq!(of(FileName::Name, "a/b.nii.gz"), "b.nii.gz");
        assert_eq!(of(FileName::Path, "a/b.nii.gz"), "a/b.nii.gz");
    }
}
