//! How an Application goes, with what it has in the cluster.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use gitops_core::api::{Application, SyncOperation};
use gitops_core::compare;
use gitops_core::decide::{self, DeletionFacts, DeletionHook, DeletionStep, Hindrance};
use gitops_core::render::Capabilities;
use gitops_core::{Discovery, Object, ObjectRef};
use tokio::time::sleep;

use super::load::load;
use super::run::Events;
use super::{Engine, Error, Event, live, refresh};
use crate::deletion::carry_out;

/// The waits between looks at what is awaited: the first and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// How many hooks are asked for at once.
const CONCURRENCY: usize = 10;

/// What came of an Application's deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deletion {
    /// The finalizers that may be taken from the Application, in the order in which
    /// their work was done.
    pub released: Vec<String>,
    /// What somebody has to do before it goes on; `None` when all is done.
    pub waits_for: Option<Hindrance>,
}

/// Deletes what the Application's finalizers ask for, step by step, and waits until
/// it is gone.
pub(super) async fn delete(
    engine: &Engine,
    application: &Application,
    events: &Events,
) -> Result<Deletion, Error> {
    let mut going = application.clone();
    let mut released = Vec::new();
    let mut wait = WAITS.0;
    loop {
        let facts = facts(engine, &going).await?;
        let step = decide::delete(&going, &facts);
        if wait == WAITS.0 || !matches!(step, DeletionStep::Wait(_)) {
            events.send(Event::Deleting(step.clone()));
        }
        let is_waiting = matches!(step, DeletionStep::Wait(_));
        match step {
            DeletionStep::Done => {
                let waits_for = None;
                return Ok(Deletion {
                    released,
                    waits_for,
                });
            }
            DeletionStep::Wait(hindrance) if is_for_others(&hindrance) => {
                let waits_for = Some(hindrance);
                return Ok(Deletion {
                    released,
                    waits_for,
                });
            }
            DeletionStep::Wait(_) if events.is_terminated() => {
                return Err(Error::refused("the deletion was terminated"));
            }
            DeletionStep::Wait(_) => sleep(wait).await,
            DeletionStep::RemoveFinalizers(names) => {
                let finalizers = &mut going.metadata.finalizers;
                finalizers.retain(|name| !names.contains(name));
                released.extend(names);
            }
            step => make(&step, engine).await?,
        }
        wait = if is_waiting {
            (wait * 2).min(WAITS.1)
        } else {
            WAITS.0
        };
    }
}

/// Whether looking again does not help.
fn is_for_others(hindrance: &Hindrance) -> bool {
    !matches!(hindrance, Hindrance::Hooks(_) | Hindrance::Objects(_))
}

/// Makes a step. What the cluster refuses is an error with the object's name, and
/// another run goes on from there.
async fn make(step: &DeletionStep, engine: &Engine) -> Result<(), Error> {
    let failures = carry_out(step, engine.cluster.as_ref()).await;
    if let Some((object, error)) = failures.into_iter().next() {
        let action = format!("delete the application's resources: {object}");
        return Err(Error::cluster(action, error));
    }
    match step {
        DeletionStep::Failed { message, .. } => Err(Error::refused(message)),
        _ => Ok(()),
    }
}

async fn facts(engine: &Engine, application: &Application) -> Result<DeletionFacts, Error> {
    let discovery = refresh::discover(engine).await?;
    let mut facts = DeletionFacts::default();
    facts.cluster_known = true;
    facts.live = own_objects(engine, application, &discovery).await?;
    let finalizers = &application.metadata.finalizers;
    if finalizers.iter().any(|finalizer| is_for_hooks(finalizer)) {
        facts.hooks = hooks(engine, application, discovery).await?;
    }
    Ok(facts)
}

fn is_for_hooks(finalizer: &str) -> bool {
    ["pre-delete-finalizer.", "post-delete-finalizer."]
        .iter()
        .any(|start| finalizer.starts_with(start))
}

/// What carries the Application's mark; copies that something else made of its
/// objects, marks included, are not its own.
async fn own_objects(
    engine: &Engine,
    application: &Application,
    discovery: &Discovery,
) -> Result<Vec<Arc<Object>>, Error> {
    let live = refresh::look(engine, application, discovery, &[]).await?;
    let tracking = &engine.settings.tracking;
    let own = live
        .into_iter()
        .filter(|object| tracking.is_self_referenced(object, None));
    Ok(own.map(Arc::new).collect())
}

/// The hooks for deletion that the sources hold now, with what is live of them.
async fn hooks(
    engine: &Engine,
    application: &Application,
    discovery: Arc<Discovery>,
) -> Result<Vec<DeletionHook>, Error> {
    let capabilities = Capabilities::new(&discovery.server_version, discovery.api_versions());
    let wanted = SyncOperation::default();
    let desired = load(engine, application, &wanted, capabilities).await?;
    let diff = gitops_core::diff::Settings::default();
    let settings = refresh::compare_settings(engine, application, discovery, diff);
    let hooks = compare::deletion_hooks(desired.objects, &settings);
    let looks: Vec<_> = hooks
        .into_iter()
        .map(|hook| look_at(engine, hook))
        .collect();
    stream::iter(looks)
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

async fn look_at(engine: &Engine, object: Arc<Object>) -> Result<DeletionHook, Error> {
    let reference: ObjectRef = object.reference();
    let live = live::get(engine.cluster.as_ref(), &reference).await?;
    let health = match &live {
        // A check that fails says nothing, as where there is none.
        Some(live) => engine.health.check(live).unwrap_or_default(),
        None => None,
    };
    Ok(DeletionHook {
        object,
        live: live.map(Arc::new),
        health,
    })
}
