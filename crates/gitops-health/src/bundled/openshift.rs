//! The platform of Red Hat: deployments, routes and the subscriptions of operators.

use gitops_core::Health;
use serde_json::Value;

use super::read::{conditions, degraded, healthy, is, progressing, reason, says};
use crate::field::{at, list, text};

pub(super) fn deployment_config(object: &Value) -> Health {
    let waiting = || progressing("replication controller is waiting for pods to run");
    let (Some(conditions), Some(replicas)) =
        (conditions(object), at(object, &["status", "replicas"]))
    else {
        return waiting();
    };
    let held = conditions
        .iter()
        .filter(|condition| {
            says(condition, "Available", "True")
                || says(condition, "Progressing", "True")
                    && reason(condition) == "NewReplicationControllerAvailable"
        })
        .count();
    match held {
        _ if held == 2 || replicas.as_f64() == Some(0.0) => {
            healthy("replication controller successfully rolled out")
        }
        1 => waiting(),
        _ => degraded("Deployment config is degraded"),
    }
}

pub(super) fn route(object: &Value) -> Health {
    if at(object, &["status", "ingress"]).is_none() {
        return progressing("Route is still getting admitted");
    }
    let routers = list(object, &["status", "ingress"]);
    let count = |status: &str| {
        routers
            .iter()
            .flat_map(|router| list(router, &["conditions"]))
            .filter(|condition| says(condition, "Admitted", status))
            .count()
    };
    if count("True") == routers.len() {
        return healthy("Route is healthy");
    }
    if count("False") > 0 {
        return degraded("Route is degraded");
    }
    progressing("Route is still getting admitted")
}

pub(super) fn subscription(object: &Value) -> Health {
    let Some(conditions) = conditions(object) else {
        return progressing("An install plan for a subscription is pending installation");
    };
    let is_manual = awaits_approval(object, conditions);
    let (mut failed, mut pending) = (0, 0);
    let mut told = String::new();
    for (place, condition) in (1..).zip(conditions) {
        if is_manual && is(condition, "InstallPlanPending") {
            continue;
        }
        let (kind, status) = (text(condition, &["type"]), text(condition, &["status"]));
        told = format!("{told}{place}: {kind} | {status}\n");
        if says(condition, "InstallPlanPending", "True") {
            pending += 1;
        } else if is_failure(condition) {
            failed += 1;
        }
    }
    let state = at(object, &["status", "state"]).map(|_| text(object, &["status", "state"]));
    match state {
        None | Some("" | "UpgradeAvailable") => pending += 1,
        Some("UpgradePending") if !is_manual => pending += 1,
        Some("UpgradeFailed") => failed += 1,
        Some(_) => {}
    }
    told.push_str(&state_told(state, is_manual));
    match (failed, pending) {
        (0, 0) => healthy(told),
        (0, _) => progressing(told),
        _ => degraded(told),
    }
}

/// Whether an upgrade waits for somebody's approval while another version runs.
fn awaits_approval(object: &Value, conditions: &[Value]) -> bool {
    text(object, &["spec", "installPlanApproval"]) == "Manual"
        && at(object, &["status", "installedCSV"]).is_some()
        && conditions.iter().any(|condition| {
            says(condition, "InstallPlanPending", "True") && reason(condition) == "RequiresApproval"
        })
}

fn is_failure(condition: &Value) -> bool {
    match text(condition, &["type"]) {
        "InstallPlanMissing" => reason(condition) != "ReferencedInstallPlanNotFound",
        "CatalogSourcesUnhealthy" | "InstallPlanFailed" | "ResolutionFailed" => {
            text(condition, &["status"]) == "True"
        }
        _ => false,
    }
}

fn state_told(state: Option<&str>, is_manual: bool) -> String {
    match state {
        None => ".status.state not yet known\n".into(),
        Some("UpgradePending") if is_manual => {
            ".status.state is 'UpgradePending' (manual InstallPlan approval pending; treated as healthy)\n".into()
        }
        Some(state) => format!(".status.state is '{state}'\n"),
    }
}
