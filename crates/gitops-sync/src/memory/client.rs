//! Client-side apply: three-way from the last applied object.

use gitops_core::Object;
use gitops_core::apply::{Error, LAST_APPLIED};
use serde_json::{Map, Value};

use super::errors;
use super::registry::Kind;

/// The object with itself in the annotation that the next apply starts from.
pub(super) fn annotated(object: &Object) -> Object {
    let mut plain = object.clone();
    plain.set_annotation(LAST_APPLIED, None);
    let text = format!("{}\n", plain.value());
    plain.set_annotation(LAST_APPLIED, Some(&text));
    plain
}

/// What an apply of `object` makes of `live`; `None` where it changes nothing.
pub(super) fn patched(kind: &Kind, live: &Object, object: &Object) -> Result<Option<Value>, Error> {
    let _ = kind;
    let last = live
        .annotation(LAST_APPLIED)
        .map(serde_json::from_str::<Value>);
    let last = last
        .transpose()
        .map_err(|fault| errors::malformed(format!("annotation {LAST_APPLIED}: {fault}")))?;
    let wanted = annotated(object).into_value();
    let mut patched = live.value().clone();
    merge(&mut patched, last.as_ref(), &wanted);
    Ok((patched != *live.value()).then_some(patched))
}

/// Takes out what `last` had and `wanted` has not, and sets what `wanted` has.
fn merge(live: &mut Value, last: Option<&Value>, wanted: &Value) {
    let Value::Object(wanted) = wanted else {
        *live = wanted.clone();
        return;
    };
    if !live.is_object() {
        *live = Value::Object(Map::new());
    }
    let Some(live) = live.as_object_mut() else {
        return;
    };
    for name in last
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
    {
        if !wanted.contains_key(name) {
            live.remove(name);
        }
    }
    for (name, wanted) in wanted {
        let last = last.and_then(|last| last.get(name));
        match live.get_mut(name) {
            Some(live) => merge(live, last, wanted),
            None => {
                live.insert(name.clone(), wanted.clone());
            }
        }
    }
}
