//! A cluster that is a folder of manifests, and cannot be changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use async_trait::async_trait;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions, Reason,
    WatchStream,
};
use gitops_core::discovery::Resource;
use gitops_core::{Discovery, GroupVersionKind, Object, ObjectRef, Scope, yaml};
use gitops_sync::memory;

pub struct Folder {
    objects: Vec<Object>,
    discovery: Arc<Discovery>,
}

impl Folder {
    /// Reads every `.yaml`, `.yml` and `.json` file below `root`.
    pub async fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(root, &mut files)?;
        files.sort();
        let mut objects = Vec::new();
        for file in &files {
            let name = || file.display().to_string();
            let text = std::fs::read_to_string(file).with_context(name)?;
            for object in yaml::objects(&text, &yaml::Options::default()) {
                objects.push(object.with_context(name)?);
            }
        }
        let built_in = memory::Cluster::new().discover().await?;
        Ok(Self {
            discovery: Arc::new(served(&built_in, &objects)),
            objects,
        })
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known))
        {
            files.push(path);
        }
    }
    Ok(())
}

/// What every cluster serves, and the kinds of the objects.
fn served(built_in: &Discovery, objects: &[Object]) -> Discovery {
    let others = objects
        .iter()
        .filter(|object| built_in.get(&object.group_version_kind()).is_none())
        .map(|object| {
            let scope = match object.namespace() {
                Some(_) => Scope::Namespaced,
                None => Scope::Cluster,
            };
            let plural = format!("{}s", object.kind().to_lowercase());
            Resource::new(object.group_version_kind(), plural, scope)
        });
    let all = built_in.kinds().cloned().chain(others);
    Discovery::new(built_in.server_version.clone(), all)
}

fn refused() -> Error {
    Error::new(Reason::Forbidden, "a folder of manifests cannot be changed")
}

#[async_trait]
impl Applier for Folder {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        Ok(Arc::clone(&self.discovery))
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        let mut objects = self.objects.iter();
        Ok(objects.find(|live| live.key() == object.key()).cloned())
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        let is_meant = |object: &&Object| {
            object.group_kind() == kind.group_kind()
                && namespace.is_none_or(|namespace| object.namespace() == Some(namespace))
        };
        Ok(ObjectList {
            objects: self.objects.iter().filter(is_meant).cloned().collect(),
            resource_version: String::new(),
        })
    }

    async fn watch(
        &self,
        _kind: &GroupVersionKind,
        _namespace: Option<&str>,
        _since: &str,
    ) -> Result<WatchStream, Error> {
        Ok(Box::pin(futures::stream::pending()))
    }

    async fn apply(&self, _object: &Object, _options: &ApplyOptions) -> Result<Applied, Error> {
        Err(refused())
    }

    async fn patch(
        &self,
        _object: &ObjectRef,
        _patch: &Patch,
        _options: &PatchOptions,
    ) -> Result<Object, Error> {
        Err(refused())
    }

    async fn delete(&self, _object: &ObjectRef, _options: &DeleteOptions) -> Result<(), Error> {
        Err(refused())
    }
}
