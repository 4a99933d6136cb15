//! MetaImage: `.mha`, and `.mhd` with a file of values beside it.
//!
//! The header is text, a line for each `Key = value`; `ElementDataFile` is the last one and says where the
//! values are: `LOCAL` for behind it, or the name of a file. What other programs have got wrong here:
//!
//! - The numbers of `TransformMatrix` are the direction of the first axis, then of the second, then of the
//!   third: rows of the file are columns of the matrix that is applied to an index. They are in LPS, whatever
//!   `AnatomicalOrientation` says.
//! - Compressed values are zlib data, not gzip (ITK reads both, and so does this reader).
//! - The channels of a vector image lie together for each voxel: they are the first axis of the shape.
//! - `MET_LONG` has 32 bits, as ITK has it.
//! - Writers that know no geometry write the identity. That is no place in millimetres: see
//!   [`affine::affines`].

mod affine;
mod fields;

use super::advice::Advice;
use super::detached::{self, Names, TextError, is_several, of_partner, quoted};
use super::elements::{Element, Kind};
use super::error::{FormatError, SourceError};
use super::gzip::{self, Gzip};
use super::header::{Header, Opened};
use super::input::Input;
use super::location::OpenOptions;
use super::notice::{FormatNotice, Notice};
use super::pull::Pull;
use super::reader::Reader;
use super::zlib::Zlib;
use crate::geometry::{DefaultLayout, DefaultLayouts, MemoryOrder, byte_length};
use crate::heatmap::Scaling;
use fields::{Fields, is_meta_image};

/// The row of MetaImage in the table of readers.
pub(super) const READER: Reader = Reader {
    name: "MetaImage",
    extensions: &["mha", "mhd"],
    summary: "a volume of ITK, one file .mha or a header .mhd with its values",
    sniff: is_meta_image,
    affines: affine::KINDS,
    layouts: &SCALARS,
    open,
    companions: |path| NAMES.companions(path),
};

/// A number for each voxel: a fourth axis holds channels.
const SCALARS: DefaultLayouts = DefaultLayouts {
    defaults: &[DefaultLayout::exact("HW"), DefaultLayout::exact("HWD"), DefaultLayout::exact("HWDC")],
    candidates: &[],
};

/// Several numbers for each voxel: they are the channels; a fifth axis holds samples.
const VECTORS: DefaultLayouts = DefaultLayouts {
    defaults: &[DefaultLayout::exact("CHW"), DefaultLayout::exact("CHWD"), DefaultLayout::exact("CHWDN")],
    candidates: &[],
};

/// A MetaImage header that is defective, or declares what is not read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum MetaImageError {
    /// A key is missing.
    #[error("the header has no `{key}`")]
    Missing {
        /// Which.
        key: &'static str,
    },
    /// A value is not what it must be.
    #[error("expected {expected} in `{key}`, found `{}`", crate::shown::text(found))]
    Value {
        /// The key.
        key: &'static str,
        /// What belongs there.
        expected: String,
        /// As written.
        found: String,
    },
    /// The object is no image.
    #[error("expected an image, found an object of type `{}`", crate::shown::text(found))]
    Object {
        /// As written.
        found: String,
    },
    /// An element type that is not read.
    #[error("expected real numbers of at most 64 bits, found `{}`", crate::shown::text(found))]
    Element {
        /// As written.
        found: String,
    },
    /// The values are text.
    #[error("expected binary values, found text (BinaryData = False)")]
    Text,
    /// The values are in several files.
    #[error("expected the values in one file, found `{}`", crate::shown::text(found))]
    Several {
        /// As written.
        found: String,
    },
    /// The place of the values is counted from the end of a stream.
    #[error("expected values behind the header, found HeaderSize -1 on a stream, whose end is not known")]
    EndOfStream,
}

impl FormatError for MetaImageError {
    fn advice(&self) -> Option<Advice> {
        Some(match self {
            MetaImageError::Element { .. } | MetaImageError::Text | MetaImageError::Several { .. } => {
                "`SimpleITK.WriteImage(SimpleITK.ReadImage('FILE'), 'heatmaps.mha')` writes one file of \
                 binary values"
                    .into()
            }
            MetaImageError::EndOfStream => "give the file itself, not a stream".into(),
            _ => "the header is damaged: export the file again".into(),
        })
    }
}

/// Fields are checked before the file of values is opened, so that a damaged header is reported as such.
fn open(mut input: Input, _: &OpenOptions) -> Result<Opened, SourceError> {
    let fields = Fields::read(&mut input)?;
    let lengths = fields.lengths()?;
    let channels = fields.channels()?;
    let element = Element { kind: kind(&fields)?, big_endian: fields.is_big_endian()? };
    let is_compressed = fields.is_compressed()?;
    let header_size = fields.header_size()?;
    if !fields.is_binary()? {
        return Err(MetaImageError::Text.into());
    }
    let (affines, mut notices) = affine::affines(&fields, &lengths, usize::from(channels > 1))?;
    notices.extend(scaled(&fields)?);
    let shape: Vec<u64> = Some(channels).filter(|&n| n > 1).into_iter().chain(lengths).collect();
    let length = byte_length(&shape, element.size())?;
    let name = fields.data_file();
    let is_local = name.eq_ignore_ascii_case("local");
    if name.is_empty() {
        let expected = "LOCAL or the name of a file".to_owned();
        return Err(MetaImageError::Value { key: "ElementDataFile", expected, found: String::new() }.into());
    }
    if !is_local && is_several(name) {
        return Err(MetaImageError::Several { found: quoted(name) }.into());
    }
    let behind = input.position();
    if is_local && (1..behind as i64).contains(&header_size) {
        // ITK reads the header itself as values.
        let expected = format!("0, -1, or at least {behind}, where the header ends,");
        let found = header_size.to_string();
        return Err(MetaImageError::Value { key: "HeaderSize", expected, found }.into());
    }
    let format = input.label("metaimage");
    let format = format + if is_local { "" } else { " pair" } + if is_compressed { " zlib" } else { "" };
    let (body, partner) = detached::body(input, Some(name).filter(|_| !is_local))?;
    let values = values(body, header_size, length, is_compressed);
    let (values, trailing) = values.map_err(|error| of_partner(partner.as_deref(), error))?;
    notices.extend(trailing);
    let layouts = if channels > 1 { &VECTORS } else { &SCALARS };
    let header = Header {
        format,
        element,
        shape,
        order: MemoryOrder::Fortran,
        layouts,
        scaling: Scaling::NONE,
        affine_kinds: READER.affines,
        takes_affine: !affines.iter().any(|affine| affine.kind.is_placed),
        affines,
        notices,
    };
    Ok(Opened { header, values })
}

/// The `length` bytes of values of a file, from where it stands, or from where the header says.
fn values(
    mut body: Input,
    header_size: i64,
    length: u64,
    is_compressed: bool,
) -> Result<(super::Values, Vec<Notice>), SourceError> {
    let start = match header_size {
        0 => body.position(),
        // Counted from the end, so that all before it is skipped, whatever it is.
        ..0 => body.length().ok_or(MetaImageError::EndOfStream)?.saturating_sub(length),
        _ => header_size as u64,
    };
    if !is_compressed {
        return body.into_values(start, length);
    }
    let ahead = start.saturating_sub(body.position());
    if body.skip(ahead)? < ahead {
        return Err(SourceError::Truncated { expected: length, found: 0 });
    }
    body.unpacked(|source| Box::new(Packed::Unknown(Some(source))))?.into_values(0, length)
}

/// zlib or gzip data, whichever it turns out to be.
enum Packed {
    Unknown(Option<Box<dyn Pull>>),
    Known(Box<dyn Pull>),
}

impl Pull for Packed {
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        if let Packed::Unknown(source) = self
            && let Some(mut pull) = source.take()
        {
            let mut head = vec![0; 2];
            let filled = super::pull::fill(pull.as_mut(), &mut head)?;
            head.truncate(filled);
            let is_gzip = gzip::sniff(&[&head[..], &[8]].concat());
            let whole = Box::new(super::pull::Replayed { head, position: 0, pull });
            *self =
                Packed::Known(if is_gzip { Box::new(Gzip::new(whole)) } else { Box::new(Zlib::new(whole)) });
        }
        match self {
            Packed::Known(pull) => pull.pull(buffer),
            Packed::Unknown(_) => Ok(0),
        }
    }

    fn ahead(&self) -> Option<std::sync::Arc<dyn super::values::Ahead>> {
        match self {
            Packed::Known(pull) => pull.ahead(),
            Packed::Unknown(_) => None,
        }
    }
}

/// The type of the voxels. Sizes are those of ITK: `MET_LONG` has 32 bits.
fn kind(fields: &Fields) -> Result<Kind, MetaImageError> {
    let found = fields.text("ElementType")?;
    Ok(match found {
        "MET_CHAR" | "MET_ASCII_CHAR" => Kind::I8,
        "MET_UCHAR" => Kind::U8,
        "MET_SHORT" => Kind::I16,
        "MET_USHORT" => Kind::U16,
        "MET_INT" | "MET_LONG" => Kind::I32,
        "MET_UINT" | "MET_ULONG" => Kind::U32,
        "MET_LONG_LONG" => Kind::I64,
        "MET_ULONG_LONG" => Kind::U64,
        "MET_FLOAT" => Kind::F32,
        "MET_DOUBLE" => Kind::F64,
        _ => return Err(MetaImageError::Element { found: quoted(found) }),
    })
}

/// A notice about a slope or an intercept, which no reader applies.
fn scaled(fields: &Fields) -> Result<Option<Notice>, MetaImageError> {
    let number = |key, otherwise| fields.number(key).map(|found| found.unwrap_or(otherwise));
    let slope = number("ElementToIntensityFunctionSlope", 1.0)?;
    let intercept = number("ElementToIntensityFunctionOffset", 0.0)?;
    if (slope, intercept) == (1.0, 0.0) {
        return Ok(None);
    }
    Ok(Some(Notice::Format(FormatNotice {
        kind: "unscaled",
        is_about_values: true,
        text: format!("the header has the slope {slope} and the intercept {intercept}"),
        advice: "they are not applied, as in ITK; scale the values when the file is written".into(),
    })))
}

/// How a header and its file of values are known.
const NAMES: Names = Names {
    headers: &["mhd"],
    values: &["raw", "zraw"],
    sniff: is_meta_image,
    name: |input| {
        let fields = Fields::read(input).ok()?;
        let name = fields.data_file();
        (!name.eq_ignore_ascii_case("local") && !is_several(name)).then(|| name.to_owned())
    },
};

/// The end of the header that does not come.
fn ends() -> TextError {
    TextError::Ends { before: "`ElementDataFile`" }
}

#[cfg(test)]
mod tests;
