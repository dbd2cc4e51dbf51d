//! The live objects that concern an Application.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use gitops_core::apply::{self, Reason};
use gitops_core::discovery::Resource;
use gitops_core::{
    Applier, Discovery, GroupKind, GroupVersionKind, Object, ObjectKey, ObjectRef, Scope,
};

use super::Error;
use crate::cache::Cache;

/// Requests to the cluster at one time.
const CONCURRENCY: usize = 16;

/// Kinds nobody deploys from Git and that change all the time, by group and kind;
/// an empty kind stands for the whole group.
const NEVER_LISTED: &[(&str, &str)] = &[
    ("", "Event"),
    ("coordination.k8s.io", "Lease"),
    ("events.k8s.io", ""),
    ("metrics.k8s.io", ""),
];

/// What the cluster holds of an Application, and what stands where its objects go.
///
/// That is every object without an owner that `is_tracked`, and every object that
/// has the key of a target, in the target's version.
pub(super) async fn live_objects(
    cluster: &dyn Applier,
    discovery: &Discovery,
    targets: &[ObjectRef],
    is_tracked: impl Fn(&Object) -> bool,
) -> Result<Vec<Object>, Error> {
    let lists = list_all(cluster, discovery, targets).await?;
    let listed: BTreeSet<GroupVersionKind> = lists
        .iter()
        .map(|(resource, _)| resource.kind.clone())
        .collect();
    let wanted: BTreeMap<ObjectKey, &ObjectRef> = targets
        .iter()
        .map(|target| (target.key(), target))
        .collect();
    let mut live = Vec::new();
    let mut missing: BTreeSet<&ObjectRef> = targets.iter().collect();
    for object in lists.into_iter().flat_map(|(_, objects)| objects) {
        if let Some(target) = wanted.get(&object.key()) {
            if object.group_version_kind() == target.kind {
                missing.remove(target);
                live.push(object);
            }
        } else if object.owner_references().is_empty() && is_tracked(&object) {
            live.push(object);
        }
    }
    let unseen: Vec<&ObjectRef> = missing
        .into_iter()
        .filter(|target| !listed.contains(&target.kind))
        .filter(|target| can_exist(target, discovery))
        .collect();
    live.extend(get_all(cluster, &unseen).await?);
    Ok(live)
}

/// The same, of what a cache remembers: no list.
pub(super) async fn remembered(
    cache: &Cache,
    discovery: &Discovery,
    instance: &str,
    mut targets: Vec<ObjectRef>,
) -> Result<Vec<Object>, Error> {
    targets.retain(|target| can_exist(target, discovery));
    let live = cache.live(instance, &targets).await;
    live.map_err(|error| Error::cluster("read the cache of live objects", error))
}

/// What every kind holds, without the kinds that could not be listed.
async fn list_all(
    cluster: &dyn Applier,
    discovery: &Discovery,
    targets: &[ObjectRef],
) -> Result<Vec<(Resource, Vec<Object>)>, Error> {
    let lists = listable(discovery, targets)
        .into_iter()
        .map(|resource| list(cluster, resource));
    let lists: Vec<Option<(Resource, Vec<Object>)>> = stream::iter(lists)
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(lists.into_iter().flatten().collect())
}

async fn list(
    cluster: &dyn Applier,
    resource: Resource,
) -> Result<Option<(Resource, Vec<Object>)>, Error> {
    match cluster.list(&resource.kind, None).await {
        Ok(list) => Ok(Some((resource, list.objects))),
        Err(error) if is_no_concern(&error) => Ok(None),
        Err(error) => Err(Error::cluster(format!("list {}", resource.plural), error)),
    }
}

/// A kind that went away or may not be listed: its targets are asked for one by one.
fn is_no_concern(error: &apply::Error) -> bool {
    matches!(
        error.reason,
        Reason::NotFound | Reason::UnknownKind | Reason::Forbidden
    )
}

/// The kinds to list, each in the version its targets use if they agree on one.
fn listable(discovery: &Discovery, targets: &[ObjectRef]) -> Vec<Resource> {
    let mut versions: BTreeMap<GroupKind, BTreeSet<&GroupVersionKind>> = BTreeMap::new();
    for target in targets {
        versions
            .entry(target.kind.group_kind())
            .or_default()
            .insert(&target.kind);
    }
    discovery
        .kinds()
        .filter(|resource| resource.supports("list") && resource.supports("watch"))
        .filter(|resource| !is_never_listed(&resource.kind))
        .map(|preferred| {
            let agreed = versions
                .get(&preferred.kind.group_kind())
                .filter(|versions| versions.len() == 1)
                .and_then(|versions| discovery.get(versions.first()?));
            agreed.unwrap_or(preferred).clone()
        })
        .collect()
}

fn is_never_listed(kind: &GroupVersionKind) -> bool {
    NEVER_LISTED
        .iter()
        .any(|(group, only)| *group == kind.group && (only.is_empty() || *only == kind.kind))
}

/// Whether the cluster serves the kind, and there is a place to look in.
fn can_exist(target: &ObjectRef, discovery: &Discovery) -> bool {
    discovery
        .get(&target.kind)
        .is_some_and(|resource| resource.scope == Scope::Cluster || target.namespace.is_some())
}

async fn get_all(cluster: &dyn Applier, targets: &[&ObjectRef]) -> Result<Vec<Object>, Error> {
    let requests: Vec<_> = targets.iter().map(|target| get(cluster, target)).collect();
    let found: Vec<Option<Object>> = stream::iter(requests)
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

pub(super) async fn get(
    cluster: &dyn Applier,
    target: &ObjectRef,
) -> Result<Option<Object>, Error> {
    match cluster.get(target).await {
        Err(error) if error.reason == Reason::UnknownKind => Ok(None),
        answer => answer.map_err(|error| Error::cluster(format!("get {target}"), error)),
    }
}
