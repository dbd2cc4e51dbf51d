//! `merge` and `mergeOverwrite`.

use super::{Entry, MAP, Outcome, takes_many};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{Limit, MAX_DEPTH, Map, Value};
use crate::helm::host::Host;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("merge", takes_many(&[MAP], MAP), |call| {
        merge(call, Winner::Destination)
    }),
    ("mustMerge", takes_many(&[MAP], MAP), |call| {
        merge(call, Winner::Destination)
    }),
    ("mergeOverwrite", takes_many(&[MAP], MAP), |call| {
        merge(call, Winner::Source)
    }),
    ("mustMergeOverwrite", takes_many(&[MAP], MAP), |call| {
        merge(call, Winner::Source)
    }),
];

/// Whose value counts where both have one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Winner {
    /// The destination's, unless it is empty.
    Destination,
    /// The source's, also when it is empty.
    Source,
}

fn merge(call: &Call<'_>, winner: Winner) -> Outcome {
    // The reference's library makes a map of a nil one.
    let destination = call.map(0).cloned().unwrap_or_default();
    for source in call.arguments().iter().skip(1).filter_map(Value::as_map) {
        merge_into(call, &destination, source, winner, 0)?;
    }
    Ok(destination.into())
}

/// Maps that only the source has are shared with it afterwards, as in Go.
fn merge_into(
    call: &Call<'_>,
    destination: &Map,
    source: &Map,
    winner: Winner,
    depth: usize,
) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Limit::Nesting(MAX_DEPTH).into());
    }
    let host = Host::of(call)?;
    for (key, value) in source.entries() {
        call.step()?;
        let present = destination.get(&key);
        let nil = matches!(value, Value::Nil);
        if let (Some(Value::Map(to)), Value::Map(from)) = (&present, &value) {
            let shares = to.is_empty();
            merge_into(call, to, from, winner, depth + 1)?;
            if !shares {
                continue;
            }
            // An empty map counts as none: the source's takes its place.
            host.changed(destination, &value);
            destination.insert(key, value);
            continue;
        }
        let replaced = match winner {
            Winner::Source => true,
            Winner::Destination => !nil && !present.is_some_and(|present| present.is_true()),
        };
        if replaced {
            host.changed(destination, &value);
            destination.insert(key, value);
        }
    }
    Ok(())
}
