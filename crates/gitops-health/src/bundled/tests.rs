use gitops_core::{HealthCheck, HealthStatus, Object};
use serde_json::{Value, json};

use super::{Bundled, Related, judge};
use crate::{Chain, Outcome};

#[test]
fn every_table_is_read_and_answers_an_empty_object() {
    assert!(Bundled::kinds().count() > 200);
    for name in Bundled::kinds() {
        let (group, kind) = name.split_once('/').unwrap();
        let group = group.replace('_', "some");
        for fields in [
            json!({}),
            json!({"status": {}}),
            json!({"status": {"conditions": []}}),
            json!({"status": "odd"}),
        ] {
            let mut object = json!({"apiVersion": format!("{group}/v1"), "kind": kind, "metadata": {"name": "a"}});
            object
                .as_object_mut()
                .unwrap()
                .extend(fields.as_object().unwrap().clone());
            let outcome = judge(&Object::new(object).unwrap());
            assert_ne!(outcome, Outcome::NoCheck, "{name}");
        }
    }
}

#[test]
fn related_kinds_are_none_of_the_reference_s() {
    for name in Related::kinds() {
        let (group, kind) = name.split_once('/').unwrap();
        let object =
            json!({"apiVersion": format!("{group}/v1"), "kind": kind, "metadata": {"name": "a"}});
        let object = Object::new(object).unwrap();
        assert_eq!(judge(&object), Outcome::NoCheck, "{name}");
        assert!(Related.check(&object).unwrap().is_some(), "{name}");
    }
    let backup = json!({
        "apiVersion": "velero.io/v1", "kind": "Backup", "metadata": {"name": "a"},
        "status": {"phase": "PartiallyFailed"},
    });
    let health = Related
        .check(&Object::new(backup).unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(
        (health.status, health.message.as_str()),
        (HealthStatus::Degraded, "It failed")
    );
}

#[test]
fn the_kinds_that_people_run_fare_as_their_status_tells() {
    let cases = include_str!("../../testdata/custom-resources.jsonl");
    let chain = Chain::new().bundled().related();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let object = Object::new(case["object"].clone()).unwrap();
        let health = chain.check(&object).unwrap().expect(line);
        assert_eq!(case["status"], health.status.as_str(), "{line}");
        assert_eq!(case["message"], health.message, "{line}");
    }
}

#[test]
fn wildcards_stand_for_groups_that_have_no_check_of_their_own() {
    let check = |group: &str, kind: &str| {
        let object =
            json!({"apiVersion": format!("{group}/v1"), "kind": kind, "metadata": {"name": "a"}});
        judge(&Object::new(object).unwrap())
    };
    for group in [
        "ec2.aws.crossplane.io",
        "s3.services.k8s.aws",
        "sql.cnrm.cloud.google.com",
        "operator.victoriametrics.com",
    ] {
        assert_ne!(check(group, "Anything"), Outcome::NoCheck, "{group}");
    }
    assert_eq!(
        check("crossplane.io.example.org", "Anything"),
        Outcome::NoCheck
    );
    assert_eq!(check("example.org", "Anything"), Outcome::NoCheck);
}
