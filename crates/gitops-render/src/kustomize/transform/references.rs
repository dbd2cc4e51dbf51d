//! Fields that name objects which were renamed.

use std::collections::{BTreeMap, BTreeSet};

use crate::kustomize::config::Config;
use crate::kustomize::id::{CLUSTER, Gvk, ResId};
use crate::kustomize::node::Node;
use crate::kustomize::resource::Resource;

/// Renames objects, and with them every field that names one.
///
/// `name` gives an object's new name, or nothing where it keeps its own. Which fields name which
/// kinds is what Kustomize knows of the built-in kinds.
///
/// ```
/// use gitops_render::kustomize::{Node, transform::references};
/// use serde_json::json;
///
/// let mut objects = [
///     Node::from_value(&json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "motd"}})),
///     Node::from_value(&json!({
///         "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
///         "spec": {"volumes": [{"name": "text", "configMap": {"name": "motd"}}]},
///     })),
/// ];
/// let is_map = |object: &Node| object.get("kind").and_then(Node::as_text) == Some("ConfigMap");
/// references::rename(&mut objects, |object| is_map(object).then(|| "motd-2".to_owned()))?;
/// let pod = objects[1].to_value().unwrap();
/// assert_eq!(pod["spec"]["volumes"][0]["configMap"]["name"], "motd-2");
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// When a field may name several objects that now have different names.
pub fn rename(objects: &mut [Node], name: impl Fn(&Node) -> Option<String>) -> Result<(), String> {
    let taken = objects.iter_mut();
    let taken = taken.map(|node| Resource::new(std::mem::replace(node, Node::null())));
    let mut resources: Vec<Resource> = taken.collect();
    for resource in &mut resources {
        if let Some(name) = name(&resource.node) {
            resource.store_previous_id();
            resource.set_name(&name);
        }
    }
    let updated = update(&mut resources, Config::built_in());
    for (object, resource) in objects.iter_mut().zip(resources) {
        *object = resource.node;
    }
    updated
}

/// Writes the present names into every field that holds a former one.
pub(crate) fn update(resources: &mut [Resource], config: &Config) -> Result<(), String> {
    let index = Index::new(resources);
    for (at, resource) in resources.iter_mut().enumerate() {
        let original = &index.all[at].original;
        let mut pool = None;
        for reference in &config.name_reference {
            for spec in &reference.field_specs {
                if !original.gvk.is_selected(&spec.gvk) {
                    continue;
                }
                if pool.is_none() {
                    pool = Some(Pool::new(&index, at, resource)?);
                }
                let Some(pool) = &pool else { continue };
                let role = role_of(&spec.path, &resource.node);
                let field = Field {
                    pool,
                    target: &reference.target,
                    role,
                };
                spec.walk(&mut resource.node, None, &mut |node| field.update(node))
                    .map_err(|error| {
                        let id = &index.all[at].current;
                        format!(
                            "updating name reference in '{}' field of '{id}': {error}",
                            spec.path
                        )
                    })?;
            }
        }
    }
    Ok(())
}

/// What is known of every resource; names do not change while references are updated.
struct Index {
    all: Vec<Facts>,
    by_previous_name: BTreeMap<String, Vec<usize>>,
}

struct Facts {
    current: ResId,
    namespace: String,
    original: ResId,
    original_namespace: String,
    previous: Vec<ResId>,
    /// The resource without its object, for prefixes and suffixes.
    context: Resource,
}

impl Index {
    fn new(resources: &[Resource]) -> Self {
        let mut by_previous_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, resource) in resources.iter().enumerate() {
            let names: BTreeSet<&str> = resource.previous_names().collect();
            for name in names {
                by_previous_name
                    .entry(name.to_owned())
                    .or_default()
                    .push(at);
            }
        }
        Self {
            all: resources.iter().map(Facts::new).collect(),
            by_previous_name,
        }
    }
}

impl Facts {
    fn new(resource: &Resource) -> Self {
        let (current, original) = (resource.id(), resource.original_id());
        let mut context = Resource::new(Node::null());
        context.prefixes.clone_from(&resource.prefixes);
        context.suffixes.clone_from(&resource.suffixes);
        Self {
            namespace: current.effective_namespace().to_owned(),
            original_namespace: original.effective_namespace().to_owned(),
            current,
            original,
            previous: resource.previous_ids().collect(),
            context,
        }
    }
}

/// The resources one referrer may name.
struct Pool<'a> {
    index: &'a Index,
    referrer: &'a Facts,
    /// Namespaces of the service accounts a role binding names.
    subjects: BTreeSet<String>,
}

impl<'a> Pool<'a> {
    fn new(index: &'a Index, at: usize, resource: &Resource) -> Result<Self, String> {
        let referrer = &index.all[at];
        let subjects = if referrer.namespace != CLUSTER && resource.kind() == "RoleBinding" {
            subject_namespaces(resource)?
        } else {
            BTreeSet::new()
        };
        Ok(Self {
            index,
            referrer,
            subjects,
        })
    }

    fn holds(&self, candidate: &Facts) -> bool {
        self.referrer.namespace == CLUSTER
            || candidate.namespace == CLUSTER
            || candidate.namespace == self.referrer.namespace
            || self.subjects.contains(&candidate.current.namespace)
    }

    /// Whether some resource of the pool was first in this namespace.
    fn has_original_namespace(&self, namespace: &str) -> bool {
        let mut all = self.index.all.iter();
        all.any(|facts| facts.original_namespace == namespace && self.holds(facts))
    }
}

fn subject_namespaces(resource: &Resource) -> Result<BTreeSet<String>, String> {
    let subjects = resource
        .node
        .get("subjects")
        .and_then(Node::as_list)
        .unwrap_or_default();
    let mut namespaces = BTreeSet::new();
    for subject in subjects {
        let Some(namespace) = subject.get("namespace") else {
            continue;
        };
        if subject.get("kind").and_then(Node::as_text) != Some("ServiceAccount") {
            continue;
        }
        match namespace {
            Node::Scalar(scalar) if scalar.is_text() => {
                namespaces.insert(scalar.text.clone());
            }
            _ => {
                let id = resource.id();
                return Err(format!(
                    "Invalid Input: namespace is blank for resource \"{id}\"\n"
                ));
            }
        }
    }
    Ok(namespaces)
}

/// The kind a `roleRef` names; other fields name no kind.
fn role_of(path: &str, referrer: &Node) -> Option<Gvk> {
    if !path.ends_with("roleRef/name") {
        return None;
    }
    let text = |key| referrer.at(&["roleRef", key]).and_then(Node::as_text);
    Some(Gvk {
        group: text("apiGroup")?.to_owned(),
        kind: text("kind")?.to_owned(),
        ..Gvk::default()
    })
}

/// One field that may name a resource of some kind.
struct Field<'a> {
    pool: &'a Pool<'a>,
    target: &'a Gvk,
    role: Option<Gvk>,
}

impl Field<'_> {
    fn update(&self, node: &mut Node) -> Result<(), String> {
        if node.is_null() {
            return Ok(());
        }
        match node {
            Node::Scalar(_) => self.update_name(node),
            Node::Map(_) => self.update_map(node),
            Node::List(list) => list.iter_mut().try_for_each(|item| match item {
                Node::Scalar(_) => self.update_name(item),
                Node::Map(_) => self.update_map(item),
                Node::List(_) => Err("node must be a scalar or a map".into()),
            }),
        }
    }

    fn update_name(&self, node: &mut Node) -> Result<(), String> {
        let old = node.as_text().unwrap_or_default().to_owned();
        let same = |a: &Facts, b: &Facts| a.current.name == b.current.name;
        if let Some(found) = self.select(&old, None, same)?
            && found.current.name != old
        {
            node.set_text(&found.current.name);
        }
        Ok(())
    }

    /// A map with a name and perhaps a namespace, which are written both.
    fn update_map(&self, node: &mut Node) -> Result<(), String> {
        let Some(name) = node.get("name").and_then(Node::as_text) else {
            return Err("path config error; no 'name' field in node".into());
        };
        let old = name.to_owned();
        let namespace = node
            .get("namespace")
            .map(|it| it.as_text().unwrap_or_default().to_owned());
        let same = |a: &Facts, b: &Facts| {
            a.current.name == b.current.name && a.current.namespace == b.current.namespace
        };
        let Some(found) = self.select(&old, namespace.as_deref(), same)? else {
            return Ok(());
        };
        let Some(map) = node.as_map_mut() else {
            return Ok(());
        };
        if found.current.name != old {
            map.get_or_insert("name", || Node::text(""))
                .set_text(&found.current.name);
        }
        if !found.current.namespace.is_empty() {
            let namespace = map.get_or_insert("namespace", || Node::text(""));
            namespace.set_text(&found.current.namespace);
        }
        Ok(())
    }

    /// The resource that a former name means, if that can be told.
    fn select(
        &self,
        old: &str,
        namespace: Option<&str>,
        same: fn(&Facts, &Facts) -> bool,
    ) -> Result<Option<&Facts>, String> {
        let index = self.pool.index;
        let Some(named) = index.by_previous_name.get(old) else {
            return Ok(None);
        };
        let by_original = namespace.map(|it| self.pool.has_original_namespace(it));
        let in_namespace = |facts: &Facts| match (namespace, by_original) {
            (Some(namespace), Some(true)) => facts.original_namespace == namespace,
            (Some(namespace), _) => facts.namespace == namespace,
            (None, _) => true,
        };
        let mut candidates: Vec<&Facts> = named
            .iter()
            .map(|at| &index.all[*at])
            .filter(|facts| self.pool.holds(facts) && in_namespace(facts) && self.fits(facts))
            .collect();
        if let [one] = candidates[..] {
            return Ok(Some(one));
        }
        let referrer = &self.pool.referrer.context;
        candidates.retain(|facts| facts.context.context_fits(referrer, true));
        if candidates.len() > 1 {
            candidates.retain(|facts| facts.context.context_fits(referrer, false));
        }
        let Some(first) = candidates.first() else {
            return Ok(None);
        };
        if candidates.iter().all(|other| same(first, other)) {
            return Ok(Some(first));
        }
        let ids: Vec<String> = candidates
            .iter()
            .map(|facts| facts.current.to_string())
            .collect();
        Err(format!(
            "found multiple possible referrals: {}",
            ids.join(", ")
        ))
    }

    fn fits(&self, facts: &Facts) -> bool {
        let was = |gvk: &Gvk| facts.previous.iter().any(|id| id.gvk.is_selected(gvk));
        let referrer = &self.pool.referrer.namespace;
        let near = referrer == CLUSTER
            || facts.namespace == CLUSTER
            || facts.current.gvk.kind == "ServiceAccount"
            || facts.namespace == *referrer;
        was(self.target) && self.role.as_ref().is_none_or(was) && near
    }
}
