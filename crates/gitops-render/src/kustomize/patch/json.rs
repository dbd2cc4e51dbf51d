//! JSON patches (RFC 6902), with the liberties the reference takes.

use serde::Deserialize;
use serde_json::Value;

/// One step of a JSON patch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Operation {
    /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
    pub op: String,
    /// Where, as a JSON pointer; every operation needs one.
    pub path: Option<String>,
    /// The place to move or copy from.
    pub from: String,
    /// What to add, put in place, or test for.
    pub value: Value,
}

/// Applies the steps one after the other.
///
/// ```
/// use gitops_render::kustomize::patch::json;
/// use serde_json::json;
///
/// let patch = serde_json::from_value::<Vec<json::Operation>>(json!([
///     {"op": "add", "path": "/args/-", "value": "--verbose"},
/// ])).unwrap();
/// let mut value = json!({"args": ["--port=80"]});
/// json::apply(&mut value, &patch)?;
/// assert_eq!(value, json!({"args": ["--port=80", "--verbose"]}));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// Names the step's path and what is missing there.
pub fn apply(document: &mut Value, patch: &[Operation]) -> Result<(), String> {
    patch
        .iter()
        .try_for_each(|operation| step(document, operation))
}

fn step(document: &mut Value, operation: &Operation) -> Result<(), String> {
    let kind = operation.op.as_str();
    if kind.is_empty() {
        return Err("Unexpected kind: unknown".to_owned());
    }
    let path = operation.path.as_deref();
    let path =
        path.ok_or_else(|| format!("{kind} operation failed to decode path: missing value"))?;
    match kind {
        "add" => add(document, path, operation.value.clone()),
        "remove" => remove(document, path),
        "replace" => replace(document, path, operation.value.clone()),
        "test" => test(document, path, &operation.value),
        "move" => {
            let value = take(document, &operation.from)?;
            put(document, path, value, "move")
        }
        "copy" => {
            let value = copied(document, &operation.from)?;
            put(document, path, value, "copy")
        }
        other => Err(format!("Unexpected kind: {other}")),
    }
}

/// The collection a path ends in, and the last part of the path.
fn container<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (parents, last) = path.rsplit_once('/')?;
    let mut at = document;
    for part in parents.split('/').skip(1) {
        let part = unescape(part);
        at = match at {
            Value::Object(map) => map.get_mut(&part),
            Value::Array(list) => {
                let at = index(&part, list.len()).ok()?;
                list.get_mut(at)
            }
            _ => None,
        }?;
    }
    (at.is_object() || at.is_array()).then(|| (at, unescape(last)))
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// A place in a list of `length`; negative ones count from the end.
fn index(part: &str, length: usize) -> Result<usize, String> {
    let at: i64 = part
        .parse()
        .map_err(|_| format!("value was not a proper array index: '{part}': strconv.Atoi: parsing {part:?}: invalid syntax"))?;
    let invalid = || format!("Unable to access invalid index: {at}: invalid index referenced");
    let size = i64::try_from(length).map_err(|_| invalid())?;
    let place = if at < 0 { at + size } else { at };
    usize::try_from(place)
        .ok()
        .filter(|place| *place < length)
        .ok_or_else(invalid)
}

fn add(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let missing =
        || format!("add operation does not apply: doc is missing path: {path:?}: missing value");
    let (container, key) = container(document, path).ok_or_else(missing)?;
    insert(container, key, value)
        .map_err(|error| format!("error in add for path: '{path}': {error}"))
}

fn insert(container: &mut Value, key: String, value: Value) -> Result<(), String> {
    match container {
        Value::Object(map) => drop(map.insert(key, value)),
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => {
            let at = index(&key, list.len() + 1)?;
            list.insert(at, value);
        }
        _ => {}
    }
    Ok(())
}

fn remove(document: &mut Value, path: &str) -> Result<(), String> {
    let missing =
        || format!("remove operation does not apply: doc is missing path: {path:?}: missing value");
    let (container, key) = container(document, path).ok_or_else(missing)?;
    let removed = remove_from(container, &key);
    removed
        .map(drop)
        .map_err(|error| format!("error in remove for path: '{path}': {error}"))
}

fn remove_from(container: &mut Value, key: &str) -> Result<Value, String> {
    match container {
        Value::Array(list) => {
            let at = index(key, list.len())?;
            Ok(list.remove(at))
        }
        Value::Object(map) => map
            .remove(key)
            .ok_or_else(|| format!("Unable to remove nonexistent key: {key}: missing value")),
        _ => Err("missing value".to_owned()),
    }
}

/// A key that is missing is added; an index is not. In place of the whole document only a map counts.
fn replace(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        return match value {
            Value::Array(_) => Err("an object cannot become a list".to_owned()),
            Value::Object(_) => {
                *document = value;
                Ok(())
            }
            _ => Ok(()),
        };
    }
    let missing = |what| {
        format!("replace operation does not apply: doc is missing {what}: {path}: missing value")
    };
    let (container, key) = container(document, path).ok_or_else(|| missing("path"))?;
    match container {
        Value::Object(map) => drop(map.insert(key, value)),
        Value::Array(list) => {
            let at = index(&key, list.len()).map_err(|_| missing("key"))?;
            list[at] = value;
        }
        _ => {}
    }
    Ok(())
}

/// Takes what a move moves.
fn take(document: &mut Value, from: &str) -> Result<Value, String> {
    let missing = || {
        format!("move operation does not apply: doc is missing from path: {from}: missing value")
    };
    let (container, key) = container(document, from).ok_or_else(missing)?;
    remove_from(container, &key)
        .map_err(|error| format!("error in move for path: '{key}': {error}"))
}

/// What a copy copies: null, where a map has no such key.
fn copied(document: &mut Value, from: &str) -> Result<Value, String> {
    let missing = || {
        format!("copy operation does not apply: doc is missing from path: {from}: missing value")
    };
    let (container, key) = container(document, from).ok_or_else(missing)?;
    let found = get(container, &key);
    found
        .cloned()
        .map_err(|error| format!("error in copy for from: '{from}': {error}"))
}

/// Adds what was moved or copied.
fn put(document: &mut Value, path: &str, value: Value, operation: &str) -> Result<(), String> {
    let missing = || {
        format!(
            "{operation} operation does not apply: doc is missing destination path: {path}: missing value"
        )
    };
    let (container, key) = container(document, path).ok_or_else(missing)?;
    insert(container, key, value)
        .map_err(|error| format!("error in {operation} for path: '{path}': {error}"))
}

/// The value under a key or an index; a key that is absent holds null.
fn get<'a>(container: &'a Value, key: &str) -> Result<&'a Value, String> {
    match container {
        Value::Array(list) => Ok(&list[index(key, list.len())?]),
        container => Ok(container.get(key).unwrap_or(&Value::Null)),
    }
}

fn test(document: &mut Value, path: &str, expected: &Value) -> Result<(), String> {
    let missing =
        || format!("test operation does not apply: is missing path: {path}: missing value");
    let (container, key) = container(document, path).ok_or_else(missing)?;
    let found = get(container, &key)
        .map_err(|error| format!("error in test for path: '{path}': {error}"))?;
    if same(found, expected) {
        return Ok(());
    }
    Err(format!("testing value {path} failed: test failed"))
}

/// Equality with numbers compared by value.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let mut entries = a.iter();
            a.len() == b.len()
                && entries.all(|(key, item)| b.get(key).is_some_and(|other| same(item, other)))
        }
        _ => a == b,
    }
}
