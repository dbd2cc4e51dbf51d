//! Server-side apply: the server merges by who owns which field.

use gitops_core::Object;
use gitops_core::apply::{Applied, Conflicts, Error};

use super::{Target, applied, migrate, recreate};
use crate::kube::failure::Failure;
use crate::kube::request::{Reply, Request};

const CONTENT_TYPE: &str = "application/apply-patch+yaml";

/// Applies after the fields of client-side managers became ours.
pub(super) async fn apply(target: &Target<'_>) -> Result<Applied, Error> {
    let before = target.live().await?;
    let mut warnings = Vec::new();
    let live = match before.clone() {
        Some(live) if !target.options.dry_run => {
            Some(migrate::run(target, live, &mut warnings).await?)
        }
        live => live,
    };
    let refusal = match send(target).await {
        Ok(reply) => {
            let outcome = target.outcome(before.as_ref(), &reply);
            let mut applied = applied(outcome, reply)?;
            applied.warnings.splice(0..0, warnings);
            return Ok(applied);
        }
        Err(failure) => Error::from(failure),
    };
    match live {
        Some(live) if target.may_recreate(&refusal) => recreate::run(target, live).await,
        _ => Err(refusal),
    }
}

/// Sends the target as what this manager wants.
pub(super) async fn send(target: &Target<'_>) -> Result<Reply<Object>, Failure> {
    let body = target.object.value();
    let force = (target.options.conflicts == Conflicts::Force).then_some("true");
    let request = Request::patch(target.url()?, &target.resource, CONTENT_TYPE, body)
        .query_some("force", force);
    target.write(request).await
}
