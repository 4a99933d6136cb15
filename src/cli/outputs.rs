//! Outputs that are files: how one is begun, where `--output-dir` puts that of each input, and that none
//! takes the place of an input.

use super::exit::{Exit, Failure};
use super::hints;
use super::named_input::NamedInput;
use super::resume::{self, InputOutput};
use super::signals;
use crate::plan::Plan;
use crate::sink::{Output, OutputError};
use crate::source::{Location, companions};
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

/// The output of each input below `directory`.
///
/// # Errors
/// Two inputs with one output, or an output in the place of an input.
pub(super) fn assign(
    plan: &Plan,
    directory: &Path,
    inputs: Vec<NamedInput>,
) -> Result<Vec<InputOutput>, Failure> {
    let extension = plan.writer.extensions.first().copied().unwrap_or(plan.writer.name);
    let mut owners: HashMap<PathBuf, Location> = HashMap::with_capacity(inputs.len());
    let mut outputs = Vec::with_capacity(inputs.len());
    for NamedInput { location, relative } in inputs {
        let mut name = relative.into_os_string();
        name.push(".");
        name.push(extension);
        let relative = PathBuf::from(name);
        if let Some(other) = owners.insert(relative.clone(), location.clone()) {
            return Err(collision(&directory.join(relative), &other, &location));
        }
        outputs.push(InputOutput { input: location, relative });
    }
    check_all(plan, directory, &outputs)?;
    Ok(outputs)
}

fn collision(output: &Path, first: &Location, second: &Location) -> Failure {
    let what = format!("the output `{}` would be that of both `{first}` and `{second}`", output.display());
    Failure::usage(
        what,
        "`--root DIR`, with a directory above both, keeps the paths below it, and so does naming that \
         directory as INPUT",
    )
}

/// No output that is already there, and not the record of the directory, may be an input.
fn check_all(plan: &Plan, directory: &Path, outputs: &[InputOutput]) -> Result<(), Failure> {
    let existing = outputs.iter().filter_map(|output| directory.join(&output.relative).canonicalize().ok());
    let existing: HashSet<PathBuf> = existing.collect();
    if !existing.is_empty() {
        let is_output = |input: &&Location| files(input).iter().any(|file| existing.contains(file));
        if let Some(input) = plan.inputs.iter().find(is_output) {
            return Err(is_an_input(input));
        }
    }
    check(&directory.join(resume::NAME), &plan.inputs)
}

/// The files of an input, links followed: itself and, if it is one half of a pair, the other half.
fn files(input: &Location) -> Vec<PathBuf> {
    let Location::Path(path) = input else { return Vec::new() };
    let companions = companions(path);
    std::iter::once(path).chain(companions.files()).filter_map(|file| file.canonicalize().ok()).collect()
}

/// Refuses an output that is a file of one of the inputs.
pub(super) fn check(output: &Path, inputs: &[Location]) -> Result<(), Failure> {
    let Ok(output) = output.canonicalize() else { return Ok(()) };
    let is_output = |input: &&Location| {
        matches!(input, Location::Path(path) if path.is_file()) && files(input).contains(&output)
    };
    inputs.iter().find(is_output).map_or(Ok(()), |input| Err(is_an_input(input)))
}

/// The error for an output that is also an input.
pub(super) fn is_an_input(input: &Location) -> Failure {
    Failure::usage(
        format!("`{input}` is both an input and an output"),
        "choose another `-o` or `--output-dir`",
    )
}

/// Begins an output; if a signal ends the run, its temporary file is removed.
pub(super) fn begin(
    path: &Path,
    create: impl Fn(&Path) -> Result<Output, OutputError>,
) -> Result<Output, OutputError> {
    // A FIFO waits for its reader, which a signal must not wait for.
    if path.exists() && !path.is_file() {
        return create(path);
    }
    let mut gate = signals::gate();
    let output = create(path)?;
    gate.extend(output.temporary().map(Path::to_owned));
    Ok(output)
}

/// The error for rows that could not be written to the file at `path`.
pub(super) fn write_failure(path: &Path, error: &io::Error) -> Failure {
    let hint = Some("a file that was there before is unchanged; `-o` chooses another".to_owned());
    Failure::new(Exit::Output, format!("failed to write `{}`", path.display()), error, hint)
}

/// The error for an output that could not be created, written or put in its place.
pub(super) fn output_failure(error: &OutputError) -> Failure {
    let hint = hints::output(error).map(str::to_owned);
    let cause = std::error::Error::source(error).map(ToString::to_string);
    Failure::new(Exit::Output, error.to_string(), cause.unwrap_or_default(), hint)
}
