//! How far an answer can be trusted, as it is written: the uncertainty in numbers, the reason in words.
//!
//! The standard errors and their covariance are those of the answer itself. The radius takes the part of the
//! error that the map shows (the bias) apart from the part that only has a distribution, because a bias does
//! not average out.

use super::columns::{Cell, moment_names, moments};
use super::report::{Report, Space};
use crate::geometry::{Covariance, Hwd, Voxel, radius95};
use crate::landmark::{InputRecord, Landmark, NoRadius, Status, Uncertainty};
use std::borrow::Cow;

/// How the names of standard errors and their covariances begin.
const SE: [&str; 2] = ["se", "se_cov"];

/// What is said of an answer whose uncertainty is a guess.
const ESTIMATE: &str = "no fit: error95 is an estimate";

impl Report {
    /// The names of the cells of [`Report::uncertainty_cells`].
    pub(super) fn uncertainty_names(&self) -> Vec<String> {
        let mut names = moment_names(SE, ["h", "w", "d"], "voxel", "");
        names.push("error95_voxel".to_owned());
        if self.coords.contains(Space::World) {
            names.extend(moment_names(SE, ["x", "y", "z"], "mm", self.frame.suffix()));
            names.push("error95_mm".to_owned());
        }
        names
    }

    /// Standard errors, their covariance and the radius that holds the truth 95 times of 100: in voxels of
    /// the grid that positions are written in, and in mm if world coordinates are asked for.
    pub(super) fn uncertainty_cells(&self, input: &InputRecord, landmark: Option<&Landmark>) -> Vec<Cell> {
        let found = landmark.and_then(|landmark| landmark.uncertainty);
        let calibrated = found.and_then(|found| found.calibrated);
        let with_radius = |moved: Option<(Covariance, [f64; 3], Covariance)>, calibrated: Option<Cell>| {
            let mut cells = moments(moved.map(|(covariance, ..)| covariance));
            let own = moved.map(|(_, bias, fit)| radius95(bias, &fit));
            cells.push(calibrated.unwrap_or(own));
            cells
        };
        let voxel = found.map(|found| {
            let place = |covariance: &Covariance| input.placement.covariance(covariance);
            let bias = input.placement.difference(found.bias).0;
            (place(&found.covariance), bias, place(&found.fit_covariance))
        });
        let mut cells = with_radius(voxel, calibrated.map(|radius| radius.voxel));
        if self.coords.contains(Space::World) {
            let world = input.affine.zip(found).map(|(affine, found)| {
                let covariance = self.frame.covariance_from_ras(&affine.covariance(&found.covariance));
                (covariance, affine.difference(found.bias), affine.covariance(&found.fit_covariance))
            });
            cells.extend(with_radius(world, calibrated.map(|radius| radius.mm)));
        }
        cells
    }

    /// The names of the cells of [`Report::region_cells`]; none if they are not asked for.
    pub(super) fn region_names(&self) -> Vec<String> {
        if self.region { REGION.map(str::to_owned).to_vec() } else { Vec::new() }
    }

    /// The voxels near the peak's height: how many, their volume in mm³, their box in the voxels that
    /// positions are written in, and the background. None of it if it is not asked for.
    pub(super) fn region_cells(&self, input: &InputRecord, landmark: Option<&Landmark>) -> Vec<Cell> {
        if !self.region {
            return Vec::new();
        }
        let region = landmark.and_then(|landmark| landmark.region);
        let place = |Hwd(voxel): Hwd<usize>| input.placement.apply(Voxel(voxel.map(|i| i as f64))).0;
        let ends = region.map(|region| [place(region.first), place(region.last)]);
        let voxels = region.map(|region| region.voxels as f64);
        let volume = voxels.zip(input.affine).map(|(voxels, affine)| voxels * affine.voxel_volume());
        let mut cells = vec![voxels, volume];
        for axis in 0..3 {
            let [first, last] = ends.map_or([None; 2], |ends| ends.map(|end| Some(end[axis])));
            cells.extend([first, last]);
        }
        cells.push(landmark.and_then(|landmark| landmark.background));
        cells
    }
}

/// The names of the cells of [`Report::region_cells`].
const REGION: [&str; 9] = [
    "region_voxels",
    "region_mm3",
    "region_h_first",
    "region_h_last",
    "region_w_first",
    "region_w_last",
    "region_d_first",
    "region_d_last",
    "region_background",
];

/// Why a landmark has its status or its flags; without a landmark, why the input is unreadable: the first
/// line of its error. `None` if there is nothing to say.
pub(super) fn reason<'a>(input: &'a InputRecord, landmark: Option<&Landmark>) -> Option<Cow<'a, str>> {
    let Some(landmark) = landmark.filter(|landmark| landmark.status != Status::Unreadable) else {
        let error = input.error.as_deref()?;
        return Some(error.lines().next().unwrap_or_default().into());
    };
    match (landmark.reason, landmark.uncertainty.and_then(doubt)) {
        (Some(reason), Some(doubt)) => Some(format!("{reason}; {doubt}").into()),
        (Some(reason), None) => Some(reason.to_string().into()),
        (None, doubt) => doubt,
    }
}

/// What is to be said of a radius.
fn doubt(found: Uncertainty) -> Option<Cow<'static, str>> {
    match found.calibrated {
        None => found.is_estimate.then_some(ESTIMATE.into()),
        Some(radius) => radius.without.map(no_radius),
    }
}

/// Why there is no radius by a calibration.
fn no_radius(why: NoRadius) -> Cow<'static, str> {
    match why {
        NoRadius::Subjects(1) => "no radius: the calibration lacks 1 subject".into(),
        NoRadius::Subjects(many) => format!("no radius: the calibration lacks {many} subjects").into(),
        NoRadius::Landmark => "no radius: the calibration had no truth of this landmark".into(),
        NoRadius::Millimetres => "no radius in mm: the calibration was made in voxels".into(),
        NoRadius::Figure => "no radius: the figure that scales it is missing".into(),
        NoRadius::Infinite => "no radius: too many truths of the calibration had no answer".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{input, json, landmark, missing, text, unreadable};
    use super::*;
    use crate::geometry::{Affine, Frame, Placement};
    use crate::landmark::{CalibratedRadius, Flag, Reason, Region};

    fn uncertain() -> Landmark {
        let uncertainty = Uncertainty {
            covariance: Covariance([4.0, -1.0, 0.5, 9.0, 2.0, 0.25]),
            bias: Hwd([3.0, 0.0, 4.0]),
            fit_covariance: Covariance::default(),
            is_estimate: false,
            calibrated: None,
        };
        Landmark { uncertainty: Some(uncertainty), ..landmark() }
    }

    fn named(report: &Report, input: &InputRecord, landmark: &Landmark) -> Vec<(String, Cell)> {
        let mut cells = Vec::new();
        report.fill_cells(&mut cells, input, Some(landmark));
        report.column_names().into_iter().zip(cells).skip(report.coords.spaces().count() * 3).collect()
    }

    fn shown(columns: &[(String, Cell)]) -> String {
        let each = columns.iter().map(|(name, cell)| format!("{name}={}", cell.unwrap()));
        each.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_column_by_hand() {
        let report =
            Report { coords: "voxel,world".parse().unwrap(), uncertainty: true, ..Report::default() };
        // Voxels of 2 × 3 × 4 mm; the bias is (6, 0, 16) mm.
        let far = 292.0_f64.sqrt();
        assert_eq!(
            shown(&named(&report, &input("a"), &uncertain())),
            format!(
                "se_h_voxel=2 se_w_voxel=3 se_d_voxel=0.5 se_cov_hh_voxel2=4 se_cov_hw_voxel2=-1 \
                 se_cov_hd_voxel2=0.5 se_cov_ww_voxel2=9 se_cov_wd_voxel2=2 se_cov_dd_voxel2=0.25 \
                 error95_voxel=5 se_x_mm=4 se_y_mm=9 se_z_mm=2 se_cov_xx_mm2=16 se_cov_xy_mm2=-6 \
                 se_cov_xz_mm2=4 se_cov_yy_mm2=81 se_cov_yz_mm2=24 se_cov_zz_mm2=4 error95_mm={far}"
            )
        );
        let lps = Report { frame: Frame::Lps, ..report.clone() };
        let columns = named(&lps, &input("a"), &uncertain());
        let of = |name: &str| columns.iter().find(|(column, _)| column == name).unwrap().1;
        assert_eq!((of("se_cov_xy_mm2_lps"), of("se_cov_xz_mm2_lps")), (Some(-6.0), Some(-4.0)));
        assert_eq!((of("se_z_mm_lps"), of("error95_mm")), (Some(2.0), Some(far)));
        assert!(named(&report, &input("a"), &landmark()).iter().all(|(_, cell)| cell.is_none()));
    }

    #[test]
    fn voxels_are_those_of_the_image() {
        let report = Report { coords: "voxel".parse().unwrap(), uncertainty: true, ..Report::default() };
        let placement = Placement::new(Hwd([2.0, 3.0, 0.5]), Voxel([7.0; 3]));
        let placed = InputRecord { placement, ..input("a") };
        let columns = named(&report, &placed, &uncertain());
        let of = |name: &str| columns.iter().find(|(column, _)| column == name).unwrap().1;
        assert_eq!((of("se_h_voxel"), of("se_cov_hw_voxel2")), (Some(4.0), Some(-6.0)));
        assert_eq!(of("error95_voxel"), Some(40.0_f64.sqrt()));
        // World coordinates are those of the heatmap's own grid.
        let world = Report { coords: "world".parse().unwrap(), ..report };
        let mm = |input: &InputRecord| named(&world, input, &uncertain()).split_off(10);
        assert_eq!(mm(&placed), mm(&input("a")));
    }

    #[test]
    fn regions_in_every_format() {
        let region = Region { voxels: 5, first: Hwd([0, 2, 1]), last: Hwd([1, 2, 7]) };
        let found = Landmark { region: Some(region), background: Some(-0.25), ..landmark() };
        // Sheared: |det| is 2 · 3 · 4.
        let affine = Affine([[2.0, 1.0, 0.0, 9.0], [0.0, -3.0, 0.5, 9.0], [0.0, 0.0, 4.0, 9.0]]);
        // Along h, map voxel i is centred at (i + 0.5) · 2 − 0.5 + 10.
        let placement = Placement::new(Hwd([2.0, 1.0, 1.0]), Voxel([10.0, 0.0, 0.0]));
        let world = InputRecord { affine: Some(affine), ..input("a") };
        let placed = InputRecord { affine: None, placement, ..input("b") };
        let report = Report { coords: "voxel".parse().unwrap(), region: true, ..Report::default() };
        let inputs: &[(InputRecord, &[Landmark])] =
            &[(world.clone(), &[found, missing()]), (placed, &[found])];
        assert_eq!(
            text("csv", report.clone(), inputs),
            "file,n,c,label,h_voxel,w_voxel,d_voxel,region_voxels,region_mm3,region_h_first,region_h_last,\
             region_w_first,region_w_last,region_d_first,region_d_last,region_background,\
             status,flags,reason\n\
             a,0,0,,2,4,0,5,120,0,1,2,2,1,7,-0.25,ok,,\n\
             a,1,0,,,,,,,,,,,,,,missing,,\n\
             b,0,0,,14.5,4,0,5,,10.5,12.5,2,2,1,7,-0.25,ok,,\n"
        );
        let document = json("json", report.clone(), &[(world.clone(), &[found, missing()])]);
        let landmarks = &document["inputs"][0]["landmarks"];
        let volume = landmarks[0]["region"]["region_mm3"].as_f64().unwrap();
        assert!((volume - 120.0).abs() < 1e-12);
        assert_eq!(landmarks[0]["region"]["region_d_last"], 7.0);
        assert_eq!(landmarks[1]["region"]["region_voxels"], serde_json::Value::Null);
        let line = text("ndjson", report, &[(world, &[found])]);
        assert!(line.contains(r#""region":{"region_voxels":5,"region_mm3":"#), "{line}");
    }

    #[test]
    fn flags_and_reasons_in_every_format() {
        let flags = [Flag::Outside, Flag::Border, Flag::Fallback].into_iter().collect();
        let fell = Landmark { flags, reason: Some(Reason::Fallback("hard")), ..landmark() };
        let below = Landmark { reason: Some(Reason::BelowThreshold(2.5)), ..missing() };
        let broken = InputRecord { error: Some("truncated\nat 3".into()), ..unreadable() };
        let inputs: &[(InputRecord, &[Landmark])] = &[(input("a"), &[fell, below]), (broken, &[])];
        let report = Report { coords: "voxel".parse().unwrap(), ..Report::default() };
        let rows = "file,n,c,label,h_voxel,w_voxel,d_voxel,status,flags,reason\n\
             a,0,0,,2,4,0,ok,border fallback outside,answered by hard\n\
             a,1,0,,,,,missing,,maximum below the threshold of 2.5\n\
             gone.npy,,,,,,,unreadable,,truncated\n";
        assert_eq!(text("csv", report.clone(), inputs), rows);
        assert_eq!(text("tsv", report.clone(), inputs), rows.replace(',', "\t"));
        let lines = text("ndjson", report.clone(), inputs);
        let lines: Vec<&str> = lines.lines().collect();
        assert!(lines[0].ends_with(
            r#""status":"ok","flags":["border","fallback","outside"],"reason":"answered by hard"}"#
        ));
        assert!(lines[2].ends_with(
            r#""status":"unreadable","flags":[],"reason":"truncated","error":"truncated\nat 3"}"#
        ));
        let document = json("json", report, &[(input("a"), &[landmark(), fell])]);
        let found = &document["inputs"][0]["landmarks"];
        assert_eq!(
            (&found[0]["flags"], &found[0]["reason"]),
            (&serde_json::json!([]), &serde_json::Value::Null)
        );
        assert_eq!(found[1]["flags"][2], "outside");
    }

    #[test]
    fn a_guess_says_so() {
        let guess = uncertain().uncertainty.map(|found| Uncertainty { is_estimate: true, ..found });
        let guessed = Landmark { uncertainty: guess, ..uncertain() };
        let said = |landmark: &Landmark| reason(&input("a"), Some(landmark)).map(Cow::into_owned);
        assert_eq!(said(&guessed).as_deref(), Some("no fit: error95 is an estimate"));
        let both = Landmark { reason: Some(Reason::Fallback("hard")), ..guessed };
        assert_eq!(said(&both).as_deref(), Some("answered by hard; no fit: error95 is an estimate"));
        assert_eq!(said(&uncertain()), None);
        let report = Report { uncertainty: true, ..Report::default() };
        let document = json("json", report, &[(input("a"), &[guessed, landmark()])]);
        let found = &document["inputs"][0]["landmarks"];
        assert_eq!(found[0]["uncertainty"]["error95_voxel"], 5.0);
        assert_eq!(found[1]["uncertainty"]["se_cov_hd_voxel2"], serde_json::Value::Null);
    }

    #[test]
    fn a_calibrated_radius_stands_in_place_of_the_own_one() {
        let report =
            Report { coords: "voxel,world".parse().unwrap(), uncertainty: true, ..Report::default() };
        let with = |calibrated: CalibratedRadius| {
            let own = uncertain().uncertainty.map(|found| Uncertainty {
                calibrated: Some(calibrated),
                is_estimate: true,
                ..found
            });
            Landmark { uncertainty: own, ..uncertain() }
        };
        let of = |landmark: &Landmark| {
            let cells = named(&report, &input("a"), landmark);
            let cell = |name: &str| cells.iter().find(|cell| cell.0 == name).unwrap().1;
            let reason = reason(&input("a"), Some(landmark)).map(Cow::into_owned);
            (cell("error95_voxel"), cell("error95_mm"), reason)
        };
        let known = CalibratedRadius { mm: Some(3.5), voxel: Some(2.25), without: None };
        assert_eq!(of(&with(known)), (Some(2.25), Some(3.5), None));
        let voxels = CalibratedRadius { mm: None, without: Some(NoRadius::Millimetres), ..known };
        let why = "no radius in mm: the calibration was made in voxels".to_owned();
        assert_eq!(of(&with(voxels)), (Some(2.25), None, Some(why)));
        let lacks = |why| of(&with(CalibratedRadius { without: Some(why), ..Default::default() }));
        for (why, expected) in [
            (NoRadius::Subjects(7), "no radius: the calibration lacks 7 subjects"),
            (NoRadius::Subjects(1), "no radius: the calibration lacks 1 subject"),
            (NoRadius::Landmark, "no radius: the calibration had no truth of this landmark"),
            (NoRadius::Figure, "no radius: the figure that scales it is missing"),
            (NoRadius::Infinite, "no radius: too many truths of the calibration had no answer"),
        ] {
            assert_eq!(lacks(why), (None, None, Some(expected.to_owned())));
        }
    }
}
