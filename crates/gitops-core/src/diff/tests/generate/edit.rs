//! One edit of an object.

use serde_json::{Map, Value, json};

use super::{Random, child, places};

pub(super) fn edit(object: &mut Value, random: &mut Random) {
    let paths = places(object);
    if paths.is_empty() {
        return;
    }
    let path = &paths[random.below(paths.len())];
    let (last, parents) = path.split_last().unwrap();
    let parent = parents
        .iter()
        .fold(object, |value, step| child(value, step));
    match random.below(14) {
        0..3 => remove(parent, last),
        3..8 => change(child(parent, last), random),
        8 => {
            if let Value::Object(map) = parent {
                map.insert("extra".into(), "y".into());
            }
        }
        9 => add_to(child(parent, last), random),
        10 => empty(child(parent, last), random),
        11 => retype(child(parent, last), random),
        12 => add_empty(parent, random),
        _ => repeat(child(parent, last), random),
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

/// Null, or the empty value of its sort.
fn empty(value: &mut Value, random: &mut Random) {
    *value = match value {
        _ if random.one_in(3) => Value::Null,
        Value::Bool(_) => false.into(),
        Value::Number(_) => 0.into(),
        Value::String(_) => "".into(),
        Value::Array(_) => json!([]),
        _ => json!({}),
    };
}

/// The same in other words, or of another type.
fn retype(value: &mut Value, random: &mut Random) {
    *value = match value {
        Value::Bool(set) if random.one_in(2) => set.to_string().into(),
        Value::Number(number) if random.one_in(2) => number.to_string().into(),
        Value::Number(number) => json!(number.as_f64().unwrap_or_default()),
        Value::String(text) => match text.parse::<i64>() {
            Ok(number) if random.one_in(2) => number.into(),
            Ok(number) => format!("{number}000m").into(),
            Err(_) => in_other_units(text).into(),
        },
        _ => return,
    };
}

fn in_other_units(text: &str) -> String {
    for (unit, smaller) in [("Gi", "Mi"), ("Mi", "Ki"), ("Ki", "")] {
        if let Some(Ok(number)) = text.strip_suffix(unit).map(str::parse::<i64>) {
            return format!("{}{smaller}", number * 1024);
        }
    }
    match text.strip_suffix('m').map(str::parse::<i64>) {
        Some(Ok(number)) => format!("{number}000u"),
        _ => text.to_owned(),
    }
}

fn add_to(value: &mut Value, random: &mut Random) {
    match value {
        Value::Array(list) if list.first().is_some_and(Value::is_object) => {
            let mut one = list[0].clone();
            for key in ["name", "mountPath", "topologyKey", "ip"] {
                if let Some(name) = one.get(key).and_then(Value::as_str) {
                    one[key] = format!("{name}-z").into();
                }
            }
            for key in ["port", "containerPort"] {
                if let Some(number) = one.get(key).and_then(Value::as_i64) {
                    one[key] = (number + 1).into();
                }
            }
            list.insert(random.below(list.len() + 1), one);
        }
        Value::Array(list) if list.first().is_some_and(Value::is_string) => {
            list.insert(random.below(list.len() + 1), "added".into());
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

/// A field that many kinds have, with nothing in it.
fn add_empty(parent: &mut Value, random: &mut Random) {
    let fields = [
        ("annotations", json!({})),
        ("labels", json!({})),
        ("imagePullSecrets", json!([])),
        ("hostNetwork", json!(false)),
        ("env", json!([])),
        ("args", json!([])),
        ("resources", json!({})),
        ("securityContext", json!({})),
        ("nodeSelector", json!({})),
        ("tolerations", json!([])),
        ("readOnly", json!(false)),
        ("creationTimestamp", Value::Null),
        ("replicas", Value::Null),
        ("volumes", json!([])),
        ("rules", json!([])),
        ("data", json!({})),
    ];
    if let Value::Object(map) = parent {
        let (key, value) = &fields[random.below(fields.len())];
        map.entry(*key).or_insert_with(|| value.clone());
    }
}

/// An element twice, which makes its key ambiguous.
fn repeat(value: &mut Value, random: &mut Random) {
    if let Value::Array(list) = value
        && !list.is_empty()
    {
        let mut one = list[random.below(list.len())].clone();
        if one.get("protocol").is_some() {
            one["protocol"] = "UDP".into();
        }
        list.push(one);
    }
}
