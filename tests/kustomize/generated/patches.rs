//! Patches of every form.

use serde_json::{Value, json};

use super::layer::{Layer, selector};
use super::objects::Id;
use super::places::{operation, patch};
use super::random::Random;
use super::text;

/// A strategic merge patch that names an object of the layer.
fn strategic_patch(object: &Value, random: &mut Random) -> Value {
    let mut rest = object.clone();
    if let Some(map) = rest.as_object_mut() {
        map.remove("apiVersion");
        map.remove("kind");
        if random.chance(70) {
            map.remove("metadata");
        }
    }
    let mut change = patch(&rest, random);
    if !change["metadata"].is_object() {
        change["metadata"] = json!({});
    }
    change["apiVersion"] = object["apiVersion"].clone();
    change["kind"] = object["kind"].clone();
    change["metadata"]["name"] = object["metadata"]["name"].clone();
    match &object["metadata"]["namespace"] {
        Value::String(namespace) if random.chance(97) => {
            change["metadata"]["namespace"] = namespace.as_str().into()
        }
        _ => {}
    }
    if random.chance(4) {
        change["$patch"] = "delete".into();
    }
    change
}

fn json_patch(object: &Value, random: &mut Random) -> Value {
    let count = random.between(1, 2);
    (0..count).map(|_| operation(object, random)).collect()
}

/// The text of a patch, as YAML or JSON where that can say it.
fn written(value: &Value, random: &mut Random) -> String {
    let text = text::write(value, random);
    let is_raw = value.to_string().contains("\\u0000");
    if !is_raw && random.chance(20) {
        return value.to_string();
    }
    text
}

/// Puts a patch in the kustomization or a file.
fn place(layer: &mut Layer, content: String, random: &mut Random) -> Value {
    if random.chance(60) {
        return json!({ "patch": content });
    }
    json!({"path": layer.file("patch.yaml", content)})
}

pub fn patches(layer: &mut Layer, random: &mut Random) {
    for _ in 0..random.between(1, 3) {
        let object = layer.any(random);
        let is_json = random.chance(40);
        let mut change = if is_json {
            json_patch(&object, random)
        } else {
            strategic_patch(&object, random)
        };
        let mut options = json!({});
        if !is_json && random.chance(12) {
            options["allowNameChange"] = random.chance(80).into();
            change["metadata"]["name"] = super::objects::name(random).into();
        }
        let is_generated = object["kind"] == "ConfigMap" || object["kind"] == "Secret";
        if !is_json && !is_generated && random.chance(6) {
            options["allowKindChange"] = true.into();
            change["kind"] = random.pick(&["Widget", "Deployment", "StatefulSet"]).into();
        }
        let changes_kind = options["allowKindChange"] == true;
        let has_target = is_json || changes_kind || random.chance(40);
        let mut content = written(&change, random);
        if !is_json && random.chance(8) {
            let other = strategic_patch(&layer.any(random), random);
            content = text::stream(&[change, other], random);
        }
        let mut entry = place(layer, content, random);
        if has_target {
            entry["target"] = selector(&Id::of(&object), random);
            if changes_kind {
                entry["target"]["kind"] = object["kind"].clone();
            }
        }
        if options != json!({}) {
            entry["options"] = options;
        }
        layer.push("patches", entry);
    }
}

pub fn strategic(layer: &mut Layer, random: &mut Random) {
    let change = strategic_patch(&layer.any(random), random);
    let mut content = text::write(&change, random);
    if random.chance(20) {
        let other = strategic_patch(&layer.any(random), random);
        content = text::stream(&[change, other], random);
    }
    let entry = if random.chance(50) {
        content
    } else {
        layer.file("patch.yaml", content)
    };
    layer.push("patchesStrategicMerge", entry);
}

pub fn json6902(layer: &mut Layer, random: &mut Random) {
    let object = layer.any(random);
    let content = written(&json_patch(&object, random), random);
    let mut entry = place(layer, content, random);
    let id = Id::of(&object);
    entry["target"] = json!({"version": id.version(), "kind": id.kind, "name": id.name});
    if !id.group().is_empty() {
        entry["target"]["group"] = id.group().into();
    }
    layer.push("patchesJson6902", entry);
}
