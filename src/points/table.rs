//! The table of landmark formats. To add one, write one file and add its row here.

use super::format::Format;
use super::{
    ants_csv, bids_tsv, fcsv, freesurfer_json, label_map, napari_csv, nnlandmark_json, own_json, own_npy,
    own_table, payer_csv, slicer_json, verse_json,
};
use std::path::Path;

/// Every landmark format, in the order in which their contents are tried. Of several formats with one ending,
/// the first is that which the ending of an output chooses.
pub static FORMATS: &[Format] = &[
    own_table::CSV,
    own_table::TSV,
    own_json::JSON,
    slicer_json::FORMAT,
    fcsv::FORMAT,
    label_map::FORMAT,
    ants_csv::FORMAT,
    verse_json::FORMAT,
    freesurfer_json::FORMAT,
    napari_csv::FORMAT,
    bids_tsv::FORMAT,
    own_json::NDJSON,
    nnlandmark_json::FORMAT,
    payer_csv::FORMAT,
    own_npy::FORMAT,
];

/// The format of that name on the command line.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// The format that the ending of a path chooses, in either case: the longest ending that fits.
#[must_use]
pub fn by_extension(path: &Path) -> Option<&'static Format> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let fit = |format: &Format| {
        let fits = format.extensions.iter().filter(|extension| {
            name.strip_suffix(*extension).is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'))
        });
        fits.map(|extension| extension.len()).max()
    };
    let mut best: Option<(usize, &'static Format)> = None;
    for format in FORMATS {
        if let Some(length) = fit(format)
            && best.is_none_or(|(longest, _)| length > longest)
        {
            best = Some((length, format));
        }
    }
    best.map(|(_, format)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_ending_chooses() {
        let name = |path: &str| by_extension(Path::new(path)).map(|format| format.name);
        assert_eq!(name("out/A.CSV"), Some("csv"));
        assert_eq!(name("a.b.tsv"), Some("tsv"));
        for none in ["csv", ".csv", "a.txt", "a"] {
            assert_eq!(name(none), None, "{none}");
        }
        for format in FORMATS {
            assert_eq!(by_name(format.name).map(|found| found.name), Some(format.name));
        }
    }
}
