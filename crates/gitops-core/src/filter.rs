//! Which kinds take part at all: `resource.exclusions` and `resource.inclusions`.

use serde::{Deserialize, Serialize};

use crate::GroupKind;
use crate::ignore::Pattern;

/// Kinds of some groups on some clusters; an empty list stands for all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Entry {
    /// Patterns of API groups.
    pub api_groups: Vec<String>,
    /// Kinds by name, or `*`.
    pub kinds: Vec<String>,
    /// Patterns of the API servers' URLs.
    pub clusters: Vec<String>,
}

/// Which kinds take part.
///
/// An exclusion counts more than an inclusion. Where inclusions speak of a cluster, only
/// what they name takes part there. Events, metrics and leases never do.
///
/// ```
/// use gitops_core::GroupKind;
/// use gitops_core::filter::{Entry, Filter};
///
/// let mut pods = Entry::default();
/// pods.kinds = vec!["Pod".into()];
/// let filter = Filter::new(vec![pods], Vec::new());
/// let url = "https://kubernetes.default.svc";
/// assert!(filter.excludes(&GroupKind::new("", "Pod"), url));
/// assert!(filter.excludes(&GroupKind::new("", "Event"), url));
/// assert!(!filter.excludes(&GroupKind::new("apps", "Deployment"), url));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Filter {
    exclusions: Vec<Compiled>,
    inclusions: Vec<Compiled>,
}

#[derive(Clone, Debug)]
struct Compiled {
    groups: Vec<Pattern>,
    kinds: Vec<String>,
    clusters: Vec<Pattern>,
}

impl Filter {
    /// Compiles exclusions and inclusions. A pattern that is none matches nothing.
    pub fn new(exclusions: Vec<Entry>, inclusions: Vec<Entry>) -> Self {
        let compile = |entries: Vec<Entry>| entries.into_iter().map(Compiled::new).collect();
        Self {
            exclusions: compile(exclusions),
            inclusions: compile(inclusions),
        }
    }

    /// Whether a kind takes no part on the cluster with this URL.
    pub fn excludes(&self, kind: &GroupKind, cluster: &str) -> bool {
        if is_never_managed(kind) || self.exclusions.iter().any(|rule| rule.names(kind, cluster)) {
            return true;
        }
        let here = |rule: &&Compiled| any(&rule.clusters, cluster);
        let mut speaking = self.inclusions.iter().filter(here).peekable();
        speaking.peek().is_some() && !speaking.any(|rule| rule.names(kind, cluster))
    }
}

impl Compiled {
    fn new(entry: Entry) -> Self {
        let patterns = |texts: Vec<String>| {
            let pattern =
                |text: &String| Pattern::compile(text).unwrap_or_else(|_| Pattern::Nothing);
            texts.iter().map(pattern).collect()
        };
        Self {
            groups: patterns(entry.api_groups),
            kinds: entry.kinds,
            clusters: patterns(entry.clusters),
        }
    }

    fn names(&self, kind: &GroupKind, cluster: &str) -> bool {
        let known = |known: &String| known == "*" || *known == kind.kind;
        any(&self.groups, &kind.group)
            && (self.kinds.is_empty() || self.kinds.iter().any(known))
            && any(&self.clusters, cluster)
    }
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}

fn is_never_managed(kind: &GroupKind) -> bool {
    matches!(
        (kind.group.as_str(), kind.kind.as_str()),
        ("events.k8s.io" | "metrics.k8s.io", _) | ("", "Event") | ("coordination.k8s.io", "Lease")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(group: &str, kind: &str, cluster: &str) -> Entry {
        Entry {
            api_groups: vec![group.into()],
            kinds: vec![kind.into()],
            clusters: vec![cluster.into()],
        }
    }

    #[test]
    fn row_88_inclusions_and_exclusions_of_clusters() {
        let filter = Filter::new(
            vec![entry("*", "*", "cluster-two")],
            vec![entry("*", "*", "cluster-one")],
        );
        let pod = GroupKind::new("", "Pod");
        assert!(!filter.excludes(&pod, "cluster-one"));
        assert!(filter.excludes(&pod, "cluster-two"));
        assert!(!filter.excludes(&pod, "cluster-three"));
        let only = Filter::new(Vec::new(), vec![entry("*", "Service", "*")]);
        assert!(only.excludes(&pod, "cluster-three"));
    }

    #[test]
    fn kinds_are_no_patterns_and_wrong_patterns_match_nothing() {
        let pod = GroupKind::new("", "Pod");
        assert!(!Filter::new(vec![entry("*", "Po*", "*")], Vec::new()).excludes(&pod, "x"));
        assert!(!Filter::new(vec![entry("[", "Pod", "*")], Vec::new()).excludes(&pod, "x"));
        assert!(Filter::new(vec![entry("", "Pod", "*")], Vec::new()).excludes(&pod, "x"));
        assert!(
            !Filter::new(vec![entry("", "Pod", "*")], Vec::new())
                .excludes(&GroupKind::new("metrics.example", "Pod"), "x")
        );
    }
}
