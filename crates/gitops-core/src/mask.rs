//! Hides what Secrets hold, for people and logs.
//!
//! Equal values get the same mask and different values different ones, so that a
//! difference stays visible. The masks are valid base64.
//!
//! ```
//! use gitops_core::mask::Masking;
//! use serde_json::json;
//!
//! let secret = |value| json!({"apiVersion": "v1", "kind": "Secret",
//!     "metadata": {"name": "db"}, "data": {"password": value}});
//! let (target, live) = Masking::default().hide(Some(&secret("YQ==")), Some(&secret("Yg==")));
//! assert_eq!(target.unwrap()["data"]["password"], "++++++++");
//! assert_eq!(live.unwrap()["data"]["password"], "++++++++++++");
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::diff::normalize::secret;
use crate::patch::LAST_APPLIED;

/// What the first of several different values is shown as.
const MASK: &str = "++++++++";
/// What every further one is longer by.
const LONGER: &str = "++++";

/// What is hidden beside the data of Secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Masking {
    /// Annotations of Secrets whose values are hidden.
    pub annotations: BTreeSet<String>,
}

impl Masking {
    /// Hides these annotations of Secrets too; `setting` separates them by commas.
    pub fn of_setting(setting: &str) -> Self {
        let keys = setting.split(',').map(str::trim);
        let annotations = keys.filter(|key| !key.is_empty()).map(str::to_owned);
        Self {
            annotations: annotations.collect(),
        }
    }

    /// Copies of both sides of one object with what a Secret holds hidden; objects of
    /// other kinds are copied as they are.
    ///
    /// What client-side apply keeps in an annotation is hidden inside of it; where it
    /// is no JSON, all of it is.
    pub fn hide(
        &self,
        target: Option<&Value>,
        live: Option<&Value>,
    ) -> (Option<Value>, Option<Value>) {
        if ![target, live].into_iter().flatten().any(is_secret) {
            return (target.cloned(), live.cloned());
        }
        let prepare = |value: Option<&Value>| value.map(prepared);
        let (mut target, mut live) = (prepare(target), prepare(live));
        let mut applied = [Applied::of(target.as_ref()), Applied::of(live.as_ref())];
        let mut documents: Vec<&mut Value> = target.iter_mut().chain(live.iter_mut()).collect();
        documents.extend(applied.iter_mut().filter_map(Applied::value_mut));
        hide_in(&mut documents, &["data"], None);
        hide_in(
            &mut documents,
            &["metadata", "annotations"],
            Some(&self.annotations),
        );
        let [target_applied, live_applied] = applied;
        self.write_back(target.as_mut(), target_applied);
        self.write_back(live.as_mut(), live_applied);
        (target, live)
    }

    fn write_back(&self, document: Option<&mut Value>, applied: Applied) {
        let text = match applied {
            Applied::None => return,
            _ if self.annotations.contains(LAST_APPLIED) => MASK.to_owned(),
            Applied::Unreadable => MASK.to_owned(),
            Applied::Read(value) => value.to_string(),
        };
        if let Some(document) = document {
            document["metadata"]["annotations"][LAST_APPLIED] = text.into();
        }
    }
}

/// What client-side apply keeps in a document's annotation.
enum Applied {
    None,
    Unreadable,
    Read(Value),
}

impl Applied {
    fn of(document: Option<&Value>) -> Self {
        let annotation = document.and_then(|document| {
            document
                .get("metadata")?
                .get("annotations")?
                .get(LAST_APPLIED)
        });
        match annotation {
            None => Self::None,
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(value @ Value::Object(_)) => Self::Read(prepared(&value)),
                _ => Self::Unreadable,
            },
            Some(_) => Self::Unreadable,
        }
    }

    fn value_mut(&mut self) -> Option<&mut Value> {
        match self {
            Self::Read(value) => Some(value),
            Self::None | Self::Unreadable => None,
        }
    }
}

/// Whether a document is a Secret of the core group.
pub(crate) fn is_secret(document: &Value) -> bool {
    document.get("kind").and_then(Value::as_str) == Some("Secret")
        && document
            .get("apiVersion")
            .and_then(Value::as_str)
            .is_none_or(|version| !version.contains('/'))
}

/// A copy with `stringData` moved into `data`; where either is no map, nobody can say
/// what is in it, so all of it goes.
fn prepared(document: &Value) -> Value {
    let mut document = document.clone();
    let Some(map) = document.as_object_mut() else {
        return document;
    };
    for key in ["data", "stringData"] {
        let kept = map
            .get(key)
            .is_none_or(|value| value.is_object() || value.is_null());
        if !kept {
            map.insert(key.to_owned(), MASK.into());
        }
    }
    if let Some(moved) = secret(map) {
        *map = moved;
    }
    if map
        .get("data")
        .and_then(Value::as_object)
        .is_some_and(Map::is_empty)
    {
        map.insert("data".into(), Value::Null);
    }
    document
}

/// Masks the entries of the map at `path` in every document, all of them or those
/// named, each key on its own.
fn hide_in(documents: &mut [&mut Value], path: &[&str], only: Option<&BTreeSet<String>>) {
    let keys: BTreeSet<String> = documents
        .iter()
        .filter_map(|document| map_at(document, path))
        .flat_map(|map| map.keys().cloned())
        .filter(|key| only.is_none_or(|only| only.contains(key) && key != LAST_APPLIED))
        .collect();
    for key in keys {
        let mut masks: BTreeMap<String, String> = BTreeMap::new();
        for document in documents.iter_mut() {
            let place = map_at_mut(document, path).and_then(|map| map.get_mut(&key));
            let Some(place) = place else {
                continue;
            };
            let next = format!("{MASK}{}", LONGER.repeat(masks.len()));
            let mask = masks.entry(text_of(place)).or_insert(next);
            *place = mask.clone().into();
        }
    }
}

fn map_at<'a>(document: &'a Value, path: &[&str]) -> Option<&'a Map<String, Value>> {
    let end = path
        .iter()
        .try_fold(document, |value, key| value.get(*key))?;
    end.as_object()
}

fn map_at_mut<'a>(document: &'a mut Value, path: &[&str]) -> Option<&'a mut Map<String, Value>> {
    let end = path
        .iter()
        .try_fold(document, |value, key| value.get_mut(*key))?;
    end.as_object_mut()
}

/// Null and an empty text are the same value.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
