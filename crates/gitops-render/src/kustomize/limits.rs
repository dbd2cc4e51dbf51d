//! What a build may cost.

/// Bounds on what hostile files can make a build do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How large a file may be.
    pub bytes: usize,
    /// How many maps and lists may stand inside each other.
    pub depth: usize,
    /// How many nodes a file may hold once aliases are expanded.
    pub nodes: usize,
    /// How many kustomizations may refer to each other in a row.
    pub layers: usize,
    /// How many kustomizations a build may read in all.
    pub loads: usize,
    /// How many objects a build may hold.
    pub objects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 200,
            nodes: 10_000_000,
            layers: 100,
            loads: 10_000,
            objects: 200_000,
        }
    }
}
