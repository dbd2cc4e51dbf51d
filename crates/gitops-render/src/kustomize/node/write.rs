//! Trees as YAML, without a copy of them as JSON.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gitops_core::yaml::{View, Viewed};
use serde_json::Value;

use super::{Error, Map, Node};

/// The most keys that are compared one with the other to find equal ones.
const FEW: usize = 12;

impl Node {
    /// Checks that the tree has a JSON form.
    ///
    /// # Errors
    ///
    /// Names the line of what JSON cannot say.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::Scalar(scalar) if scalar.is_text() => Ok(()),
            Self::Scalar(scalar) => scalar.to_value().map(drop),
            Self::List(list) => list.iter().try_for_each(Self::check),
            Self::Map(map) => {
                map.check_keys()?;
                map.0.iter().try_for_each(|(_, node)| node.check())
            }
        }
    }
}

impl Map {
    /// Checks that every key is text and stands once.
    pub(super) fn check_keys(&self) -> Result<(), Error> {
        let keys = || self.0.iter().map(|(key, _)| key);
        let mut many = BTreeSet::new();
        for (at, key) in keys().enumerate() {
            if !key.is_key() {
                return Err(Error::Key {
                    line: key.line,
                    key: key.text.clone(),
                });
            }
            let is_again = if self.0.len() > FEW {
                !many.insert(key.text.as_str())
            } else {
                keys().take(at).any(|other| other.text == key.text)
            };
            if is_again {
                let first = keys().find(|other| other.text == key.text);
                return Err(Error::DuplicateKey {
                    line: key.line,
                    key: key.text.clone(),
                    first: first.map_or(0, |first| first.line),
                });
            }
        }
        Ok(())
    }
}

/// What has no JSON form is seen as its text.
impl Viewed for Node {
    fn view(&self) -> View<'_, Self> {
        let scalar = match self {
            Self::List(list) => return View::List(list),
            Self::Map(map) => return View::Map(map.iter().collect()),
            Self::Scalar(scalar) => scalar,
        };
        let text = || View::Text(Cow::Borrowed(scalar.text.as_str()));
        if scalar.is_text() {
            return text();
        }
        match scalar.to_value() {
            Ok(Value::Null) => View::Null,
            Ok(Value::Bool(truth)) => View::Bool(truth),
            Ok(Value::Number(number)) => View::Number(Cow::Owned(number)),
            Ok(Value::String(text)) => View::Text(Cow::Owned(text)),
            _ => text(),
        }
    }
}
