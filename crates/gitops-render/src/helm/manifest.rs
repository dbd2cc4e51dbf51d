//! What templates print: documents, hooks and their order.

use std::collections::BTreeMap;
use std::sync::Arc;

use self::head::Head;
use super::{Error, HelmVersion};

mod head;
mod outline;

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
    let at = memchr::memmem::find(text.as_bytes().get(from..)?, b"\n---")?;
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
