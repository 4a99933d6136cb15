//! What a calibration says, as plain data.

use super::conformal::needed;
use super::scale::{Feature, Scale};
use crate::study::eval::{Bootstrap, Columns, FileName, Space, SpaceChoice};

/// How a calibration is made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The columns to match by; those that both sides have without it.
    pub columns: Option<Vec<String>>,
    /// How the names of files are compared.
    pub file_name: FileName,
    /// The column that tells subjects apart; without it cases are subjects.
    pub subject: Option<String>,
    /// The space in which ways are compared.
    pub space: SpaceChoice,
    /// The coverages that radii are made for, each above 0 and below 1.
    pub levels: Vec<f64>,
    /// How subjects serve to choose and to calibrate.
    pub design: Design,
    /// The figure that radii are scaled by; without it the one that orders errors best.
    pub feature: Option<Feature>,
    /// How many parts subjects are put into for cross-validation, at least 2.
    pub folds: usize,
    /// How many bins of predicted quality there are.
    pub bins: usize,
    /// How intervals are drawn; its seed also puts subjects into parts.
    pub bootstrap: Bootstrap,
}

/// How subjects serve to choose and to calibrate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Design {
    /// This share of them to choose by, the others to make radii: the guarantee holds as it stands. Without a
    /// share it is [`Design::SHARE`], or what radii of the highest level leave.
    Split(Option<f64>),
    /// All of them for both, each measured with what was chosen without it (cross-conformal prediction, Vovk
    /// 2015, doi:10.1007/s10472-013-9368-4): narrower radii, and a guarantee that is weaker by proof and the
    /// same in practice.
    Cross,
}

impl Design {
    /// The share of subjects by which is chosen, if radii can be made by the others.
    pub const SHARE: f64 = 0.35;
    /// So many subjects choose at least, whatever radii need.
    const LEAST: usize = 5;

    /// How many of `count` subjects choose, if there are at least two: at least 1, and not all.
    pub(super) fn choosing(share: Option<f64>, count: usize, levels: &[f64]) -> usize {
        let wanted = ((share.unwrap_or(Self::SHARE) * count as f64).round() as usize).clamp(1, count - 1);
        let needed =
            levels.iter().map(|&level| needed(level)).filter(|&needed| needed + Self::LEAST <= count);
        let needed = needed.max().filter(|_| share.is_none());
        needed.map_or(wanted, |needed| wanted.min(count - needed))
    }
}

/// Numbers with an interval over subjects.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// The mean; `None` of nothing.
    pub mean: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Of how many landmarks.
    pub count: usize,
}

/// Radii of one landmark, or of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Radii {
    /// Subjects that they were made from.
    pub subjects: usize,
    /// Landmarks that they were made from.
    pub count: usize,
    /// The mean error of those, in the unit of the space.
    pub mean_error: Option<f64>,
    /// For each level what the scale is multiplied by; `None` if there are too few subjects.
    pub factors: Vec<Option<f64>>,
    /// For each level how many subjects are missing for a factor.
    pub missing: Vec<usize>,
    /// For each level the share of landmarks of subjects that took no part in the radii which they hold; if
    /// all took part, each subject's by the radii of the others.
    pub reached: Vec<Option<f64>>,
    /// Of how many landmarks that is.
    pub tried_on: usize,
    /// For each level the mean radius.
    pub mean_radius: Vec<Option<f64>>,
    /// For each level what the radius would be if it were the same for every heatmap.
    pub unscaled: Vec<Option<f64>>,
}

/// Heatmaps of like quality, as far as they say.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// The smallest and the largest figure.
    pub figures: (f64, f64),
    /// Landmarks in it.
    pub count: usize,
    /// Their mean error.
    pub mean_error: f64,
    /// For each level the bound that holds their errors, with the same guarantee within the bin; `None` if
    /// there are too few subjects.
    pub bounds: Vec<Option<f64>>,
}

/// How far below the peak heatmaps are at the truth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drops {
    /// Of how many subjects.
    pub subjects: usize,
    /// For each level the drop that holds the truth: the region of all voxels not below
    /// peak − drop · (peak − background). `None` if there are too few subjects, or truths that are in no
    /// voxel.
    pub bounds: Vec<Option<f64>>,
    /// For each level how many subjects are missing.
    pub missing: Vec<usize>,
}

/// Radii in one space.
#[derive(Clone, Debug, PartialEq)]
pub struct InSpace {
    /// The space.
    pub space: Space,
    /// What radii are multiples of.
    pub scale: Scale,
    /// Those of each landmark, in the order of [`Calibration::landmarks`].
    pub landmarks: Vec<Radii>,
    /// Those for landmarks that have too few subjects: of all landmarks together.
    pub pooled: Radii,
    /// From the clearest heatmaps to the most doubtful; empty without a scale.
    pub bins: Vec<Bin>,
}

/// How far the best way is from the truth on subjects that took no part in choosing it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossValidated {
    /// The number of the way that was chosen without each part of the subjects.
    pub chosen: Vec<usize>,
    /// Its errors on those parts.
    pub error: Measured,
}

/// What came of calibrating.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// By which columns landmarks were matched.
    pub columns: Columns,
    /// What tells subjects apart.
    pub subject: String,
    /// The names of the subjects that have a heatmap which could be read.
    pub subjects: Vec<String>,
    /// How many of them have an answer; only those choose and make radii.
    pub answered: usize,
    /// The numbers of those by which was chosen.
    pub choosing: Vec<usize>,
    /// The numbers of those by which radii were made.
    pub calibrating: Vec<usize>,
    /// How each landmark is called: its name and its channel.
    pub landmarks: Vec<(Option<String>, Option<usize>)>,
    /// Landmarks of the truth.
    pub scored: usize,
    /// Predictions without a truth.
    pub extra: usize,
    /// Cases only in the truth, or whose heatmaps could not be read, and cases without a truth.
    pub unmatched: [Vec<String>; 2],
    /// The space in which ways were compared.
    pub space: Space,
    /// The error of each way.
    pub errors: Vec<Measured>,
    /// The number of the way that was chosen.
    pub way: usize,
    /// For each way its error less that of the way that was chosen, where both have an answer.
    pub gains: Vec<Measured>,
    /// How well each figure orders the errors of that way.
    pub correlations: Vec<(Feature, Option<f64>)>,
    /// `None` with fewer than two subjects, or if there was nothing to choose.
    pub cross_validated: Option<CrossValidated>,
    /// The coverages that radii are for.
    pub levels: Vec<f64>,
    /// Radii in each space in which every landmark has coordinates; the one of `space` first.
    pub spaces: Vec<InSpace>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level of 0.95 takes 19 subjects, one of 0.9 takes 9, one of 0.99 takes 99.
    #[test]
    fn who_chooses_by_hand() {
        let of = |share, count| Design::choosing(share, count, &[0.9, 0.95, 0.99]);
        assert_eq!([of(None, 200), of(None, 130), of(None, 104), of(None, 60)], [70, 31, 5, 21]);
        assert_eq!([of(None, 25), of(None, 24), of(None, 23), of(None, 14), of(None, 2)], [6, 5, 8, 5, 1]);
        assert_eq!([of(Some(0.5), 25), of(Some(0.9), 2), of(Some(0.01), 9)], [13, 1, 1]);
    }
}
