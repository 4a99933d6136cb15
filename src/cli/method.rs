//! Which method decodes, with which parameters, and how many peaks: `--method` and the options that add to
//! it.

use super::args::DecodeArgs;
use super::exit::Failure;
use super::threshold::Threshold;
use super::values::MethodChoice;
use crate::geometry::Length;
use crate::kernel::{self, METHODS, Method, Parameters, PeakSelection};

/// The method and its parameters: those behind its name, `--radius` and `--activation`.
pub(super) fn method(args: &DecodeArgs) -> Result<(&'static Method, Parameters), Failure> {
    let MethodChoice { method, mut parameters } = args.method.unwrap_or_else(|| default(args));
    if args.peaks.is_some() && !method.suits_peaks() {
        return Err(no_peaks(method));
    }
    if let Some(radius) = &args.radius {
        let same = format!("`--radius 4` and `--method {}:radius=4`", method.name);
        set(method, &mut parameters, ["radius", "a radius"], radius, &same)?;
    }
    if let Some(activation) = &args.activation {
        set_activation(method, &mut parameters, activation)?;
    }
    check_idle(method, &parameters)?;
    check_temperature(args, method, &parameters)?;
    Ok((method, parameters))
}

/// Refuses a parameter that would change nothing beside the others.
fn check_idle(method: &Method, parameters: &Parameters) -> Result<(), Failure> {
    let idle = parameters.idle(method.parameters);
    let Some((parameter, (other, word))) = idle.and_then(|idle| Some((idle.name, idle.only_with?))) else {
        return Ok(());
    };
    let name = method.name;
    let what = format!("{parameter} changes nothing: `{name}` uses it only with {other}={word}");
    Err(Failure::usage(what, format!("leave out {parameter}, or use `--method {name}:{other}={word}`")))
}

/// Refuses a temperature that would change nothing: whoever gives one expects another answer.
fn check_temperature(args: &DecodeArgs, method: &Method, parameters: &Parameters) -> Result<(), Failure> {
    let given = match (args.temperature, args.beta) {
        (Some(_), _) => "--temperature",
        (None, Some(_)) => "--beta",
        (None, None) => return Ok(()),
    };
    if args.stats || kernel::uses_sharpness(method, parameters) {
        return Ok(());
    }
    let name = method.name;
    let names: Vec<&str> = method.parameters.iter().map(|parameter| parameter.name).collect();
    let (why, used) = match names.as_slice() {
        [] => ("has no softmax", format!("`{name}` has no parameters")),
        names if names.contains(&"beta") => {
            ("has a beta or weights of its own", format!("`{name}` without them takes it"))
        }
        [only] => ("has no softmax", format!("`{name}` has the parameter {only}")),
        names => ("has no softmax", format!("`{name}` has the parameters {}", names.join(", "))),
    };
    let what = format!("`{given}` changes nothing: the method `{name}` {why}");
    Err(Failure::usage(what, format!("{used}; `--stats` describes the softmax beside any method")))
}

/// The method that nobody chose: the first one; with `--peaks` the one that suits any peak, or, if a
/// radius is given, the first one that has one.
fn default(args: &DecodeArgs) -> MethodChoice {
    let suited = METHODS.iter().find(|method| match (&args.peaks, &args.radius) {
        (None, _) => true,
        (Some(_), None) => method.name == "auto",
        (Some(_), Some(_)) => method.parameters.iter().any(|parameter| parameter.name == "radius"),
    });
    MethodChoice { method: suited.unwrap_or(&METHODS[0]), parameters: Parameters::default() }
}

fn no_peaks(method: &Method) -> Failure {
    let suited = METHODS.iter().filter(|method| method.suits_peaks()).map(|method| method.name);
    let names = suited.collect::<Vec<_>>().join(", ");
    let what = format!("`--peaks` cannot be used with the method `{}`", method.name);
    Failure::usage(what, format!("it has one answer for the whole heatmap; use {names}"))
}

/// `--activation NAME` or `--activation power:ALPHA`.
fn set_activation(method: &'static Method, parameters: &mut Parameters, text: &str) -> Result<(), Failure> {
    let same = "`--activation power:2` and `--method mean:activation=power,alpha=2`";
    let (name, alpha) = text.split_once(':').map_or((text, None), |(name, alpha)| (name, Some(alpha)));
    set(method, parameters, ["activation", "an activation"], name, same)?;
    match alpha {
        Some(alpha) if name == "power" => set(method, parameters, ["alpha", "an exponent"], alpha, same),
        Some(_) => {
            let what = format!("`--activation {text}`: only `power` takes a number");
            Err(Failure::usage(what, "for example `--activation power:2`"))
        }
        None => Ok(()),
    }
}

/// Gives a parameter of the method what an option of the same name says.
fn set(
    method: &'static Method,
    parameters: &mut Parameters,
    [name, what]: [&str; 2],
    text: &str,
    same: &str,
) -> Result<(), Failure> {
    let has = |method: &Method| method.parameters.iter().any(|parameter| parameter.name == name);
    if !has(method) {
        let names: Vec<&str> =
            METHODS.iter().filter(|method| has(method)).map(|method| method.name).collect();
        let what_is_wrong = format!("`--{name}` needs a method with {what}, and `{}` has none", method.name);
        return Err(Failure::usage(what_is_wrong, format!("methods with {what}: {}", names.join(", "))));
    }
    let set = parameters.set(method, name, text);
    set.map_err(|error| Failure::usage(error.to_string(), format!("{same} are the same")))
}

/// Which peaks are asked for; `None` for the highest alone.
pub(super) fn peaks(args: &DecodeArgs) -> Result<Option<PeakSelection>, Failure> {
    let fraction = match args.threshold {
        Some(Threshold::Share(share)) => Some(share),
        _ => None,
    };
    match (args.peaks, fraction) {
        (Some(count), fraction) => {
            let min_distance = args.min_distance.unwrap_or(Length::Voxels(1.0));
            Ok(Some(PeakSelection { count: usize::from(count), min_distance, fraction }))
        }
        (None, None) => Ok(None),
        (None, Some(share)) => {
            let what = format!("`--threshold r:{share}` needs `--peaks K`");
            let hint = "a share of the maximum says which further peaks count; `--threshold V` says how high \
                        the maximum itself must be";
            Err(Failure::usage(what, hint))
        }
    }
}
