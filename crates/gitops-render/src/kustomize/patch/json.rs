//! JSON patches (RFC 6902), with the liberties the reference takes.

use serde::Deserialize;
use serde_json::Value;

/// One step of a JSON patch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Operation {
    /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
    pub op: String,
    /// Where, as a JSON pointer.
    pub path: String,
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
    let path = operation.path.as_str();
    match operation.op.as_str() {
        "add" => add(document, path, operation.value.clone(), "add"),
        "remove" => remove(document, path, "remove").map(drop),
        "replace" => replace(document, path, operation.value.clone()),
        "test" => test(document, path, &operation.value),
        "move" => {
            let value = remove(document, &operation.from, "move")?;
            add(document, path, value, "move")
        }
        "copy" => {
            let value = get(document, &operation.from, "copy")?.clone();
            add(document, path, value, "copy")
        }
        other => Err(format!("Unexpected kind: {other}")),
    }
}

fn missing(operation: &str, path: &str) -> String {
    format!("{operation} operation does not apply: doc is missing path: {path:?}: missing value")
}

/// The collection a path ends in, and the last part of the path.
fn container<'a>(
    document: &'a mut Value,
    path: &str,
    operation: &str,
) -> Result<(&'a mut Value, String), String> {
    let fail = || missing(operation, path);
    let (parents, last) = path.rsplit_once('/').ok_or_else(fail)?;
    let mut at = document;
    for part in parents.split('/').skip(1) {
        let part = unescape(part);
        at = match at {
            Value::Object(map) => map.get_mut(&part),
            Value::Array(list) => index(&part, list.len())
                .ok()
                .and_then(|at| list.get_mut(at)),
            _ => None,
        }
        .ok_or_else(fail)?;
    }
    if !at.is_object() && !at.is_array() {
        return Err(fail());
    }
    Ok((at, unescape(last)))
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

fn add(document: &mut Value, path: &str, value: Value, operation: &str) -> Result<(), String> {
    let (container, key) = container(document, path, operation)?;
    let failed = |error| format!("error in {operation} for path: '{path}': {error}");
    match container {
        Value::Object(map) => drop(map.insert(key, value)),
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => {
            let at = index(&key, list.len() + 1).map_err(failed)?;
            list.insert(at, value);
        }
        _ => return Err(missing(operation, path)),
    }
    Ok(())
}

fn remove(document: &mut Value, path: &str, operation: &str) -> Result<Value, String> {
    let (container, key) = container(document, path, operation)?;
    let failed = |error| format!("error in {operation} for path: '{path}': {error}");
    match container {
        Value::Object(map) => map.remove(&key).ok_or_else(|| {
            failed(format!(
                "Unable to remove nonexistent key: {key}: missing value"
            ))
        }),
        Value::Array(list) => {
            let at = index(&key, list.len()).map_err(failed)?;
            Ok(list.remove(at))
        }
        _ => Err(missing(operation, path)),
    }
}

/// A key that is missing is added; an index is not.
fn replace(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let (container, key) = container(document, path, "replace")?;
    match container {
        Value::Object(map) => drop(map.insert(key, value)),
        Value::Array(list) => {
            let at = index(&key, list.len()).map_err(|error| {
                format!("replace operation does not apply: doc is missing key: {path}: {error}")
            })?;
            list[at] = value;
        }
        _ => return Err(missing("replace", path)),
    }
    Ok(())
}

fn get<'a>(document: &'a mut Value, path: &str, operation: &str) -> Result<&'a Value, String> {
    let (container, key) = container(document, path, operation)?;
    let found = match &*container {
        Value::Object(map) => map.get(&key),
        Value::Array(list) => index(&key, list.len()).ok().and_then(|at| list.get(at)),
        _ => None,
    };
    found.ok_or_else(|| missing(operation, path))
}

/// An absent value is null.
fn test(document: &mut Value, path: &str, expected: &Value) -> Result<(), String> {
    let (container, key) = container(document, path, "test")?;
    let found = match &*container {
        Value::Array(list) => Some(&list[index(&key, list.len())?]),
        container => container.get(&key),
    };
    if same(found.unwrap_or(&Value::Null), expected) {
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
