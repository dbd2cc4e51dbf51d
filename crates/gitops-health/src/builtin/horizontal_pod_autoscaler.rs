//! HorizontalPodAutoscaler: whether it can read its metrics and scale.

use std::borrow::Cow;

use gitops_core::{Health, HealthStatus, Object};
use serde_json::{Map, Value};

use super::{Error, convert, unsupported};
use crate::field::{list, text};

/// Where version 1 keeps its conditions.
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    let conditions: Cow<'_, [Value]> = match object.version() {
        "v1" => {
            convert(object, "HPA", "v1.HorizontalPodAutoscaler")?;
            annotated(object)?.into()
        }
        "v2" => {
            convert(object, "HPA", "v2.HorizontalPodAutoscaler")?;
            list(object.value(), &["status", "conditions"]).into()
        }
        _ => return Err(unsupported(object, "HPA")),
    };
    Ok(judge(&conditions))
}

fn judge(conditions: &[Value]) -> Health {
    let first = |matches: fn(&Value) -> bool| conditions.iter().find(|found| matches(found));
    if let Some(condition) = first(is_failure) {
        return Health::new(HealthStatus::Degraded, text(condition, &["message"]));
    }
    if let Some(condition) = first(is_success) {
        return Health::new(HealthStatus::Healthy, text(condition, &["message"]));
    }
    Health::new(HealthStatus::Progressing, "Waiting to Autoscale")
}

fn is_failure(condition: &Value) -> bool {
    matches!(
        (text(condition, &["type"]), text(condition, &["reason"])),
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

fn is_success(condition: &Value) -> bool {
    matches!(text(condition, &["type"]), "AbleToScale" | "ScalingLimited")
        && text(condition, &["status"]) == "True"
}

/// The conditions in the annotation, with their fields' names in lower case,
/// because the reference matches them without regard to case.
fn annotated(object: &Object) -> Result<Vec<Value>, Error> {
    let Some(annotation) = object.annotation(CONDITIONS) else {
        return Ok(Vec::new());
    };
    let fault = |detail: String| Error::ConditionsAnnotation(detail);
    let parsed = serde_json::from_str(annotation).map_err(|error| fault(error.to_string()))?;
    let entries = match parsed {
        Value::Null => Vec::new(),
        Value::Array(entries) => entries,
        _ => return Err(fault("the conditions are not a list".into())),
    };
    entries
        .into_iter()
        .map(|entry| match entry {
            Value::Null => Ok(Value::Null),
            Value::Object(fields) => lower_case(fields).map_err(fault),
            _ => Err(fault("a condition is not an object".into())),
        })
        .collect()
}

fn lower_case(fields: Map<String, Value>) -> Result<Value, String> {
    let mut lower = Map::new();
    for (name, value) in fields {
        let name = name.to_lowercase();
        let is_text = matches!(name.as_str(), "type" | "status" | "reason" | "message");
        match value {
            Value::Null => {}
            Value::String(_) if is_text => {
                lower.insert(name, value);
            }
            _ if is_text => return Err(format!("a condition's {name} is not a string")),
            _ => {}
        }
    }
    Ok(Value::Object(lower))
}
