//! What templates print: documents, hooks and their order.

use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::yaml;
use serde_json::{Map, Value};

use super::{Error, HelmVersion};

/// Kinds in the order in which Helm installs them; others follow by name.
const ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// How many of these Helm 3 knows.
const KNOWN_TO_HELM_3: usize = ORDER.len() - 2;

/// The events that hooks may name.
const EVENTS: [&str; 10] = [
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
];

/// The end of the paths of files that are for people.
pub(super) const NOTES: &str = "NOTES.txt";

/// One document that a template made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The template, as `# Source` shows it.
    pub path: String,
    /// The text.
    pub text: Arc<str>,
    /// Its kind; empty where it says none.
    kind: String,
    /// The events it is a hook of; empty for an ordinary manifest.
    pub(super) events: Vec<String>,
}

impl Document {
    /// A document that is neither looked at nor ordered.
    pub(super) fn plain(path: String, text: Arc<str>) -> Self {
        Self {
            path,
            text,
            kind: String::new(),
            events: Vec::new(),
        }
    }

    pub(super) fn is_test(&self) -> bool {
        self.events.iter().any(|event| event.starts_with("test"))
    }
}

/// The documents of rendered files, ordinary ones and hooks, each in Helm's order.
pub(super) fn documents(
    files: &BTreeMap<String, String>,
    helm_version: HelmVersion,
) -> Result<(Vec<Document>, Vec<Document>), Error> {
    let (mut manifests, mut hooks) = (Vec::new(), Vec::new());
    for (path, text) in files {
        if path.ends_with(NOTES) {
            continue;
        }
        for part in split(text, helm_version) {
            match document(path, part)? {
                Sort::Manifest(document) => manifests.push(document),
                Sort::Hook(document) => hooks.push(document),
                Sort::Dropped => {}
            }
        }
    }
    for documents in [&mut manifests, &mut hooks] {
        documents.sort_by(|a, b| place(&a.kind, helm_version).cmp(&place(&b.kind, helm_version)));
    }
    Ok((manifests, hooks))
}

/// Known kinds by their place, all others behind them by name.
fn place(kind: &str, helm_version: HelmVersion) -> (usize, &str) {
    let known = match helm_version {
        HelmVersion::V3 => &ORDER[..KNOWN_TO_HELM_3],
        HelmVersion::V4 => &ORDER[..],
    };
    match known.iter().position(|known| *known == kind) {
        Some(place) => (place, ""),
        None => (ORDER.len(), kind),
    }
}

/// The documents of a file: parts between lines that start with `---`.
fn split(text: &str, helm_version: HelmVersion) -> Vec<&str> {
    type Trim = fn(&str) -> &str;
    let (trim, trim_separator): (Trim, Trim) = match helm_version {
        HelmVersion::V3 => (str::trim, str::trim_start),
        HelmVersion::V4 => (str::trim_start, |text| text.trim_start_matches([' ', '\t'])),
    };
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    let mut from = 0;
    while let Some(at) = separator(rest, from) {
        parts.push(&rest[..at]);
        rest = trim_separator(&rest[at + 3..]);
        from = 0;
        if rest.starts_with("---") {
            // What follows a separator on its line is no line start.
            from = 3;
        }
    }
    parts.push(rest);
    let parts = parts.into_iter().map(trim);
    parts.filter(|part| !part.is_empty()).collect()
}

/// Where the next line that starts with `---` begins, from byte `from` on.
fn separator(text: &str, from: usize) -> Option<usize> {
    if from == 0 && text.starts_with("---") {
        return Some(0);
    }
    let at = text.get(from..)?.find("\n---")?;
    Some(from + at + 1)
}

enum Sort {
    Manifest(Document),
    Hook(Document),
    /// A hook of an event that Helm does not know.
    Dropped,
}

fn document(path: &str, text: &str) -> Result<Sort, Error> {
    let head = Head::read(text).map_err(|(line, message)| Error::Manifest {
        path: path.to_owned(),
        line,
        message,
    })?;
    let mut document = Document {
        path: path.to_owned(),
        text: text.into(),
        kind: head.kind,
        events: Vec::new(),
    };
    let Some(hook) = head.hook else {
        return Ok(Sort::Manifest(document));
    };
    for event in hook.split(',') {
        let event = event.trim().to_lowercase();
        if !EVENTS.contains(&event.as_str()) {
            return Ok(Sort::Dropped);
        }
        document.events.push(event);
    }
    Ok(Sort::Hook(document))
}

/// What Helm reads of a document.
struct Head {
    kind: String,
    /// The value of the hook annotation.
    hook: Option<String>,
}

impl Head {
    /// Reads a document; the error has its line and Helm's words.
    fn read(text: &str) -> Result<Self, (Option<usize>, String)> {
        let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
        let value = yaml::read(text, &options).map_err(|error| {
            let (line, problem) = (error.line, &error.problem);
            let message = format!("error converting YAML to JSON: yaml: line {line}: {problem}");
            (Some(line), message)
        })?;
        let wrong = |found: &str, wanted: &str| {
            let message = format!(
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {wanted}"
            );
            (None, message)
        };
        let map = match value {
            Value::Null => Map::new(),
            Value::Object(map) => map,
            other => return Err(wrong(kind(&other), "value of type util.SimpleHead")),
        };
        let text = |map: &Map<String, Value>, field: &str| match map.get(field) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(value) => scalar(value).ok_or_else(|| {
                wrong(
                    kind(value),
                    &format!("struct field SimpleHead.{field} of type string"),
                )
            }),
        };
        text(&map, "apiVersion")?;
        let mut head = Self {
            kind: text(&map, "kind")?,
            hook: None,
        };
        let metadata = match map.get("metadata") {
            None | Some(Value::Null) => return Ok(head),
            Some(Value::Object(metadata)) => metadata,
            Some(other) => return Err(wrong(kind(other), "struct field SimpleHead.metadata")),
        };
        text(metadata, "name")?;
        let annotations = match metadata.get("annotations") {
            None | Some(Value::Null) => return Ok(head),
            Some(Value::Object(annotations)) => annotations,
            Some(other) => {
                let wanted =
                    "struct field SimpleHead.metadata.annotations of type map[string]string";
                return Err(wrong(kind(other), wanted));
            }
        };
        for key in annotations.keys() {
            text(annotations, key)?;
        }
        if annotations.contains_key("helm.sh/hook") {
            head.hook = Some(text(annotations, "helm.sh/hook")?);
        }
        Ok(head)
    }
}

/// The text of a scalar, as Go reads YAML where text is wanted.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
