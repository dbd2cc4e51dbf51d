//! Places in an object, and patches and paths that lead there.

use serde_json::{Map, Value, json};

use super::objects::scalar;
use super::random::Random;
use super::text::as_raw;

/// One step on the way to a place.
#[derive(Clone, Debug)]
pub enum Part {
    Key(String),
    Index(usize),
}

/// A random way into an object, and what stands at its end.
///
/// Never what the reference keeps its own books in, or what makes it an object.
pub fn place<'a>(object: &'a Value, random: &mut Random) -> (Vec<Part>, &'a Value) {
    loop {
        let (parts, value) = any_place(object, random);
        let pointer = pointer(&parts);
        if ![
            "",
            "/apiVersion",
            "/kind",
            "/metadata",
            "/metadata/annotations",
        ]
        .contains(&pointer.as_str())
        {
            return (parts, value);
        }
    }
}

fn any_place<'a>(object: &'a Value, random: &mut Random) -> (Vec<Part>, &'a Value) {
    let (mut at, mut parts) = (object, Vec::new());
    loop {
        let next = match at {
            Value::Object(map) if as_raw(at).is_none() => {
                let keys: Vec<&String> = map.keys().collect();
                random
                    .some(&keys)
                    .map(|key| (Part::Key((*key).clone()), &map[*key]))
            }
            Value::Array(list) if !list.is_empty() => {
                let index = random.below(list.len());
                Some((Part::Index(index), &list[index]))
            }
            _ => None,
        };
        let Some((part, value)) = next else {
            return (parts, at);
        };
        parts.push(part);
        at = value;
        if parts.len() > 1 && random.chance(12) {
            return (parts, at);
        }
    }
}

pub fn pointer(parts: &[Part]) -> String {
    parts.iter().fold(String::new(), |path, part| match part {
        Part::Key(key) => format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")),
        Part::Index(index) => format!("{path}/{index}"),
    })
}

/// A path as replacements write it; elements by number, by name or all.
pub fn field_path(object: &Value, parts: &[Part], random: &mut Random) -> String {
    let (mut at, mut path) = (object, Vec::new());
    for part in parts {
        match part {
            Part::Key(key) => {
                path.push(if !key.contains('.') {
                    key.clone()
                } else if random.chance(50) {
                    format!("[{key}]")
                } else {
                    key.replace('.', "\\.")
                });
                at = &at[key];
            }
            Part::Index(index) => {
                at = &at[index];
                let name = ["name", "mountPath", "kind"]
                    .into_iter()
                    .find_map(|key| Some((key, at[key].as_str()?)));
                path.push(match (random.below(4), name) {
                    (0, _) => "*".to_owned(),
                    (1 | 2, Some((key, name))) => format!("[{key}={name}]"),
                    (_, _) if at.is_string() && random.chance(30) => {
                        format!("[={}]", at.as_str().unwrap_or_default())
                    }
                    _ => index.to_string(),
                });
            }
        }
    }
    path.join(".")
}

const MERGE_KEYS: [&str; 9] = [
    "name",
    "containerPort",
    "port",
    "protocol",
    "mountPath",
    "ip",
    "topologyKey",
    "whenUnsatisfiable",
    "uid",
];

/// A strategic merge patch for a part of a value.
pub fn patch(value: &Value, random: &mut Random) -> Value {
    match value {
        Value::Object(map) if as_raw(value).is_none() => patch_map(map, random),
        Value::Array(list) => patch_list(list, random),
        _ => leaf(random),
    }
}

fn leaf(random: &mut Random) -> Value {
    match random.below(12) {
        0 | 1 => Value::Null,
        2 => json!({"made": scalar(random)}),
        _ => scalar(random),
    }
}

fn patch_map(map: &Map<String, Value>, random: &mut Random) -> Value {
    let mut patch = Map::new();
    let keys: Vec<&String> = map.keys().collect();
    for _ in 0..random.between(1, 2) {
        if let Some(key) = random.some(&keys) {
            let change = match key.as_str() {
                "annotations" => json!({"note": scalar(random)}),
                _ if random.chance(6) => Value::Null,
                _ => self::patch(&map[*key], random),
            };
            patch.insert((*key).clone(), change);
        }
    }
    match random.below(24) {
        0 => drop(patch.insert("$patch".into(), "delete".into())),
        1 => drop(patch.insert("$patch".into(), "replace".into())),
        2 => drop(patch.insert("$patch".into(), "merge".into())),
        3..=5 => drop(patch.insert("added".into(), json!({"a": scalar(random), "b": null}))),
        _ => {}
    }
    patch.into()
}

fn patch_list(list: &[Value], random: &mut Random) -> Value {
    let mut patches = Vec::new();
    for item in list {
        if !random.chance(60) {
            continue;
        }
        let Value::Object(map) = item else {
            patches.push(if random.chance(50) {
                item.clone()
            } else {
                scalar(random)
            });
            continue;
        };
        let mut change = patch(item, random);
        for key in MERGE_KEYS {
            if let Some(value) = map.get(key)
                && random.chance(90)
            {
                change[key] = value.clone();
            }
        }
        patches.push(change);
    }
    match random.below(12) {
        0 => patches.push(json!({"$patch": random.pick(&["replace", "delete", "merge"])})),
        1..=3 => patches
            .push(json!({"name": "added", "containerPort": 9090, "port": 9090, "value": "x"})),
        4 => patches.reverse(),
        _ => {}
    }
    patches.into()
}

/// One step of a JSON patch.
pub fn operation(object: &Value, random: &mut Random) -> Value {
    let (parts, value) = place(object, random);
    let path = pointer(&parts);
    let parent = pointer(&parts[..parts.len().saturating_sub(1)]);
    let is_list = matches!(parts.last(), Some(Part::Index(_)));
    let new = if random.chance(30) && as_raw(value).is_none() {
        value.clone()
    } else {
        scalar(random)
    };
    match random.below(16) {
        0..=2 => json!({"op": "replace", "path": path, "value": new}),
        3 if is_list => json!({"op": "add", "path": format!("{parent}/-"), "value": new}),
        3 | 4 => json!({"op": "add", "path": path, "value": new}),
        5 => json!({"op": "add", "path": format!("{parent}/added"), "value": new}),
        6 | 7 => json!({"op": "remove", "path": path}),
        8 => json!({"op": "test", "path": path, "value": value}),
        9 => json!({"op": "copy", "from": path, "path": "/metadata/labels"}),
        10 => json!({"op": "move", "from": path, "path": "/moved"}),
        11 => json!({"op": "replace", "path": format!("{path}/0/missing"), "value": new}),
        12 if is_list => json!({"op": "replace", "path": format!("{parent}/-1"), "value": new}),
        13 if is_list => json!({"op": "add", "path": format!("{parent}/9"), "value": new}),
        12 | 13 => json!({"op": "replace", "path": format!("{parent}/new"), "value": new}),
        14 => json!({"op": "test", "path": format!("{parent}/absent"), "value": null}),
        _ => json!({"op": "add", "path": "/metadata/labels", "value": {"a~b": new}}),
    }
}
