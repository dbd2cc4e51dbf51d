//! What an object's health means for its task, and what was done in words.

use gitops_core::apply::{Outcome, Strategy};
use gitops_core::plan::Task;
use gitops_core::{Health, HealthStatus};

use super::OperationPhase;
use super::step::Live;

/// What an object's health means for its task.
pub(super) fn verdict(task: &Task, live: &Live) -> (OperationPhase, String) {
    let is_hook = task.is_hook();
    let health = match &live.health {
        None if is_hook => {
            return (
                OperationPhase::Succeeded,
                format!("{} created", task.object.name),
            );
        }
        None => return (OperationPhase::Succeeded, String::new()),
        Some(Err(error)) => {
            let message = format!("failed to get resource health: {error}");
            return (OperationPhase::Error, message);
        }
        Some(Ok(health)) => health,
    };
    let phase = if is_hook {
        of_hook(health)
    } else {
        of_resource(health)
    };
    let message = match health.message.as_str() {
        "" if phase.is_unsuccessful() => health.status.to_string(),
        message => message.to_owned(),
    };
    (phase, message)
}

fn of_hook(health: &Health) -> OperationPhase {
    match health.status {
        HealthStatus::Healthy | HealthStatus::Missing => OperationPhase::Succeeded,
        HealthStatus::Degraded | HealthStatus::Unknown => OperationPhase::Failed,
        HealthStatus::Progressing | HealthStatus::Suspended => OperationPhase::Running,
    }
}

fn of_resource(health: &Health) -> OperationPhase {
    match health.status {
        HealthStatus::Healthy => OperationPhase::Succeeded,
        HealthStatus::Degraded => OperationPhase::Failed,
        _ => OperationPhase::Running,
    }
}

/// `<kind>[.<group>]/<name> <what was done>[. <warning>]…`
pub(super) fn applied_message(task: &Task, outcome: Outcome, warnings: &[String]) -> String {
    let mut message = done(task, outcome);
    for warning in warnings {
        message.push_str(". ");
        message.push_str(warning);
    }
    message
}

fn done(task: &Task, outcome: Outcome) -> String {
    let kind = &task.object.kind.kind;
    // These keep their contents when they are replaced, and have words of their own.
    if outcome == Outcome::Replaced
        && matches!(kind.as_str(), "Namespace" | "CustomResourceDefinition")
    {
        return format!("{kind}/{} updated", task.object.name);
    }
    let strategy = task.apply().map(|apply| apply.strategy);
    let done = match outcome {
        Outcome::Unchanged => "unchanged",
        Outcome::Recreated => "recreated",
        Outcome::Replaced => "replaced",
        _ if strategy == Some(Strategy::ServerSide) => "serverside-applied",
        Outcome::Created => "created",
        Outcome::Configured => "configured",
    };
    format!("{} {done}", resource_name(task))
}

/// `<kind>[.<group>]/<name>`
pub(super) fn resource_name(task: &Task) -> String {
    let kind = &task.object.kind;
    let (group, name) = (&kind.group, &task.object.name);
    let lower = kind.kind.to_lowercase();
    match group.as_str() {
        "" => format!("{lower}/{name}"),
        group => format!("{lower}.{group}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: HealthStatus, of_a_hook: OperationPhase, of_an_object: OperationPhase) {
        let health = Health::new(status, "");
        assert_eq!(of_hook(&health), of_a_hook, "a hook that is {status}");
        assert_eq!(
            of_resource(&health),
            of_an_object,
            "an object that is {status}"
        );
    }

    #[test]
    fn health_decides_how_a_task_ends() {
        use OperationPhase::{Failed, Running, Succeeded};
        check(HealthStatus::Healthy, Succeeded, Succeeded);
        check(HealthStatus::Degraded, Failed, Failed);
        check(HealthStatus::Progressing, Running, Running);
        check(HealthStatus::Suspended, Running, Running);
        check(HealthStatus::Unknown, Failed, Running);
        check(HealthStatus::Missing, Succeeded, Running);
    }

    #[test]
    fn without_a_check_a_task_ends_and_a_check_that_fails_is_an_error() {
        let task = crate::machine::tests::task();
        let mut live = Live::default();
        assert_eq!(verdict(&task, &live).0, OperationPhase::Succeeded);
        live.health = Some(Err("no such field".into()));
        let (phase, message) = verdict(&task, &live);
        assert_eq!(phase, OperationPhase::Error);
        assert_eq!(message, "failed to get resource health: no such field");
    }
}
