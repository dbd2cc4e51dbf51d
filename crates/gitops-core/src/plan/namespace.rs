//! The destination namespace, where option `CreateNamespace=true` asks for it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Action, Apply, Known, Options, Phase, Reason, Task, ownership};
use crate::apply::Strategy;
use crate::compare::Comparison;
use crate::sync_options::SYNC_OPTIONS;
use crate::{Object, hook};

/// The task that creates the destination namespace, or brings what it should carry.
pub(super) fn creation(comparison: &Comparison, options: &Options) -> Option<Task> {
    let name = &options.namespace;
    if !options.application.create_namespace || name.is_empty() || is_wanted(comparison, name) {
        return None;
    }
    let live = options.live_namespace.as_deref();
    if live.is_some() && options.managed_namespace.is_none() {
        return None;
    }
    let target = Arc::new(target(options)?);
    let action = action(&target, live, options);
    Some(Task {
        reason: Reason::CreateNamespace,
        live: live.map(Known::of),
        target: Some(Arc::clone(&target)),
        ..Task::new(Phase::PreSync, 0, target.reference(), action)
    })
}

/// Whether the sources bring the namespace themselves, as more than a hook.
fn is_wanted(comparison: &Comparison, name: &str) -> bool {
    comparison
        .resources
        .iter()
        .filter(|compared| compared.key.kind == "Namespace")
        .filter_map(|compared| compared.target.as_deref())
        .any(|target| target.group().is_empty() && target.name() == name && !hook::is_hook(target))
}

fn action(target: &Object, live: Option<&Object>, options: &Options) -> Action {
    let server_side = options.managed_namespace.is_some() || options.application.server_side_apply;
    let apply = Apply {
        strategy: if server_side {
            Strategy::ServerSide
        } else {
            Strategy::ClientSide
        },
        ..Apply::default()
    };
    match live {
        None => Action::Create(apply),
        Some(live) if carries(live, target) && ownership::is_settled(target, live, &apply) => {
            Action::Keep
        }
        Some(_) => Action::Update(apply),
    }
}

/// Whether the live namespace has all labels and annotations it should carry.
fn carries(live: &Object, target: &Object) -> bool {
    let has = |live: Option<&Map<String, Value>>, wanted: Option<&Map<String, Value>>| {
        wanted
            .into_iter()
            .flatten()
            .all(|(key, value)| live.and_then(|entries| entries.get(key)) == Some(value))
    };
    has(live.labels(), target.labels()) && has(live.annotations(), target.annotations())
}

/// The bare namespace, with what it should carry.
fn target(options: &Options) -> Option<Object> {
    let mut target = Object::new(json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": options.namespace},
    }))
    .ok()?;
    if let Some(managed) = &options.managed_namespace {
        for (key, value) in &managed.labels {
            target.set_label(key, Some(value));
        }
        for (key, value) in &managed.annotations {
            target.set_annotation(key, Some(value));
        }
        target.set_annotation(SYNC_OPTIONS, Some("ServerSideApply=true"));
    }
    Some(target)
}
