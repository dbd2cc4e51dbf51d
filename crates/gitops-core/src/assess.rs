//! The health of an Application from the health of its objects.

use std::collections::BTreeMap;

use crate::compare::{Compared, Comparison};
use crate::{Health, HealthCheck, HealthStatus, Object, ObjectKey, health, hook};

/// The annotation on a live object that leaves its health out of account.
const IGNORE: &str = "argocd.argoproj.io/ignore-healthcheck";

/// Objects named in the message of an unhealthy Application.
const CAUSES: usize = 3;

/// How an Application fares, and each of its objects that has a health.
#[derive(Debug)]
#[non_exhaustive]
pub struct Assessment {
    /// The worst of the objects that count, with the first three causes.
    pub health: Health,
    /// Each object's own health; kinds that no check knows are absent.
    pub objects: BTreeMap<ObjectKey, Health>,
    /// The first check that failed. Its object counts as Unknown.
    pub error: Option<Error>,
}

/// A check that failed, in the words in which the reference reports it.
#[derive(Debug, thiserror::Error)]
#[error(
    "failed to get resource health for \"{kind}\" with name \"{name}\" in namespace \"{namespace}\": {}",
    cause.reported()
)]
#[non_exhaustive]
pub struct Error {
    /// The object's kind.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// The object's namespace; empty where it has none.
    pub namespace: String,
    /// Why the check failed; the message says it.
    pub cause: health::Error,
}

/// Judges every object of a comparison, by the rules of the reference.
///
/// Hooks and skipped objects do not count, nor do missing objects as long as one
/// is live, nor those annotated `argocd.argoproj.io/ignore-healthcheck: "true"`.
/// `own_uid` is the Application's own: one that deploys itself is not judged by itself.
pub fn assess(
    comparison: &Comparison,
    check: &dyn HealthCheck,
    own_uid: Option<&str>,
) -> Assessment {
    let mut assessment = Assessment {
        health: Health::healthy(),
        objects: BTreeMap::new(),
        error: None,
    };
    let mut counted: Vec<(&Compared, HealthStatus)> = Vec::new();
    let (mut any, mut any_live) = (false, false);
    for resource in &comparison.resources {
        if is_left_out(resource) {
            continue;
        }
        any = true;
        let Some(live) = &resource.live else {
            let missing = Health::new(HealthStatus::Missing, "");
            assessment.objects.insert(resource.key.clone(), missing);
            continue;
        };
        any_live = true;
        if live.annotation(IGNORE) == Some("true") || is_self(live, own_uid) {
            continue;
        }
        let Some(health) = judge(live, check, &mut assessment.error) else {
            continue;
        };
        if !is_waiting_child(live, health.status) {
            counted.push((resource, health.status));
        }
        assessment.objects.insert(resource.key.clone(), health);
    }
    assessment.health = overall(&counted, any && !any_live);
    assessment
}

/// Hooks and skipped objects do not count.
fn is_left_out(resource: &Compared) -> bool {
    resource.target.as_deref().is_some_and(hook::is_skipped)
        || resource.live.as_deref().is_some_and(hook::is_hook)
}

fn is_self(live: &Object, own_uid: Option<&str>) -> bool {
    is_application(live) && own_uid.is_some() && own_uid == live.uid()
}

/// A child Application that nobody has looked at yet does not count.
fn is_waiting_child(live: &Object, status: HealthStatus) -> bool {
    is_application(live) && matches!(status, HealthStatus::Missing | HealthStatus::Unknown)
}

fn is_application(live: &Object) -> bool {
    live.group() == "argoproj.io" && live.kind() == "Application"
}

fn judge(
    live: &Object,
    check: &dyn HealthCheck,
    first_error: &mut Option<Error>,
) -> Option<Health> {
    match check.check(live) {
        Ok(health) => health,
        Err(error) => {
            let message = error.source.to_string();
            first_error.get_or_insert_with(|| Error {
                kind: live.kind().to_owned(),
                name: live.name().to_owned(),
                namespace: live.namespace().unwrap_or_default().to_owned(),
                cause: error,
            });
            Some(Health::new(HealthStatus::Unknown, message))
        }
    }
}

fn overall(counted: &[(&Compared, HealthStatus)], nothing_live: bool) -> Health {
    let worst = counted
        .iter()
        .map(|(_, status)| *status)
        .max()
        .unwrap_or(HealthStatus::Healthy);
    if nothing_live && HealthStatus::Missing > worst {
        return Health::new(HealthStatus::Missing, "");
    }
    if worst == HealthStatus::Healthy {
        return Health::healthy();
    }
    let causes: Vec<String> = counted
        .iter()
        .filter(|(_, status)| *status == worst)
        .map(|(resource, _)| short_name(&resource.key))
        .collect();
    let named = causes[..causes.len().min(CAUSES)].join(", ");
    let rest = match causes.len().saturating_sub(CAUSES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Health::new(worst, format!("Caused by {named}{rest}"))
}

/// `group/kind:namespace/name`, without empty parts.
fn short_name(key: &ObjectKey) -> String {
    let group = match key.group.as_str() {
        "" => String::new(),
        group => format!("{group}/"),
    };
    let namespace = match key.namespace.as_str() {
        "" => String::new(),
        namespace => format!("{namespace}/"),
    };
    format!("{group}{}:{namespace}{}", key.kind, key.name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::diff::Diff;

    /// A check that takes an object's health from `status.health`.
    fn stated(object: &Object) -> Result<Option<Health>, health::Error> {
        Ok(match object.value()["status"]["health"].as_str() {
            Some("Degraded") => Some(Health::new(HealthStatus::Degraded, "broken")),
            Some("Suspended") => Some(Health::new(HealthStatus::Suspended, "")),
            Some("Unknown") => Some(Health::new(HealthStatus::Unknown, "")),
            Some("Error") => return Err(health::Error::new("stated", object, "no idea")),
            Some(_) => Some(Health::healthy()),
            None => None,
        })
    }

    fn object(kind: &str, name: &str, health: &str, annotation: &str) -> Arc<Object> {
        let api_version = match kind {
            "Application" => "argoproj.io/v1alpha1",
            _ => "v1",
        };
        let object = json!({
            "apiVersion": api_version, "kind": kind,
            "metadata": {"name": name, "namespace": "a", "uid": name, "annotations": {annotation: "true"}},
            "status": {"health": health},
        });
        Arc::new(Object::new(object).unwrap())
    }

    fn live(kind: &str, name: &str, health: &str) -> Compared {
        Compared::new(None, Some(object(kind, name, health, "x")), Diff::default())
    }

    fn missing(name: &str) -> Compared {
        Compared::new(Some(object("Pod", name, "", "x")), None, Diff::default())
    }

    #[track_caller]
    fn check(resources: Vec<Compared>, status: HealthStatus, message: &str) {
        let assessed = assess(&Comparison::new(resources), &stated, Some("self"));
        assert_eq!(assessed.health, Health::new(status, message));
    }

    #[test]
    fn an_application_is_as_healthy_as_its_worst_object() {
        check(vec![], HealthStatus::Healthy, "");
        check(
            vec![live("Pod", "a", "Healthy"), live("Pod", "b", "Suspended")],
            HealthStatus::Suspended,
            "Caused by Pod:a/b",
        );
    }

    #[test]
    fn three_causes_are_named_and_the_rest_counted() {
        let names = ["a", "b", "c", "d", "e"];
        check(
            names.map(|name| live("Pod", name, "Degraded")).to_vec(),
            HealthStatus::Degraded,
            "Caused by Pod:a/a, Pod:a/b, Pod:a/c and 2 more",
        );
    }

    #[test]
    fn missing_objects_count_only_when_nothing_is_live() {
        check(vec![missing("a")], HealthStatus::Missing, "");
        check(
            vec![missing("a"), live("Pod", "b", "Healthy")],
            HealthStatus::Healthy,
            "",
        );
    }

    #[test]
    fn the_application_itself_and_waiting_children_do_not_count() {
        check(
            vec![
                live("Application", "self", "Degraded"),
                live("Application", "child", "Unknown"),
            ],
            HealthStatus::Healthy,
            "",
        );
        check(
            vec![live("Application", "child", "Degraded")],
            HealthStatus::Degraded,
            "Caused by argoproj.io/Application:a/child",
        );
    }

    #[test]
    fn ignored_objects_are_not_judged() {
        let ignored = object("Pod", "a", "Degraded", IGNORE);
        let comparison = Comparison::new(vec![Compared::new(None, Some(ignored), Diff::default())]);
        let assessed = assess(&comparison, &stated, None);
        assert_eq!(assessed.health, Health::healthy());
        assert!(assessed.objects.is_empty());
    }

    #[test]
    fn a_failing_check_makes_its_object_unknown() {
        let assessed = assess(
            &Comparison::new(vec![live("Pod", "a", "Error")]),
            &stated,
            None,
        );
        assert_eq!(assessed.health.status, HealthStatus::Unknown);
        assert_eq!(
            assessed.error.unwrap().to_string(),
            "failed to get resource health for \"Pod\" with name \"a\" in namespace \"a\": no idea",
        );
    }
}
