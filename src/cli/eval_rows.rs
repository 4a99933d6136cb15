//! Every landmark of `eval` as CSV: the largest error first, then what has none.

use super::eval_report::Report;
use crate::number::Decimal;
use crate::study::Row;

/// The table of `--rows`.
pub(super) fn csv(report: &Report) -> Vec<u8> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    // Memory takes every row.
    let _ = rows.write_record(columns(report));
    for row in &report.found.evaluation.rows {
        let _ =
            rows.write_field(row.file.as_deref().map_or(&[][..], |file| file.as_os_str().as_encoded_bytes()));
        for cell in cells(report, row) {
            let _ = rows.write_field(cell);
        }
        let _ = rows.write_record(None::<&[u8]>);
    }
    rows.into_inner().unwrap_or_default()
}

fn columns(report: &Report) -> Vec<String> {
    let (unit, axes) = (report.found.space.unit(), report.found.space.axes());
    let mut names: Vec<String> = ["file", "n", "c", "label"].map(str::to_owned).to_vec();
    names.extend(report.found.columns.extra.iter().cloned());
    names.push("outcome".into());
    names.push(format!("error_{unit}"));
    for start in ["d", "predicted_", "truth_"] {
        names.extend(axes.map(|axis| format!("{start}{axis}_{unit}")));
    }
    names.push(format!("error95_{unit}"));
    names
}

/// All cells but that of the file, which need not be text.
fn cells(report: &Report, row: &Row) -> Vec<String> {
    let digits = report.args.digits.map(usize::from);
    let number = |number: Option<f64>| {
        number.map_or_else(String::new, |number| Decimal { number, digits }.to_string())
    };
    let triple = |triple: Option<[f64; 3]>| [0, 1, 2].map(|axis| number(triple.map(|triple| triple[axis])));
    let index = |index: Option<usize>| index.map_or_else(String::new, |index| index.to_string());
    let mut cells = vec![index(row.n), index(row.c), row.label.clone().unwrap_or_default()];
    cells.extend(row.extra.iter().map(|cell| cell.clone().unwrap_or_default()));
    cells.push(row.outcome.name().to_owned());
    cells.push(number(row.error));
    cells.extend([row.difference, row.predicted, row.truth].map(triple).into_iter().flatten());
    cells.push(number(row.error95));
    cells
}
