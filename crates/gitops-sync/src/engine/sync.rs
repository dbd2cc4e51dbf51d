//! From a comparison to a changed cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::api::{self, Application, SyncOperation};
use gitops_core::compare::Comparison;
use gitops_core::plan::{self, Plan};
use gitops_core::{GroupVersionKind, Object, ObjectKey, ObjectRef};
use jiff::Timestamp;

use super::operation::Operator;
use super::{Engine, Error, Event, Refreshed, Report};

/// The annotation that names the manager whose fields a server-side apply takes over.
const MIGRATION_MANAGER: &str = "argocd.argoproj.io/client-side-apply-migration-manager";

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
    let options = plan_options(application, &operation, found);
    let namespace = if options.application.create_namespace {
        live_namespace(engine, application).await?
    } else {
        None
    };
    let general = &engine.settings.diff.ignore;
    let options = options
        .started_at(started_at)
        .live_namespace(namespace)
        .ignore(engine.rules.of(application, general)?)
        .refused(refused(engine, application, &found.comparison));
    Ok(plan::plan(&found.comparison, &options))
}

/// Carries out what a sync of what was found has to do, and looks again.
pub(super) async fn sync(
    operator: &Operator<'_>,
    asked: api::Operation,
    found: Refreshed,
) -> Result<Report, Error> {
    refuse_blocked(&found)?;
    let ongoing = operator.begin(asked, &found, Timestamp::now()).await?;
    for misspelling in &ongoing.operation.plan().misspelt {
        operator
            .events
            .send(Event::Warning(misspelling.to_string()));
    }
    drop(found);
    Box::pin(operator.finish(ongoing)).await
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
        .filter(|condition| condition.forbids_syncs())
        .map(ToString::to_string)
        .collect();
    if blocking.is_empty() {
        return Ok(());
    }
    Err(Error::refused(blocking.join("; ")))
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
) -> plan::Options {
    let revision = match found.revisions.as_slice() {
        [revision] if !application.spec.has_multiple_sources() => revision.as_str(),
        _ => "",
    };
    let migration_manager = application.annotation(MIGRATION_MANAGER);
    plan::Options::of(operation)
        .namespace(&application.spec.destination.namespace)
        .revision(revision)
        .managed_namespace(application.managed_namespace().cloned())
        .migration_manager(migration_manager.map(str::to_owned))
        .discovery(Some(Arc::clone(&found.discovery)))
}

/// What the sources hold and may not be synced, with the reason.
fn refused(
    engine: &Engine,
    application: &Application,
    comparison: &Comparison,
) -> BTreeMap<ObjectKey, String> {
    let plain = comparison.resources.iter();
    let plain = plain.filter_map(|compared| compared.target.as_ref());
    plain
        .chain(&comparison.hooks)
        .filter_map(|object| {
            let key = object.key();
            let refusal = (engine.permits)(application, &key).err()?;
            Some((key, refusal))
        })
        .collect()
}
