//! Built-in plugins with files of their own.

use serde_json::{Value, json};

use super::fields::{generator, replacement};
use super::layer::{Layer, selector};
use super::objects::Id;
use super::places::operation;
use super::random::Random;
use super::text;

fn plugin(kind: &str, fields: Value) -> Value {
    let mut plugin = json!({"apiVersion": "builtin", "kind": kind, "metadata": {"name": "plugin"}});
    if let Value::Object(fields) = fields {
        for (key, value) in fields {
            plugin[key] = value;
        }
    }
    plugin
}

fn add(layer: &mut Layer, field: &str, mut plugin: Value, random: &mut Random) {
    let number = layer.files.len() + layer.fields.len() * 10 + random.below(1000) * 100;
    if plugin["metadata"]["name"] == "plugin" {
        plugin["metadata"]["name"] = format!("plugin-{number}").into();
    }
    let content = text::write(&plugin, random);
    let entry = if random.chance(30) {
        content
    } else {
        layer.file("plugin.yaml", content)
    };
    layer.push(field, entry);
}

fn specs(random: &mut Random) -> Value {
    json!([
        {"path": "metadata/labels", "create": random.chance(70)},
        {"path": "spec/items/labels", "kind": "Widget", "create": true},
    ])
}

pub fn transformers(layer: &mut Layer, random: &mut Random) {
    for _ in 0..random.between(1, 2) {
        let plugin = transformer(layer, random);
        add(layer, "transformers", plugin, random);
    }
}

fn transformer(layer: &mut Layer, random: &mut Random) -> Value {
    let names = json!([{"path": "metadata/name"}]);
    let object = layer.any(random);
    let id = Id::of(&object);
    match random.below(14) {
        0 => plugin(
            "LabelTransformer",
            json!({"labels": {"a": "b", "n": "5"}, "fieldSpecs": specs(random)}),
        ),
        1 => plugin(
            "AnnotationsTransformer",
            json!({"annotations": {"a": "b"}, "fieldSpecs": [
                {"path": "metadata/annotations", "create": true},
            ]}),
        ),
        2 => plugin(
            "PrefixTransformer",
            json!({"prefix": "pp-", "fieldSpecs": names}),
        ),
        3 => plugin(
            "SuffixTransformer",
            json!({"suffix": "-ss", "fieldSpecs": names}),
        ),
        4 => plugin(
            "PrefixTransformer",
            json!({"prefix": "cm-", "fieldSpecs": [{"path": "metadata/name", "kind": "ConfigMap"}]}),
        ),
        5 => {
            let mut fields = json!({"metadata": {"name": "ns", "namespace": "shop"}, "fieldSpecs": [
                {"path": "metadata/namespace", "create": true}, {"path": "subjects/namespace", "kind": "RoleBinding"},
                {"path": "metadata/name", "kind": "Namespace", "create": true},
            ]});
            if random.chance(40) {
                fields["unsetOnly"] = true.into();
            }
            if random.chance(60) {
                fields["setRoleBindingSubjects"] = random
                    .pick(&["defaultOnly", "allServiceAccounts", "none"])
                    .into();
            }
            plugin("NamespaceTransformer", fields)
        }
        6 => plugin(
            "ImageTagTransformer",
            json!({"imageTag": {"name": "nginx", "newTag": "9"}, "fieldSpecs": [
                {"path": "spec/template/spec/containers[]/image"}, {"path": "spec/items/value", "kind": "Widget"},
            ]}),
        ),
        7 => plugin(
            "ReplicaCountTransformer",
            json!({"replica": {"name": id.name, "count": 7}, "fieldSpecs": [
                {"path": "spec/replicas", "create": true, "kind": id.kind},
            ]}),
        ),
        8 => plugin(
            "PatchTransformer",
            json!({
                "patch": text::write(&json!([operation(&object, random)]), random), "target": selector(&id, random),
            }),
        ),
        9 => plugin(
            "PatchJson6902Transformer",
            json!({
                "target": {"kind": id.kind, "name": id.name, "version": id.version(), "group": id.group()},
                "jsonOp": json!([{"op": "add", "path": "/metadata/labels", "value": {"x": "y"}}]).to_string(),
            }),
        ),
        10 => plugin(
            "PatchStrategicMergeTransformer",
            json!({
                "patches": json!({"apiVersion": id.api_version, "kind": id.kind, "metadata": {
                    "name": id.name, "namespace": object["metadata"]["namespace"], "labels": {"x": "y"},
                }}).to_string(),
            }),
        ),
        11 => plugin(
            "ReplacementTransformer",
            json!({"replacements": [replacement(layer, random)]}),
        ),
        12 => plugin(
            "ValueAddTransformer",
            json!({"value": "added", "targets": [{
                "selector": selector(&id, random), "fieldPath": random.pick(&["metadata/namespace", "spec/made/here", "spec/configName"]),
                "filePathPosition": random.below(3),
            }]}),
        ),
        _ => plugin("HashTransformer", json!({})),
    }
}

pub fn generators(layer: &mut Layer, random: &mut Random) {
    let made = match random.below(5) {
        0 => plugin(
            "IAMPolicyGenerator",
            json!({
                "cloud": "gke", "kubernetesService": {"namespace": "shop", "name": "robot"},
                "serviceAccount": {"name": "robot", "projectId": "project"},
            }),
        ),
        1 => {
            let args = generator("Secret", layer, random);
            plugin("SecretGenerator", args)
        }
        _ => {
            let args = generator("ConfigMap", layer, random);
            plugin("ConfigMapGenerator", args)
        }
    };
    add(layer, "generators", made, random);
}

pub fn validators(layer: &mut Layer, random: &mut Random) {
    let check = plugin(
        "LabelTransformer",
        json!({"labels": {"app": "one"}, "fieldSpecs": [
            {"path": "metadata/labels", "create": random.chance(2)},
        ]}),
    );
    add(layer, "validators", check, random);
}
