//! What the rules say about one object.

use std::sync::Arc;

use super::Rules;
use crate::Object;
use crate::diff::skip::Skip;

/// More combinations of rules than this are not remembered.
const MAX_SELECTIONS: usize = 4096;

/// All that the rules say about one object.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// The numbers of the rules.
    pub(crate) rules: Vec<usize>,
    /// Places without list indexes, left out while objects are compared.
    pub(crate) skip: Skip,
    /// Rules that have to be run on whole documents.
    pub(crate) documents: Vec<usize>,
    /// Field managers whose changes do not count.
    pub(crate) managers: Vec<(usize, String)>,
}

impl Rules {
    /// All that the rules say about `object`.
    pub(crate) fn select(&self, object: &Object) -> Arc<Selection> {
        let numbers = self.numbers(object);
        let known = self.0.selections.read().ok();
        if let Some(found) = known.as_ref().and_then(|known| known.get(&numbers)) {
            return Arc::clone(found);
        }
        drop(known);
        let selection = Arc::new(self.build(&numbers));
        if let Ok(mut known) = self.0.selections.write()
            && known.len() < MAX_SELECTIONS
        {
            known.insert(numbers, Arc::clone(&selection));
        }
        selection
    }

    /// The numbers of the rules that are about `object`, in the rules' order.
    fn numbers(&self, object: &Object) -> Vec<usize> {
        let (group, kind) = (object.group(), object.kind());
        let key = (group.to_owned(), kind.to_owned());
        let exact = self.0.exact.get(&key).into_iter().flatten();
        let matches = |index: &&usize| {
            let rule = &self.0.rules[**index];
            rule.group.matches(group) && rule.kind.matches(kind)
        };
        let patterns = self.0.patterns.iter().filter(matches);
        let mut numbers: Vec<usize> = exact
            .chain(patterns)
            .copied()
            .filter(|index| self.0.rules[*index].is_about(object))
            .collect();
        numbers.sort_unstable();
        numbers
    }

    fn build(&self, numbers: &[usize]) -> Selection {
        let mut selection = Selection {
            rules: numbers.to_vec(),
            ..Selection::default()
        };
        for number in numbers {
            let rule = &self.0.rules[*number];
            for (_, pointer) in &rule.pointers {
                selection.skip.insert(pointer.keys());
            }
            if rule.needs_documents() {
                selection.documents.push(*number);
            }
            let managers = rule.source.managed_fields_managers.iter();
            selection
                .managers
                .extend(managers.map(|manager| (*number, manager.clone())));
        }
        selection
    }
}
