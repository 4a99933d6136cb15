//! The landmarks of `report`: decoded, by soft-argmax too, and beside what files say of them.

use super::calibrated::figures;
use super::deliver;
use super::eval_files::Read;
use super::eval_hints;
use super::exit::{Exit, Failure};
use super::plan::Run;
use super::report_args::ReportArgs;
use super::reporter::Reporter;
use super::tally::Tally;
use super::{args, progress, rows, stderr, warnings};
use crate::geometry::{Voxel, World};
use crate::kernel::{self, method};
use crate::landmark::{InputRecord, Landmark};
use crate::pipeline::Decoded;
use crate::plan::{Decoding, Plan};
use crate::points::{Point, PointSet, State};
use crate::source::Location;
use crate::study::{self, Bootstrap, Comparison, Outcome, Settings, SpaceChoice, Within};
use std::collections::HashMap;

/// Where a landmark is that a file gives, in the voxels of its heatmap.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    pub(super) place: Option<Voxel>,
}

/// One landmark.
#[derive(Clone, Debug)]
pub(super) struct One {
    /// Which input.
    pub(super) input: usize,
    pub(super) landmark: Landmark,
    pub(super) label: Option<String>,
    /// The soft-argmax.
    pub(super) soft: Option<Voxel>,
    /// With --landmarks, what they say.
    pub(super) given: Option<Beside>,
    pub(super) truth: Option<Voxel>,
    pub(super) error: Option<f64>,
    pub(super) outcome: Option<Outcome>,
}

/// All landmarks of a run.
pub(super) struct Found {
    pub(super) plan: Plan,
    pub(super) inputs: Vec<(Location, InputRecord)>,
    pub(super) landmarks: Vec<One>,
    exit: Exit,
    /// Landmarks of the truth, and of --landmarks, that no heatmap is of.
    unmatched: [usize; 2],
}

/// Decodes every input, and once more by soft-argmax unless that is the method.
pub(super) fn decode(args: &ReportArgs, run: Run) -> Result<Found, Failure> {
    let Run { plan, search, calibration, verbosity, .. } = run;
    let mut found =
        Found { plan, inputs: Vec::new(), landmarks: Vec::new(), exit: Exit::Done, unmatched: [0; 2] };
    let plan = found.plan.clone();
    let reporter = Reporter::new(&plan, verbosity, Some(plan.inputs.len()));
    let reporter =
        reporter.with_paths(rows::path_columns(&args.decode)?).with_calibration(calibration, &plan);
    let mut tally = Tally::new(&plan);
    let mut named = plan.inputs.iter();
    let inputs = Box::new(plan.inputs.iter().cloned());
    deliver::decode::<Failure>(&plan, inputs, &reporter, &mut |decoded| {
        tally.add(&decoded);
        if let Some(input) = named.next() {
            found.add(input, decoded);
        }
        Ok(())
    })?;
    reporter.finish();
    search.report().filter(|_| !verbosity.is_quiet).for_each(|line| stderr::print_line(&line));
    found.exit = tally.exit();
    if found.exit == Exit::Failing {
        reporter.failing(&plan);
    }
    found.add_soft()?;
    Ok(found)
}

impl Found {
    fn add(&mut self, input: &Location, decoded: Decoded) {
        let number = self.inputs.len();
        let labels = self.plan.report.labels.as_deref();
        let record = decoded.record;
        if record.error.is_none() {
            for landmark in &decoded.landmarks {
                let label = labels.and_then(|labels| labels.get(record.label_index(landmark.c)?));
                let label = label.filter(|name| !name.is_empty()).cloned();
                self.landmarks.push(One {
                    input: number,
                    landmark,
                    label,
                    soft: None,
                    given: None,
                    truth: None,
                    error: None,
                    outcome: None,
                });
            }
        }
        self.inputs.push((input.clone(), record));
    }

    /// The answers of soft-argmax at the same temperature.
    fn add_soft(&mut self) -> Result<(), Failure> {
        let own = self.plan.decoding.kernel.method;
        let Some(soft) = method("soft") else { return Ok(()) };
        if own.name == soft.name {
            return Ok(());
        }
        let kernel = kernel::Settings {
            method: soft,
            parameters: kernel::Parameters::default(),
            with_spread: false,
            with_uncertainty: false,
            region: None,
            ..self.plan.decoding.kernel
        };
        let decoding = Decoding { kernel, peaks: None, ..self.plan.decoding.clone() };
        let plan = Plan { decoding, ..self.plan.clone() };
        let silent = progress::Verbosity { is_quiet: true, is_verbose: false, progress: args::When::Never };
        // Inputs that could not be read have been told.
        let readable: Vec<usize> =
            (0..self.inputs.len()).filter(|&input| self.inputs[input].1.error.is_none()).collect();
        let reporter = Reporter::new(&plan, silent, Some(readable.len()));
        let inputs = Box::new(readable.iter().map(|&input| self.inputs[input].0.clone()));
        let mut places = HashMap::new();
        let mut number = readable.iter();
        deliver::decode::<Failure>(&plan, inputs, &reporter, &mut |decoded| {
            if let Some(&input) = number.next() {
                let found = decoded.landmarks.iter();
                places.extend(found.filter_map(|one| Some(((input, one.n, one.c), one.position?))));
            }
            Ok(())
        })?;
        for one in &mut self.landmarks {
            one.soft = places.get(&(one.input, one.landmark.n, one.landmark.c)).copied();
        }
        Ok(())
    }

    /// Adds what files say.
    pub(super) fn match_with(
        &mut self,
        args: &ReportArgs,
        given: Option<&Read>,
        truth: Option<&Read>,
    ) -> Result<(), Failure> {
        let settings = settings(args);
        if let Some(given) = given {
            let compared = self.compared(&given.set, &settings, eval_hints::Role::Landmarks)?;
            self.landmarks.iter_mut().for_each(|one| one.given = Some(Beside::default()));
            for (at, place, _) in self.places(&compared) {
                self.landmarks[at].given = Some(Beside { place });
            }
            self.unmatched[1] = unmatched(&compared);
        }
        if let Some(truth) = truth {
            let compared = self.compared(&truth.set, &settings, eval_hints::Role::Truth)?;
            for (at, place, row) in self.places(&compared) {
                let one = &mut self.landmarks[at];
                (one.truth, one.error) = (place, compared.evaluation.rows[row].error);
                one.outcome = Some(compared.evaluation.rows[row].outcome);
            }
            self.unmatched[0] = unmatched(&compared);
        }
        Ok(())
    }

    fn compared(
        &self,
        with: &PointSet,
        settings: &Settings,
        role: eval_hints::Role,
    ) -> Result<Comparison, Failure> {
        study::evaluate(&self.points(), with, None, settings).map_err(|error| {
            let what = match role {
                eval_hints::Role::Landmarks => "failed to match the heatmaps with `--landmarks`",
                _ => "failed to compare the landmarks with the truth",
            };
            Failure::new(Exit::Unreadable, what, &error, eval_hints::eval(&error))
        })
    }

    /// For each row of a comparison that is of a landmark: which one, where the other file has it in the
    /// voxels of its heatmap, and the number of the row.
    fn places(&self, compared: &Comparison) -> Vec<(usize, Option<Voxel>, usize)> {
        let rows = compared.evaluation.rows.iter().enumerate();
        let found = rows.filter_map(|(row, found)| {
            let at = found.prediction?;
            let record = &self.inputs[self.landmarks.get(at)?.input].1;
            let place = found.truth.and_then(|truth| match compared.space {
                study::Space::World => record.affine?.voxel_of(World(truth)),
                study::Space::Voxel => Some(record.placement.position_of(Voxel(truth))),
                study::Space::Spaced(_) => None,
            });
            Some((at, place, row))
        });
        found.collect()
    }

    /// The landmarks as a landmark file has them: where they are by --landmarks, if that is given.
    fn points(&self) -> PointSet {
        let mut set = PointSet { path: "the heatmaps".into(), ..PointSet::default() };
        if let Some(path) = &self.plan.report.path {
            set.columns.clone_from(&path.names);
        }
        for one in &self.landmarks {
            let record = &self.inputs[one.input].1;
            let mut point = Point { file: Some(record.file.clone()), ..Point::default() };
            (point.n, point.c, point.label) = (Some(one.landmark.n), Some(one.landmark.c), one.label.clone());
            point.peak = self.plan.report.peaks.map(|_| one.landmark.peak);
            point.extra.clone_from(&record.from_path);
            point.extra.resize(set.columns.len(), None);
            let place = one.place();
            point.voxel = place.map(|place| record.placement.apply(place));
            point.world = place.zip(record.affine).map(|(place, affine)| affine.apply(place));
            point.state = if place.is_some() { State::Present } else { State::Missing };
            set.points.push(point);
        }
        set
    }

    /// What else is to be said.
    pub(super) fn notes(&self) -> Vec<String> {
        let [truth, given] = self.unmatched;
        let of = |count: usize, what: &str| {
            let verb = if count == 1 { "is" } else { "are" };
            (count > 0)
                .then(|| format!("{} {what} {verb} of no heatmap", warnings::counted(count, "landmark")))
        };
        [of(truth, "of the truth"), of(given, "of `--landmarks`")].into_iter().flatten().collect()
    }

    /// How the run ends.
    pub(super) fn tally_exit(&self) -> Exit {
        self.exit
    }
}

/// How many landmarks of the other file have no heatmap.
fn unmatched(compared: &Comparison) -> usize {
    let rows = compared.evaluation.rows.iter();
    rows.filter(|row| row.prediction.is_none() && row.outcome == Outcome::Missing).count()
}

impl One {
    /// Where it is: by --landmarks if there are some, else by the method.
    pub(super) fn place(&self) -> Option<Voxel> {
        self.given.map_or(self.landmark.position, |given| given.place)
    }

    /// The radius that holds the truth 95 times of 100, in mm, or without an affine in voxels: that of the
    /// method's answer.
    pub(super) fn error95(&self, record: &InputRecord) -> Option<f64> {
        if self.given.is_some() {
            return None;
        }
        let [mm, voxel] = figures(record, &self.landmark);
        let calibrated = self.landmark.uncertainty?.calibrated;
        let is_mm = record.affine.is_some();
        match calibrated {
            Some(radius) if is_mm => radius.mm,
            Some(radius) => radius.voxel,
            None => {
                if is_mm {
                    mm.error95
                } else {
                    voxel.error95
                }
            }
        }
    }
}

fn settings(args: &ReportArgs) -> Settings {
    Settings {
        columns: args.columns.clone(),
        file_name: args.file_as.file_name(),
        space: SpaceChoice::Auto,
        subject: None,
        limits: Vec::new(),
        within: Within::Below,
        reference: None,
        pck: Vec::new(),
        pairs: Vec::new(),
        bootstrap: Bootstrap { draws: 0, seed: 0 },
    }
}
