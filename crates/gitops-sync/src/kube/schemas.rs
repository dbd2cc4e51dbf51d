//! The shapes of the kinds served, read from the server's OpenAPI documents.
//!
//! There is a document for each group and version, and an index that names them
//! with a hash of their content. Only documents of kinds that somebody asks for are
//! read, and each only once for as long as its hash stays the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gitops_core::apply::{Error, Reason};
use gitops_core::schema::Types;
use gitops_core::{GroupVersionKind, ObjectRef};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Cluster;
use super::request::{Request, Server};

/// What is known of the shapes.
#[derive(Default)]
pub(super) struct Schemas(Mutex<Known>);

#[derive(Default)]
struct Known {
    index: Option<(Index, Instant)>,
    /// The documents that were read: their place in the index, and where they were.
    read: BTreeMap<String, String>,
    types: Arc<Types>,
}

/// Where the document of each group and version is.
#[derive(Default, Deserialize)]
struct Index {
    paths: BTreeMap<String, Place>,
}

#[derive(Deserialize)]
struct Place {
    /// Its path with the hash of its content.
    #[serde(rename = "serverRelativeURL")]
    url: String,
}

impl Schemas {
    /// The shapes of these kinds, as far as the server tells them.
    pub(super) async fn of(
        &self,
        cluster: &Cluster,
        kinds: &[GroupVersionKind],
    ) -> Result<Arc<Types>, Error> {
        let types = self.documented(&cluster.server, kinds).await?;
        let lacking: Vec<&GroupVersionKind> = kinds
            .iter()
            .filter(|kind| types.kind(kind).is_none())
            .collect();
        if lacking.is_empty() {
            return Ok(types);
        }
        let mut types = Types::clone(&types);
        for kind in lacking {
            add_defined(cluster, kind, &mut types).await?;
        }
        Ok(types.into())
    }

    /// The shapes in the documents of these kinds.
    async fn documented(
        &self,
        server: &Server,
        kinds: &[GroupVersionKind],
    ) -> Result<Arc<Types>, Error> {
        let wanted: BTreeSet<String> = kinds.iter().map(place).collect();
        let mut known = self.0.lock().await;
        known.refresh(server).await?;
        let (index, _) = known.index.as_ref().ok_or_else(no_index)?;
        let missing: Vec<(String, String)> = wanted
            .into_iter()
            .filter(|place| !known.read.contains_key(place))
            .filter_map(|place| {
                let url = index.paths.get(&place)?.url.clone();
                Some((place, url))
            })
            .collect();
        for (place, url) in missing {
            let answer = server.send::<Value>(&Request::get(&url)).await;
            if answer.is_err() {
                // What the index names is not there any more.
                known.index = None;
            }
            let document = answer?.content()?;
            let added = Arc::make_mut(&mut known.types).add_openapi(&document);
            added.map_err(|error| {
                let message = format!("the OpenAPI document of {place} cannot be used");
                Error::new(Reason::Other, message).caused_by(error)
            })?;
            known.read.insert(place, url);
        }
        Ok(Arc::clone(&known.types))
    }
}

impl Known {
    /// Reads the index again where it is old, and forgets everything when a document
    /// that was read has changed.
    async fn refresh(&mut self, server: &Server) -> Result<(), Error> {
        let age = server.options.discovery_age;
        if let Some((_, at)) = &self.index
            && at.elapsed() < age
        {
            return Ok(());
        }
        let index: Index = server.send(&Request::get("/openapi/v3")).await?.content()?;
        let is_current = |(place, url): (&String, &String)| {
            let now = index.paths.get(place);
            now.is_some_and(|now| now.url == *url)
        };
        if !self.read.iter().all(is_current) {
            self.read.clear();
            self.types = Arc::default();
        }
        self.index = Some((index, Instant::now()));
        Ok(())
    }
}

/// Where the index has the document of a kind.
fn place(kind: &GroupVersionKind) -> String {
    match kind.group.as_str() {
        "" => format!("api/{}", kind.version),
        group => format!("apis/{group}/{}", kind.version),
    }
}

/// Adds a kind by its definition: for a while after that was made, no document
/// speaks of it.
async fn add_defined(
    cluster: &Cluster,
    kind: &GroupVersionKind,
    types: &mut Types,
) -> Result<(), Error> {
    let resource = match cluster.kinds.find(&cluster.server, kind).await {
        Ok(resource) => resource,
        Err(error) if error.reason == Reason::UnknownKind => return Ok(()),
        Err(error) => return Err(error),
    };
    let definition = ObjectRef {
        kind: GroupVersionKind::new("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
        namespace: None,
        name: format!("{}.{}", resource.plural, kind.group),
    };
    let definition = match cluster.get_object(&definition).await {
        Ok(Some(definition)) => definition,
        Ok(None) => return Ok(()),
        Err(error) if error.reason == Reason::Forbidden => return Ok(()),
        Err(error) => return Err(error),
    };
    types.add_definition(&definition).map_err(|error| {
        let message = format!("the schemas of {definition} cannot be used");
        Error::new(Reason::Other, message).caused_by(error)
    })
}

fn no_index() -> Error {
    Error::new(Reason::Other, "the server has no OpenAPI documents")
}
