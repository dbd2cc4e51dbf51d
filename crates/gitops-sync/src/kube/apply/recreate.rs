//! Recreation: the live object goes, the target comes.

use std::time::Duration;

use gitops_core::Object;
use gitops_core::apply::{Applied, DeleteOptions, Error, Outcome, Propagation, Reason, Strategy};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{SET_BY_SERVER, Target, applied, client_side, server_side};

/// The pauses between looks whether the object is gone: the first and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Deletes the live object, waits until it is gone and creates the target. Where
/// that is refused, the live object is created again as it was.
pub(super) async fn run(target: &Target<'_>, live: Object) -> Result<Applied, Error> {
    if target.options.dry_run {
        return Ok(Applied::new(Outcome::Recreated, target.object.clone()));
    }
    let options = DeleteOptions::default()
        .propagation(Propagation::Background)
        .uid(live.uid().map(str::to_owned));
    match target.cluster.delete_object(&target.at, &options).await {
        Err(error) if !error.is_not_found() => return Err(error),
        _ => gone(target, &live).await?,
    }
    let created = match target.options.strategy {
        Strategy::ClientSide => client_side::create(target).await,
        Strategy::ServerSide => server_side::send(target).await,
        Strategy::Create | Strategy::Replace => target.create(&target.object).await,
    };
    match created {
        Ok(reply) => applied(Outcome::Recreated, reply),
        Err(failure) => Err(restore(target, live, failure.into()).await),
    }
}

async fn gone(target: &Target<'_>, old: &Object) -> Result<(), Error> {
    let limit = target.cluster.server.options.gone_within;
    let give_up = Instant::now() + limit;
    let (mut pause, longest) = PAUSES;
    loop {
        let Some(live) = target.live().await?.filter(|live| live.uid() == old.uid()) else {
            return Ok(());
        };
        if Instant::now() + pause > give_up {
            return Err(still_there(&live, limit));
        }
        sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

fn still_there(live: &Object, limit: Duration) -> Error {
    let finalizers: Vec<&str> = live.finalizers().collect();
    let mut message =
        format!("{live} was deleted to be created again and is still there after {limit:?}");
    if !finalizers.is_empty() {
        message.push_str("; finalizers hold it: ");
        message.push_str(&finalizers.join(", "));
    }
    Error::new(Reason::Timeout, message)
}

/// Brings the live object back and returns why the target could not be created.
async fn restore(target: &Target<'_>, live: Object, mut refusal: Error) -> Error {
    let mut original = live;
    let outcome = original.update(|value| {
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            for field in SET_BY_SERVER {
                metadata.remove(field);
            }
        }
    });
    let restored = match outcome {
        Ok(()) => target
            .create(&original)
            .await
            .map(drop)
            .map_err(Error::from),
        Err(error) => Err(Error::new(Reason::Other, error.to_string())),
    };
    if let Err(error) = restored {
        let message = &mut refusal.message;
        *message = format!("{message}; the object that was deleted could not be restored: {error}");
    }
    refusal
}
