//! A whole build.

use std::collections::BTreeMap;
use std::fmt;

use gitops_core::render::{NoRemotes, Remotes};
use gitops_core::{Object, Tree, TreePath, yaml};
use serde_json::Value;

use super::accumulator::Accumulator;
use super::field::FieldSpec;
use super::layer::{Build, Layer};
use super::limits::Limits;
use super::load::{LoadRestrictor, Loader};
use super::node::{Error as NodeError, Node};
use super::order::{self, Reorder};
use super::plugin::Function;
use super::resource::Resource;
use super::step::Step;
use super::transform::finish::{self, Notes};
use super::transform::vars;
use super::{Error, Kustomization};

/// What `app.kubernetes.io/managed-by` says when a kustomization asks for it.
const VERSION: &str = "kustomize-v5.5.0";

/// How to build.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// Which files a kustomization may read.
    pub load_restrictor: LoadRestrictor,
    /// The order of the output, where the kustomization does not say.
    pub reorder: Reorder,
    /// What a build may cost.
    pub limits: Limits,
    /// The program's own plugins, by kind.
    pub plugins: BTreeMap<String, Function>,
    /// Whether `helmCharts` are rendered; they are an error otherwise.
    pub enable_helm: bool,
    /// The cluster version charts see where an entry names none.
    pub kube_version: String,
    /// The API versions charts see, beside an entry's own.
    pub api_versions: Vec<String>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("load_restrictor", &self.load_restrictor)
            .field("reorder", &self.reorder)
            .field("limits", &self.limits)
            .field("plugins", &self.plugins.keys().collect::<Vec<_>>())
            .field("enable_helm", &self.enable_helm)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// Which files a kustomization may read.
    #[must_use]
    pub fn load_restrictor(mut self, load_restrictor: LoadRestrictor) -> Self {
        self.load_restrictor = load_restrictor;
        self
    }

    /// The order of the output, where the kustomization does not say.
    #[must_use]
    pub fn reorder(mut self, reorder: Reorder) -> Self {
        self.reorder = reorder;
        self
    }

    /// What a build may cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Runs `function` for generators and transformers of this kind.
    #[must_use]
    pub fn plugin(mut self, kind: &str, function: Function) -> Self {
        self.plugins.insert(kind.to_owned(), function);
        self
    }

    /// Whether `helmCharts` are rendered; they are an error otherwise.
    #[must_use]
    pub fn enable_helm(mut self, enable_helm: bool) -> Self {
        self.enable_helm = enable_helm;
        self
    }

    /// The cluster version charts see where an entry names none.
    #[must_use]
    pub fn kube_version(mut self, kube_version: impl Into<String>) -> Self {
        self.kube_version = kube_version.into();
        self
    }

    /// The API versions charts see, beside an entry's own.
    #[must_use]
    pub fn api_versions(mut self, api_versions: Vec<String>) -> Self {
        self.api_versions = api_versions;
        self
    }
}

/// What a build made.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Output {
    /// Every object has been found to have a JSON form.
    objects: Vec<Node>,
    /// What a person should know, such as the use of a deprecated field.
    pub warnings: Vec<String>,
}

impl Output {
    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is no object.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The objects as JSON, in order.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a build has checked that its objects have a JSON form"
    )]
    pub fn into_values(self) -> Vec<Value> {
        let objects = self.objects.into_iter();
        let values = objects.map(|it| it.into_value().expect("checked by the build"));
        values.collect()
    }

    /// The objects, in order.
    ///
    /// # Errors
    ///
    /// When one lacks what identifies it.
    pub fn into_objects(self) -> Result<Vec<Object>, gitops_core::object::Error> {
        self.into_values().into_iter().map(Object::new).collect()
    }
}

/// The stream that `kustomize build` prints.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, object) in self.objects.iter().enumerate() {
            if at > 0 {
                f.write_str("---\n")?;
            }
            f.write_str(&yaml::write(object))?;
        }
        Ok(())
    }
}

/// Builds the kustomization in the folder at `path`; other repositories are refused.
///
/// # Errors
///
/// Names the kustomization and, where known, the line.
pub fn build(tree: &dyn Tree, path: &TreePath, options: &Options) -> Result<Output, Error> {
    build_with(tree, path, options, &NoRemotes, |_| Ok(()))
}

/// Builds the kustomization at `path` after `edit` has changed it, with a way to other repositories.
///
/// # Errors
///
/// As [`build`], and when `edit` fails.
pub fn build_with(
    tree: &dyn Tree,
    path: &TreePath,
    options: &Options,
    remotes: &dyn Remotes,
    edit: impl FnOnce(&mut Kustomization) -> Result<(), Error>,
) -> Result<Output, Error> {
    let build = Build::new(options, remotes);
    let loader = Loader::new(tree, path, options.load_restrictor)?;
    let mut top = Layer::load(&build, loader)?;
    edit(&mut top.kustomization).map_err(|error| top.placed(error))?;
    top.set_schema(true)?;
    top.note_origins();
    let accumulator = top.accumulate(Accumulator::default())?;
    let objects = finish(accumulator, &top, options)?;
    drop(top);
    Ok(Output {
        objects,
        warnings: build.into_warnings(),
    })
}

/// What is wrong with an object, with the file it is from.
fn in_object(resource: &Resource, error: &NodeError) -> Error {
    let named = Error::new(format!("{}: {error}", resource.id()));
    match &resource.file {
        Some(file) => named.file(file),
        None => named,
    }
}

/// What is done once, after all layers.
fn finish(
    mut accumulator: Accumulator,
    top: &Layer<'_, '_>,
    options: &Options,
) -> Result<Vec<Node>, Error> {
    finish::add_hashes(&mut accumulator.resources)?;
    accumulator.update_references()?;
    vars::resolve(&mut accumulator)?;
    finish::drop_local(&mut accumulator.resources)?;
    let sort_options = top.kustomization.sort_options.as_ref();
    order::sort(&mut accumulator.resources, sort_options, options.reorder)
        .map_err(|error| top.placed(error.field("sortOptions")))?;
    let asks = |note: &str| {
        top.kustomization
            .build_metadata
            .iter()
            .any(|asked| asked == note)
    };
    if asks("managedByLabel") {
        let label = (
            "app.kubernetes.io/managed-by".to_owned(),
            VERSION.to_owned(),
        );
        let step = Step::Labels {
            entries: BTreeMap::from([label]),
            specs: vec![FieldSpec::everywhere("metadata/labels", true)],
        };
        step.run(&mut accumulator, &super::patch::schema::Schema::built_in())?;
    }
    let notes = Notes {
        origin: asks("originAnnotations"),
        transformations: asks("transformerAnnotations"),
    };
    let mut objects = Vec::with_capacity(accumulator.resources.len());
    for mut resource in accumulator.resources {
        finish::annotate(&mut resource, notes);
        let checked = resource.node.check();
        checked.map_err(|error| in_object(&resource, &error))?;
        objects.push(resource.node);
    }
    Ok(objects)
}
