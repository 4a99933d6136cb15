//! From what was named on the command line to a list of inputs: directories are searched.

use super::exit::Failure;
use super::named_input::NamedInput;
use super::pairs::Pairs;
use super::resume;
use super::search::Search;
use crate::shown;
use crate::source::Location;
use std::path::{Path, PathBuf};

/// Whether it can be read only once: standard input, or a FIFO.
pub(super) fn is_stream(location: &Location) -> bool {
    matches!(location, Location::Stdin) || is_fifo(location)
}

/// Whether it is there, and neither a file nor a directory.
pub(super) fn is_fifo(location: &Location) -> bool {
    matches!(location, Location::Path(path) if path.exists() && !path.is_file() && !path.is_dir())
}

/// The inputs that `named` stands for, in their order; those of a directory in byte order of the path. What
/// is named itself is an input, whatever it is called.
pub(super) fn expand(named: &[PathBuf], search: &mut Search) -> Result<Vec<NamedInput>, Failure> {
    if let Some(outputs) = &search.outputs {
        check_output_directory(named, outputs, search)?;
    }
    let (mut inputs, mut has_stdin) = (Vec::new(), false);
    let pairs = Pairs::of(
        named.iter().map(PathBuf::as_path).filter(|path| path.as_os_str() != "-" && !path.is_dir()),
    );
    for path in named {
        if path.as_os_str() == "-" {
            if std::mem::replace(&mut has_stdin, true) {
                return Err(Failure::usage("`-` is named twice", "standard input can be read only once"));
            }
            inputs.push(NamedInput::new(Location::Stdin));
        } else if path.is_dir() {
            inputs.extend(search.run(path)?);
        } else {
            // A pattern of the shell, such as `scans/*`, names both files of a pair: its header stands for
            // both.
            if !pairs.is_second(path) {
                inputs.push(NamedInput::new(Location::Path(path.clone())));
            }
        }
    }
    Ok(inputs)
}

/// A directory for outputs must not be one of the inputs, nor hold some: they would be left out without a
/// word.
fn check_output_directory(named: &[PathBuf], outputs: &Path, search: &Search) -> Result<(), Failure> {
    let hint = "give `--output-dir` a directory of its own; it is created if it does not exist";
    for path in named.iter().filter(|path| path.is_dir()) {
        let Ok(canonical) = path.canonicalize() else { continue };
        if canonical == outputs {
            let what = format!("`{}` cannot hold both the inputs and the outputs", shown::path(path));
            return Err(Failure::usage(what, hint));
        }
        let is_searched = outputs.starts_with(&canonical) && !outputs.join(resume::NAME).exists();
        if is_searched && let Some(input) = search.first(&canonical, outputs) {
            let what = format!("the output directory holds the input `{input}`");
            return Err(Failure::usage(what, hint));
        }
    }
    Ok(())
}
