//! How tasks are checked before anything is changed, and which never can be.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Check, Options, Task};
use crate::apply::Recreate;
use crate::compare::Comparison;
use crate::sync_options::ObjectOptions;
use crate::{Discovery, GroupVersionKind, Object, ObjectRef};

/// Which kinds the cluster serves, now or once the sync has defined them.
pub(super) struct Served<'a> {
    discovery: Option<&'a Discovery>,
    defined: BTreeSet<(String, String)>,
    /// Answers given before, because an application has few kinds.
    known: BTreeMap<GroupVersionKind, bool>,
}

impl<'a> Served<'a> {
    pub(super) fn of(comparison: &Comparison, options: &'a Options) -> Self {
        let defined = comparison
            .resources
            .iter()
            .filter_map(|compared| compared.target.as_deref())
            .chain(comparison.hooks.iter().map(AsRef::as_ref))
            .filter(|target| target.kind() == "CustomResourceDefinition")
            .filter_map(defined)
            .collect();
        Self {
            discovery: options.discovery.as_deref(),
            defined,
            known: BTreeMap::new(),
        }
    }

    /// Whether the cluster serves the kind now; without discovery, it does.
    fn is_served(&mut self, kind: &GroupVersionKind) -> bool {
        let Some(discovery) = self.discovery else {
            return true;
        };
        if let Some(known) = self.known.get(kind) {
            return *known;
        }
        let served = discovery
            .get(kind)
            .is_some_and(|resource| resource.supports("get"));
        self.known.insert(kind.clone(), served);
        served
    }

    fn will_be_served(&self, kind: &GroupVersionKind) -> bool {
        !self.defined.is_empty()
            && self
                .defined
                .contains(&(kind.group.clone(), kind.kind.clone()))
    }
}

/// Decides how each object is checked before anything is changed: not by a dry
/// run of what the server can only judge when an earlier task was carried out.
///
/// Kinds that nobody serves stay [`Check::AsApplied`], unless their object may do without.
pub(super) fn decide(tasks: &mut [Task], options: &Options, served: &mut Served<'_>) {
    let made = Made::by(tasks, options);
    let needless = !options.dry_run && endangers_nothing(tasks);
    for task in tasks {
        let Some(target) = &task.target else { continue };
        let impossible = made.is_needed_by(target, &task.object)
            || (!served.is_served(&task.object.kind) && may_be_missing(task, options, served));
        let Some(apply) = task.apply_mut() else {
            continue;
        };
        if impossible {
            apply.check = Check::Impossible;
        } else if needless {
            apply.check = Check::Needless;
        } else if apply.recreate == Recreate::WhenRefused {
            apply.check = Check::AsCreated;
        }
    }
}

/// Whether the tasks only create objects, or leave them alone, in one wave.
fn endangers_nothing(tasks: &[Task]) -> bool {
    let first = tasks.first().map(Task::step);
    tasks.iter().all(|task| {
        let harmless = matches!(
            task.action,
            Action::Create(_) | Action::Keep | Action::Leave
        );
        harmless && Some(task.step()) == first
    })
}

/// Whether the task may go ahead although the cluster does not serve its kind.
fn may_be_missing(task: &Task, options: &Options, served: &Served<'_>) -> bool {
    options.application.skip_dry_run_on_missing_resource
        || served.will_be_served(&task.object.kind)
        || task
            .target
            .as_deref()
            .is_some_and(|target| ObjectOptions::of(target).skip_dry_run_on_missing_resource)
}

/// Why a task can never be carried out; `None` when it can.
pub(super) fn objection(task: &Task, options: &Options, served: &mut Served<'_>) -> Option<String> {
    if !options.refused.is_empty()
        && let Some(refusal) = options.refused.get(&task.key())
    {
        return Some(refusal.clone());
    }
    let target = task.target.as_deref()?;
    if target.name().is_empty() {
        return Some("only hooks may have metadata.generateName without metadata.name".into());
    }
    if served.is_served(&task.object.kind) || may_be_missing(task, options, served) {
        return None;
    }
    Some(format!(
        "the cluster does not serve {}; install its CustomResourceDefinition or set the option \
         SkipDryRunOnMissingResource=true",
        task.object.kind
    ))
}

/// What a sync makes itself and a dry run before it would miss.
#[derive(Default)]
struct Made {
    namespaces: BTreeSet<String>,
    kinds: BTreeSet<(String, String)>,
    accounts: BTreeSet<(String, String)>,
    priorities: BTreeSet<String>,
    /// By kind, namespace and name.
    roles: BTreeSet<(String, String, String)>,
}

impl Made {
    fn by(tasks: &[Task], options: &Options) -> Self {
        let mut made = Self::default();
        for task in tasks {
            let (Some(target), true) = (&task.target, task.action.writes()) else {
                continue;
            };
            made.add(task, target);
        }
        if !options.dry_run {
            // The destination namespace is created before the checks.
            made.namespaces.remove(&options.namespace);
        }
        made
    }

    fn add(&mut self, task: &Task, target: &Object) {
        let kind = &task.object.kind;
        let name = || task.object.name.clone();
        match (kind.group.as_str(), kind.kind.as_str()) {
            ("", "Namespace") if !matches!(task.action, Action::Update(_)) => {
                self.namespaces.insert(name());
            }
            ("", "ServiceAccount") => {
                let namespace = task.object.namespace.clone().unwrap_or_default();
                self.accounts.insert((namespace, name()));
            }
            ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
                let namespace = task.object.namespace.clone().unwrap_or_default();
                self.roles.insert((kind.kind.clone(), namespace, name()));
            }
            ("scheduling.k8s.io", "PriorityClass") => {
                self.priorities.insert(name());
            }
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                self.kinds.extend(defined(target));
            }
            _ => {}
        }
    }

    fn is_needed_by(&self, target: &Object, reference: &ObjectRef) -> bool {
        let namespace = reference.namespace.as_deref().unwrap_or_default();
        let kind = &reference.kind;
        self.namespaces.contains(namespace)
            || (!self.kinds.is_empty()
                && self
                    .kinds
                    .contains(&(kind.group.clone(), kind.kind.clone())))
            || (kind.group.is_empty() && kind.kind == "Pod" && self.admits(target, namespace))
            || (!self.roles.is_empty() && self.grants(target, namespace))
    }

    /// Whether an object binds a role of ours. Who may not do everything may only
    /// bind roles that the server knows.
    fn grants(&self, binding: &Object, namespace: &str) -> bool {
        let field = |name: &str| binding.value().get("roleRef")?.get(name)?.as_str();
        let (Some(kind), Some(name)) = (field("kind"), field("name")) else {
            return false;
        };
        let namespace = if kind == "Role" { namespace } else { "" };
        self.roles
            .contains(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))
    }

    /// Whether the server looks up something of ours before it admits a Pod.
    fn admits(&self, pod: &Object, namespace: &str) -> bool {
        let field = |name: &str| {
            let value = pod.value().get("spec")?.get(name)?.as_str()?;
            Some(value.to_owned())
        };
        let account = field("serviceAccountName").or_else(|| field("serviceAccount"));
        account.is_some_and(|account| self.accounts.contains(&(namespace.to_owned(), account)))
            || field("priorityClassName").is_some_and(|class| self.priorities.contains(&class))
    }
}

/// The group and kind a CustomResourceDefinition defines.
pub(super) fn defined(definition: &Object) -> Option<(String, String)> {
    let spec = definition.value().get("spec")?;
    let group = spec.get("group")?.as_str()?;
    let kind = spec.get("names")?.get("kind")?.as_str()?;
    Some((group.to_owned(), kind.to_owned()))
}
