//! JSON pointers, as JSON Patch removes what they point at.

use serde_json::Value;

/// Where something is in a document, from the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(Vec<String>);

impl Pointer {
    /// What stands before the first slash does not count; a text without a slash
    /// points nowhere.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (_, path) = text.split_once('/')?;
        let unescape = |segment: &str| segment.replace("~1", "/").replace("~0", "~");
        Some(Self(path.split('/').map(unescape).collect()))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether a part of it may be a list's index.
    pub(crate) fn may_index(&self) -> bool {
        self.0.iter().any(|segment| segment.parse::<i64>().is_ok())
    }

    /// Removes what it points at; whether there was something.
    pub(crate) fn remove(&self, document: &mut Value) -> bool {
        let Some((last, parents)) = self.0.split_last() else {
            return false;
        };
        let mut place = document;
        for segment in parents {
            let next = match place {
                Value::Object(map) => map.get_mut(segment),
                Value::Array(items) => segment.parse().ok().and_then(|at: usize| items.get_mut(at)),
                _ => None,
            };
            match next {
                Some(next) => place = next,
                None => return false,
            }
        }
        match place {
            Value::Object(map) => map.remove(last).is_some(),
            Value::Array(items) => match index(last, items.len()) {
                Some(at) => {
                    items.remove(at);
                    true
                }
                None => false,
            },
            _ => false,
        }
    }
}

/// An index into a list; a negative one counts from the end.
fn index(segment: &str, length: usize) -> Option<usize> {
    let number: i64 = segment.parse().ok()?;
    let length = i64::try_from(length).ok()?;
    let at = if number < 0 {
        length.checked_add(number)?
    } else {
        number
    };
    (0..length)
        .contains(&at)
        .then(|| usize::try_from(at).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
    #[track_caller]
    fn check(pointer: &str, mut document: Value, expected: Value) {
        if let Some(pointer) = Pointer::parse(pointer) {
            pointer.remove(&mut document);
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
