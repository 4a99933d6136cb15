//! `softargmax encode`: heatmaps from landmark files.

use super::convert::{grid, put, warn};
use super::encode_args::{Dtype, EncodeArgs, Normalize};
use super::exit::{Exit, Failure};
use super::points_values::FromFrame;
use super::targets::{Beside, Targets};
use super::{landmarks_in, points_hints, signals, stderr};
use crate::geometry::{Affine, Axis, Hwd, Layout};
use crate::npy_header::npy_header;
use crate::points::{Grid, ImageType, PointSet, ReadOptions, WriteError, nifti_header};
use crate::shown;
use crate::source::Location;
use crate::study::{Arranged, Drawing, Drawn, EncodeError, Noise, Stored, Truncation, arrange, draw};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::Path;

/// Runs `encode`.
pub(super) fn run(args: &EncodeArgs) -> Result<Exit, Failure> {
    check_targets(args)?;
    let form = Form::of(args)?;
    let grid = args.like.as_deref().map(grid).transpose()?;
    let (lengths, affine) = space(args, grid);
    let options = ReadOptions {
        format: args.from,
        from_frame: args.from_frame.and_then(FromFrame::frame),
        in_voxels: args.from_frame == Some(FromFrame::Voxel),
        grid: affine.map(|affine| Grid { affine, lengths }),
    };
    let mut sets = Vec::new();
    for path in &args.inputs {
        let set = landmarks_in::read(path, &options).map_err(|error| points_hints::unread(&error))?;
        for notice in &set.notices {
            warn(path, notice, points_hints::notice(notice));
        }
        sets.push(set);
    }
    let arranged = arrange(&sets).map_err(|error| failure(args, &error))?;
    report(args, &sets, &arranged, lengths);
    let drawing = drawing(args, lengths, affine)?;
    let image = form.image(args, &arranged, &drawing)?;
    let drawn = draw(&arranged, &drawing).map_err(|error| failure(args, &error))?;
    signals::watch();
    put(&args.output, |out| {
        if form.is_gzip {
            // No time stamp and no name: the same landmarks give the same bytes.
            let mut packed = GzEncoder::new(out, Compression::new(6));
            image.write(&mut packed, &drawn)?;
            packed.finish()?;
            Ok(())
        } else {
            image.write(out, &drawn)
        }
    })?;
    if let Some(path) = &args.labels_to {
        put(path, |out| {
            for (c, label) in arranged.labels.iter().enumerate() {
                writeln!(out, "{}", label.clone().unwrap_or_else(|| c.to_string()))?;
            }
            Ok(())
        })?;
    }
    Ok(Exit::Done)
}

fn check_targets(args: &EncodeArgs) -> Result<(), Failure> {
    let beside = args.like.iter().map(|path| Beside { what: "the image of `--like`", path: path.clone() });
    let inputs: Vec<Location> = args.inputs.iter().map(|path| landmarks_in::location(path)).collect();
    let outputs = std::iter::once(args.output.clone()).chain(args.labels_to.clone());
    Targets::new(outputs).check(&inputs, &beside.collect::<Vec<_>>())
}

/// The lengths of the heatmaps, and their affine.
fn space(args: &EncodeArgs, grid: Option<Grid>) -> (Hwd<usize>, Option<Affine>) {
    if let Some(Grid { affine, lengths }) = grid {
        return (lengths, Some(affine));
    }
    let affine = args.spacing.map(|spacing| Affine::from_spacing(Hwd(spacing.0)));
    // One of the two options is there: the parser sees to it.
    (args.shape.map_or(Hwd([1; 3]), |shape| shape.0), affine)
}

fn drawing(args: &EncodeArgs, lengths: Hwd<usize>, affine: Option<Affine>) -> Result<Drawing, Failure> {
    let is_u8 = args.dtype == Dtype::U8;
    let amplitude = args.amplitude.unwrap_or(if is_u8 { 255.0 } else { 1.0 });
    if is_u8 && args.normalize == Normalize::Peak && amplitude > 255.0 {
        return Err(Failure::usage("u8 holds no height above 255", "`--amplitude 255`, or `--dtype f32`"));
    }
    Ok(Drawing {
        lengths,
        affine,
        sigma: args.sigma.0,
        amplitude,
        is_sum: args.normalize == Normalize::Sum,
        truncation: Truncation(args.truncate),
        noise: args.noise.map(|sigma| Noise { sigma, seed: args.seed }),
        stored: args.dtype.stored(),
    })
}

/// The form of the output, by its name.
#[derive(Clone, Copy)]
struct Form {
    is_nifti: bool,
    is_gzip: bool,
}

impl Form {
    fn of(args: &EncodeArgs) -> Result<Form, Failure> {
        let name = args.output.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let (plain, is_gzip) = name.strip_suffix(".gz").map_or((name.as_str(), false), |plain| (plain, true));
        let is_nifti = match plain.rsplit_once('.') {
            Some((stem, "npy")) if !stem.is_empty() => false,
            Some((stem, "nii")) if !stem.is_empty() => true,
            _ => {
                let path = shown::path(&args.output);
                let what = format!("`{path}` has no extension of an array or an image");
                return Err(Failure::usage(what, "`-o FILE.npy` or `-o FILE.nii.gz`"));
            }
        };
        if is_nifti && args.layout.is_some() {
            let what = "a NIfTI file has its own order of axes";
            return Err(Failure::usage(what, "leave `--layout` out, or write `-o FILE.npy`"));
        }
        if is_nifti && args.dtype == Dtype::F16 {
            let what = "NIfTI has no type for half precision";
            return Err(Failure::usage(what, "`--dtype f32`, or `-o FILE.npy`"));
        }
        Ok(Form { is_nifti, is_gzip })
    }

    /// The header of the output, and the order of its values.
    fn image(self, args: &EncodeArgs, arranged: &Arranged, drawing: &Drawing) -> Result<Image, Failure> {
        let Hwd([h, w, d]) = drawing.lengths.map(|n| n as u64);
        let (samples, channels) = (arranged.samples.len() as u64, arranged.labels.len() as u64);
        let lengths = [samples, channels, h, w, d];
        if !self.is_nifti {
            let axes: Vec<usize> = match &args.layout {
                Some(layout) => layout_axes(layout, lengths)?,
                None => (0..5).collect(),
            };
            let shape: Vec<u64> = axes.iter().map(|&axis| lengths[axis]).collect();
            return Ok(Image { header: npy_header(drawing.stored.descr(), &shape), axes });
        }
        if samples > 1 {
            let what = format!("a NIfTI file holds one sample, and there are {samples}");
            return Err(Failure::usage(what, "`-o FILE.npy`, or one run for each sample"));
        }
        let Some(affine) = drawing.affine else {
            let what = "a NIfTI file needs an affine";
            return Err(Failure::usage(what, "`--like IMAGE`, or `--spacing 1,1,1`"));
        };
        let kind = if drawing.stored == Stored::U8 { ImageType::U8 } else { ImageType::F32 };
        let shape = if channels > 1 { vec![h, w, d, channels] } else { vec![h, w, d] };
        Ok(Image { header: nifti_header(&shape, kind, &affine), axes: vec![1, 4, 3, 2] })
    }
}

/// The axes of `--layout`, as numbers: those that it leaves out must have length 1.
fn layout_axes(layout: &Layout, lengths: [u64; 5]) -> Result<Vec<usize>, Failure> {
    let axes: Vec<usize> = layout.places().iter().flatten().map(|axis| axis.index()).collect();
    let left_out = Axis::ALL.iter().find(|axis| !axes.contains(&axis.index()) && lengths[axis.index()] > 1);
    if let Some(axis) = left_out {
        let what =
            format!("`--layout` leaves {} out, which has length {}", axis.letter(), lengths[axis.index()]);
        return Err(Failure::usage(what, "`--layout NCHWD` has all axes"));
    }
    if axes.len() < layout.places().len() {
        return Err(Failure::usage("`--layout` of an output has no dropped axes", "leave `1` out"));
    }
    Ok(axes)
}

/// What is written before the values, and their order.
struct Image {
    header: Vec<u8>,
    axes: Vec<usize>,
}

impl Image {
    fn write(&self, out: &mut dyn Write, drawn: &Drawn) -> Result<(), WriteError> {
        out.write_all(&self.header)?;
        Ok(drawn.write(out, &self.axes)?)
    }
}

/// Warns about landmarks that are missing, or outside the heatmaps.
fn report(args: &EncodeArgs, sets: &[PointSet], arranged: &Arranged, Hwd(lengths): Hwd<usize>) {
    let unreadable = sets
        .iter()
        .flat_map(|set| &set.points)
        .filter(|point| point.state == crate::points::State::Unreadable)
        .count();
    if unreadable > 0 {
        warn_all(
            args,
            unreadable,
            ["is left out: its input could not be read", "are left out: their inputs could not be read"],
        );
    }
    if arranged.missing > 0 {
        warn_all(
            args,
            arranged.missing,
            ["is missing: its heatmap is zero everywhere", "are missing: their heatmaps are zero everywhere"],
        );
    }
    let outside = |point: &&crate::points::Point| {
        point
            .voxel
            .is_some_and(|voxel| voxel.0.iter().zip(lengths).any(|(&x, n)| x < 0.0 || x > (n - 1) as f64))
    };
    let outside = arranged.samples.iter().flatten().flatten().filter(outside).count();
    if outside > 0 {
        let what = [
            "lies outside its heatmap, which has only the tail of the Gaussian",
            "lie outside their heatmaps, which have only the tails of the Gaussians",
        ];
        warn_all(args, outside, what);
    }
}

/// Warns about so many landmarks, in the words for one and for several.
fn warn_all(args: &EncodeArgs, count: usize, [one, several]: [&str; 2]) {
    let (noun, what) = if count == 1 { ("landmark", one) } else { ("landmarks", several) };
    let path = shown::path(&args.output);
    stderr::print_line(&format!("warning: `{path}`: {count} {noun} {what}"));
}

fn failure(args: &EncodeArgs, error: &EncodeError) -> Failure {
    let hint = match error {
        EncodeError::NoVoxels { .. } | EncodeError::NoAffine => Some("`--like IMAGE`, or `--spacing 1,1,1`"),
        EncodeError::Doubled { .. } => Some("a table of `--peaks` has several landmarks for one heatmap"),
        EncodeError::NoCovariance { .. } => {
            Some("`decode --uncertainty` writes covariances; or `--sigma 2` for all landmarks")
        }
        _ => None,
    };
    let what = format!("failed to draw `{}`", shown::path(Path::new(&args.output)));
    Failure::new(Exit::Usage, what, error, hint.map(str::to_owned))
}
