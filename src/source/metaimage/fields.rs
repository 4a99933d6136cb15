//! The fields of a MetaImage header.

use super::super::detached::{Lines, quoted};
use super::super::error::SourceError;
use super::super::input::Input;
use super::{MetaImageError, ends};

/// Keys with their values, as written, in the order of the file.
pub(super) struct Fields(Vec<(String, String)>);

/// The header is text of lines `Key = value`; one of these keys comes first.
pub(super) fn is_meta_image(head: &[u8]) -> bool {
    let is_separator = |byte: &u8| [b'=', b':'].contains(byte);
    let first = head.split(is_separator).next().unwrap_or_default().trim_ascii();
    head.iter().any(is_separator) && [&b"ObjectType"[..], b"NDims", b"Comment"].contains(&first)
}

/// The key that ends the header.
const LAST: &str = "ElementDataFile";

impl Fields {
    /// Reads up to the line that says where the values are.
    pub(super) fn read(input: &mut Input) -> Result<Fields, SourceError> {
        let (mut lines, mut fields) = (Lines::new(), Vec::new());
        while let Some(line) = lines.next(input)? {
            let Some((key, value)) = line.split_once(['=', ':']) else { continue };
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            let is_last = key == LAST;
            fields.push((key, value));
            if is_last {
                return Ok(Fields(fields));
            }
        }
        Err(ends().into())
    }

    /// The last value of a key.
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }

    /// The first of several keys for one thing that is there.
    pub(super) fn any(&self, keys: &[&'static str]) -> Option<(&'static str, &str)> {
        keys.iter().find_map(|&key| Some((key, self.get(key)?)))
    }

    pub(super) fn text(&self, key: &'static str) -> Result<&str, MetaImageError> {
        self.get(key).ok_or(MetaImageError::Missing { key })
    }

    pub(super) fn number(&self, key: &'static str) -> Result<Option<f64>, MetaImageError> {
        let Some(found) = self.get(key) else { return Ok(None) };
        let number = found.parse().map_err(|_| wrong(key, "a number", found))?;
        Ok(Some(number))
    }

    /// Where the values are.
    pub(super) fn data_file(&self) -> &str {
        self.get(LAST).unwrap_or_default()
    }

    /// The lengths of the axes, the fastest first.
    pub(super) fn lengths(&self) -> Result<Vec<u64>, MetaImageError> {
        if let Some(found) = self.get("ObjectType").filter(|found| *found != "Image") {
            return Err(MetaImageError::Object { found: quoted(found) });
        }
        let found = self.text("NDims")?;
        let axes = found.parse().ok().filter(|axes| (1..=4).contains(axes));
        let axes: usize = axes.ok_or_else(|| wrong("NDims", "1 to 4 axes", found))?;
        let found = self.text("DimSize")?;
        let lengths = found.split_whitespace().map(|length| length.parse().ok().filter(|&n| n > 0));
        let lengths: Option<Vec<u64>> = lengths.collect();
        let lengths = lengths.filter(|lengths| lengths.len() == axes);
        lengths.ok_or_else(|| wrong("DimSize", format!("{axes} lengths of at least 1"), found))
    }

    /// How many numbers each voxel has.
    pub(super) fn channels(&self) -> Result<u64, MetaImageError> {
        const KEY: &str = "ElementNumberOfChannels";
        let Some(found) = self.get(KEY) else { return Ok(1) };
        let channels = found.parse().ok().filter(|&channels| channels > 0);
        channels.ok_or_else(|| wrong(KEY, "a whole number of at least 1", found))
    }

    /// Whether the most significant byte of a value comes first.
    pub(super) fn is_big_endian(&self) -> Result<bool, MetaImageError> {
        self.flag(&["BinaryDataByteOrderMSB", "ElementByteOrderMSB"], false)
    }

    pub(super) fn is_compressed(&self) -> Result<bool, MetaImageError> {
        self.flag(&["CompressedData"], false)
    }

    pub(super) fn is_binary(&self) -> Result<bool, MetaImageError> {
        self.flag(&["BinaryData"], true)
    }

    /// Where the values begin in their file; 0 where it stands, -1 at the place from which they fill it.
    pub(super) fn header_size(&self) -> Result<i64, MetaImageError> {
        const KEY: &str = "HeaderSize";
        let Some(found) = self.get(KEY) else { return Ok(0) };
        let size = found.parse().ok().filter(|&size| size >= -1);
        size.ok_or_else(|| wrong(KEY, "a whole number of at least -1", found))
    }

    fn flag(&self, keys: &[&'static str], otherwise: bool) -> Result<bool, MetaImageError> {
        let Some((key, found)) = self.any(keys) else { return Ok(otherwise) };
        match found.as_bytes().first().map(u8::to_ascii_lowercase) {
            Some(b't' | b'1') => Ok(true),
            Some(b'f' | b'0') => Ok(false),
            _ => Err(wrong(key, "True or False", found)),
        }
    }

    /// As many numbers as there are axes, or axes times axes.
    pub(super) fn numbers(
        &self,
        keys: &[&'static str],
        count: usize,
    ) -> Result<Option<Vec<f64>>, MetaImageError> {
        let Some((key, found)) = self.any(keys) else { return Ok(None) };
        let numbers: Option<Vec<f64>> = found.split_whitespace().map(|text| text.parse().ok()).collect();
        let numbers = numbers.filter(|numbers| numbers.len() == count);
        numbers.map(Some).ok_or_else(|| wrong(key, format!("{count} numbers"), found))
    }
}

fn wrong(key: &'static str, expected: impl Into<String>, found: &str) -> MetaImageError {
    MetaImageError::Value { key, expected: expected.into(), found: quoted(found) }
}
