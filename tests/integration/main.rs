//! The program and the library from outside, against answers that come from elsewhere: NumPy and nibabel
//! (`testdata/golden`), the textbook formula (`kernel::reference`), and arithmetic by hand.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says so by panicking")]
#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "tests are short before they are fast"
)]
#![expect(clippy::needless_pass_by_value, reason = "views of arrays are handed on as they come")]
#![expect(clippy::case_sensitive_file_extension_comparisons, reason = "the files are named here")]
#![expect(clippy::disallowed_methods, reason = "what is expected is computed by the platform's functions")]
#![expect(clippy::float_cmp, reason = "numbers that are exact by contract are compared exactly")]

mod architecture;
mod argmax;
mod at_once;
mod average;
mod batch;
mod bytes;
mod calibrate;
mod cli;
mod component;
mod descriptors;
mod directories;
mod docs;
mod doubtful;
mod drawn_study;
mod encode;
mod eval;
mod formats;
mod golden;
#[cfg(unix)]
mod guides;
mod hints;
mod hostile;
mod hostile_files;
mod info;
mod interrupted;
mod layouts;
mod library;
mod mask;
mod memory;
mod methods;
mod millimetres;
mod never_replaced;
mod nifti;
mod npy;
mod offsets;
mod packaging;
mod peaks;
mod points;
mod properties;
mod reference;
mod references;
mod region;
mod regressions;
mod report;
mod resumed;
mod sameness;
mod settings;
mod stack;
mod study;
mod support;
mod table;
mod terminal;
mod trust;
mod usage;
mod verified;
mod volumes;
