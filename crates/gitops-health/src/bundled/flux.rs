//! Flux: the toolkit's kinds count which of their conditions hold.

use gitops_core::{Health, HealthStatus};
use serde_json::Value;

use super::read::{conditions, degraded, healthy, is, progressing, reason, says, suspended};
use crate::field::{flag, text};

/// How a kind counts its conditions.
struct Counting {
    /// The status of `Ready` that counts as being on the way.
    on_the_way: &'static str,
    /// The reasons of `Reconciling` that count; all where none is named.
    reasons: &'static [&'static str],
    /// Other conditions that must hold beside `Ready`.
    also: &'static [&'static str],
    /// How many conditions must hold.
    needed: usize,
}

const PLAIN: Counting = Counting {
    on_the_way: "Unknown",
    reasons: &[],
    also: &[],
    needed: 1,
};

pub(super) fn helm_release(object: &Value) -> Health {
    let counting = Counting {
        also: &["Released", "TestSuccess"],
        needed: 2,
        ..PLAIN
    };
    unless_suspended(object, |object| count(object, &counting))
}

pub(super) fn kustomization(object: &Value) -> Health {
    unless_suspended(object, |object| count(object, &PLAIN))
}

pub(super) fn image_policy(object: &Value) -> Health {
    let counting = Counting {
        on_the_way: "False",
        reasons: &["NewGeneration", "AccessingRepository", "ApplyingPolicy"],
        ..PLAIN
    };
    count(object, &counting)
}

pub(super) fn image_repository(object: &Value) -> Health {
    let counting = Counting {
        on_the_way: "False",
        reasons: &["NewGeneration", "Scanning"],
        ..PLAIN
    };
    unless_suspended(object, |object| count(object, &counting))
}

/// A receiver that is not ready has failed, whether it is being reconciled or not.
pub(super) fn receiver(object: &Value) -> Health {
    unless_suspended(object, |object| {
        let health = count(object, &PLAIN);
        match conditions(object) {
            Some(_) if health.status == HealthStatus::Progressing => degraded(health.message),
            _ => health,
        }
    })
}

pub(super) fn source(object: &Value) -> Health {
    let counting = Counting {
        also: &["ArtifactInStorage"],
        needed: 2,
        ..PLAIN
    };
    unless_suspended(object, |object| count(object, &counting))
}

pub(super) fn helm_repository(object: &Value) -> Health {
    unless_suspended(object, |object| {
        if text(object, &["spec", "type"]) == "oci" {
            return healthy(
                "Helm repositories of type 'oci' do not contain any information in the status.",
            );
        }
        source(object)
    })
}

fn unless_suspended(object: &Value, judge: impl Fn(&Value) -> Health) -> Health {
    if flag(object, &["spec", "suspend"]) {
        return suspended(format!("{} is suspended", text(object, &["kind"])));
    }
    judge(object)
}

fn count(object: &Value, counting: &Counting) -> Health {
    let Some(conditions) = conditions(object) else {
        return progressing("Status unknown");
    };
    let (mut on_the_way, mut done) = (0, 0);
    let mut told = String::new();
    for condition in conditions {
        let status = text(condition, &["status"]);
        if is(condition, "Ready") {
            done += usize::from(status == "True");
            on_the_way += usize::from(status == counting.on_the_way);
            reason(condition).clone_into(&mut told);
        } else if is(condition, "Reconciling") && status == "True" {
            let counts =
                counting.reasons.is_empty() || counting.reasons.contains(&reason(condition));
            on_the_way += usize::from(counts);
        } else if says(condition, "ArtifactOutdated", "True")
            && counting.also.contains(&"ArtifactInStorage")
        {
            told = format!("{told} {}", reason(condition));
        } else if counting.also.contains(&text(condition, &["type"])) && status == "True" {
            done += 1;
        }
    }
    if on_the_way == 2 {
        return progressing(told);
    }
    if done == counting.needed {
        return healthy(told);
    }
    degraded(told)
}
