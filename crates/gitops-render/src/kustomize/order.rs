//! The order of the output.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Error;
use super::id::{Gvk, ResId};
use super::kustomization::{LegacySortOptions, SortOptions};
use super::resource::Resource;

const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: [&str; 2] = [
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// In which order objects come out, where the kustomization does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reorder {
    /// Kinds others need come first.
    #[default]
    Legacy,
    /// As they were accumulated.
    None,
}

/// Sorts by the top layer's options, or else by the caller's.
pub(crate) fn sort(
    resources: &mut Vec<Resource>,
    options: Option<&SortOptions>,
    reorder: Reorder,
) -> Result<(), Error> {
    let legacy = match options {
        None if reorder == Reorder::None => return Ok(()),
        None => None,
        Some(options) => match options.order.as_str() {
            "fifo" if options.legacy_sort_options.is_some() => {
                return Err(Error::new(
                    "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
                ));
            }
            "fifo" => return Ok(()),
            "legacy" => options.legacy_sort_options.as_ref(),
            _ => {
                return Err(Error::new(
                    "the field 'sortOptions.order' must be one of [fifo, legacy]",
                ));
            }
        },
    };
    let ranks = Ranks::new(legacy);
    let mut keyed: Vec<(ResId, Resource)> = resources
        .drain(..)
        .map(|resource| (resource.id(), resource))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| ranks.compare(a, b));
    resources.extend(keyed.into_iter().map(|(_, resource)| resource));
    Ok(())
}

struct Ranks(BTreeMap<String, i64>);

impl Ranks {
    fn new(options: Option<&LegacySortOptions>) -> Self {
        let texts = |list: &[&str]| {
            list.iter()
                .map(|kind| (*kind).to_owned())
                .collect::<Vec<_>>()
        };
        let (first, last) = match options {
            Some(options) => (options.order_first.clone(), options.order_last.clone()),
            None => (texts(&FIRST), texts(&LAST)),
        };
        let length = |list: &[String]| i64::try_from(list.len()).unwrap_or(i64::MAX);
        let (before, after) = (length(&first), length(&last));
        let first = first.into_iter().zip(-before..);
        let last = last.into_iter().zip(1..=after);
        Self(first.chain(last).collect())
    }

    fn of(&self, kind: &str) -> i64 {
        self.0.get(kind).copied().unwrap_or(0)
    }

    fn compare(&self, a: &ResId, b: &ResId) -> Ordering {
        let rank = |id: &ResId| self.of(&id.gvk.kind);
        rank(a).cmp(&rank(b)).then_with(|| {
            if a.gvk == b.gvk {
                return identity(a).cmp(&identity(b));
            }
            let namespaces = a.gvk.kind == "Namespace" && b.gvk.kind == "Namespace";
            let one_core = a.gvk.group.is_empty() || b.gvk.group.is_empty();
            let order = kind(&a.gvk).cmp(&kind(&b.gvk));
            if namespaces && one_core {
                order.reverse()
            } else {
                order
            }
        })
    }
}

/// The place of a kind among others: its rank, then its group, version and name.
pub(crate) fn of_kind(gvk: &Gvk) -> (i64, String) {
    static RANKS: LazyLock<Ranks> = LazyLock::new(|| Ranks::new(None));
    (RANKS.of(&gvk.kind), kind(gvk))
}

fn kind(gvk: &Gvk) -> String {
    fn or<'a>(text: &'a str, absent: &'a str) -> &'a str {
        if text.is_empty() { absent } else { text }
    }
    let (group, version) = (or(&gvk.group, "~G"), or(&gvk.version, "~V"));
    format!("{group}_{version}_{}", or(&gvk.kind, "~K"))
}

fn identity(id: &ResId) -> String {
    let namespace = if id.namespace.is_empty() {
        "~X"
    } else {
        &id.namespace
    };
    format!("{}|{namespace}|{}", id.gvk, id.name)
}
