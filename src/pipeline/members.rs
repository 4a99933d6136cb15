//! Opens an input: a file or a stream, or several files whose mean it is. They must be of one grid.

use super::opened::{self, OpenedFile, OpenedInput, Unfit};
use super::sum;
use crate::error::InputError;
use crate::geometry::MemoryOrder;
use crate::heatmap::Scaling;
use crate::kernel::Settings;
use crate::landmark::InputRecord;
use crate::plan::{Decoding, Member};
use crate::prepare::{apart, as_stored};
use crate::source::{Header, Location, Mirror, Values};
use crate::warning::Warning;
use std::path::{Path, PathBuf};

/// One of the files, whose header has been read.
pub(super) struct OpenedMember {
    pub(super) input: OpenedInput,
    pub(super) values: Values,
    /// How its array is turned back; `None` if it lies as the mean does.
    pub(super) mirror: Option<Mirror>,
}

/// Where the values of an input come from.
pub(super) enum Origin {
    /// From a file or a stream.
    One(Values),
    /// From several, whose mean they are.
    Members(Vec<OpenedMember>),
}

impl From<Values> for Origin {
    fn from(values: Values) -> Origin {
        Origin::One(values)
    }
}

/// Opens an input and prepares its decoding.
pub(super) fn open(decoding: &Decoding, location: &Location) -> Result<(OpenedInput, Origin), Box<Unfit>> {
    if let Some((first, others)) = decoding.members(location).split_first() {
        let (mean, members) = members(decoding, first, others)?;
        return Ok((mean, Origin::Members(members)));
    }
    let OpenedFile { input, values, .. } = opened::file(decoding, location)?;
    Ok((input, values.into()))
}

/// Opens the files of an input: the input, which is decoded as their mean, and each of them, which is decoded
/// alone to tell how far they disagree.
///
/// Beside its values the mean is as the first of them: its shape, layout and affine.
fn members(
    decoding: &Decoding,
    first: &Member,
    others: &[Member],
) -> Result<(OpenedInput, Vec<OpenedMember>), Box<Unfit>> {
    let alone = alone(decoding);
    let paths: Vec<PathBuf> =
        std::iter::once(first).chain(others).map(|member| member.path.clone()).collect();
    let open = |member: &Member| opened::file(&alone, &Location::Path(member.path.clone()));
    let first_file = open(first).map_err(|unfit| group(&paths, None, &first.path, *unfit))?;
    let mut files = vec![first_file];
    for member in others {
        let file = open(member).and_then(|file| agreeing(&files[0], file));
        files.push(file.map_err(|unfit| group(&paths, files.first(), &member.path, *unfit))?);
    }
    let mean = mean(decoding, &files, paths)?;
    let opened = files.into_iter().zip(std::iter::once(first).chain(others)).map(|(file, member)| {
        let OpenedFile { input, values, .. } = file;
        let mirror = Mirror::new(&input.prepared.arrangement, member.turned, input.prepared.element.size());
        OpenedMember { input, values, mirror }
    });
    Ok((mean, opened.collect()))
}

/// How a file is decoded alone: its position is all that is asked for.
fn alone(decoding: &Decoding) -> Decoding {
    let kernel = Settings { with_spread: false, with_uncertainty: false, region: None, ..decoding.kernel };
    Decoding { kernel, peaks: None, ..decoding.clone() }
}

/// An input one of whose files does not do. What is known of it is what is known of its first file.
fn group(paths: &[PathBuf], first: Option<&OpenedFile>, path: &Path, unfit: Unfit) -> Box<Unfit> {
    let Unfit { record, warnings, error } = unfit;
    let record = first.map_or(record, |first| first.input.record.clone());
    let file = paths.first().cloned().unwrap_or_default();
    let record = InputRecord { file, members: paths.to_vec(), ..record };
    let warnings = warnings.into_iter().map(|warning| warning.of_member(path)).collect();
    let error = InputError::Member { path: path.to_owned(), error: Box::new(error) };
    Box::new(Unfit { record, warnings, error })
}

/// Holds a file against the first one.
fn agreeing(first: &OpenedFile, file: OpenedFile) -> Result<OpenedFile, Box<Unfit>> {
    let Some(error) = difference(first, &file) else { return Ok(file) };
    let OpenedInput { record, warnings, .. } = file.input;
    Err(Box::new(Unfit { record, warnings, error }))
}

/// What keeps a file from being averaged with the first one.
fn difference(first: &OpenedFile, file: &OpenedFile) -> Option<InputError> {
    let (expected, found) = (&first.input.record, &file.input.record);
    let first_file = || expected.file.clone();
    if expected.shape != found.shape {
        let (expected, found) = (expected.shape.clone(), found.shape.clone());
        return Some(InputError::MemberShape { first: first_file(), expected, found });
    }
    if expected.layout != found.layout {
        let (expected, found) = (expected.layout.clone(), found.layout.clone());
        return Some(InputError::MemberLayout { first: first_file(), expected, found });
    }
    if first.input.prepared.arrangement != file.input.prepared.arrangement {
        let is_fortran = file.header.order == MemoryOrder::Fortran;
        return Some(InputError::MemberOrder { first: first_file(), is_fortran });
    }
    let (affine, other) = expected.affine.zip(found.affine)?;
    let distance = apart(&affine, &other, expected.lengths)?;
    Some(InputError::MemberElsewhere { first: first_file(), distance })
}

/// The input that is the mean of some files.
fn mean(decoding: &Decoding, files: &[OpenedFile], paths: Vec<PathBuf>) -> Result<OpenedInput, Box<Unfit>> {
    let OpenedFile { header, input, .. } = &files[0];
    let warnings: Vec<Warning> = files.iter().flat_map(notices).collect();
    let file = input.record.file.clone();
    let mut record = InputRecord { file, members: paths, ..InputRecord::default() };
    let header =
        Header { element: sum::ELEMENT, scaling: Scaling::NONE, notices: Vec::new(), ..header.clone() };
    let own = decoding.kernel;
    let settings = Settings {
        stored_threshold: own.threshold.map(|height| threshold(height, files)),
        parameters: own.parameters.with_thresholds(|height| threshold(height, files)),
        ..own
    };
    let prepared = opened::prepared(decoding, settings, &header, &mut record);
    record.dtype.clone_from(&input.record.dtype);
    match prepared {
        Ok((prepared, peaks)) => {
            let bytes = files.iter().map(|file| file.input.bytes).sum();
            Ok(OpenedInput { record, prepared, scaling: Scaling::NONE, peaks, warnings, bytes })
        }
        Err(error) => Err(Box::new(Unfit { record, warnings, error })),
    }
}

/// What was suspicious about the header of a file.
fn notices(file: &OpenedFile) -> impl Iterator<Item = Warning> {
    let path = &file.input.record.file;
    file.input.warnings.iter().map(|warning| warning.clone().of_member(path))
}

/// The threshold for a mean. If all files are of one floating type it is rounded as they round their values:
/// a map whose largest value was 0.7 in each of them then still reaches 0.7.
fn threshold(height: f64, files: &[OpenedFile]) -> f64 {
    let rounded = |file: &OpenedFile| as_stored(height, &file.header).to_bits();
    let Some(first) = files.first().map(rounded) else { return height };
    let is_same = files.iter().all(|file| rounded(file) == first);
    if is_same { f64::from_bits(first) } else { height }
}
