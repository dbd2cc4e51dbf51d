//! What was applied last, from the annotation that client-side apply keeps.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::scalar::is_empty;
use crate::Object;
use crate::patch::LAST_APPLIED;

/// What was applied last, as far as a comparison needs it.
pub(crate) enum Origin {
    /// Nothing is known of it.
    Unknown,
    /// Everything it has is in the target too, so nothing left the manifest. Where the
    /// target has something empty, the whole of it has to be read all the same.
    Kept,
    /// The whole of it.
    Known(Value),
}

impl Origin {
    /// Reads the annotation of `live`.
    ///
    /// Most often it says what the target says. That is seen while reading, and
    /// no value is built for it.
    pub(crate) fn of(live: &Object, target: &Value) -> Self {
        let Some(text) = live.annotation(LAST_APPLIED) else {
            return Self::Unknown;
        };
        if is_kept(text, target) {
            return Self::Kept;
        }
        match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Self::Known(value),
            _ => Self::Unknown,
        }
    }

    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown | Self::Kept => None,
        }
    }
}

/// Whether every place that `text` names is in `target`: then nothing was removed.
fn is_kept(text: &str, target: &Value) -> bool {
    let mut reader = serde_json::Deserializer::from_str(text);
    let kept = Kept {
        target: Some(target),
        depth: 0,
        metadata: false,
        in_list: false,
        exempt: false,
    };
    kept.deserialize(&mut reader).unwrap_or(false) && reader.end().is_ok()
}

/// Reads one value and says whether `target` has all its places.
#[derive(Clone, Copy)]
struct Kept<'a> {
    target: Option<&'a Value>,
    depth: usize,
    /// Whether this is the object's own `metadata`.
    metadata: bool,
    /// Elements of lists must be equal, because a list may merge by a key or as a
    /// set, where another value is another element.
    in_list: bool,
    /// Places whose absence from the target removes nothing.
    exempt: bool,
}

impl<'a> Kept<'a> {
    fn scalar(self, same: impl FnOnce(&Value) -> bool) -> bool {
        match self.target {
            // An empty value may mean that the field is gone.
            Some(target) => same(target) || !self.in_list && !is_zero(target),
            None => self.exempt,
        }
    }

    fn element(self, target: Option<&'a Value>) -> Self {
        Self {
            target,
            depth: self.depth + 1,
            metadata: false,
            in_list: true,
            exempt: false,
        }
    }

    fn field(self, key: &str, target: Option<&'a Value>) -> Self {
        Self {
            target,
            depth: self.depth + 1,
            metadata: self.depth == 0 && key == "metadata",
            in_list: self.in_list,
            exempt: self.metadata && matches!(key, "namespace" | "creationTimestamp"),
        }
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Bool(set) => !set,
        Value::Number(number) => number.as_f64() == Some(0.0),
        other => is_empty(other),
    }
}

impl<'de> DeserializeSeed<'de> for Kept<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kept<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        Ok(self.scalar(|target| *target == value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<bool, E> {
        Ok(self.scalar(|target| *target == value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<bool, E> {
        Ok(self.scalar(|target| *target == value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<bool, E> {
        Ok(self.scalar(|target| *target == value))
    }

    fn visit_str<E>(self, value: &str) -> Result<bool, E> {
        Ok(self.scalar(|target| target == value))
    }

    /// What was null before is no place.
    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(self.scalar(Value::is_null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<bool, A::Error> {
        let targets = match self.target {
            Some(Value::Array(targets)) => targets.as_slice(),
            _ => &[],
        };
        let mut kept = self.target.is_some_and(Value::is_array);
        let mut count = 0;
        while kept {
            let child = self.element(targets.get(count));
            match elements.next_element_seed(child)? {
                Some(same) => kept = same,
                None => return Ok(count == targets.len()),
            }
            count += 1;
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<bool, A::Error> {
        let targets = self.target.and_then(Value::as_object);
        let mut kept = targets.is_some();
        while let Some(key) = entries.next_key::<Key<'de>>()? {
            if !kept {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            let target = targets.and_then(|targets| targets.get(key.text()));
            let child = self.field(key.text(), target);
            kept = entries.next_value_seed(child)?;
        }
        Ok(kept)
    }
}

/// A key, borrowed from the text where it has no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

impl Key<'_> {
    fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
    #[track_caller]
    fn check(text: Value, target: Value, kept: bool) {
        assert_eq!(is_kept(&text.to_string(), &target), kept, "{text} {target}");
    }

    #[test]
    fn a_place_that_is_gone_is_noticed() {
        check(json!({"a": 1}), json!({"a": 2, "b": 3}), true);
        check(json!({"a": 1, "b": 1}), json!({"a": 1}), false);
        check(json!({"a": {"b": 1}}), json!({"a": 1}), false);
        check(
            json!({"metadata": {"namespace": "x"}}),
            json!({"metadata": {}}),
            true,
        );
        check(
            json!({"spec": {"namespace": "x"}}),
            json!({"spec": {}}),
            false,
        );
        check(json!({"b": null}), json!({}), false);
        check(json!({"a": "x"}), json!({"a": ""}), false);
        check(json!({"a": true}), json!({"a": null}), false);
    }

    #[test]
    fn elements_of_lists_must_be_the_same() {
        check(
            json!({"a": [{"n": 1}]}),
            json!({"a": [{"n": 1, "x": 2}]}),
            true,
        );
        check(json!({"a": [{"n": 1}]}), json!({"a": [{"n": 2}]}), false);
        check(json!({"a": [1, 2]}), json!({"a": [1]}), false);
        check(json!({"a": [1]}), json!({"a": [1, 2]}), false);
    }

    #[test]
    fn what_is_no_json_is_not_kept() {
        assert!(!is_kept("{", &json!({})));
        assert!(!is_kept("{} x", &json!({})));
        assert!(!is_kept(&"[".repeat(100_000), &json!({})));
    }
}
