//! One path that a program names.

use jaq_json::Val;
use jaq_std::ValT as _;
use serde_json::Value;

/// Where something is in a document, from the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ignore) struct Place(pub(in crate::ignore) Vec<Step>);

/// One step of a path. Indexes order by number, so that later ones go first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ignore) enum Step {
    /// A map's key.
    Key(String),
    /// A list's index; a negative one counts from the end.
    Index(i64),
    /// Part of a list.
    Range(Option<i64>, Option<i64>),
}

impl Place {
    pub(in crate::ignore) fn from_value(path: &Val) -> Result<Self, String> {
        let Val::Arr(steps) = path else {
            return Err("a path is not a list".into());
        };
        let steps: Result<_, String> = steps.iter().map(step).collect();
        steps.map(Self)
    }

    /// Whether it leads to something.
    pub(in crate::ignore) fn is_in(&self, document: &Value) -> bool {
        let mut value = document;
        for step in &self.0 {
            let next = match (value, step) {
                (Value::Object(map), Step::Key(key)) => map.get(key),
                (Value::Array(list), Step::Index(index)) => {
                    Step::position(*index, list.len()).and_then(|at| list.get(at))
                }
                (Value::Array(list), Step::Range(from, to)) => {
                    return !Step::range(*from, *to, list.len()).is_empty();
                }
                _ => None,
            };
            match next {
                Some(next) => value = next,
                None => return false,
            }
        }
        true
    }

    /// Removes what it leads to; whether there was something.
    pub(in crate::ignore) fn remove(&self, document: &mut Value) -> bool {
        let Some((last, parents)) = self.0.split_last() else {
            return false;
        };
        let mut value = document;
        for step in parents {
            match descend(value, step) {
                Some(child) => value = child,
                None => return false,
            }
        }
        match (value, last) {
            (Value::Object(map), Step::Key(key)) => map.remove(key).is_some(),
            (Value::Array(items), Step::Index(index)) => {
                let at = Step::position(*index, items.len());
                at.map(|at| items.remove(at)).is_some()
            }
            (Value::Array(items), Step::Range(from, to)) => {
                let range = Step::range(*from, *to, items.len());
                items.drain(range).next().is_some()
            }
            _ => false,
        }
    }
}

fn descend<'a>(value: &'a mut Value, step: &Step) -> Option<&'a mut Value> {
    match (value, step) {
        (Value::Object(map), Step::Key(key)) => map.get_mut(key),
        (Value::Array(list), Step::Index(index)) => {
            let at = Step::position(*index, list.len())?;
            list.get_mut(at)
        }
        _ => None,
    }
}

impl Step {
    pub(in crate::ignore) fn position(index: i64, length: usize) -> Option<usize> {
        let length = i64::try_from(length).ok()?;
        let at = if index < 0 {
            length.checked_add(index)?
        } else {
            index
        };
        (0..length)
            .contains(&at)
            .then(|| usize::try_from(at).ok())?
    }

    pub(super) fn range(
        from: Option<i64>,
        to: Option<i64>,
        length: usize,
    ) -> std::ops::Range<usize> {
        let end = i64::try_from(length).unwrap_or(i64::MAX);
        let bound = |index: Option<i64>, absent: i64| {
            let index = index.unwrap_or(absent);
            let index = if index < 0 {
                end.saturating_add(index)
            } else {
                index
            };
            usize::try_from(index.clamp(0, end)).unwrap_or(length)
        };
        let (from, to) = (bound(from, 0), bound(to, end));
        from..to.max(from)
    }
}

fn step(value: &Val) -> Result<Step, String> {
    match value {
        Val::TStr(text) | Val::BStr(text) => {
            Ok(Step::Key(String::from_utf8_lossy(text).into_owned()))
        }
        Val::Num(_) => integer(value).map(Step::Index),
        Val::Obj(bounds) => {
            let bound = |key: &str| match bounds.get(&Val::from(key.to_owned())) {
                None | Some(Val::Null) => Ok(None),
                Some(value) => integer(value).map(Some),
            };
            Ok(Step::Range(bound("start")?, bound("end")?))
        }
        _ => Err("a path has a step that is no key and no index".into()),
    }
}

fn integer(value: &Val) -> Result<i64, String> {
    let number = value.as_f64().ok_or("an index is no number")?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "indexes are cut as jq cuts them"
    )]
    let index = number.floor() as i64;
    Ok(index)
}
