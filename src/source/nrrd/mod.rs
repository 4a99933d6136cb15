//! NRRD: `.nrrd`, and `.nhdr` with a file of values beside it.
//!
//! *Definition*: <https://teem.sourceforge.net/nrrd/format.html>. A header of text lines, `field: value`,
//! ends with an empty line; the first axis is the fastest. What other programs have got wrong here:
//!
//! - Which axes are those of space is told by `space directions`: an axis with `none` is a list, of channels.
//!   It may be any axis; 3D Slicer writes it first.
//! - `space` names the directions of the world's axes. LPS, RAS and LAS are brought to RAS. Other spaces say
//!   nothing of the patient: their affine is told and not used.
//! - Values may be raw or gzip data, behind the header or in a file; lines and bytes may be skipped first.

mod affine;
mod fields;

use super::advice::Advice;
use super::detached::{self, Names, is_several, of_partner, quoted};
use super::elements::{Element, Kind};
use super::error::{FormatError, SourceError};
use super::gzip::Gzip;
use super::header::{Header, Opened};
use super::input::Input;
use super::location::OpenOptions;
use super::notice::Notice;
use super::reader::Reader;
use super::values::Values;
use crate::geometry::{DefaultLayout, DefaultLayouts, MemoryOrder, byte_length};
use crate::heatmap::Scaling;
use fields::{Axes, Fields, is_nrrd};

/// The row of NRRD in the table of readers.
pub(super) const READER: Reader = Reader {
    name: "NRRD",
    extensions: &["nrrd", "nhdr"],
    summary: "a volume of Teem and 3D Slicer, one file .nrrd or a header .nhdr with its values",
    sniff: is_nrrd,
    affines: affine::KINDS,
    layouts: &LAYOUTS[0].1,
    open,
    companions: |path| NAMES.companions(path),
};

const fn layouts(defaults: &'static [DefaultLayout]) -> DefaultLayouts {
    DefaultLayouts { defaults, candidates: &[] }
}

/// The layouts by the place of the axis that is none of space: the last one or none, then the first, second
/// and third.
const LAYOUTS: [(Option<usize>, DefaultLayouts); 4] = [
    (None, layouts(&[DefaultLayout::exact("HW"), DefaultLayout::exact("HWD"), DefaultLayout::exact("HWDC")])),
    (Some(0), layouts(&[DefaultLayout::exact("CHW"), DefaultLayout::exact("CHWD")])),
    (Some(1), layouts(&[DefaultLayout::exact("HCW"), DefaultLayout::exact("HCWD")])),
    (Some(2), layouts(&[DefaultLayout::exact("HWC"), DefaultLayout::exact("HWCD")])),
];

/// For axes that do not say which of them are those of space.
const NONE: DefaultLayouts = layouts(&[]);

/// The layouts of an array.
fn layouts_of(axes: &Axes) -> &'static DefaultLayouts {
    match axes.others[..] {
        [] => &LAYOUTS[0].1,
        [place] if place == axes.count - 1 && axes.count == 4 => &LAYOUTS[0].1,
        [place] => LAYOUTS.iter().find(|(own, _)| *own == Some(place)).map_or(&NONE, |(_, layouts)| layouts),
        _ => &NONE,
    }
}

/// An NRRD header that is defective, or declares what is not read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum NrrdError {
    /// A field is missing.
    #[error("the header has no field `{field}`")]
    Missing {
        /// Which.
        field: &'static str,
    },
    /// A value is not what it must be.
    #[error("expected {expected} in the field `{field}`, found `{}`", crate::shown::text(found))]
    Value {
        /// The field.
        field: &'static str,
        /// What belongs there.
        expected: String,
        /// As written.
        found: String,
    },
    /// An element type that is not read.
    #[error("expected real numbers of at most 64 bits, found the type `{}`", crate::shown::text(found))]
    Element {
        /// As written.
        found: String,
    },
    /// An encoding that is not read.
    #[error("expected the encoding raw or gzip, found `{}`", crate::shown::text(found))]
    Encoding {
        /// As written.
        found: String,
    },
    /// The values are in several files.
    #[error("expected the values in one file, found `{}`", crate::shown::text(found))]
    Several {
        /// As written.
        found: String,
    },
    /// The place of the values is counted from the end of something whose end is not known.
    #[error("expected values behind the header, found byte skip -1, which needs a plain file of values")]
    EndOfStream,
}

impl FormatError for NrrdError {
    fn advice(&self) -> Option<Advice> {
        Some(match self {
            NrrdError::Element { .. } | NrrdError::Encoding { .. } | NrrdError::Several { .. } => {
                "`SimpleITK.WriteImage(SimpleITK.ReadImage('FILE'), 'heatmaps.nrrd')` writes one file of \
                 binary values"
                    .into()
            }
            NrrdError::EndOfStream => "give the file itself, uncompressed".into(),
            _ => "the header is damaged: export the file again".into(),
        })
    }
}

/// How values are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Raw,
    Gzip,
}

/// Fields are checked before the file of values is opened, so that a damaged header is reported as such.
fn open(mut input: Input, _: &OpenOptions) -> Result<Opened, SourceError> {
    let fields = Fields::read(&mut input)?;
    let shape = fields.lengths()?;
    let encoding = encoding(&fields)?;
    let kind = kind(&fields)?;
    let element =
        Element { kind, big_endian: fields.is_big_endian(Element { kind, big_endian: false }.size())? };
    let axes = fields.axes(shape.len())?;
    let (affines, mut notices) = affine::affines(&fields, &axes, &shape)?;
    let length = byte_length(&shape, element.size())?;
    let (lines, bytes) = fields.skipped()?;
    let name = fields.data_file();
    if let Some(name) = name.filter(|name| is_several(name)) {
        return Err(NrrdError::Several { found: quoted(name) }.into());
    }
    let format = input.label("nrrd") + if name.is_some() { " pair" } else { "" };
    let format = format + if encoding == Encoding::Gzip { " gzip" } else { "" };
    let (body, partner) = detached::body(input, name)?;
    let values = values(body, (lines, bytes), length, encoding);
    let (values, trailing) = values.map_err(|error| of_partner(partner.as_deref(), error))?;
    notices.extend(trailing);
    let header = Header {
        format,
        element,
        shape,
        order: MemoryOrder::Fortran,
        layouts: layouts_of(&axes),
        scaling: Scaling::NONE,
        affine_kinds: READER.affines,
        takes_affine: !affines.iter().any(|affine| affine.kind.is_placed),
        affines,
        notices,
    };
    Ok(Opened { header, values })
}

/// The `length` bytes of values of a file, behind the lines and the bytes that are to be skipped: lines as
/// they stand, bytes of what is unpacked. −1 bytes mean that the values are the last ones of their file.
fn values(
    mut body: Input,
    (lines, bytes): (u64, i64),
    length: u64,
    encoding: Encoding,
) -> Result<(Values, Vec<Notice>), SourceError> {
    if !body.skip_lines(lines)? {
        return Err(SourceError::Truncated { expected: length, found: 0 });
    }
    match (encoding, bytes) {
        (Encoding::Raw, ..0) => {
            let start = body.length().ok_or(NrrdError::EndOfStream)?.saturating_sub(length);
            body.into_values(start, length)
        }
        (Encoding::Raw, _) => {
            let start = body.position().saturating_add(bytes as u64);
            body.into_values(start, length)
        }
        (Encoding::Gzip, ..0) => Err(NrrdError::EndOfStream.into()),
        (Encoding::Gzip, _) => {
            body.unpacked(|source| Box::new(Gzip::new(source)))?.into_values(bytes as u64, length)
        }
    }
}

fn encoding(fields: &Fields) -> Result<Encoding, NrrdError> {
    let found = fields.text("encoding")?;
    match found.to_ascii_lowercase().as_str() {
        "raw" => Ok(Encoding::Raw),
        "gz" | "gzip" => Ok(Encoding::Gzip),
        _ => Err(NrrdError::Encoding { found: quoted(found) }),
    }
}

/// The type of the values, by any of the names that the definition lists.
fn kind(fields: &Fields) -> Result<Kind, NrrdError> {
    let found = fields.text("type")?;
    Ok(match found.to_ascii_lowercase().as_str() {
        "signed char" | "int8" | "int8_t" => Kind::I8,
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => Kind::U8,
        "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => Kind::I16,
        "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => Kind::U16,
        "int" | "signed int" | "int32" | "int32_t" => Kind::I32,
        "uint" | "unsigned int" | "uint32" | "uint32_t" => Kind::U32,
        "longlong"
        | "long long"
        | "long long int"
        | "signed long long"
        | "signed long long int"
        | "int64"
        | "int64_t" => Kind::I64,
        "ulonglong" | "unsigned long long" | "unsigned long long int" | "uint64" | "uint64_t" => Kind::U64,
        "float" => Kind::F32,
        "double" => Kind::F64,
        _ => return Err(NrrdError::Element { found: quoted(found) }),
    })
}

/// How a header and its file of values are known.
const NAMES: Names = Names {
    headers: &["nhdr"],
    values: &["raw"],
    sniff: is_nrrd,
    name: |input| {
        let fields = Fields::read(input).ok()?;
        fields.data_file().filter(|name| !is_several(name)).map(str::to_owned)
    },
};

#[cfg(test)]
mod tests;
