//! The cluster in memory with faults, a record of calls and health by decree.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::FutureExt;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions,
    Strategy, WatchStream,
};
use gitops_core::{
    Discovery, GroupVersionKind, Health, HealthCheck, HealthStatus, Object, ObjectRef,
};

use super::case::{Case, Fault, NAMESPACE, reference};
use crate::memory::Cluster;

#[derive(Clone)]
pub(super) struct Watched {
    pub(super) inner: Cluster,
    health: Arc<Mutex<BTreeMap<String, String>>>,
    faults: Arc<Mutex<BTreeMap<String, Fault>>>,
    unlisted: Vec<String>,
    calls: Arc<Mutex<Vec<String>>>,
}

fn short(object: &ObjectRef) -> String {
    format!("{}/{}", object.kind.kind, object.name)
}

impl Watched {
    pub(super) fn new(case: &Case) -> Self {
        let inner = Cluster::new();
        if !case
            .sync_options
            .iter()
            .any(|option| option == "CreateNamespace=true")
            || !case.live.is_empty()
        {
            inner.create_namespace(NAMESPACE);
        }
        Self {
            inner,
            health: Arc::new(Mutex::new(case.health.clone())),
            faults: Arc::new(Mutex::new(case.faults.clone())),
            unlisted: case.unlisted.clone(),
            calls: Arc::default(),
        }
    }

    pub(super) async fn fill(&self, case: &Case) {
        for (object, thing) in case.live(self).await.into_iter().zip(&case.live) {
            let mut options = ApplyOptions::default();
            if let Some(manager) = &thing.manager {
                options = options.manager(&**manager);
            }
            if thing.server_side {
                options = options.strategy(Strategy::ServerSide);
            }
            self.inner.apply(&object, &options).await.unwrap();
            if thing.deleting {
                let options = DeleteOptions::default();
                self.inner
                    .delete(&object.reference(), &options)
                    .await
                    .unwrap();
            }
        }
        self.inner.settle();
    }

    /// Forgets what was called to prepare the case.
    pub(super) fn begin(&self) {
        self.calls.lock().unwrap().clear();
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    pub(super) fn set_health(&self, name: &str, status: &str) {
        let mut health = self.health.lock().unwrap();
        health.insert(name.to_owned(), status.to_owned());
    }

    /// Deletes an object behind everybody's back.
    pub(super) fn remove(&self, name: &str) {
        let (reference, options) = (reference(name), DeleteOptions::default());
        // Nothing in the cluster in memory has to be waited for here.
        let _ = self.inner.delete(&reference, &options).now_or_never();
    }

    /// Takes all finalizers from an object behind everybody's back.
    pub(super) fn release(&self, name: &str) {
        let without = Patch::Merge(serde_json::json!({"metadata": {"finalizers": null}}));
        let (reference, options) = (reference(name), PatchOptions::default());
        let _ = self
            .inner
            .patch(&reference, &without, &options)
            .now_or_never();
    }

    pub(super) async fn find(&self, name: &str) -> Option<Object> {
        self.inner.get(&reference(name)).await.ok().flatten()
    }

    pub(super) async fn everything(&self, discovery: &Discovery) -> Vec<Object> {
        let mut all = Vec::new();
        for resource in discovery
            .kinds()
            .filter(|resource| resource.supports("list"))
        {
            let list = self.inner.list(&resource.kind, None).await.unwrap();
            all.extend(list.objects);
        }
        all
    }

    pub(super) fn health(&self) -> Box<dyn HealthCheck> {
        let health = Arc::clone(&self.health);
        Box::new(move |object: &Object| {
            let name = short(&object.reference());
            let health = health.lock().unwrap();
            let all = format!("{}/*", object.kind());
            let status = health.get(&name).or_else(|| health.get(&all));
            Ok(status.map(|status| {
                let status = parse(status);
                Health::new(status, format!("{} is {status}", object.name()))
            }))
        })
    }

    fn called(&self, call: &str, object: &ObjectRef, is_write: bool) -> Result<(), Error> {
        let name = format!("{call} {}", short(object));
        if is_write {
            self.calls.lock().unwrap().push(name.clone());
        }
        let mut faults = self.faults.lock().unwrap();
        let Some(fault) = faults.get_mut(&name) else {
            return Ok(());
        };
        if let Some(times) = &mut fault.times {
            if *times == 0 {
                return Ok(());
            }
            *times -= 1;
        }
        Err(Error::new(fault.reason, fault.message.clone()))
    }
}

fn parse(status: &str) -> HealthStatus {
    serde_json::from_value(status.into()).unwrap()
}

#[async_trait]
impl Applier for Watched {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        self.inner.discover().await
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        self.called("get", object, false)?;
        self.inner.get(object).await
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        let mut list = self.inner.list(kind, namespace).await?;
        let is_listed = |object: &Object| !self.unlisted.contains(&short(&object.reference()));
        list.objects.retain(is_listed);
        Ok(list)
    }

    async fn watch(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
        since: &str,
    ) -> Result<WatchStream, Error> {
        self.inner.watch(kind, namespace, since).await
    }

    async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
        let call = if options.dry_run { "check" } else { "apply" };
        self.called(call, &object.reference(), !options.dry_run)?;
        self.inner.apply(object, options).await
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error> {
        self.called("release", object, true)?;
        self.inner.patch(object, patch, options).await
    }

    async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<(), Error> {
        self.called("delete", object, true)?;
        self.inner.delete(object, options).await
    }
}
