//! Fields of one object that are written together.
//!
//! The reference adds a label to all places of an object as one shared node. A later layer that
//! changes the label in one place, by a patch or by another label, changes it in all of them.

use std::collections::BTreeMap;

use super::node::{Node, Scalar};

/// What the linked fields of an object hold, by their number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    texts: Vec<String>,
    /// Whether a number stands in more than one place.
    any: bool,
}

impl Links {
    /// Numbers for these texts; the first of them.
    pub(crate) fn reserve<'a>(&mut self, texts: impl Iterator<Item = &'a String>) -> u32 {
        let first = self.texts.len() + 1;
        self.texts.extend(texts.cloned());
        u32::try_from(first).unwrap_or(u32::MAX)
    }

    /// Takes note of how often each of the last numbers was used.
    pub(crate) fn note(&mut self, made: &[usize]) {
        self.any |= made.iter().any(|count| *count > 1);
    }

    /// Writes what was written to one of several linked fields to the others.
    pub(crate) fn sync(&mut self, object: &mut Node) {
        if !self.any {
            return;
        }
        let mut changed = BTreeMap::new();
        object.scalars(&mut |scalar| {
            if let Some(known) = self.known(scalar.link)
                && *known != scalar.text
            {
                changed.insert(scalar.link, scalar.clone());
            }
        });
        if changed.is_empty() {
            return;
        }
        object.scalars(&mut |scalar| {
            if let Some(new) = changed.get(&scalar.link) {
                scalar.clone_from(new);
            }
        });
        for (link, scalar) in changed {
            if let Some(known) = self.known(link) {
                *known = scalar.text;
            }
        }
    }

    fn known(&mut self, link: u32) -> Option<&mut String> {
        let at = usize::try_from(link).ok()?.checked_sub(1)?;
        self.texts.get_mut(at)
    }
}

/// Sets entries of a map. New ones get numbers from `first` on, and count in `made`.
pub(crate) fn set_entries(
    node: &mut Node,
    entries: &BTreeMap<String, String>,
    first: u32,
    made: &mut [usize],
) -> Result<(), String> {
    let found = node.kind_name();
    let Some(map) = node.as_map_mut() else {
        return Err(format!(
            "wrong node kind: expected MappingNode but got {found}"
        ));
    };
    for ((link, count), (key, text)) in (first..).zip(made).zip(entries) {
        if let Some(former) = map.get_mut(key) {
            former.set_string(text);
            continue;
        }
        let scalar = Scalar {
            link,
            ..Scalar::text(text.as_str())
        };
        map.0.push((Scalar::text(key), Node::Scalar(scalar)));
        *count += 1;
    }
    Ok(())
}
