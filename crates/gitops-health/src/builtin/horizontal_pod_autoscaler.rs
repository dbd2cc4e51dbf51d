//! HorizontalPodAutoscaler: whether it can read its metrics and scale.

mod annotation;

use gitops_core::{Health, HealthStatus, Object};
use serde_json::Value;

use super::{Error, convert, unsupported};
use crate::field::{list, text};

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    match object.version() {
        "v1" => {
            convert(object, "HPA", "v1.HorizontalPodAutoscaler")?;
            let written = annotation::conditions(object)?;
            Ok(judge(written.iter().map(annotation::Written::condition)))
        }
        "v2" => {
            convert(object, "HPA", "v2.HorizontalPodAutoscaler")?;
            let conditions = list(object.value(), &["status", "conditions"]);
            Ok(judge(conditions.iter().map(Condition::read)))
        }
        _ => Err(unsupported(object, "HPA")),
    }
}

#[derive(Clone, Copy)]
struct Condition<'a> {
    kind: &'a str,
    status: &'a str,
    reason: &'a str,
    message: &'a str,
}

/// The first failure decides, wherever it stands, then the first success.
fn judge<'a>(mut conditions: impl Iterator<Item = Condition<'a>> + Clone) -> Health {
    if let Some(failure) = conditions.clone().find(Condition::is_failure) {
        return Health::new(HealthStatus::Degraded, failure.message);
    }
    if let Some(success) = conditions.find(Condition::is_success) {
        return Health::new(HealthStatus::Healthy, success.message);
    }
    Health::new(HealthStatus::Progressing, "Waiting to Autoscale")
}

impl<'a> Condition<'a> {
    fn read(value: &'a Value) -> Self {
        Self {
            kind: text(value, &["type"]),
            status: text(value, &["status"]),
            reason: text(value, &["reason"]),
            message: text(value, &["message"]),
        }
    }

    fn is_failure(&self) -> bool {
        matches!(
            (self.kind, self.reason),
            ("AbleToScale", "FailedGetScale" | "FailedUpdateScale")
                | (
                    "ScalingActive",
                    "FailedGetResourceMetric"
                        | "FailedGetObjectMetric"
                        | "FailedGetPodsMetric"
                        | "FailedGetExternalMetric"
                        | "FailedComputeMetricsReplicas"
                        | "InvalidSelector"
                )
        )
    }

    fn is_success(&self) -> bool {
        matches!(self.kind, "AbleToScale" | "ScalingLimited") && self.status == "True"
    }
}
