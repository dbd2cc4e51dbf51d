//! Replace: the target takes the live object's place as it is.

use gitops_core::Object;
use gitops_core::apply::{Applied, Error, Outcome, Recreate};
use tokio::time::sleep;

use super::{CONFLICT_PAUSE, CONFLICTS, Target, applied, is_overtaken, recreate};

/// Puts or creates, again where somebody else was quicker.
pub(super) async fn apply(target: &Target<'_>) -> Result<Applied, Error> {
    let mut conflicts = 0;
    loop {
        let live = target.live().await?;
        let outcome = match &live {
            Some(live) => in_place(target, live).await,
            None => target.create_as_is().await,
        };
        match outcome {
            Err(error) if is_overtaken(&error, live.as_ref()) && conflicts < CONFLICTS => {
                if conflicts > 0 {
                    sleep(CONFLICT_PAUSE).await;
                }
                conflicts += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn in_place(target: &Target<'_>, live: &Object) -> Result<Applied, Error> {
    if target.options.recreate == Recreate::WhenRefused && !target.is_kept() {
        return recreate::run(target, live.clone()).await;
    }
    let mut body = target.object.value().clone();
    body["metadata"]["resourceVersion"] = live.resource_version().into();
    let reply = target.put(&body).await?;
    let outcome = match target.outcome(Some(live), &reply) {
        Outcome::Configured => Outcome::Replaced,
        outcome => outcome,
    };
    applied(outcome, reply)
}
