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
    let keyed = resources.drain(..);
    let mut keyed: Vec<(Key, Resource)> = keyed.map(|it| (ranks.key(&it.id()), it)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.compare(b));
    resources.extend(keyed.into_iter().map(|(_, resource)| resource));
    Ok(())
}

/// What a resource is sorted by.
struct Key {
    rank: i64,
    kind: String,
    identity: String,
    is_namespace: bool,
    is_core: bool,
}

impl Key {
    fn compare(&self, other: &Self) -> Ordering {
        let by_kind = self.kind.cmp(&other.kind);
        let namespaces = self.is_namespace && other.is_namespace;
        let by_kind = if namespaces && (self.is_core || other.is_core) {
            by_kind.reverse()
        } else {
            by_kind
        };
        let by_rank = self.rank.cmp(&other.rank);
        by_rank
            .then(by_kind)
            .then_with(|| self.identity.cmp(&other.identity))
    }
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

    fn key(&self, id: &ResId) -> Key {
        Key {
            rank: self.of(&id.gvk.kind),
            kind: kind(&id.gvk),
            identity: identity(id),
            is_namespace: id.gvk.kind == "Namespace",
            is_core: id.gvk.group.is_empty(),
        }
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
