//! What an operation waits for, in the reference's words.

use gitops_core::ObjectKey;
use serde::{Deserialize, Serialize};

use super::Operation;
use super::record::{Cleanup, State};

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Waiting {
    /// What has to happen.
    pub wait: Wait,
    /// The tasks whose objects it has to happen to, by place in the plan; never empty.
    pub tasks: Vec<usize>,
}

/// What has to happen to objects before a sync goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Wait {
    /// They are looked at; what is there decides how it goes on.
    Look,
    /// They become healthy.
    Health,
    /// They, hooks among them, complete.
    Completion,
    /// They are gone.
    Deletion,
    /// A person confirms that they are pruned.
    Approval,
}

impl Operation {
    /// Notes that nothing goes on before `wait` has happened to `tasks`.
    pub(super) fn wait_for(&mut self, wait: Wait, tasks: Vec<usize>) {
        self.message = self.describe(wait, &tasks);
        self.waiting = Some(Waiting { wait, tasks });
    }

    /// Says so where all that is waited for is to see what is there: whether an object
    /// was applied, or whether a hook is left to be deleted.
    pub(super) fn name_looks(&mut self) {
        let tasks = self.awaited().into_iter().map(|awaited| awaited.task);
        let unseen: Vec<usize> = tasks
            .filter(|task| {
                let record = &self.records[*task];
                record.state == State::Doubtful || record.cleanup == Some(Cleanup::Looking)
            })
            .collect();
        if !unseen.is_empty() {
            self.wait_for(Wait::Look, unseen);
        }
    }

    /// `waiting for <what> <object>[ and <n> more <resources|hooks>]`
    fn describe(&self, wait: Wait, tasks: &[usize]) -> String {
        let is_hook = |task: &&usize| self.plan.tasks[**task].is_hook();
        let Some(first) = tasks.iter().find(is_hook).or_else(|| tasks.first()) else {
            return String::new();
        };
        let reason = match (wait, is_hook(&first)) {
            (Wait::Look, false) => "look at",
            (Wait::Look, true) => "first look at hook",
            (Wait::Health, _) => "healthy state of",
            (Wait::Completion, _) => "completion of hook",
            (Wait::Deletion, false) => "deletion of",
            (Wait::Deletion, true) => "deletion of hook",
            (Wait::Approval, _) => "pruning confirmation of",
        };
        let name = short(&self.plan.tasks[*first].key());
        match tasks.len() {
            1 => format!("waiting for {reason} {name}"),
            all => {
                let sort = if tasks.iter().all(|task| is_hook(&task)) {
                    "hooks"
                } else {
                    "resources"
                };
                format!("waiting for {reason} {name} and {} more {sort}", all - 1)
            }
        }
    }
}

/// `group/kind/name`, with an empty group in front of core kinds.
pub(super) fn short(key: &ObjectKey) -> String {
    format!("{}/{}/{}", key.group, key.kind, key.name)
}
