//! `softargmax methods`: the methods with their parameters, and the flags.

use super::exit::{Exit, Failure};
use super::listing_args::MethodsArgs;
use super::{hints, stdout};
use crate::kernel::{METHODS, Method, Parameters, Range, uses_sharpness};
use crate::landmark::Flag;
use std::fmt::Write as _;

/// How long a line may be.
const WIDTH: usize = 100;

/// Runs `methods`.
pub(super) fn run(args: &MethodsArgs) -> Result<Exit, Failure> {
    let text = match &args.name {
        None => all(),
        Some(name) => entry(name)?,
    };
    stdout::print(&text)?;
    Ok(Exit::Done)
}

/// Every method and every flag in a line or two.
fn all() -> String {
    let mut text = "Methods (`softargmax methods NAME` has all of one; parameters follow the name, such as\n\
                    `--method local:radius=4,beta=10`):\n"
        .to_owned();
    for method in METHODS {
        let names: Vec<&str> = method.parameters.iter().map(|parameter| parameter.name).collect();
        let parameters = if names.is_empty() { String::new() } else { format!(" [{}]", names.join(", ")) };
        row(&mut text, method.name, &format!("{}{parameters}", method.summary));
    }
    text.push_str(
        "\nFlags, what is doubtful about a landmark whose status is `ok` (column `flags`, `--fail-on`):\n",
    );
    for flag in Flag::ALL {
        row(&mut text, flag.name(), flag.summary());
    }
    text
}

/// All that there is about one method or flag.
fn entry(name: &str) -> Result<String, Failure> {
    if let Some(method) = METHODS.iter().find(|method| method.name == name) {
        return Ok(whole(method));
    }
    if let Some(flag) = Flag::ALL.into_iter().find(|flag| flag.name() == name) {
        return Ok(whole_flag(flag));
    }
    let methods = METHODS.iter().map(|method| method.name);
    let names: Vec<&str> = methods.chain(Flag::ALL.map(Flag::name)).collect();
    Err(Failure::usage(
        format!("there is no method and no flag `{name}`"),
        format!("the names are {}", names.join(", ")),
    ))
}

/// The full entry of a method.
fn whole(method: &Method) -> String {
    let mut text = format!("method {}\n", method.name);
    row(&mut text, "summary", method.summary);
    row(&mut text, "definition", method.definition);
    row(&mut text, "reference", method.reference);
    if method.parameters.is_empty() {
        row(&mut text, "parameters", "none");
    }
    for (index, parameter) in method.parameters.iter().enumerate() {
        row(&mut text, if index == 0 { "parameters" } else { "" }, &parameter.describe());
    }
    if let Some(options) = options(method) {
        row(&mut text, "options", &options);
    }
    text
}

/// The options that the method uses beside its parameters: those of the softmax, if its answer depends on
/// them, or does with one of the words of a parameter.
fn options(method: &Method) -> Option<String> {
    let options = "--temperature or --beta [default: 1]";
    if uses_sharpness(method, &Parameters::default()) {
        return Some(options.to_owned());
    }
    let words = method.parameters.iter().flat_map(|parameter| match parameter.range {
        Range::Words(words) => words.iter().map(|word| (parameter.name, *word)).collect(),
        _ => Vec::new(),
    });
    let mut used = words.filter(|(name, word)| {
        let mut parameters = Parameters::default();
        parameters.set(method, name, word).is_ok() && uses_sharpness(method, &parameters)
    });
    used.next().map(|(name, word)| format!("with {name}={word} also {options}"))
}

/// The full entry of a flag.
fn whole_flag(flag: Flag) -> String {
    let mut text = format!("flag {flag}\n");
    row(&mut text, "summary", flag.summary());
    row(&mut text, "hint", &hints::flag(flag));
    row(&mut text, "page", &format!("docs/flags/{flag}.md"));
    text
}

/// Adds a name with what is said of it, in lines that fit a screen.
fn row(text: &mut String, name: &str, about: &str) {
    let _ = write!(text, "  {name:<10}");
    let mut length = 12;
    for word in about.split_whitespace() {
        if length + 1 + word.chars().count() > WIDTH {
            let _ = write!(text, "\n{:12}", "");
            length = 12;
        }
        let _ = write!(text, " {word}");
        length += 1 + word.chars().count();
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_listed_and_fits() {
        let list = all();
        for method in METHODS {
            assert!(list.contains(&format!("\n  {:<10} ", method.name)), "{}", method.name);
            let whole = entry(method.name).unwrap();
            for parameter in method.parameters {
                assert!(whole.contains(&format!(" {}: ", parameter.name)), "{whole}");
            }
        }
        for flag in Flag::ALL {
            assert!(list.contains(&format!("\n  {:<10} ", flag.name())), "{flag}");
            let entry = entry(flag.name()).unwrap();
            let words: Vec<&str> = entry.split_whitespace().collect();
            for part in [flag.summary(), &hints::flag(flag), &format!("docs/flags/{flag}.md")] {
                let part: Vec<&str> = part.split_whitespace().collect();
                assert!(words.windows(part.len()).any(|words| words == part), "{entry}");
            }
        }
        let flags = Flag::ALL.into_iter().map(whole_flag);
        let texts = [list].into_iter().chain(METHODS.iter().map(whole)).chain(flags).collect::<String>();
        let long = texts.lines().find(|line| line.chars().count() > WIDTH);
        assert_eq!(long, None);
        assert_eq!(entry("softest").unwrap_err().exit(), Exit::Usage);
    }
    #[test]
    fn a_temperature_is_named_where_it_is_used() {
        let options = |name: &str| {
            let method = METHODS.iter().find(|method| method.name == name).unwrap();
            whole(method).lines().find_map(|line| line.strip_prefix("  options    ").map(str::to_owned))
        };
        let both = "--temperature or --beta [default: 1]";
        for name in ["soft", "debias", "local"] {
            assert_eq!(options(name).as_deref(), Some(both), "{name}");
        }
        assert_eq!(options("mean"), Some(format!("with activation=softmax also {both}")));
        for name in ["hard", "auto", "parabola", "quarter", "newton", "dark", "gaussian"] {
            assert_eq!(options(name), None, "{name}");
        }
    }
}
