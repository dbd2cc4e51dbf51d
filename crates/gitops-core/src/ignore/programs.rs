//! jq programs run on whole documents.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::apply::Applied;
use super::basis::Basis;
use super::jq::{Found, Program, run_all};
use super::place::{Place, Step, same_place};
use super::{Rules, Selection};
use crate::diff::Part;

/// A program with the number of its rule and its text.
#[derive(Clone, Copy)]
struct Named<'a> {
    rule: usize,
    part: &'a Part,
    program: &'a Program,
}

/// One place that a program names: the program's index, the document's, and where.
type Match = (usize, usize, Place);

impl Rules {
    /// Runs what is selected, first the programs that rewrite a whole document.
    pub(super) fn run_programs(
        &self,
        selection: &Selection,
        basis: &Basis<'_>,
        documents: &mut [&mut Value],
        applied: &mut Applied,
    ) {
        let (paths, rewriting): (Vec<Named<'_>>, Vec<_>) = self
            .programs(selection)
            .partition(|named| named.program.gives_paths());
        for named in rewriting {
            self.rewrite(named, basis, documents, applied);
        }
        if paths.is_empty() {
            return;
        }
        let matches = self.find(&paths, documents, applied);
        self.tell(&paths, &matches, basis, documents, applied);
        // The deepest and last first: no removal moves what is still to go.
        for (at, place) in everywhere(&matches, basis, documents).iter().rev() {
            place.remove(documents[*at]);
        }
    }

    fn programs<'a>(&'a self, selection: &'a Selection) -> impl Iterator<Item = Named<'a>> {
        selection.documents.iter().flat_map(move |rule| {
            let programs = self.0.rules[*rule].programs.iter();
            programs.map(|(part, program)| Named {
                rule: *rule,
                part,
                program,
            })
        })
    }

    /// Puts what a program makes of each document in its place.
    fn rewrite(
        &self,
        named: Named<'_>,
        basis: &Basis<'_>,
        documents: &mut [&mut Value],
        applied: &mut Applied,
    ) {
        let run =
            |document: &&mut Value| run_all(&[(named.program, &**document)], self.0.limits).pop();
        let answers: Vec<_> = documents.iter().map(run).collect();
        let (mut matches, mut rewritten) = (BTreeSet::new(), Vec::new());
        for (at, answer) in answers.into_iter().enumerate() {
            match answer {
                Some(Ok(Found::Document(changed))) => {
                    let mut places = Vec::new();
                    changed_places(documents[at], &changed, &mut Vec::new(), &mut places);
                    matches.extend(places.into_iter().map(|place| (0, at, place)));
                    rewritten.push((at, changed));
                }
                Some(Err(reason)) => self.warn(named.rule, &reason, applied),
                _ => {}
            }
        }
        self.tell(&[named], &matches, basis, documents, applied);
        for (at, changed) in rewritten {
            *documents[at] = changed;
        }
    }

    /// The places that programs name.
    fn find(
        &self,
        programs: &[Named<'_>],
        documents: &[&mut Value],
        applied: &mut Applied,
    ) -> BTreeSet<Match> {
        let questions: Vec<(&Program, &Value)> = documents
            .iter()
            .flat_map(|document| programs.iter().map(|named| (named.program, &**document)))
            .collect();
        let answers = run_all(&questions, self.0.limits);
        let mut matches = BTreeSet::new();
        for (index, answer) in answers.into_iter().enumerate() {
            let (at, program) = (index / programs.len(), index % programs.len());
            match answer {
                Ok(Found::Places(found)) => {
                    matches.extend(found.into_iter().map(|place| (program, at, place)));
                }
                Ok(Found::Document(_)) => {}
                Err(reason) => self.warn(programs[program].rule, &reason, applied),
            }
        }
        matches
    }

    /// Tells the differences at the places that programs name, without those inside of
    /// another.
    fn tell(
        &self,
        programs: &[Named<'_>],
        matches: &BTreeSet<Match>,
        basis: &Basis<'_>,
        documents: &[&mut Value],
        applied: &mut Applied,
    ) {
        let mut outermost: Option<&Match> = None;
        let mut told = BTreeMap::new();
        for found in matches {
            let (program, at, place) = found;
            let is_inside = outermost.is_some_and(|(other, beside, outer)| {
                (program, at) == (other, beside) && place.0.starts_with(&outer.0)
            });
            if is_inside {
                continue;
            }
            outermost = Some(found);
            let place = place.without_range();
            let places = in_each(*at, &place, basis, documents);
            let named = programs[*program];
            if let Some(one) = self.difference((named.rule, named.part), basis, &places, documents)
            {
                told.insert((*program, one.path.clone()), one);
            }
        }
        applied.ignored.extend(told.into_values());
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

/// The same place in every document.
fn in_each(
    at: usize,
    place: &Place,
    basis: &Basis<'_>,
    documents: &[&mut Value],
) -> Vec<Option<Place>> {
    let there = |(other, document): (usize, &&mut Value)| {
        if other == at {
            return place.get(document).map(|_| place.clone());
        }
        same_place(place, basis.schema, documents[at], document)
    };
    documents.iter().enumerate().map(there).collect()
}

/// The matches, each in all documents.
fn everywhere(
    matches: &BTreeSet<Match>,
    basis: &Basis<'_>,
    documents: &[&mut Value],
) -> BTreeSet<(usize, Place)> {
    let mut all = BTreeSet::new();
    for (_, at, place) in matches {
        let others = in_each(*at, place, basis, documents);
        let others = others.into_iter().enumerate();
        all.extend(others.filter_map(|(at, place)| Some((at, place?))));
        all.insert((*at, place.clone()));
    }
    all
}

/// The places, each as deep as possible, at which two documents differ.
fn changed_places(before: &Value, after: &Value, path: &mut Vec<Step>, found: &mut Vec<Place>) {
    let mut inner = |step: Step, before: &Value, after: &Value| {
        path.push(step);
        changed_places(before, after, path, found);
        path.pop();
    };
    match (before, after) {
        _ if before == after => {}
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                inner(
                    Step::Key(key.clone()),
                    value,
                    after.get(key).unwrap_or(&Value::Null),
                );
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                inner(Step::Key(key.clone()), &Value::Null, value);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (at, (before, after)) in (0..).zip(before.iter().zip(after)) {
                inner(Step::Index(at), before, after);
            }
        }
        _ => found.push(Place(path.clone())),
    }
}
