//! NIfTI-1 and NIfTI-2, single files and pairs.
//!
//! The table of data types is the nifti crate's. Its headers have no NIfTI-2 and no negative lengths, and
//! its volumes and affines panic or misread (see the notes on crates in `docs/`), so these are read here.
//!
//! NIfTI leaves much to its readers, and each of these fields has led to wrong positions or values
//! somewhere.
//!
//! `scl_slope` of 0 means that the values are not scaled, not that all are 0; some files hold NaN
//! in it. `vox_offset` is a float in NIfTI-1, and in a single file it must leave room for the
//! header. `dim` is signed and may be negative in damaged files. `bitpix` repeats what `datatype`
//! says and may contradict it; readers go by `datatype`. `xyzt_units` packs the unit of space and that of
//! time into one byte. Two affines may be set and disagree.
//!
//! The values of a pair are in a second file with the same offset rules, except that they may begin
//! at byte 0.

mod affine;
mod fields;
mod notices;
mod pair;

use super::advice::Advice;
use super::elements::{Element, Kind};
use super::error::{FormatError, SourceError};
use super::header::{Header, Opened};
use super::input::Input;
use super::location::OpenOptions;
use super::notice::Notice;
use super::reader::Reader;
use crate::geometry::{DefaultLayout, DefaultLayouts, LayoutCandidate, MemoryOrder, byte_length};
use crate::heatmap::Scaling;
use crate::shown;
use fields::{Fields, Version};
use nifti::{NiftiHeader, NiftiType};

/// The row of NIfTI in the table of readers.
pub(super) const READER: Reader = Reader {
    name: "NIfTI",
    extensions: &["nii", "hdr", "img"],
    summary: "a NIfTI-1 or NIfTI-2 volume, a single file or a pair of .hdr and .img",
    sniff: fields::is_nifti,
    affines: affine::KINDS,
    layouts: &LAYOUTS,
    open,
    companions: pair::companions,
};

/// Space comes first: a fourth axis holds channels, and so does a fifth if the fourth has length 1.
///
/// The fifth axis is where NIfTI puts the components of a vector; the fourth is time there.
const LAYOUTS: DefaultLayouts = DefaultLayouts {
    defaults: &[
        DefaultLayout::exact("HW"),
        DefaultLayout::exact("HWD"),
        DefaultLayout::padded("HWDC"),
        DefaultLayout::padded_with_unit("HWDNC", 'N'),
    ],
    candidates: &[
        LayoutCandidate { layout: "HWDCN", purpose: "" },
        LayoutCandidate { layout: "HWDNC", purpose: "" },
    ],
};

/// What mends a header that nibabel reads.
const REWRITE: &str = "`nibabel.save(nibabel.load('FILE'), 'heatmaps.nii.gz')` writes a header that is right";

/// A NIfTI header that is defective, or declares what is not read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum NiftiError {
    /// The header has the magic of NIfTI, but does not begin with its size.
    ///
    /// The size shows the byte order, so nothing behind it can be read for certain.
    #[error("expected a header size of {expected} with the magic `{magic}`, found {found}")]
    Size {
        /// What belongs to the magic.
        expected: i32,
        /// The magic.
        magic: &'static str,
        /// As declared, in the byte order in which it is nearer to 0.
        found: i32,
    },
    /// A single file has the magic of a pair's header.
    #[error(
        "expected the magic `{expected}` in a single file, found `{found}`, that of a pair of .hdr and .img"
    )]
    SingleMagic {
        /// That of a single file.
        expected: &'static str,
        /// That of a pair.
        found: &'static str,
    },
    /// The header of a pair has the magic of a single file.
    #[error(
        "expected the magic `{expected}` in the header of a pair, found `{found}`, that of a single file"
    )]
    PairMagic {
        /// That of a pair.
        expected: &'static str,
        /// That of a single file.
        found: &'static str,
    },
    /// NIfTI-2's magic is not followed by its line ends.
    ///
    /// These bytes are in the magic for this purpose: a transfer that rewrites line ends changes them,
    /// and it will have changed the values too.
    #[error("expected the magic of NIfTI-2 to end in 0d 0a 1a 0a, found {found:02x?}")]
    Magic {
        /// The four bytes.
        found: [u8; 4],
    },
    /// `dim[0]` is no number of axes.
    #[error("expected 1 to 7 axes in dim[0], found {found}")]
    Axes {
        /// `dim[0]`.
        found: i64,
    },
    /// A length is below 1.
    ///
    /// A length of 0 would be a volume without voxels, and negative ones come from overflow or damage.
    #[error("expected a length of at least 1 in dim[{axis}], found {found}")]
    Length {
        /// Which, from 1.
        axis: usize,
        /// As declared.
        found: i64,
    },
    /// A data type that is not read.
    #[error("expected real numbers of at most 64 bits, found {name} (datatype {code})")]
    Datatype {
        /// The code.
        code: i16,
        /// What it is called.
        name: &'static str,
    },
    /// A CIFTI-2 file: its matrix is not a volume.
    #[error("expected a volume, found a CIFTI-2 matrix (intent_code {intent})")]
    Cifti {
        /// `intent_code`.
        intent: i32,
    },
    /// `vox_offset` points nowhere, or into the header.
    ///
    /// A fraction or a place inside the header would shift every value.
    #[error("expected vox_offset 0 or a whole number of at least {least}, found {found}")]
    Offset {
        /// The first legal offset.
        least: u64,
        /// As declared.
        found: f64,
    },
    /// `scl_inter` is not finite although `scl_slope` is.
    ///
    /// Every value would be NaN or infinite.
    #[error("expected a finite scl_inter, found {found}")]
    Intercept {
        /// As declared.
        found: f64,
    },
    /// The header of a pair came without a name by which to find its image.
    #[error("expected a single NIfTI file on a stream, found the header of a pair")]
    PairOnStream,
    /// The image of a pair is not beside its header.
    ///
    /// The first place that was looked at.
    #[error("the image of the pair is missing: `{}`", shown::path(at))]
    NoImage {
        /// Where it should be.
        at: std::path::PathBuf,
    },
}

impl FormatError for NiftiError {
    fn advice(&self) -> Option<Advice> {
        Some(Advice::from(match self {
            NiftiError::Datatype { .. } => {
                "`fslmaths FILE heatmaps -odt float`, or save its real or one colour channel with nibabel"
            }
            NiftiError::Cifti { .. } => "`wb_command -cifti-separate` writes the volume it holds",
            NiftiError::Magic { .. } => {
                "the file went through a transfer in text mode: copy it again in binary"
            }
            // nibabel reads these, by the names of the files and by `dim`, and writes the right magic and
            // size.
            NiftiError::SingleMagic { .. }
            | NiftiError::PairMagic { .. }
            | NiftiError::Size { expected: 348, .. } => REWRITE,
            NiftiError::PairOnStream => {
                "`nifti_tool -copy_image -prefix heatmaps.nii -infiles FILE.hdr` makes one file"
            }
            NiftiError::NoImage { .. } => "keep the .hdr and the .img side by side, under one name",
            NiftiError::Intercept { .. } => "set scl_inter to 0 in the file",
            _ => "check the header with `nifti_tool -check_hdr -infiles FILE`, and export the file again",
        }))
    }
}

/// Fields are checked before the image of a pair is opened, so that a damaged header is reported as
/// such. The header of a pair is read to its end first, because nothing later would verify its gzip
/// checksum.
fn open(mut input: Input, _: &OpenOptions) -> Result<Opened, SourceError> {
    let fields = Fields::read(&mut input)?;
    pair::check_magic(&input, &fields)?;
    let shape = shape(&fields)?;
    let (element, size) = element(&fields)?;
    if fields.version == Version::Two && (3000..3100).contains(&fields.intent_code) {
        return Err(NiftiError::Cifti { intent: fields.intent_code }.into());
    }
    let (scaling, slope) = scaling(&fields)?;
    let (affines, mut notices) = affine::affines(&fields, &shape);
    notices.extend(size.into_iter().chain(slope));
    let (start, length) = (offset(&fields)?, byte_length(&shape, element.size())?);
    let (body, name) = if fields.pair {
        input.verify()?;
        (pair::image(&input, start.saturating_add(length))?, format!("{} pair", fields.version.name()))
    } else {
        (input, fields.version.name().to_owned())
    };
    let format = body.label(&name);
    let image = body.path.clone().filter(|_| fields.pair);
    let (values, trailing) = body.into_values(start, length).map_err(|error| of_image(image, error))?;
    notices.extend(trailing);
    let header = Header {
        format,
        element,
        shape,
        order: MemoryOrder::Fortran,
        layouts: READER.layouts,
        scaling,
        affine_kinds: READER.affines,
        takes_affine: false,
        affines,
        notices,
    };
    Ok(Opened { header, values })
}

/// Adds the name of the image to an error about it; `None`, for a single file, leaves the error as it is.
fn of_image(image: Option<std::path::PathBuf>, source: SourceError) -> SourceError {
    match image {
        Some(path) => SourceError::Partner { path, source: Box::new(source) },
        None => source,
    }
}

/// The lengths of the axes that `dim[0]` says are used.
///
/// Lengths behind the used axes may hold anything and are ignored.
fn shape(fields: &Fields) -> Result<Vec<u64>, NiftiError> {
    let [axes, lengths @ ..] = fields.dim;
    let used = usize::try_from(axes).ok().filter(|n| (1..=7).contains(n));
    let used = used.ok_or(NiftiError::Axes { found: axes })?;
    let length = |(i, &found): (usize, &i64)| {
        let length = u64::try_from(found).ok().filter(|&n| n > 0);
        length.ok_or(NiftiError::Length { axis: i + 1, found })
    };
    lengths[..used].iter().enumerate().map(length).collect()
}

/// The type of the voxels, and a notice if `bitpix` is not its size.
///
/// Colours and complex numbers are refused: a heatmap has one number for each voxel.
///
/// Every other reader goes by `datatype` alone, so files whose `bitpix` is wrong are common: NIfTI.jl wrote
/// 32 for every integer type. A `datatype` that is wrong shows in the length of the file.
fn element(fields: &Fields) -> Result<(Element, Option<Notice>), NiftiError> {
    let code = fields.datatype;
    let refuse = |name| Err(NiftiError::Datatype { code, name });
    let Ok(datatype) = (NiftiHeader { datatype: code, ..NiftiHeader::default() }).data_type() else {
        return refuse(if code == 1 { "single bits" } else { "an unknown type" });
    };
    let kind = match datatype {
        NiftiType::Uint8 => Kind::U8,
        NiftiType::Int8 => Kind::I8,
        NiftiType::Uint16 => Kind::U16,
        NiftiType::Int16 => Kind::I16,
        NiftiType::Uint32 => Kind::U32,
        NiftiType::Int32 => Kind::I32,
        NiftiType::Uint64 => Kind::U64,
        NiftiType::Int64 => Kind::I64,
        NiftiType::Float32 => Kind::F32,
        NiftiType::Float64 => Kind::F64,
        NiftiType::Rgb24 => return refuse("RGB colours"),
        NiftiType::Rgba32 => return refuse("RGBA colours"),
        NiftiType::Float128 => return refuse("floats of 128 bits"),
        NiftiType::Complex64 | NiftiType::Complex128 | NiftiType::Complex256 => {
            return refuse("complex numbers");
        }
    };
    let (expected, found) = (datatype.size_of() * 8, fields.bitpix);
    let disagrees = usize::try_from(found) != Ok(expected);
    let notice = disagrees.then(|| notices::bitpix(code, expected, found));
    Ok((Element { kind, big_endian: fields.big_endian }, notice))
}

/// Slope 0 means unscaled, and so does one that is not finite, with a notice.
///
/// The intercept counts only with a slope. [`NiftiError::Intercept`] is an error and no notice, because
/// the slope says that scaling was meant.
fn scaling(fields: &Fields) -> Result<(Scaling, Option<Notice>), NiftiError> {
    let (slope, intercept) = (fields.slope, fields.intercept);
    if !slope.is_finite() {
        return Ok((Scaling::NONE, Some(notices::slope(slope))));
    }
    if slope == 0.0 {
        return Ok((Scaling::NONE, None));
    }
    if !intercept.is_finite() {
        return Err(NiftiError::Intercept { found: intercept });
    }
    Ok((Scaling { slope, intercept }, None))
}

/// Where the values begin, in the file that holds them.
///
/// In bytes. Single files begin at 352 (NIfTI-1) or 544 (NIfTI-2) at the earliest: after the header and
/// the four bytes that announce extensions. 0 means the earliest place, as some writers leave the field
/// empty.
fn offset(fields: &Fields) -> Result<u64, NiftiError> {
    let found = fields.vox_offset;
    let least = if fields.pair { 0 } else { fields.version.values_at() };
    if found == 0.0 {
        return Ok(least);
    }
    if !(found.is_finite() && found.fract() == 0.0 && found >= least as f64) {
        return Err(NiftiError::Offset { least, found });
    }
    Ok(found as u64)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "header fields are read exactly")]
mod tests;
