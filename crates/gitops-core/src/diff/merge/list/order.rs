//! The order of a merged list.

use serde_json::Value;

use super::super::Merged;

/// One element of the merged list: where it is in live, and its content when that
/// is not live's.
pub(super) struct Item {
    pub(super) at: Option<usize>,
    pub(super) value: Option<Value>,
    pub(super) patch: Option<Value>,
}

impl Item {
    pub(super) fn new(merged: Merged) -> Self {
        Self {
            at: None,
            value: Some(merged.value),
            patch: Some(merged.patch),
        }
    }

    /// The live element at `at`, with what a merge made of it.
    pub(super) fn merged(at: usize, merged: Option<Merged>) -> Self {
        let (value, patch) = merged.map(|merged| (merged.value, merged.patch)).unzip();
        Self {
            at: Some(at),
            value,
            patch,
        }
    }

    pub(super) fn take(self, live: &[Value]) -> Value {
        let kept = || self.at.and_then(|at| live.get(at)).cloned();
        self.value.or_else(kept).unwrap_or_default()
    }
}

/// Puts elements that only live has between the wanted ones: each before the first
/// wanted one that it preceded in live.
pub(super) fn interleave(wanted: Vec<Item>, live_only: &[usize]) -> Vec<Item> {
    let mut extra = live_only.iter().copied().peekable();
    let mut all = Vec::with_capacity(wanted.len() + live_only.len());
    for item in wanted {
        if let Some(at) = item.at {
            while let Some(before) = extra.next_if(|before| *before < at) {
                all.push(Item::merged(before, None));
            }
        }
        all.push(item);
    }
    all.extend(extra.map(|at| Item::merged(at, None)));
    all
}

/// Whether `count` live elements stay as they are.
pub(super) fn is_as_before(order: &[Item], count: usize) -> bool {
    let mut items = order.iter().enumerate();
    order.len() == count
        && items.all(|(index, item)| item.at == Some(index) && item.value.is_none())
}
