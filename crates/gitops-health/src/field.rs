//! Reading fields that may be absent: null, absent and of another type are one.

use serde_json::Value;

use crate::number;

/// What stands at `path`; `None` where it is absent or null.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter()
        .try_fold(value, |value, field| value.get(field))
        .filter(|value| !value.is_null())
}

/// The text at `path`; empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

/// Whether the boolean at `path` is true.
pub(crate) fn flag(value: &Value, path: &[&str]) -> bool {
    at(value, path).and_then(Value::as_bool).unwrap_or_default()
}

/// The list at `path`; empty where there is none.
pub(crate) fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The 64-bit integer at `path`; a float that is whole counts.
pub(crate) fn int64(value: &Value, path: &[&str]) -> Option<i64> {
    at(value, path).and_then(whole)
}

/// The 32-bit integer at `path`, with the bits above dropped, as Go converts it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "Go drops the upper bits too"
)]
pub(crate) fn int32(value: &Value, path: &[&str]) -> Option<i32> {
    int64(value, path).map(|number| number as i32)
}

/// A number as Go converts it: what is too large becomes the least.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let float = value.as_f64()?;
        Some(number::whole(float.trunc()).unwrap_or(i64::MIN))
    })
}

/// The first entry of the list at `path` whose `type` is `kind`.
pub(crate) fn condition<'a>(value: &'a Value, path: &[&str], kind: &str) -> Option<&'a Value> {
    list(value, path)
        .iter()
        .find(|condition| text(condition, &["type"]) == kind)
}
