//! After a definition of kinds: waiting until they can be used.

use std::time::Duration;

use gitops_core::apply::{Applied, Error, Outcome};
use gitops_core::{Discovery, GroupVersionKind, Object};
use tokio::time::{Instant, sleep};

use crate::definition::{condition, is_established, served};
use crate::kube::Cluster;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits until the server serves what the definition defines, but not for ever:
/// the definition was applied, so that it takes long is a warning.
pub(super) async fn wait(cluster: &Cluster, mut applied: Applied) -> Applied {
    let kinds = served(&applied.object);
    if applied.outcome != Outcome::Created && knows(cluster, &kinds).await {
        return applied;
    }
    cluster.kinds.forget();
    let limit = cluster.server.options.established_within;
    let give_up = Instant::now() + limit;
    loop {
        match look(cluster, &mut applied, &kinds).await {
            Ok(true) => return applied,
            Err(error) => {
                applied.warnings.push(format!(
                    "it is not known whether its kinds are served: {error}"
                ));
                return applied;
            }
            Ok(false) if Instant::now() + PAUSE > give_up => {
                applied.warnings.push(not_served(&applied.object, limit));
                return applied;
            }
            Ok(false) => sleep(PAUSE).await,
        }
    }
}

async fn knows(cluster: &Cluster, kinds: &[GroupVersionKind]) -> bool {
    let known = cluster.kinds.current(&cluster.server).await;
    known.is_ok_and(|known| serves(&known, kinds))
}

/// Whether the definition is established and its kinds can be found. Takes the
/// definition as it is by now.
async fn look(
    cluster: &Cluster,
    applied: &mut Applied,
    kinds: &[GroupVersionKind],
) -> Result<bool, Error> {
    let reference = applied.object.reference();
    if !is_established(&applied.object) {
        if let Some(live) = cluster.get_object(&reference).await? {
            applied.object = live;
        }
        return Ok(false);
    }
    cluster.kinds.forget();
    let known = cluster.kinds.current(&cluster.server).await?;
    Ok(serves(&known, kinds))
}

fn serves(known: &Discovery, kinds: &[GroupVersionKind]) -> bool {
    kinds.iter().all(|kind| known.get(kind).is_some())
}

fn not_served(definition: &Object, limit: Duration) -> String {
    let said = ["NamesAccepted", "Established"]
        .into_iter()
        .filter_map(|name| condition(definition, name))
        .find(|(status, _)| *status == "False")
        .map_or_else(String::new, |(_, message)| format!(": {message}"));
    format!("its kinds are not served after {limit:?}{said}")
}
