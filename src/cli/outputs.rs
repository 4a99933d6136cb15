//! Outputs that are files: how one is begun, and where `--output-dir` puts that of each input.

use super::exit::{Exit, Failure};
use super::hints;
use super::named_input::NamedInput;
use super::resume::{self, InputOutput};
use super::signals::{self, Doing};
use super::targets::{Beside, Targets, lower};
use crate::plan::Plan;
use crate::shown;
use crate::sink::{Output, OutputError};
use crate::source::Location;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// The output of each input below `directory`.
///
/// # Errors
/// Two inputs with one output, an input without a name, or an output in the place of a file that the run
/// reads.
pub(super) fn assign(
    plan: &Plan,
    directory: &Path,
    inputs: Vec<NamedInput>,
    beside: &[Beside],
) -> Result<Vec<InputOutput>, Failure> {
    let extension = plan.writer.extensions.first().copied().unwrap_or(plan.writer.name);
    // By names in lower case: on some file systems letter case does not tell two files apart.
    let mut owners: HashMap<PathBuf, usize> = HashMap::with_capacity(inputs.len());
    let mut outputs: Vec<InputOutput> = Vec::with_capacity(inputs.len());
    for NamedInput { location, relative } in inputs {
        check_name(directory, &location, &relative)?;
        let mut name = relative.into_os_string();
        name.push(".");
        name.push(extension);
        let relative = PathBuf::from(name);
        let output = InputOutput { input: location, relative };
        if let Some(other) = owners.insert(lower(&output.relative), outputs.len()) {
            return Err(collision(directory, &outputs[other], &output));
        }
        outputs.push(output);
    }
    let written = outputs.iter().map(|output| output.relative.as_path()).chain([Path::new(resume::NAME)]);
    Targets::new(written.map(|relative| directory.join(relative))).check(&plan.files(), beside)?;
    Ok(outputs)
}

/// Refuses an input whose output would lie outside the directory: `/` and `..` are no names of files.
fn check_name(directory: &Path, input: &Location, relative: &Path) -> Result<(), Failure> {
    let mut parts = relative.components().peekable();
    let is_named = parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)));
    if is_named {
        return Ok(());
    }
    let what = format!("`{input}` has no name by which an output could lie in `{}`", shown::path(directory));
    Err(Failure::usage(what, "name files; a directory is searched if it is INPUT, not an entry of a list"))
}

fn collision(directory: &Path, first: &InputOutput, second: &InputOutput) -> Failure {
    let output = directory.join(&second.relative);
    let (output, inputs) = (shown::path(&output), (&first.input, &second.input));
    let what = format!("the output `{output}` would be that of both `{}` and `{}`", inputs.0, inputs.1);
    let hint = if first.relative == second.relative {
        "`--root DIR`, with a directory above both, keeps the paths below it, and so does naming that \
         directory as INPUT"
    } else {
        "some file systems take names for one that differ in letter case alone: rename one of them, or \
         decode to two directories"
    };
    Failure::usage(what, hint)
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
    let mut gate = signals::gate(Doing::Beginning);
    let output = create(path)?;
    if let Some(path) = output.temporary() {
        gate.add(path.to_owned());
    }
    Ok(output)
}

/// Fills a file, which appears whole or not at all. `unwritten` makes a failure of what `fill` could not do.
pub(super) fn fill<T, E>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    unwritten: impl FnOnce(&E) -> Failure,
) -> Result<T, Failure> {
    let mut output = begin(path, Output::create).map_err(|error| output_failure(&error))?;
    let written = fill(&mut output).map_err(|error| unwritten(&error));
    let mut gate = signals::gate(Doing::Placing);
    let done =
        written.and_then(|value| output.commit().map(|()| value).map_err(|error| output_failure(&error)));
    gate.clear();
    done
}

/// Writes a file, which appears whole or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fill(path, |out| out.write_all(bytes), |error| write_failure(path, error))
}

/// The error for rows that could not be written to the file at `path`.
pub(super) fn write_failure(path: &Path, error: &io::Error) -> Failure {
    let hint = Some("a file that was there before is unchanged; `-o` chooses another".to_owned());
    Failure::new(Exit::Output, format!("failed to write `{}`", shown::path(path)), error, hint)
}

/// The error for an output that could not be created, written or put in its place.
pub(super) fn output_failure(error: &OutputError) -> Failure {
    let hint = hints::output(error).map(str::to_owned);
    let cause = std::error::Error::source(error).map(ToString::to_string);
    Failure::new(Exit::Output, error.to_string(), cause.unwrap_or_default(), hint)
}
