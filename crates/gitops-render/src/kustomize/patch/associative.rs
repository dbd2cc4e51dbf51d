//! Lists merged by key, step by step as the reference does.
//!
//! The order of the result and the odd cases (absent keys, equal keys) come from a fixed series of
//! look-ups and replacements, so the series is followed. Elements are shared between the lists on the
//! way: one that is merged changes in all of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::schema::Place;
use super::strategic::Merger;
use crate::kustomize::node::{Node, Scalar};

type Item = Rc<RefCell<Node>>;
type Values = Vec<String>;

/// Merges the elements of `patch` into `old`.
pub(super) fn merge<'a>(
    merger: &Merger<'a>,
    old: Vec<Node>,
    patch: Vec<Node>,
    keys: &[String],
    elements: Option<Place<'a>>,
) -> Result<Vec<Node>, String> {
    let (old, patch) = match regular(merger, old, patch, keys, elements)? {
        Merged::Done(list) => return Ok(list),
        Merged::Irregular(old, patch) => (old, patch),
    };
    if old.len() + patch.len() > MOST {
        return Err(format!(
            "more than {MOST} elements whose merge keys are absent or equal"
        ));
    }
    let share = |list: Vec<Node>| -> Vec<Item> {
        list.into_iter()
            .map(|node| Rc::new(RefCell::new(node)))
            .collect()
    };
    let (mut old, patch) = (share(old), share(patch));
    let scalar_key = [String::new()];
    let keys = if keys.is_empty() {
        &scalar_key[..]
    } else {
        keys
    };
    let mut tuples = tuples(&patch, &old, keys);
    if keys.len() > 1 {
        unify(&mut tuples);
    }
    let mut added: Vec<Item> = Vec::new();
    let mut used_keys = keys.to_vec();
    for tuple in &tuples {
        let (used, values) = used(&tuples, tuple, keys);
        used_keys.clone_from(&used);
        let (own_keys, own_values) = own(&used, &values);
        let partner = find(&old, &own_keys, &own_values);
        let change = find(&patch, &own_keys, &own_values);
        let merged = merge_items(merger, partner, change, elements)?;
        let Some(merged) = merged else {
            for _ in &used {
                set(&mut old, None, &used, &values)?;
            }
            continue;
        };
        fill_keys(&merged, &used, &values);
        set(&mut added, Some(&merged), &used, &values)?;
    }
    if tuples.is_empty() {
        added = old;
    } else {
        append(&mut added, &old, &used_keys)?;
    }
    Ok(added
        .into_iter()
        .map(|item| item.borrow().clone())
        .collect())
}

/// How many elements are merged one by one, which takes a time that grows with their square.
const MOST: usize = 2_000;

enum Merged {
    Done(Vec<Node>),
    Irregular(Vec<Node>, Vec<Node>),
}

/// Merges lists whose elements all have the one key, each a value of its own: the patch's elements
/// come first, merged with the old ones of their key, then the remaining old ones.
fn regular<'a>(
    merger: &Merger<'a>,
    old: Vec<Node>,
    patch: Vec<Node>,
    keys: &[String],
    elements: Option<Place<'a>>,
) -> Result<Merged, String> {
    let [key] = keys else {
        return Ok(Merged::Irregular(old, patch));
    };
    let has_directive = patch.iter().any(|item| item.get("$patch").is_some());
    let (Some(places), Some(_), false) = (places(&old, key), places(&patch, key), has_directive)
    else {
        return Ok(Merged::Irregular(old, patch));
    };
    let mut old: Vec<Option<Node>> = old.into_iter().map(Some).collect();
    let mut pairs = Vec::with_capacity(old.len() + patch.len());
    for item in patch {
        let place = item.get(key).and_then(Node::as_text);
        let place = place.and_then(|text| places.get(text));
        let partner = place.and_then(|at| old[*at].take());
        pairs.push((partner, Some(item)));
    }
    pairs.extend(old.into_iter().flatten().map(|item| (Some(item), None)));
    let mut list = Vec::with_capacity(pairs.len());
    for (old, patch) in pairs {
        let merged = merger.walk(old, patch, elements)?;
        list.extend(merged.filter(|node| !node.is_null() && !is_empty_map(node)));
    }
    Ok(Merged::Done(list))
}

/// Where each value of the key stands; nothing, where one is absent or stands twice.
fn places(list: &[Node], key: &str) -> Option<BTreeMap<String, usize>> {
    let mut places = BTreeMap::new();
    for (at, item) in list.iter().enumerate() {
        let value = item.as_map()?.get(key)?;
        let text = value.as_text().filter(|text| !text.is_empty())?;
        if value.is_null() || places.insert(text.to_owned(), at).is_some() {
            return None;
        }
    }
    Some(places)
}

/// The key values of all elements, the patch's first; `""` stands for an absent key.
fn tuples(patch: &[Item], old: &[Item], keys: &[String]) -> Vec<Values> {
    let mut tuples: Vec<Values> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for item in patch.iter().chain(old) {
        let item = item.borrow();
        let value = |key: &String| match &*item {
            Node::Scalar(scalar) if key.is_empty() => scalar.text.clone(),
            node => node
                .get(key)
                .and_then(Node::as_text)
                .unwrap_or_default()
                .to_owned(),
        };
        let tuple: Values = keys.iter().map(value).collect();
        if seen.insert(tuple.clone()) {
            tuples.push(tuple);
        }
    }
    tuples
}

/// Tuples that agree somewhere and contradict nowhere become one.
fn unify(tuples: &mut [Values]) {
    for outer in 0..tuples.len() {
        let first = tuples[outer].clone();
        for inner in 0..tuples.len() {
            if let Some(union) = union(&first, &tuples[inner]) {
                tuples[outer].clone_from(&union);
                tuples[inner] = union;
            }
        }
    }
}

fn union(a: &[String], b: &[String]) -> Option<Values> {
    let pairs = || a.iter().zip(b);
    let contradicts = pairs().any(|(a, b)| a != b && !a.is_empty() && !b.is_empty());
    if contradicts || !pairs().any(|(a, b)| a == b) {
        return None;
    }
    Some(
        pairs()
            .map(|(a, b)| if a.is_empty() { b.clone() } else { a.clone() })
            .collect(),
    )
}

/// The keys some tuple has, with this tuple's values; all keys where there are none.
fn used(tuples: &[Values], tuple: &[String], keys: &[String]) -> (Vec<String>, Values) {
    let is_used = |at: usize| tuples.iter().any(|tuple| !tuple[at].is_empty());
    let used: Vec<usize> = (0..keys.len()).filter(|at| is_used(*at)).collect();
    if used.is_empty() {
        return (keys.to_vec(), tuple.to_vec());
    }
    let pick = |list: &[String]| used.iter().map(|at| list[*at].clone()).collect();
    (pick(keys), pick(tuple))
}

/// The keys a tuple has itself; all of them where it has none.
fn own(keys: &[String], values: &[String]) -> (Vec<String>, Values) {
    let own = keys
        .iter()
        .zip(values)
        .filter(|(_, value)| !value.is_empty());
    let (own_keys, own_values): (Vec<_>, Vec<_>) =
        own.map(|(key, value)| (key.clone(), value.clone())).unzip();
    if own_keys.is_empty() {
        return (keys.to_vec(), values.to_vec());
    }
    (own_keys, own_values)
}

/// The first element with these values.
fn find(list: &[Item], keys: &[String], values: &[String]) -> Option<Item> {
    let found = list.iter().find(|item| match &*item.borrow() {
        Node::Scalar(scalar) => keys[0].is_empty() && scalar.text == values[0],
        Node::Map(map) => keys.iter().zip(values).all(|(key, value)| {
            map.get(key)
                .is_some_and(|field| field.as_text() == Some(value.as_str()))
        }),
        Node::List(_) => false,
    });
    found.cloned()
}

/// Merges two elements; the old one, where there is one, is changed in its place.
fn merge_items<'a>(
    merger: &Merger<'a>,
    old: Option<Item>,
    patch: Option<Item>,
    elements: Option<Place<'a>>,
) -> Result<Option<Item>, String> {
    let replaces = patch.as_ref().is_some_and(|patch| {
        let patch = patch.borrow();
        patch.get("$patch").and_then(Node::as_text) == Some("replace")
    });
    let before = old.as_ref().map(|item| item.borrow().clone());
    let is_scalar = matches!(before, Some(Node::Scalar(_)));
    let change = patch.map(|item| item.borrow().clone());
    let merged = merger.walk(before, change, elements)?;
    let merged = merged.filter(|node| !node.is_null() && !is_empty_map(node));
    Ok(merged.map(|node| match old {
        Some(item) if !replaces && !is_scalar => {
            *item.borrow_mut() = node;
            item
        }
        _ => Rc::new(RefCell::new(node)),
    }))
}

fn is_empty_map(node: &Node) -> bool {
    node.as_map()
        .is_some_and(crate::kustomize::node::Map::is_empty)
}

/// Sets keys that the element lacks and its tuple has.
fn fill_keys(item: &Item, keys: &[String], values: &[String]) {
    let mut item = item.borrow_mut();
    let Some(map) = item.as_map_mut() else {
        return;
    };
    for (key, value) in keys.iter().zip(values) {
        if !value.is_empty() && map.get(key).is_none() {
            map.set(key, Node::Scalar(Scalar::plain(value.as_str())));
        }
    }
}

/// Replaces every element with these values, or removes them; appends where there is none.
///
/// An empty value fits every element that has the key; empty elements are dropped.
fn set(
    list: &mut Vec<Item>,
    element: Option<&Item>,
    keys: &[String],
    values: &[String],
) -> Result<(), String> {
    let sets_maps = keys.first().is_some_and(|key| !key.is_empty())
        && values.first().is_some_and(|value| !value.is_empty());
    let mut found_any = false;
    let mut kept = Vec::with_capacity(list.len() + 1);
    for item in list.drain(..) {
        let node = item.borrow();
        if node.is_null() || is_empty_map(&node) {
            continue;
        }
        if !matches!(*node, Node::Map(_)) && sets_maps {
            drop(node);
            kept.push(item);
            continue;
        }
        let found = fits(&node, keys, values)?;
        drop(node);
        if !found {
            if !values.is_empty() {
                kept.push(item);
            }
            continue;
        }
        found_any = true;
        kept.extend(element.cloned());
    }
    if !found_any {
        kept.extend(element.cloned());
    }
    *list = kept;
    Ok(())
}

/// Whether an element has these values. Positions past the last value count as the one before.
fn fits(node: &Node, keys: &[String], values: &[String]) -> Result<bool, String> {
    let mut fits = false;
    for (at, key) in keys.iter().enumerate() {
        if let Some(value) = values.get(at) {
            fits = match node {
                Node::Scalar(scalar) if key.is_empty() => scalar.text == *value,
                Node::Map(map) if !key.is_empty() => map.get(key).is_some_and(|field| {
                    value.is_empty() || field.as_text() == Some(value.as_str())
                }),
                _ => {
                    let found = node.kind_name();
                    return Err(format!(
                        "wrong node kind: expected MappingNode but got {found}"
                    ));
                }
            };
        }
        if !fits {
            return Ok(false);
        }
    }
    Ok(fits)
}

/// Puts the old elements behind the added ones, or back in their place.
fn append(added: &mut Vec<Item>, old: &[Item], keys: &[String]) -> Result<(), String> {
    for item in old {
        if keys[0].is_empty() {
            let text = item.borrow().as_text().unwrap_or_default().to_owned();
            set(added, Some(item), keys, &[text])?;
            continue;
        }
        let mut values = Vec::new();
        for key in keys {
            let value = item
                .borrow()
                .get(key)
                .filter(|it| !it.is_null())
                .map(|field| field.as_text().unwrap_or_default().to_owned());
            match value {
                Some(value) => values.push(value),
                None => added.push(item.clone()),
            }
        }
        if keys.len() > 1 {
            set(added, None, keys, &values)?;
        }
        set(added, Some(item), keys, &values)?;
    }
    Ok(())
}
