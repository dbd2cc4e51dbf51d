//! Applications made up from a seed.

use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::compare::{Compared, Comparison};
use gitops_core::diff::{self, Change, Diff};
use gitops_core::plan::{self, Options, Plan, Prune};
use gitops_core::sync_options::SYNC_OPTIONS;
use gitops_core::{Object, hook, wave};
use serde_json::json;

use super::fault::Fault;
use super::random::Random;
use super::shared;

/// How an object fares once it was applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    /// Its kind has no health.
    Plain,
    /// It becomes healthy after so many looks.
    Healthy(u32),
    /// It fails after so many looks.
    Degraded(u32),
    /// It never gets anywhere.
    Stuck,
}

#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) fate: Fate,
    pub(super) fault: Fault,
    /// Looks until a deleted object is gone.
    pub(super) lingers: u32,
    pub(super) target: Option<Arc<Object>>,
    pub(super) live: Option<Arc<Object>>,
}

#[derive(Clone, Debug)]
pub(super) struct Application {
    pub(super) things: BTreeMap<String, Thing>,
}

impl Application {
    pub(super) fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let count = 1 + random.below(6);
        let faulty = random.one_in(2);
        let things = (0..count).map(|number| {
            let name = format!("o{number}");
            (name.clone(), thing(&name, faulty, &mut random))
        });
        Self {
            things: things.collect(),
        }
    }

    /// Whether an object may fail; what else was begun by then depends on when
    /// that is seen.
    pub(super) fn may_fail(&self) -> bool {
        let mut things = self.things.values();
        things.any(|thing| !thing.fault.passes() || matches!(thing.fate, Fate::Degraded(_)))
    }

    /// Whether it counts how often calls are made.
    pub(super) fn is_unsteady(&self) -> bool {
        self.things.values().any(|thing| thing.fault.is_unsteady())
    }

    pub(super) fn plan(&self) -> Plan {
        let (hooks, resources): (Vec<_>, Vec<_>) = self
            .things
            .values()
            .partition(|thing| thing.target.as_deref().is_some_and(hook::is_hook));
        let compared = resources.into_iter().map(|thing| {
            let differs = thing.target.is_some() && thing.target != thing.live;
            let change = Change::new(".data", None, None, diff::Reason::NewInGit);
            let changes = if differs { vec![change] } else { Vec::new() };
            Compared::new(thing.target.clone(), thing.live.clone(), Diff::new(changes))
        });
        let mut comparison = Comparison::new(compared.collect());
        comparison.hooks = hooks
            .into_iter()
            .filter_map(|hook| hook.target.clone())
            .collect();
        plan::plan(&comparison, &Options::default().prune(Prune::Delete))
    }
}

fn thing(name: &str, faulty: bool, random: &mut Random) -> Thing {
    let is_hook = random.one_in(3);
    let target = if is_hook {
        Some(hook_object(name, random))
    } else {
        plain_object(name, random)
    };
    let live = match &target {
        None => true,
        Some(_) => random.one_in(3),
    };
    let live = live.then(|| live_object(name, target.as_ref(), random));
    let healthy = Fate::Healthy(u32::try_from(random.below(4)).unwrap());
    let fate = match random.below(12) {
        0 => Fate::Degraded(u32::try_from(random.below(3)).unwrap()),
        1 => Fate::Stuck,
        2..=5 => Fate::Plain,
        _ => healthy,
    };
    Thing {
        fate,
        fault: if faulty {
            Fault::random(random)
        } else {
            Fault::None
        },
        lingers: u32::try_from(random.below(4)).unwrap(),
        target: target.map(shared),
        live: live.map(shared),
    }
}

fn object(name: &str, annotations: &serde_json::Value) -> Object {
    let object = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "annotations": annotations},
        "data": "wanted",
    });
    Object::new(object).unwrap()
}

fn number(random: &mut Random) -> String {
    (i64::try_from(random.below(4)).unwrap() - 1).to_string()
}

fn hook_object(name: &str, random: &mut Random) -> Object {
    let types = [
        "PreSync",
        "Sync",
        "PostSync",
        "SyncFail",
        "PreSync,PostSync",
    ];
    let policies = [
        "",
        "HookSucceeded",
        "HookFailed",
        "BeforeHookCreation,HookSucceeded",
    ];
    let annotations = json!({
        wave::SYNC_WAVE: number(random),
        hook::HOOK: random.pick(&types),
        hook::DELETE_POLICY: random.pick(&policies),
    });
    object(name, &annotations)
}

fn plain_object(name: &str, random: &mut Random) -> Option<Object> {
    let options = [
        "",
        "",
        "",
        "Replace=true",
        "Force=true",
        "Replace=true,Force=true",
        "ServerSideApply=true",
    ];
    let annotations = json!({
        wave::SYNC_WAVE: number(random),
        SYNC_OPTIONS: random.pick(&options),
    });
    (!random.one_in(4)).then(|| object(name, &annotations))
}

/// What is live already: what is wanted, or something else.
fn live_object(name: &str, target: Option<&Object>, random: &mut Random) -> Object {
    let options = ["", "", "Prune=false"];
    let extra = json!({
        wave::SYNC_WAVE: number(random),
        SYNC_OPTIONS: random.pick(&options),
    });
    let mut live = target.cloned().unwrap_or_else(|| object(name, &extra));
    let is_hook = target.is_some_and(hook::is_hook);
    let deleting = is_hook && random.one_in(3);
    live.update(|value| {
        value["metadata"]["uid"] = json!(format!("former-{name}"));
        value["data"] = json!("former");
        if deleting {
            value["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
    })
    .unwrap();
    live
}
