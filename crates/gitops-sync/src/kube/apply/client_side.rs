//! Client-side apply: a three-way patch from the last applied object, which an
//! annotation keeps, as `kubectl apply` does.

use ::http::StatusCode;
use gitops_core::Object;
use gitops_core::apply::{Applied, Error, LAST_APPLIED, Outcome};
use gitops_core::patch::{self, PatchKind};
use tokio::time::sleep;

use super::{CONFLICT_PAUSE, CONFLICTS, Target, applied, is_overtaken, recreate, role_binding};
use crate::kube::failure::Failure;
use crate::kube::object::MERGE_PATCH;
use crate::kube::request::Reply;

/// Creates or patches, again on what somebody else made of the object meanwhile.
pub(super) async fn apply(target: &Target<'_>) -> Result<Applied, Error> {
    let wanted = annotated(target);
    let mut conflicts = 0;
    loop {
        let live = target.live().await?;
        let refusal = match &live {
            None => create_first(target).await,
            Some(live) if role_binding::binds_another_role(&wanted, live) => {
                return recreate::run(target, live.clone()).await;
            }
            Some(live) => change(target, &wanted, live).await,
        };
        let refusal = match refusal {
            Ok(applied) => return Ok(applied),
            Err(refusal) => refusal,
        };
        match live {
            live if is_overtaken(&refusal, live.as_ref()) && conflicts < CONFLICTS => {
                if conflicts > 0 {
                    sleep(CONFLICT_PAUSE).await;
                }
                conflicts += 1;
            }
            Some(live) if target.may_recreate(&refusal) => {
                return recreate::run(target, live).await;
            }
            _ => return Err(refusal),
        }
    }
}

/// Creates the target with the annotation.
pub(super) async fn create(target: &Target<'_>) -> Result<Reply<Object>, Failure> {
    target.create(&annotated(target)).await
}

async fn create_first(target: &Target<'_>) -> Result<Applied, Error> {
    applied(Outcome::Created, create(target).await?)
}

fn annotated(target: &Target<'_>) -> Object {
    let mut wanted = target.object.clone();
    patch::set_last_applied(&mut wanted);
    wanted
}

/// Sends what differs; where nothing does, there is no request.
async fn change(target: &Target<'_>, wanted: &Object, live: &Object) -> Result<Applied, Error> {
    let last = patch::last_applied(live);
    let Some(patch) = patch::three_way(last.as_ref(), wanted.value(), live.value()) else {
        return Ok(Applied::new(Outcome::Unchanged, live.clone()));
    };
    let reply = send(target, live, &patch).await?;
    let outcome = target.outcome(Some(live), &reply);
    let mut applied = applied(outcome, reply)?;
    if live.annotation(LAST_APPLIED).is_none() {
        applied.warnings.push(format!(
            "{live} was not made by client-side apply: fields it has beyond the target stay \
             until they were applied once; the annotation {LAST_APPLIED} was added"
        ));
    }
    Ok(applied)
}

/// Servers that do not know how to merge a kind's lists refuse the content type.
async fn send(
    target: &Target<'_>,
    live: &Object,
    patch: &patch::Outcome,
) -> Result<Reply<Object>, Failure> {
    match target.patch(patch.kind.media_type(), &patch.patch).await {
        Err(failure)
            if patch.kind == PatchKind::Strategic
                && failure.status == Some(StatusCode::UNSUPPORTED_MEDIA_TYPE) =>
        {
            let merge = patch::json_merge(live.value(), &patch.predicted);
            target.patch(MERGE_PATCH, &merge).await
        }
        outcome => outcome,
    }
}
