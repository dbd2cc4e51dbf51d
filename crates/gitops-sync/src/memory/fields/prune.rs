//! What a manager gives up by no longer applying it.

use serde_json::Value;

use super::{FieldSet, elements};
use crate::memory::schema::Place;

/// Takes out of `value` what is in `former` and nobody owns: `owned` is what
/// all managers own now.
pub(in crate::memory) fn prune(
    place: Place<'_>,
    value: &mut Value,
    former: &FieldSet,
    owned: &FieldSet,
) {
    match value {
        Value::Object(map) => map.retain(|name, value| {
            let element = format!("f:{name}");
            let place = place.field(name);
            keeps(place, value, &element, former, owned)
        }),
        Value::Array(list) => {
            let elements: Vec<String> = elements(place, list).map(|(element, _)| element).collect();
            let mut elements = elements.into_iter();
            list.retain_mut(|item| {
                let element = elements.next().unwrap_or_default();
                keeps(Some(place.items()), item, &element, former, owned)
            });
        }
        _ => {}
    }
}

fn keeps(
    place: Option<Place<'_>>,
    value: &mut Value,
    element: &str,
    former: &FieldSet,
    owned: &FieldSet,
) -> bool {
    let Some(former) = former.children.get(element) else {
        return true;
    };
    // The parents of owned fields count as owned, elements of lists only by themselves.
    let counts = |set: &FieldSet| set.member || element.starts_with("f:");
    match owned.children.get(element).filter(|owned| counts(owned)) {
        None => !counts(former),
        Some(owned) => {
            if let Some(place) = place.filter(|place| !place.is_atomic(value)) {
                prune(place, value, former, owned);
            }
            true
        }
    }
}
