//! The resources of a layer while it is built.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::config::Config;
use super::id::ResId;
use super::kustomization::Var;
use super::node::{Map, Node};
use super::resource::{Behavior, Resource};
use super::transform::references;

/// Resources with what applies to them further up.
#[derive(Debug, Default)]
pub(crate) struct Accumulator {
    pub(crate) resources: Vec<Resource>,
    /// Borrowed while nothing is configured beyond what is built in; absent before the first layer.
    config: Option<Cow<'static, Config>>,
    pub(crate) vars: Vec<Var>,
    current: Option<BTreeSet<ResId>>,
    places: Option<Places>,
}

impl Accumulator {
    /// Which fields the transformers work on.
    pub(crate) fn config(&self) -> &Config {
        self.config.as_deref().unwrap_or(Config::built_in())
    }

    /// Adds a layer's configuration to what came from its bases.
    pub(crate) fn configure(&mut self, added: Cow<'static, Config>) -> Result<(), Error> {
        self.config = Some(Config::with(self.config.take(), added)?);
        Ok(())
    }

    /// Adds resources whose ids must be new.
    pub(crate) fn append_all(&mut self, incoming: Vec<Resource>) -> Result<(), Error> {
        for resource in incoming {
            if !self.current().insert(resource.id().into_effective()) {
                let id = resource.id();
                return Err(Error::new(format!(
                    "may not add resource with an already registered id: {id}"
                )));
            }
            if let Some(places) = &mut self.places {
                add_places(places, self.resources.len(), &resource);
            }
            self.resources.push(resource);
        }
        Ok(())
    }

    /// The ids of all resources, gathered when they are asked for.
    fn current(&mut self) -> &mut BTreeSet<ResId> {
        let resources = &self.resources;
        self.current.get_or_insert_with(|| {
            let ids = resources
                .iter()
                .map(|resource| resource.id().into_effective());
            ids.collect()
        })
    }

    /// The places of the resources that have or had an id.
    fn matching(&mut self, id: &ResId) -> &[usize] {
        let resources = &self.resources;
        let places = self.places.get_or_insert_with(|| {
            let mut places = Places::new();
            for (at, resource) in resources.iter().enumerate() {
                add_places(&mut places, at, resource);
            }
            places
        });
        let found = places.get(&id.clone().into_effective());
        found.map_or(&[], Vec::as_slice)
    }

    /// Must be called by whatever changes ids.
    pub(crate) fn ids_changed(&mut self) {
        self.current = None;
        self.places = None;
    }

    /// Adds what another layer made.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.append_all(other.resources)?;
        if let Some(config) = other.config {
            self.configure(config)?;
        }
        self.merge_vars(other.vars)
    }

    fn merge_vars(&mut self, incoming: Vec<Var>) -> Result<(), Error> {
        for var in incoming {
            if self.vars.iter().any(|known| known.name == var.name) {
                return Err(Error::new(format!(
                    "var '{}' already encountered",
                    var.name
                )));
            }
            self.vars.push(var);
        }
        Ok(())
    }

    /// Records the variables a layer defines, each with one object at most.
    pub(crate) fn define_vars(&mut self, vars: &[Var]) -> Result<(), Error> {
        let mut defined = Vec::new();
        for var in vars {
            let mut var = var.clone();
            if var.name.is_empty() {
                return Err(Error::new("var name cannot be empty").field("vars"));
            }
            if !var.objref.api_version.is_empty() {
                let kind = std::mem::take(&mut var.objref.gvk.kind);
                var.objref.gvk = super::id::Gvk::new(&var.objref.api_version, &kind);
                var.objref.api_version.clear();
            }
            match self.var_targets(&var).as_slice() {
                [] => {}
                [at] => self.resources[*at].vars.push(var.name.clone()),
                all => {
                    return Err(Error::new(format!(
                        "found {} resId matches for var {} (unable to disambiguate)",
                        all.len(),
                        var.name
                    )));
                }
            }
            defined.push(var);
        }
        self.merge_vars(defined)
    }

    /// The objects a variable may mean: kind and name must be equal, and the namespace where given.
    fn var_targets(&self, var: &Var) -> Vec<usize> {
        let reference = &var.objref;
        let is_meant = |id: &ResId| {
            id.gvk == reference.gvk
                && id.name == reference.name
                && (reference.namespace.is_empty()
                    || id.effective_namespace() == reference.namespace)
        };
        let all = self.resources.iter().enumerate();
        let meant = all.filter(|(_, resource)| resource.ids().iter().any(is_meant));
        meant.map(|(at, _)| at).collect()
    }

    /// The one resource with this id now or formerly.
    pub(crate) fn by_id(&mut self, id: &ResId) -> Result<usize, Error> {
        match self.matching(id) {
            [at] => Ok(*at),
            [] => Err(Error::new(format!(
                "no matches for Id {id}; failed to find unique target for patch {id}"
            ))),
            _ => Err(Error::new(format!(
                "multiple matches for Id {id}; failed to find unique target for patch {id}"
            ))),
        }
    }

    /// Takes in what a generator made, by its behavior.
    pub(crate) fn absorb_all(&mut self, generated: Vec<Resource>) -> Result<(), Error> {
        generated
            .into_iter()
            .try_for_each(|resource| self.absorb(resource))
    }

    fn absorb(&mut self, mut resource: Resource) -> Result<(), Error> {
        let id = resource.id();
        let behavior = resource.behavior;
        let replaces = matches!(behavior, Behavior::Merge | Behavior::Replace);
        let at = match (self.matching(&id), replaces) {
            ([], true) => {
                return Err(Error::new(format!(
                    "id {id} does not exist; cannot merge or replace"
                )));
            }
            ([], false) => return self.append_all(vec![resource]),
            ([_], false) => {
                return Err(Error::new(format!(
                    "id {id} exists; behavior must be merge or replace"
                )));
            }
            ([at], true) => *at,
            _ => {
                return Err(Error::new(format!(
                    "found multiple objects that could accept merge of {id}"
                )));
            }
        };
        let old = &self.resources[at];
        merge_metadata(&mut resource, old);
        if behavior == Behavior::Merge {
            merge_data(&mut resource, old, "data");
            merge_data(&mut resource, old, "binaryData");
            resource.origin = old.origin.clone().or(resource.origin);
        } else if resource.origin.is_none() {
            resource.origin.clone_from(&old.origin);
        }
        resource.needs_hash &= old.needs_hash;
        resource.take_history(old);
        resource.vars.clone_from(&old.vars);
        resource.transformations.clone_from(&old.transformations);
        resource.behavior = old.behavior;
        self.resources[at] = resource;
        Ok(())
    }

    /// Writes the present names into all fields that hold a former one.
    pub(crate) fn update_references(&mut self) -> Result<(), Error> {
        let config = self.config.as_deref().unwrap_or(Config::built_in());
        Ok(references::update(&mut self.resources, config)?)
    }

    /// Drops what a transformer left nothing of.
    pub(crate) fn drop_empty(&mut self) {
        let before = self.resources.len();
        self.resources.retain(|resource| !resource.is_empty());
        if self.resources.len() != before {
            self.ids_changed();
        }
    }
}

/// Places of resources by their current and former ids, with the namespaces that count.
type Places = BTreeMap<ResId, Vec<usize>>;

fn add_places(places: &mut Places, at: usize, resource: &Resource) {
    for id in resource.ids() {
        let known = places.entry(id.into_effective()).or_default();
        if known.last() != Some(&at) {
            known.push(at);
        }
    }
}

/// The new object takes the old one's name and namespace; of labels and annotations the new ones win.
fn merge_metadata(new: &mut Resource, old: &Resource) {
    for field in ["labels", "annotations"] {
        let mut merged: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in old.entries(field).chain(new.entries(field)) {
            merged.insert(key.to_owned(), super::select::shown(value).to_owned());
        }
        for (key, value) in merged {
            new.set_entry(field, &key, &value);
        }
    }
    new.set_name(old.name());
    new.set_namespace(old.namespace());
}

/// The entries of both, the new ones win; all become text.
fn merge_data(new: &mut Resource, old: &Resource, field: &str) {
    let mut merged = BTreeMap::new();
    for node in [&old.node, &new.node] {
        let entries = node.get(field).and_then(Node::as_map);
        for (key, value) in entries.into_iter().flat_map(Map::iter) {
            let text = if value.is_null() {
                ""
            } else {
                super::select::shown(value)
            };
            merged.insert(key.to_owned(), text.to_owned());
        }
    }
    let Some(map) = new.node.as_map_mut() else {
        return;
    };
    map.remove(field);
    if !merged.is_empty() {
        map.set(field, super::generate::data_map(merged));
    }
}
