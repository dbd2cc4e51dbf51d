//! Option `RespectIgnoreDifferences=true`: what differences are ignored in keeps
//! its live value.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::Object;
use crate::ignore::Rules;
use crate::schema;

/// Fields by which elements of a list are the same in two versions of it.
const KEYS: [&str; 6] = ["name", "key", "containerPort", "port", "mountPath", "ip"];

/// The target with the live values of everything that `rules` ignore. What they
/// ignore and is not live is taken out; `status` is never copied.
pub(super) fn respect(target: &Arc<Object>, live: &Object, rules: &Rules) -> Arc<Object> {
    let selection = rules.select(live);
    let kind = schema::builtin().kind(&target.group_version_kind());
    let (mut wanted, mut counted) = (target.value().clone(), live.value().clone());
    selection.skip.remove_from(&mut wanted);
    selection.skip.remove_from(&mut counted);
    rules.apply(&selection, kind, &mut [&mut wanted, &mut counted]);
    if counted == *live.value() && wanted == *target.value() {
        return Arc::clone(target);
    }
    let status = target.value().get("status").cloned();
    overlay(&mut wanted, &counted, live.value());
    if let Value::Object(fields) = &mut wanted {
        match status {
            Some(status) => fields.insert("status".into(), status),
            None => fields.remove("status"),
        };
    }
    // Rules that take away what identifies an object cannot be respected.
    match Object::new(wanted) {
        Ok(object) => Arc::new(object),
        Err(_) => Arc::clone(target),
    }
}

/// Puts into `wanted` what is in `live` and not in `counted`, the part of it that counts.
fn overlay(wanted: &mut Value, counted: &Value, live: &Value) {
    if counted == live {
        return;
    }
    match (wanted, counted, live) {
        (Value::Object(wanted), Value::Object(counted), Value::Object(live)) => {
            overlay_map(wanted, counted, live);
        }
        (Value::Array(wanted), Value::Array(counted), Value::Array(live)) => {
            overlay_list(wanted, counted, live);
        }
        _ => {}
    }
}

fn overlay_map(
    wanted: &mut Map<String, Value>,
    counted: &Map<String, Value>,
    live: &Map<String, Value>,
) {
    for (key, live) in live {
        match (wanted.get_mut(key), counted.get(key)) {
            (_, None) => _ = wanted.insert(key.clone(), live.clone()),
            (Some(wanted), Some(counted)) => overlay(wanted, counted, live),
            (None, Some(_)) => {}
        }
    }
}

/// Elements that are ignored as a whole are kept; of others, what is ignored in them.
fn overlay_list(wanted: &mut Vec<Value>, counted: &[Value], live: &[Value]) {
    let mut rest = counted.iter();
    let mut next = rest.next();
    for element in live {
        let remaining = next.filter(|counted| is_same(counted, element));
        match remaining {
            Some(counted) => {
                if let Some(wanted) = wanted.iter_mut().find(|wanted| is_same(wanted, element)) {
                    overlay(wanted, counted, element);
                }
                next = rest.next();
            }
            None if !wanted.contains(element) => wanted.push(element.clone()),
            None => {}
        }
    }
}

/// Whether both are versions of one element: by the first key that either has,
/// else by value.
fn is_same(left: &Value, right: &Value) -> bool {
    for key in KEYS {
        match (left.get(key), right.get(key)) {
            (None, None) => {}
            (left, right) => return left == right,
        }
    }
    left == right
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::ResourceIgnoreDifferences;

    fn deployment(spec: &Value) -> Arc<Object> {
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": spec, "status": {"replicas": 1},
        });
        Arc::new(Object::new(object).unwrap())
    }

    #[track_caller]
    fn check(pointers: &[&str], programs: &[&str], target: &Value, live: &Value, expected: &Value) {
        let rule = ResourceIgnoreDifferences {
            group: "apps".into(),
            kind: "Deployment".into(),
            json_pointers: pointers.iter().map(ToString::to_string).collect(),
            jq_path_expressions: programs.iter().map(ToString::to_string).collect(),
            ..ResourceIgnoreDifferences::default()
        };
        let rules = Rules::only([rule]).unwrap();
        let respected = respect(&deployment(target), &deployment(live), &rules);
        assert_eq!(respected.value()["spec"], *expected);
    }

    #[test]
    fn an_ignored_field_keeps_its_live_value() {
        let (target, live) = (
            json!({"replicas": 1, "a": 1}),
            json!({"replicas": 5, "a": 2}),
        );
        let expected = json!({"replicas": 5, "a": 1});
        check(&["/spec/replicas"], &[], &target, &live, &expected);
    }

    #[test]
    fn an_ignored_field_that_is_not_live_is_taken_out() {
        let (target, live) = (json!({"replicas": 1, "a": 1}), json!({"a": 2}));
        check(&["/spec/replicas"], &[], &target, &live, &json!({"a": 1}));
    }

    #[test]
    fn what_is_not_ignored_is_left_alone() {
        let (target, live) = (json!({"a": 1}), json!({"a": 2, "b": 3}));
        check(&["/spec/replicas"], &[], &target, &live, &json!({"a": 1}));
    }

    #[cfg(feature = "jq")]
    #[test]
    fn within_a_list_only_what_is_ignored_keeps_its_live_value() {
        let target = json!({"containers": [{"name": "a", "image": "a:1", "args": ["new"]}, {"name": "c", "image": "c:1"}]});
        let live = json!({"containers": [{"name": "b", "image": "b:2"}, {"name": "a", "image": "a:2", "args": ["old"]}]});
        let expected =
            json!({"containers": [{"name": "a", "image": "a:2", "args": ["new"]}, {"name": "c"}]});
        check(
            &[],
            &[".spec.containers[].image"],
            &target,
            &live,
            &expected,
        );
    }

    #[cfg(feature = "jq")]
    #[test]
    fn an_ignored_element_stays() {
        let target = json!({"containers": [{"name": "a", "image": "a:1"}]});
        let live = json!({"containers": [{"name": "sidecar", "image": "s:2"}, {"name": "a", "image": "a:0"}]});
        let expected = json!({"containers": [{"name": "a", "image": "a:1"}, {"name": "sidecar", "image": "s:2"}]});
        let program = r#".spec.containers[] | select(.name == "sidecar")"#;
        check(&[], &[program], &target, &live, &expected);
    }
}
