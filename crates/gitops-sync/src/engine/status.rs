//! What a refresh found, as an Application's status.

use gitops_core::api::{
    Application, ApplicationHealth, ApplicationStatus, ComparedTo, Condition, ResourceHealth,
    ResourceStatus, SourceType, SyncState,
};
use gitops_core::assess::Assessment;
use gitops_core::compare::{Compared, Comparison};
use gitops_core::decide::needs_approval;
use gitops_core::sync_options::ApplicationOptions;
use gitops_core::{Revision, hook, wave};
use jiff::Timestamp;

use super::load::Desired;

/// The condition types that a comparison answers for: it takes away those that
/// no longer hold and keeps all others.
const OWN_CONDITIONS: &[&str] = &[
    "ComparisonError",
    "ExcludedResourceWarning",
    "OrphanedResourceWarning",
    "RepeatedResourceWarning",
    "SharedResourceWarning",
];

/// The status of `application` after a refresh at `now`.
pub(super) fn after_refresh(
    application: &Application,
    desired: &Desired,
    comparison: &Comparison,
    assessment: &Assessment,
    now: Timestamp,
) -> ApplicationStatus {
    let before = &application.status;
    let mut status = before.clone();
    status.sync = sync_state(application, desired, comparison);
    status.health = health(before, assessment, now);
    status.resources = resources(application, comparison, assessment);
    status.conditions = conditions(before, comparison, assessment, now);
    status.reconciled_at = Some(now);
    status.source_type = desired
        .tools
        .first()
        .copied()
        .flatten()
        .and_then(source_type);
    status
}

fn sync_state(application: &Application, desired: &Desired, comparison: &Comparison) -> SyncState {
    let several = application.spec.has_multiple_sources();
    let revisions: Vec<String> = desired.revisions.iter().map(Revision::to_string).collect();
    let mut state = SyncState::default();
    state.status = Some(comparison.status);
    let mut compared_to = ComparedTo::default();
    compared_to
        .destination
        .clone_from(&application.spec.destination);
    compared_to
        .ignore_differences
        .clone_from(&application.spec.ignore_differences);
    if several {
        compared_to.sources.clone_from(&desired.sources);
        state.revisions = revisions;
    } else {
        compared_to.source = desired.sources.first().cloned();
        state.revision = revisions.into_iter().next().unwrap_or_default();
    }
    state.compared_to = compared_to;
    state
}

fn health(
    before: &ApplicationStatus,
    assessment: &Assessment,
    now: Timestamp,
) -> ApplicationHealth {
    let mut health = ApplicationHealth::default();
    health.status = Some(assessment.health.status);
    health.message.clone_from(&assessment.health.message);
    let unchanged = before.health.status == health.status;
    health.last_transition_time = before
        .health
        .last_transition_time
        .filter(|_| unchanged)
        .or(Some(now));
    health
}

fn resources(
    application: &Application,
    comparison: &Comparison,
    assessment: &Assessment,
) -> Vec<ResourceStatus> {
    let options = ApplicationOptions::of(application);
    let mut resources: Vec<ResourceStatus> = comparison
        .resources
        .iter()
        .map(|resource| {
            let mut status = resource_status(resource, assessment);
            status.requires_deletion_confirmation = requires_confirmation(resource, &options);
            status
        })
        .collect();
    resources.sort_by_cached_key(ResourceStatus::key);
    resources
}

/// Whether a person has to confirm its deletion, as one of its sides says.
fn requires_confirmation(resource: &Compared, options: &ApplicationOptions) -> bool {
    let mut sides = resource.target.iter().chain(&resource.live);
    sides.any(|object| needs_approval(object, options))
}

fn resource_status(resource: &Compared, assessment: &Assessment) -> ResourceStatus {
    let mut status = ResourceStatus::default();
    status.group.clone_from(&resource.key.group);
    status.kind.clone_from(&resource.key.kind);
    status.namespace.clone_from(&resource.key.namespace);
    status.name.clone_from(&resource.key.name);
    status.status = resource.status;
    status.requires_pruning = resource.requires_pruning;
    status.health = assessment
        .objects
        .get(&resource.key)
        .cloned()
        .map(ResourceHealth::from);
    let object = resource.live.as_deref().or(resource.target.as_deref());
    if let Some(object) = object {
        object.version().clone_into(&mut status.version);
        status.hook = hook::is_hook(object);
    }
    let wanted = resource.target.as_deref().or(resource.live.as_deref());
    status.sync_wave = wanted.map(wave::of).unwrap_or_default();
    status
}

fn conditions(
    before: &ApplicationStatus,
    comparison: &Comparison,
    assessment: &Assessment,
    now: Timestamp,
) -> Vec<Condition> {
    let health_error = assessment.error.as_ref().map(|error| {
        Condition::new(
            "ComparisonError",
            format!("error setting app health: {error}"),
        )
    });
    let found = comparison.conditions.iter().cloned().chain(health_error);
    let kept = before
        .conditions
        .iter()
        .filter(|condition| !OWN_CONDITIONS.contains(&condition.condition_type.as_str()))
        .cloned();
    let mut conditions: Vec<Condition> = kept.chain(found).collect();
    for condition in &mut conditions {
        let since = before
            .conditions
            .iter()
            .find(|known| {
                known.condition_type == condition.condition_type
                    && known.message == condition.message
            })
            .and_then(|known| known.last_transition_time);
        condition.last_transition_time = since.or(Some(now));
    }
    conditions.sort_by(|left, right| {
        (&left.condition_type, &left.message).cmp(&(&right.condition_type, &right.message))
    });
    conditions.dedup();
    conditions
}

fn source_type(tool: &str) -> Option<SourceType> {
    Some(match tool {
        "Helm" => SourceType::Helm,
        "Kustomize" => SourceType::Kustomize,
        "Directory" => SourceType::Directory,
        "Plugin" => SourceType::Plugin,
        _ => return None,
    })
}
