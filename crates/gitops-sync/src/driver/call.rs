//! Makes one call to the cluster.

use gitops_core::apply::{self, Applier, Patch, PatchOptions, Reason};
use gitops_core::{HealthCheck, Object, ObjectRef, hook};
use serde_json::{Value, json};

use crate::machine::{Answered, Call, Live, Refusal};

/// How often a finalizer is taken away that somebody else's change keeps coming before.
const MOST_CONFLICTS: usize = 5;

pub(super) async fn make(
    call: Call,
    cluster: &dyn Applier,
    health: &dyn HealthCheck,
) -> Result<Answered, Refusal> {
    match call {
        Call::Check { object, options } | Call::Apply { object, options } => {
            let applied = cluster
                .apply(&object, &options)
                .await
                .map_err(|error| Refusal::from(&error))?;
            Ok(Answered::Applied {
                outcome: applied.outcome,
                live: Live::of(&applied.object, health),
                warnings: applied.warnings,
            })
        }
        Call::Delete { object, options } => {
            let deleted = cluster.delete(&object, &options).await;
            deleted.map_err(|error| Refusal::from(&error))?;
            Ok(Answered::Done)
        }
        Call::Release { object, uid } => release(&object, &uid, cluster)
            .await
            .map_err(|error| Refusal::from(&error)),
    }
}

/// Takes the hook finalizer from an object, unless it is another's by now.
async fn release(
    reference: &ObjectRef,
    uid: &str,
    cluster: &dyn Applier,
) -> Result<Answered, apply::Error> {
    let mut conflicts = 0;
    loop {
        let Some(live) = cluster.get(reference).await? else {
            return Ok(Answered::Done);
        };
        if !uid.is_empty() && live.uid() != Some(uid) {
            let message = format!("{reference} was replaced by another");
            return Err(apply::Error::new(Reason::Conflict, message));
        }
        if live.finalizers().all(|name| name != hook::FINALIZER) {
            return Ok(Answered::Done);
        }
        let patch = without_finalizer(&live);
        match cluster
            .patch(reference, &patch, &PatchOptions::default())
            .await
        {
            Ok(_) => return Ok(Answered::Done),
            Err(error) if error.is_not_found() => return Ok(Answered::Done),
            Err(error) if error.is_conflict() && conflicts < MOST_CONFLICTS => conflicts += 1,
            Err(error) => return Err(error),
        }
    }
}

/// The patch names the resource version, so that no other's finalizer is lost.
fn without_finalizer(live: &Object) -> Patch {
    let kept: Vec<&str> = live
        .finalizers()
        .filter(|name| *name != hook::FINALIZER)
        .collect();
    let finalizers = if kept.is_empty() {
        Value::Null
    } else {
        json!(kept)
    };
    Patch::Merge(json!({"metadata": {
        "finalizers": finalizers,
        "resourceVersion": live.resource_version(),
    }}))
}
