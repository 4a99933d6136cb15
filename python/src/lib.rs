//! The extension module of the Python package `softargmax`: arrays and options in, landmarks out.
//!
//! What callers see is in `softargmax/__init__.py`; this module is private to it. It settles options with the
//! program's own parser and decodes with the program's own pipeline, so that both give the same bits and the
//! same words. Nothing here holds the GIL while values are read.

mod array;

use array::Strided;
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use softargmax::cli::embedded::{self, Array, Decoder, MemoryOrder, Refusal};
use softargmax::files;
use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// A refusal as an exception: `OSError` with the system's number where it has one, `ValueError` for what a
/// caller can mend, `RuntimeError` for a defect.
fn exception(refusal: Refusal) -> PyErr {
    match refusal {
        Refusal::Wrong(text) => PyValueError::new_err(text),
        // With a number Python makes the subclass of it, such as `FileNotFoundError`.
        Refusal::Io { text, number: Some(number) } => PyOSError::new_err((number, text)),
        Refusal::Io { text, number: None } => PyOSError::new_err(text),
        Refusal::Defect(text) => PyRuntimeError::new_err(text),
    }
}

/// An input with its landmarks.
#[pyclass(frozen, module = "softargmax._native")]
struct Decoded {
    decoder: Arc<Decoder>,
    decoded: files::Decoded,
}

#[pymethods]
impl Decoded {
    /// The landmarks as lines of JSON.
    fn rows(&self, py: Python<'_>) -> PyResult<String> {
        let lines = py.detach(|| self.decoder.rows(&self.decoded)).map_err(exception)?;
        String::from_utf8(lines).map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// The coordinates as the bytes of a `.npy`, in one space or in the first that was asked for.
    #[pyo3(signature = (space=None))]
    fn coordinates<'py>(&self, py: Python<'py>, space: Option<&str>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.decoder.coordinates(&self.decoded, space)).map_err(exception)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Raises the error of an input that could not be decoded.
    fn check(&self) -> PyResult<()> {
        embedded::readable(&self.decoded).map_err(exception)
    }

    #[getter]
    fn file(&self) -> PathBuf {
        self.decoded.record.file.clone()
    }

    #[getter]
    fn error(&self) -> Option<String> {
        self.decoded.record.error.clone()
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.decoded.record.warnings.clone()
    }

    #[getter]
    fn layout(&self) -> String {
        self.decoded.record.layout.clone()
    }

    #[getter]
    fn affine(&self) -> Option<[[f64; 4]; 3]> {
        self.decoded.record.affine.map(|affine| affine.0)
    }
}

/// Decodes a `numpy.ndarray` with the options of `softargmax decode`.
#[pyfunction]
#[pyo3(signature = (array, options, affine=None))]
fn decode(
    py: Python<'_>,
    array: &Bound<'_, PyAny>,
    options: Vec<OsString>,
    affine: Option<[[f64; 4]; 3]>,
) -> PyResult<Decoded> {
    let view = Strided::of(array)?;
    // `array` is borrowed until this function returns, so its memory stays.
    let found = py.detach(|| {
        let decoder = Decoder::of_arrays(options)?;
        let order = if view.is_fortran() { MemoryOrder::Fortran } else { MemoryOrder::C };
        let (element, shape) = (view.element(), view.shape());
        let array = Array { element, shape, order, values: Box::new(view), affine };
        let decoded = decoder.array(array, &|_| {})?;
        Ok((decoder, decoded))
    });
    let (decoder, decoded) = found.map_err(exception)?;
    Ok(Decoded { decoder: Arc::new(decoder), decoded })
}

/// Decodes files and directories with the options of `softargmax decode`; `KeyboardInterrupt` between two of
/// them if a signal has come.
#[pyfunction]
#[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself has one lifetime alone")]
fn decode_files(py: Python<'_>, paths: Vec<OsString>, options: Vec<OsString>) -> PyResult<Vec<Decoded>> {
    let mut interrupted = None;
    let mut found = Vec::new();
    let run = py.detach(|| {
        let decoder = Arc::new(Decoder::of_files(options, paths)?);
        decoder.files(&|_| {}, &mut |decoded| {
            found.push(Decoded { decoder: Arc::clone(&decoder), decoded });
            match Python::attach(|py| py.check_signals()) {
                Ok(()) => ControlFlow::Continue(()),
                Err(signal) => {
                    interrupted = Some(signal);
                    ControlFlow::Break(())
                }
            }
        })
    });
    run.map_err(exception)?;
    match interrupted {
        Some(signal) if signal.is_instance_of::<PyKeyboardInterrupt>(py) => {
            Err(PyKeyboardInterrupt::new_err(()))
        }
        Some(signal) => Err(signal),
        None => Ok(found),
    }
}

/// The extension module.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Decoded>()?;
    module.add_function(wrap_pyfunction!(decode, module)?)?;
    module.add_function(wrap_pyfunction!(decode_files, module)?)
}
