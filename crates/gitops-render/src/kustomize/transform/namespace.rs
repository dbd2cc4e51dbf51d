//! The namespace of everything.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::kustomize::field::{Create, FieldSpec};
use crate::kustomize::id::{Gvk, ResId};
use crate::kustomize::node::Node;
use crate::kustomize::resource::Resource;

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Subjects {
    #[default]
    DefaultOnly,
    AllServiceAccounts,
    None,
}

/// What a namespace transformer does.
#[derive(Debug)]
pub(crate) struct Namespace<'a> {
    pub(crate) name: &'a str,
    pub(crate) specs: &'a [FieldSpec],
    pub(crate) subjects: Subjects,
    /// Leaves namespaces that are set.
    pub(crate) unset_only: bool,
}

/// Sets the namespace of one object, and of its subjects named `default`.
pub(crate) fn set(object: &mut Node, name: &str) -> Result<(), String> {
    let namespace = Namespace {
        name,
        specs: &[],
        subjects: Subjects::default(),
        unset_only: false,
    };
    namespace.apply_to(object)
}

impl Namespace<'_> {
    pub(crate) fn apply(&self, resources: &mut [Resource]) -> Result<(), String> {
        if self.name.is_empty() {
            return Ok(());
        }
        for resource in resources.iter_mut() {
            resource.store_previous_id();
            self.apply_to(&mut resource.node)?;
        }
        let conflicts = equal_ids(resources);
        if conflicts.is_empty() {
            return Ok(());
        }
        let conflicts = conflicts.join(", ");
        Err(format!(
            "namespace transformation produces ID conflict: [{conflicts}]"
        ))
    }

    fn apply_to(&self, object: &mut Node) -> Result<(), String> {
        let gvk = Gvk::of(object);
        if !gvk.is_cluster_scoped() {
            let own = FieldSpec::everywhere("metadata/namespace", true);
            self.set(object, &own)?;
        }
        let is_binding = matches!(gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
        if is_binding {
            self.set_subjects(object)?;
        }
        let is_core = object.get("apiVersion").and_then(Node::as_text) == Some("v1");
        for spec in self.specs {
            let skipped = match spec.path.as_str() {
                "metadata/namespace" => true,
                "metadata/name" => !is_core,
                "subjects/namespace" => is_binding,
                _ => false,
            };
            if !skipped {
                self.set(object, spec)?;
            }
        }
        Ok(())
    }

    fn set(&self, object: &mut Node, spec: &FieldSpec) -> Result<(), String> {
        spec.apply(object, Some(Create::Text), &mut |node| self.write(node))
    }

    fn write(&self, node: &mut Node) -> Result<(), String> {
        let found = node.kind_name();
        let Some(text) = node.as_text() else {
            return Err(format!(
                "wrong node kind: expected ScalarNode but got {found}"
            ));
        };
        if !self.unset_only || node.is_null() || text.is_empty() {
            node.set_text(self.name);
        }
        Ok(())
    }

    fn set_subjects(&self, object: &mut Node) -> Result<(), String> {
        let Some(subjects) = object.get_mut("subjects").filter(|node| !node.is_null()) else {
            return Ok(());
        };
        let found = subjects.kind_name();
        let Node::List(subjects) = subjects else {
            return Err(format!(
                "wrong node kind: expected SequenceNode but got {found}"
            ));
        };
        for subject in subjects {
            let text = |key| subject.get(key).and_then(Node::as_text);
            let is_meant = match self.subjects {
                Subjects::DefaultOnly => text("name") == Some("default"),
                Subjects::AllServiceAccounts => text("kind") == Some("ServiceAccount"),
                Subjects::None => false,
            };
            if let Some(subject) = subject.as_map_mut().filter(|_| is_meant) {
                self.write(subject.get_or_insert("namespace", || Node::text("")))?;
            }
        }
        Ok(())
    }
}

/// The ids that more than one object has, once for each of them.
fn equal_ids(resources: &[Resource]) -> Vec<String> {
    let ids = resources.iter().map(|it| it.id().into_effective());
    let ids: Vec<ResId> = ids.collect();
    let (mut seen, mut again) = (BTreeSet::new(), BTreeSet::new());
    for id in &ids {
        if !seen.insert(id) {
            again.insert(id);
        }
    }
    let equal = resources.iter().zip(&ids);
    let equal = equal.filter(|(_, id)| again.contains(id));
    equal
        .map(|(resource, _)| resource.id().to_string())
        .collect()
}
