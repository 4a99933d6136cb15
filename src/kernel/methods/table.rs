//! The table of all methods: the only file that names them all.
//!
//! Help texts, `--method`, the settings in JSON and the looped tests read it, so a method that has its row
//! here is known everywhere.

use super::method::{Method, MethodKind};
use super::parameters::Parameters;
use super::setters::ParameterError;
use super::{auto, component, dark, debias, gaussian, hard, local, mean, newton, parabola, quarter, soft};

/// Every method, the default first.
pub static METHODS: &[Method] = &[
    soft::METHOD,
    hard::METHOD,
    auto::METHOD,
    mean::METHOD,
    debias::METHOD,
    local::METHOD,
    parabola::METHOD,
    quarter::METHOD,
    newton::METHOD,
    dark::METHOD,
    gaussian::METHOD,
    component::METHOD,
];

/// The method of a name.
#[must_use]
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// The method and the parameters that `text` names: `local`, or `local:radius=4,beta=10`.
///
/// # Errors
/// [`ParameterError`] if there is no such method or parameter, or an argument is out of range.
///
/// # Examples
/// ```
/// use softargmax::{Length, Settings, choose, parameters::local::RADIUS};
///
/// let (method, parameters) = choose("local:radius=2,shape=ball")?;
/// let mut settings = Settings::default();
/// (settings.method, settings.parameters) = (method, parameters);
/// assert_eq!(settings.parameters.length(&RADIUS), Length::Voxels(2.0));
/// assert!(choose("local:radius=1000").is_err());
/// # Ok::<(), softargmax::ParameterError>(())
/// ```
pub fn choose(text: &str) -> Result<(&'static Method, Parameters), ParameterError> {
    let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
    let method = method(name).ok_or_else(|| {
        let names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
        ParameterError::Method { known: names.join(", "), found: name.to_owned() }
    })?;
    let mut parameters = Parameters::default();
    for item in rest.into_iter().flat_map(|rest| rest.split(',')) {
        let (name, value) =
            item.split_once('=').ok_or_else(|| ParameterError::Syntax { found: item.to_owned() })?;
        parameters.set(method, name.trim(), value.trim())?;
    }
    match component::sizes(&parameters) {
        [found, limit] if *method == component::METHOD && found > limit => {
            let (least, greatest) = (component::MIN.name, component::MAX.name);
            Err(ParameterError::Order { least, found, greatest, limit })
        }
        _ => Ok((method, parameters)),
    }
}

/// Whether the answer of a method with these parameters depends on the softmax's temperature.
#[must_use]
pub(crate) fn uses_sharpness(method: &Method, parameters: &Parameters) -> bool {
    match method.kind {
        MethodKind::Expectation(_) | MethodKind::Grid(_) => true,
        MethodKind::Activated { activation, .. } => activation(&(*parameters).into()).is_none(),
        MethodKind::Window { .. } if *method == local::METHOD => local::uses_sharpness(parameters),
        MethodKind::Window { .. } | MethodKind::Component(_) | MethodKind::Hard | MethodKind::Auto => false,
    }
}

/// What a method that looks at a window answers for a map of its own: for the tests of methods.
#[cfg(test)]
pub(crate) fn answer(text: &str, lengths: [usize; 3], values: Vec<f64>) -> [f64; 3] {
    let (method, parameters) = choose(text).unwrap();
    let MethodKind::Window { locate, .. } = method.kind else { unreachable!("{text} has no window") };
    locate(&crate::kernel::revisit::window::of_map(lengths, values), &parameters.into()).at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Length;
    use crate::kernel::methods::argument::Argument;
    use crate::kernel::methods::dark::SIGMA;
    use crate::kernel::methods::local::{BETA, RADIUS, SHAPE, Shape, WEIGHTS, Weights};
    use crate::kernel::methods::mean::ALPHA;
    use crate::kernel::revisit::window::{Window, of_map};

    #[test]
    fn any_subset_by_hand() {
        let (method, parameters) = choose("local").unwrap();
        assert_eq!((method.name, parameters), ("local", Parameters::default()));
        assert_eq!(
            (parameters.length(&RADIUS), parameters.optional_number(&BETA)),
            (Length::Voxels(4.0), None)
        );
        assert_eq!((parameters.word(&SHAPE), parameters.word(&WEIGHTS)), (Shape::Cube, Weights::Softmax));
        let shown = |parameters: Parameters| {
            let shown =
                |row| parameters.argument(row).map(|argument| argument.to_string()).unwrap_or_default();
            method.parameters.iter().map(shown).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(parameters), "4  cube softmax");
        let (_, parameters) = choose("local:shape=ball, radius=7").unwrap();
        assert_eq!((parameters.length(&RADIUS), parameters.word(&SHAPE)), (Length::Voxels(7.0), Shape::Ball));
        assert_eq!(shown(parameters), "7  ball softmax");
        assert_eq!(parameters, choose("local:radius=7,shape=ball").unwrap().1);
        assert_eq!(choose("local:beta=0.5").unwrap().1.optional_number(&BETA), Some(0.5));
    }

    #[test]
    fn a_radius_has_its_unit() {
        for (text, length) in [
            ("local", Length::Voxels(4.0)),
            ("local:radius=3", Length::Voxels(3.0)),
            ("local:radius=3mm", Length::Millimetres(3.0)),
            ("local:radius=0.25 mm", Length::Millimetres(0.25)),
            ("gaussian:radius=100mm", Length::Millimetres(100.0)),
        ] {
            let (method, parameters) = choose(text).unwrap();
            assert_eq!(parameters.argument(&method.parameters[0]), Some(Argument::Length(length)), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            (
                "softest",
                "expected a method (soft, hard, auto, mean, debias, local, parabola, quarter, newton, dark, \
                 gaussian, component), found `softest`",
            ),
            ("local:", "found ``"),
            ("local:radius", "found `radius`"),
            (
                "local:radius=0",
                "expected a whole number of voxels from 1 to 32 or a length in mm such as 5mm for radius, \
                 found `0`",
            ),
            ("local:radius=0mm", "found `0mm`"),
            ("local:radius=-1mm", "found `-1mm`"),
            ("local:radius=infmm", "found `infmm`"),
            ("local:radius=mm", "found `mm`"),
            ("local:radius=5cm", "found `5cm`"),
            ("local:beta=5mm", "found `5mm`"),
            ("gaussian:radius=17", "from 1 to 16"),
            ("local:radius=33", "from 1 to 32"),
            ("local:radius=1.5", "from 1 to 32"),
            ("local:radius=-1", "from 1 to 32"),
            ("local:beta=0", "expected a finite number > 0 for beta, found `0`"),
            ("local:beta=inf", "> 0"),
            ("local:beta=nan", "> 0"),
            ("debias:background=nan", "expected a finite number for background, found `nan`"),
            ("dark:sigma=0", "expected a number > 0, at most 10 for sigma, found `0`"),
            ("dark:sigma=10.5", "at most 10"),
            ("dark:sigma=nan", "at most 10"),
            ("local:shape=cone", "expected cube or ball for shape, found `cone`"),
            ("local:r=4", "`local` has no parameter `r`; it has radius, beta, shape, weights"),
            ("local:radius=4,radius=4", "radius is given twice"),
            ("hard:radius=4", "`hard` has no parameters"),
            (
                "component:threshold=r:2",
                "a percentile from 0 to 100 such as p:99.9 for threshold, found `r:2`",
            ),
            ("component:min=0", "expected a whole number >= 1 for min, found `0`"),
            ("component:max=2.5", "expected a whole number >= 1 for max, found `2.5`"),
            ("component:max=1e300", "expected a whole number >= 1 for max"),
            ("component:max=5", "min is 6, above the max of 5"),
            ("component:max=5,min=7", "min is 7, above the max of 5"),
            ("component:connectivity=4", "expected 26 or 18 or 6 for connectivity, found `4`"),
        ] {
            let error = choose(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_caller_sets_parameters_without_text() {
        let [local, dark, mean] = ["local", "dark", "mean"].map(|name| method(name).unwrap());
        let mut parameters = Parameters::default();
        parameters.set_length(local, &RADIUS, Length::Millimetres(2.5)).unwrap();
        parameters.set_optional_number(local, &BETA, 3.0).unwrap();
        parameters.set_word(local, &SHAPE, Shape::Ball).unwrap();
        assert_eq!(parameters, choose("local:radius=2.5mm,shape=ball,beta=3").unwrap().1);
        parameters.set_word(local, &SHAPE, Shape::Cube).unwrap();
        assert_eq!(parameters.word(&SHAPE), Shape::Cube);
        let mut parameters = Parameters::default();
        for (error, said) in [
            (parameters.set_length(local, &RADIUS, Length::Voxels(33.0)), "from 1 to 32"),
            (parameters.set_length(local, &RADIUS, Length::Voxels(1.5)), "found `1.5`"),
            (parameters.set_length(local, &RADIUS, Length::Millimetres(f64::NAN)), "found `NaNmm`"),
            (parameters.set_number(dark, &SIGMA, 11.0), "at most 10 for sigma, found `11`"),
            (parameters.set_number(local, &SIGMA, 1.0), "`local` has no parameter `sigma`"),
            (parameters.set_number(mean, &ALPHA, 0.0), "> 0 for alpha, found `0`"),
        ] {
            assert!(error.unwrap_err().to_string().contains(said), "{said}");
        }
        assert_eq!(parameters, Parameters::default());
        parameters.set_number(dark, &SIGMA, 1.5).unwrap();
        assert_eq!(parameters.number(&SIGMA), 1.5);
    }

    #[test]
    fn some_methods_know_no_temperature() {
        let uses = |text: &str| {
            let (method, parameters) = choose(text).unwrap();
            uses_sharpness(method, &parameters)
        };
        for text in ["soft", "debias", "local", "local:weights=softmax,radius=2", "mean:activation=softmax"] {
            assert!(uses(text), "{text}");
        }
        for text in ["hard", "mean", "mean:activation=sigmoid", "local:beta=3", "local:weights=values"] {
            assert!(!uses(text), "{text}");
        }
        for text in ["parabola", "quarter", "newton", "dark", "gaussian"] {
            assert!(!uses(text), "{text}");
        }
    }

    #[test]
    fn every_parameter_has_room_and_a_default() {
        let mut names: Vec<&str> = Vec::new();
        for parameter in METHODS.iter().flat_map(|method| method.parameters) {
            names.push(parameter.name);
            match parameter.default {
                Some(default) => assert!(parameter.range.contains(default), "{}", parameter.name),
                None => assert!(!parameter.otherwise.is_empty(), "{}", parameter.name),
            }
        }
        names.sort_unstable();
        names.dedup();
        assert!(names.len() <= Parameters::MOST, "{names:?}");
    }

    /// What the values of a window are carried through to error bars by: (f(x + h) − f(x − h))/2h, for
    /// voxels at and about the peak, and far from it.
    #[test]
    fn derivatives_are_central_differences() {
        let lengths = [9, 9, 9];
        let value = |i: usize| {
            let [h, w, d] = crate::geometry::unravel(i, lengths).map(|i| i as f64 - 4.0);
            let square = 0.30 * (h - 0.2).powi(2) + 0.22 * (w + 0.3).powi(2) + 0.26 * (d - 0.1).powi(2);
            let tilted = square + 0.06 * (h - 0.2) * (w + 0.3);
            0.02 + (-tilted).exp() + 0.01 * ((i * 7919 % 101) as f64 / 101.0)
        };
        let values: Vec<f64> = (0..729).map(value).collect();
        for text in [
            "local:beta=9",
            "local:beta=9,shape=ball",
            "local:weights=values",
            "parabola",
            "parabola:space=raw",
            "newton",
            "newton:space=raw",
            "dark:sigma=1",
            "gaussian",
        ] {
            let (method, parameters) = choose(text).unwrap();
            let MethodKind::Window { locate, derivative, .. } = method.kind else { unreachable!() };
            let settings = parameters.into();
            let found = derivative(&of_map(lengths, values.clone()), &settings).unwrap();
            let size = found.rows.iter().flatten().fold(0.0_f64, |size, slope| size.max(slope.abs()));
            for voxel in [364, 365, 363, 373, 355, 445, 283, 374, 436, 300, 200, 500, 0] {
                let moved = |by: f64| {
                    let mut values = values.clone();
                    values[voxel] += by;
                    // The first maximum stays where it is.
                    locate(&Window { values, ..of_map(lengths, plain(lengths)) }, &settings).at
                };
                let (before, behind) = (moved(-1e-5), moved(1e-5));
                for axis in 0..3 {
                    let expected = (behind[axis] - before[axis]) / 2e-5;
                    // The fit leaves out second derivatives times its residual.
                    let within = if method.name == "gaussian" { 2e-2 } else { 1e-5 };
                    let slope = found.rows[axis][voxel];
                    assert!((slope - expected).abs() <= within * size, "{text} {voxel}: {slope} {expected}");
                }
            }
        }
    }

    /// A map whose maximum is its middle.
    fn plain(lengths: [usize; 3]) -> Vec<f64> {
        let count = lengths.iter().product();
        (0..count).map(|i| if i == count / 2 { 1.0 } else { 0.0 }).collect()
    }

    /// A peak that is one of several may be tiny beside another voxel of its window.
    #[test]
    fn every_method_answers_beside_values_of_any_size() {
        for method in METHODS {
            let MethodKind::Window { locate, fit, .. } = method.kind else { continue };
            for [low, peak, high] in [
                [0.0, 5e-324, f64::MAX],
                [f64::MIN, 0.0, f64::MAX],
                [f64::MIN, 1.0, 1e300],
                [-1.0, -0.5, 1e-300],
                [0.0, 1e-300, 1.0],
            ] {
                let mut values = vec![low; 9 * 9];
                (values[40], values[44]) = (peak, high);
                let window = Window { peak: [4, 4, 0], ..of_map([9, 9, 1], values) };
                let found = locate(&window, &Parameters::default().into()).at;
                let is_inside = found.iter().all(|coordinate| (0.0..=8.0).contains(coordinate));
                assert!(is_inside, "{} {low:e} {peak:e} {high:e}: {found:?}", method.name);
                let fit = fit.and_then(|fit| fit(&window));
                let numbers = fit.map(|fit| [fit.amplitude, fit.background, fit.residual]);
                assert!(numbers.is_none_or(|numbers| numbers.iter().all(|x| x.is_finite())), "{fit:?}");
            }
        }
    }
}
