//! One transformer with its settings, from a kustomization's fields or a plugin's file.

use std::collections::BTreeMap;

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
    StrategicTarget(Box<StrategicPatch>, Selector),
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
            Self::StrategicTarget(patch, selector) => {
                let target = Target::new(selector)?;
                for resource in resources
                    .iter_mut()
                    .filter(|resource| target.matches(resource))
                {
                    let mut fitting = patch.clone();
                    let api_version = Gvk::of(&resource.node).api_version();
                    if let Some(map) = fitting.patch.node.as_map_mut() {
                        map.set("apiVersion", Node::text(api_version));
                    }
                    fitting.apply(resource, schema)?;
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
            Self::Replacements(all) => replacements::apply(resources, all)?,
            Self::Values(value, targets) => value_add::apply(resources, value, targets)?,
            Self::Hash => finish::add_hashes(resources)?,
        }
        accumulator.ids_changed();
        accumulator.drop_empty();
        Ok(())
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
        self.apply(resource, schema)?;
        if resource.id() != before || resource.previous_names().count() != count {
            accumulator.ids_changed();
        }
        Ok(())
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
                && let Some(rounded) = node::whole(float)
            {
                *value = Value::Number(rounded);
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
        match (resources(text, limits), operations(text, limits)) {
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

/// The steps of a JSON patch, written as JSON or YAML.
pub(crate) fn operations(text: &str, limits: &Limits) -> Result<Vec<Operation>, Error> {
    let value = if text.starts_with('[') {
        serde_json::from_str(text).or_else(|_| decode::value(text, limits))?
    } else {
        decode::value(text, limits)?
    };
    if value.is_null() {
        return Ok(Vec::new());
    }
    serde_json::from_value(value).map_err(|error| Error::new(error.to_string()))
}

/// What a list holds passes through JSON, where all texts are quoted.
fn through_json(node: Node) -> Result<Node, Error> {
    fn quote(node: &mut Node) {
        match node {
            Node::Scalar(scalar) => scalar.quoted = scalar.tag == node::Tag::Text,
            Node::List(list) => list.iter_mut().for_each(quote),
            Node::Map(map) => map.iter_mut().for_each(|(_, item)| quote(item)),
        }
    }
    let value = node.to_value();
    let value = value.map_err(|error| Error::new(format!("trouble expanding list: {error}")))?;
    let mut node = Node::from_value(&value);
    quote(&mut node);
    Ok(node)
}

/// The objects of a text; lists give way to what they hold, nested ones at the end.
pub(crate) fn resources(text: &str, limits: &Limits) -> Result<Vec<Resource>, Error> {
    let nodes = node::documents(text, limits)
        .map_err(|error| Error::new(error.to_string()).line(error.line).malformed())?;
    let mut found = Vec::new();
    let mut pending: std::collections::VecDeque<Node> = nodes.into();
    while let Some(mut node) = pending.pop_front() {
        let is_list = node
            .get("kind")
            .and_then(Node::as_text)
            .is_some_and(|it| it.ends_with("List"));
        if is_list
            && let Some(Node::List(items)) = node.as_map_mut().and_then(|map| map.remove("items"))
        {
            let items: Vec<Node> = items.into_iter().map(through_json).collect::<Result<_, _>>()?;
            let place = found.len();
            let (lists, objects): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| {
                let kind = item.get("kind").and_then(Node::as_text);
                kind.is_some_and(|kind| kind.ends_with("List")) && item.get("items").is_some()
            });
            for (at, item) in objects.into_iter().enumerate() {
                found.insert(place + at, Resource::checked(item)?);
            }
            pending.extend(lists);
            continue;
        }
        found.push(Resource::checked(node)?);
        if found.len() > limits.objects {
            return Err(Error::new(format!("more than {} objects", limits.objects)));
        }
    }
    Ok(found)
}
