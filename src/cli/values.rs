//! The syntax of arguments, and the messages for arguments that break it.

use crate::affine_choice::AffineChoice;
use crate::geometry::{AffineKind, Frame, Hwd, Norm, Offsets, Stride};
use crate::kernel::{METHODS, Method, Parameters, choose};
use crate::landmark::{Flag, Status};
use crate::plan::FailOn;
use crate::sink::{WRITERS, Writer, by_name};
use crate::source::READERS;
use crate::study::PairName;
use clap::Arg;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::ffi::OsStr;

/// `--method`.
#[derive(Clone, Copy, Debug)]
pub struct MethodChoice {
    /// The method.
    pub method: &'static Method,
    /// The parameters that follow its name.
    pub parameters: Parameters,
}

/// Reads a method with its parameters.
#[derive(Clone)]
pub(super) struct MethodParser;

impl TypedValueParser for MethodParser {
    type Value = MethodChoice;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&Arg>,
        text: &OsStr,
    ) -> Result<MethodChoice, clap::Error> {
        let parse = |text: &str| choose(text).map(|(method, parameters)| MethodChoice { method, parameters });
        let name = text.to_str().and_then(|text| text.split(':').next()).map_or(text, OsStr::new);
        // For an unknown name, clap lists the known names and suggests the likely one.
        let names = PossibleValuesParser::new(METHODS.iter().map(|method| method.name));
        names.parse_ref(command, arg, name).and_then(|_| parse.parse_ref(command, arg, text))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(METHODS.iter().map(|method| PossibleValue::new(method.name))))
    }
}

/// Inclusive ranges of channels; without an end, up to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelList(pub Vec<(usize, Option<usize>)>);

/// Numbers that commas separate.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits(pub Vec<f64>);

/// Voxel sizes in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spacing(pub [f64; 3]);

/// The first voxel of a crop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CropOrigin(pub [f64; 3]);

pub(super) fn positive(text: &str) -> Result<f64, String> {
    finite(text).ok().filter(|&value| value > 0.0).ok_or_else(|| "expected a finite number > 0".into())
}

pub(super) fn finite(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| "expected a finite number".into())
}

/// `--region`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RegionChoice {
    /// All voxels with at most this drop.
    Drop(f64),
    /// All voxels with at most the drop of the calibration.
    Calibrated,
}

/// A drop, which may exceed the way to the background, or that of a calibration.
pub(super) fn region(text: &str) -> Result<RegionChoice, String> {
    if text == "calibrated" {
        return Ok(RegionChoice::Calibrated);
    }
    let drop = finite(text).ok().filter(|&value| value >= 0.0).map(RegionChoice::Drop);
    drop.ok_or_else(|| "expected a finite number >= 0, or `calibrated`".into())
}

/// A number of things that are there.
pub(super) fn count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&count| count > 0).ok_or_else(|| "expected a whole number > 0".into())
}

pub(super) fn channels(text: &str) -> Result<ChannelList, String> {
    let expected = || "expected channels such as `3`, `1-19`, `1-19,25` or `1-`".to_owned();
    let range = |item: &str| {
        let (first, last) = item.split_once('-').unwrap_or((item, item));
        let first: usize = first.trim().parse().ok()?;
        if last.trim().is_empty() {
            return Some((first, None));
        }
        let last = last.trim().parse().ok().filter(|&last| first <= last)?;
        Some((first, Some(last)))
    };
    text.split(',').map(|item| range(item).ok_or_else(expected)).collect::<Result<_, _>>().map(ChannelList)
}

pub(super) fn fail_on(text: &str) -> Result<FailOn, String> {
    let mut fail_on = FailOn::default();
    if text == "none" {
        return Ok(fail_on);
    }
    for name in text.split(',').map(str::trim) {
        let status = Status::ALL.into_iter().find(|status| status.name() == name);
        let flag = Flag::ALL.into_iter().find(|flag| flag.name() == name);
        match (status, flag) {
            (Some(status), _) if fail_on.statuses.contains(&status) => {}
            (Some(status), _) => fail_on.statuses.push(status),
            (None, Some(flag)) if fail_on.flags.contains(&flag) => {}
            (None, Some(flag)) => fail_on.flags.push(flag),
            (None, None) => {
                let (statuses, flags) = (Status::ALL.map(Status::name), Flag::ALL.map(Flag::name));
                return Err(format!(
                    "expected `none`, or some of the statuses {} and the flags {}",
                    statuses.join(", "),
                    flags.join(", ")
                ));
            }
        }
    }
    Ok(fail_on)
}

pub(super) fn spacing(text: &str) -> Result<Spacing, String> {
    let numbers = text.split(',').map(|item| positive(item.trim())).collect::<Result<Vec<f64>, _>>();
    // Millimetres, their squares and their sums over any volume then stay finite.
    let numbers = numbers.ok().filter(|numbers| numbers.iter().all(|&number| number <= 1e100));
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers
        .map(Spacing)
        .ok_or_else(|| "expected three numbers > 0 and at most 1e100, such as `0.9,0.9,2.5`".into())
}

pub(super) fn stride(text: &str) -> Result<Stride, String> {
    let (least, most) = Stride::RANGE;
    let steps = numbers(text).filter(|steps| steps.iter().all(|&step| Stride::is_legal(step)));
    match steps.as_deref() {
        Some(&[step]) => Ok(Stride::Every(step)),
        Some(&[h, w, d]) => Ok(Stride::Each(Hwd([h, w, d]))),
        _ => Err(format!(
            "expected a number from {least} to {most}, or three along h, w, d, such as `4` or `4,4,2`"
        )),
    }
}

pub(super) fn crop_origin(text: &str) -> Result<CropOrigin, String> {
    let far = Offsets::FARTHEST;
    let origin = numbers(text).filter(|origin| origin.iter().all(|voxel| voxel.abs() <= far));
    let origin = origin.and_then(|origin| origin.try_into().ok()).map(CropOrigin);
    origin
        .ok_or_else(|| format!("expected three numbers within {far:e} of 0 along h, w, d, such as `40,-8,0`"))
}

/// Limits of errors, or multiples of a length.
pub(super) fn limits(text: &str) -> Result<Limits, String> {
    let numbers = text.split(',').map(|item| positive(item.trim())).collect::<Result<Vec<f64>, _>>();
    numbers.map(Limits).map_err(|_| "expected finite numbers > 0, such as `2,2.5,3,4`".into())
}

/// Temperatures that commas separate.
pub(super) fn temperatures(text: &str) -> Result<Limits, String> {
    let found = limits(text).map_err(|_| "expected finite numbers > 0, such as `0.05,0.1,1`".to_owned())?;
    let twice = (1..found.0.len()).find(|&at| found.0[..at].contains(&found.0[at]));
    twice.map_or(Ok(()), |at| Err(format!("{} is named twice", found.0[at])))?;
    Ok(found)
}

/// Shares that commas separate, none of them 0 or 1.
pub(super) fn levels(text: &str) -> Result<Limits, String> {
    let numbers = text.split(',').map(|item| part(item.trim())).collect::<Result<Vec<f64>, _>>();
    numbers.map(Limits).map_err(|_| "expected numbers above 0 and below 1, such as `0.9,0.95`".into())
}

/// A share that is neither nothing nor all.
pub(super) fn part(text: &str) -> Result<f64, String> {
    let is_share = |share: &f64| (1e-6..=1.0 - 1e-6).contains(share);
    finite(text).ok().filter(is_share).ok_or_else(|| "expected a number above 0 and below 1".into())
}

/// A method with its parameters.
pub(super) fn choice(text: &str) -> Result<MethodChoice, String> {
    let chosen = choose(text).map_err(|error| error.to_string());
    chosen.map(|(method, parameters)| MethodChoice { method, parameters })
}

/// Two landmarks by name.
pub(super) fn pair(text: &str) -> Result<PairName, String> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    let names = <[String; 2]>::try_from(names).ok();
    let names = names.filter(|[a, b]| !a.is_empty() && !b.is_empty() && a != b);
    names.map(PairName).ok_or_else(|| "expected the names of two landmarks, such as `AC,PC`".into())
}

/// Numbers that commas separate.
fn numbers(text: &str) -> Option<Vec<f64>> {
    text.split(',').map(|item| item.trim().parse().ok()).collect()
}

/// A parser that accepts one of `names`, and returns what `find` makes of it.
fn one_of<T: Clone + Send + Sync + 'static>(
    names: impl IntoIterator<Item = (&'static str, &'static str)>,
    find: impl Fn(&str) -> Option<T> + Clone + Send + Sync + 'static,
) -> impl TypedValueParser<Value = T> {
    let values = names.into_iter().map(|(name, help)| PossibleValue::new(name).help(help));
    PossibleValuesParser::new(values).try_map(move |name| find(&name).ok_or("expected a known name"))
}

pub(super) fn writers() -> impl TypedValueParser<Value = &'static Writer> {
    one_of(WRITERS.iter().map(|row| (row.name, row.summary)), by_name)
}

/// The names of all methods, as a list.
fn method_names() -> String {
    METHODS.iter().map(|method| method.name).collect::<Vec<_>>().join(", ")
}

/// The help of `--method`. In two lines, so that the short help fits a screen.
pub(super) fn method_help() -> String {
    let first = METHODS[0].name;
    method_names().replacen(first, &format!("{first} (default)"), 1)
}

/// The long help of `--method`.
pub(super) fn method_long_help() -> String {
    format!(
        "How to find the landmark: {}; `softargmax methods` explains them. Parameters follow the name, such \
         as local:radius=4,beta=10 [default: soft; with --peaks, auto]",
        method_names()
    )
}

/// What `--fail-on` is if nobody gives it.
pub(super) const FAIL_ON: &str = "nonfinite,empty,diffuse";

/// The help of `--fail-on`.
pub(super) fn fail_on_help() -> String {
    format!("Exit status 1 for [default: {FAIL_ON}]")
}

/// The long help of `--fail-on`.
pub(super) fn fail_on_long_help() -> String {
    let (statuses, flags) = (Status::ALL.map(Status::name), Flag::ALL.map(Flag::name));
    format!(
        "Statuses and flags that make the exit status 1, separated by commas, or `none`. The statuses are \
         {}; the flags are {}, which `softargmax methods` explains [default: {FAIL_ON}]",
        statuses.join(", "),
        flags.join(", ")
    )
}

/// The help of `--format`.
pub(super) fn format_help() -> String {
    let names: Vec<&str> = WRITERS.iter().take(3).map(|writer| writer.name).collect();
    format!("{} and others [default: by extension]", names.join(", "))
}

/// The long help of `--format`.
pub(super) fn format_long_help() -> String {
    let rows = WRITERS.iter().map(|writer| format!("\n- {}: {}", writer.name, writer.summary));
    format!("Output format [default: by the extension of --output, else csv]{}", rows.collect::<String>())
}

/// The extensions of all formats that are read, as a list.
pub(super) fn extensions() -> String {
    let all = READERS.iter().flat_map(|reader| reader.extensions);
    all.map(|extension| format!(".{extension}")).collect::<Vec<_>>().join(", ")
}

/// The help of the inputs.
pub(super) fn inputs_help() -> String {
    format!("Files ({}, each also gzipped), directories, or `-` for standard input", extensions())
}

/// The affines that the headers of all formats can hold.
fn affine_kinds() -> impl Iterator<Item = &'static AffineKind> {
    READERS.iter().flat_map(|reader| reader.affines)
}

/// Which affine is used if nobody chooses one.
fn automatic() -> String {
    let placed = affine_kinds().filter(|kind| kind.is_placed).map(|kind| kind.name);
    placed.chain(["none"]).collect::<Vec<_>>().join(", else ")
}

/// The help of `--affine`.
pub(super) fn affine_help() -> String {
    format!("Which affine of a file that has its own [default: auto, that is {}]", automatic())
}

pub(super) fn affines() -> impl TypedValueParser<Value = AffineChoice> {
    let auto = PossibleValue::new("auto").help(automatic());
    let kinds = affine_kinds().map(|kind| PossibleValue::new(kind.name).help(kind.summary));
    let choice = |name: String| match affine_kinds().find(|kind| kind.name == name) {
        Some(kind) => AffineChoice::Named(kind.name),
        None => AffineChoice::Auto,
    };
    PossibleValuesParser::new(std::iter::once(auto).chain(kinds)).map(choice)
}

pub(super) fn norms() -> impl TypedValueParser<Value = Norm> {
    let find = |name: &str| Norm::ALL.into_iter().find(|row| row.1 == name).map(|row| row.0);
    one_of(Norm::ALL.map(|(_, name, formula)| (name, formula)), find)
}

pub(super) fn frames() -> impl TypedValueParser<Value = Frame> {
    let frames = [Frame::Ras, Frame::Lps];
    let help = ["x to the right, y to the front, z up", "x to the left, y to the back, z up"];
    let find = move |name: &str| frames.into_iter().find(|frame| frame.name() == name);
    one_of(frames.map(Frame::name).into_iter().zip(help), find)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_by_hand() {
        assert_eq!(channels("1-19,25"), Ok(ChannelList(vec![(1, Some(19)), (25, Some(25))])));
        assert_eq!(channels("0, 3 - "), Ok(ChannelList(vec![(0, Some(0)), (3, None)])));
        for bad in ["", "3-1", "a", "1,,2", "-1"] {
            assert!(channels(bad).is_err(), "{bad}");
        }
        assert_eq!(fail_on("none"), Ok(FailOn::default()));
        let (statuses, flags) = (vec![Status::Flat, Status::Ok], vec![Flag::Border]);
        assert_eq!(fail_on("flat,border, ok"), Ok(FailOn { statuses, flags }));
        let (statuses, flags) = (vec![Status::Empty], vec![Flag::Diffuse]);
        assert_eq!(fail_on("diffuse,empty,diffuse,empty"), Ok(FailOn { statuses, flags }));
        for bad in ["bad", "", "none,flat", "flat,"] {
            assert!(fail_on(bad).is_err(), "{bad}");
        }
        assert_eq!(stride("2.5"), Ok(Stride::Every(2.5)));
        assert_eq!(stride("4, 4,0.5"), Ok(Stride::Each(Hwd([4.0, 4.0, 0.5]))));
        for bad in ["", "0", "-1", "nan", "inf", "1,2", "1,2,0", "1,2,3,4", "1,2,x", "1e7", "1e-7"] {
            assert!(stride(bad).unwrap_err().contains("from 0.000001 to 1000000"), "{bad}");
        }
        assert_eq!(crop_origin("-3, 0,2.5"), Ok(CropOrigin([-3.0, 0.0, 2.5])));
        for bad in ["", "1", "1,2", "1,2,3,4", "1,2,nan", "1,2,inf", "1,2,1e13"] {
            assert!(crop_origin(bad).unwrap_err().contains("within 1e12"), "{bad}");
        }
        assert_eq!(spacing("1, 2,2.5"), Ok(Spacing([1.0, 2.0, 2.5])));
        for bad in ["1,2", "1,2,3,4", "1,2,0", "1,2,x", "1,2,inf", "1,2,1e101"] {
            assert!(spacing(bad).is_err(), "{bad}");
        }
    }
}
