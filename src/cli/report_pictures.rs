//! The pictures of `report`: slices become PNG, in the page or in files of their own.

use super::exit::{Exit, Failure};
use super::outputs;
use super::report_args::ReportArgs;
use super::report_found::{Found, One};
use super::slicing::{Cut, Slicer, View, unread};
use super::stderr;
use super::warnings::counted;
use crate::geometry::Voxel;
use crate::picture::{Range, grey, heat, indexed};
use crate::reference::ReferencePattern;
use crate::source::{self, Location};
use crate::study::{Entry, Mark, MarkKind, Picture, Slice};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

/// What pictures are made of, and where they go.
pub(super) struct Pictures<'a> {
    pub(super) args: &'a ReportArgs,
    pub(super) image: Option<&'a ReferencePattern>,
    /// The page.
    pub(super) target: &'a Path,
}

/// What has no picture.
#[derive(Default)]
pub(super) struct Unpictured {
    /// How many landmarks there are beyond those that may have one.
    pub(super) too_many: usize,
    /// Images that could not be read.
    pub(super) notes: Vec<String>,
}

/// How many bytes all pictures of a page may take, whatever is on them: with the rest, 2000 landmarks stay
/// below 20 MB.
const BUDGET: f64 = 17e6;

/// The most pixels along a side.
const MOST: usize = 65;

/// Adds pictures to the first entries.
pub(super) fn add(pictures: &Pictures, found: &Found, entries: &mut [Entry]) -> Result<Unpictured, Failure> {
    let is_shown = |entry: &Entry| found.landmarks.get(entry.place).is_some_and(|one| about(one).is_some());
    let mut of_input: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut unpictured = Unpictured::default();
    let mut count = 0;
    for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| is_shown(entry)) {
        if count == pictures.args.pictures {
            unpictured.too_many += 1;
            continue;
        }
        count += 1;
        of_input.entry(found.landmarks[entry.place].input).or_default().push(at);
    }
    if unpictured.too_many > 0 && !pictures.args.decode.quiet {
        let rest = counted(unpictured.too_many, "landmark");
        stderr::print_line(&format!("note: no pictures of {rest}; `--pictures` says how many have some"));
    }
    let view = View {
        convention: pictures.args.convention.convention(),
        field: pictures.args.field_of_view,
        most: if pictures.args.figures.is_some() { MOST } else { side(count, pictures.image.is_some()) },
    };
    let mut names = Names::default();
    for input in 0..found.inputs.len() {
        let Some(own) = of_input.get(&input) else { continue };
        let location = &found.inputs[input].0;
        let mut slicer = open(pictures, found, location, &mut unpictured.notes)?;
        for &at in own {
            let one = &found.landmarks[entries[at].place];
            let name = names.of(location, &entries[at]);
            picture(pictures, &mut slicer, (location, one), view, &name, &mut entries[at])?;
        }
    }
    Ok(unpictured)
}

/// How many pixels a side has, so that all pictures stay within the budget even if nothing about them can be
/// compressed: six bits a pixel, in base64.
fn side(count: usize, has_image: bool) -> usize {
    let each = BUDGET / count.max(1) as f64 / 3.0 * 0.75;
    let (head, bits) = if has_image { (650.0, 12.0) } else { (340.0, 6.0) };
    let pixels = ((each - head).max(0.0) * 8.0 / bits).sqrt();
    (pixels as usize).clamp(16, MOST)
}

/// Where pictures are taken: the landmark, or where it should be.
fn about(one: &One) -> Option<Voxel> {
    one.place().or(one.truth).or(one.landmark.position)
}

/// Opens an input and its image. An image that cannot be read costs the landmarks no heatmap.
fn open(
    pictures: &Pictures,
    found: &Found,
    location: &Location,
    notes: &mut Vec<String>,
) -> Result<Slicer, Failure> {
    let image = pictures.image.zip(location.path()).map(|(pattern, path)| pattern.of(path));
    let Some(image) = image else { return Slicer::open(&found.plan, location, None) };
    match Slicer::open(&found.plan, location, Some(&image)) {
        Ok(slicer) => Ok(slicer),
        Err(failure) => {
            // Without the image it shows whether the heatmaps are the fault.
            let slicer = Slicer::open(&found.plan, location, None)?;
            stderr::print_line(&failure);
            notes.push(format!("the image `{}` could not be shown", crate::shown::path(&image)));
            Ok(slicer)
        }
    }
}

/// Adds its slices to an entry.
fn picture(
    pictures: &Pictures,
    slicer: &mut Slicer,
    (location, one): (&Location, &One),
    view: View,
    name: &str,
    entry: &mut Entry,
) -> Result<(), Failure> {
    let Some(about) = about(one) else { return Ok(()) };
    let heatmap = (one.landmark.n, one.landmark.c);
    let cuts = slicer.cuts(heatmap, about, view).map_err(|error| unread(location, error))?;
    let heat_range = Range::of(cuts.iter().flat_map(|cut| &cut.heat));
    let heat_range = heat_range.unwrap_or(Range { low: 0.0, high: 0.0 });
    entry.range = Some([heat_range.low, heat_range.high]);
    let layers = || cuts.iter().filter_map(|cut| cut.image.as_ref());
    let given = pictures.args.image_range.map(|given| Range { low: given.0, high: given.1 });
    let shades = layers().flat_map(|layer| layer.values.iter().copied());
    let image_range = given.or_else(|| Range::middle(shades, 0.98)).unwrap_or(heat_range);
    for cut in &cuts {
        let over = cut.image.is_some();
        let heated = png(&cut.heat, cut.plane.columns, heat_range, &heat(over))?;
        let view = cut.plane.name.replace(' ', "");
        let heat = placed(pictures, heated, &format!("{name}_desc-{view}_heatmap.png"))?;
        let image = match &cut.image {
            Some(layer) => {
                let shaded = png(&layer.values, layer.columns, image_range, &grey())?;
                Some(placed(pictures, shaded, &format!("{name}_desc-{view}_image.png"))?)
            }
            None => None,
        };
        entry.slices.push(slice(cut, heat, image, one));
    }
    Ok(())
}

fn png(values: &[f64], columns: usize, range: Range, palette: &[[u8; 4]]) -> Result<Vec<u8>, Failure> {
    let pixels: Vec<u8> = values.iter().map(|&value| range.level(value)).collect();
    indexed(columns, &pixels, palette).map_err(Failure::defect)
}

/// A picture in the page, or in its file.
fn placed(pictures: &Pictures, bytes: Vec<u8>, name: &str) -> Result<Picture, Failure> {
    let Some(directory) = &pictures.args.figures else { return Ok(Picture::Inside(bytes)) };
    let path = directory.join(name);
    let folder = path.parent().unwrap_or(directory);
    std::fs::create_dir_all(folder).map_err(|error| no_directory(folder, error))?;
    outputs::write(&path, &bytes)?;
    Ok(Picture::Beside(from_page(pictures.target, &path)))
}

fn no_directory(path: &Path, error: std::io::Error) -> Failure {
    let what = format!("failed to create the directory `{}`", crate::shown::path(path));
    Failure::new(Exit::Output, what, error, Some("`--figures` takes a directory, which is created".into()))
}

/// The address of a file, from the page.
fn from_page(page: &Path, file: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (page, file) = (absolute(page), absolute(file));
    let folder = page.parent().unwrap_or(Path::new("/"));
    let common = folder.components().zip(file.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(common).map(|_| "..".to_owned());
    let down = file.components().skip(common).map(|part| encoded(&part.as_os_str().to_string_lossy()));
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// A name within an address (RFC 3986).
fn encoded(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

fn slice(cut: &Cut, heat: Picture, image: Option<Picture>, one: &One) -> Slice {
    let plane = &cut.plane;
    let decoded = one.given.and(one.landmark.position);
    let marks = [
        (MarkKind::Hard, one.landmark.hard),
        (MarkKind::Soft, one.soft),
        (MarkKind::Decoded, decoded),
        (MarkKind::Truth, one.truth),
        (MarkKind::Answer, one.place()),
    ];
    let mark = |(kind, place): (MarkKind, Option<Voxel>)| {
        let spot = plane.spot(place?)?;
        // Column 0 is half a pixel from the edge.
        let place = [(spot.column + 0.5) * plane.sizes[0], (spot.row + 0.5) * plane.sizes[1]];
        Some(Mark { kind, place, distance: spot.distance })
    };
    let uncertainty = one.landmark.uncertainty.filter(|_| one.given.is_none());
    Slice {
        name: plane.name,
        letters: plane.letters,
        extent: plane.extent(),
        heat,
        image,
        marks: marks.into_iter().filter_map(mark).collect(),
        ellipse: uncertainty.and_then(|found| plane.ellipse(&found.covariance)),
    }
}

/// The names of files, each of which is given once.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// What the pictures of a landmark begin with, as BIDS names files: the entities of the input, and the
    /// landmark.
    fn of(&mut self, input: &Location, entry: &Entry) -> String {
        let stem = input.path().and_then(source::stem).map(|stem| stem.to_string_lossy().into_owned());
        let stem = stem.unwrap_or_default();
        // The last part without a hyphen is a suffix, which says what the file is.
        let entities = match stem.rsplit_once('_') {
            Some((entities, suffix)) if !suffix.contains('-') && entities.contains('-') => entities,
            _ => &stem,
        };
        let subject = entities.split('_').next().filter(|first| first.starts_with("sub-"));
        let folder = subject.map(|subject| format!("{}/figures/", safe(subject))).unwrap_or_default();
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let label = entry.label.as_deref().map(letters).filter(|label| !label.is_empty());
        let channel = format!("c{}", entry.c.unwrap_or(0));
        let sample = entry.n.filter(|&n| n > 0).map(|n| format!("n{n}")).unwrap_or_default();
        let peak = entry.peak.filter(|&peak| peak > 0).map(|peak| format!("peak{peak}")).unwrap_or_default();
        let base = format!("{folder}{}_label-", safe(entities));
        let short = format!("{base}{}{sample}{peak}", label.as_deref().unwrap_or(&channel));
        if self.0.insert(short.to_lowercase()) {
            return short;
        }
        let (mut name, mut number) = (format!("{short}{channel}"), 2);
        while !self.0.insert(name.to_lowercase()) {
            name = format!("{short}{channel}x{number}");
            number += 1;
        }
        name
    }
}

/// A name that is one on every file system.
fn safe(name: &str) -> String {
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "-_+".contains(letter);
    name.chars().map(|letter| if is_safe(letter) { letter } else { '+' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::LEVELS;
    use crate::study::{self, Page};

    /// Noise of all colours, which cannot be compressed.
    fn noise(side: usize, palette: &[[u8; 4]], state: &mut u32) -> Picture {
        let pixels = (0..side * side).map(|_| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*state >> 26) as u8
        });
        Picture::Inside(indexed(side, &pixels.collect::<Vec<_>>(), palette).unwrap())
    }

    #[test]
    fn two_thousand_landmarks_stay_below_20_megabytes() {
        assert_eq!(LEVELS, 64, "six bits");
        for has_image in [false, true] {
            let (side, mut state) = (side(2000, has_image), 1);
            let mark = |kind| Mark { kind, place: [12.3456, 65.4321], distance: 10.1234 };
            let mut slice = |name| Slice {
                name,
                letters: ["R", "L", "A", "P"],
                extent: [64.0, 64.0],
                heat: noise(side, &heat(has_image), &mut state),
                image: has_image.then(|| noise(side, &grey(), &mut state)),
                marks: [MarkKind::Answer, MarkKind::Hard, MarkKind::Soft, MarkKind::Truth].map(mark).to_vec(),
                ellipse: None,
            };
            let slices = ["axial", "coronal", "sagittal"].map(&mut slice).to_vec();
            let file = "derivatives/sub-0001/ses-01/sub-0001_ses-01_heatmaps.nii.gz".to_owned();
            let entry = Entry { file, slices, status: "ok", unit: "mm", ..Entry::default() };
            let page = Page { entries: vec![entry; 2000], ..Page::default() };
            let bytes = study::page(&page).len();
            assert!(bytes < 20_000_000 && bytes > 15_000_000, "{bytes}");
        }
        // Few landmarks are shown as large as it gets, and very many no smaller than can be seen.
        assert_eq!((side(10, true), side(100_000, true)), (MOST, 16));
    }

    #[test]
    fn addresses_by_hand() {
        let from = |page: &str, file: &str| from_page(Path::new(page), Path::new(file));
        assert_eq!(from("/a/b/page.html", "/a/b/c/d e.png"), "c/d%20e.png");
        assert_eq!(from("/a/b/page.html", "/a/f/ä.png"), "../f/%C3%A4.png");
    }

    #[test]
    fn names_by_hand() {
        let mut names = Names::default();
        let mut of = |input: &str, label: Option<&str>, c: usize| {
            let entry = Entry { label: label.map(str::to_owned), c: Some(c), n: Some(0), ..Entry::default() };
            names.of(&Location::Path(input.into()), &entry)
        };
        let bids = "sub-01/anat/sub-01_ses-2_heatmaps.nii.gz";
        assert_eq!(of(bids, Some("AC"), 0), "sub-01/figures/sub-01_ses-2_label-AC");
        assert_eq!(of(bids, Some("a.c"), 1), "sub-01/figures/sub-01_ses-2_label-acc1");
        assert_eq!(of(bids, Some("A/C"), 2), "sub-01/figures/sub-01_ses-2_label-ACc2");
        assert_eq!(of(bids, None, 3), "sub-01/figures/sub-01_ses-2_label-c3");
        assert_eq!(of("../x y.npy", Some("../.."), 4), "x+y_label-c4");
    }
}
