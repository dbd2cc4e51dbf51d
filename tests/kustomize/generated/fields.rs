//! The fields of a kustomization, one function each.

use serde_json::{Map, Value, json};

use super::layer::{Layer, any_name, selector};
use super::objects::Id;
use super::places::{Part, field_path, place};
use super::random::Random;
use super::text;

fn pairs(random: &mut Random) -> Value {
    let mut pairs = Map::new();
    for _ in 0..random.between(1, 2) {
        let key = random.pick(&["app", "team", "example.com/owner", "env"]);
        pairs.insert(
            key.to_owned(),
            random.pick(&["one", "two", "true", "5", ""]).into(),
        );
    }
    pairs.into()
}

pub fn common_labels(layer: &mut Layer, random: &mut Random) {
    layer.set("commonLabels", pairs(random));
}

pub fn labels(layer: &mut Layer, random: &mut Random) {
    for _ in 0..random.between(1, 2) {
        let mut label = json!({"pairs": pairs(random)});
        match random.below(4) {
            0 => label["includeSelectors"] = true.into(),
            1 => label["includeTemplates"] = true.into(),
            2 => label["fields"] = json!([spec(random)]),
            _ => {}
        }
        layer.push("labels", label);
    }
}

pub fn common_annotations(layer: &mut Layer, random: &mut Random) {
    layer.set("commonAnnotations", pairs(random));
}

/// A field specification for a field that often exists.
pub fn spec(random: &mut Random) -> Value {
    let path = random.pick(&[
        "spec/template/metadata/labels",
        "spec/labels",
        "metadata/labels",
        "spec/jobTemplate/metadata/labels",
        "spec/items[]/labels",
        "spec/items/labels",
        "data",
        "spec/nested/metadata/labels",
    ]);
    let mut spec = json!({"path": path, "create": random.chance(50)});
    if random.chance(60) {
        spec["kind"] = random
            .pick(&["Deployment", "Widget", "Service", "ConfigMap"])
            .into();
    }
    if random.chance(15) {
        spec["group"] = random.pick(&["apps", "example.com"]).into();
    }
    spec
}

fn options(random: &mut Random) -> Value {
    let mut options = json!({});
    if random.chance(40) {
        options["labels"] = pairs(random);
    }
    if random.chance(30) {
        options["annotations"] = pairs(random);
    }
    if random.chance(30) {
        options["disableNameSuffixHash"] = random.chance(70).into();
    }
    if random.chance(20) {
        options["immutable"] = true.into();
    }
    options
}

/// The arguments of a generator, with its files.
pub fn generator(kind: &str, layer: &mut Layer, random: &mut Random) -> Value {
    let known: Vec<String> = layer
        .ids()
        .into_iter()
        .filter(|id| id.kind == kind)
        .map(|id| id.name)
        .collect();
    let mut args = json!({"name": any_name(random)});
    match random.some(&known) {
        Some(name) if random.chance(50) => {
            args["name"] = name.as_str().into();
            args["behavior"] = random.pick(&["merge", "merge", "replace"]).into();
        }
        _ if random.chance(15) => {
            args["behavior"] = random.pick(&["create", "other", "merge"]).into()
        }
        _ => {}
    }
    let is_new = args["behavior"]
        .as_str()
        .is_none_or(|it| it == "create" || it == "other");
    if is_new && known.iter().any(|name| args["name"] == *name) && !random.chance(5) {
        args["name"] = format!("made-{}", known.len()).into();
    }
    if random.chance(60) {
        let literals = [
            "a=b",
            "host=db",
            "c='quoted'",
            "d=\"x=y\"",
            "e=two\\nlines",
            "f=",
            "g=5",
            "port=80",
        ];
        let mut chosen: Vec<&str> = (0..random.between(1, 3))
            .map(|_| random.pick(&literals))
            .collect();
        chosen.dedup();
        args["literals"] = json!(chosen);
    }
    if random.chance(30) {
        let content = random.pick(&[
            "line one\nline two\n",
            "windows\r\nlines\r\n",
            "no end",
            "",
            "\u{feff}marked",
            "a: 1\n",
        ]);
        let name = layer.file("app.conf", content);
        let key = if random.chance(40) {
            format!("renamed={name}")
        } else {
            name
        };
        args["files"] = json!([key]);
    }
    if random.chance(25) {
        let content = random.pick(&[
            "A=1\nB=two words \n# note\n\nC\n",
            "\u{feff}A=1\r\nB='q'\r\n",
            "  D=x=y\nexport E=1\n",
            "F=\n",
        ]);
        let name = layer.file("app.env", content);
        if random.chance(20) {
            args["env"] = name.into();
        } else {
            args["envs"] = json!([name]);
        }
    }
    if random.chance(15) {
        args["namespace"] = random.pick(&["shop", "default"]).into();
    }
    if random.chance(30) {
        args["options"] = options(random);
    }
    if is_new {
        layer.objects.push(json!({
            "apiVersion": "v1", "kind": kind, "metadata": {"name": args["name"]}, "data": {"a": "b"},
        }));
    }
    args
}

pub fn config_maps(layer: &mut Layer, random: &mut Random) {
    for _ in 0..random.between(1, 2) {
        let args = generator("ConfigMap", layer, random);
        layer.push("configMapGenerator", args);
    }
}

pub fn secrets(layer: &mut Layer, random: &mut Random) {
    let mut args = generator("Secret", layer, random);
    if random.chance(30) {
        args["type"] = "kubernetes.io/tls".into();
    }
    if random.chance(20) {
        args["literals"] = json!([format!("long={}", "x".repeat(random.between(45, 120)))]);
    }
    layer.push("secretGenerator", args);
}

pub fn generator_options(layer: &mut Layer, random: &mut Random) {
    layer.set("generatorOptions", options(random));
}

pub fn images(layer: &mut Layer, random: &mut Random) {
    for _ in 0..random.between(1, 2) {
        let name = random.pick(&[
            "nginx",
            "web",
            "localhost:5000/shop/web",
            "foo.*",
            "foo.bar",
            "docker.io/nginx",
        ]);
        let mut image = json!({"name": name});
        if random.chance(50) {
            image["newName"] = random.pick(&["web", "registry:5000/x/y", "nginx"]).into();
        }
        match random.below(5) {
            0 => image["newTag"] = "2.0".into(),
            1 => image["digest"] = "sha256:def".into(),
            2 => image["tagSuffix"] = "-dev".into(),
            3 => {
                image["newTag"] = "3".into();
                image["digest"] = "sha256:def".into();
            }
            _ => {}
        }
        layer.push(
            if random.chance(10) {
                "imageTags"
            } else {
                "images"
            },
            image,
        );
    }
}

pub fn replicas(layer: &mut Layer, random: &mut Random) {
    let ids = layer.ids();
    let scaled: Vec<&Id> = ids
        .iter()
        .filter(|id| {
            matches!(
                id.kind.as_str(),
                "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController"
            )
        })
        .collect();
    let name = random.some(&scaled).map(|id| id.name.clone());
    if let Some(name) = name.or_else(|| random.chance(3).then(|| "app".to_owned())) {
        layer.push("replicas", json!({"name": name, "count": random.below(9)}));
    }
}

/// A source or target: which objects, and which field.
pub fn replacement(layer: &Layer, random: &mut Random) -> Value {
    let (from, to) = (layer.any(random), layer.any(random));
    let from_id = Id::of(&from);
    let mut source = json!({"kind": from_id.kind, "name": from_id.name});
    if !from_id.namespace.is_empty() && random.chance(70) {
        source["namespace"] = from_id.namespace.clone().into();
    }
    if random.chance(20) {
        source["version"] = from_id.version().into();
    }
    if random.chance(75) {
        let (mut parts, _) = place(&from, random);
        if random.chance(30) {
            parts = vec![Part::Key("metadata".into()), Part::Key("name".into())];
        }
        let path = field_path(&from, &parts, random);
        source["fieldPath"] = path.replace('*', "0").into();
    }
    let has_part = random.chance(25);
    if has_part {
        source["options"] =
            json!({"delimiter": random.pick(&["-", ".", "=", ":"]), "index": random.below(2)});
    }
    let mut select = selector(&Id::of(&to), random);
    if select == json!({}) {
        select = json!({"kind": Id::of(&to).kind});
    }
    let mut target = json!({ "select": select });
    if random.chance(85) {
        let (mut parts, _) = place(&to, random);
        if random.chance(15) {
            parts.push(Part::Key("made".into()));
        }
        target["fieldPaths"] = json!([field_path(&to, &parts, random)]);
    }
    if random.chance(20) {
        target["reject"] = json!([selector(&Id::of(&layer.any(random)), random)]);
    }
    let mut options = json!({});
    if random.chance(35) {
        options["create"] = true.into();
    }
    if random.chance(20) {
        let index = i64::try_from(random.below(4)).expect("small") - 1;
        options["delimiter"] = random.pick(&["-", ".", "/", ":"]).into();
        options["index"] = index.into();
    }
    if options != json!({}) {
        target["options"] = options;
    }
    json!({"source": source, "targets": [target]})
}

pub fn replacements(layer: &mut Layer, random: &mut Random) {
    for _ in 0..random.between(1, 2) {
        let entry = replacement(layer, random);
        if !random.chance(15) {
            layer.push("replacements", entry);
            continue;
        }
        let entry = if random.chance(50) {
            json!([entry])
        } else {
            entry
        };
        let content = text::write(&entry, random);
        let name = layer.file("replacement.yaml", content);
        layer.push("replacements", json!({ "path": name }));
    }
}

pub fn vars(layer: &mut Layer, random: &mut Random) {
    let object = layer.any(random);
    let id = Id::of(&object);
    let mut var = json!({
        "name": random.pick(&["VAR", "OTHER"]),
        "objref": {"apiVersion": id.api_version, "kind": id.kind, "name": id.name},
    });
    if !id.namespace.is_empty() && random.chance(60) {
        var["objref"]["namespace"] = id.namespace.into();
    }
    if random.chance(60) {
        let (parts, _) = place(&object, random);
        let path: Vec<String> = parts
            .iter()
            .map(|part| match part {
                Part::Key(key) => key.replace('.', "\\."),
                Part::Index(index) => index.to_string(),
            })
            .collect();
        var["fieldref"] = json!({"fieldPath": path.join(".")});
    }
    layer.push("vars", var);
}

pub fn configurations(layer: &mut Layer, random: &mut Random) {
    let mut config = json!({});
    for list in [
        "commonLabels",
        "labels",
        "commonAnnotations",
        "templateLabels",
    ] {
        if random.chance(25) {
            config[list] = json!([spec(random)]);
        }
    }
    if random.chance(40) {
        config["nameReference"] = json!([{
            "kind": random.pick(&["ConfigMap", "Secret", "Service", "Widget"]),
            "fieldSpecs": [{"kind": "Widget", "path": random.pick(&["spec/configName", "spec/items/name"])}],
        }]);
    }
    if random.chance(25) {
        config["images"] = json!([{"kind": "Widget", "path": "spec/items/value"}]);
    }
    if random.chance(25) {
        config["replicas"] = json!([{"kind": "Widget", "path": "spec/size", "create": true}]);
    }
    if random.chance(25) {
        config["varReference"] =
            json!([{"kind": "Widget", "path": "spec/configName"}, {"path": "data"}]);
    }
    if random.chance(20) {
        config["namePrefix"] = json!([{"kind": "Widget", "path": "spec/configName"}]);
    }
    if random.chance(20) {
        config["nameSuffix"] =
            json!([{"path": "metadata/name"}, {"kind": "Widget", "path": "spec/items/name"}]);
    }
    if random.chance(20) {
        config["namespace"] =
            json!([{"kind": "Widget", "path": "spec/where", "create": random.chance(50)}]);
    }
    let content = text::write(&config, random);
    let name = layer.file("config.yaml", content);
    layer.push("configurations", name);
}

pub fn crds(layer: &mut Layer, random: &mut Random) {
    let crds = json!({
        "com.example.v1.Widget": {"Schema": {"properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
            "spec": {"$ref": "com.example.v1.WidgetSpec"},
        }}},
        "com.example.v1.WidgetSpec": {"Schema": {"properties": {
            "configName": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "ConfigMap", "x-kubernetes-identity": ""},
            "labels": {"x-kubernetes-label-selector": ""}, "empty": {"x-kubernetes-annotation": ""},
        }}},
    });
    let content = if random.chance(50) {
        crds.to_string()
    } else {
        text::write(&crds, random)
    };
    let name = layer.file("crd.json", content);
    layer.push("crds", name);
}

pub fn sort_options(layer: &mut Layer, random: &mut Random) {
    let options = match random.below(8) {
        0..=2 => json!({"order": "fifo"}),
        3 => json!({"order": "legacy"}),
        4 => {
            json!({"order": "legacy", "legacySortOptions": {"orderFirst": ["Pod", "Widget"], "orderLast": ["ConfigMap"]}})
        }
        5 => json!({"order": "fifo", "legacySortOptions": {"orderFirst": []}}),
        6 => json!({"order": "legacy", "legacySortOptions": {}}),
        _ => json!({}),
    };
    layer.set("sortOptions", options);
}

pub fn build_metadata(layer: &mut Layer, random: &mut Random) {
    for option in [
        "originAnnotations",
        "transformerAnnotations",
        "managedByLabel",
    ] {
        if random.chance(50) {
            layer.push("buildMetadata", option);
        }
    }
}

pub fn openapi(layer: &mut Layer, random: &mut Random) {
    if random.chance(20) {
        layer.set(
            "openapi",
            json!({"version": random.pick(&["v1.21.2", "v1.20.4"])}),
        );
        return;
    }
    let schema = json!({"definitions": {
        "v1.Widget": {
            "properties": {"spec": {"$ref": "#/definitions/v1.WidgetSpec"}},
            "x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "Widget", "version": "v1"}],
        },
        "v1.WidgetSpec": {"properties": {"items": {
            "type": "array", "items": {"$ref": "#/definitions/v1.Item"},
            "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge",
        }}},
        "v1.Item": {"properties": {"name": {"type": "string"}}},
    }});
    let name = layer.file("schema.json", schema.to_string());
    layer.set("openapi", json!({ "path": name }));
}
