//! What tells the elements of a list apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::Place;
use crate::diff::scalar;
use crate::schema::{Merge as Structured, Schema};

/// What tells the elements of a list apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    /// The text of each key's value.
    values: Vec<String>,
    /// Counts elements with equal values.
    occurrence: usize,
}

/// The keys that tell elements apart, with the defaults for absent ones.
pub(super) struct Keys<'a> {
    pub(super) names: Vec<(&'a str, Option<&'a Value>)>,
}

impl<'a> Keys<'a> {
    /// The keys of a structured merge, which may be several.
    pub(super) fn of_structured_merge(place: Place<'a>) -> Option<Self> {
        let schema = place.schema?;
        let Structured::Keys(names) = &schema.field()?.merge else {
            return None;
        };
        let element = schema.element();
        let default = |name: &str| {
            let field = element
                .and_then(|element| element.get(name))
                .and_then(Schema::field);
            field.and_then(|field| field.default.as_ref())
        };
        let names = names.iter().map(|name| (&**name, default(name)));
        Some(Self {
            names: names.collect(),
        })
    }

    fn values(&self, element: &Value) -> Vec<String> {
        let value = |(name, default): &(&str, Option<&Value>)| match element.get(*name).or(*default)
        {
            Some(Value::String(text)) => text.clone(),
            Some(value) => whole_number(value).unwrap_or_else(|| value.to_string()),
            None => String::new(),
        };
        self.names.iter().map(value).collect()
    }

    pub(super) fn repeat(&self, list: &[Value]) -> bool {
        let mut seen = BTreeSet::new();
        !list.iter().all(|element| seen.insert(self.values(element)))
    }

    pub(super) fn identify<'v>(&self, list: &'v [Value]) -> Keyed<'v> {
        let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        let identity = |element| {
            let values = self.values(element);
            let count = seen.entry(values.clone()).or_default();
            let occurrence = *count;
            *count += 1;
            Identity { values, occurrence }
        };
        let ids: Vec<Identity> = list.iter().map(identity).collect();
        let places = ids.iter().cloned().zip(0..).collect();
        Keyed { list, ids, places }
    }
}

/// A list with what tells its elements apart.
pub(super) struct Keyed<'a> {
    pub(super) list: &'a [Value],
    pub(super) ids: Vec<Identity>,
    places: BTreeMap<Identity, usize>,
}

impl<'a> Keyed<'a> {
    pub(super) fn at(&self, id: &Identity) -> Option<usize> {
        self.places.get(id).copied()
    }

    pub(super) fn get(&self, id: &Identity) -> Option<&'a Value> {
        self.list.get(self.at(id)?)
    }
}

/// A number without a fraction has one text, however it is written.
fn whole_number(value: &Value) -> Option<String> {
    let form = scalar::canonical(None, value)?;
    Some(form.to_string())
}
