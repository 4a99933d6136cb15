//! The fields of an NRRD header.

use super::super::detached::{Lines, TextError, quoted};
use super::super::error::SourceError;
use super::super::input::Input;
use super::NrrdError;

/// Fields with their values, as written, in the order of the file. Pairs of key and value (`key:=value`) and
/// comments are left out.
pub(super) struct Fields(Vec<(String, String)>);

/// What the axes of an array are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Axes {
    /// How many.
    pub(super) count: usize,
    /// Those of space, in their order.
    pub(super) space: Vec<usize>,
    /// All others.
    pub(super) others: Vec<usize>,
}

/// `NRRD000` and the digit of a version.
pub(super) fn is_nrrd(head: &[u8]) -> bool {
    head.starts_with(b"NRRD000") && head.get(7).is_some_and(u8::is_ascii_digit)
}

/// The axes of an array have at most so many lengths here: more fit no layout.
const MOST_AXES: usize = 16;

/// More lines than this are not skipped: they are looked for one by one.
const MOST_LINES: u64 = 1 << 16;

impl Fields {
    /// Reads up to the empty line that ends the header, or to its end if the values are in another file.
    pub(super) fn read(input: &mut Input) -> Result<Fields, SourceError> {
        let (mut lines, mut fields) = (Lines::new(), Vec::new());
        // The magic.
        lines.next(input)?;
        while let Some(line) = lines.next(input)? {
            if line.is_empty() {
                return Ok(Fields(fields));
            }
            let field = line.split_once(": ").or_else(|| line.split_once(':'));
            let Some((name, value)) = field.filter(|_| !line.starts_with('#')) else { continue };
            if !name.contains(":=") && !value.starts_with('=') {
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        let fields = Fields(fields);
        // The header of a file of values needs no empty line.
        if fields.data_file().is_some() {
            Ok(fields)
        } else {
            Err(TextError::Ends { before: "the empty line behind it" }.into())
        }
    }

    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().rev().find(|(own, _)| own == field).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self, field: &'static str) -> Result<&str, NrrdError> {
        self.get(field).ok_or(NrrdError::Missing { field })
    }

    /// The file of values; `None` if they are behind the header.
    pub(super) fn data_file(&self) -> Option<&str> {
        self.get("data file").or_else(|| self.get("datafile"))
    }

    /// The lengths of the axes, the fastest first.
    pub(super) fn lengths(&self) -> Result<Vec<u64>, NrrdError> {
        let found = self.text("dimension")?;
        let axes = found.parse().ok().filter(|axes| (1..=MOST_AXES).contains(axes));
        let axes = axes.ok_or_else(|| wrong("dimension", format!("1 to {MOST_AXES} axes"), found))?;
        let found = self.text("sizes")?;
        let lengths = found.split_whitespace().map(|length| length.parse().ok().filter(|&n| n > 0));
        let lengths: Option<Vec<u64>> = lengths.collect();
        let lengths = lengths.filter(|lengths| lengths.len() == axes);
        lengths.ok_or_else(|| wrong("sizes", format!("{axes} lengths of at least 1"), found))
    }

    /// Whether the most significant byte of a value comes first; values of several bytes must say it.
    pub(super) fn is_big_endian(&self, size: usize) -> Result<bool, NrrdError> {
        match self.get("endian").map(str::to_ascii_lowercase).as_deref() {
            Some("little") => Ok(false),
            Some("big") => Ok(true),
            None if size == 1 => Ok(false),
            None => Err(NrrdError::Missing { field: "endian" }),
            Some(found) => Err(wrong("endian", "little or big", found)),
        }
    }

    /// How many lines and then how many bytes come before the values; −1 bytes for all but the values.
    pub(super) fn skipped(&self) -> Result<(u64, i64), NrrdError> {
        let either = |field: &'static str, joined: &str| self.get(field).or_else(|| self.get(joined));
        let lines = match either("line skip", "lineskip") {
            Some(found) => {
                let lines = found.parse().ok().filter(|&lines| lines <= MOST_LINES);
                lines.ok_or_else(|| {
                    wrong("line skip", format!("a whole number from 0 to {MOST_LINES}"), found)
                })?
            }
            None => 0,
        };
        let bytes = match either("byte skip", "byteskip") {
            Some(found) => {
                let bytes = found.parse().ok().filter(|&bytes| bytes >= -1);
                bytes.ok_or_else(|| wrong("byte skip", "a whole number of at least -1", found))?
            }
            None => 0,
        };
        Ok((lines, bytes))
    }

    /// The direction of each axis in space; `None` for one that is none of space, and without the field.
    pub(super) fn directions(&self, count: usize) -> Result<Option<Vec<Option<Vec<f64>>>>, NrrdError> {
        const FIELD: &str = "space directions";
        let Some(found) = self.get(FIELD) else { return Ok(None) };
        let expected = || wrong(FIELD, format!("{count} vectors such as (0,1,0), or none"), found);
        let directions = vectors(found).filter(|directions| directions.len() == count);
        directions.map(Some).ok_or_else(expected)
    }

    /// Which axes are those of space: those with a direction; without directions, those whose kind says it;
    /// without kinds, the first three.
    pub(super) fn axes(&self, count: usize) -> Result<Axes, NrrdError> {
        let directions = self.directions(count)?;
        let kinds = self.kinds(count)?;
        // A direction tells an axis of space, unless its kind says that it is none.
        let is_space = |axis: usize| match (&directions, &kinds) {
            (Some(directions), kinds) => {
                let is_other = kinds.as_ref().is_some_and(|kinds| kinds[axis] == Some(false));
                directions[axis].is_some() && !is_other
            }
            (None, Some(kinds)) => kinds[axis] == Some(true),
            (None, None) => axis < 3,
        };
        let is_space: Vec<bool> = (0..count).map(is_space).collect();
        let of = |wanted: bool| (0..count).filter(|&axis| is_space[axis] == wanted).collect::<Vec<usize>>();
        let (mut space, mut others) = (of(true), of(false));
        // ITK writes a fourth axis of space for channels: the last one is none of this world.
        others.extend(space.drain(space.len().min(3)..));
        Ok(Axes { count, space, others })
    }

    /// For each axis whether its kind says that it is one of space; `None` without a kind. `None` altogether
    /// if no axis has one.
    fn kinds(&self, count: usize) -> Result<Option<Vec<Option<bool>>>, NrrdError> {
        let Some(found) = self.get("kinds") else { return Ok(None) };
        let kinds: Vec<String> = found.split_whitespace().map(str::to_ascii_lowercase).collect();
        if kinds.len() != count {
            return Err(wrong("kinds", format!("{count} kinds"), found));
        }
        if kinds.iter().any(|kind| kind == "complex") {
            return Err(NrrdError::Element { found: "complex".to_owned() });
        }
        let of = |kind: &String| match kind.as_str() {
            "???" | "none" => None,
            "domain" | "space" => Some(true),
            _ => Some(false),
        };
        let kinds: Vec<Option<bool>> = kinds.iter().map(of).collect();
        Ok(Some(kinds).filter(|kinds| kinds.iter().any(Option::is_some)))
    }

    /// A number for each axis, NaN for one that has none.
    pub(super) fn numbers(&self, field: &'static str, count: usize) -> Result<Option<Vec<f64>>, NrrdError> {
        let Some(found) = self.get(field) else { return Ok(None) };
        let numbers: Option<Vec<f64>> = found.split_whitespace().map(|text| text.parse().ok()).collect();
        let numbers = numbers.filter(|numbers| numbers.len() == count);
        numbers.map(Some).ok_or_else(|| wrong(field, format!("{count} numbers"), found))
    }

    /// One vector.
    pub(super) fn vector(&self, field: &'static str) -> Result<Option<Vec<f64>>, NrrdError> {
        let Some(found) = self.get(field) else { return Ok(None) };
        let vector = vectors(found).and_then(|found| match &found[..] {
            [Some(vector)] => Some(vector.clone()),
            _ => None,
        });
        vector.map(Some).ok_or_else(|| wrong(field, "a vector such as (0,1,0)", found))
    }
}

/// Vectors in parentheses, and `none`, with white space between them.
fn vectors(text: &str) -> Option<Vec<Option<Vec<f64>>>> {
    let (mut rest, mut found) = (text.trim(), Vec::new());
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix("none") {
            found.push(None);
            rest = behind.trim_start();
            continue;
        }
        let (inner, behind) = rest.strip_prefix('(')?.split_once(')')?;
        let numbers: Option<Vec<f64>> = inner.split(',').map(|number| number.trim().parse().ok()).collect();
        // ITK and pynrrd write an axis without a direction as one of NaN.
        found.push(numbers.map(|numbers| Some(numbers).filter(|all| !all.iter().all(|x| x.is_nan())))?);
        rest = behind.trim_start();
    }
    Some(found)
}

pub(super) fn wrong(field: &'static str, expected: impl Into<String>, found: &str) -> NrrdError {
    NrrdError::Value { field, expected: expected.into(), found: quoted(found) }
}
