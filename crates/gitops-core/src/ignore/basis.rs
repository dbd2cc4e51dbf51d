//! Whether the sides differ at a place that a rule names.

use std::borrow::Cow;

use serde_json::Value;

use super::place::{Place, Step};
use crate::diff::merge::{self, Merge, Reading, Versions};
use crate::fieldset::{Element, FieldSet, all, keys_of, remove};
use crate::schema::{Schema, is_strategic};

/// Where each document of a comparison stands among all of them.
pub(crate) const TARGET: usize = 0;
pub(crate) const LIVE: usize = 1;
pub(crate) const ORIGIN: usize = 2;

/// How a comparison judges a place.
#[derive(Clone, Copy)]
pub(crate) struct Basis<'a> {
    pub(crate) schema: Option<Schema<'a>>,
    pub(crate) removal: Removal<'a>,
}

/// What goes away when it is live and not wanted.
#[derive(Clone, Copy)]
pub(crate) enum Removal<'a> {
    /// What was applied last: the third document.
    Applied,
    /// What our manager owns.
    Owned(&'a FieldSet),
    /// Everything: both documents are whole.
    All,
}

impl Basis<'_> {
    /// Whether a comparison of the documents would change what the places lead to, one
    /// place in each.
    pub(crate) fn differs(&self, places: &[Option<&Place>], documents: &[&Value]) -> bool {
        let place = |at: usize| places.get(at).copied().flatten();
        let value = |at: usize| place(at)?.get(documents.get(at)?);
        let Some(shown) = place(LIVE).or_else(|| place(TARGET)) else {
            return false;
        };
        let owned = self.owned(shown, documents);
        let versions = Versions {
            target: value(TARGET),
            live: value(LIVE),
            origin: match self.removal {
                Removal::Applied => value(ORIGIN),
                Removal::Owned(_) => owned.as_deref(),
                Removal::All => value(LIVE),
            },
        };
        (versions.target.is_some() || versions.live.is_some()) && self.changes(shown, versions)
    }

    fn changes(&self, place: &Place, versions: Versions<'_>) -> bool {
        let Some((last, parents)) = place.0.split_last() else {
            return false;
        };
        let root = merge::Place::root(self.schema, None);
        let parent = parents.iter().fold(root, |place, step| match step {
            Step::Key(key) => place.field(key),
            Step::Index(_) | Step::Range(..) => place.element(),
        });
        let mut merge = Merge::new(Reading::Canonical, is_strategic(self.schema));
        match last {
            Step::Key(key) => merge.changes(parent, key, versions),
            _ => merge.changes_element(parent, versions),
        }
    }

    /// What our manager owns of the live value at a place.
    fn owned<'v>(&self, place: &Place, documents: &[&'v Value]) -> Option<Cow<'v, Value>> {
        let Removal::Owned(fields) = self.removal else {
            return None;
        };
        let (mut fields, mut schema, mut live) = (fields, self.schema, *documents.get(LIVE)?);
        for step in &place.0 {
            let (element, below) = child(schema, live, step)?;
            schema = match step {
                Step::Key(key) => schema.and_then(|schema| schema.get(key)),
                _ => schema.and_then(Schema::element),
            };
            live = below;
            let Some(inner) = fields.below(&element) else {
                let whole = place.get(documents.get(LIVE)?)?;
                return fields.has(&element).then_some(Cow::Borrowed(whole));
            };
            fields = inner;
        }
        let others = all(schema, live).difference(fields);
        Some(Cow::Owned(remove(schema, live, &others)))
    }
}

/// What a step leads to, and its name in a set of fields.
fn child<'v>(
    schema: Option<Schema<'_>>,
    value: &'v Value,
    step: &Step,
) -> Option<(Element, &'v Value)> {
    match step {
        Step::Key(key) => Some((Element::field(key), value.get(key)?)),
        Step::Index(index) => {
            let list = value.as_array()?;
            let at = Step::position(*index, list.len())?;
            Some((keys_of(schema, list)?.swap_remove(at), list.get(at)?))
        }
        Step::Range(..) => None,
    }
}
