//! Lists: merged by key, merged as sets, or taken whole.

mod keys;
mod order;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Merge, Merged, Place, Reading};
use crate::diff::scalar::same;
use crate::fieldset::keys_of;
use crate::schema::{Patch, Schema};

use keys::{Identity, Keyed, Keys};
use order::{Item, interleave, is_as_before};

impl Merge {
    /// Merges two lists; `None` when live stays as it is.
    pub(super) fn lists(
        &mut self,
        place: Place<'_>,
        live: &[Value],
        target: &[Value],
        origin: Option<&Vec<Value>>,
    ) -> Option<Merged> {
        let origin = origin.map_or(&[][..], Vec::as_slice);
        let all = || [live, target, origin].into_iter().flatten();
        match place.patch() {
            Patch::Key(key) if self.strategic && all().all(|value| value.get(&**key).is_some()) => {
                self.by_key(place, key, live, target, origin)
            }
            Patch::Set if self.strategic && all().all(|value| !value.is_object()) => {
                set(live, target, origin)
            }
            _ if self.strategic && is_claim_templates(place) && same_claims(live, target) => {
                self.claim_templates(place, live, target, origin)
            }
            _ if self.strategic => self.whole(place, live, target),
            _ => self.by_position(place, live, target, origin),
        }
    }

    /// The server fills in so much of a claim's template that the list, which merges
    /// as a whole, would always differ.
    fn claim_templates(
        &mut self,
        place: Place<'_>,
        live: &[Value],
        target: &[Value],
        origin: &[Value],
    ) -> Option<Merged> {
        let element = place.element();
        let mut changed = false;
        let mut merged = Vec::with_capacity(live.len());
        for (index, (live, target)) in live.iter().zip(target).enumerate() {
            let one = self.values(element, live, target, origin.get(index));
            changed |= one.is_some();
            merged.push(one.map_or_else(|| live.clone(), |one| one.value));
        }
        changed.then(|| Merged {
            value: merged.into(),
            patch: target.to_vec().into(),
            directives: Vec::new(),
        })
    }

    fn whole(&self, place: Place<'_>, live: &[Value], target: &[Value]) -> Option<Merged> {
        if live.len() == target.len() && live.iter().zip(target).all(|(l, t)| same(l, t)) {
            return None;
        }
        let element = place.element();
        let read = |list: &[Value]| -> Vec<Value> {
            let copies = list.iter().map(|value| self.copy(element.schema, value));
            copies.collect()
        };
        let wanted = read(target);
        let unchanged = match self.reading {
            Reading::Raw => live == wanted,
            _ => read(live) == wanted,
        };
        (!unchanged).then(|| Merged::replaced(wanted.into()))
    }

    /// Where the server merges no lists a list is replaced whole, unless what is
    /// wanted of each element is already there.
    fn by_position(
        &mut self,
        place: Place<'_>,
        live: &[Value],
        target: &[Value],
        origin: &[Value],
    ) -> Option<Merged> {
        let element = place.element();
        let covered = counterparts(place, live, target).is_some_and(|live| {
            let mut pairs = live.iter().zip(target).enumerate();
            pairs.all(|(index, (live, target))| match self.reading {
                Reading::Raw => same(live, &self.copy(element.schema, target)),
                _ => self
                    .values(element, live, target, origin.get(index))
                    .is_none(),
            })
        });
        let wanted = || {
            target
                .iter()
                .map(|value| self.copy(element.schema, value))
                .collect()
        };
        (!covered).then(|| Merged::replaced(Value::Array(wanted())))
    }

    /// Whether the elements have the same keys in the same order and nothing in them
    /// changes: the usual case, which needs no index.
    fn is_paired(&mut self, place: Place<'_>, key: &str, live: &[Value], target: &[Value]) -> bool {
        live.len() == target.len()
            && live.iter().zip(target).all(|(live, target)| {
                match (live.get(key), target.get(key)) {
                    (Some(live), Some(target)) => same(live, target),
                    (live, target) => live == target,
                }
            })
            && live
                .iter()
                .zip(target)
                .all(|(live, target)| self.values(place, live, target, None).is_none())
    }

    fn by_key(
        &mut self,
        place: Place<'_>,
        key: &str,
        live: &[Value],
        target: &[Value],
        origin: &[Value],
    ) -> Option<Merged> {
        let element = place.element();
        if origin.is_empty() && self.is_paired(element, key, live, target) {
            return None;
        }
        let keys = self.keys(place, key, [live, target, origin]);
        let [live, target, origin] = [live, target, origin].map(|list| keys.identify(list));
        let mut patch = Vec::new();
        let mut wanted = Vec::with_capacity(target.list.len());
        for (value, id) in target.list.iter().zip(&target.ids) {
            let item = match live.at(id) {
                Some(at) => {
                    let merged = self.values(element, &live.list[at], value, origin.get(id));
                    Item::merged(at, merged)
                }
                None => Item::new(Merged::replaced(self.copy(element.schema, value))),
            };
            patch.extend(item.patch.clone().map(|patch| with_key(patch, key, value)));
            wanted.push(item);
        }
        let (removed, live_only) = left_over(&live, &target, &origin);
        patch.extend(removed.iter().map(|at| deletion(key, &live.list[*at])));
        let order = interleave(wanted, &live_only);
        if patch.is_empty() && is_as_before(&order, live.list.len()) {
            return None;
        }
        let items = order.into_iter();
        Some(Merged {
            value: items.map(|item| item.take(live.list)).collect(),
            patch: some_list(patch),
            directives: vec![("$setElementOrder", order_of(key, target.list))],
        })
    }

    /// The one key of a strategic patch, or, where that repeats, those of the structured
    /// merge, with a warning.
    fn keys<'a>(&mut self, place: Place<'a>, key: &'a str, lists: [&[Value]; 3]) -> Keys<'a> {
        let keys = Keys {
            names: vec![(key, None)],
        };
        if !lists.into_iter().any(|list| keys.repeat(list)) {
            return keys;
        }
        self.ambiguous.push(key.to_owned());
        Keys::of_structured_merge(place).unwrap_or(keys)
    }
}

/// The live elements that nobody wants: those that were applied and go, and those that
/// somebody else put there and stay.
fn left_over(live: &Keyed<'_>, target: &Keyed<'_>, origin: &Keyed<'_>) -> (Vec<usize>, Vec<usize>) {
    let unwanted = live.ids.iter().enumerate();
    let unwanted = unwanted.filter(|(_, id)| target.at(id).is_none());
    let (removed, live_only): (Vec<_>, Vec<_>) =
        unwanted.partition(|(_, id)| origin.at(id).is_some());
    let places = |found: Vec<(usize, &Identity)>| found.into_iter().map(|(at, _)| at).collect();
    (places(removed), places(live_only))
}

/// A list, or null where it has nothing.
fn some_list(list: Vec<Value>) -> Value {
    if list.is_empty() {
        Value::Null
    } else {
        list.into()
    }
}

/// The live element of each wanted one: by the keys that a custom resource's schema
/// tells, else by their order; `None` where one has none.
fn counterparts<'a>(
    place: Place<'_>,
    live: &'a [Value],
    target: &[Value],
) -> Option<Vec<&'a Value>> {
    if live.len() != target.len() {
        return None;
    }
    let keys = keys_of(place.schema, live).zip(keys_of(place.schema, target));
    let Some((live_keys, keys)) = keys else {
        return Some(live.iter().collect());
    };
    let by_key: BTreeMap<_, _> = live_keys.into_iter().zip(live).collect();
    keys.iter().map(|key| by_key.get(key).copied()).collect()
}

fn is_claim_templates(place: Place<'_>) -> bool {
    let field = place.schema.and_then(Schema::field);
    field.is_some_and(|field| field.name == "volumeClaimTemplates")
}

fn same_claims(live: &[Value], target: &[Value]) -> bool {
    let name = |claim: &Value| claim.pointer("/metadata/name").cloned();
    live.len() == target.len()
        && live
            .iter()
            .zip(target)
            .all(|(live, target)| name(live) == name(target))
}

/// Merges lists of scalars: what is wanted, then what only live has.
fn set(live: &[Value], target: &[Value], origin: &[Value]) -> Option<Merged> {
    let added: Vec<Value> = target
        .iter()
        .filter(|value| !live.contains(value))
        .cloned()
        .collect();
    let is_removed = |value: &&Value| origin.contains(value) && !target.contains(value);
    let removed: Vec<Value> = live.iter().filter(is_removed).cloned().collect();
    let wanted = target
        .iter()
        .map(
            |value| match live.iter().position(|current| current == value) {
                Some(at) => Item::merged(at, None),
                None => Item::new(Merged::replaced(value.clone())),
            },
        )
        .collect();
    let live_only: Vec<usize> = (0..live.len())
        .filter(|at| !target.contains(&live[*at]) && !origin.contains(&live[*at]))
        .collect();
    let order = interleave(wanted, &live_only);
    if is_as_before(&order, live.len()) {
        return None;
    }
    let mut directives = vec![("$setElementOrder", target.to_vec().into())];
    if !removed.is_empty() {
        directives.push(("$deleteFromPrimitiveList", removed.into()));
    }
    Some(Merged {
        value: order.into_iter().map(|item| item.take(live)).collect(),
        patch: some_list(added),
        directives,
    })
}

fn with_key(mut patch: Value, key: &str, element: &Value) -> Value {
    if let (Value::Object(map), Some(value)) = (&mut patch, element.get(key)) {
        map.insert(key.to_owned(), value.clone());
    }
    patch
}

fn deletion(key: &str, element: &Value) -> Value {
    let mut map = Map::new();
    map.insert("$patch".into(), "delete".into());
    map.insert(
        key.to_owned(),
        element.get(key).cloned().unwrap_or_default(),
    );
    map.into()
}

fn order_of(key: &str, target: &[Value]) -> Value {
    let only_key = |element: &Value| {
        let value = element.get(key).cloned().unwrap_or_default();
        Value::Object(Map::from_iter([(key.to_owned(), value)]))
    };
    target.iter().map(only_key).collect()
}
