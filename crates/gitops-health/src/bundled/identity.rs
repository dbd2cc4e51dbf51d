//! Identities and secrets.

use gitops_core::Health;
use serde_json::Value;

use super::read::{
    conditions, degraded, healthy, is_set, message, number_or, progressing, says, shown,
};
use crate::field::{at, text};

/// Keiko's IAM roles.
pub(super) fn iam_role(object: &Value) -> Health {
    let field = |name| {
        if is_set(object, &["status", name]) {
            shown(object, &["status", name])
        } else {
            "<none>".into()
        }
    };
    let (name, arn, id) = (field("roleName"), field("roleARN"), field("roleID"));
    let role = format!("ARN '{arn}' and ID '{id}'.");
    match text(object, &["status", "state"]) {
        "Ready" => healthy(format!("Role '{name}' exists with {role}")),
        "Error" | "RolesMaxLimitReached" | "PolicyNotAllowed" | "RoleNameNotAvailable" => {
            let retries = if number_or(object, &["status", "retryCount"], 0.0) > 0.0 {
                format!("(retry {}) ", shown(object, &["status", "retryCount"]))
            } else {
                String::new()
            };
            let cause = match at(object, &["status", "errorDescription"]) {
                Some(_) => format!(
                    " Reconciliation error was: {}",
                    shown(object, &["status", "errorDescription"])
                ),
                None => String::new(),
            };
            degraded(format!(
                "Failed to reconcile the Iamrole {retries}for role '{name}' with {role}{cause}"
            ))
        }
        _ => progressing("Waiting for Iamrole to be reconciled"),
    }
}

/// Keycloak: of its conditions the earliest that tells decides.
pub(super) fn keycloak(object: &Value) -> Health {
    let Some(conditions) = conditions(object) else {
        return progressing("Waiting for Keycloak status conditions to exist");
    };
    let mut sorted: Vec<&Value> = conditions.iter().collect();
    sorted.sort_by_key(|condition| {
        let time = at(condition, &["lastTransitionTime"]).and_then(Value::as_str);
        (time.is_none(), time)
    });
    for condition in sorted {
        if says(condition, "Ready", "True") {
            return healthy("");
        }
        if says(condition, "HasErrors", "True") {
            return degraded(format!("Has Errors: {}", message(condition)));
        }
    }
    progressing("")
}

/// The external secrets of the project that came before External Secrets.
pub(super) fn external_secret(object: &Value) -> Health {
    let state = text(object, &["status", "status"]);
    match state {
        "SUCCESS" => healthy("Fetched ExternalSecret."),
        _ if state.starts_with("ERROR") => degraded(state.replace("ERROR, ", "")),
        _ => progressing("Waiting for ExternalSecret."),
    }
}
