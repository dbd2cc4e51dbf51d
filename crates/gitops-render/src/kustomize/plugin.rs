//! Built-in plugins, configured by a file of their own, and the embedder's.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Error;
use super::decode;
use super::field::FieldSpec;
use super::generate::{self, Kind};
use super::id::Gvk;
use super::kustomization::{GeneratorArgs, Image, Patch, ReplacementEntry, Replica, Selector};
use super::layer::Layer;
use super::node::Node;
use super::resource::Resource;
use super::step::Step;
use super::transform::names::Side;
use super::transform::namespace::Subjects;
use super::transform::value_add::ValueTarget;

/// A program's own plugin: its configuration and the objects of the layer go in, the objects that
/// take their place come out. As a generator it is given none.
pub type Function = Arc<dyn Fn(&Value, Vec<Value>) -> Result<Vec<Value>, String> + Send + Sync>;

/// A plugin that makes objects.
pub(crate) fn generate(config: &Resource, layer: &Layer<'_, '_>) -> Result<Vec<Resource>, Error> {
    let value = value(config)?;
    match kind(config, layer)? {
        Plugin::Registered(function) => registered(function, &value, Vec::new()),
        Plugin::BuiltIn => match config.kind() {
            "ConfigMapGenerator" => generated(Kind::ConfigMap, config, value, layer),
            "SecretGenerator" => generated(Kind::Secret, config, value, layer),
            "IAMPolicyGenerator" => iam_policy(&value).map(|resource| vec![resource]),
            "HelmChartInflationGenerator" => super::helm::inflate(&value, None, layer),
            other => Err(unknown(other)),
        },
    }
}

enum Plugin<'a> {
    BuiltIn,
    Registered(&'a Function),
}

fn kind<'a>(config: &Resource, layer: &'a Layer<'_, '_>) -> Result<Plugin<'a>, Error> {
    if let Some(function) = layer.build.options.plugins.get(config.kind()) {
        return Ok(Plugin::Registered(function));
    }
    let is_function = config.entries("annotations").any(|(key, _)| {
        matches!(
            key,
            "config.kubernetes.io/function" | "config.k8s.io/function"
        )
    });
    let api_version = Gvk::of(&config.node).api_version();
    if api_version == "builtin" && !is_function {
        return Ok(Plugin::BuiltIn);
    }
    let refused = Error::new(format!(
        "external plugins disabled; unable to load external plugin '{}' (functions in containers and executables are not run; register a plugin of this kind instead)",
        config.kind()
    ));
    Err(match &config.file {
        Some(file) => refused.file(file),
        None => refused,
    })
}

fn unknown(kind: &str) -> Error {
    Error::new(format!("unable to load builtin {kind}.builtin.[noGrp]"))
}

fn value(config: &Resource) -> Result<Value, Error> {
    config
        .node
        .to_value()
        .map_err(|error| Error::new(error.to_string()))
}

fn registered(
    function: &Function,
    config: &Value,
    objects: Vec<Value>,
) -> Result<Vec<Resource>, Error> {
    let objects = function(config, objects)?;
    let checked = objects
        .iter()
        .map(|value| Resource::checked(Node::from_value(value)));
    Ok(checked.collect::<Result<_, String>>()?)
}

/// Reads a plugin's own fields.
fn fields<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    decode::lenient(value, &super::kustomization::PLUGIN)
        .map_err(|error| error.context("plugin configuration"))
}

fn generated(
    kind: Kind,
    config: &Resource,
    value: Value,
    layer: &Layer<'_, '_>,
) -> Result<Vec<Resource>, Error> {
    let mut args: GeneratorArgs = fields(value)?;
    if args.name.is_empty() {
        config.name().clone_into(&mut args.name);
    }
    if args.namespace.is_empty() {
        config.namespace().clone_into(&mut args.namespace);
    }
    let limits = &layer.build.options.limits;
    generate::generate(kind, &args, None, &layer.loader, limits).map(|resource| vec![resource])
}

fn iam_policy(value: &Value) -> Result<Resource, Error> {
    let text = |path: &str| {
        value
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    if text("/cloud") != "gke" {
        return Err(Error::new(format!(
            "cloud provider {:?} not supported yet",
            text("/cloud")
        )));
    }
    let account = format!(
        "{}@{}.iam.gserviceaccount.com",
        text("/serviceAccount/name"),
        text("/serviceAccount/projectId")
    );
    let mut metadata = serde_json::json!({
        "annotations": {"iam.gke.io/gcp-service-account": account},
        "name": text("/kubernetesService/name"),
    });
    let namespace = text("/kubernetesService/namespace");
    if !namespace.is_empty() {
        metadata["namespace"] = namespace.into();
    }
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata,
    });
    Ok(Resource::new(Node::from_value(&object)))
}

/// What a transformer plugin does.
pub(crate) enum Transformer<'a> {
    Steps(Vec<Step>),
    Registered(&'a Function, Value),
}

/// A plugin that changes objects.
pub(crate) fn transformer<'a>(
    config: &Resource,
    layer: &'a Layer<'_, '_>,
) -> Result<Transformer<'a>, Error> {
    let value = value(config)?;
    match kind(config, layer)? {
        Plugin::Registered(function) => Ok(Transformer::Registered(function, value)),
        Plugin::BuiltIn => built_in(config, value, layer).map(Transformer::Steps),
    }
}

/// Runs a registered function on the objects of a layer.
pub(crate) fn run_registered(
    function: &Function,
    config: &Value,
    resources: &mut Vec<Resource>,
) -> Result<(), Error> {
    let objects: Result<Vec<Value>, _> = resources
        .iter()
        .map(|resource| resource.node.to_value())
        .collect();
    let objects = objects.map_err(|error| Error::new(error.to_string()))?;
    let mut changed = registered(function, config, objects)?;
    for resource in &mut changed {
        let id = resource.id();
        if let Some(old) = resources.iter().find(|old| old.id() == id) {
            let mut known = old.clone();
            std::mem::swap(&mut known.node, &mut resource.node);
            *resource = known;
        }
    }
    *resources = changed;
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Fields {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    field_specs: Vec<FieldSpec>,
    image_tag: Image,
    metadata: Metadata,
    namespace: String,
    unset_only: bool,
    set_role_binding_subjects: Subjects,
    prefix: String,
    suffix: String,
    replica: Replica,
    replacements: Vec<ReplacementEntry>,
    path: String,
    patch: String,
    json_op: String,
    target: Option<Selector>,
    options: BTreeMap<String, bool>,
    paths: Vec<String>,
    patches: String,
    value: String,
    targets: Vec<ValueTarget>,
    target_file_path: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    namespace: String,
}

fn built_in(config: &Resource, value: Value, layer: &Layer<'_, '_>) -> Result<Vec<Step>, Error> {
    let mut fields: Fields = fields(value)?;
    let specs = std::mem::take(&mut fields.field_specs);
    let step = match config.kind() {
        "AnnotationsTransformer" => Step::Labels {
            entries: fields.annotations,
            specs,
        },
        "LabelTransformer" => Step::Labels {
            entries: fields.labels,
            specs,
        },
        "HashTransformer" => Step::Hash,
        "ImageTagTransformer" => Step::Images(fields.image_tag, specs),
        "NamespaceTransformer" => Step::Namespace {
            namespace: if fields.namespace.is_empty() {
                fields.metadata.namespace
            } else {
                fields.namespace
            },
            specs,
            subjects: fields.set_role_binding_subjects,
            unset_only: fields.unset_only,
        },
        "PrefixTransformer" => affix(Side::Prefix, fields.prefix, specs)?,
        "SuffixTransformer" => affix(Side::Suffix, fields.suffix, specs)?,
        "PrefixSuffixTransformer" => {
            return Ok(vec![
                Step::Affix {
                    side: Side::Prefix,
                    text: fields.prefix,
                    specs: specs.clone(),
                },
                Step::Affix {
                    side: Side::Suffix,
                    text: fields.suffix,
                    specs,
                },
            ]);
        }
        "ReplicaCountTransformer" => Step::Replicas(fields.replica, specs),
        "ReplacementTransformer" => Step::Replacements(layer.replacements(&fields.replacements)?),
        "PatchTransformer" => layer.patch(&Patch {
            path: fields.path,
            patch: fields.patch,
            target: fields.target,
            options: fields.options,
        })?,
        "PatchJson6902Transformer" => layer.json_patch(&Patch {
            path: fields.path,
            patch: fields.json_op,
            target: fields.target,
            options: BTreeMap::new(),
        })?,
        "PatchStrategicMergeTransformer" => {
            let mut texts = fields.paths;
            if !fields.patches.is_empty() {
                texts.push(fields.patches);
            }
            layer.strategic_patches(&texts)?
        }
        "ValueAddTransformer" => value_add(fields, layer)?,
        other => return Err(unknown(other)),
    };
    Ok(vec![step])
}

fn affix(side: Side, text: String, specs: Vec<FieldSpec>) -> Result<Step, Error> {
    if specs.is_empty() {
        return Err(Error::new("fieldSpecs is required"));
    }
    Ok(Step::Affix { side, text, specs })
}

/// A value, which is the folder's name unless given, and the places it goes to, some of which may
/// stand in a file of their own.
fn value_add(fields: Fields, layer: &Layer<'_, '_>) -> Result<Step, Error> {
    let value = match fields.value.trim() {
        "" => layer.loader.root().name(),
        value => value,
    };
    let mut targets = fields.targets;
    if !fields.target_file_path.is_empty() {
        targets.extend(targets_of_file(&fields.target_file_path, layer)?);
    }
    if targets.is_empty() {
        return Err(Error::new("must specify at least one target"));
    }
    targets.iter().try_for_each(check_target)?;
    Ok(Step::Values(value.to_owned(), targets))
}

fn targets_of_file(path: &str, layer: &Layer<'_, '_>) -> Result<Vec<ValueTarget>, Error> {
    let limits = &layer.build.options.limits;
    let text = layer.loader.load(path, limits)?;
    let file: Fields = decode::value(&text, limits)
        .and_then(self::fields)
        .map_err(|error| layer.in_file(error, path, &text))?;
    Ok(file.targets)
}

fn check_target(target: &ValueTarget) -> Result<(), Error> {
    if target.field_path.is_empty() {
        return Err(Error::new("fieldPath cannot be empty"));
    }
    if target.file_path_position < 0 {
        let position = target.file_path_position;
        let message = format!("value of FilePathPosition ({position}) cannot be negative");
        return Err(Error::new(message));
    }
    Ok(())
}

/// Replacements of a file: one, or a list.
pub(crate) fn replacement_file(value: Value) -> Result<Vec<ReplacementEntry>, Error> {
    let shape = &super::kustomization::REPLACEMENT;
    match value {
        Value::Array(list) => list
            .into_iter()
            .map(|item| decode::typed(item, shape, ""))
            .collect(),
        value => Ok(vec![decode::typed(value, shape, "")?]),
    }
}
