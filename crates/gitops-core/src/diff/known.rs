//! Fields of custom resources that hold types Kubernetes knows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{duration, merge};
use crate::schema::{self, Schema};
use crate::{GroupKind, quantity};

/// One field of a custom resource that holds a type Kubernetes knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KnownField {
    /// Where it is: keys separated by dots; lists on the way are entered.
    pub field: String,
    /// Its type: `core/v1/PodSpec`, `core/Quantity` or `meta/v1/Duration`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl KnownField {
    /// The field at `field` holds the type named `kind`.
    pub fn new(field: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            kind: kind.into(),
        }
    }
}

/// The known fields of custom resources, by kind.
#[derive(Clone, Debug)]
pub struct KnownTypes(BTreeMap<GroupKind, Vec<(Vec<String>, Known)>>);

#[derive(Clone, Debug)]
enum Known {
    Quantity,
    Duration,
    Struct(Schema<'static>),
}

impl Default for KnownTypes {
    /// The pod template of `argoproj.io/Rollout`.
    fn default() -> Self {
        let mut known = Self(BTreeMap::new());
        let rollout = GroupKind::new("argoproj.io", "Rollout");
        let template = KnownField::new("spec.template.spec", "core/v1/PodSpec");
        let unknown = known.set(rollout, &[template]);
        debug_assert!(unknown.is_empty(), "the table has PodSpec");
        known
    }
}

impl KnownTypes {
    /// Sets the fields of a kind, in place of those it had; gives the types that are
    /// not known, whose fields are left out.
    pub fn set(&mut self, kind: GroupKind, fields: &[KnownField]) -> Vec<String> {
        let mut unknown = Vec::new();
        let mut found = Vec::new();
        for field in fields {
            let path = field.field.split('.').map(str::to_owned).collect();
            match Known::named(&field.kind) {
                Some(known) => found.push((path, known)),
                None => unknown.push(field.kind.clone()),
            }
        }
        self.0.insert(kind, found);
        unknown
    }

    /// `object` with its known fields in canonical form.
    pub(crate) fn canonical<'a>(&self, kind: &GroupKind, object: Cow<'a, Value>) -> Cow<'a, Value> {
        let Some(fields) = self.0.get(kind) else {
            return object;
        };
        let mut value = object.into_owned();
        for (path, known) in fields {
            retype(&mut value, path, known);
        }
        Cow::Owned(value)
    }

    /// Whether no custom resource has any, so that nobody need ask.
    pub(crate) fn has(&self, group: &str) -> bool {
        self.0.keys().any(|kind| kind.group == group)
    }
}

impl Known {
    fn named(name: &str) -> Option<Self> {
        match name {
            "core/Quantity" => Some(Self::Quantity),
            "meta/v1/Duration" => Some(Self::Duration),
            _ => {
                let (package, name) = name.rsplit_once('/')?;
                let found = schema::builtin().named(&format!("{package}.{name}"))?;
                (package == "core/v1").then_some(Self::Struct(found))
            }
        }
    }

    fn canonical(&self, value: &Value) -> Option<Value> {
        match self {
            Self::Quantity => {
                let text = value.as_str().map(str::to_owned);
                let text = text.or_else(|| value.is_number().then(|| value.to_string()))?;
                quantity::canonical(&text).map(Value::from)
            }
            Self::Duration => duration::canonical(value.as_str()?).map(Value::from),
            Self::Struct(schema) => Some(merge::canonical(Some(*schema), value)),
        }
    }
}

fn retype(value: &mut Value, path: &[String], known: &Known) {
    if let Value::Array(list) = value {
        for element in list {
            retype(element, path, known);
        }
        return;
    }
    match path {
        [] => {
            if let Some(canonical) = known.canonical(value) {
                *value = canonical;
            }
        }
        [key, rest @ ..] => {
            if let Some(child) = value.get_mut(key) {
                retype(child, rest, known);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(field: &str, kind: &str, value: &Value, expected: &Value) {
        let mut known = KnownTypes::default();
        let group_kind = GroupKind::new("example.org", "Thing");
        let fields = [KnownField::new(field, kind)];
        assert_eq!(known.set(group_kind.clone(), &fields), Vec::<String>::new());
        assert_eq!(
            known.canonical(&group_kind, Cow::Borrowed(value)).as_ref(),
            expected
        );
    }

    #[test]
    fn row_64_amounts_and_zeros_in_a_pod_spec() {
        let pod = |cpu: &str, mount: &Value| {
            json!({"spec": {"containers": [{
                "name": "a", "resources": {"limits": {"cpu": cpu}}, "volumeMounts": [mount],
            }]}})
        };
        check(
            "spec",
            "core/v1/PodSpec",
            &pod(
                "2000m",
                &json!({"name": "v", "mountPath": "/v", "readOnly": false}),
            ),
            &pod("2", &json!({"name": "v", "mountPath": "/v"})),
        );
    }

    #[test]
    fn row_65_lists_on_the_way_are_entered() {
        let steps = |cpu: &str| {
            let container = json!({"name": "a", "resources": {"requests": {"cpu": cpu}}});
            json!({"steps": [{"containers": [container]}, {"containers": [container, container]}]})
        };
        check(
            "steps.containers",
            "core/v1/Container",
            &steps("1000m"),
            &steps("1"),
        );
    }

    #[test]
    fn amounts_and_durations_stand_alone() {
        check(
            "a",
            "core/Quantity",
            &json!({"a": "1.25G"}),
            &json!({"a": "1250M"}),
        );
        check(
            "a",
            "meta/v1/Duration",
            &json!({"a": "8760h"}),
            &json!({"a": "8760h0m0s"}),
        );
        check("b.c", "core/Quantity", &json!({"a": 1}), &json!({"a": 1}));
    }

    #[test]
    fn unknown_types_are_reported() {
        let mut known = KnownTypes::default();
        let fields = [KnownField::new("a", "core/v1/Nothing")];
        assert_eq!(
            known.set(GroupKind::new("", "A"), &fields),
            ["core/v1/Nothing"]
        );
    }
}
