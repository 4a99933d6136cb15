//! The data of the page: JSON within a script element.

use super::entry::{Entry, Page, Picture, Slice};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The whole data, safe within a script element: no `<` is left in it, so that no name ends the element.
pub(super) fn json(page: &Page) -> String {
    let entries: Vec<Value> = page.entries.iter().map(entry).collect();
    let data = json!({
        "title": page.title,
        "program": page.program,
        "method": page.method,
        "convention": page.convention,
        "columns": page.columns,
        "hasTruth": page.has_truth,
        "given": page.is_given,
        "unpictured": page.unpictured,
        "entries": entries,
    });
    // Within strings alone can these stand, where JSON may spell them so.
    data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn entry(entry: &Entry) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            map.insert(name.to_owned(), value);
        }
    };
    put("file", json!(entry.file));
    put("cells", json!(entry.cells));
    put("n", json!(entry.n));
    put("c", json!(entry.c));
    put("peak", json!(entry.peak));
    put("label", json!(entry.label));
    put("status", json!(entry.status));
    put("flags", json!(entry.flags));
    put("reason", json!(entry.reason));
    put("unit", json!(entry.unit));
    put("voxel", numbers(entry.answer.voxel));
    put("world", numbers(entry.answer.world));
    put("peakValue", number(entry.peak_value));
    put("error95", number(entry.error95));
    put("error", number(entry.error));
    put("outcome", json!(entry.outcome));
    put("toSoft", number(entry.to_soft));
    put("toHard", number(entry.to_hard));
    put("range", entry.range.map_or(Value::Null, |range| json!(range)));
    put("slices", entry.slices.iter().map(slice).collect());
    Value::Object(map)
}

fn slice(slice: &Slice) -> Value {
    let marks = slice.marks.iter().map(|mark| {
        let [x, y] = mark.place.map(rounded);
        json!([mark.kind.name(), x, y, rounded(mark.distance)])
    });
    let ellipse = slice.ellipse.map(|ellipse| {
        let [long, short] = ellipse.radii.map(rounded);
        [long, short, rounded(ellipse.angle)]
    });
    let mut map = json!({
        "name": slice.name,
        "letters": slice.letters,
        "extent": slice.extent.map(rounded),
        "heat": picture(&slice.heat),
        "marks": marks.collect::<Vec<_>>(),
    });
    if let Some(image) = &slice.image {
        map["image"] = picture(image);
    }
    if let Some(ellipse) = ellipse {
        map["ellipse"] = json!(ellipse);
    }
    map
}

/// The bytes of a PNG as base64, or its path.
fn picture(picture: &Picture) -> Value {
    match picture {
        Picture::Inside(bytes) => json!({ "png": STANDARD.encode(bytes) }),
        Picture::Beside(path) => json!({ "path": path }),
    }
}

/// Four decimals: a hundredth of a pixel of any picture.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

fn number(number: Option<f64>) -> Value {
    number.filter(|number| number.is_finite()).map_or(Value::Null, |number| json!(number))
}

fn numbers(numbers: Option<[f64; 3]>) -> Value {
    numbers.map_or(Value::Null, |numbers| json!(numbers.map(rounded)))
}
