//! What the server adds after it has noted who set what: addresses, labels and
//! finalizers that belong to nobody.

use gitops_core::Object;
use serde_json::{Value, json};

use super::{network, or, pod, workload};
use crate::memory::registry::Kind;
use crate::memory::state::State;

/// Adds what belongs to nobody to an object on its way into the cluster.
pub(in crate::memory) fn admit(
    state: &mut State,
    kind: &Kind,
    object: &mut Value,
    live: Option<&Object>,
) {
    let id = &kind.resource.kind;
    match (id.group.as_str(), id.kind.as_str(), live) {
        ("", "Service", _) => network::allocate(state, object, live),
        ("", "Pod", None) => pod::admit(object),
        ("", "PersistentVolumeClaim", None) => protect(object, "kubernetes.io/pvc-protection"),
        ("", "PersistentVolume", None) => protect(object, "kubernetes.io/pv-protection"),
        ("batch", "Job", None) => job(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition", None) => {
            let stored = stored_versions(&object["spec"]);
            object["status"]["storedVersions"] = stored;
        }
        _ => {}
    }
}

/// A Job finds its pods by labels that name it.
fn job(object: &mut Value) {
    if object["spec"]["manualSelector"] == true {
        return;
    }
    let uid = object["metadata"]["uid"].clone();
    let name = object["metadata"]["name"].clone();
    let spec = &mut object["spec"];
    let labels = json!({"batch.kubernetes.io/controller-uid": uid});
    or(spec, "selector", json!({"matchLabels": labels}));
    let template = &mut spec["template"];
    or(template, "metadata", json!({}));
    or(&mut template["metadata"], "labels", json!({}));
    let labels = &mut template["metadata"]["labels"];
    for key in ["batch.kubernetes.io/controller-uid", "controller-uid"] {
        or(labels, key, uid.clone());
    }
    for key in ["batch.kubernetes.io/job-name", "job-name"] {
        or(labels, key, name.clone());
    }
    workload::label_as_template(object);
}

/// The versions in which a definition's objects are kept.
pub(in crate::memory) fn stored_versions(spec: &Value) -> Value {
    let versions = spec["versions"].as_array().into_iter().flatten();
    let stored = versions.filter(|version| version["storage"] == true);
    stored.map(|version| version["name"].clone()).collect()
}

fn protect(object: &mut Value, finalizer: &str) {
    or(&mut object["metadata"], "finalizers", json!([]));
    if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut()
        && !finalizers.iter().any(|it| it == finalizer)
    {
        finalizers.push(finalizer.into());
    }
}
