//! Pairs of header and image: `a.hdr` with `a.img`, either of them gzipped or not.
//!
//! Neither file names the other, so only the common stem connects them. Analyze uses the same two
//! extensions, and thus a header counts only if its magic is that of a NIfTI pair.

use super::super::error::SourceError;
use super::super::input::Input;
use super::super::reader::Companions;
use super::fields::Version;
use super::{NiftiError, of_image};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The other file of a pair, if it exists.
pub(super) fn companions(path: &Path) -> Companions {
    let header = partners(path, "img", "hdr").into_iter().find(|header| is_pair_header(header));
    let values = partners(path, "hdr", "img").into_iter().filter(|image| image.is_file()).collect();
    Companions { header, values }
}

/// A file that cannot be read is no header here; whoever opens it gets the error.
fn is_pair_header(path: &Path) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|about| about.is_file());
    let opened = is_file.then(|| Input::open_path(path).and_then(Input::peel));
    let Some(Ok(input)) = opened else { return false };
    matches!(Version::sniff(input.head()), Some((_, _, true)))
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
/// A gzipped file looks for a gzipped partner first, and upper case stays upper case.
fn partners(path: &Path, own: &str, other: &str) -> Vec<PathBuf> {
    let gzipped = is_gzipped(path);
    let plain = if gzipped { path.with_extension("") } else { path.to_owned() };
    let Some(extension) = plain.extension().filter(|extension| extension.eq_ignore_ascii_case(own)) else {
        return Vec::new();
    };
    let upper = extension.to_string_lossy().starts_with(|letter: char| letter.is_ascii_uppercase());
    let other = if upper { other.to_uppercase() } else { other.to_owned() };
    let raw = plain.with_extension(&other);
    let mut packed = OsString::from(&raw);
    packed.push(if upper { ".GZ" } else { ".gz" });
    let packed = PathBuf::from(packed);
    if gzipped { vec![packed, raw] } else { vec![raw, packed] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_by_name() {
        let of = |path: &str| partners(Path::new(path), "hdr", "img");
        assert_eq!(of("d/a.b.hdr"), [PathBuf::from("d/a.b.img"), PathBuf::from("d/a.b.img.gz")]);
        assert_eq!(of("a.hdr.gz"), [PathBuf::from("a.img.gz"), PathBuf::from("a.img")]);
        assert_eq!(of("A.HDR"), [PathBuf::from("A.IMG"), PathBuf::from("A.IMG.GZ")]);
        assert!(of("a.img").is_empty() && of("a.gz").is_empty() && of("hdr").is_empty());
    }
}
