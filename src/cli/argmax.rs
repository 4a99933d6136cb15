//! `softargmax argmax`: `torch.argmax` from the command line.

use super::args::ArgmaxArgs;
use super::exit::{Exit, Failure};
use super::signals::{self, Doing};
use super::targets::Targets;
use super::warnings::Warnings;
use super::{hints, outputs, stderr, stdout};
use crate::argmax::{ArgmaxError, Number, Reduced, Reduction};
use crate::landmark::InputRecord;
use crate::shown;
use crate::sink::{Output, OutputError};
use crate::source::{self, Location, Notice, OpenOptions, Values};
use crate::warning::Warning;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

/// What helps if standard output cannot be written.
const ELSEWHERE: &str = "`-o FILE` writes to a file";

/// Runs `argmax`.
pub(super) fn run(args: &ArgmaxArgs) -> Result<Exit, Failure> {
    let is_stdin = args.input.as_os_str() == "-";
    let input = if is_stdin { Location::Stdin } else { Location::Path(args.input.clone()) };
    let options = OpenOptions { key: args.key.clone() };
    Targets::new(args.output.clone()).check(std::slice::from_ref(&input), &[])?;
    let opened = source::open(&input, &options).map_err(|error| failed_input(args, &error.into()))?;
    let planned = Reduction::new(&opened.header, args.dim, args.keepdim);
    let reduction = planned.map_err(|error| failed_input(args, &error))?;
    signals::watch();
    let output = ArgmaxOutput::open(args, reduction.is_scalar(), io::stdout().is_terminal())?;
    warn(&args.input, &opened.header.notices);
    if args.soft {
        let temperature = args.temperature.unwrap_or(1.0);
        finish(args, output, opened.values, |values| reduction.soft_argmax(values, temperature))
    } else {
        finish(args, output, opened.values, |values| reduction.argmax(values))
    }
}

/// Reduces the values and writes the result.
fn finish<T: Number>(
    args: &ArgmaxArgs,
    output: ArgmaxOutput,
    values: Values,
    reduce: impl FnOnce(Values) -> Result<Reduced<T>, ArgmaxError>,
) -> Result<Exit, Failure> {
    let reduced = reduce(values).map_err(|error| failed_input(args, &error))?;
    warn(&args.input, reduced.notices());
    output.write(&reduced)
}

/// Where the result goes. It is opened before the values are read: a wrong path fails at once.
enum ArgmaxOutput {
    File(Output),
    Stdout,
}

impl ArgmaxOutput {
    /// `--output`, else standard output. An array is binary, and so is not written to a terminal.
    fn open(args: &ArgmaxArgs, is_scalar: bool, is_terminal: bool) -> Result<ArgmaxOutput, Failure> {
        if is_scalar || args.output.is_none() {
            stdout::open(Some(ELSEWHERE).filter(|_| !is_scalar))?;
        }
        match &args.output {
            Some(path) => outputs::begin(path, Output::create)
                .map(ArgmaxOutput::File)
                .map_err(|error| outputs::output_failure(&error)),
            None if is_terminal && !is_scalar => Err(Failure::usage(
                "an array is not written to a terminal",
                "`-o FILE.npy` writes it to a file; or pipe the output on",
            )),
            None => Ok(ArgmaxOutput::Stdout),
        }
    }

    fn write<T: Number>(self, reduced: &Reduced<T>) -> Result<Exit, Failure> {
        match self {
            ArgmaxOutput::File(output) => {
                let exit = to_file(output, reduced)?;
                // A scalar is always printed, to a file or not.
                if reduced.scalar().is_none() {
                    return Ok(exit);
                }
                to_stdout(&mut BufWriter::new(io::stdout().lock()), reduced)
            }
            ArgmaxOutput::Stdout => to_stdout(&mut BufWriter::new(io::stdout().lock()), reduced),
        }
    }
}

/// Writes `.npy`, whole or not at all; a scalar too.
fn to_file<T: Number>(mut output: Output, reduced: &Reduced<T>) -> Result<Exit, Failure> {
    let written = reduced.write_npy(&mut output);
    let mut gate = signals::gate(Doing::Placing);
    let done = match written {
        Ok(()) => output.commit(),
        Err(source) => Err(OutputError::Write { path: output.path().to_owned(), source }),
    };
    gate.clear();
    done.map_err(|error| outputs::output_failure(&error))?;
    Ok(Exit::Done)
}

/// Writes a scalar as a line of text, an array as `.npy`.
fn to_stdout<T: Number>(out: &mut dyn Write, reduced: &Reduced<T>) -> Result<Exit, Failure> {
    let written = match reduced.scalar() {
        Some(number) => writeln!(out, "{number}"),
        None => reduced.write_npy(out),
    };
    stdout::check(written.and_then(|()| out.flush()), Some(ELSEWHERE))?;
    Ok(Exit::Done)
}

/// Warns of what is suspicious about the values; affines do not matter here.
fn warn(input: &Path, notices: &[Notice]) {
    let mut warnings = Warnings::default();
    let input = InputRecord { file: input.to_owned(), ..InputRecord::default() };
    for notice in notices.iter().filter(|notice| notice.is_about_values()) {
        warnings.add(&input, &Warning::Source(notice.clone()));
    }
    let text = warnings.to_string();
    if !text.is_empty() {
        stderr::print_line(&text.trim_end());
    }
}

/// A dimension that the array does not have is a usage error; everything else is about the input.
fn failed_input(args: &ArgmaxArgs, error: &ArgmaxError) -> Failure {
    let exit = match error {
        ArgmaxError::Dim { .. } => Exit::Usage,
        _ => Exit::Unreadable,
    };
    let what = format!("failed to take the argmax of `{}`", shown::path(&args.input));
    Failure::new(exit, what, error, hints::argmax(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::ErrorKind;
    use std::path::PathBuf;

    /// A file of the bytes 1, 3, 3 with the given shape.
    fn input(directory: &Path, shape: &str) -> ArgmaxArgs {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
        let length = (header.len() as u16).to_le_bytes();
        let input = directory.join("input.npy");
        fs::write(&input, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &[1, 3, 3]].concat())
            .unwrap();
        let (dim, keepdim, soft, temperature) = (None, false, false, None);
        ArgmaxArgs { input, dim, keepdim, soft, temperature, key: None, output: None }
    }

    fn reduced(args: &ArgmaxArgs) -> Reduced<i64> {
        let opened = source::open(&Location::Path(args.input.clone()), &OpenOptions::default()).unwrap();
        Reduction::new(&opened.header, args.dim, args.keepdim).unwrap().argmax(opened.values).unwrap()
    }

    fn printed(args: &ArgmaxArgs) -> Vec<u8> {
        let mut out = Vec::new();
        assert_eq!(to_stdout(&mut out, &reduced(args)).unwrap(), Exit::Done);
        out
    }

    #[test]
    fn a_scalar_is_text_and_an_array_is_npy() {
        let directory = tempfile::tempdir().unwrap();
        let scalar = input(directory.path(), "(3,)");
        assert_eq!(printed(&scalar), b"1\n");
        assert!(printed(&ArgmaxArgs { keepdim: true, ..scalar }).starts_with(b"\x93NUMPY"));
    }

    #[test]
    fn a_terminal_gets_scalars_alone() {
        let directory = tempfile::tempdir().unwrap();
        let mut args = input(directory.path(), "(3, 1)");
        let refused = ArgmaxOutput::open(&args, false, true).err().unwrap();
        assert_eq!(refused.exit(), Exit::Usage);
        assert!(
            ArgmaxOutput::open(&args, true, true).is_ok() && ArgmaxOutput::open(&args, false, false).is_ok()
        );
        args.output = Some(directory.path().join("out.npy"));
        assert!(ArgmaxOutput::open(&args, false, true).is_ok());
    }

    #[test]
    fn exit_statuses() {
        let directory = tempfile::tempdir().unwrap();
        let exit = |args: &ArgmaxArgs| run(args).map_err(|failure| failure.exit());
        let path = directory.path().join("out.npy");
        let output = Some(path.clone());
        let args = ArgmaxArgs { output: output.clone(), ..input(directory.path(), "(3,)") };
        assert_eq!(exit(&ArgmaxArgs { dim: Some(1), ..args }), Err(Exit::Usage));
        let output_fails = Some(directory.path().join("none/out.npy"));
        let args = input(directory.path(), "(3,)");
        assert_eq!(exit(&ArgmaxArgs { output: output_fails, ..args }), Err(Exit::Output));
        for shape in ["(0, 3)", "(4,)"] {
            let args = ArgmaxArgs { output: output.clone(), ..input(directory.path(), shape) };
            assert_eq!(exit(&args), Err(Exit::Unreadable), "{shape}");
        }
        assert!(!path.exists());
        let args = ArgmaxArgs { output, ..input(directory.path(), "()") };
        assert_eq!(exit(&args), Ok(Exit::Done));
        assert!(fs::read(path).unwrap().ends_with(&[0; 8]));
        let absent = ArgmaxArgs { input: PathBuf::from("/none/absent.npy"), ..args };
        assert_eq!(exit(&absent), Err(Exit::Unreadable));
    }

    #[test]
    fn only_a_reader_that_went_away_is_success() {
        struct Failing(ErrorKind);
        impl Write for Failing {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let directory = tempfile::tempdir().unwrap();
        let reduced = reduced(&input(directory.path(), "(3,)"));
        assert_eq!(to_stdout(&mut Failing(ErrorKind::BrokenPipe), &reduced).unwrap(), Exit::Done);
        let failure = to_stdout(&mut Failing(ErrorKind::StorageFull), &reduced).unwrap_err();
        assert_eq!(failure.exit(), Exit::Output);
    }
}
