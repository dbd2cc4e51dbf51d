//! Which of a kind's versions is preferred.

use std::cmp::Reverse;

/// Orders versions as the API server does: `v2`, `v1`, `v1beta2`, `v1beta1`,
/// `v1alpha1`, and what is no such version last, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Priority {
    Known(Stability, Reverse<u64>, Reverse<u64>),
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stability {
    Stable,
    Beta,
    Alpha,
}

impl Priority {
    pub(super) fn of(version: &str) -> Self {
        known(version).unwrap_or_else(|| Self::Other(version.to_owned()))
    }
}

fn known(version: &str) -> Option<Priority> {
    let rest = version.strip_prefix('v')?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (major, rest) = rest.split_at(end);
    let (stability, minor) = match (rest, rest.strip_prefix("beta"), rest.strip_prefix("alpha")) {
        ("", ..) => (Stability::Stable, "0"),
        (_, Some(minor), _) => (Stability::Beta, minor),
        (_, _, Some(minor)) => (Stability::Alpha, minor),
        _ => return None,
    };
    let (major, minor) = (major.parse().ok()?, minor.parse().ok()?);
    Some(Priority::Known(stability, Reverse(major), Reverse(minor)))
}

#[cfg(test)]
mod tests {
    use super::Priority;

    #[test]
    fn stable_versions_come_first_and_higher_ones_before_lower() {
        let ordered = [
            "v10",
            "v2",
            "v1",
            "v11beta2",
            "v10beta3",
            "v3beta1",
            "v12alpha1",
            "bar",
            "foo1",
            "v",
        ];
        assert!(ordered.is_sorted_by_key(|version| Priority::of(version)));
    }
}
