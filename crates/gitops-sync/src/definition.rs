//! CustomResourceDefinitions: objects that bring kinds into being.

use gitops_core::{GroupVersionKind, Object};
use serde_json::Value;

/// Whether objects of this group and kind define kinds of their own.
pub(crate) fn is_definition(group: &str, kind: &str) -> bool {
    group == "apiextensions.k8s.io" && kind == "CustomResourceDefinition"
}

/// The kinds a definition wants served, in all versions.
pub(crate) fn served(definition: &Object) -> Vec<GroupVersionKind> {
    let spec = definition.value().get("spec");
    let text = |pointer| spec?.pointer(pointer).and_then(Value::as_str);
    let (Some(group), Some(kind)) = (text("/group"), text("/names/kind")) else {
        return Vec::new();
    };
    let versions = spec.and_then(|spec| spec.get("versions")?.as_array());
    versions
        .into_iter()
        .flatten()
        .filter(|version| version.get("served") == Some(&Value::Bool(true)))
        .filter_map(|version| version.get("name")?.as_str())
        .map(|version| GroupVersionKind::new(group, version, kind))
        .collect()
}

/// Whether the server says that the kinds can be used.
pub(crate) fn is_established(definition: &Object) -> bool {
    condition(definition, "Established").is_some_and(|(status, _)| status == "True")
}

/// Status and message of a condition.
pub(crate) fn condition<'a>(object: &'a Object, name: &str) -> Option<(&'a str, &'a str)> {
    let conditions = object.value().pointer("/status/conditions")?.as_array()?;
    let condition = conditions
        .iter()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(name))?;
    let text = |field| condition.get(field).and_then(Value::as_str);
    Some((text("status")?, text("message").unwrap_or_default()))
}
