//! One kustomization: what it reads, and the steps it takes.

mod resources;
mod schemas;
mod transformers;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use gitops_core::TreePath;
use gitops_core::render::Remotes;

use super::Error;
use super::accumulator::Accumulator;
use super::generate::{self, Kind};
use super::kustomization::Kustomization;
use super::load::Loader;
use super::origin::{ConfiguredBy, Origin};
use super::patch::schema::Schema;
use super::resource::Resource;
use super::{Options, plugin};

/// What all layers of a build share.
pub(crate) struct Build<'a> {
    pub(crate) options: &'a Options,
    pub(crate) remotes: &'a dyn Remotes,
    schema: RefCell<Option<Arc<Schema>>>,
    /// Whether the built-in schema has been asked for anything.
    schema_in_use: Cell<bool>,
    warnings: RefCell<Vec<String>>,
    loads: Cell<usize>,
}

impl<'a> Build<'a> {
    pub(crate) fn new(options: &'a Options, remotes: &'a dyn Remotes) -> Self {
        Self {
            options,
            remotes,
            schema: RefCell::new(None),
            schema_in_use: Cell::new(false),
            warnings: RefCell::new(Vec::new()),
            loads: Cell::new(0),
        }
    }

    fn schema(&self) -> Arc<Schema> {
        self.schema
            .borrow()
            .clone()
            .unwrap_or_else(Schema::built_in)
    }

    pub(crate) fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner()
    }
}

/// A kustomization with its folder.
pub(crate) struct Layer<'a, 'b> {
    pub(crate) build: &'b Build<'a>,
    pub(crate) loader: Loader<'a>,
    pub(crate) kustomization: Kustomization,
    file: TreePath,
    /// The file's own text, to find lines in.
    text: String,
    /// The folder as seen from the build's own, where objects note their origin.
    origin: Option<Origin>,
}

impl<'a, 'b> Layer<'a, 'b> {
    /// Reads the kustomization of a folder.
    pub(crate) fn load(build: &'b Build<'a>, loader: Loader<'a>) -> Result<Self, Error> {
        let limits = &build.options.limits;
        build.loads.set(build.loads.get() + 1);
        if build.loads.get() > limits.loads {
            let message = format!("a build of more than {} kustomizations", limits.loads);
            return Err(Error::new(message));
        }
        let (file, text) = loader.kustomization(limits)?;
        let kustomization = Kustomization::read(&text, limits).map_err(|error| {
            let folder = loader.root().as_str();
            let is_type = error.message.contains("should be");
            let error = error.find_line(&text).file(&file);
            if is_type {
                error.context(format!("Failed to read kustomization file under /{folder}"))
            } else {
                error
            }
        })?;
        for field in Kustomization::deprecated(&text) {
            let warning =
                format!("'{field}' is deprecated; run `kustomize edit fix` to replace it ({file})");
            build.warnings.borrow_mut().push(warning);
        }
        Ok(Self {
            build,
            loader,
            kustomization,
            file,
            text,
            origin: None,
        })
    }

    /// Makes objects note where they come from, when the top layer asks for it.
    pub(crate) fn note_origins(&mut self) {
        if !self.kustomization.build_metadata.is_empty() {
            self.origin = Some(Origin::default());
        }
    }

    /// Everything this layer makes, on top of what is there.
    pub(crate) fn accumulate(&self, accumulator: Accumulator) -> Result<Accumulator, Error> {
        self.steps(accumulator).map_err(|error| self.placed(error))
    }

    /// An error with this layer's file and line, unless one deeper down is named.
    pub(crate) fn placed(&self, error: Error) -> Error {
        error.in_layer(&self.file, &self.text)
    }

    fn steps(&self, mut accumulator: Accumulator) -> Result<Accumulator, Error> {
        self.add_resources(&mut accumulator, &self.kustomization.resources)
            .map_err(|error| error.context("accumulating resources"))?;
        self.configure(&mut accumulator)?;
        self.run_generators(&mut accumulator)?;
        let mut accumulator = self
            .add_components(accumulator)
            .map_err(|error| error.context("accumulating components"))?;
        self.run_transformers(&mut accumulator)?;
        self.run_validators(&mut accumulator)?;
        accumulator
            .define_vars(&self.kustomization.vars)
            .map_err(|error| error.context("merging vars"))?;
        if accumulator.resources.len() > self.build.options.limits.objects {
            let message = format!("more than {} objects", self.build.options.limits.objects);
            return Err(Error::new(message));
        }
        Ok(accumulator)
    }

    fn run_generators(&self, accumulator: &mut Accumulator) -> Result<(), Error> {
        let kustomization = &self.kustomization;
        let limits = &self.build.options.limits;
        let common = kustomization.generator_options.as_ref();
        let lists = [
            (
                Kind::ConfigMap,
                &kustomization.config_map_generator,
                ("configMapGenerator", "ConfigMapGenerator"),
            ),
            (
                Kind::Secret,
                &kustomization.secret_generator,
                ("secretGenerator", "SecretGenerator"),
            ),
        ];
        for (kind, list, (field, plugin)) in lists {
            for (at, args) in list.iter().enumerate() {
                let placed = |error: Error| error.field(&format!("{field}[{at}]"));
                let made = generate::generate(kind, args, common, &self.loader, limits);
                let mut made = made.map_err(placed)?;
                made.origin = self.built_in_origin(plugin);
                absorb(accumulator, vec![made], &args.name).map_err(placed)?;
            }
        }
        for chart in &kustomization.helm_charts {
            let globals = kustomization.helm_globals.as_ref();
            let mut made = super::helm::inflate(chart, globals, self)?;
            for resource in &mut made {
                resource.origin = self.built_in_origin("HelmChartInflationGenerator");
            }
            absorb(accumulator, made, "helmCharts")?;
        }
        for config in self.plugins(&kustomization.generators)? {
            let mut made = plugin::generate(&config, self).map_err(|error| {
                error.context(format!("loading generator plugin {}", config.id()))
            })?;
            for resource in &mut made {
                resource.origin = self.plugin_origin(&config);
            }
            absorb(accumulator, made, config.name())?;
        }
        Ok(())
    }

    /// The origin of what a built-in plugin of this layer makes or changes.
    fn built_in_origin(&self, kind: &str) -> Option<Origin> {
        let origin = self.origin.as_ref()?;
        Some(Origin {
            path: String::new(),
            configured_in: joined(&origin.path, self.file.name()),
            configured_by: Some(ConfiguredBy::builtin(kind)),
            ..origin.clone()
        })
    }

    /// The origin of what a plugin from a file makes or changes.
    fn plugin_origin(&self, config: &Resource) -> Option<Origin> {
        self.origin.as_ref()?;
        let from = config.origin.clone().unwrap_or_default();
        let id = config.id();
        Some(Origin {
            path: String::new(),
            configured_in: from.path.clone(),
            configured_by: Some(ConfiguredBy {
                api_version: id.gvk.api_version(),
                kind: id.gvk.kind,
                name: id.name,
                namespace: id.namespace,
            }),
            ..from
        })
    }

    /// The origin of an entry of this layer.
    fn origin_of(&self, path: &str) -> Option<Origin> {
        let origin = self.origin.as_ref()?;
        if let Some(spec) = super::load::RepoSpec::parse(path) {
            return Some(Origin {
                path: spec.path,
                repo: spec.url,
                reference: spec.reference,
                ..Origin::default()
            });
        }
        Some(Origin {
            path: joined(&origin.path, path),
            ..origin.clone()
        })
    }
}

fn absorb(
    accumulator: &mut Accumulator,
    made: Vec<Resource>,
    generator: &str,
) -> Result<(), Error> {
    let failed = |error: Error| error.context(format!("merging from generator {generator}"));
    accumulator.absorb_all(made).map_err(failed)
}

/// A path below another, with `.` and `..` resolved as text.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
