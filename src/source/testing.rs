//! A format that only tests know, in one file with one row: what a new format may rely on.
//!
//! It has an error, an affine, a companion file and default layouts of its own, and no other file knows it.

use super::advice::Advice;
use super::elements::{Element, Kind};
use super::error::{FormatError, SourceError};
use super::header::{Header, Opened};
use super::input::Input;
use super::location::{Location, OpenOptions};
use super::notice::{FormatNotice, Notice};
use super::open::open_with;
use super::reader::{Companions, Reader};
use crate::geometry::{
    Affine, AffineKind, DefaultLayout, DefaultLayouts, FIRST_AXES, LayoutCandidate, MemoryOrder, NamedAffine,
    byte_length,
};
use crate::heatmap::Scaling;
use std::path::{Path, PathBuf};

/// Its row.
pub(super) const READER: Reader = Reader {
    name: "Toy",
    extensions: &["toy"],
    summary: "a text line of lengths, and bytes",
    affines: &[MATRIX, SIZES],
    layouts: &LAYOUTS,
    sniff: |head| head.starts_with(b"TOY "),
    open,
    companions,
};

const MATRIX: AffineKind = AffineKind { name: "matrix", summary: "the matrix", is_placed: true };
const SIZES: AffineKind = AffineKind { name: "sizes", summary: "voxel sizes alone", is_placed: false };

/// Space comes first, and the first axis is W.
const LAYOUTS: DefaultLayouts = DefaultLayouts {
    defaults: &[DefaultLayout::exact("WHD")],
    candidates: &[LayoutCandidate { layout: "CWHD", purpose: "one volume per channel" }],
};

/// What can be wrong with it.
#[derive(Debug, thiserror::Error)]
enum ToyError {
    #[error("expected lengths in the first line, found `{found}`")]
    Lengths { found: String },
}

impl FormatError for ToyError {
    fn advice(&self) -> Option<Advice> {
        Some("write the first line again".into())
    }
}

/// `a.toy` belongs to `a.toy-notes`.
fn companions(path: &Path) -> Companions {
    match path.extension() {
        Some(extension) if extension == "toy-notes" => {
            Companions { header: Some(path.with_extension("toy")), ..Companions::default() }
        }
        _ => Companions::default(),
    }
}

fn open(mut input: Input, _: &OpenOptions) -> Result<Opened, SourceError> {
    let line = input.head().split(|&byte| byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line).into_owned();
    let lengths = text.trim_start_matches("TOY ").split(' ').map(str::parse).collect::<Result<Vec<u64>, _>>();
    let shape = lengths.map_err(|_| ToyError::Lengths { found: text.clone() })?;
    let start = text.len() as u64 + 1;
    input.skip(start)?;
    let (values, mut notices) = input.into_values(start, byte_length(&shape, 1)?)?;
    notices.push(Notice::Format(FormatNotice {
        kind: "toy",
        is_about_values: true,
        text: "it is a toy".into(),
        advice: Advice::OtherAffine,
    }));
    let affine = Affine([[2.0, 0.0, 0.0, 5.0], [0.0, 3.0, 0.0, 6.0], [0.0, 0.0, 4.0, 7.0]]);
    let header = Header {
        format: "toy".into(),
        element: Element { kind: Kind::U8, big_endian: false },
        shape,
        order: MemoryOrder::Fortran,
        layouts: READER.layouts,
        scaling: Scaling::NONE,
        affine_kinds: READER.affines,
        takes_affine: false,
        affines: vec![NamedAffine { kind: &MATRIX, affine, axes: FIRST_AXES }],
        notices,
    };
    Ok(Opened { header, values })
}

/// Opens `text` as a file of this format.
pub(crate) fn open_toy(text: &str) -> Result<Opened, SourceError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.toy");
    std::fs::write(&path, text).unwrap();
    open_toy_at(path)
}

/// Opens a file with this format alone in the table.
pub(super) fn open_toy_at(path: PathBuf) -> Result<Opened, SourceError> {
    open_with(&[READER], &Location::Path(path), &OpenOptions::default())
}
