//! Spark applications.

use gitops_core::{Health, HealthStatus};
use serde_json::Value;

use super::read::{degraded, healthy, is_set, number_or, progressing};
use crate::field::{at, text};

/// The second line is indented, as users know it.
const SUCCEEDING: &str = concat!(
    "The driver pod has been completed successfully. ",
    "The executor pods terminate and are cleaned up.\n",
    "                                ",
    "Under this circumstances, we assume the executor pod are completed.",
);

pub(super) fn application(object: &Value) -> Health {
    let failed = || {
        degraded(text(
            object,
            &["status", "applicationState", "errorMessage"],
        ))
    };
    let state = at(object, &["status", "applicationState", "state"]).and_then(Value::as_str);
    match state {
        Some("") => progressing("SparkApplication was added, enqueuing it for submission"),
        Some("RUNNING") if has_executors(object) => healthy("SparkApplication is Running"),
        Some("SUBMITTED") => progressing("SparkApplication was submitted successfully"),
        Some("COMPLETED") => healthy("SparkApplication was Completed"),
        Some("FAILED" | "SUBMISSION_FAILED" | "FAILING") => failed(),
        Some("PENDING_RERUN") => progressing("SparkApplication is Pending Rerun"),
        Some("INVALIDATING") => Health::new(
            HealthStatus::Missing,
            "SparkApplication is in InvalidatingState",
        ),
        Some("SUCCEEDING") => progressing(SUCCEEDING),
        Some("UNKNOWN") => progressing(
            "SparkApplication is in UnknownState because either driver pod or one or all executor pods in unknown state  ",
        ),
        _ => progressing("Waiting for Executor pods"),
    }
}

/// Whether as many executors run as are asked for.
fn has_executors(object: &Value) -> bool {
    let Some(Value::Object(executors)) = at(object, &["status", "executorState"]) else {
        return false;
    };
    let running = executors
        .values()
        .filter(|state| *state == "RUNNING")
        .count();
    let running = u32::try_from(running).map_or(f64::INFINITY, f64::from);
    let instances = at(object, &["spec", "executor", "instances"]).and_then(Value::as_f64);
    if instances.is_some_and(|instances| (instances - running).abs() < 0.5) {
        return true;
    }
    match range(object) {
        Some((least, most)) => (least..=most).contains(&running),
        None => {
            at(object, &["spec", "dynamicAllocation"]).is_none()
                && instances.is_none()
                && running >= 1.0
        }
    }
}

/// The bounds of dynamic allocation, from the specification or Spark's own settings.
fn range(object: &Value) -> Option<(f64, f64)> {
    if is_set(object, &["spec", "dynamicAllocation", "enabled"]) {
        let bound =
            |name, otherwise| number_or(object, &["spec", "dynamicAllocation", name], otherwise);
        return Some((
            bound("minExecutors", 0.0),
            bound("maxExecutors", f64::INFINITY),
        ));
    }
    let settings = at(object, &["spec", "sparkConf"])?;
    let prefix = [
        "spark.streaming.dynamicAllocation",
        "spark.dynamicAllocation",
    ]
    .into_iter()
    .find(|prefix| text(settings, &[&format!("{prefix}.enabled")]) == "true")?;
    let bound = |name: &str, otherwise: f64| match text(settings, &[&format!("{prefix}.{name}")]) {
        "" => Some(otherwise),
        set => set.parse().ok(),
    };
    Some((
        bound("minExecutors", 0.0)?,
        bound("maxExecutors", f64::INFINITY)?,
    ))
}
