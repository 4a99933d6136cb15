//! Pairs of header and image: `a.hdr` with `a.img`, either of them gzipped or not.
//!
//! Neither file names the other, so only the common stem connects them, whatever the case of the extension.
//! Analyze uses the same two extensions: its pairs are known, so that they are refused once and by name.

use super::super::error::SourceError;
use super::super::input::Input;
use super::super::reader::Companions;
use super::super::refused::is_analyze;
use super::fields::{Fields, Version, is_nifti, magic_text};
use super::{NiftiError, of_image};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The other file of a pair, if it exists.
pub(super) fn companions(path: &Path) -> Companions {
    let header = partners(path, "img", "hdr").into_iter().find(|header| is_pair_header(header));
    let values = partners(path, "hdr", "img").into_iter().filter(|image| image.is_file()).collect();
    Companions { header, values, is_named: false }
}

/// A file that cannot be read is no header here; whoever opens it gets the error.
fn is_pair_header(path: &Path) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|about| about.is_file());
    let opened = is_file.then(|| Input::open_path(path).and_then(Input::peel));
    let Some(Ok(input)) = opened else { return false };
    match Version::sniff(input.head()) {
        Some((version, _, pair)) => pair || is_without_values(&input, version),
        // Not read, but the image is no input of its own either.
        None => is_analyze(input.head()) || is_nifti(input.head()),
    }
}

/// Whether the file ends with its header. If its magic is that of a single file, then it is still the header
/// of a pair.
fn is_without_values(input: &Input, version: Version) -> bool {
    input.head().len() as u64 <= version.values_at()
}

/// The magic says whether values follow the header or lie in another file. Here it is held against the files.
///
/// nibabel goes by the names and reads what contradicts itself. Other programs go by the magic and read the
/// values from the wrong place, so such a file is refused, and its error says what is wrong with it.
pub(super) fn check_magic(header: &Input, fields: &Fields) -> Result<(), NiftiError> {
    let (single, pair) = (fields.version.single_magic(), fields.version.pair_magic());
    let (single, pair) = (magic_text(single), magic_text(pair));
    let Some(path) = &header.path else { return Ok(()) };
    let images = partners(path, "hdr", "img");
    let is_named = header.named.is_some();
    let is_alone = is_without_values(header, fields.version);
    if fields.pair && images.is_empty() && !is_named && !is_alone {
        return Err(NiftiError::SingleMagic { expected: single, found: pair });
    }
    let is_beside = || is_alone && images.iter().any(|path| path.is_file());
    if !fields.pair && (is_named || is_beside()) {
        return Err(NiftiError::PairMagic { expected: pair, found: single });
    }
    Ok(())
}

/// Opens the image that belongs to an opened header; it holds `end` bytes.
///
/// Errors come back with the image's path, since the user may have named the header.
pub(super) fn image(header: &Input, end: u64) -> Result<Input, SourceError> {
    let path = image_path(header)?;
    let opened = Input::open_path(&path).and_then(|input| {
        // Raw values may happen to begin like gzip data. Then the length and the name decide.
        if input.is_file_of(end) && !is_gzipped(&path) { Ok(input) } else { input.peel() }
    });
    opened.map_err(|error| of_image(Some(path), error))
}

/// The file that the user named goes before any that is found by name. A header on a stream has no
/// neighbours: [`NiftiError::PairOnStream`].
fn image_path(header: &Input) -> Result<PathBuf, SourceError> {
    if let Some(image) = &header.named {
        return Ok(image.clone());
    }
    let path = header.path.as_ref().ok_or(NiftiError::PairOnStream)?;
    let candidates = partners(path, "hdr", "img");
    // A link that leads nowhere says more than a file that is missing.
    let is_link = |path: &&PathBuf| path.is_symlink();
    let found = candidates.iter().find(|path| path.exists()).or_else(|| candidates.iter().find(is_link));
    let found = found.cloned();
    let at = candidates.into_iter().next().unwrap_or_else(|| path.with_extension("img"));
    Ok(found.ok_or(NiftiError::NoImage { at })?)
}

fn is_gzipped(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

/// The paths at which the partner of `path` may be, the likeliest first. Empty unless `path` has the
/// extension `own`, with `.gz` or without.
///
/// A gzipped file looks for a gzipped partner first, and upper case stays upper case if both are there.
/// `P.HDR` may still belong to `P.img`: copies from other systems change the case of one of the two.
fn partners(path: &Path, own: &str, other: &str) -> Vec<PathBuf> {
    let gzipped = is_gzipped(path);
    let plain = if gzipped { path.with_extension("") } else { path.to_owned() };
    let Some(extension) = plain.extension().filter(|extension| extension.eq_ignore_ascii_case(own)) else {
        return Vec::new();
    };
    let is_upper = |extension: &OsStr| extension.as_encoded_bytes().iter().any(u8::is_ascii_uppercase);
    let upper = is_upper(extension);
    let packed_upper = if gzipped { path.extension().is_some_and(is_upper) } else { upper };
    let raw = |upper: bool| plain.with_extension(if upper { other.to_uppercase() } else { other.to_owned() });
    let raw = [raw(upper), raw(!upper)];
    let packed = |packed_upper: bool| {
        raw.clone().map(|path| {
            let mut packed = OsString::from(path);
            packed.push(if packed_upper { ".GZ" } else { ".gz" });
            PathBuf::from(packed)
        })
    };
    let packed = [packed(packed_upper), packed(!packed_upper)].concat();
    if gzipped { [packed, raw.to_vec()].concat() } else { [raw.to_vec(), packed].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_by_name() {
        let of = |path: &str| partners(Path::new(path), "hdr", "img");
        let paths = |names: [&str; 6]| names.map(PathBuf::from);
        let lower =
            ["d/a.b.img", "d/a.b.IMG", "d/a.b.img.gz", "d/a.b.IMG.gz", "d/a.b.img.GZ", "d/a.b.IMG.GZ"];
        assert_eq!(of("d/a.b.hdr"), paths(lower));
        assert_eq!(of("a.hdr.gz"), paths(["a.img.gz", "a.IMG.gz", "a.img.GZ", "a.IMG.GZ", "a.img", "a.IMG"]));
        let upper = ["A.IMG", "A.img", "A.IMG.GZ", "A.img.GZ", "A.IMG.gz", "A.img.gz"];
        assert_eq!(of("A.HDR"), paths(upper));
        let mixed = ["A.IMG.gz", "A.img.gz", "A.IMG.GZ", "A.img.GZ", "A.IMG", "A.img"];
        assert_eq!(of("A.HDR.gz"), paths(mixed));
        assert!(of("a.img").is_empty() && of("a.gz").is_empty() && of("hdr").is_empty());
    }
}
