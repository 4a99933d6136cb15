//! `--root`: outputs lie as their inputs do below a directory.

use super::exit::Failure;
use super::named_input::NamedInput;
use std::path::{Component, Path, PathBuf, absolute};

/// The directory of a study.
pub(super) struct Root<'a> {
    /// As it was named.
    named: &'a Path,
    /// From the root of the file system, without `..`; links are not followed.
    absolute: Option<PathBuf>,
    /// The same directory, links followed.
    canonical: PathBuf,
}

impl Root<'_> {
    /// The directory at `named`.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn open(named: &Path) -> Result<Root<'_>, Failure> {
        let hint = "`--root` takes the directory that holds the inputs";
        if !named.is_dir() {
            return Err(Failure::usage(format!("`{}` is not a directory", named.display()), hint));
        }
        let canonical = named.canonicalize();
        let canonical =
            canonical.map_err(|error| Failure::usage(format!("`{}`: {error}", named.display()), hint))?;
        Ok(Root { named, absolute: plain(named), canonical })
    }

    /// Calls the output of an input by its path below the directory. Standard input has no path and keeps its
    /// name.
    ///
    /// # Errors
    /// The input lies outside.
    pub(super) fn name(&self, input: NamedInput) -> Result<NamedInput, Failure> {
        let NamedInput { location, .. } = &input;
        let Some(path) = location.path() else { return Ok(input) };
        let relative = self.below(path).ok_or_else(|| {
            let what = format!("the input `{location}` is not in `{}`", self.named.display());
            Failure::usage(what, "`--root` takes a directory that holds all inputs")
        })?;
        Ok(NamedInput { relative, location: input.location })
    }

    /// The path below the directory, as it is written.
    ///
    /// A link in it is a name like any other, because links to a store, as git-annex has them, would all lead
    /// outside. Only a path that does not lie in the directory as it is written, or has `..`, is followed,
    /// and then up to its last name.
    fn below(&self, path: &Path) -> Option<PathBuf> {
        let written = plain(path).zip(self.absolute.as_ref());
        let written = written.and_then(|(path, root)| path.strip_prefix(root).ok().map(Path::to_owned));
        let relative = written.or_else(|| {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new(".")).canonicalize().ok()?;
            let followed = parent.join(path.file_name()?);
            followed.strip_prefix(&self.canonical).ok().map(Path::to_owned)
        });
        relative.filter(|relative| !relative.as_os_str().is_empty())
    }
}

/// A path from the root of the file system; `None` with `..`, which a link before it makes another place.
fn plain(path: &Path) -> Option<PathBuf> {
    let has_parent = path.components().any(|component| component == Component::ParentDir);
    if has_parent { None } else { absolute(path).ok() }
}
