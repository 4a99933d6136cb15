//! The named numbers of one landmark, in the order of the columns, for every format alike.
//!
//! A row is made of five groups: coordinates in each space asked for; with `compare` the hard argmax in
//! the same spaces and how far it lies from the answer; with `stats` the spread; with `uncertainty` how far
//! the answer may be off, with `region` the voxels as high as the peak but for a share (`trust.rs`). A cell
//! without an answer is empty: never 0, never the centre.
//!
//! Why empty: 0 is a voxel of every volume and the centre is where a flat heatmap's average lands, so
//! either would read as a landmark. An absent number cannot be averaged by mistake.
//!
//! Names and numbers are made side by side here, because a header that disagrees with its rows shifts every
//! column after the first difference, and nothing in the file would show it.

use super::report::{Report, Space};
use crate::geometry::{Covariance, Voxel};
use crate::landmark::{InputRecord, Landmark};

/// One number, or no answer.
pub(super) type Cell = Option<f64>;

/// The names of the cells of `--compare`.
pub(super) const CONTRAST: [&str; 3] = ["peak_value", "distance_voxel", "distance_mm"];

/// The name of the number of files whose mean an input is.
pub(super) const MEMBERS: &str = "members";

/// The names of [`between`].
pub(super) const BETWEEN: [&str; 2] = ["between_voxel", "between_mm"];

/// How the names of a spread begin: standard deviations, covariances.
const STD: [&str; 2] = ["std", "cov"];

/// The name of the cell that follows them if there are several peaks.
pub(super) const PEAK_RATIO: &str = "peak_ratio";

impl Report {
    /// The names of all numeric columns: those between `label` and `status`.
    ///
    /// They depend on the report alone and not on any input, so that the header can be written before the
    /// first file is opened, and every row has the same cells.
    pub(super) fn column_names(&self) -> Vec<String> {
        let coordinates: Vec<String> =
            self.coords.spaces().flat_map(|space| self.coordinate_names(space)).collect();
        let mut names = coordinates.clone();
        if self.compare {
            names.extend(coordinates.iter().map(|name| format!("hard_{name}")));
            names.extend(CONTRAST.map(str::to_owned));
            names.extend(self.peaks.map(|_| PEAK_RATIO.to_owned()));
        }
        if self.stats {
            names.extend(self.spread_names());
        }
        if self.uncertainty {
            names.extend(self.uncertainty_names());
        }
        names.extend(self.region_names());
        if self.average {
            names.extend(BETWEEN.map(str::to_owned));
        }
        names
    }

    /// A column from the path that is called as one of numbers is, if there is one.
    #[must_use]
    pub(crate) fn doubled_name(&self) -> Option<String> {
        let names = self.column_names();
        self.path_names().find(|name| names.iter().any(|column| column == name)).map(str::to_owned)
    }

    /// The cells under [`Report::column_names`], which replace what `cells` holds.
    pub(super) fn fill_cells(&self, cells: &mut Vec<Cell>, input: &InputRecord, landmark: Option<&Landmark>) {
        cells.clear();
        let mut place = |position: Option<Voxel>| {
            for space in self.coords.spaces() {
                cells.extend(spelled(self.coordinates(space, input, position)));
            }
        };
        place(landmark.and_then(|landmark| landmark.position));
        if self.compare {
            place(landmark.and_then(|landmark| landmark.hard));
            cells.extend(contrast(input, landmark));
            cells.extend(self.peaks.map(|_| landmark.and_then(|landmark| landmark.peak_ratio)));
        }
        if self.stats {
            cells.extend(self.spread(input, landmark));
        }
        if self.uncertainty {
            cells.extend(self.uncertainty_cells(input, landmark));
        }
        cells.extend(self.region_cells(input, landmark));
        if self.average {
            cells.extend(between(input, landmark));
        }
    }

    fn coordinate_names(&self, space: Space) -> [String; 3] {
        let letters = self.order.letters();
        match space {
            Space::Normalized => letters.map(|letter| format!("{letter}_norm")),
            Space::Voxel => letters.map(|letter| format!("{letter}_voxel")),
            Space::World => ["x", "y", "z"].map(|letter| format!("{letter}_mm{}", self.frame.suffix())),
        }
    }

    /// A position in one space, in the order and frame asked for. `None` in world space without an affine.
    ///
    /// `None` also if there is no position. Positions are kept in voxels of the heatmap. Voxel coordinates
    /// are those of the image in which the heatmap lies, world coordinates come in millimetres.
    pub(super) fn coordinates(
        &self,
        space: Space,
        input: &InputRecord,
        position: Option<Voxel>,
    ) -> Option<[f64; 3]> {
        let voxel = position?;
        Some(match space {
            Space::Normalized => self.order.apply(self.norm.normalize(voxel, input.lengths).0),
            Space::Voxel => self.order.apply(input.placement.apply(voxel).0),
            Space::World => self.frame.from_ras(input.affine?.apply(voxel)).0,
        })
    }

    /// The names of the cells of [`Report::spread`].
    pub(super) fn spread_names(&self) -> Vec<String> {
        let mut names = self.covariance_names();
        names.extend(["entropy", "peak_probability", "log_normalizer"].map(str::to_owned));
        if self.extras.window_mass {
            names.push("window_mass".to_owned());
        }
        if self.extras.fit {
            names.extend(["amplitude", "background", "residual"].map(|name| format!("fit_{name}")));
            names.extend(self.covariance_names().into_iter().map(|name| format!("fit_{name}")));
        }
        names
    }

    /// The names of [`Report::covariances`].
    fn covariance_names(&self) -> Vec<String> {
        let mut names = moment_names(STD, ["h", "w", "d"], "voxel", "");
        if self.coords.contains(Space::World) {
            names.extend(moment_names(STD, ["x", "y", "z"], "mm", self.frame.suffix()));
        }
        names
    }

    /// Standard deviations and covariance in voxels, and in mm if world coordinates are asked for.
    fn covariances(&self, input: &InputRecord, voxel: Option<Covariance>) -> Vec<Cell> {
        let mut cells = moments(voxel.map(|voxel| input.placement.covariance(&voxel)));
        if self.coords.contains(Space::World) {
            let world = input.affine.zip(voxel).map(|(affine, voxel)| affine.covariance(&voxel));
            cells.extend(moments(world.map(|ras| self.frame.covariance_from_ras(&ras))));
        }
        cells
    }

    /// The spread: standard deviations and covariance, entropy, probability of the peak, log-normalizer;
    /// then, for methods that have them, the mass within the window and what was fitted.
    pub(super) fn spread(&self, input: &InputRecord, landmark: Option<&Landmark>) -> Vec<Cell> {
        let spread = landmark.and_then(|landmark| landmark.spread);
        let mut cells = self.covariances(input, spread.map(|spread| spread.covariance));
        cells.push(spread.map(|spread| spread.entropy));
        cells.push(spread.map(|spread| spread.peak_probability));
        cells.push(spread.map(|spread| spread.log_normalizer));
        if self.extras.window_mass {
            cells.push(landmark.and_then(|landmark| landmark.window_mass));
        }
        if self.extras.fit {
            let fit = landmark.and_then(|landmark| landmark.fit);
            cells.extend(spelled(fit.map(|fit| [fit.amplitude, fit.background, fit.residual])));
            cells.extend(self.covariances(input, fit.map(|fit| fit.covariance)));
        }
        cells
    }
}

/// The peak value, and how far the answer lies from the hard argmax in voxels and in mm (`None` without
/// an affine).
pub(super) fn contrast(input: &InputRecord, landmark: Option<&Landmark>) -> [Cell; 3] {
    let pair = landmark.and_then(|landmark| landmark.position.zip(landmark.hard));
    let place = |voxel: Voxel| input.placement.apply(voxel);
    let in_voxels = pair.map(|(position, hard)| place(position).distance(place(hard)));
    let in_mm = pair.zip(input.affine);
    let in_mm = in_mm.map(|((position, hard), affine)| affine.apply(position).distance(affine.apply(hard)));
    [landmark.and_then(|landmark| landmark.peak_value), in_voxels, in_mm]
}

/// How far the answers of the files of a mean lie from their own mean, root mean square: in voxels of the
/// grid that positions are written in, and in mm (`None` without an affine).
pub(super) fn between(input: &InputRecord, landmark: Option<&Landmark>) -> [Cell; 2] {
    let covariance = landmark.and_then(|landmark| landmark.between);
    let root = |covariance: Covariance| covariance.variances().iter().sum::<f64>().sqrt();
    let in_voxels = covariance.map(|covariance| root(input.placement.covariance(&covariance)));
    let in_mm = covariance.zip(input.affine);
    let in_mm = in_mm.map(|(covariance, affine)| root(affine.covariance(&covariance)));
    [in_voxels, in_mm]
}

/// Names for what `moments` returns, in the same order: the unit is in the name because a bare `std_x` does
/// not say whether it counts voxels or millimetres, and the 2 stands for its square.
pub(super) fn moment_names(
    [deviation, covariance]: [&str; 2],
    letters: [&str; 3],
    unit: &str,
    suffix: &str,
) -> Vec<String> {
    let deviations = letters.iter().map(|letter| format!("{deviation}_{letter}_{unit}{suffix}"));
    let covariances = Covariance::names(letters).map(|name| format!("{covariance}_{name}_{unit}2{suffix}"));
    deviations.chain(covariances).collect()
}

/// Three standard deviations and the upper triangle that they come from.
pub(super) fn moments(covariance: Option<Covariance>) -> Vec<Cell> {
    // Rounding may leave a variance just below 0.
    let deviation = |variance: f64| if variance < 0.0 { 0.0 } else { variance.sqrt() };
    let deviations = covariance.map(|sigma| sigma.variances().map(deviation));
    spelled(deviations).into_iter().chain(spelled(covariance.map(|sigma| sigma.0))).collect()
}

/// The numbers as cells; all are empty if there is no answer.
fn spelled<const K: usize>(numbers: Option<[f64; K]>) -> [Cell; K] {
    numbers.map_or([None; K], |numbers| numbers.map(Some))
}

#[cfg(test)]
mod tests {
    use super::super::report::Extras;
    use super::super::testing::{input, landmark, missing};
    use super::*;
    use crate::geometry::{Frame, Hwd, Norm, Placement};
    use crate::landmark::Fit;

    fn everything() -> Report {
        let coords = "normalized,voxel,world".parse().unwrap();
        Report { coords, compare: true, stats: true, ..Report::default() }
    }

    fn named(report: &Report, landmark: Option<&Landmark>) -> Vec<(String, Cell)> {
        let mut cells = vec![Some(7.0)];
        report.fill_cells(&mut cells, &input("a"), landmark);
        assert_eq!(cells.len(), report.column_names().len());
        report.column_names().into_iter().zip(cells).collect()
    }

    #[test]
    fn every_column_by_hand() {
        let names = everything().column_names().join(",");
        assert_eq!(
            names,
            "h_norm,w_norm,d_norm,h_voxel,w_voxel,d_voxel,x_mm,y_mm,z_mm,\
             hard_h_norm,hard_w_norm,hard_d_norm,hard_h_voxel,hard_w_voxel,hard_d_voxel,\
             hard_x_mm,hard_y_mm,hard_z_mm,peak_value,distance_voxel,distance_mm,\
             std_h_voxel,std_w_voxel,std_d_voxel,cov_hh_voxel2,cov_hw_voxel2,cov_hd_voxel2,\
             cov_ww_voxel2,cov_wd_voxel2,cov_dd_voxel2,\
             std_x_mm,std_y_mm,std_z_mm,cov_xx_mm2,cov_xy_mm2,cov_xz_mm2,cov_yy_mm2,cov_yz_mm2,cov_zz_mm2,\
             entropy,peak_probability,log_normalizer"
        );
        let cells: Vec<f64> =
            named(&everything(), Some(&landmark())).into_iter().map(|(_, cell)| cell.unwrap()).collect();
        let expected = [
            &[0.0, 0.0, -1.0, 2.0, 4.0, 0.0, -6.0, 12.0, 5.0][..],
            &[0.0, -1.0, -1.0, 2.0, 0.0, 0.0, -6.0, 0.0, 5.0, 1.5, 4.0, 12.0],
            &[2.0, 3.0, 0.5, 4.0, -1.0, 0.5, 9.0, 2.0, 0.25],
            &[4.0, 9.0, 2.0, 16.0, -6.0, 4.0, 81.0, 24.0, 4.0],
            &[0.5, 0.125, -3.0],
        ];
        assert_eq!(cells, expected.concat());
    }

    #[test]
    fn the_ratio_stands_with_the_peak_value() {
        let report = Report { peaks: Some(2), ..everything() };
        let second = Landmark { peak: 1, peak_ratio: Some(0.25), ..landmark() };
        let columns = named(&report, Some(&second));
        let place = columns.iter().position(|(name, _)| name == "distance_mm").unwrap();
        assert_eq!(columns[place + 1], ("peak_ratio".to_owned(), Some(0.25)));
        assert_eq!(columns.len(), named(&everything(), Some(&second)).len() + 1);
        let without = Report { compare: false, ..report };
        assert!(named(&without, Some(&second)).iter().all(|(name, _)| name != "peak_ratio"));
    }

    #[test]
    fn the_window_and_the_fit_come_last() {
        let report = Report { extras: Extras { window_mass: true, fit: true }, ..everything() };
        let covariance = Covariance([1.0, 0.5, 0.0, 4.0, -1.0, 9.0]);
        let fit = Fit { amplitude: 2.0, background: 0.5, residual: 0.25, covariance };
        let fitted = Landmark { window_mass: Some(0.75), fit: Some(fit), ..landmark() };
        let columns = named(&report, Some(&fitted));
        let start = columns.iter().position(|(name, _)| name == "log_normalizer").unwrap() + 1;
        let found: Vec<String> =
            columns[start..].iter().map(|(name, cell)| format!("{name}={}", cell.unwrap())).collect();
        // Voxels of 2 × 3 × 4 mm.
        assert_eq!(
            found.join(" "),
            "window_mass=0.75 fit_amplitude=2 fit_background=0.5 fit_residual=0.25 \
             fit_std_h_voxel=1 fit_std_w_voxel=2 fit_std_d_voxel=3 \
             fit_cov_hh_voxel2=1 fit_cov_hw_voxel2=0.5 fit_cov_hd_voxel2=0 \
             fit_cov_ww_voxel2=4 fit_cov_wd_voxel2=-1 fit_cov_dd_voxel2=9 \
             fit_std_x_mm=2 fit_std_y_mm=6 fit_std_z_mm=12 \
             fit_cov_xx_mm2=4 fit_cov_xy_mm2=3 fit_cov_xz_mm2=0 \
             fit_cov_yy_mm2=36 fit_cov_yz_mm2=-12 fit_cov_zz_mm2=144"
        );
        let without = named(&report, Some(&landmark()));
        assert!(without[start..].iter().all(|(_, cell)| cell.is_none()));
    }

    #[test]
    fn lps_turns_x_and_y_round() {
        let report = Report { frame: Frame::Lps, ..everything() };
        let columns = named(&report, Some(&landmark()));
        let of = |name: &str| columns.iter().find(|(column, _)| column == name).unwrap().1;
        for (name, cell) in [
            ("x_mm_lps", 6.0),
            ("y_mm_lps", -12.0),
            ("z_mm_lps", 5.0),
            ("hard_x_mm_lps", 6.0),
            ("distance_mm", 12.0),
            ("std_x_mm_lps", 4.0),
            ("cov_xx_mm2_lps", 16.0),
            ("cov_xy_mm2_lps", -6.0),
            ("cov_xz_mm2_lps", -4.0),
            ("cov_yy_mm2_lps", 81.0),
            ("cov_yz_mm2_lps", -24.0),
            ("cov_zz_mm2_lps", 4.0),
        ] {
            assert_eq!(of(name), Some(cell), "{name}");
        }
    }

    #[test]
    fn order_permutes_voxel_and_normalized_alone() {
        let report = Report { order: "whd".parse().unwrap(), norm: Norm::UnitCorners, ..everything() };
        let columns = named(&report, Some(&landmark()));
        let start: Vec<_> = columns[..9].iter().map(|(name, cell)| (name.as_str(), cell.unwrap())).collect();
        assert_eq!(start[..3], [("w_norm", 0.5), ("h_norm", 0.5), ("d_norm", 0.0)]);
        assert_eq!(start[3..6], [("w_voxel", 4.0), ("h_voxel", 2.0), ("d_voxel", 0.0)]);
        assert_eq!(start[6..9], [("x_mm", -6.0), ("y_mm", 12.0), ("z_mm", 5.0)]);
        assert_eq!(columns[12], ("hard_w_voxel".into(), Some(0.0)));
        assert_eq!(columns[21], ("std_h_voxel".into(), Some(2.0)));
    }

    #[test]
    fn missing_keeps_peak_and_spread() {
        let columns = named(&everything(), Some(&missing()));
        let (positions, rest) = columns.split_at(18);
        assert!(positions.iter().all(|(_, cell)| cell.is_none()));
        assert_eq!((rest[0].1, rest[1].1, rest[2].1), (Some(1.5), None, None));
        assert!(rest[3..].iter().all(|(_, cell)| cell.is_some()));
        assert!(named(&everything(), None).iter().all(|(_, cell)| cell.is_none()));
    }

    #[test]
    fn millimetres_need_an_affine() {
        let voxels = InputRecord { affine: None, ..input("a") };
        assert_eq!(contrast(&voxels, Some(&landmark())), [Some(1.5), Some(4.0), None]);
        let spread = everything().spread(&voxels, Some(&landmark()));
        assert!(spread[..9].iter().all(Option::is_some) && spread[9..18].iter().all(Option::is_none));
        assert_eq!(everything().coordinates(Space::World, &voxels, landmark().position), None);
    }

    #[test]
    fn voxels_are_those_of_the_image_and_the_rest_stays() {
        let placement = Placement::new(Hwd([2.0, 3.0, 1.0]), Voxel([0.0, -4.0, 6.0]));
        let placed = InputRecord { placement, ..input("a") };
        let (mut cells, mut plain) = (Vec::new(), Vec::new());
        everything().fill_cells(&mut cells, &placed, Some(&landmark()));
        everything().fill_cells(&mut plain, &input("a"), Some(&landmark()));
        let names = everything().column_names();
        let expected = [
            // (2, 4, 0) and (2, 0, 0): 2·2 + ½, 4·3 + 1 − 4 and 0·3 + 1 − 4, 0 + 6.
            ("h_voxel", 4.5),
            ("w_voxel", 9.0),
            ("d_voxel", 6.0),
            ("hard_h_voxel", 4.5),
            ("hard_w_voxel", -3.0),
            ("hard_d_voxel", 6.0),
            ("distance_voxel", 12.0),
            ("std_h_voxel", 4.0),
            ("std_w_voxel", 9.0),
            ("std_d_voxel", 0.5),
            ("cov_hh_voxel2", 16.0),
            ("cov_hw_voxel2", -6.0),
            ("cov_hd_voxel2", 1.0),
            ("cov_ww_voxel2", 81.0),
            ("cov_wd_voxel2", 6.0),
            ("cov_dd_voxel2", 0.25),
        ];
        for ((name, cell), before) in names.iter().zip(cells).zip(plain) {
            let changed = expected.iter().find(|(other, _)| other == name);
            assert_eq!(cell, changed.map_or(before, |&(_, value)| Some(value)), "{name}");
        }
    }

    #[test]
    fn variance_below_zero_by_rounding_has_no_spread() {
        assert_eq!(
            moments(Some(Covariance([-1e-20, 0.0, 0.0, 4.0, 0.0, 0.0])))[..3],
            [Some(0.0), Some(2.0), Some(0.0)]
        );
        assert!(moments(Some(Covariance([f64::NAN; 6])))[0].unwrap().is_nan());
    }
}
