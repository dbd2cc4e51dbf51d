//! The destination namespace, where an option asks for it.

use super::*;
use crate::api::ManagedNamespaceMetadata;

fn managed() -> Options {
    let managed = json!({"labels": {"team": "shop"}, "annotations": {"a": "b"}});
    let managed: ManagedNamespaceMetadata = serde_json::from_value(managed).unwrap();
    pruning()
        .application(ApplicationOptions::parse(&["CreateNamespace=true"]))
        .managed_namespace(Some(managed))
}

/// The destination namespace with these labels, as it was applied by a sync.
fn live(labels: &Value) -> Arc<Object> {
    let options = json!({"a": "b", SYNC_OPTIONS: "ServerSideApply=true"});
    let mut live = Object::clone(&object("Namespace", "shop", &options));
    live.update(|value| {
        value["metadata"]["labels"] = labels.clone();
        value["metadata"]["managedFields"] = json!([{
            "manager": "argocd-controller", "operation": "Apply", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:metadata": {
                "f:labels": {"f:team": {}},
                "f:annotations": {"f:a": {}, "f:argocd.argoproj.io/sync-options": {}},
            }},
        }]);
    })
    .unwrap();
    Arc::new(live)
}

fn action(options: &Options) -> Option<Action> {
    let mut plan = plan(&comparison(Vec::new()), options);
    assert!(plan.tasks.len() <= 1);
    plan.tasks.pop().map(|task| task.action)
}

#[test]
fn row_14_an_existing_namespace_is_left_alone_unless_it_should_carry_something() {
    let plain = pruning().application(ApplicationOptions::parse(&["CreateNamespace=true"]));
    assert!(matches!(action(&plain), Some(Action::Create(_))));
    let existing = live(&json!({}));
    assert_eq!(
        action(&plain.live_namespace(Some(Arc::clone(&existing)))),
        None
    );
    let lacks_labels = managed().live_namespace(Some(existing));
    assert!(matches!(action(&lacks_labels), Some(Action::Update(_))));
}

#[test]
fn row_15_a_namespace_that_carries_what_it_should_is_not_written() {
    let carries = live(&json!({"team": "shop", "theirs": "too"}));
    let options = managed().live_namespace(Some(carries));
    assert_eq!(action(&options), Some(Action::Keep));
    let plan = plan(&comparison(Vec::new()), &options);
    assert!(plan.changes_nothing());
}
