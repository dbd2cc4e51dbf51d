//! The Gateway API, and policies that attach to it.

use gitops_core::Health;
use serde_json::Value;

use super::read::{conditions, degraded, healthy, is, message, progressing, says, text_or};
use super::table::is_equal;
use crate::field::{at, list, text};

/// A gateway: its own conditions, then those of its listeners.
pub(super) fn gateway(object: &Value) -> Health {
    let own = conditions(object);
    if let Some(health) = own.and_then(|own| fault(own, "", "Gateway")) {
        return health;
    }
    let listeners = list(object, &["status", "listeners"]);
    for listener in listeners {
        if let Some(health) = fault(list(listener, &["conditions"]), "Listener: ", "Listener") {
            return health;
        }
    }
    if own.is_some() || !listeners.is_empty() {
        return healthy("Gateway is healthy");
    }
    progressing("Waiting for Gateway status")
}

/// A GRPC route: the conditions at each of its parents.
pub(super) fn grpc_route(object: &Value) -> Health {
    route(object, |_| true)
}

/// An HTTP route: as for GRPC, but only of parents that saw its latest generation.
pub(super) fn http_route(object: &Value) -> Health {
    let generation = at(object, &["metadata", "generation"]);
    route(object, |parent| {
        let conditions = list(parent, &["conditions"]);
        generation.is_none()
            || !conditions.is_empty()
                && conditions.iter().all(|condition| {
                    let observed = at(condition, &["observedGeneration"]);
                    observed.is_none() || is_equal(observed, generation)
                })
    })
}

fn route(object: &Value, is_current: impl Fn(&Value) -> bool) -> Health {
    let kind = text(object, &["kind"]);
    let parents: Vec<&Value> = list(object, &["status", "parents"])
        .iter()
        .filter(|parent| at(parent, &["conditions"]).is_some() && is_current(parent))
        .collect();
    for parent in &parents {
        let prefix = format!("Parent {}: ", text(parent, &["parentRef", "name"]));
        if let Some(health) = fault(list(parent, &["conditions"]), &prefix, "Route") {
            return health;
        }
    }
    let has_any = |parent: &&Value| !list(parent, &["conditions"]).is_empty();
    if parents.iter().any(has_any) {
        return healthy(format!("{kind} is healthy"));
    }
    progressing(format!("Waiting for {kind} status"))
}

/// What is wrong with conditions: references, acceptance, then programming.
fn fault(conditions: &[Value], prefix: &str, what: &str) -> Option<Health> {
    for kind in ["ResolvedRefs", "Accepted"] {
        let failed = conditions
            .iter()
            .find(|condition| says(condition, kind, "False"));
        if let Some(condition) = failed {
            let otherwise = format!("Failed condition: {kind}");
            let told = text_or(condition, &["message"], &otherwise);
            return Some(degraded(format!("{prefix}{told}")));
        }
    }
    let condition = conditions
        .iter()
        .find(|condition| is(condition, "Programmed") && !says(condition, "Programmed", "True"))?;
    let otherwise = format!("{what} is still being programmed");
    let told = text_or(condition, &["message"], &otherwise);
    Some(progressing(format!("{prefix}{told}")))
}

/// A policy for the connection to a backend.
pub(super) fn backend_tls_policy(object: &Value) -> Health {
    policy(object, false)
}

/// The kinds of Airlock's gateway: its policies are judged, the rest is healthy.
pub(super) fn airlock(object: &Value) -> Health {
    let kind = text(object, &["kind"]);
    if !kind.ends_with("Policy") {
        return healthy(format!("{kind} is healthy"));
    }
    policy(object, true)
}

/// A policy by its ancestors; a strict one must be accepted by the last of them,
/// and everywhere for the latest generation.
fn policy(object: &Value, is_strict: bool) -> Health {
    let kind = text(object, &["kind"]);
    let ancestors = list(object, &["status", "ancestors"]);
    if let Some(name) = outdated(object, ancestors, is_strict) {
        return progressing(format!(
            "Waiting for Ancestor {name} to update {kind} status"
        ));
    }
    let mut health = progressing(format!("Waiting for {kind} status"));
    for ancestor in ancestors {
        let name = text(ancestor, &["ancestorRef", "name"]);
        let conditions = list(ancestor, &["conditions"]);
        let refused = conditions.iter().find(|condition| {
            matches!(text(condition, &["type"]), "Accepted" | "ResolvedRefs")
                && text(condition, &["status"]) != "True"
        });
        if let Some(condition) = refused {
            return degraded(format!("Ancestor {name}: {}", message(condition)));
        }
        if conditions.iter().any(|condition| is(condition, "Accepted")) {
            health = healthy(format!("{kind} is healthy"));
        } else if is_strict {
            health = degraded(format!("Ancestor {name}: {kind} is not accepted"));
        }
    }
    health
}

/// The first ancestor whose conditions are not of the latest generation.
fn outdated<'a>(object: &Value, ancestors: &'a [Value], is_strict: bool) -> Option<&'a str> {
    let generation = at(object, &["metadata", "generation"])?;
    let is_outdated = |condition: &Value| match at(condition, &["observedGeneration"]) {
        None => is_strict,
        observed => !is_equal(observed, Some(generation)),
    };
    ancestors
        .iter()
        .find(|ancestor| list(ancestor, &["conditions"]).iter().any(is_outdated))
        .map(|ancestor| text(ancestor, &["ancestorRef", "name"]))
}
