//! Objects in an application's namespace that no application wants.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::api::Condition;
use crate::ignore::Pattern;
use crate::{Object, ObjectKey};

/// Objects that are no orphans, by patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Entry {
    /// A pattern of the group; empty matches the core group only.
    pub group: String,
    /// A pattern of the kind; empty matches any.
    pub kind: String,
    /// A pattern of the name; empty matches any.
    pub name: String,
}

/// The orphans in `namespace`, ordered by key: objects without an owner that are not
/// among `managed`, that nobody ignores and that `is_permitted` lets the project have.
///
/// What every namespace has by itself is no orphan.
pub fn orphans<'a>(
    objects: impl IntoIterator<Item = &'a Object>,
    namespace: &str,
    managed: &BTreeSet<ObjectKey>,
    ignored: &[Entry],
    is_permitted: impl Fn(&Object) -> bool,
) -> Vec<ObjectKey> {
    let ignored: Vec<Ignored> = ignored.iter().map(Ignored::new).collect();
    let orphans: BTreeSet<ObjectKey> = objects
        .into_iter()
        .filter(|object| object.namespace() == Some(namespace))
        .filter(|object| object.owner_references().is_empty())
        .filter(|object| !is_built_in(object) && is_permitted(object))
        .filter(|object| !ignored.iter().any(|rule| rule.names(object)))
        .map(Object::key)
        .filter(|key| !managed.contains(key))
        .collect();
    orphans.into_iter().collect()
}

/// What a person is told of them; `None` when there are none.
pub fn warning(count: usize) -> Option<Condition> {
    (count > 0).then(|| {
        let message = format!("Application has {count} orphaned resources");
        Condition::new("OrphanedResourceWarning", message)
    })
}

struct Ignored {
    group: Pattern,
    kind: Pattern,
    name: Pattern,
}

impl Ignored {
    fn new(entry: &Entry) -> Self {
        let pattern = |text: &str| Pattern::compile(text).unwrap_or(Pattern::Nothing);
        let or_any = |text: &str| {
            if text.is_empty() {
                Pattern::Any
            } else {
                pattern(text)
            }
        };
        Self {
            group: pattern(&entry.group),
            kind: or_any(&entry.kind),
            name: or_any(&entry.name),
        }
    }

    fn names(&self, object: &Object) -> bool {
        self.group.matches(object.group())
            && self.kind.matches(object.kind())
            && self.name.matches(object.name())
    }
}

fn is_built_in(object: &Object) -> bool {
    let name = object.name();
    match (object.group(), object.kind()) {
        ("", "Service") => name == "kubernetes" && object.namespace() == Some("default"),
        ("", "ServiceAccount") => name == "default",
        ("", "ConfigMap") => name == "kube-root-ca.crt",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(api_version: &str, kind: &str, name: &str) -> Object {
        Object::new(json!({
            "apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "default"},
        }))
        .unwrap()
    }

    fn names(ignored: &[Entry]) -> Vec<String> {
        let objects = [
            object("apps/v1", "Deployment", "web"),
            object("v1", "ServiceAccount", "default"),
            object("v1", "Service", "kubernetes"),
            object("v1", "ConfigMap", "kube-root-ca.crt"),
        ];
        let found = orphans(&objects, "default", &BTreeSet::new(), ignored, |_| true);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn row_89_what_every_namespace_has_is_no_orphan() {
        assert_eq!(names(&[]), ["apps/Deployment/default/web"]);
    }

    #[test]
    fn rules_are_patterns() {
        let entry = |group: &str, name: &str| Entry {
            group: group.into(),
            kind: String::new(),
            name: name.into(),
        };
        assert!(names(&[entry("apps", "w*")]).is_empty());
        assert_eq!(names(&[entry("", "w*")]).len(), 1);
    }

    #[test]
    fn the_warning_counts() {
        assert_eq!(warning(0), None);
        assert_eq!(
            warning(2).unwrap().message,
            "Application has 2 orphaned resources"
        );
    }
}
