//! JSON pointers, as JSON Patch removes what they point at.

use serde_json::Value;

use super::place::{Place, Step};

/// Where something is in a document, from the root.
///
/// Kept as if every segment were a map's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(Place);

impl Pointer {
    /// What stands before the first slash does not count; a text without a slash
    /// points nowhere.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (_, path) = text.split_once('/')?;
        let unescape = |segment: &str| segment.replace("~1", "/").replace("~0", "~");
        let keys = path.split('/').map(unescape).map(Step::Key);
        Some(Self(Place(keys.collect())))
    }

    /// The place where it points if every segment is a map's key.
    pub(crate) fn by_keys(&self) -> &Place {
        &self.0
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) | Step::Range(..) => None,
        })
    }

    /// Whether a part of it may be a list's index.
    pub(crate) fn may_index(&self) -> bool {
        self.keys().any(|segment| segment.parse::<i64>().is_ok())
    }

    /// The place in a document that it points at, if there is one.
    pub(crate) fn place(&self, document: &Value) -> Option<Place> {
        let segments: Vec<&str> = self.keys().collect();
        let (last, parents) = segments.split_last()?;
        let mut value = document;
        let mut steps = Vec::with_capacity(segments.len());
        for segment in parents {
            let (step, next) = match value {
                Value::Object(map) => (Step::Key((*segment).to_owned()), map.get(*segment)?),
                Value::Array(list) => {
                    let at: usize = segment.parse().ok()?;
                    (Step::Index(i64::try_from(at).ok()?), list.get(at)?)
                }
                _ => return None,
            };
            steps.push(step);
            value = next;
        }
        steps.push(match value {
            Value::Object(map) => map
                .contains_key(*last)
                .then(|| Step::Key((*last).to_owned()))?,
            // Only the last index may be negative: it counts from the end.
            Value::Array(list) => {
                let at = Step::position(last.parse().ok()?, list.len())?;
                Step::Index(i64::try_from(at).ok()?)
            }
            _ => return None,
        });
        Some(Place(steps))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
    #[track_caller]
    fn check(pointer: &str, mut document: Value, expected: Value) {
        let place = Pointer::parse(pointer).and_then(|pointer| pointer.place(&document));
        if let Some(place) = place {
            assert!(place.remove(&mut document));
        }
        assert_eq!(document, expected, "{pointer}");
    }

    #[test]
    fn what_a_pointer_points_at_is_removed() {
        check(
            "/a/b",
            json!({"a": {"b": 1, "c": 2}}),
            json!({"a": {"c": 2}}),
        );
        check("/a~1b/c~0d", json!({"a/b": {"c~d": 1}}), json!({"a/b": {}}));
        check("/a/1", json!({"a": [1, 2, 3]}), json!({"a": [1, 3]}));
        check("/a/-1", json!({"a": [1, 2, 3]}), json!({"a": [1, 2]}));
        check("spec/replicas", json!({"replicas": 1}), json!({}));
    }

    #[test]
    fn what_points_nowhere_removes_nothing() {
        for pointer in [
            "a", "", "/b/c", "/a/3", "/a/-4", "/a/-", "/a/x", "/a/0/b", "/",
        ] {
            check(pointer, json!({"a": [1, 2, 3]}), json!({"a": [1, 2, 3]}));
        }
    }
}
