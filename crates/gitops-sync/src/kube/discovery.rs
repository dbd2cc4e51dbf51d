//! Which kinds the cluster serves: asked once, then only whether it still holds.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ::kube::client::{APIGroupDiscovery, APIGroupDiscoveryList};
use gitops_core::apply::{Error, Reason};
use gitops_core::discovery::Resource;
use gitops_core::{Discovery, GroupVersionKind, Scope};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::request::{Reply, Request, Server};

/// The form that names all kinds in two answers, in each version servers know of it.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

/// A kind asked for in vain does not make us ask the server more often than this.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What is known of the kinds served.
pub(super) struct Kinds {
    known: RwLock<Option<Known>>,
    /// Many ask at once; one goes to the server.
    turn: Semaphore,
}

impl Default for Kinds {
    fn default() -> Self {
        Self {
            known: RwLock::default(),
            turn: Semaphore::new(1),
        }
    }
}

/// What the server said, and when.
#[derive(Clone)]
struct Known {
    discovery: Arc<Discovery>,
    core: Part,
    groups: Part,
    asked: Instant,
    /// Something changed that is certain to change the kinds.
    outdated: bool,
}

/// One of the two answers.
#[derive(Clone, Default)]
struct Part {
    etag: Option<String>,
    resources: Arc<[Resource]>,
}

impl Kinds {
    /// The kinds served, from memory when asked for not long ago.
    pub(super) async fn current(&self, server: &Server) -> Result<Arc<Discovery>, Error> {
        self.at_most(server, server.options.discovery_age).await
    }

    /// A kind in one of its versions. The server is asked again about one that is not known.
    pub(super) async fn find(
        &self,
        server: &Server,
        kind: &GroupVersionKind,
    ) -> Result<Resource, Error> {
        let known = self.current(server).await?;
        if let Some(resource) = known.get(kind) {
            return Ok(resource.clone());
        }
        let known = self.at_most(server, ASK_AGAIN).await?;
        known
            .get(kind)
            .cloned()
            .ok_or_else(|| unknown(kind, &known))
    }

    /// Makes the next question go to the server.
    pub(super) fn forget(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_mut() {
            known.outdated = true;
        }
    }

    async fn at_most(&self, server: &Server, age: Duration) -> Result<Arc<Discovery>, Error> {
        if let Some(known) = self.fresh(age) {
            return Ok(known);
        }
        let turn = self.turn.acquire().await;
        let _turn = turn.expect("the semaphore is never closed");
        // Whoever had the turn before may have asked for us.
        if let Some(known) = self.fresh(age) {
            return Ok(known);
        }
        let known = ask(server, self.remembered()).await?;
        let discovery = Arc::clone(&known.discovery);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(discovery)
    }

    fn fresh(&self, age: Duration) -> Option<Arc<Discovery>> {
        let known = self.remembered()?;
        let fresh = !known.outdated && known.asked.elapsed() < age;
        fresh.then_some(known.discovery)
    }

    fn remembered(&self) -> Option<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }
}

/// Asks the server, which answers briefly where what it said before still holds.
async fn ask(server: &Server, before: Option<Known>) -> Result<Known, Error> {
    let asked = Instant::now();
    let (core, groups) = match &before {
        Some(known) => (known.core.clone(), known.groups.clone()),
        None => <(Part, Part)>::default(),
    };
    let (core, groups, version) = futures::try_join!(
        part(server, "/api", core),
        part(server, "/apis", groups),
        server_version(server),
    )?;
    let resources = core
        .resources
        .iter()
        .chain(groups.resources.iter())
        .cloned();
    Ok(Known {
        discovery: Arc::new(Discovery::new(version, resources)),
        core,
        groups,
        asked,
        outdated: false,
    })
}

async fn part(server: &Server, url: &str, before: Part) -> Result<Part, Error> {
    let request = Request::get(url)
        .accept(AGGREGATED)
        .unless(before.etag.clone());
    let reply: Reply<APIGroupDiscoveryList> = server.send(&request).await?;
    let Some(list) = reply.content else {
        return Ok(before);
    };
    let resources = resources(&list, &before.resources);
    Ok(Part {
        etag: reply.etag,
        resources: resources.into(),
    })
}

/// The server's version, without the `v`; empty where one may not ask.
async fn server_version(server: &Server) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        git_version: String,
    }
    match server.send::<Version>(&Request::get("/version")).await {
        Ok(reply) => {
            let version = reply.content()?.git_version;
            Ok(version.trim_start_matches('v').to_owned())
        }
        Err(failure) if failure.error.reason == Reason::Forbidden => Ok(String::new()),
        Err(failure) => Err(failure.into()),
    }
}

/// All kinds of a list, the preferred version of each first, as the server sends them.
fn resources(list: &APIGroupDiscoveryList, before: &[Resource]) -> Vec<Resource> {
    let mut resources = Vec::new();
    for group in &list.items {
        of_group(group, before, &mut resources);
    }
    resources
}

/// A version whose own server does not answer is listed as stale, perhaps
/// without its kinds. They then stay as they were last seen: a kind that seems
/// gone would make its objects seem gone.
fn of_group(group: &APIGroupDiscovery, before: &[Resource], all: &mut Vec<Resource>) {
    let metadata = group.metadata.as_ref();
    let name = metadata.and_then(|metadata| metadata.name.as_deref());
    let name = name.unwrap_or_default();
    for listed in &group.versions {
        let version = listed.version.as_deref().unwrap_or_default();
        let stale = listed.freshness.as_deref() == Some("Stale");
        if stale {
            tracing::warn!(
                group = name,
                version,
                "the server of an API group does not answer"
            );
        }
        if stale && listed.resources.is_empty() {
            let kept = before
                .iter()
                .filter(|known| known.kind.group == name && known.kind.version == version);
            all.extend(kept.cloned());
        }
        for resource in &listed.resources {
            let kind = resource.response_kind.as_ref();
            let kind = kind.and_then(|kind| kind.kind.as_deref());
            if let (Some(kind), Some(plural)) = (kind, &resource.resource) {
                let scope = match resource.scope.as_deref() {
                    Some("Cluster") => Scope::Cluster,
                    _ => Scope::Namespaced,
                };
                let kind = GroupVersionKind::new(name, version, kind);
                all.push(Resource::new(kind, plural, scope).verbs(resource.verbs.clone()));
            }
        }
    }
}

fn unknown(kind: &GroupVersionKind, known: &Discovery) -> Error {
    let hint = match known.preferred(&kind.group_kind()) {
        Some(other) => format!(", but in {}", other.kind.api_version()),
        None if kind.group.contains('.') => "; is its CustomResourceDefinition missing?".into(),
        None => String::new(),
    };
    let (name, version) = (&kind.kind, kind.api_version());
    let message = format!("the cluster does not serve {name} in {version}{hint}");
    Error::new(Reason::UnknownKind, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list(freshness: &str, resources: &serde_json::Value) -> APIGroupDiscoveryList {
        serde_json::from_value(json!({"items": [{
            "metadata": {"name": "example.com"},
            "versions": [
                {"version": "v2", "freshness": freshness, "resources": resources},
                {"version": "v1", "resources": [{
                    "resource": "widgets", "scope": "Namespaced", "verbs": ["get"],
                    "responseKind": {"group": "", "version": "", "kind": "Widget"},
                    "subresources": [{"subresource": "scale",
                        "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"}}],
                }]},
            ],
        }]}))
        .unwrap()
    }

    fn widgets() -> serde_json::Value {
        json!([{"resource": "widgets", "scope": "Cluster", "verbs": ["get", "list"],
            "responseKind": {"group": "", "version": "", "kind": "Widget"}}])
    }

    #[test]
    fn the_first_version_is_preferred_and_subresources_are_no_kinds() {
        let discovery = Discovery::new("", resources(&list("Current", &widgets()), &[]));
        let kinds: Vec<_> = discovery
            .kinds()
            .map(|resource| resource.kind.to_string())
            .collect();
        assert_eq!(kinds, ["example.com/v2/Widget"]);
        let v1 = discovery.get(&GroupVersionKind::new("example.com", "v1", "Widget"));
        assert_eq!(v1.unwrap().scope, Scope::Namespaced);
    }

    #[test]
    fn kinds_of_a_silent_server_stay_as_they_were() {
        let before = resources(&list("Current", &widgets()), &[]);
        assert_eq!(resources(&list("Stale", &json!([])), &before), before);
    }

    #[test]
    fn an_unknown_kind_is_told_with_what_may_help() {
        let known = Discovery::new("", resources(&list("Current", &widgets()), &[]));
        let error = |group, version, kind| {
            unknown(&GroupVersionKind::new(group, version, kind), &known).to_string()
        };
        assert_eq!(
            error("example.com", "v3", "Widget"),
            "the cluster does not serve Widget in example.com/v3, but in example.com/v2"
        );
        assert_eq!(
            error("example.org", "v1", "Gadget"),
            "the cluster does not serve Gadget in example.org/v1; \
             is its CustomResourceDefinition missing?"
        );
        assert_eq!(
            error("", "v1", "Pud"),
            "the cluster does not serve Pud in v1"
        );
    }
}
