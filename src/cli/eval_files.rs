//! The landmark files of `eval`: one file, or all of a directory.

use super::eval_hints::{self, Role};
use super::exit::{Exit, Failure};
use super::path_pattern::PathPattern;
use super::{landmarks_in, points_hints, stderr};
use crate::points::{self, Point, PointSet, PointsError, ReadOptions, State};
use crate::shown;
use std::io;
use std::path::{Path, PathBuf};

/// Landmarks, the files that they came from, and what could not be read of a directory.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) set: PointSet,
    pub(super) files: Vec<PathBuf>,
    pub(super) failed: Vec<PointsError>,
}

/// Reads the landmarks of a file, or of every landmark file below a directory.
///
/// In a directory, landmarks without a file of their own are those of the file that they stand in, by its
/// path below the directory. A file that cannot be read is a case that cannot be read, and costs no other its
/// landmarks.
///
/// With a pattern landmarks get its columns, read from the paths of their files.
pub(super) fn read(
    path: &Path,
    options: &ReadOptions,
    role: Role,
    pattern: Option<&PathPattern>,
) -> Result<Read, Failure> {
    let mut found = if path.is_dir() {
        read_below(path, options)?
    } else {
        let set = landmarks_in::read(path, options).map_err(|error| failed(&error, role))?;
        Read { set, files: vec![path.to_owned()], failed: Vec::new() }
    };
    if let Some(pattern) = pattern.filter(|pattern| !add_columns(&mut found.set, pattern)) {
        let names = pattern.columns().names;
        // A table may have these columns itself.
        if !names.iter().all(|name| found.set.columns.contains(name)) {
            let (path, text) = (shown::path(path), shown::text(&pattern.columns().pattern).to_string());
            stderr::print_line(&format!("warning: `--path-regex {text}` matches no path of `{path}`"));
        }
    }
    Ok(found)
}

/// Adds the columns of a pattern to landmarks of whose files one matches it. What a file says itself in a
/// column of that name stands. Whether any did.
fn add_columns(set: &mut PointSet, pattern: &PathPattern) -> bool {
    let PointSet { path, columns, points, .. } = set;
    let cells = |point: &Point| match &point.file {
        Some(file) => pattern.cells(file).or_else(|| pattern.cells(&path.join(file))),
        None => pattern.cells(path),
    };
    let cells: Vec<Option<Vec<Option<String>>>> = points.iter().map(cells).collect();
    if cells.iter().all(Option::is_none) {
        return false;
    }
    for (number, name) in pattern.columns().names.into_iter().enumerate() {
        let place = columns.iter().position(|own| *own == name).unwrap_or_else(|| {
            columns.push(name);
            columns.len() - 1
        });
        for (point, cells) in points.iter_mut().zip(&cells) {
            point.extra.resize(columns.len(), None);
            let cell = cells.as_ref().and_then(|cells| cells.get(number).cloned().flatten());
            point.extra[place] = point.extra[place].take().or(cell);
        }
    }
    true
}

/// Reads every landmark file below a directory.
fn read_below(path: &Path, options: &ReadOptions) -> Result<Read, Failure> {
    let list = |has_format| {
        files_below(path, has_format).map_err(|error| {
            let what = format!("failed to list the directory `{}`", shown::path(path));
            Failure::new(Exit::Unreadable, what, error, None)
        })
    };
    let files = list(options.format.is_some())?;
    if files.is_empty() {
        return Err(no_files(path, &list(true)?));
    }
    let mut whole = Read { set: PointSet::default(), files, failed: Vec::new() };
    path.clone_into(&mut whole.set.path);
    for file in &whole.files {
        let name = file.strip_prefix(path).unwrap_or(file);
        match points::read(file, options) {
            Ok(set) => join(&mut whole.set, set, name),
            Err(error) => {
                whole.set.points.push(unreadable(name));
                whole.failed.push(error);
            }
        }
    }
    Ok(whole)
}

/// A directory without landmark files; `images` are files in it that may be some.
fn no_files(path: &Path, images: &[PathBuf]) -> Failure {
    let what = format!("the directory `{}` holds no landmark file", shown::path(path));
    if let Some(image) = images.first() {
        let hint = format!(
            "it holds `{}`: arrays and label maps are read as landmarks if `--truth-format` or \
             `--predicted-format` names their format, such as npy or label-map",
            shown::path(image.strip_prefix(path).unwrap_or(image))
        );
        return Failure::usage(what, hint);
    }
    let extensions = points::FORMATS.iter().flat_map(|format| format.extensions);
    let extensions: Vec<String> = extensions.map(|extension| format!(".{extension}")).collect();
    Failure::usage(what, format!("the extensions of landmark files are {}", extensions.join(", ")))
}

/// A case that could not be read.
fn unreadable(name: &Path) -> Point {
    let mut point = Point::default();
    (point.file, point.state) = (Some(name.to_owned()), State::Unreadable);
    point
}

/// Adds the landmarks of a file to those of its directory; columns are joined by name.
fn join(whole: &mut PointSet, set: PointSet, name: &Path) {
    whole.format = if whole.format.is_empty() || whole.format == set.format { set.format } else { "several" };
    let mut places = Vec::with_capacity(set.columns.len());
    for column in set.columns {
        let place = whole.columns.iter().position(|own| *own == column);
        places.push(place.unwrap_or(whole.columns.len()));
        if place.is_none() {
            whole.columns.push(column);
        }
    }
    for mut point in set.points {
        let mut extra = vec![None; whole.columns.len()];
        for (&place, cell) in places.iter().zip(point.extra) {
            extra[place] = cell;
        }
        point.extra = extra;
        point.file = point.file.or_else(|| Some(name.to_owned()));
        whole.points.push(point);
    }
    whole.notices.extend(set.notices);
}

/// The extensions of images and arrays, which are landmark files only if their format is named: most are
/// heatmaps or scans.
const IMAGES: [&str; 3] = ["gz", "nii", "npy"];

/// The landmark files below a directory, in byte order of their paths. Links are followed to files and not to
/// directories; hidden ones are left out.
fn files_below(directory: &Path, has_format: bool) -> io::Result<Vec<PathBuf>> {
    let is_image = |path: &Path| {
        path.extension().is_some_and(|own| IMAGES.iter().any(|image| own.eq_ignore_ascii_case(image)))
    };
    let is_taken = |path: &Path| points::by_extension(path).is_some() && (has_format || !is_image(path));
    let (mut directories, mut files) = (vec![directory.to_owned()], Vec::new());
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if entry.file_type()?.is_dir() {
                directories.push(path);
            } else if path.is_file() && is_taken(&path) {
                files.push(path);
            }
        }
    }
    files.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    Ok(files)
}

/// The failure of a file that cannot be read.
pub(super) fn failed(error: &PointsError, role: Role) -> Failure {
    let hint = eval_hints::points(&error.problem, role);
    Failure::new(points_hints::exit(&error.problem), error.to_string(), &error.problem, hint)
}
