//! The ways to decode that `calibrate` compares: methods, and a temperature for those that use one.

use super::values::{MethodChoice, choice};
use crate::kernel::{self, Settings, Sharpness, uses_sharpness};

/// The methods that are compared unless others are named.
pub(super) const METHODS: &str =
    "auto,soft,mean,dark,newton,gaussian:radius=3,gaussian:radius=5,local:radius=3,local:radius=5";

/// The temperatures that are compared unless others are named.
pub(super) const TEMPERATURES: [f64; 16] =
    [0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0];

/// What everybody compares with.
const BESIDE: [&str; 2] = ["soft", "hard"];

/// Methods as they were typed.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodTexts(pub Vec<String>);

/// Methods that commas separate. What has a parameter and no method before it belongs to the method before:
/// `local:radius=3,shape=ball,auto` are two.
pub(super) fn method_texts(text: &str) -> Result<MethodTexts, String> {
    let mut texts: Vec<String> = Vec::new();
    for item in text.split(',').map(str::trim) {
        let continues = item.split_once('=').is_some_and(|(name, _)| !name.contains(':'));
        match texts.last_mut().filter(|_| continues) {
            Some(last) => *last = format!("{last},{item}"),
            None => texts.push(item.to_owned()),
        }
    }
    for text in &texts {
        choice(text)?;
    }
    let mut known = std::collections::HashSet::new();
    match texts.iter().find(|text| !known.insert(text.as_str())) {
        Some(twice) => Err(format!("`{twice}` is named twice")),
        None => Ok(MethodTexts(texts)),
    }
}

/// One way to decode.
#[derive(Clone, Debug)]
pub(super) struct WayToDecode {
    /// The method with its parameters, as it was typed.
    pub(super) method: String,
    /// Its temperature, if it uses one.
    pub(super) temperature: Option<f64>,
    /// Whether it may be chosen; others are there to compare with.
    pub(super) is_eligible: bool,
    choice: MethodChoice,
}

impl WayToDecode {
    /// As options of `decode`.
    pub(super) fn name(&self) -> String {
        WayToDecode::named(&self.method, self.temperature)
    }

    /// A method and its temperature as options of `decode`.
    pub(super) fn named(method: &str, temperature: Option<f64>) -> String {
        let temperature = temperature.map(|t| format!(" --temperature {t}"));
        format!("{method}{}", temperature.unwrap_or_default())
    }

    /// What the kernel does, with all else as in `settings`.
    pub(super) fn settings(&self, settings: &Settings, with_spread: bool) -> Settings {
        let MethodChoice { method, parameters } = self.choice;
        let temperature = self.temperature.unwrap_or(1.0);
        let with_spread = with_spread && self.temperature.is_some() && !method.has_window();
        Settings {
            method,
            parameters,
            sharpness: Sharpness::Temperature(temperature),
            with_spread,
            ..*settings
        }
    }

    /// Whether it is one of those that everybody compares with: `soft` at temperature 1, and `hard`.
    pub(super) fn is_beside(&self) -> bool {
        BESIDE.contains(&self.method.as_str()) && self.temperature.is_none_or(is_one)
    }
}

/// Whether a temperature was given as 1.
#[expect(clippy::float_cmp, reason = "it was typed")]
fn is_one(temperature: f64) -> bool {
    temperature == 1.0
}

/// The ways of these methods at these temperatures, and those to compare with.
pub(super) fn ways(methods: &MethodTexts, temperatures: &[f64]) -> Result<Vec<WayToDecode>, String> {
    let mut ways = Vec::new();
    for text in &methods.0 {
        let choice = choice(text)?;
        let of = |temperature| WayToDecode { method: text.clone(), temperature, is_eligible: true, choice };
        if uses_sharpness(choice.method, &choice.parameters) {
            ways.extend(temperatures.iter().map(|&temperature| of(Some(temperature))));
        } else {
            ways.push(of(None));
        }
    }
    for text in BESIDE {
        let choice = choice(text)?;
        let temperature = kernel::uses_sharpness(choice.method, &choice.parameters).then_some(1.0);
        let is_there = |way: &WayToDecode| way.method == text && way.temperature == temperature;
        if !ways.iter().any(is_there) {
            ways.push(WayToDecode { method: text.to_owned(), temperature, is_eligible: false, choice });
        }
    }
    Ok(ways)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_by_hand() {
        let of = |text: &str| method_texts(text).map(|found| found.0);
        let expected = ["auto", "local:radius=3,shape=ball", "soft"].map(str::to_owned).to_vec();
        assert_eq!(of("auto, local:radius=3,shape=ball,soft"), Ok(expected));
        for bad in ["", "auto,", "radius=3", "auto,auto", "nothing", "local:radius=99"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn each_way_is_there_once() {
        let of = |methods: &str, temperatures: &[f64]| {
            let ways = ways(&method_texts(methods).unwrap(), temperatures).unwrap();
            ways.iter().map(|way| (way.name(), way.is_eligible)).collect::<Vec<_>>()
        };
        let name = |(text, is_eligible): (&str, bool)| (text.to_owned(), is_eligible);
        let beside = ("soft --temperature 1", false);
        assert_eq!(
            of("auto,soft", &[0.5]),
            [("auto", true), ("soft --temperature 0.5", true), beside, ("hard", false)].map(name)
        );
        assert_eq!(of("hard,soft", &[1.0]), [("hard", true), ("soft --temperature 1", true)].map(name));
        assert_eq!(of("local:beta=9", &[0.5]), [("local:beta=9", true), beside, ("hard", false)].map(name));
    }
}
