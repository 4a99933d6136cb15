//! What is suspicious about a NIfTI header by NIfTI's own rules.
//!
//! In all these cases the values can be read, and nibabel reads most of these files too. A refusal
//! would stop work that may not need millimetres at all.

use super::super::advice::Advice;
use super::super::notice::{FormatNotice, Notice};

/// `bitpix` is not `expected`, the size in bits of the data type `code`.
pub(super) fn bitpix(code: i16, expected: usize, found: i16) -> Notice {
    Notice::Format(FormatNotice {
        kind: "bad-bitpix",
        is_about_values: true,
        text: format!("expected bitpix {expected} for datatype {code}, found {found}"),
        advice: "the values are read by the datatype, as nibabel and ITK do; \
                 `nibabel.save(nibabel.load('FILE'), 'heatmaps.nii.gz')` writes a header that agrees"
            .into(),
    })
}

/// `scl_slope` is infinite or NaN.
pub(super) fn slope(found: f64) -> Notice {
    Notice::Format(FormatNotice {
        kind: "nonfinite-slope",
        is_about_values: true,
        text: format!("expected a finite scl_slope, found {found}"),
        advice: "the values are read unscaled; set scl_slope to 1 in the file".into(),
    })
}

/// b² + c² + d² of the qform's quaternion is well above 1.
///
/// No rotation belongs to it, so the qform is left out.
pub(super) fn quaternion(squares: f64) -> Notice {
    Notice::Format(FormatNotice {
        kind: "bad-quaternion",
        is_about_values: false,
        text: format!("expected a qform quaternion with b²+c²+d² at most 1, found {squares}"),
        advice: Advice::OtherAffine,
    })
}

/// A voxel size of the qform is zero (taken as 1) or negative (taken as positive), as nibabel does.
pub(super) fn pixdim([i, j, k]: [f64; 3]) -> Notice {
    Notice::Format(FormatNotice {
        kind: "bad-pixdim",
        is_about_values: false,
        text: format!("expected positive pixdim[1..4] for the qform, found {i}, {j}, {k}"),
        advice: "zero is taken as 1 and the sign is dropped, as nibabel does".into(),
    })
}

/// `pixdim[0]`, the sign of the third axis in the qform, is neither −1 nor 1.
///
/// 0 is common and every reader takes it for 1, so there is no notice about that. Of other values nibabel
/// takes all for 1, and ITK the negative ones for −1.
pub(super) fn qfac(found: f64) -> Notice {
    let advice = if found < 0.0 {
        "it is taken as 1, as nibabel does; ITK takes it as -1, which turns the third axis of the qform \
         round: set it to 1 or -1 in the file"
    } else {
        "it is taken as 1, as nibabel does"
    };
    Notice::Format(FormatNotice {
        kind: "bad-qfac",
        is_about_values: false,
        text: format!("expected pixdim[0] -1 or 1 for the qform, found {found}"),
        advice: advice.into(),
    })
}

/// `sform_code` or `qform_code`, each given with the name of its form, is outside 0 to 5.
pub(super) fn form_codes(found: &[(&'static str, i32)]) -> Notice {
    let codes: Vec<String> = found.iter().map(|(form, code)| format!("{form}_code {code}")).collect();
    Notice::Format(FormatNotice {
        kind: "bad-form-code",
        is_about_values: false,
        text: format!("expected form codes from 0 to 5, found {}", codes.join(" and ")),
        advice:
            "such a form counts as not set, as in nibabel, although ITK may use it; if the form is right, \
                 set its code to 1 in the file"
                .into(),
    })
}
