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
    let strategy = task.apply().map(|apply| apply.strategy);
    let done = match outcome {
        Outcome::Unchanged => "unchanged",
        Outcome::Recreated => "recreated",
        Outcome::Replaced => "replaced",
        _ if strategy == Some(Strategy::ServerSide) => "serverside-applied",
        Outcome::Created => "created",
        Outcome::Configured => "configured",
    };
    let mut message = format!("{} {done}", resource_name(task));
    for warning in warnings {
        message.push_str(". ");
        message.push_str(warning);
    }
    message
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
