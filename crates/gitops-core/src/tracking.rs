//! Which application an object belongs to.
//!
//! Objects carry a mark: an annotation that names the application and the object
//! itself, or a label, or both.
//!
//! ```
//! use gitops_core::{Object, tracking::Tracking};
//! use serde_json::json;
//!
//! let tracking = Tracking::default();
//! let mut object = Object::new(json!({
//!     "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
//! }))?;
//! tracking.mark(&mut object, "shop", "prod")?;
//! assert_eq!(
//!     object.annotation("argocd.argoproj.io/tracking-id"),
//!     Some("shop:apps/Deployment:prod/web"),
//! );
//! assert_eq!(tracking.owner(&object).as_deref(), Some("shop"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod id;

use std::fmt;

use serde_json::Value;

use crate::Object;

pub use id::{Malformed, TrackingId};

/// The annotation that names the application and the object.
pub const ID_ANNOTATION: &str = "argocd.argoproj.io/tracking-id";
/// The annotation that names the installation.
pub const INSTALLATION_ANNOTATION: &str = "argocd.argoproj.io/installation-id";
/// The label that names the application, unless the settings name another.
pub const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";
/// A label of old installations, which also marked the templates of pods.
const LEGACY_LABEL: &str = "applications.argoproj.io/app-name";
/// What a label's value may hold.
const MAX_LABEL: usize = 63;

/// How objects are marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// By annotation.
    #[default]
    Annotation,
    /// By annotation, which counts, and by label, for people and other tools.
    AnnotationAndLabel,
    /// By label.
    Label,
}

impl Method {
    /// The method of a setting's text; an unknown text means the annotation.
    pub fn parse(text: &str) -> Self {
        match text {
            "label" => Self::Label,
            "annotation+label" => Self::AnnotationAndLabel,
            _ => Self::Annotation,
        }
    }
}

/// The text of the setting.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Annotation => "annotation",
            Self::AnnotationAndLabel => "annotation+label",
            Self::Label => "label",
        })
    }
}

/// How an installation marks objects and reads their marks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tracking {
    /// How objects are marked.
    pub method: Method,
    /// The label's key.
    pub label: String,
    /// What tells this installation from others on the same cluster.
    pub installation: Option<String>,
}

/// Why an object cannot be marked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot shorten {name:?} to a label that ends in a letter or digit")]
pub struct Error {
    /// The application's name.
    pub name: String,
}

impl Default for Tracking {
    fn default() -> Self {
        Self {
            method: Method::default(),
            label: INSTANCE_LABEL.into(),
            installation: None,
        }
    }
}

impl Tracking {
    /// Marks by this method.
    pub fn new(method: Method) -> Self {
        Self {
            method,
            ..Self::default()
        }
    }

    /// Sets the label's key.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>) -> Self {
        self.label = key.into();
        self
    }

    /// Sets what tells this installation from others.
    #[must_use]
    pub fn installation(mut self, id: impl Into<String>) -> Self {
        self.installation = Some(id.into()).filter(|id| !id.is_empty());
        self
    }

    /// Marks `object` as part of `instance`, whose objects without a namespace
    /// belong to `namespace`.
    ///
    /// # Errors
    ///
    /// When the instance's name cannot be made a label.
    pub fn mark(&self, object: &mut Object, instance: &str, namespace: &str) -> Result<(), Error> {
        if self.method == Method::Label {
            object.set_label(&self.label, Some(instance));
            self.mark_template(object, instance);
            return Ok(());
        }
        let id = TrackingId::of(object, instance, namespace).to_string();
        object.set_annotation(ID_ANNOTATION, Some(&id));
        object.set_annotation(INSTALLATION_ANNOTATION, self.installation.as_deref());
        if self.method == Method::AnnotationAndLabel {
            object.set_label(&self.label, Some(shortened(instance)?));
        }
        Ok(())
    }

    /// The instance an object belongs to by its mark.
    pub fn owner(&self, object: &Object) -> Option<String> {
        if self.method == Method::Label {
            return object.label(&self.label).map(str::to_owned);
        }
        self.id(object).map(|id| id.instance)
    }

    /// The tracking id of an object, where it has one of this installation.
    pub fn id(&self, object: &Object) -> Option<TrackingId> {
        let id = object.annotation(ID_ANNOTATION)?;
        let ours = self.installation.is_none()
            || self.installation.as_deref() == object.annotation(INSTALLATION_ANNOTATION);
        ours.then(|| id.parse().ok())?
    }

    /// Whether `live` carries its own mark and not one that was copied from
    /// another object.
    ///
    /// Where the object is wanted, being the wanted object is enough: an object
    /// that moved to another API group still carries the old mark.
    pub fn is_self_referenced(&self, live: &Object, target: Option<&Object>) -> bool {
        if self.method == Method::Label {
            return true;
        }
        if let Some(target) = target {
            let namespace = live.namespace();
            return live.name() == target.name()
                && live.group_kind() == target.group_kind()
                && (namespace.is_none() || namespace == target.namespace());
        }
        let id = live.annotation(ID_ANNOTATION).and_then(|_| self.id(live));
        id.is_none_or(|id| id.names(live))
    }

    /// Gives `live` the mark of `target` where only the way of marking changed, so
    /// that a switch of method does not show on every object.
    ///
    /// `None` when there is nothing to change.
    pub fn migrated(&self, live: &Object, target: &Object) -> Option<Object> {
        let label = live.label(&self.label).filter(|label| !label.is_empty());
        let is_definition = live.kind() == "CustomResourceDefinition";
        if self.method == Method::Label || is_definition || label.is_none() {
            return None;
        }
        let adopted = match live.annotation(ID_ANNOTATION) {
            None => target.annotation(ID_ANNOTATION),
            Some(_) => None,
        };
        let unlabelled = target.label(&self.label).is_none();
        if adopted.is_none() && !unlabelled {
            return None;
        }
        let mut live = live.clone();
        if let Some(id) = adopted {
            live.set_annotation(ID_ANNOTATION, Some(id));
        }
        if unlabelled {
            live.set_label(&self.label, None);
        }
        Some(live)
    }

    /// Takes the marks away, as for handing an object over or showing it.
    pub fn unmark(&self, object: &mut Object) {
        if self.method != Method::Label {
            object.set_annotation(ID_ANNOTATION, None);
            object.set_annotation(INSTALLATION_ANNOTATION, None);
        }
        if self.method != Method::Annotation {
            object.set_label(&self.label, None);
        }
    }

    /// Old installations also mark the pods of workloads.
    fn mark_template(&self, object: &mut Object, instance: &str) {
        let workload = matches!(
            object.kind(),
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job"
        );
        if self.label != LEGACY_LABEL || !workload {
            return;
        }
        let kept = object.update(|value| {
            let template = &mut value["spec"]["template"];
            if template.is_object() && template["metadata"].is_null() {
                template["metadata"] = Value::Object(serde_json::Map::new());
            }
            if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
                let labels = metadata.entry("labels").or_insert(Value::Null);
                if !labels.is_object() {
                    *labels = Value::Object(serde_json::Map::new());
                }
                labels[LEGACY_LABEL] = instance.into();
            }
        });
        debug_assert!(kept.is_ok(), "a template does not identify the object");
    }
}

/// The name as a label's value: at most 63 bytes, ending in a letter or digit.
fn shortened(name: &str) -> Result<&str, Error> {
    if name.len() <= MAX_LABEL {
        return Ok(name);
    }
    let cut = name.floor_char_boundary(MAX_LABEL);
    let label = name[..cut].trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    if label.is_empty() {
        return Err(Error { name: name.into() });
    }
    Ok(label)
}

#[cfg(test)]
mod tests;
