use gitops_core::{Health, HealthCheck, HealthStatus, Object};
use serde_json::json;

use super::Chain;
use crate::Outcome;

fn deployment(metadata: &serde_json::Value) -> Object {
    let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata});
    object["metadata"]["name"] = json!("a");
    Object::new(object).unwrap()
}

#[test]
fn the_first_check_that_applies_decides() {
    let never = |_: &Object| Ok(None);
    let always = |_: &Object| Ok(Some(Health::new(HealthStatus::Suspended, "asked")));
    let chain = Chain::new()
        .then("never", never)
        .then("always", always)
        .builtin();
    let judgement = chain.judge(&deployment(&json!({})));
    assert_eq!(judgement.check.as_deref(), Some("always"));
    assert_eq!(judgement.outcome.health().unwrap().message, "asked");
}

#[test]
fn deletion_comes_before_every_check() {
    let never_asked = |_: &Object| -> Result<Option<Health>, gitops_core::health::Error> {
        unreachable!("the object is being deleted")
    };
    let chain = Chain::new().then("never asked", never_asked);
    let judgement = chain.judge(&deployment(
        &json!({"deletionTimestamp": "2026-01-01T00:00:00Z"}),
    ));
    assert_eq!(judgement.check.as_deref(), Some("deletion"));
}

#[test]
fn a_check_on_trial_is_asked_despite_deletion() {
    let asked = |_: &Object| Ok(Some(Health::new(HealthStatus::Degraded, "asked")));
    let chain = Chain::new().then("asked", asked).ignoring_deletion();
    let judgement = chain.judge(&deployment(
        &json!({"deletionTimestamp": "2026-01-01T00:00:00Z"}),
    ));
    assert_eq!(judgement.check.as_deref(), Some("asked"));
}

#[test]
fn a_failed_check_is_an_error_and_the_object_unknown() {
    let chain = Chain::standard();
    let mut broken = deployment(&json!({}));
    broken
        .update(|value| value["spec"] = json!("text"))
        .unwrap();
    let judgement = chain.judge(&broken);
    let Outcome::Judged(health) = &judgement.outcome else {
        panic!("a failed check judges")
    };
    assert_eq!(health.status, HealthStatus::Unknown);
    assert_eq!(
        health.message,
        "failed to convert unstructured Deployment to typed: cannot restore struct from: string"
    );
    assert!(judgement.error.is_some());
    assert!(chain.check(&broken).is_err());
}

#[test]
fn no_check_no_health() {
    let object =
        Object::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}));
    assert_eq!(
        Chain::standard().judge(&object.unwrap()).outcome,
        Outcome::NoCheck
    );
}
