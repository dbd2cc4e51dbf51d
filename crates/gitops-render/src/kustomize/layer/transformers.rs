//! Transformers and validators, in their fixed order.

use std::collections::BTreeMap;

use super::Layer;
use crate::kustomize::Error;
use crate::kustomize::accumulator::Accumulator;
use crate::kustomize::config::Config;
use crate::kustomize::decode;
use crate::kustomize::field::{self, FieldSpec};
use crate::kustomize::kustomization::{Label, Patch, Replacement, ReplacementEntry};
use crate::kustomize::origin::Origin;
use crate::kustomize::plugin::{self, Transformer};
use crate::kustomize::step::{self, PatchText, Step, StrategicPatch};
use crate::kustomize::transform::names::Side;
use crate::kustomize::transform::namespace::Subjects;

/// A step of a layer, with the plugin behind it and the field that asks for it.
struct Planned {
    kind: &'static str,
    field: String,
    step: Step,
}

impl Planned {
    fn new(kind: &'static str, field: impl Into<String>, step: Step) -> Self {
        let field = field.into();
        Self { kind, field, step }
    }
}

impl Layer<'_, '_> {
    pub(super) fn run_transformers(&self, accumulator: &mut Accumulator) -> Result<(), Error> {
        let steps = self.built_in_steps(accumulator.config())?;
        for Planned { kind, field, step } in steps {
            self.run_step(&step, accumulator)
                .map_err(|error| error.field(&field))?;
            note(accumulator, self.built_in_origin(kind));
        }
        for config in self.plugins(&self.kustomization.transformers)? {
            let failed =
                |error: Error| error.context(format!("loading transformer plugin {}", config.id()));
            match plugin::transformer(&config, self).map_err(failed)? {
                Transformer::Steps(steps) => {
                    for step in steps {
                        self.run_step(&step, accumulator).map_err(failed)?;
                    }
                }
                Transformer::Registered(function, value) => {
                    plugin::run_registered(function, &value, &mut accumulator.resources)
                        .map_err(failed)?;
                    accumulator.ids_changed();
                }
            }
            note(accumulator, self.plugin_origin(&config));
        }
        Ok(())
    }

    fn run_step(&self, step: &Step, accumulator: &mut Accumulator) -> Result<(), Error> {
        if matches!(step, Step::Strategic(_) | Step::StrategicTarget { .. }) {
            self.build.schema_in_use.set(true);
        }
        step.run(accumulator, &self.build.schema())
    }

    /// Validators are transformers that must leave everything as it is.
    pub(super) fn run_validators(&self, accumulator: &mut Accumulator) -> Result<(), Error> {
        for config in self.plugins(&self.kustomization.validators)? {
            let before: Vec<_> = accumulator
                .resources
                .iter()
                .map(|it| it.node.clone())
                .collect();
            match plugin::transformer(&config, self)? {
                Transformer::Steps(steps) => {
                    for step in steps {
                        self.run_step(&step, accumulator)?;
                    }
                }
                Transformer::Registered(function, value) => {
                    plugin::run_registered(function, &value, &mut accumulator.resources)?;
                }
            }
            let after = accumulator.resources.iter().map(|resource| &resource.node);
            let same = before.len() == accumulator.resources.len()
                && before
                    .iter()
                    .zip(after)
                    .all(|(before, after)| before.to_value().ok() == after.to_value().ok());
            if !same {
                return Err(Error::new(format!(
                    "validator {} shouldn't modify the resource map",
                    config.id()
                )));
            }
        }
        Ok(())
    }

    fn built_in_steps(&self, config: &Config) -> Result<Vec<Planned>, Error> {
        let kustomization = &self.kustomization;
        let mut steps = Vec::new();
        if !kustomization.patches_strategic_merge.is_empty() {
            let step = self.strategic_patches(&kustomization.patches_strategic_merge)?;
            let field = "patchesStrategicMerge";
            steps.push(Planned::new("PatchStrategicMergeTransformer", field, step));
        }
        for (at, patch) in kustomization.patches.iter().enumerate() {
            let field = format!("patches[{at}]");
            let step = self.patch(patch).map_err(|error| error.field(&field))?;
            steps.push(Planned::new("PatchTransformer", field, step));
        }
        if !kustomization.namespace.is_empty() {
            steps.push(Planned::new(
                "NamespaceTransformer",
                "namespace",
                Step::Namespace {
                    namespace: kustomization.namespace.clone(),
                    specs: config.namespace.clone(),
                    subjects: Subjects::default(),
                    unset_only: false,
                },
            ));
        }
        let affixes = [
            (
                ("PrefixTransformer", "namePrefix"),
                Side::Prefix,
                &kustomization.name_prefix,
                &config.name_prefix,
            ),
            (
                ("SuffixTransformer", "nameSuffix"),
                Side::Suffix,
                &kustomization.name_suffix,
                &config.name_suffix,
            ),
        ];
        for ((kind, field), side, text, specs) in affixes {
            if !text.is_empty() {
                let (text, specs) = (text.clone(), specs.clone());
                let step = Step::Affix { side, text, specs };
                steps.push(Planned::new(kind, field, step));
            }
        }
        self.label_steps(config, &mut steps)?;
        if !kustomization.common_annotations.is_empty() {
            steps.push(Planned::new(
                "AnnotationsTransformer",
                "commonAnnotations",
                Step::Labels {
                    entries: kustomization.common_annotations.clone(),
                    specs: config.common_annotations.clone(),
                },
            ));
        }
        for (at, patch) in kustomization.patches_json6902.iter().enumerate() {
            let field = format!("patchesJson6902[{at}]");
            let step = self
                .json_patch(patch)
                .map_err(|error| error.field(&field))?;
            steps.push(Planned::new("PatchJson6902Transformer", field, step));
        }
        for (at, replica) in kustomization.replicas.iter().enumerate() {
            let step = Step::Replicas(replica.clone(), config.replicas.clone());
            let field = format!("replicas[{at}]");
            steps.push(Planned::new("ReplicaCountTransformer", field, step));
        }
        for (at, image) in kustomization.images.iter().enumerate() {
            let step = Step::Images(image.clone(), config.images.clone());
            let field = format!("images[{at}]");
            steps.push(Planned::new("ImageTagTransformer", field, step));
        }
        if !kustomization.replacements.is_empty() {
            let all = self.replacements(&kustomization.replacements);
            let all = all.map_err(|error| error.field("replacements"))?;
            let step = Step::Replacements(all);
            steps.push(Planned::new("ReplacementTransformer", "replacements", step));
        }
        Ok(steps)
    }

    fn label_steps(&self, config: &Config, steps: &mut Vec<Planned>) -> Result<(), Error> {
        const KIND: &str = "LabelTransformer";
        let kustomization = &self.kustomization;
        if kustomization.labels.is_empty() && kustomization.common_labels.is_empty() {
            return Ok(());
        }
        for (at, label) in kustomization.labels.iter().enumerate() {
            let field = format!("labels[{at}]");
            let specs = label_specs(label, config).map_err(|error| {
                Error::new(format!("failed to merge labels: {error}")).field(&field)
            })?;
            steps.push(Planned::new(
                KIND,
                field,
                Step::Labels {
                    entries: label.pairs.clone(),
                    specs,
                },
            ));
        }
        // The reference runs this one also when there are no common labels.
        let entries: BTreeMap<_, _> = kustomization.common_labels.clone();
        steps.push(Planned::new(
            KIND,
            "commonLabels",
            Step::Labels {
                entries,
                specs: config.common_labels.clone(),
            },
        ));
        Ok(())
    }

    /// Patches that each name their object: text, or files.
    pub(crate) fn strategic_patches(&self, entries: &[String]) -> Result<Step, Error> {
        let limits = &self.build.options.limits;
        let mut patches = Vec::new();
        for entry in entries {
            let resources = match step::resources(entry, limits) {
                Ok(resources) => resources,
                Err(_) => self.file(entry)?,
            };
            patches.extend(resources.into_iter().map(|patch| StrategicPatch {
                patch,
                may_rename: false,
                may_change_kind: false,
                explains: false,
            }));
        }
        if patches.is_empty() {
            return Err(Error::new(format!(
                "patch appears to be empty; files={entries:?}"
            )));
        }
        Ok(Step::Strategic(patches))
    }

    /// An entry of `patches`, of either kind.
    pub(crate) fn patch(&self, patch: &Patch) -> Result<Step, Error> {
        let limits = &self.build.options.limits;
        let inline = patch.patch.trim();
        let (text, source) = match (inline.is_empty(), patch.path.is_empty()) {
            (true, true) => {
                return Err(Error::new(
                    "must specify one of patch and path in an entry of patches",
                )
                .field("patches"));
            }
            (false, false) => {
                return Err(Error::new(format!(
                    "patch and path can't be set at the same time (path {:?})",
                    patch.path
                ))
                .field("patches"));
            }
            (false, true) => (inline.to_owned(), format!("[patch: {inline:?}]")),
            (true, false) => {
                let text = self.loader.load(&patch.path, limits).map_err(|error| {
                    let path = &patch.path;
                    error.context(format!("failed to get the patch file from path({path})"))
                })?;
                (text, format!("[path: {:?}]", patch.path))
            }
        };
        let option = |name: &str| patch.options.get(name).copied().unwrap_or_default();
        match PatchText::parse(&text, &source, limits)? {
            PatchText::Json(operations) => {
                let target = patch.target.clone().ok_or_else(|| {
                    Error::new(format!("must specify a target for JSON patch {source}"))
                })?;
                Ok(Step::Json {
                    operations,
                    target,
                    remembers: true,
                })
            }
            PatchText::Strategic(patches) => {
                let patches: Vec<_> = patches
                    .into_iter()
                    .map(|patch| StrategicPatch {
                        patch,
                        may_rename: option("allowNameChange"),
                        may_change_kind: option("allowKindChange"),
                        explains: true,
                    })
                    .collect();
                let Some(target) = patch.target.clone() else {
                    return Ok(Step::Strategic(patches));
                };
                Ok(Step::StrategicTarget {
                    patches,
                    target,
                    source,
                })
            }
        }
    }

    /// An entry of `patchesJson6902`.
    pub(crate) fn json_patch(&self, patch: &Patch) -> Result<Step, Error> {
        let limits = &self.build.options.limits;
        let target = patch.target.clone().unwrap_or_default();
        if target.name.is_empty() {
            return Err(Error::new("must specify the target name").field("patchesJson6902"));
        }
        let text = match (patch.path.is_empty(), patch.patch.is_empty()) {
            (true, true) => {
                return Err(
                    Error::new("must specify one of path and patch for a JSON patch")
                        .field("patchesJson6902"),
                );
            }
            (false, false) => {
                return Err(
                    Error::new("must specify only one of path and patch for a JSON patch")
                        .field("patchesJson6902"),
                );
            }
            (false, true) => self.loader.load(&patch.path, limits)?,
            (true, false) => patch.patch.clone(),
        };
        let operations = step::operations(&text, limits).map_err(|error| {
            if patch.path.is_empty() {
                error.without_line()
            } else {
                self.in_file(error, &patch.path, &text)
            }
        })?;
        if operations.is_empty() {
            return Err(Error::new(format!(
                "patch appears to be empty; file={}",
                patch.path
            )));
        }
        Ok(Step::Json {
            operations,
            target,
            remembers: false,
        })
    }

    /// Replacements, from the file itself and from others.
    pub(crate) fn replacements(
        &self,
        entries: &[ReplacementEntry],
    ) -> Result<Vec<Replacement>, Error> {
        let limits = &self.build.options.limits;
        let mut all = Vec::new();
        for entry in entries {
            if entry.path.is_empty() {
                all.push(entry.replacement.clone());
                continue;
            }
            if entry.replacement.source.is_some() || entry.replacement.targets.is_some() {
                return Err(
                    Error::new("cannot specify both path and inline replacement")
                        .field("replacements"),
                );
            }
            let text = self.loader.load(&entry.path, limits)?;
            let entries = decode::value(&text, limits)
                .and_then(plugin::replacement_file)
                .map_err(|error| self.in_file(error, &entry.path, &text))?;
            all.extend(entries.into_iter().map(|entry| entry.replacement));
        }
        Ok(all)
    }
}

/// Notes in all objects what has just been done to them.
fn note(accumulator: &mut Accumulator, origin: Option<Origin>) {
    let Some(origin) = origin else { return };
    for resource in &mut accumulator.resources {
        resource.transformations.push(origin.clone());
        resource.write_annotations_as_text();
    }
}

fn label_specs(label: &Label, config: &Config) -> Result<Vec<FieldSpec>, String> {
    let mut specs = label.field_specs.clone();
    field::merge(&mut specs, &config.labels)?;
    if label.include_selectors {
        field::merge(&mut specs, &config.common_labels)?;
    } else {
        if label.include_templates {
            field::merge(&mut specs, &config.template_labels)?;
        }
        field::merge(
            &mut specs,
            &[FieldSpec::everywhere("metadata/labels", true)],
        )?;
    }
    Ok(specs)
}
