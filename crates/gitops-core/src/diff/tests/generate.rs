//! Pairs of objects made from real ones by edits on either side.
//!
//! The same seed makes the same pairs everywhere, so that a verdict of the reference
//! can be kept without the pair.

use serde_json::{Map, Value, json};

use crate::patch::LAST_APPLIED;

/// Numbers that look random (xorshift).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// One case in the form that the reference's oracle reads.
pub(super) fn case(pairs: &[Value], random: &mut Random) -> Value {
    let mut case = pairs[random.below(pairs.len())].clone();
    for _ in 0..random.below(3) {
        edit(&mut case["target"], random);
    }
    for _ in 0..random.below(3) {
        edit(&mut case["live"], random);
    }
    if random.one_in(6)
        && let Some(Value::Object(annotations)) = case["live"]["metadata"].get_mut("annotations")
    {
        annotations.remove(LAST_APPLIED);
    }
    if random.one_in(5) {
        let target = &case["target"];
        let paths = places(target);
        let Some(path) = paths.get(random.below(paths.len())) else {
            return case;
        };
        let text: Vec<String> = path
            .iter()
            .map(|step| step.replace('~', "~0").replace('/', "~1"))
            .collect();
        let version = target["apiVersion"].as_str().unwrap();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        case["ignore"] = json!([{
            "group": group, "kind": target["kind"], "jsonPointers": [format!("/{}", text.join("/"))],
        }]);
    }
    case
}

/// The places that an edit may change, as pointer segments.
fn places(object: &Value) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    collect(object, &mut Vec::new(), &mut all);
    all
}

fn collect(value: &Value, path: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, child)| (key.clone(), child))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, child)| (at.to_string(), child))
            .collect(),
        _ => return,
    };
    for (step, child) in children {
        path.push(step);
        if !is_fixed(path) {
            all.push(path.clone());
        }
        collect(child, path, all);
        path.pop();
    }
}

/// What identifies an object, and what no manifest sets.
fn is_fixed(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        path.as_slice(),
        ["apiVersion" | "kind" | "metadata" | "status", ..] if !matches!(path.as_slice(), ["metadata", "labels" | "annotations", ..])
    ) || path.contains(&LAST_APPLIED)
}

fn edit(object: &mut Value, random: &mut Random) {
    let paths = places(object);
    if paths.is_empty() {
        return;
    }
    let path = &paths[random.below(paths.len())];
    let (last, parents) = path.split_last().unwrap();
    let parent = parents.iter().fold(object, |value, step| match value {
        Value::Array(list) => &mut list[step.parse::<usize>().unwrap()],
        other => &mut other[step.as_str()],
    });
    match random.below(10) {
        0..3 => remove(parent, last),
        3..8 => change(child(parent, last), random),
        8 => {
            if let Value::Object(map) = parent {
                map.insert("extra".into(), "y".into());
            }
        }
        _ => add_to(child(parent, last)),
    }
}

fn child<'a>(parent: &'a mut Value, step: &str) -> &'a mut Value {
    match parent {
        Value::Array(list) => &mut list[step.parse::<usize>().unwrap()],
        other => &mut other[step],
    }
}

fn remove(parent: &mut Value, step: &str) {
    match parent {
        Value::Array(list) => {
            list.remove(step.parse().unwrap());
        }
        other => {
            other.as_object_mut().unwrap().remove(step);
        }
    }
}

fn change(value: &mut Value, random: &mut Random) {
    match value {
        Value::Bool(set) => *set = !*set,
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or_default();
            *value = [number + 1, 0, number][random.below(3)].into();
        }
        Value::String(text) => text.push('x'),
        Value::Array(list) if list.len() > 1 => {
            let at = random.below(list.len());
            let moved = list.remove(at);
            list.push(moved);
        }
        Value::Object(map) if !map.is_empty() => {
            let at = random.below(map.len());
            let key = map.keys().nth(at).unwrap().clone();
            map.remove(&key);
        }
        _ => {}
    }
}

fn add_to(value: &mut Value) {
    match value {
        Value::Array(list) if list.first().is_some_and(Value::is_object) => {
            let mut one = list[0].clone();
            for key in ["name", "mountPath", "key", "host"] {
                if let Some(Value::String(text)) = one.get_mut(key) {
                    text.push('2');
                }
            }
            for key in ["containerPort", "port"] {
                if let Some(number) = one.get(key).and_then(Value::as_i64) {
                    one[key] = (number + 1).into();
                }
            }
            list.push(one);
        }
        Value::Object(map) if map.values().all(Value::is_string) => {
            map.insert("added".into(), "z".into());
        }
        Value::Object(map) if map.is_empty() => {
            *map = Map::from_iter([("added".to_owned(), Value::from("z"))]);
        }
        _ => {}
    }
}
