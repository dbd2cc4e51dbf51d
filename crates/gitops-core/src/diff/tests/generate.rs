//! Pairs of objects made from real ones by edits on either side.
//!
//! The same seed makes the same pairs everywhere, so that a verdict of the reference
//! can be kept without the pair.

mod edit;
mod rule;

use serde_json::{Value, json};

use crate::patch::LAST_APPLIED;

/// Numbers that look random (xorshift).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// One case in the form that the reference's oracle reads.
pub(super) fn case(pairs: &[Value], random: &mut Random) -> Value {
    let mut case = pairs[random.below(pairs.len())].clone();
    for side in ["target", "live"] {
        for _ in 0..random.below(3) {
            edit::edit(&mut case[side], random);
        }
    }
    if random.one_in(6)
        && let Some(Value::Object(annotations)) = case["live"]["metadata"].get_mut("annotations")
    {
        annotations.remove(LAST_APPLIED);
    }
    if random.one_in(3) {
        rule::add(&mut case, random);
    }
    if random.one_in(4) && case["target"].get("aggregationRule").is_some() {
        case["options"] = json!({"ignoreAggregatedRoles": true});
    }
    case
}

/// The places that an edit may change, as pointer segments.
fn places(object: &Value) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    collect(object, &mut Vec::new(), &mut all);
    all
}

fn collect(value: &Value, path: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, child)| (key.clone(), child))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, child)| (at.to_string(), child))
            .collect(),
        _ => return,
    };
    for (step, child) in children {
        path.push(step);
        if !is_fixed(path) {
            all.push(path.clone());
        }
        collect(child, path, all);
        path.pop();
    }
}

/// What identifies an object, and what no manifest sets.
fn is_fixed(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        path.as_slice(),
        ["apiVersion" | "kind" | "metadata" | "status", ..] if !matches!(path.as_slice(), ["metadata", "labels" | "annotations", ..])
    ) || path.contains(&LAST_APPLIED)
}

fn child<'a>(parent: &'a mut Value, step: &str) -> &'a mut Value {
    match parent {
        Value::Array(list) => &mut list[step.parse::<usize>().unwrap()],
        other => &mut other[step],
    }
}
