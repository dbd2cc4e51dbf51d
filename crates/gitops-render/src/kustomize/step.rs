//! One transformer with its settings, from a kustomization's fields or a plugin's file.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::Error;
use super::accumulator::Accumulator;
use super::decode;
use super::field::FieldSpec;
use super::id::Gvk;
use super::kustomization::{Image, Replacement, Replica, Selector};
use super::limits::Limits;
use super::node::{self, Node};
use super::patch::json::{self, Operation};
use super::patch::schema::Schema;
use super::patch::strategic;
use super::resource::Resource;
use super::select::Target;
use super::transform::names::Side;
use super::transform::namespace::{Namespace, Subjects};
use super::transform::value_add::{self, ValueTarget};
use super::transform::{finish, images, labels, names, replacements, replicas};

/// A transformer, ready to run.
#[derive(Debug)]
pub(crate) enum Step {
    /// Strategic merge patches, each for the one object it names.
    Strategic(Vec<StrategicPatch>),
    /// A strategic merge patch for every object of a target.
    StrategicTarget {
        patches: Vec<StrategicPatch>,
        target: Selector,
        /// Where the patch stands, for messages.
        source: String,
    },
    /// A JSON patch for every object of a target.
    Json {
        operations: Vec<Operation>,
        target: Selector,
        /// Whether names that change are followed.
        remembers: bool,
    },
    Namespace {
        namespace: String,
        specs: Vec<FieldSpec>,
        subjects: Subjects,
        unset_only: bool,
    },
    Affix {
        side: Side,
        text: String,
        specs: Vec<FieldSpec>,
    },
    Labels {
        entries: BTreeMap<String, String>,
        specs: Vec<FieldSpec>,
    },
    Replicas(Replica, Vec<FieldSpec>),
    Images(Image, Vec<FieldSpec>),
    Replacements(Vec<Replacement>),
    Values(String, Vec<ValueTarget>),
    Hash,
}

/// A strategic merge patch and what it may change.
#[derive(Clone, Debug)]
pub(crate) struct StrategicPatch {
    pub(crate) patch: Resource,
    pub(crate) may_rename: bool,
    pub(crate) may_change_kind: bool,
    /// Says first that no object matches, as `patches` does.
    pub(crate) explains: bool,
}

impl Step {
    /// Runs on all objects of a layer.
    pub(crate) fn run(&self, accumulator: &mut Accumulator, schema: &Schema) -> Result<(), Error> {
        let resources = &mut accumulator.resources;
        match self {
            Self::Strategic(patches) => {
                for patch in patches {
                    patch.run(accumulator, schema)?;
                    accumulator.drop_empty();
                }
                return Ok(());
            }
            Self::StrategicTarget {
                patches,
                target,
                source,
            } => {
                let [patch] = &patches[..] else {
                    return Err(Error::new(format!(
                        "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field: {source}"
                    )));
                };
                let target = Target::new(target)?;
                for resource in resources
                    .iter_mut()
                    .filter(|resource| target.matches(resource))
                {
                    patch.fitted(resource).apply(resource, schema)?;
                }
            }
            Self::Json {
                operations,
                target,
                remembers,
            } => {
                let target = Target::new(target)?;
                for resource in resources
                    .iter_mut()
                    .filter(|resource| target.matches(resource))
                {
                    if *remembers {
                        resource.store_previous_id();
                    }
                    apply_json(resource, operations)?;
                }
            }
            Self::Namespace {
                namespace,
                specs,
                subjects,
                unset_only,
            } => Namespace {
                name: namespace,
                specs,
                subjects: *subjects,
                unset_only: *unset_only,
            }
            .apply(resources)?,
            Self::Affix { side, text, specs } => names::affix(resources, *side, text, specs)?,
            Self::Labels { entries, specs } => labels::set(resources, entries, specs)?,
            Self::Replicas(replica, specs) => replicas::set(resources, replica, specs)?,
            Self::Images(image, specs) => images::set(resources, image, specs)?,
            Self::Replacements(all) => replacements::run(resources, all)?,
            Self::Values(value, targets) => value_add::apply(resources, value, targets)?,
            Self::Hash => finish::add_hashes(resources)?,
        }
        if self.may_change_ids() {
            accumulator.ids_changed();
        }
        accumulator.drop_empty();
        Ok(())
    }

    fn may_change_ids(&self) -> bool {
        !matches!(
            self,
            Self::Labels { .. } | Self::Images(..) | Self::Replicas(..)
        )
    }
}

impl StrategicPatch {
    fn run(&self, accumulator: &mut Accumulator, schema: &Schema) -> Result<(), Error> {
        let id = self.patch.original_id();
        let at = accumulator.by_id(&id).map_err(|error| {
            if self.explains {
                error.context(format!(
                    "no resource matches strategic merge patch \"{id}\""
                ))
            } else {
                error
            }
        })?;
        let resource = &mut accumulator.resources[at];
        let (before, count) = (resource.id(), resource.previous_names().count());
        if self.explains {
            self.apply(resource, schema)?;
        } else {
            self.fitted(resource).apply(resource, schema)?;
        }
        if resource.id() != before || resource.previous_names().count() != count {
            accumulator.ids_changed();
        }
        Ok(())
    }

    /// The patch for one object whatever its version; labels and annotations become text on the way.
    fn fitted(&self, resource: &Resource) -> Self {
        let mut fitted = self.clone();
        let api_version = Gvk::of(&resource.node).api_version();
        if let Some(map) = fitted.patch.node.as_map_mut() {
            map.set("apiVersion", Node::text(api_version));
        }
        fitted.patch.write_entries_as_text();
        fitted
    }

    /// Merges into one object, which keeps its name, kind and namespace unless they may change.
    fn apply(&self, resource: &mut Resource, schema: &Schema) -> Result<(), Error> {
        let (name, namespace) = (resource.name().to_owned(), resource.namespace().to_owned());
        let kind = resource.kind().to_owned();
        if self.may_rename || self.may_change_kind {
            resource.store_previous_id();
        }
        let node = std::mem::replace(&mut resource.node, Node::null());
        let merged = strategic::merge(node, &self.patch.node, schema)?;
        resource.node = merged.unwrap_or_else(Node::null);
        resource.sync_links();
        if resource.is_empty() {
            return Ok(());
        }
        if !self.may_change_kind {
            resource.set_kind(&kind);
        }
        if !self.may_rename {
            resource.set_name(&name);
        }
        resource.set_namespace(&namespace);
        Ok(())
    }
}

/// Applies a JSON patch to an object, which passes through JSON.
fn apply_json(resource: &mut Resource, operations: &[Operation]) -> Result<(), Error> {
    resource.keep_annotations();
    let value = resource.node.to_value();
    let mut value = value.map_err(|error| Error::new(error.to_string()))?;
    lose_precision(&mut value);
    json::apply(&mut value, operations)?;
    lose_precision(&mut value);
    resource.node = Node::from_value(&value);
    resource.forget_links();
    Ok(())
}

/// Integers past 53 bits become the nearest float, as in every JSON reader of Go's.
fn lose_precision(value: &mut Value) {
    const EXACT: u64 = 1 << 53;
    match value {
        Value::Array(list) => list.iter_mut().for_each(lose_precision),
        Value::Object(map) => map.values_mut().for_each(lose_precision),
        Value::Number(number) => {
            let large = number.as_i64().map(i64::unsigned_abs).or(number.as_u64());
            if large.is_some_and(|magnitude| magnitude > EXACT)
                && let Some(float) = number.as_f64()
            {
                *value = node::whole(float).map_or_else(|| float.into(), Value::Number);
            }
        }
        _ => {}
    }
}

/// A patch text is one of two kinds.
pub(crate) enum PatchText {
    Strategic(Vec<Resource>),
    Json(Vec<Operation>),
}

impl PatchText {
    /// Tells which kind a text is; `source` names it in messages.
    pub(crate) fn parse(text: &str, source: &str, limits: &Limits) -> Result<Self, Error> {
        let patches = match resources(text, limits) {
            // Objects are never the list that a JSON patch is.
            Ok(patches) if !patches.is_empty() => return Ok(Self::Strategic(patches)),
            patches => patches,
        };
        match (patches, operations(text, limits)) {
            (Ok(_), Ok(_)) => Err(Error::new(format!(
                "illegally qualifies as both an SM and JSON patch: {source}"
            ))),
            (Err(_), Err(_)) => Err(Error::new(format!(
                "unable to parse SM or JSON patch from {source}"
            ))),
            (Ok(patches), Err(_)) => Ok(Self::Strategic(patches)),
            (Err(_), Ok(operations)) => Ok(Self::Json(operations)),
        }
    }
}

/// The steps of a JSON patch, written as YAML, or as JSON where the text begins with a bracket.
pub(crate) fn operations(text: &str, limits: &Limits) -> Result<Vec<Operation>, Error> {
    let value = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|error| Error::new(error.to_string()))?
    } else {
        decode::value(text, limits)?
    };
    if value.is_null() {
        return Ok(Vec::new());
    }
    serde_json::from_value(value).map_err(|error| Error::new(error.to_string()))
}

/// The objects of a text; lists give way to what they hold, nested ones at the end.
pub(crate) fn resources(text: &str, limits: &Limits) -> Result<Vec<Resource>, Error> {
    let nodes = node::documents(text, limits)
        .map_err(|error| Error::new(error.to_string()).line(error.line).malformed())?;
    let mut found = Vec::new();
    let mut pending: VecDeque<Node> = unwrapped(nodes).into();
    while let Some(mut node) = pending.pop_front() {
        let kind = node.get("kind").and_then(Node::as_text);
        let is_list = kind.is_some_and(|kind| kind.ends_with("List"));
        if is_list && let Some(items) = node.as_map_mut().and_then(|map| map.remove("items")) {
            pending.extend(items_of(items)?);
            continue;
        }
        found.push(Resource::checked(node)?);
        if found.len() + pending.len() > limits.objects {
            return Err(Error::new(format!("more than {} objects", limits.objects)));
        }
    }
    Ok(found)
}

/// The items of a `List` that stands alone in its file, as they are written there.
fn unwrapped(mut nodes: Vec<Node>) -> Vec<Node> {
    let [node] = &mut nodes[..] else { return nodes };
    let kind = node.get("kind").and_then(Node::as_text);
    if !matches!(kind, Some("List" | "ResourceList")) {
        return nodes;
    }
    match node.as_map_mut().and_then(|map| map.remove("items")) {
        Some(Node::List(items)) => items,
        Some(_) => Vec::new(),
        None => nodes,
    }
}

/// The items of any other list pass through JSON, where all texts are quoted.
fn items_of(items: Node) -> Result<Vec<Node>, Error> {
    let items = match items {
        Node::List(items) => items,
        items if items.is_null() => return Ok(Vec::new()),
        _ => return Err(Error::new("expected an array in the items of a list")),
    };
    let through_json = |node: Node| {
        let value = node.to_value();
        let mut node = Node::from_value(&value.map_err(|error| error.to_string())?);
        node.scalars(&mut |scalar| scalar.quoted = scalar.tag == node::Tag::Text);
        Ok(node)
    };
    let items: Result<_, String> = items.into_iter().map(through_json).collect();
    items.map_err(|error| Error::new(format!("trouble expanding a list: {error}")))
}
