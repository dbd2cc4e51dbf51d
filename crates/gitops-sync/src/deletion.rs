//! Carries out how an Application goes.
//!
//! [`decide::delete`](gitops_core::decide::delete) says what to do next from what
//! is live; [`carry_out`] does it. Whoever keeps the Application takes finalizers
//! from it as the step says, looks again, and decides again, until it is done:
//! nothing is remembered in between, so a crash at any point does no harm.

use futures::StreamExt;
use gitops_core::apply::{Applier, ApplyOptions, DeleteOptions, Error, Propagation, Strategy};
use gitops_core::decide::DeletionStep;
use gitops_core::{Object, ObjectRef};

/// How many calls are under way at once.
const CONCURRENCY: usize = 20;

/// Does what a step of a deletion asks of the cluster, and returns what failed.
///
/// What is there already, or gone already, is no failure. Finalizers of the
/// Application are left to the caller.
pub async fn carry_out(step: &DeletionStep, cluster: &dyn Applier) -> Vec<(ObjectRef, Error)> {
    match step {
        DeletionStep::Create(hooks) => {
            failures(hooks.iter().map(|hook| create(hook, cluster)).collect()).await
        }
        DeletionStep::Delete {
            objects,
            propagation,
        } => delete_all(objects, *propagation, cluster).await,
        DeletionStep::Failed { objects, .. } => {
            delete_all(objects, Propagation::Foreground, cluster).await
        }
        DeletionStep::RemoveFinalizers(_) | DeletionStep::Wait(_) | DeletionStep::Done => {
            Vec::new()
        }
    }
}

async fn delete_all(
    objects: &[ObjectRef],
    propagation: Propagation,
    cluster: &dyn Applier,
) -> Vec<(ObjectRef, Error)> {
    let calls = objects
        .iter()
        .map(|object| delete(object, propagation, cluster))
        .collect();
    failures(calls).await
}

async fn failures(
    calls: Vec<impl Future<Output = Option<(ObjectRef, Error)>>>,
) -> Vec<(ObjectRef, Error)> {
    let mut failed: Vec<_> = futures::stream::iter(calls)
        .buffer_unordered(CONCURRENCY)
        .filter_map(async |failure| failure)
        .collect()
        .await;
    failed.sort_by(|(left, _), (right, _)| left.cmp(right));
    failed
}

async fn create(hook: &Object, cluster: &dyn Applier) -> Option<(ObjectRef, Error)> {
    let options = ApplyOptions::default().strategy(Strategy::Create);
    let created = cluster.apply(hook, &options).await;
    let error = created.err()?;
    let exists = error.reason == gitops_core::apply::Reason::AlreadyExists;
    (!exists).then(|| (hook.reference(), error))
}

async fn delete(
    object: &ObjectRef,
    propagation: Propagation,
    cluster: &dyn Applier,
) -> Option<(ObjectRef, Error)> {
    let options = DeleteOptions::default().propagation(propagation);
    let error = cluster.delete(object, &options).await.err()?;
    (!error.is_not_found()).then(|| (object.clone(), error))
}

#[cfg(test)]
mod tests;
