//! The table of all methods: the only file that names them all.

use super::method::Method;
use super::parameters::{ParameterError, Parameters};
use super::{dark, debias, gaussian, hard, local, mean, newton, parabola, quarter, soft};

/// Every method, the default first.
pub static METHODS: &[Method] = &[
    soft::METHOD,
    hard::METHOD,
    mean::METHOD,
    debias::METHOD,
    local::METHOD,
    parabola::METHOD,
    quarter::METHOD,
    newton::METHOD,
    dark::METHOD,
    gaussian::METHOD,
];

/// The method of a name.
#[must_use]
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// The method and the parameters that `text` names: `local`, or `local:radius=4,beta=10`.
///
/// # Errors
/// [`ParameterError`] where there is no such method or parameter, or a value is outside its range.
///
/// # Examples
/// ```
/// use softargmax::kernel::{Settings, choose};
///
/// let (method, parameters) = choose("local:radius=2,shape=ball")?;
/// let settings = Settings { method, parameters, ..Settings::default() };
/// assert_eq!(settings.parameter(0), Some(2.0));
/// assert!(choose("local:radius=1000").is_err());
/// # Ok::<(), softargmax::kernel::ParameterError>(())
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
    Ok((method, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Length;

    #[test]
    fn any_subset_by_hand() {
        let (method, parameters) = choose("local").unwrap();
        assert_eq!((method.name, parameters), ("local", Parameters::default()));
        assert_eq!([0, 1, 2, 4].map(|i| parameters.get(method, i)), [Some(4.0), None, Some(0.0), None]);
        let (method, parameters) = choose("local:shape=ball, radius=7").unwrap();
        assert_eq!([0, 1, 2, 3].map(|i| parameters.get(method, i)), [Some(7.0), None, Some(1.0), Some(0.0)]);
        assert_eq!(method.parameters[2].show(1.0), "ball");
        let (method, parameters) = choose("local:beta=0.5").unwrap();
        assert_eq!(parameters.get(method, 1), Some(0.5));
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
            assert_eq!(parameters.length(method, 0), Some(length), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            (
                "softest",
                "expected a method (soft, hard, mean, debias, local, parabola, quarter, newton, dark, gaussian), found \
                 `softest`",
            ),
            ("local:", "found ``"),
            ("local:radius", "found `radius`"),
            (
                "local:radius=0",
                "expected a whole number of voxels from 1 to 32 or a length in mm such as 5mm for radius, found `0`",
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
            ("local:r=4", "`local` has no parameter `r`: it has radius, beta, shape, weights"),
            ("local:radius=4,radius=4", "expected radius once"),
            ("hard:radius=4", "`hard` has no parameter `radius`: it has none"),
        ] {
            let error = choose(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn no_method_has_more_than_there_is_room_for() {
        for method in METHODS {
            assert!(method.parameters.len() <= Parameters::MOST, "{}", method.name);
            for parameter in method.parameters {
                assert!(parameter.default.is_some() || !parameter.otherwise.is_empty(), "{}", parameter.name);
            }
        }
    }
}
