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
use serde_json::Value;

pub struct Folder {
    objects: Vec<Object>,
    discovery: Arc<Discovery>,
}

impl Folder {
    /// Reads every `.yaml`, `.yml` and `.json` file below `root`. What names no
    /// namespace and needs one is in `namespace`.
    pub async fn read(root: &Path, namespace: &str) -> Result<Self> {
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
        let discovery = served(&built_in, &objects);
        for object in &mut objects {
            let scope = discovery.scope(&object.group_kind());
            if scope == Some(Scope::Namespaced) && object.namespace().is_none() {
                object.set_namespace(Some(namespace));
            }
        }
        Ok(Self {
            discovery: Arc::new(discovery),
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

/// What every cluster serves, the kinds that the objects define, and their own.
fn served(built_in: &Discovery, objects: &[Object]) -> Discovery {
    let defined: Vec<Resource> = objects.iter().flat_map(defined).collect();
    let known = built_in.kinds().cloned().chain(defined);
    let known = Discovery::new(built_in.server_version.clone(), known);
    let others = objects
        .iter()
        .filter(|object| known.get(&object.group_version_kind()).is_none())
        .map(|object| {
            let scope = match object.namespace() {
                Some(_) => Scope::Namespaced,
                None => Scope::Cluster,
            };
            let plural = format!("{}s", object.kind().to_lowercase());
            Resource::new(object.group_version_kind(), plural, scope)
        });
    let all = known.kinds().cloned().chain(others);
    Discovery::new(known.server_version.clone(), all)
}

/// The kinds that a CustomResourceDefinition has served.
fn defined(object: &Object) -> Vec<Resource> {
    let spec = &object.value()["spec"];
    let text = |pointer| spec.pointer(pointer).and_then(Value::as_str);
    let (Some(group), Some(kind), Some(plural)) =
        (text("/group"), text("/names/kind"), text("/names/plural"))
    else {
        return Vec::new();
    };
    let scope = match text("/scope") {
        Some("Cluster") => Scope::Cluster,
        _ => Scope::Namespaced,
    };
    let versions = spec["versions"].as_array().into_iter().flatten();
    versions
        .filter(|version| version["served"] == true)
        .filter_map(|version| version["name"].as_str())
        .map(|version| Resource::new(GroupVersionKind::new(group, version, kind), plural, scope))
        .collect()
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
