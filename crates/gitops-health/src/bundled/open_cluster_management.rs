//! Open Cluster Management's policies.

use gitops_core::Health;
use serde_json::Value;

use super::read::{degraded, healthy, is_set, progressing, same};
use crate::field::{at, list, text};

const WAITING: &str = "Waiting for the status to be reported";

pub(super) fn configuration_policy(object: &Value) -> Health {
    if at(object, &["status", "compliant"]).is_none() {
        return progressing(WAITING);
    }
    if !same(
        object,
        &["status", "lastEvaluatedGeneration"],
        &["metadata", "generation"],
    ) {
        return progressing("Waiting for the status to be updated");
    }
    if at(object, &["status", "compliancyDetails"]).is_none() {
        return progressing("Waiting for compliance");
    }
    let details = list(object, &["status", "compliancyDetails"]);
    let told: Vec<String> = details
        .iter()
        .flat_map(|detail| list(detail, &["conditions"]))
        .filter(|condition| {
            at(condition, &["message"]).is_some() && at(condition, &["type"]).is_some()
        })
        .map(|condition| {
            format!(
                "{} - {}",
                text(condition, &["type"]),
                text(condition, &["message"])
            )
        })
        .collect();
    by_compliance(object, told.join("; "))
}

pub(super) fn policy(object: &Value) -> Health {
    if is_set(object, &["spec", "disabled"]) {
        return healthy("Policy is disabled");
    }
    if at(object, &["status", "compliant"]).is_none() {
        let is_unmatched = at(object, &["status", "status"]).is_none()
            && !list(object, &["status", "placement"]).is_empty();
        if is_unmatched {
            return healthy("No clusters match this policy");
        }
        return progressing(WAITING);
    }
    let told = if at(object, &["status", "status"]).is_some() {
        let clusters = list(object, &["status", "status"]);
        compliance(clusters, "clusters", &["clustername"])
    } else if at(object, &["status", "details"]).is_some() {
        let templates = list(object, &["status", "details"]);
        compliance(templates, "templates", &["templateMeta", "name"])
    } else {
        String::new()
    };
    by_compliance(object, told)
}

fn compliance(entries: &[Value], what: &str, name: &[&str]) -> String {
    let failing: Vec<&str> = entries
        .iter()
        .filter(|entry| text(entry, &["compliant"]) != "Compliant" && at(entry, name).is_some())
        .map(|entry| text(entry, name))
        .collect();
    if failing.is_empty() {
        return format!("All {what} are compliant");
    }
    format!("NonCompliant {what}: {}", failing.join(", "))
}

fn by_compliance(object: &Value, told: String) -> Health {
    if text(object, &["status", "compliant"]) == "Compliant" {
        return healthy(told);
    }
    degraded(told)
}
