//! A real cluster, through the `kube` crate.
//!
//! [`Cluster`] is an [`Applier`]. It talks to the API server in plain JSON, so an
//! object comes back with every field the server sent; it tries again on its own
//! only where that cannot do harm, and never longer than [`Options`] say.
//!
//! ```no_run
//! use gitops_core::apply::{Applier, ApplyOptions, Strategy};
//! use gitops_core::Object;
//! use gitops_sync::kube::Cluster;
//! use serde_json::json;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let cluster = Cluster::from_defaults().await?;
//!     let settings = Object::new(json!({
//!         "apiVersion": "v1",
//!         "kind": "ConfigMap",
//!         "metadata": {"name": "settings", "namespace": "default"},
//!         "data": {"colour": "green"},
//!     }))?;
//!     let options = ApplyOptions::default().strategy(Strategy::ServerSide);
//!     let applied = cluster.apply(&settings, &options).await?;
//!     println!("{} {:?}", applied.object, applied.outcome);
//!     Ok(())
//! }
//! ```
//!
//! Programs choose a version of `k8s-openapi` by one of its features, such as
//! `latest`; this library chooses none.

mod apply;
mod connect;
mod discovery;
mod failure;
mod hidden;
mod list;
mod object;
mod options;
mod path;
mod request;
mod schemas;
mod warning;
mod watch;

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions,
    WatchStream,
};
use gitops_core::schema::Types;
use gitops_core::{Discovery, GroupVersionKind, Object, ObjectRef};

pub use self::connect::Error as ConnectError;
pub use self::options::Options;

use self::apply::Target;
use self::discovery::Kinds;
use self::request::Server;
use self::schemas::Schemas;

/// A Kubernetes cluster, reached through its API server.
///
/// A clone is the same cluster: it shares connections, limits and what is known
/// of the kinds served.
#[derive(Clone)]
pub struct Cluster {
    server: Server,
    kinds: Arc<Kinds>,
    schemas: Arc<Schemas>,
}

impl Cluster {
    /// A cluster behind a client of the `kube` crate.
    ///
    /// Build the client with `Config::default_retry` off, or its retries,
    /// which no deadline bounds, come on top of those of [`Options`].
    pub fn new(client: ::kube::Client) -> Self {
        Self::with_options(client, Options::default())
    }

    /// A cluster behind a client of the `kube` crate, within the limits of `options`.
    pub fn with_options(client: ::kube::Client, options: Options) -> Self {
        Self {
            server: Server::new(client, options),
            kinds: Arc::default(),
            schemas: Arc::default(),
        }
    }

    /// The same cluster within other limits.
    #[must_use]
    pub fn limited(&self, options: Options) -> Self {
        Self {
            server: self.server.limited(options),
            kinds: Arc::clone(&self.kinds),
            schemas: Arc::clone(&self.schemas),
        }
    }
}

#[async_trait]
impl Applier for Cluster {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        self.kinds.current(&self.server).await
    }

    async fn types(&self, kinds: &[GroupVersionKind]) -> Result<Arc<Types>, Error> {
        self.schemas.of(self, kinds).await
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        self.get_object(object).await
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        let resource = self.kinds.find(&self.server, kind).await?;
        list::all(&self.server, &resource, namespace).await
    }

    async fn watch(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
        since: &str,
    ) -> Result<WatchStream, Error> {
        let resource = self.kinds.find(&self.server, kind).await?;
        let events = watch::since(&self.server, &resource, namespace, since).await?;
        if !object::changes_kinds(&resource) {
            return Ok(events);
        }
        let kinds = Arc::clone(&self.kinds);
        Ok(events.inspect(move |_| kinds.forget()).boxed())
    }

    async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
        Target::new(self, object, options).await?.apply().await
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error> {
        self.patch_object(object, patch, options).await
    }

    async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<(), Error> {
        self.delete_object(object, options).await
    }
}
