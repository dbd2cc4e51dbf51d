//! Which Helm a render follows.

/// The major version of Helm whose behaviour a render has where they differ.
///
/// Helm 3, as of 3.21, unlike Helm 4:
/// - lets the null defaults of a chart reach its templates,
/// - trims all white space around the separators of documents,
/// - puts webhook configurations among the kinds it does not know, by name,
/// - fails where a template asks `.Chart` for a field that it does not have,
/// - tells the errors of templates on one line.
///
/// ```
/// use gitops_render::helm::{HelmVersion, Release};
///
/// let release = Release::new("shop", "default").helm_version(HelmVersion::V3);
/// assert_ne!(release.helm_version, HelmVersion::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HelmVersion {
    /// Helm 3.
    V3,
    /// Helm 4.
    #[default]
    V4,
}
