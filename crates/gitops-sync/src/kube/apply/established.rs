//! After a definition of kinds: waiting until they can be used.

use std::time::Duration;

use gitops_core::apply::{Applied, Error, Outcome};
use gitops_core::{Discovery, GroupVersionKind, Object};
use serde_json::Value;
use tokio::time::{Instant, sleep};

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
    if condition(&applied.object, "Established").is_none_or(|(status, _)| status != "True") {
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

/// The kinds a definition wants served.
fn served(definition: &Object) -> Vec<GroupVersionKind> {
    let spec = definition.value().get("spec");
    let text = |pointer| spec?.pointer(pointer).and_then(Value::as_str);
    let (Some(group), Some(kind)) = (text("/group"), text("/names/kind")) else {
        return Vec::new();
    };
    let versions = spec.and_then(|spec| spec.get("versions")?.as_array());
    versions
        .into_iter()
        .flatten()
        .filter(|version| version.get("served") == Some(&Value::Bool(true)))
        .filter_map(|version| version.get("name")?.as_str())
        .map(|version| GroupVersionKind::new(group, version, kind))
        .collect()
}

fn not_served(definition: &Object, limit: Duration) -> String {
    let said = ["NamesAccepted", "Established"]
        .into_iter()
        .filter_map(|name| condition(definition, name))
        .find(|(status, _)| *status == "False")
        .map_or_else(String::new, |(_, message)| format!(": {message}"));
    format!("its kinds are not served after {limit:?}{said}")
}

/// Status and message of a condition.
fn condition<'a>(object: &'a Object, name: &str) -> Option<(&'a str, &'a str)> {
    let conditions = object.value().pointer("/status/conditions")?.as_array()?;
    let condition = conditions
        .iter()
        .find(|condition| condition.get("type").and_then(Value::as_str) == Some(name))?;
    let text = |field| condition.get(field).and_then(Value::as_str);
    Some((text("status")?, text("message").unwrap_or_default()))
}
