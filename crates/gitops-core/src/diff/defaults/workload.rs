//! What controllers of pods share.

use serde_json::{Map, Value};

use super::{has_entries, made, map, pod, set};

/// Copies the template's labels to the selector and the object where those are empty.
pub(super) fn labels_from_template(object: &mut Map<String, Value>, selector: Selector) {
    let labels = object
        .get("spec")
        .and_then(|spec| spec.get("template"))
        .and_then(|template| template.get("metadata"))
        .and_then(|metadata| metadata.get("labels"))
        .and_then(Value::as_object)
        .filter(|labels| !labels.is_empty())
        .cloned();
    let Some(labels) = labels else {
        return;
    };
    if let Some(metadata) = map(object, "metadata")
        && !has_entries(metadata, "labels")
    {
        metadata.insert("labels".into(), labels.clone().into());
    }
    let Some(spec) = map(object, "spec") else {
        return;
    };
    match selector {
        Selector::Labels if !has_entries(spec, "selector") => {
            spec.insert("selector".into(), labels.into());
        }
        Selector::MatchLabels if !spec.contains_key("selector") => {
            let selector = Map::from_iter([("matchLabels".to_owned(), labels.into())]);
            spec.insert("selector".into(), selector.into());
        }
        _ => {}
    }
}

/// What a kind's selector looks like when it comes from the template.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Selector {
    /// A map of labels.
    Labels,
    /// A map with `matchLabels`.
    MatchLabels,
    /// It must be given.
    Given,
}

pub(super) fn replication_controller(object: &mut Map<String, Value>) {
    labels_from_template(object, Selector::Labels);
    if let Some(spec) = made(object, "spec") {
        set(spec, "replicas", 1);
        if spec.contains_key("template") {
            pod::template(spec);
        }
    }
}
