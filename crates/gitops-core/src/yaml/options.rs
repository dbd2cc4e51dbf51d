//! Which rules to read by, and how much a text may cost.

/// Whose rules a text is read by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Manifests: go-yaml 2, and equal keys are an error.
    #[default]
    Kubernetes,
    /// Helm values and charts: go-yaml 2, and the last of equal keys counts.
    Helm,
    /// Kustomize resources: go-yaml 3, where `yes` and `on` are text, equal keys are an error,
    /// and a map's own key beats `<<` wherever that stands.
    Kustomize,
}

/// How to read a text.
///
/// The bounds hold for one call, over all documents of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Whose rules to read by.
    pub dialect: Dialect,
    /// How large the text may be, and how large aliases may make it.
    pub bytes: usize,
    /// How many maps and lists may stand inside each other; at most [`Options::MAX_DEPTH`].
    pub depth: usize,
    /// How many keys and values there may be once aliases are expanded.
    pub nodes: usize,
}

impl Options {
    /// The largest depth, whatever [`Options::depth`] says.
    ///
    /// Other code walks values by recursion, down to their `Drop`.
    pub const MAX_DEPTH: usize = 1_000;

    /// Whose rules to read by.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// How large the text may be, and how large aliases may make it.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// How many maps and lists may stand inside each other.
    #[must_use]
    pub fn depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// How many keys and values there may be once aliases are expanded.
    #[must_use]
    pub fn nodes(mut self, nodes: usize) -> Self {
        self.nodes = nodes;
        self
    }

    pub(crate) fn bounded_depth(&self) -> usize {
        self.depth.min(Self::MAX_DEPTH)
    }
}

impl Default for Options {
    /// Manifests of at most 128 MiB, 255 levels and 10 million keys and values.
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            bytes: 128 << 20,
            depth: 255,
            nodes: 10_000_000,
        }
    }
}
