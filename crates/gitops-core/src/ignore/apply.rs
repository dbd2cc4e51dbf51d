//! Rules run on whole documents.

use serde_json::Value;

use super::{Rules, Selection};
use crate::schema::Schema;

/// What rules did to documents.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// The numbers of the rules that took something away.
    pub(crate) matched: Vec<usize>,
    /// Rules that failed, and why.
    pub(crate) warnings: Vec<String>,
}

impl Rules {
    /// Takes what the rules name out of every document.
    ///
    /// A place that an expression names in one document is taken out of the others
    /// too, so that a condition which holds on one side only makes no difference
    /// of its own.
    pub(crate) fn apply(
        &self,
        selection: &Selection,
        schema: Option<Schema<'_>>,
        documents: &mut [&mut Value],
    ) -> Applied {
        let mut applied = Applied::default();
        for number in &selection.documents {
            let Some(rule) = self.0.rules.get(*number) else {
                continue;
            };
            for pointer in rule.pointers.iter().filter(|pointer| pointer.may_index()) {
                for document in documents.iter_mut() {
                    if pointer.remove(document) {
                        applied.matched.push(*number);
                    }
                }
            }
        }
        #[cfg(feature = "jq")]
        self.run_programs(selection, schema, documents, &mut applied);
        #[cfg(not(feature = "jq"))]
        let _ = schema;
        applied
    }
}

#[cfg(feature = "jq")]
mod programs {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::Applied;
    use crate::ignore::jq::{Found, Place, Program, Step, run_all};
    use crate::ignore::{Rules, Selection};
    use crate::schema::{Merge, Patch, Schema};

    impl Rules {
        pub(super) fn run_programs(
            &self,
            selection: &Selection,
            schema: Option<Schema<'_>>,
            documents: &mut [&mut Value],
            applied: &mut Applied,
        ) {
            let programs: Vec<(usize, &Program)> = selection
                .documents
                .iter()
                .filter_map(|number| Some((*number, self.0.rules.get(*number)?)))
                .flat_map(|(number, rule)| rule.programs.iter().map(move |found| (number, found)))
                .collect();
            if programs.is_empty() {
                return;
            }
            let places = self.find(&programs, documents, applied);
            let mut all: BTreeSet<(usize, Place)> = BTreeSet::new();
            for (at, found) in places.iter().enumerate() {
                for place in found {
                    all.insert((at, place.clone()));
                    for (other, document) in documents.iter().enumerate().filter(|(i, _)| *i != at)
                    {
                        let same = translate(place, schema, documents[at], document);
                        all.extend(same.map(|place| (other, place)));
                    }
                }
            }
            // The deepest and last first: no removal moves what is still to go.
            for (at, place) in all.iter().rev() {
                place.remove(documents[*at]);
            }
        }

        /// The places that programs name, by document. Programs that rewrite a whole
        /// document have done so afterwards.
        fn find(
            &self,
            programs: &[(usize, &Program)],
            documents: &mut [&mut Value],
            applied: &mut Applied,
        ) -> Vec<Vec<Place>> {
            let mut places = vec![Vec::new(); documents.len()];
            let is_path = |(_, program): &(usize, &Program)| program.gives_paths();
            let paths: Vec<_> = programs.iter().copied().filter(is_path).collect();
            let rewriting = programs.iter().filter(|rule| !is_path(rule));
            for rule in rewriting {
                for document in documents.iter_mut() {
                    let mut answer = run_all(&[(rule.1, &**document)], self.0.limits);
                    match answer.pop() {
                        Some(Ok(Found::Document(changed))) if changed != **document => {
                            applied.matched.push(rule.0);
                            **document = changed;
                        }
                        Some(Err(reason)) => self.warn(rule.0, &reason, applied),
                        _ => {}
                    }
                }
            }
            let questions: Vec<(&Program, &Value)> = documents
                .iter()
                .flat_map(|document| {
                    paths
                        .iter()
                        .map(move |(_, program)| (*program, &**document))
                })
                .collect();
            let answers = run_all(&questions, self.0.limits);
            for (index, answer) in answers.into_iter().enumerate() {
                let (at, (number, _)) = (index / paths.len(), paths[index % paths.len()]);
                match answer {
                    Ok(Found::Places(found)) => {
                        if found.iter().any(|place| place.is_in(documents[at])) {
                            applied.matched.push(number);
                        }
                        places[at].extend(found);
                    }
                    Ok(Found::Document(_)) => {}
                    Err(reason) => self.warn(number, &reason, applied),
                }
            }
            places
        }

        /// A program that names something inside of what is absent fails in the
        /// reference too; that is how conditions on absent fields are written.
        fn warn(&self, rule: usize, reason: &str, applied: &mut Applied) {
            let title = self.title(rule).unwrap_or_default();
            applied
                .warnings
                .push(format!("{title}: a jq expression {reason}"));
        }
    }

    /// The place in `to` that is the same as `place` in `from`.
    fn translate(
        place: &Place,
        mut schema: Option<Schema<'_>>,
        mut from: &Value,
        mut to: &Value,
    ) -> Option<Place> {
        let mut steps = Vec::with_capacity(place.0.len());
        for step in &place.0 {
            match step {
                Step::Key(key) => {
                    (from, to) = (from.get(key)?, to.get(key)?);
                    schema = schema.and_then(|schema| schema.get(key));
                    steps.push(step.clone());
                }
                Step::Index(index) => {
                    let (source, others) = (from.as_array()?, to.as_array()?);
                    let element = source.get(Step::position(*index, source.len())?)?;
                    let at = others
                        .iter()
                        .position(|other| is_same(schema, element, other))?;
                    (from, to) = (element, &others[at]);
                    schema = schema.and_then(Schema::element);
                    steps.push(Step::Index(i64::try_from(at).ok()?));
                }
                Step::Range(..) => return None,
            }
        }
        Some(Place(steps))
    }

    /// Whether two elements of a list are the same one, by its keys or its name.
    fn is_same(schema: Option<Schema<'_>>, left: &Value, right: &Value) -> bool {
        let field = schema.and_then(Schema::field);
        let keys: Vec<&str> = match field.map(|field| (&field.merge, &field.patch)) {
            Some((Merge::Keys(keys), _)) => keys.iter().map(AsRef::as_ref).collect(),
            Some((_, Patch::Key(key))) => vec![key],
            _ => vec!["name"],
        };
        let known = keys.iter().any(|key| left.get(*key).is_some());
        if known {
            keys.iter().all(|key| left.get(*key) == right.get(*key))
        } else {
            left == right
        }
    }
}
