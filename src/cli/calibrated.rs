//! `decode --calibration`: the settings that `calibrate` found, and radii that hold the truth.

use super::args::DecodeArgs;
use super::calibration_file::{Calibration, Factors, Region};
use super::exit::Failure;
use super::method;
use super::threshold::Threshold;
use super::values::{MethodChoice, choice};
use super::warnings::counted;
use crate::geometry::{Hwd, Stride, radius95};
use crate::kernel::Sharpness;
use crate::landmark::{CalibratedRadius, InputRecord, Landmark, NoRadius, Status, Uncertainty};
use crate::pipeline::Decoded;
use crate::prepare::Likeness;
use crate::shown;
use crate::study::{Feature, Figures};

/// What an option was, and what the calibration says.
fn differs(option: &str, given: &str, calibrated: &str) -> Failure {
    let what = format!("`{option} {given}` differs from the calibration, which was made with {calibrated}");
    Failure::usage(what, format!("leave out `{option}`, or calibrate with it"))
}

impl Calibration {
    /// The method that it was made with, its parameters and its temperature.
    ///
    /// # Errors
    /// An option that says something else.
    pub(super) fn method(&self, args: &DecodeArgs) -> Result<(MethodChoice, Sharpness), Failure> {
        let own = choice(&self.method).map_err(|error| {
            Failure::usage(format!("the method of the calibration: {error}"), "calibrate anew")
        })?;
        let name = self.name();
        let texts = [("--radius", &args.radius), ("--activation", &args.activation)];
        let text = texts.iter().find_map(|(option, text)| Some((option, text.as_ref()?)));
        if let Some(given) = args.method {
            let (method, parameters) = method::method(args)?;
            if !is_same(&MethodChoice { method, parameters }, &own) {
                let (option, text) =
                    text.map_or(("--method", given.method.name), |(option, text)| (*option, text));
                return Err(differs(option, text, &format!("`--method {name}`")));
            }
        } else if let Some((option, text)) = text {
            return Err(differs(option, text, &format!("`--method {name}`")));
        }
        let temperature = self.temperature.unwrap_or(1.0);
        #[expect(clippy::float_cmp, reason = "both were typed")]
        let is_other = |given: f64, own: f64| self.temperature.is_none() || given != own;
        if let Some(given) = args.temperature.filter(|&given| is_other(given, temperature)) {
            return Err(differs("--temperature", &given.to_string(), &format!("`--method {name}`")));
        }
        if let Some(given) = args.beta.filter(|&given| is_other(1.0 / given, temperature)) {
            return Err(differs("--beta", &given.to_string(), &format!("`--method {name}`")));
        }
        Ok((own, Sharpness::Temperature(temperature)))
    }

    /// The threshold that it was made with.
    ///
    /// # Errors
    /// An option that says something else.
    pub(super) fn threshold(&self, args: &DecodeArgs) -> Result<Option<f64>, Failure> {
        let own = self.threshold.map_or_else(|| "none".to_owned(), |own| format!("`--threshold {own}`"));
        match args.threshold {
            None => Ok(self.threshold),
            Some(Threshold::Value(given)) if Some(given) == self.threshold => Ok(self.threshold),
            Some(Threshold::Value(given)) => Err(differs("--threshold", &given.to_string(), &own)),
            Some(Threshold::Share(given)) => Err(differs("--threshold", &format!("r:{given}"), &own)),
        }
    }

    /// Whether NaN voxels are ignored.
    ///
    /// # Errors
    /// The option, if it was made without.
    pub(super) fn ignore_nan(&self, args: &DecodeArgs) -> Result<bool, Failure> {
        if args.ignore_nan && !self.ignore_nan {
            let what = "`--ignore-nan` differs from the calibration, which was made without it";
            return Err(Failure::usage(what, "leave out `--ignore-nan`, or calibrate with it"));
        }
        Ok(self.ignore_nan)
    }

    /// How many voxels of the image a step of a heatmap is. Radii in voxels are multiples of it.
    ///
    /// # Errors
    /// An option that says something else.
    pub(super) fn stride(&self, given: Option<Stride>) -> Result<Option<Stride>, Failure> {
        match given.filter(|given| Some(*given) != self.stride) {
            None => Ok(self.stride),
            Some(given) => {
                let own =
                    self.stride.map_or_else(|| "none".to_owned(), |own| format!("`--stride {}`", typed(own)));
                Err(differs("--stride", &typed(given), &own))
            }
        }
    }

    /// The drop of the region that holds the truth.
    ///
    /// # Errors
    /// It has none.
    pub(super) fn region_drop(&self) -> Result<f64, Failure> {
        match self.region {
            Some(Region { drop: Some(drop), .. }) => Ok(drop),
            Some(Region { missing: 0, .. }) => Err(Failure::usage(
                "the calibration has no region: too many of its truths lie in no voxel of a heatmap",
                "`--region 0.5` takes a drop of your own",
            )),
            Some(Region { missing, .. }) => Err(Failure::usage(
                format!("the calibration has no region: it lacks {}", counted(missing, "subject")),
                "calibrate with more subjects",
            )),
            None => Err(Failure::usage(
                "the calibration has no region",
                "calibrate with `--region`, or give a drop, such as `--region 0.5`",
            )),
        }
    }

    /// Refuses names of landmarks that it does not know.
    ///
    /// # Errors
    /// A name of the run that is not a name of the calibration.
    pub(super) fn check_labels(&self, labels: Option<&[String]>) -> Result<(), Failure> {
        let (Some(own), Some(labels)) = (&self.labels, labels) else { return Ok(()) };
        let unknown = labels.iter().find(|label| !label.is_empty() && !own.contains(label));
        match unknown {
            None => Ok(()),
            Some(label) => {
                let label = shown::text(label);
                let what = format!("the calibration has no landmark called `{label}`");
                Err(Failure::usage(what, "calibrate with the same `--labels` as you decode with"))
            }
        }
    }

    /// What inputs must be like.
    pub(super) fn likeness(&self) -> Likeness {
        Likeness { channels: self.channels, sizes: self.sizes }
    }

    /// Whether the spread of the softmax is needed for radii.
    pub(super) fn needs_spread(&self) -> bool {
        let spaces = [&self.mm, &self.voxel];
        spaces.into_iter().flatten().any(|factors| factors.scale.feature == Feature::Spread)
    }

    /// Gives the landmarks of an input their radii.
    pub(super) fn apply(&self, decoded: &mut Decoded, labels: Option<&[String]>) {
        let Decoded { record, landmarks, .. } = decoded;
        landmarks.update_uncertainty(|landmark| {
            let found = landmark.uncertainty.filter(|_| landmark.status == Status::Ok)?;
            let label = labels.and_then(|labels| labels.get(record.label_index(landmark.c)?));
            let label = label.map(String::as_str).filter(|label| !label.is_empty());
            Some(Uncertainty { calibrated: Some(self.radius(record, landmark, label)), ..found })
        });
    }

    fn radius(&self, record: &InputRecord, landmark: &Landmark, label: Option<&str>) -> CalibratedRadius {
        let [mm, voxel] = figures(record, landmark);
        let of = |factors: &Factors, figures: &Figures| {
            let factor = factors.of(label, landmark.c)?;
            factors.scale.of(figures).map(|own| factor * own).ok_or(NoRadius::Figure)
        };
        let mm = record.affine.map(|_| {
            let factors = self.mm.as_ref().ok_or(NoRadius::Millimetres)?;
            of(factors, &mm)
        });
        let voxel = self.voxel.as_ref().map(|factors| of(factors, &voxel));
        let without = [voxel, mm].into_iter().flatten().find_map(Result::err);
        CalibratedRadius { mm: mm.and_then(Result::ok), voxel: voxel.and_then(Result::ok), without }
    }
}

impl Factors {
    /// The factor of a landmark: by its name, else by its channel; its own, else that of all together. One
    /// that the calibration had no truth of has none: nothing is known of its errors.
    fn of(&self, label: Option<&str>, c: usize) -> Result<f64, NoRadius> {
        let by_name = |name: &str| self.landmarks.iter().find(|(label, ..)| label.as_deref() == Some(name));
        let by_channel = || self.landmarks.iter().find(|(_, own, _)| *own == Some(c));
        let (.., own) = label.and_then(by_name).or_else(by_channel).ok_or(NoRadius::Landmark)?;
        let none = if self.missing == 0 { NoRadius::Infinite } else { NoRadius::Subjects(self.missing) };
        own.or(self.pooled).ok_or(none)
    }
}

/// A stride as it is typed.
fn typed(stride: Stride) -> String {
    match stride {
        Stride::Every(step) => step.to_string(),
        Stride::Each(Hwd(steps)) => steps.map(|step| step.to_string()).join(","),
    }
}

/// Whether two methods with their parameters are the same.
fn is_same(one: &MethodChoice, other: &MethodChoice) -> bool {
    let argument = |choice: &MethodChoice| {
        let known = choice.method.parameters.iter().map(|parameter| choice.parameters.argument(parameter));
        known.collect::<Vec<_>>()
    };
    one.method.name == other.method.name && argument(one) == argument(other)
}

/// The figures of a landmark in mm, and in voxels as they are written.
pub(super) fn figures(record: &InputRecord, landmark: &Landmark) -> [Figures; 2] {
    let (peak, placement) = (landmark.peak_value, record.placement);
    let length = |variances: [f64; 3]| variances.iter().sum::<f64>().sqrt();
    let voxel = Figures {
        error95: landmark.uncertainty.map(|found| {
            radius95(placement.difference(found.bias).0, &placement.covariance(&found.fit_covariance))
        }),
        spread: landmark.spread.map(|found| length(placement.covariance(&found.covariance).variances())),
        peak,
    };
    let mm = record.affine.map(|affine| Figures {
        error95: landmark
            .uncertainty
            .map(|found| radius95(affine.difference(found.bias), &affine.covariance(&found.fit_covariance))),
        spread: landmark.spread.map(|found| length(affine.covariance(&found.covariance).variances())),
        peak,
    });
    [mm.unwrap_or_default(), voxel]
}
