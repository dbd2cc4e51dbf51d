//! Files, bases and components.

use std::sync::Arc;

use super::Layer;
use crate::kustomize::Error;
use crate::kustomize::accumulator::Accumulator;
use crate::kustomize::load::Loader;
use crate::kustomize::resource::Resource;
use crate::kustomize::step;

impl<'a> Layer<'a, '_> {
    /// Adds what the entries name, in order: files, or else folders and repositories.
    pub(super) fn add_resources(
        &self,
        accumulator: &mut Accumulator,
        entries: &[String],
    ) -> Result<(), Error> {
        for (at, entry) in entries.iter().enumerate() {
            self.add_resource(accumulator, entry)
                .map_err(|error| error.field(&format!("resources[{at}]")))?;
        }
        Ok(())
    }

    fn add_resource(&self, accumulator: &mut Accumulator, entry: &str) -> Result<(), Error> {
        let Err(as_file) = self.add_file(accumulator, entry) else {
            return Ok(());
        };
        let loader = match self.enter(entry) {
            Ok(loader) => loader,
            // A file that is there and is not YAML is no base.
            Err(_) if as_file.is_malformed() => return Err(as_file),
            Err(error) => return Err(both(&as_file, error)),
        };
        self.add_base(accumulator, entry, loader)
            .map_err(|error| both(&as_file, error))
    }

    fn enter(&self, entry: &str) -> Result<Loader<'a>, Error> {
        self.loader
            .enter(entry, self.build.remotes, &self.build.options.limits)
    }

    fn add_file(&self, accumulator: &mut Accumulator, entry: &str) -> Result<(), Error> {
        let failed = |error: Error| error.context(format!("accumulating resources from '{entry}'"));
        let mut resources = self.file(entry).map_err(failed)?;
        for resource in &mut resources {
            if let Some(origin) = self.origin_of(entry) {
                resource.origin = Some(origin);
            }
            if !resource.id().gvk.is_known() {
                self.build.schema_in_use.set(true);
            }
        }
        accumulator
            .append_all(resources)
            .map_err(|error| error.context(format!("merging resources from '{entry}'")))
    }

    /// The objects of a file.
    pub(super) fn file(&self, entry: &str) -> Result<Vec<Resource>, Error> {
        let limits = &self.build.options.limits;
        let text = self.loader.load(entry, limits)?;
        let path = self.loader.root().join(entry)?;
        let mut resources = step::resources(&text, limits).map_err(|mut error| {
            if error.is_malformed() {
                error.message = format!("MalformedYAMLError: {} in File: {entry}", error.message);
            }
            error.file(&path)
        })?;
        let path = Arc::new(path);
        for resource in &mut resources {
            resource.file = Some(path.clone());
        }
        Ok(resources)
    }

    fn add_base(
        &self,
        accumulator: &mut Accumulator,
        entry: &str,
        loader: Loader<'a>,
    ) -> Result<(), Error> {
        let layer = self.sub_layer(entry, loader)?;
        let root = layer.loader.root().as_str().to_owned();
        if layer.kustomization.kind == "Component" {
            return Err(Error::new(format!(
                "expected kind != 'Component' for path '/{root}'"
            )));
        }
        let made = layer
            .accumulate(Accumulator::default())
            .map_err(|error| error.context(format!("recursed accumulation of path '/{root}'")))?;
        accumulator
            .merge(made)
            .map_err(|error| error.context(format!("recursed merging from path '/{root}'")))
    }

    fn sub_layer(&self, entry: &str, loader: Loader<'a>) -> Result<Self, Error> {
        let root = loader.root().as_str().to_owned();
        let mut layer = Layer::load(self.build, loader)
            .map_err(|error| error.context(format!("couldn't make target for path '/{root}'")))?;
        layer.origin = self.origin_of(entry);
        layer.set_schema(false)?;
        Ok(layer)
    }

    /// Runs components on everything there is so far.
    pub(super) fn add_components(
        &self,
        mut accumulator: Accumulator,
    ) -> Result<Accumulator, Error> {
        for (at, entry) in self.kustomization.components.iter().enumerate() {
            let placed = |error: Error| error.field(&format!("components[{at}]"));
            let loader = self
                .enter(entry)
                .map_err(|error| placed(error.context("loader.New")))?;
            accumulator = self
                .add_component(accumulator, entry, loader)
                .map_err(|mut error| {
                    error.message = format!("accumulateDirectory: \"{}\"", error.message);
                    placed(error)
                })?;
        }
        Ok(accumulator)
    }

    fn add_component(
        &self,
        accumulator: Accumulator,
        entry: &str,
        loader: Loader<'a>,
    ) -> Result<Accumulator, Error> {
        let layer = self.sub_layer(entry, loader)?;
        let (root, kind) = (layer.loader.root().as_str(), &layer.kustomization.kind);
        if kind != "Component" {
            return Err(Error::new(format!(
                "expected kind 'Component' for path '/{root}' but got '{kind}'"
            )));
        }
        let made = layer
            .accumulate(accumulator)
            .map_err(|error| error.context(format!("recursed accumulation of path '/{root}'")))?;
        // What the component has renamed must still be told apart.
        let mut renewed = Accumulator::default();
        renewed
            .merge(made)
            .map_err(|error| error.context(format!("recursed merging from path '/{root}'")))?;
        Ok(renewed)
    }

    /// The configurations of plugins: text, files or folders.
    pub(super) fn plugins(&self, entries: &[String]) -> Result<Vec<Resource>, Error> {
        let limits = &self.build.options.limits;
        let mut accumulator = Accumulator::default();
        let mut paths = Vec::new();
        for entry in entries {
            match step::resources(entry, limits) {
                Ok(mut inline) => {
                    for resource in &mut inline {
                        resource.origin = self.origin_of(self.file.name());
                    }
                    accumulator.append_all(inline)?;
                }
                Err(_) => paths.push(entry.clone()),
            }
        }
        self.add_resources(&mut accumulator, &paths)?;
        Ok(accumulator.resources)
    }
}

/// An entry that is neither a file nor a base: both reasons, the second with its place.
fn both(as_file: &Error, as_base: Error) -> Error {
    as_base.context(format!("accumulation err='{}'", as_file.message))
}
