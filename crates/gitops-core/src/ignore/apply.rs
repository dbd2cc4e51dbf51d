//! Rules run on whole documents.

use serde_json::Value;

use super::basis::{Basis, LIVE, TARGET};
use super::place::Place;
use super::{Rules, Selection};
use crate::diff::{Ignored, Part, path};

/// What rules did to documents.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// The differences that were taken away.
    pub(crate) ignored: Vec<Ignored>,
    /// Rules that failed, and why.
    pub(crate) warnings: Vec<String>,
}

impl Rules {
    /// The differences between documents at places that pointers name by map keys alone.
    /// Those with indexes of lists, and expressions, are for [`Rules::apply`] to tell.
    pub(crate) fn named_by_keys(
        &self,
        selection: &Selection,
        basis: &Basis<'_>,
        documents: &[&Value],
    ) -> Vec<Ignored> {
        let mut ignored = Vec::new();
        for number in &selection.rules {
            let rule = &self.0.rules[*number];
            for (part, pointer) in &rule.pointers {
                if basis.differs(&[Some(pointer.by_keys()); 3], documents) {
                    let path = path::of_keys(pointer.keys());
                    ignored.push(rule.ignored(*number, part, path));
                }
            }
        }
        ignored
    }

    /// Takes what the rules name out of every document.
    ///
    /// A place that an expression names in one document is taken out of the others
    /// too, so that a condition which holds on one side only makes no difference
    /// of its own.
    pub(crate) fn apply(
        &self,
        selection: &Selection,
        basis: &Basis<'_>,
        documents: &mut [&mut Value],
    ) -> Applied {
        let mut applied = Applied::default();
        for number in &selection.documents {
            for (part, pointer) in &self.0.rules[*number].pointers {
                if !pointer.may_index() {
                    continue;
                }
                let places = documents.iter().map(|document| pointer.place(document));
                let places: Vec<Option<Place>> = places.collect();
                if places.iter().flatten().any(Place::is_in_list) {
                    let told = self.difference((*number, part), basis, &places, documents);
                    applied.ignored.extend(told);
                }
                for (place, document) in places.iter().zip(documents.iter_mut()) {
                    place.as_ref().map(|place| place.remove(document));
                }
            }
        }
        #[cfg(feature = "jq")]
        self.run_programs(selection, basis, documents, &mut applied);
        applied
    }

    /// The difference between the documents at the same place in each, if there is one.
    pub(super) fn difference(
        &self,
        (number, part): (usize, &Part),
        basis: &Basis<'_>,
        places: &[Option<Place>],
        documents: &[&mut Value],
    ) -> Option<Ignored> {
        let documents: Vec<&Value> = documents.iter().map(|document| &**document).collect();
        let all: Vec<Option<&Place>> = places.iter().map(Option::as_ref).collect();
        if !basis.differs(&all, &documents) {
            return None;
        }
        let shown = |at: usize| Some((all.get(at).copied().flatten()?, *documents.get(at)?));
        let (place, document) = shown(LIVE).or_else(|| shown(TARGET))?;
        let path = path::of_place(basis.schema, place, document);
        Some(self.0.rules[number].ignored(number, part, path))
    }
}
