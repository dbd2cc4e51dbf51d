//! Tasks: what becomes of one object in one phase.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::apply::{ApplyOptions, FieldValidation, Propagation, Recreate, Strategy};
use crate::diff::Change;
use crate::hook::{DeletePolicy, HookType};
use crate::sync_options::Removal;
use crate::{Object, ObjectKey, ObjectRef};

/// A part of a sync; each begins when the one before has succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Hooks before anything is applied.
    PreSync,
    /// The objects themselves, prunes, and hooks among them.
    Sync,
    /// Hooks after everything is applied and healthy.
    PostSync,
    /// Hooks for when the sync has failed; they do not run otherwise.
    SyncFail,
}

impl Phase {
    /// The phase hooks of a type run in; `None` for types that no sync runs.
    pub fn of(hook: HookType) -> Option<Self> {
        match hook {
            HookType::PreSync => Some(Self::PreSync),
            HookType::Sync => Some(Self::Sync),
            HookType::PostSync => Some(Self::PostSync),
            HookType::SyncFail => Some(Self::SyncFail),
            HookType::Skip | HookType::PreDelete | HookType::PostDelete => None,
        }
    }

    /// The phase as Argo CD writes it, such as `PreSync`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreSync => "PreSync",
            Self::Sync => "Sync",
            Self::PostSync => "PostSync",
            Self::SyncFail => "SyncFail",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What becomes of one object in one phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Task {
    /// The phase it belongs to.
    pub phase: Phase,
    /// The wave it belongs to, after prunes and dependencies found their place.
    pub wave: i64,
    /// Tasks of one wave with the same batch are carried out together, batches
    /// one after the other.
    pub batch: u32,
    /// The object.
    pub object: ObjectRef,
    /// What becomes of it.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// What is applied; `None` where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Arc<Object>>,
    /// The live object the decision was made on; `None` where there was none,
    /// or where it is looked up when its turn comes, as with hooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<Known>,
    /// What would change, ordered by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Where it would be, did nothing depend on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Box<Moved>>,
}

impl Task {
    pub(super) fn new(phase: Phase, wave: i64, object: ObjectRef, action: Action) -> Self {
        Self {
            phase,
            wave,
            batch: 0,
            object,
            action,
            reason: Reason::Missing,
            target: None,
            live: None,
            changes: Vec::new(),
            moved: None,
        }
    }

    /// What identifies the object.
    pub fn key(&self) -> ObjectKey {
        self.object.key()
    }

    /// The phase and wave.
    pub fn step(&self) -> (Phase, i64) {
        (self.phase, self.wave)
    }

    /// Whether the task runs a hook.
    pub fn is_hook(&self) -> bool {
        matches!(self.action, Action::RunHook { .. })
    }

    /// Whether the task is about an object that left the sources.
    pub fn is_prune(&self) -> bool {
        matches!(self.action, Action::Prune { .. } | Action::Leave)
    }

    /// How the object gets into the cluster; `None` where it does not.
    pub fn apply(&self) -> Option<&Apply> {
        match &self.action {
            Action::Create(apply)
            | Action::Update(apply)
            | Action::Replace(apply)
            | Action::RunHook { apply, .. } => Some(apply),
            Action::Keep | Action::Prune { .. } | Action::Leave => None,
        }
    }

    pub(super) fn apply_mut(&mut self) -> Option<&mut Apply> {
        match &mut self.action {
            Action::Create(apply)
            | Action::Update(apply)
            | Action::Replace(apply)
            | Action::RunHook { apply, .. } => Some(apply),
            Action::Keep | Action::Prune { .. } | Action::Leave => None,
        }
    }

    /// Whether the object is of this group and kind.
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        self.object.kind.group == group && self.object.kind.kind == kind
    }
}

/// What becomes of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Action {
    /// It is created.
    Create(Apply),
    /// It is changed.
    Update(Apply),
    /// It is put in the live object's place.
    Replace(Apply),
    /// It is as wanted; nothing is sent.
    Keep,
    /// It is run as a hook.
    RunHook {
        /// How it gets into the cluster.
        apply: Apply,
        /// When it is deleted.
        delete: Vec<DeletePolicy>,
    },
    /// It is deleted, because it left the sources.
    Prune {
        /// What becomes of its dependants.
        propagation: Propagation,
        /// Whether a person has to confirm it first; never [`Removal::Refused`].
        removal: Removal,
        /// Whether it waits for everything else of its phase.
        last: bool,
    },
    /// It left the sources and stays.
    Leave,
}

impl Action {
    /// Whether the cluster is changed by it.
    pub fn writes(&self) -> bool {
        !matches!(self, Self::Keep | Self::Leave)
    }
}

/// How an object gets into the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Apply {
    /// The way.
    pub strategy: Strategy,
    /// Whether a refused change deletes and creates the object.
    pub recreate: Recreate,
    /// What the server does with fields it does not know.
    pub validation: FieldValidation,
    /// In a server-side apply, the client-side manager whose fields become ours first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migrate_from: Option<String>,
    /// How it is checked before anything is changed.
    pub check: Check,
}

impl Apply {
    /// The options to apply with.
    pub fn options(&self) -> ApplyOptions {
        ApplyOptions::default()
            .strategy(self.strategy)
            .recreate(self.recreate)
            .validation(self.validation)
            .migrate_from(self.migrate_from.clone())
    }

    /// The options to check with; `None` where no check is possible.
    pub fn check_options(&self) -> Option<ApplyOptions> {
        let options = self.options().dry_run(true);
        match self.check {
            Check::AsApplied => Some(options),
            Check::AsCreated => Some(options.strategy(Strategy::Create).recreate(Recreate::Never)),
            Check::Impossible | Check::Needless => None,
        }
    }
}

/// How an object is checked by the server before anything is changed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Check {
    /// By a dry run of what is going to be done.
    #[default]
    AsApplied,
    /// By a dry run of its creation, because the live object is deleted first;
    /// that one exists already is then no objection.
    AsCreated,
    /// Not at all, because what it needs is only made by the sync itself.
    Impossible,
    /// Not at all, because the sync only creates objects, all in one wave, so
    /// nothing that exists can be left half changed.
    Needless,
}

/// Why something becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reason {
    /// It is not in the cluster.
    Missing,
    /// Some fields differ.
    Differs,
    /// It is as wanted, but fields have to change their owner.
    Ownership,
    /// Option `Replace=true`.
    ReplaceOption,
    /// It is as wanted.
    AsWanted,
    /// It is a hook of the phase.
    Hook,
    /// Option `CreateNamespace=true`.
    CreateNamespace,
    /// It left the sources.
    NotInSources,
    /// It left the sources, and the sync does not prune.
    PruneOff,
    /// It left the sources, and option `Prune=false` keeps it.
    PruneRefused,
}

impl Reason {
    /// The reason as a person reads it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "not in the cluster",
            Self::Differs => "differs",
            Self::Ownership => "fields change their owner",
            Self::ReplaceOption => "option Replace=true",
            Self::AsWanted => "as wanted",
            Self::Hook => "hook",
            Self::CreateNamespace => "option CreateNamespace=true",
            Self::NotInSources => "no longer in the sources",
            Self::PruneOff => "no longer in the sources, but the sync does not prune",
            Self::PruneRefused => "no longer in the sources, but kept by option Prune=false",
        }
    }
}

/// A live object, as far as a decision rests on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Known {
    /// Its UID; empty where the cluster gives none.
    pub uid: String,
    /// Whether its deletion has begun.
    pub deleting: bool,
}

impl Known {
    pub(super) fn of(object: &Object) -> Self {
        Self {
            uid: object.uid().unwrap_or_default().to_owned(),
            deleting: object.deletion_timestamp().is_some(),
        }
    }
}

/// Where a task would be, did nothing depend on its object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Moved {
    /// The phase it came from.
    pub phase: Phase,
    /// The wave it came from.
    pub wave: i64,
    /// The first object that needs it.
    pub needed_by: ObjectRef,
}
