//! Anchors, and what expanding them may cost.

use std::collections::BTreeMap;

use granit_parser::Marker;
use serde_json::Value;

use crate::yaml::{Error, Options, Problem};

/// How much may still be built.
#[derive(Clone, Debug)]
pub(in crate::yaml) struct Budget {
    nodes: usize,
    bytes: usize,
    options: Options,
}

impl Budget {
    pub(in crate::yaml) fn new(options: &Options) -> Self {
        Self {
            nodes: options.nodes,
            bytes: options.bytes,
            options: *options,
        }
    }

    /// Takes a node from the budget; `None` when that is used up.
    pub(super) fn take(&mut self) -> Option<()> {
        self.nodes = self.nodes.checked_sub(1)?;
        Some(())
    }

    /// Takes from the budget, or says which bound would be passed.
    pub(super) fn spend(&mut self, nodes: usize, bytes: usize, mark: Marker) -> Result<(), Error> {
        let Some(nodes) = self.nodes.checked_sub(nodes) else {
            return Err(Error::at(mark, Problem::TooMany(self.options.nodes)));
        };
        let Some(bytes) = self.bytes.checked_sub(bytes) else {
            return Err(Error::at(mark, Problem::TooLarge(self.options.bytes)));
        };
        (self.nodes, self.bytes) = (nodes, bytes);
        Ok(())
    }
}

/// The anchored values of a document, by the parser's number for them.
#[derive(Default)]
pub(super) struct Anchors(BTreeMap<usize, Option<Anchored>>);

struct Anchored {
    value: Value,
    nodes: usize,
    bytes: usize,
}

impl Anchors {
    /// Notes that a collection with this anchor is open; 0 is none.
    pub(super) fn begin(&mut self, anchor: usize) {
        if anchor != 0 {
            self.0.insert(anchor, None);
        }
    }

    /// Keeps a copy of an anchored value, which costs as much as the value itself.
    pub(super) fn keep(
        &mut self,
        anchor: usize,
        value: &Value,
        budget: &mut Budget,
        mark: Marker,
    ) -> Result<(), Error> {
        if anchor == 0 {
            return Ok(());
        }
        let (nodes, bytes) = measure(value);
        budget.spend(nodes, bytes, mark)?;
        let value = value.clone();
        let anchored = Anchored {
            value,
            nodes,
            bytes,
        };
        self.0.insert(anchor, Some(anchored));
        Ok(())
    }

    /// A copy of an anchored value.
    pub(super) fn expand(
        &self,
        anchor: usize,
        budget: &mut Budget,
        mark: Marker,
    ) -> Result<Value, Error> {
        let Some(Some(anchored)) = self.0.get(&anchor) else {
            return Err(Error::at(mark, Problem::Recursive));
        };
        budget.spend(anchored.nodes, anchored.bytes, mark)?;
        Ok(anchored.value.clone())
    }
}

/// How many nodes and bytes of text a value has, as [`Options`] bounds them.
pub fn measure(value: &Value) -> (usize, usize) {
    let (mut nodes, mut bytes) = (0, 0);
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        nodes += 1;
        match value {
            Value::String(text) => bytes += text.len(),
            Value::Array(list) => pending.extend(list),
            Value::Object(map) => {
                nodes += map.len();
                bytes += map.keys().map(String::len).sum::<usize>();
                pending.extend(map.values());
            }
            _ => {}
        }
    }
    (nodes, bytes)
}
