//! Which files count, by the globs of the source.

use gitops_core::api::DirectorySource;
use gitops_core::render::Error;
use globset::{GlobBuilder, GlobMatcher};

/// Endings of the files that hold manifests.
const EXTENSIONS: &[&str] = &["yaml", "yml", "json", "jsonnet"];

/// Which files of a folder count.
pub(super) struct Filter {
    include: Option<GlobMatcher>,
    exclude: Option<GlobMatcher>,
    any_extension: bool,
}

impl Filter {
    pub(super) fn new(directory: &DirectorySource) -> Result<Self, Error> {
        Ok(Self {
            include: compile("include", &directory.include)?,
            exclude: compile("exclude", &directory.exclude)?,
            any_extension: directory.disable_extension_filter,
        })
    }

    /// Whether the file at `path`, seen from the folder, counts.
    pub(super) fn takes(&self, path: &str) -> bool {
        let extension = path.rsplit_once('.').map(|(_, extension)| extension);
        (self.any_extension || extension.is_some_and(|known| EXTENSIONS.contains(&known)))
            && self.include.as_ref().is_none_or(|glob| glob.is_match(path))
            && !self
                .exclude
                .as_ref()
                .is_some_and(|glob| glob.is_match(path))
    }
}

/// The reference's globs: `*` crosses `/`, `{a,b}` are alternatives.
fn compile(field: &str, pattern: &str) -> Result<Option<GlobMatcher>, Error> {
    if pattern.is_empty() {
        return Ok(None);
    }
    let glob = GlobBuilder::new(pattern)
        .literal_separator(false)
        .backslash_escape(true)
        .build()
        .map_err(|error| {
            let reason = error.kind();
            Error::new(format!("directory.{field}: bad glob {pattern:?}: {reason}"))
        })?;
    Ok(Some(glob.compile_matcher()))
}
