//! What the reference says of a case, and why ours may be another answer.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{installation, judge};
use crate::api::ResourceIgnoreDifferences;
use crate::diff::changes::{Background, changes};
use crate::diff::{Change, Diff, defaults, merge};
use crate::fieldset::{self, FieldSet, Managers};
use crate::patch::LAST_APPLIED;
use crate::schema::{Patch, Schema};
use crate::{GroupVersionKind, schema};

/// What the reference says of a case. Each of the later ones is a deliberate
/// difference with a row in `docs/compatibility.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// Something differs, here too.
    Modified,
    /// Nothing differs, here too.
    Unmodified,
    /// The reference fails.
    Error,
    /// Its two documents differ, and the server would store both alike: values of
    /// another form, one that is empty and one that is absent, or a default that the
    /// reference filled in on one side.
    SameForm,
    /// A list repeats its key.
    Repeated,
    /// An element of a list lacks its key.
    KeyMissing,
    /// A rule takes all annotations away, and with them what was applied last, or one of
    /// them is no text, so that the reference reads none.
    Forgotten,
    /// A live label is no text, so the reference reads none and does not find its own.
    Unlabelled,
    /// Without a cluster's schemas the reference takes every list as owned whole when
    /// it asks what a trusted manager owns.
    Deduced,
    /// A kind does not have the field, so a real object never has it.
    Unknown,
    /// A rule's expression fails or holds on one side only, or its pointer leads to
    /// something on one side only.
    OneSided,
    /// A rule names a subset of endpoints by its place, which is another one in each
    /// engine once subsets are in order.
    Placed,
    /// A list of a custom resource holds what is wanted, and more.
    CustomList,
    /// Nobody knows why.
    Unexplained,
}

const LETTERS: [(char, Verdict); 14] = [
    ('t', Verdict::Modified),
    ('f', Verdict::Unmodified),
    ('e', Verdict::Error),
    ('S', Verdict::SameForm),
    ('R', Verdict::Repeated),
    ('K', Verdict::KeyMissing),
    ('A', Verdict::Forgotten),
    ('B', Verdict::Unlabelled),
    ('D', Verdict::Deduced),
    ('U', Verdict::Unknown),
    ('J', Verdict::OneSided),
    ('P', Verdict::Placed),
    ('L', Verdict::CustomList),
    ('?', Verdict::Unexplained),
];

impl Verdict {
    pub(super) fn read(letter: char) -> Self {
        let known = LETTERS.iter().find(|(known, _)| *known == letter);
        known.map_or(Self::Unexplained, |(_, verdict)| *verdict)
    }

    pub(super) fn letter(self) -> char {
        let known = LETTERS.iter().find(|(_, verdict)| *verdict == self);
        known.map_or('?', |(letter, _)| *letter)
    }

    /// Whether the object must count as modified here.
    pub(super) fn expected(self) -> Option<bool> {
        match self {
            Self::Modified | Self::Forgotten => Some(true),
            Self::Unmodified
            | Self::SameForm
            | Self::Unlabelled
            | Self::OneSided
            | Self::CustomList => Some(false),
            _ => None,
        }
    }
}

/// What the reference's answer is beside ours.
pub(super) fn of(case: &Value, answer: &Value, ours: &Diff) -> Verdict {
    let theirs = answer["modified"] == true;
    match (answer.get("error"), theirs == ours.is_modified()) {
        (Some(_), _) => return Verdict::Error,
        (None, true) if theirs => return Verdict::Modified,
        (None, true) => return Verdict::Unmodified,
        (None, false) => {}
    }
    let schema = schema_of(&case["target"]);
    let sides = [&case["target"], &case["live"]];
    if theirs && same_form(schema, &answer["live"], &answer["predicted"]) {
        Verdict::SameForm
    } else if sides.iter().any(|side| repeats_key(schema, side)) {
        Verdict::Repeated
    } else if sides.iter().any(|side| lacks_key(schema, side)) {
        Verdict::KeyMissing
    } else if !theirs && is_forgotten(case, answer) {
        Verdict::Forgotten
    } else if theirs && is_mistyped(case, "labels") {
        Verdict::Unlabelled
    } else if deduced(case) == Some(theirs) {
        Verdict::Deduced
    } else if judge(&without_unknown(case)).is_modified() == theirs {
        Verdict::Unknown
    } else if theirs && is_one_sided(case, ours) {
        Verdict::OneSided
    } else if case["target"]["kind"] == "Endpoints" && names_a_subset(case) {
        Verdict::Placed
    } else if theirs && schema.is_none() && differ_in_lists(answer) {
        Verdict::CustomList
    } else {
        Verdict::Unexplained
    }
}

/// Whether something differs without what trusted managers own, by shapes that are
/// taken from the values: every list whole, every map key by key.
fn deduced(case: &Value) -> Option<bool> {
    let names = trusted_managers(case);
    let managers = Managers::of(&case["live"])
        .ok()
        .filter(|_| !names.is_empty())?;
    let changed = fieldset::modified(None, &case["live"], &case["target"]);
    let fields = names
        .iter()
        .map(|name| managers.fields(name).intersection(&changed));
    let fields = fields.fold(FieldSet::default(), |all, fields| all.union(&fields));
    let mut plain = case.clone();
    for side in ["target", "live"] {
        plain[side] = fieldset::remove(None, &case[side], &fields);
    }
    plain["live"]["metadata"]["managedFields"] = json!([]);
    Some(judge(&plain).is_modified())
}

fn trusted_managers(case: &Value) -> Vec<String> {
    let mut rules = installation(case).ignore;
    let own = case.get("ignore").cloned().unwrap_or_else(|| json!([]));
    let own: Vec<ResourceIgnoreDifferences> = serde_json::from_value(own).unwrap();
    rules.extend(own);
    let managers = rules
        .into_iter()
        .flat_map(|rule| rule.managed_fields_managers);
    managers.collect()
}

/// Whether the reference does not know what was applied last.
fn is_forgotten(case: &Value, answer: &Value) -> bool {
    let lost = || is_mistyped(case, "annotations") || applied(&answer["live"]).is_none();
    applied(&case["live"]).is_some() && lost()
}

/// Whether one of the live object's labels or annotations is no text.
fn is_mistyped(case: &Value, field: &str) -> bool {
    let all = case["live"]["metadata"][field].as_object();
    all.is_some_and(|all| !all.values().all(Value::is_string))
}

/// Whether a rule makes the difference: an expression that hides something here, or any
/// rule of an object that does not differ without it.
fn is_one_sided(case: &Value, ours: &Diff) -> bool {
    let mut plain = case.clone();
    let all = plain.as_object_mut().unwrap();
    let has_rules = all.remove("ignore").is_some() | all.remove("overrides").is_some();
    let has_expressions = case.to_string().contains("jqPath");
    has_expressions && !ours.ignored.is_empty() || has_rules && !judge(&plain).is_modified()
}

/// Both sides without the fields that their kind does not have.
fn without_unknown(case: &Value) -> Value {
    fn known(schema: Option<Schema<'_>>, value: &mut Value) {
        match value {
            Value::Object(map) => {
                let is_struct = schema.and_then(Schema::as_struct).is_some();
                let field = |key: &str| schema.and_then(|schema| schema.get(key));
                map.retain(|key, _| !is_struct || field(key).is_some());
                map.iter_mut()
                    .for_each(|(key, value)| known(field(key), value));
            }
            Value::Array(list) => {
                let element = schema.and_then(Schema::element);
                for value in list {
                    known(element, value);
                }
            }
            _ => {}
        }
    }
    let mut case = case.clone();
    for side in ["target", "live"] {
        let schema = schema_of(&case[side]);
        known(schema, &mut case[side]);
    }
    case
}

fn names_a_subset(case: &Value) -> bool {
    let rules = format!("{}{}", case["ignore"], case["overrides"]);
    rules.contains("subsets")
}

fn differ_in_lists(answer: &Value) -> bool {
    let found = changes(
        None,
        &answer["live"],
        &answer["predicted"],
        Background::default(),
    );
    let in_list = |change: &Change| {
        let is_list = |value: &Option<Value>| value.as_ref().is_some_and(Value::is_array);
        change.path.contains('[') || is_list(&change.old) || is_list(&change.new)
    };
    found.iter().any(in_list)
}

fn applied(object: &Value) -> Option<&Value> {
    object["metadata"]["annotations"].get(LAST_APPLIED)
}

fn schema_of(object: &Value) -> Option<Schema<'static>> {
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    let kind = GroupVersionKind::from_api_version(text("apiVersion"), text("kind"));
    schema::builtin().kind(&kind)
}

/// Whether two documents are the same to the server, which gives each value its form,
/// fills in defaults and need not store what is empty.
fn same_form(schema: Option<Schema<'_>>, left: &Value, right: &Value) -> bool {
    let kind = |document: &Value| {
        let text = |key: &str| document[key].as_str().unwrap_or_default().to_owned();
        GroupVersionKind::from_api_version(&text("apiVersion"), &text("kind"))
    };
    let form = |document: &Value| {
        let mut document = merge::canonical(schema, document);
        defaults::fill_in(&kind(&document), schema, &mut document);
        without_empty(&mut document);
        document
    };
    changes(schema, &form(left), &form(right), Background::default()).is_empty()
}

fn without_empty(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(without_empty);
            map.retain(|_, value| !crate::diff::scalar::is_empty(value));
        }
        Value::Array(list) => list.iter_mut().for_each(without_empty),
        _ => {}
    }
}

/// Whether an element of a list that merges by key lacks it.
fn lacks_key(schema: Option<Schema<'_>>, value: &Value) -> bool {
    any_list(schema, value, &|key, list| {
        list.iter().any(|element| element.get(key).is_none())
    })
}

/// Whether two elements of a list that merges by key have the same.
fn repeats_key(schema: Option<Schema<'_>>, value: &Value) -> bool {
    any_list(schema, value, &|key, list| {
        let keys: BTreeSet<String> = list
            .iter()
            .map(|element| element[key].to_string())
            .collect();
        keys.len() < list.len()
    })
}

/// Whether a list that merges by key passes a test.
fn any_list(
    schema: Option<Schema<'_>>,
    value: &Value,
    test: &impl Fn(&str, &[Value]) -> bool,
) -> bool {
    match value {
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| any_list(schema.and_then(|schema| schema.get(key)), value, test)),
        Value::Array(list) => {
            let key = match schema.and_then(Schema::field).map(|field| &field.patch) {
                Some(Patch::Key(key)) => Some(key),
                _ => None,
            };
            let element = schema.and_then(Schema::element);
            key.is_some_and(|key| test(key, list))
                || list.iter().any(|value| any_list(element, value, test))
        }
        _ => false,
    }
}
