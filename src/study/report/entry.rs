//! What the page says of each landmark, and of all of them.

use crate::picture::Ellipse;

/// A picture: in the page, or in a file of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// The bytes of a PNG.
    Inside(Vec<u8>),
    /// The path of a PNG, from the page, with `/` between directories.
    Beside(String),
}

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// The answer: of the chosen method, or as a file gives it.
    Answer,
    /// The answer of the chosen method, where the answer is another one.
    Decoded,
    /// The soft-argmax of the whole heatmap.
    Soft,
    /// The largest voxel.
    Hard,
    /// The truth.
    Truth,
}

impl MarkKind {
    /// The word for it in the data of the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            MarkKind::Answer => "answer",
            MarkKind::Decoded => "decoded",
            MarkKind::Soft => "soft",
            MarkKind::Hard => "hard",
            MarkKind::Truth => "truth",
        }
    }
}

/// A position on a slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// What it stands for.
    pub kind: MarkKind,
    /// From the left and from the top of the picture, in the unit of the entry.
    pub place: [f64; 2],
    /// How far it lies from the slice.
    pub distance: f64,
}

/// One slice through the landmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// `axial`, or the axes that it shows.
    pub name: &'static str,
    /// What lies to the left, to the right, above and below.
    pub letters: [&'static str; 4],
    /// Width and height in the unit of the entry.
    pub extent: [f64; 2],
    /// The heatmap.
    pub heat: Picture,
    /// The image below it, if there is one.
    pub image: Option<Picture>,
    /// Positions.
    pub marks: Vec<Mark>,
    /// About the answer: what holds 95 of 100 errors, as the map itself says.
    pub ellipse: Option<Ellipse>,
}

/// A position as the page writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Answer {
    /// In voxels of the image, along h, w, d.
    pub voxel: Option<[f64; 3]>,
    /// In mm, RAS+.
    pub world: Option<[f64; 3]>,
}

/// What the page says of one landmark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its place in the order in which landmarks were decoded.
    pub place: usize,
    /// The input, as it was named.
    pub file: String,
    /// What was read from its path, one for each column of the page.
    pub cells: Vec<Option<String>>,
    /// Sample; `None` for an input that could not be read.
    pub n: Option<usize>,
    /// Channel; `None` for an input that could not be read.
    pub c: Option<usize>,
    /// Which peak, if several were asked for.
    pub peak: Option<usize>,
    /// The landmark's name, if it has one.
    pub label: Option<String>,
    /// The status.
    pub status: &'static str,
    /// The flags.
    pub flags: Vec<&'static str>,
    /// Why it has its status or its flags.
    pub reason: Option<String>,
    /// `mm`, or `voxel` without an affine: the unit of all lengths.
    pub unit: &'static str,
    /// Where it is.
    pub answer: Answer,
    /// The value of the peak.
    pub peak_value: Option<f64>,
    /// The radius that holds the truth 95 times of 100.
    pub error95: Option<f64>,
    /// How far the answer lies from the truth.
    pub error: Option<f64>,
    /// What became of it beside the truth, such as `matched`; `None` without a truth.
    pub outcome: Option<&'static str>,
    /// How far the soft-argmax lies from the answer.
    pub to_soft: Option<f64>,
    /// How far the largest voxel lies from the answer.
    pub to_hard: Option<f64>,
    /// The values of the darkest and of the lightest colour.
    pub range: Option<[f64; 2]>,
    /// The slices; none if there is nothing to show.
    pub slices: Vec<Slice>,
}

impl Entry {
    /// What a person calls the landmark.
    #[must_use]
    pub fn name(&self) -> String {
        let channel = || self.c.map_or_else(|| "the whole input".to_owned(), |c| format!("c {c}"));
        self.label.clone().unwrap_or_else(channel)
    }

    /// Whether it must be looked at: it has no sound answer, or something about it is doubtful.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.status != "ok" || !self.flags.is_empty() || self.outcome == Some("missing")
    }
}

/// What the page is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// What stands above it.
    pub title: String,
    /// What made it: the program and its version.
    pub program: String,
    /// How the landmarks were decoded, in words.
    pub method: String,
    /// `radiological` or `neurological`.
    pub convention: &'static str,
    /// The columns that were read from paths.
    pub columns: Vec<String>,
    /// Whether there is a truth.
    pub has_truth: bool,
    /// Whether the answers are those of a file, and not of the method.
    pub is_given: bool,
    /// How many entries have no pictures because there were too many.
    pub unpictured: usize,
    /// What else is to be said: inputs that could not be read, landmarks that were not matched.
    pub notes: Vec<String>,
    /// The landmarks, in their order.
    pub entries: Vec<Entry>,
}
