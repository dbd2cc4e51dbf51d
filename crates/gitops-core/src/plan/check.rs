//! How tasks are checked before anything is changed, and which never can be.

use std::collections::{BTreeMap, BTreeSet};

use super::repeat::Repeat;
use super::{Action, Check, Options, Task};
use crate::apply::Recreate;
use crate::compare::Comparison;
use crate::sync_options::ObjectOptions;
use crate::{Discovery, GroupVersionKind, Object, ObjectRef};

/// The group of roles and their bindings.
const RBAC: &str = "rbac.authorization.k8s.io";

/// Which kinds the cluster serves, now or once the sync has defined them.
pub(super) struct Served {
    /// Kinds of tasks that it does not serve now, each with a version that it serves of
    /// them; without discovery there are none.
    missing: BTreeMap<GroupVersionKind, Option<GroupVersionKind>>,
    defined: Kinds<()>,
}

impl Served {
    pub(super) fn of(comparison: &Comparison, tasks: &[Task], options: &Options) -> Self {
        let of_resources = comparison
            .resources
            .iter()
            .filter(|compared| compared.key.kind == "CustomResourceDefinition")
            .filter_map(|compared| compared.target.as_deref());
        let of_hooks = comparison.hooks.iter().map(AsRef::as_ref);
        let mut kinds = Kinds::default();
        for (group, kind) in of_resources.chain(of_hooks).filter_map(defined) {
            kinds.insert(group, kind, ());
        }
        let missing = options.discovery.as_deref();
        Self {
            missing: missing.map_or_else(BTreeMap::new, |discovery| missing_of(tasks, discovery)),
            defined: kinds,
        }
    }

    fn is_served(&self, kind: &GroupVersionKind) -> bool {
        !self.missing.contains_key(kind)
    }

    /// The version that is served of a kind that is not served in its own.
    fn other_version(&self, kind: &GroupVersionKind) -> Option<&GroupVersionKind> {
        self.missing.get(kind)?.as_ref()
    }

    fn will_be_served(&self, kind: &GroupVersionKind) -> bool {
        self.defined.get(&kind.group, &kind.kind).is_some()
    }
}

fn missing_of(
    tasks: &[Task],
    discovery: &Discovery,
) -> BTreeMap<GroupVersionKind, Option<GroupVersionKind>> {
    let mut served = Repeat::new();
    let mut missing = BTreeMap::new();
    for kind in tasks.iter().map(|task| &task.object.kind) {
        let is_served = served.ask(kind, |kind| {
            let resource = discovery.get(kind);
            resource.is_some_and(|resource| resource.supports("get"))
        });
        if !is_served {
            let other = discovery.preferred(&kind.group_kind());
            let other = other.filter(|other| other.kind != *kind);
            missing.insert(kind.clone(), other.map(|other| other.kind.clone()));
        }
    }
    missing
}

/// Something about kinds, by group and kind.
pub(super) struct Kinds<T>(BTreeMap<String, BTreeMap<String, T>>);

impl<T> Default for Kinds<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Copy> Kinds<T> {
    /// Keeps what is said first.
    pub(super) fn insert(&mut self, group: String, kind: String, what: T) {
        self.0.entry(group).or_default().entry(kind).or_insert(what);
    }

    pub(super) fn get(&self, group: &str, kind: &str) -> Option<T> {
        self.0.get(group)?.get(kind).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Decides how each object is checked before anything is changed: not by a dry
/// run of what the server can only judge when an earlier task was carried out.
///
/// Kinds that nobody serves stay [`Check::AsApplied`], unless their object may do without.
pub(super) fn decide(tasks: &mut [Task], options: &Options, served: &Served) {
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
fn may_be_missing(task: &Task, options: &Options, served: &Served) -> bool {
    options.application.skip_dry_run_on_missing_resource
        || served.will_be_served(&task.object.kind)
        || task
            .target
            .as_deref()
            .is_some_and(|target| ObjectOptions::of(target).skip_dry_run_on_missing_resource)
}

/// Why a task can never be carried out; `None` when it can.
pub(super) fn objection(task: &Task, options: &Options, served: &Served) -> Option<String> {
    if !options.refused.is_empty()
        && let Some(refusal) = options.refused.get(&task.key())
    {
        return Some(refusal.clone());
    }
    task.target.as_ref()?;
    if task.object.name.is_empty() {
        return Some("only hooks may have metadata.generateName without metadata.name".into());
    }
    if served.is_served(&task.object.kind) || may_be_missing(task, options, served) {
        return None;
    }
    if let Some(other) = served.other_version(&task.object.kind) {
        return Some(another_version(&task.object, other));
    }
    Some(format!(
        "the cluster does not serve {}; install its CustomResourceDefinition or set the option \
         SkipDryRunOnMissingResource=true",
        task.object.kind
    ))
}

fn another_version(object: &ObjectRef, served: &GroupVersionKind) -> String {
    let ObjectRef {
        kind,
        namespace,
        name,
    } = object;
    let namespace = namespace.as_deref().unwrap_or_default();
    format!(
        "The Kubernetes API could not find version \"{}\" of {}/{} for requested resource \
         {namespace}/{name}. Version \"{}\" of {}/{} is installed on the destination cluster.",
        kind.version, kind.group, kind.kind, served.version, served.group, served.kind
    )
}

/// What a sync makes itself and a dry run before it would miss.
#[derive(Default)]
struct Made {
    namespaces: BTreeSet<String>,
    kinds: Kinds<()>,
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
            (RBAC, "Role" | "ClusterRole") => {
                let namespace = task.object.namespace.clone().unwrap_or_default();
                self.roles.insert((kind.kind.clone(), namespace, name()));
            }
            ("scheduling.k8s.io", "PriorityClass") => {
                self.priorities.insert(name());
            }
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                if let Some((group, kind)) = defined(target) {
                    self.kinds.insert(group, kind, ());
                }
            }
            _ => {}
        }
    }

    fn is_needed_by(&self, target: &Object, reference: &ObjectRef) -> bool {
        let namespace = reference.namespace.as_deref().unwrap_or_default();
        let kind = &reference.kind;
        self.namespaces.contains(namespace)
            || self.kinds.get(&kind.group, &kind.kind).is_some()
            || (kind.group.is_empty() && kind.kind == "Pod" && self.admits(target, namespace))
            || (kind.group == RBAC && self.grants(target, namespace))
    }

    /// Whether a binding is for a role of ours. Who may not do everything may only
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

/// The group and kind that an object defines, if it is a CustomResourceDefinition.
pub(super) fn defined(object: &Object) -> Option<(String, String)> {
    if object.kind() != "CustomResourceDefinition" {
        return None;
    }
    let spec = object.value().get("spec")?;
    let group = spec.get("group")?.as_str()?;
    let kind = spec.get("names")?.get("kind")?.as_str()?;
    Some((group.to_owned(), kind.to_owned()))
}
