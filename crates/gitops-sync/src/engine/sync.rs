//! From a comparison to a changed cluster.

use std::sync::Arc;

use gitops_core::api::{self, Application, SyncOperation};
use gitops_core::plan::{self, Hooks, Plan, Prune, Selector};
use gitops_core::sync_options::{ApplicationOptions, misspelt, misspelt_on};
use gitops_core::{GroupVersionKind, Object, ObjectRef};
use jiff::Timestamp;

use super::operation::Operator;
use super::run::Events;
use super::{Engine, Error, Event, Refreshed, Report};

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
    started_at: Timestamp,
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
        .started_at(started_at)
        .live_namespace(namespace)
        .ignore(engine.rules.of(application, general)?);
    Ok(plan::plan(&found.comparison, &options))
}

/// Carries out what a sync of what was found has to do, and looks again.
pub(super) async fn sync(
    operator: &Operator<'_>,
    asked: api::Operation,
    found: Refreshed,
) -> Result<Report, Error> {
    refuse_blocked(&found)?;
    let options = asked.sync.as_ref().map(|sync| &sync.sync_options[..]);
    warn_of_misspelt(options.unwrap_or_default(), &found, operator.events);
    let ongoing = operator.begin(asked, &found, Timestamp::now()).await?;
    drop(found);
    Box::pin(operator.finish(ongoing)).await
}

/// Tells of options that do not exist, on the Application and on its objects.
fn warn_of_misspelt(options: &[String], found: &Refreshed, events: &Events) {
    for option in misspelt(options) {
        events.send(Event::Warning(option.to_string()));
    }
    let targets = found.comparison.resources.iter();
    let targets = targets.filter_map(|resource| resource.target.as_ref());
    for object in targets.chain(&found.comparison.hooks) {
        for option in misspelt_on(object) {
            events.send(Event::Warning(format!("{}: {option}", object.key())));
        }
    }
}

/// The same operation on the revisions that were found, so that a commit that
/// arrives in between is left to the next run.
pub(super) fn pinned(operation: &SyncOperation, found: &Refreshed) -> SyncOperation {
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
