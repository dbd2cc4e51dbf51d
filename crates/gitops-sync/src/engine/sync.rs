//! From a comparison to a changed cluster.

use std::sync::Arc;

use gitops_core::api::{self, Application, SyncOperation};
use gitops_core::plan::{self, Hooks, Plan, Prune, Selector};
use gitops_core::sync_options::{ApplicationOptions, misspelt};
use gitops_core::{GroupVersionKind, Object, ObjectRef};
use jiff::Timestamp;

use super::run::Events;
use super::{Engine, Error, Event, Refreshed, Report, refresh};
use crate::driver::{self, drive};
use crate::machine::Operation;

/// The annotation that names the manager whose fields a server-side apply takes over.
const MIGRATION_MANAGER: &str = "argocd.argoproj.io/client-side-apply-migration-manager";

/// Conditions that stand against a sync.
const BLOCKING: &[&str] = &["ComparisonError", "InvalidSpecError"];

/// The operation with the Application's own sync options where it has none.
pub(super) fn with_defaults(
    mut operation: SyncOperation,
    application: &Application,
) -> SyncOperation {
    if operation.sync_options.is_empty()
        && let Some(policy) = &application.spec.sync_policy
    {
        operation.sync_options.clone_from(&policy.sync_options);
    }
    operation
}

/// What a sync of what was found would do.
pub(super) async fn plan(
    engine: &Engine,
    application: &Application,
    operation: &SyncOperation,
    found: &Refreshed,
) -> Result<Plan, Error> {
    let operation = with_defaults(operation.clone(), application);
    let options = ApplicationOptions::parse(&operation.sync_options);
    let namespace = if options.create_namespace {
        live_namespace(engine, application).await?
    } else {
        None
    };
    let general = &engine.settings.diff.ignore;
    let options = plan_options(application, &operation, found, options)
        .live_namespace(namespace)
        .ignore(engine.rules.of(application, general)?);
    Ok(plan::plan(&found.comparison, &options))
}

/// Carries out what a sync of what was found has to do, and looks again.
pub(super) async fn sync(
    engine: &Engine,
    application: &Application,
    mut asked: api::Operation,
    found: Refreshed,
    events: &Events,
) -> Result<Report, Error> {
    refuse_blocked(&found)?;
    let operation = with_defaults(asked.sync.take().unwrap_or_default(), application);
    for option in misspelt(&operation.sync_options) {
        events.send(Event::Warning(option.to_string()));
    }
    let plan = plan(engine, application, &operation, &found).await?;
    let objects: Vec<ObjectRef> = plan.tasks.iter().map(|task| task.object.clone()).collect();
    let mut running = Operation::new(plan);
    let tell = |event: driver::Event| {
        if let Some(event) = Event::of(event, &objects) {
            events.send(event);
        }
    };
    let health = engine.health.as_ref();
    let options = driver::Options::default();
    drive(
        &mut running,
        engine.cluster.as_ref(),
        health,
        &tell,
        &options,
    )
    .await
    .map_err(|error| Error::Refused {
        message: error.to_string(),
    })?;
    let pinned = pinned(&operation, &found);
    let after = refresh::refresh(engine, application, &pinned, &Events::unheard()).await?;
    events.send(after.verdict());
    asked.sync = Some(operation);
    Ok(Report::synced(application, asked, running, after))
}

/// The same operation on the revisions that were found, so that a commit that
/// arrives in between is left to the next run.
fn pinned(operation: &SyncOperation, found: &Refreshed) -> SyncOperation {
    let mut operation = operation.clone();
    operation.revisions = found.revisions.iter().map(ToString::to_string).collect();
    operation
}

fn refuse_blocked(found: &Refreshed) -> Result<(), Error> {
    let blocking: Vec<String> = found
        .status
        .conditions
        .iter()
        .filter(|condition| BLOCKING.contains(&condition.condition_type.as_str()))
        .map(|condition| format!("{}: {}", condition.condition_type, condition.message))
        .collect();
    if blocking.is_empty() {
        return Ok(());
    }
    Err(Error::Refused {
        message: blocking.join("; "),
    })
}

async fn live_namespace(
    engine: &Engine,
    application: &Application,
) -> Result<Option<Arc<Object>>, Error> {
    let name = &application.spec.destination.namespace;
    if name.is_empty() {
        return Ok(None);
    }
    let namespace = ObjectRef {
        kind: GroupVersionKind::new("", "v1", "Namespace"),
        namespace: None,
        name: name.clone(),
    };
    let live = engine.cluster.get(&namespace).await;
    let live = live.map_err(|error| Error::cluster(format!("get {namespace}"), error))?;
    Ok(live.map(Arc::new))
}

fn plan_options(
    application: &Application,
    operation: &SyncOperation,
    found: &Refreshed,
    options: ApplicationOptions,
) -> plan::Options {
    let strategy = operation.sync_strategy.as_ref();
    let apply_only = strategy.and_then(|strategy| strategy.apply.as_ref());
    let with_hooks = strategy.and_then(|strategy| strategy.hook.as_ref());
    let force =
        apply_only.is_some_and(|apply| apply.force) || with_hooks.is_some_and(|hook| hook.force);
    let revision = match found.revisions.as_slice() {
        [revision] if !application.spec.has_multiple_sources() => revision.as_str(),
        _ => "",
    };
    let policy = application.spec.sync_policy.as_ref();
    let migration_manager = application.annotation(MIGRATION_MANAGER);
    plan::Options::default()
        .namespace(&application.spec.destination.namespace)
        .application(options)
        .prune(if operation.prune {
            Prune::Delete
        } else {
            Prune::Keep
        })
        .hooks(if apply_only.is_some() {
            Hooks::LeaveOut
        } else {
            Hooks::Run
        })
        .force(force)
        .dry_run(operation.dry_run)
        .resources(selectors(operation))
        .revision(revision)
        .started_at(Timestamp::now())
        .managed_namespace(policy.and_then(|policy| policy.managed_namespace_metadata.clone()))
        .migration_manager(migration_manager.map(str::to_owned))
        .discovery(Some(Arc::clone(&found.discovery)))
}

fn selectors(operation: &SyncOperation) -> Vec<Selector> {
    operation
        .resources
        .iter()
        .map(|resource| Selector {
            group: resource.group.clone(),
            kind: resource.kind.clone(),
            namespace: resource.namespace.clone(),
            name: resource.name.clone(),
        })
        .collect()
}
