//! One place in a document.

use serde_json::Value;

#[cfg(feature = "jq")]
use crate::{diff::path::key_names, schema::Schema};

/// Where something is in a document, from the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(pub(crate) Vec<Step>);

/// One step of a path. Indexes order by number, so that later ones go first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// A map's key.
    Key(String),
    /// A list's index; a negative one counts from the end.
    Index(i64),
    /// Part of a list.
    #[cfg_attr(
        not(feature = "jq"),
        expect(dead_code, reason = "only expressions name part of a list")
    )]
    Range(Option<i64>, Option<i64>),
}

impl Place {
    /// What it leads to.
    pub(crate) fn get<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        let mut value = document;
        for step in &self.0 {
            value = match (value, step) {
                (Value::Object(map), Step::Key(key)) => map.get(key)?,
                (Value::Array(list), Step::Index(index)) => {
                    list.get(Step::position(*index, list.len())?)?
                }
                _ => return None,
            };
        }
        Some(value)
    }

    /// The same place, or, where it leads to part of a list, the whole list.
    #[cfg(feature = "jq")]
    pub(super) fn without_range(&self) -> Self {
        let is_range = |step: &&Step| matches!(step, Step::Range(..));
        Self(
            self.0
                .iter()
                .take_while(|step| !is_range(step))
                .cloned()
                .collect(),
        )
    }

    /// Whether a part of it is an element of a list.
    pub(crate) fn is_in_list(&self) -> bool {
        self.0.iter().any(|step| !matches!(step, Step::Key(_)))
    }

    /// Removes what it leads to; whether there was something.
    pub(crate) fn remove(&self, document: &mut Value) -> bool {
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
    pub(crate) fn position(index: i64, length: usize) -> Option<usize> {
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

/// The place in `to` that is the same as `place` in `from`.
#[cfg(feature = "jq")]
pub(super) fn same_place(
    place: &Place,
    mut schema: Option<Schema<'_>>,
    mut from: &Value,
    mut to: &Value,
) -> Option<Place> {
    let mut steps = Vec::with_capacity(place.0.len());
    for step in &place.0 {
        match step {
            Step::Key(key) => {
                (from, to) = (from.get(key)?, to.get(key)?);
                schema = schema.and_then(|schema| schema.get(key));
                steps.push(step.clone());
            }
            Step::Index(index) => {
                let (source, others) = (from.as_array()?, to.as_array()?);
                let place = Step::position(*index, source.len())?;
                let element = &source[place];
                let is_it = |(_, other): &(usize, &Value)| is_same(schema, element, other);
                // Of equal elements each has the one of the same number beside it.
                let before = source[..place].iter().enumerate().filter(is_it).count();
                let (at, _) = others.iter().enumerate().filter(is_it).nth(before)?;
                (from, to) = (element, &others[at]);
                schema = schema.and_then(Schema::element);
                steps.push(Step::Index(i64::try_from(at).ok()?));
            }
            Step::Range(..) => return None,
        }
    }
    Some(Place(steps))
}

/// Whether two elements of a list are the same one, by its keys or its name.
#[cfg(feature = "jq")]
fn is_same(schema: Option<Schema<'_>>, left: &Value, right: &Value) -> bool {
    let keys = schema.and_then(key_names).unwrap_or_else(|| vec!["name"]);
    let known = keys.iter().any(|key| left.get(*key).is_some());
    if known {
        keys.iter().all(|key| left.get(*key) == right.get(*key))
    } else {
        left == right
    }
}
