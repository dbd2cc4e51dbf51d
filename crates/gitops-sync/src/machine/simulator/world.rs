//! A world in which applications are synced, that keeps the laws.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gitops_core::apply::{Outcome, Reason, Recreate, Strategy};
use gitops_core::plan::{Action, Phase, Plan};
use gitops_core::{Health, HealthStatus};

use super::application::{Application, Fate, Thing};
use super::fault::{ALWAYS, Fault};
use super::is_regular;
use super::random::Random;
use crate::machine::{
    Answer, Answered, Ask, Awaited, Call, Live, Refusal, Sight, Sighting, Step, Wait, Waiting,
};

#[derive(Clone, Debug, PartialEq)]
struct Existing {
    uid: String,
    wanted: bool,
    version: u64,
    held: bool,
    deleting: bool,
    /// Looks since it was applied, or since its deletion.
    looks: u32,
    lingers: u32,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    things: BTreeMap<String, Thing>,
    objects: BTreeMap<String, Existing>,
    /// Former states, for news that come late.
    former: BTreeMap<String, Live>,
    calls: BTreeMap<(String, Ask), u32>,
    creations: BTreeMap<String, u32>,
    /// By task: whether it was applied, and whether its object got where it should since.
    done: BTreeMap<usize, bool>,
    /// The tasks whose objects were deleted because they left the sources.
    pruned: BTreeSet<usize>,
    versions: u64,
    violations: Vec<String>,
}

fn refuse(name: &str, reason: Reason) -> Result<Answered, Refusal> {
    let asks_to_wait = reason == Reason::TooManyRequests;
    Err(Refusal {
        reason,
        message: format!("{name}: {reason:?}"),
        retry_after: asks_to_wait.then_some(Duration::from_secs(1)),
    })
}

fn is_healthy(live: &Live) -> bool {
    live.health.as_ref().is_none_or(|health| {
        health
            .as_ref()
            .is_ok_and(|health| health.status == HealthStatus::Healthy)
    })
}

impl World {
    pub(super) fn new(application: &Application) -> Self {
        let existing = |(name, thing): (&String, &Thing)| {
            let live = thing.live.as_ref()?;
            let existing = Existing {
                uid: live.uid().unwrap_or_default().to_owned(),
                wanted: false,
                version: 0,
                held: false,
                deleting: live.deletion_timestamp().is_some(),
                looks: 0,
                lingers: thing.lingers,
            };
            Some((name.clone(), existing))
        };
        Self {
            things: application.things.clone(),
            objects: application.things.iter().filter_map(existing).collect(),
            former: BTreeMap::new(),
            calls: BTreeMap::new(),
            creations: BTreeMap::new(),
            done: BTreeMap::new(),
            pruned: BTreeSet::new(),
            versions: 0,
            violations: Vec::new(),
        }
    }

    /// Makes a call, or does not, and answers, or loses the answer.
    pub(super) fn make(&mut self, step: &Step, plan: &Plan) -> Answer {
        let (task, ask) = (step.task, step.call.ask());
        let name = plan.tasks[task].object.name.clone();
        let calls = self.calls.entry((name.clone(), ask)).or_default();
        *calls += 1;
        let calls = *calls;
        let fault = self.things[&name].fault;
        let result = match fault {
            Fault::Refused {
                ask: refused,
                times,
                reason,
            } if calls <= times && refused.is_none_or(|refused| refused == ask) => {
                refuse(&name, reason)
            }
            Fault::Lost { times, reason } if calls <= times => {
                let _ = self.carry_out(step, &name, plan);
                refuse(&name, reason)
            }
            _ => self.carry_out(step, &name, plan),
        };
        Answer { task, ask, result }
    }

    fn carry_out(&mut self, step: &Step, name: &str, plan: &Plan) -> Result<Answered, Refusal> {
        match &step.call {
            Call::Check { options, .. } => self.check(name, options.strategy),
            Call::Apply { options, .. } => {
                self.check_order(step.task, plan);
                self.apply(step.task, name, options.strategy, options.recreate, plan)
            }
            Call::Delete { options, .. } => {
                self.check_deletion(step.task, name, plan);
                if plan.tasks[step.task].is_prune() {
                    self.check_order(step.task, plan);
                    self.pruned.insert(step.task);
                }
                self.delete(name, options.uid.as_deref())
            }
            Call::Release { uid, .. } => {
                if let Some(object) = self.objects.get_mut(name)
                    && (uid.is_empty() || object.uid == *uid)
                {
                    object.held = false;
                }
                self.sweep(name);
                Ok(Answered::Done)
            }
        }
    }

    /// What is being deleted takes no finalizer any more.
    fn check(&self, name: &str, strategy: Strategy) -> Result<Answered, Refusal> {
        match self.objects.get(name) {
            Some(_) if strategy == Strategy::Create => refuse(name, Reason::AlreadyExists),
            Some(object) if object.deleting => refuse(name, Reason::Invalid),
            _ => Ok(Answered::Done),
        }
    }

    fn apply(
        &mut self,
        task: usize,
        name: &str,
        strategy: Strategy,
        recreate: Recreate,
        plan: &Plan,
    ) -> Result<Answered, Refusal> {
        let exists = self.objects.contains_key(name);
        if exists && strategy == Strategy::Create {
            return refuse(name, Reason::AlreadyExists);
        }
        let recreated =
            exists && strategy == Strategy::Replace && recreate == Recreate::WhenRefused;
        let outcome = match self.objects.get_mut(name) {
            Some(object) if !recreated => {
                if object.wanted {
                    Outcome::Unchanged
                } else {
                    let live = self.see(name);
                    self.former.insert(name.to_owned(), live);
                    self.versions += 1;
                    let object = self.objects.get_mut(name).expect("it was there");
                    object.version = self.versions;
                    object.wanted = true;
                    object.looks = 0;
                    Outcome::Configured
                }
            }
            _ => {
                self.create(name);
                if recreated {
                    Outcome::Recreated
                } else {
                    Outcome::Created
                }
            }
        };
        let is_hook = plan.tasks[task].is_hook();
        let object = self.objects.get_mut(name).expect("it was applied");
        object.held |= is_hook;
        let live = self.see(name);
        self.done.insert(task, is_healthy(&live));
        let warnings = Vec::new();
        Ok(Answered::Applied {
            outcome,
            live,
            warnings,
        })
    }

    fn create(&mut self, name: &str) {
        if self.objects.contains_key(name) {
            let live = self.see(name);
            self.former.insert(name.to_owned(), live);
        }
        self.versions += 1;
        let number = self.creations.entry(name.to_owned()).or_default();
        *number += 1;
        let object = Existing {
            uid: format!("{name}-{number}"),
            wanted: true,
            version: self.versions,
            held: false,
            deleting: false,
            looks: 0,
            lingers: self.things[name].lingers,
        };
        self.objects.insert(name.to_owned(), object);
    }

    fn delete(&mut self, name: &str, uid: Option<&str>) -> Result<Answered, Refusal> {
        let Some(object) = self.objects.get_mut(name) else {
            return refuse(name, Reason::NotFound);
        };
        if uid.is_some_and(|uid| uid != object.uid) {
            return refuse(name, Reason::Conflict);
        }
        object.deleting = true;
        self.sweep(name);
        Ok(Answered::Done)
    }

    /// Takes away what is deleted and held by nothing.
    fn sweep(&mut self, name: &str) {
        let gone = |object: &Existing| object.deleting && !object.held && object.lingers == 0;
        if self.objects.get(name).is_some_and(gone) {
            let live = self.see(name);
            self.former.insert(name.to_owned(), live);
            self.objects.remove(name);
        }
    }

    /// Looks at what is awaited; some looks are lost, some show what was before.
    pub(super) fn look(
        &mut self,
        awaited: &[Awaited],
        plan: &Plan,
        random: &mut Random,
    ) -> Vec<Sighting> {
        let mut sightings = Vec::new();
        for awaited in awaited {
            let name = &awaited.object.name;
            if random.one_in(8) {
                continue;
            }
            if let Some(refusal) = self.hides(name) {
                sightings.push(Sighting {
                    task: awaited.task,
                    sight: Sight::Unreadable(refusal),
                });
                continue;
            }
            if random.one_in(8)
                && let Some(former) = self.former.get(name)
                && self.objects.contains_key(name)
                && plan.tasks[awaited.task].is_hook()
            {
                let sight = Sight::Live(former.clone());
                sightings.push(Sighting {
                    task: awaited.task,
                    sight,
                });
                continue;
            }
            sightings.push(Sighting {
                task: awaited.task,
                sight: self.look_at(awaited.task, name),
            });
        }
        sightings
    }

    /// Why an object cannot be looked at this time.
    fn hides(&mut self, name: &str) -> Option<Refusal> {
        let Fault::Hidden { times, reason } = &mut self.things.get_mut(name)?.fault else {
            return None;
        };
        if *times == 0 {
            return None;
        }
        if *times < ALWAYS {
            *times -= 1;
        }
        let reason = *reason;
        refuse(name, reason).err()
    }

    fn look_at(&mut self, task: usize, name: &str) -> Sight {
        let Some(object) = self.objects.get_mut(name) else {
            return Sight::Gone;
        };
        object.looks = object.looks.saturating_add(1);
        if object.deleting && !object.held {
            object.lingers = object.lingers.saturating_sub(1);
        }
        let live = self.see(name);
        if is_healthy(&live)
            && let Some(done) = self.done.get_mut(&task)
        {
            *done = true;
        }
        self.sweep(name);
        Sight::Live(live)
    }

    fn see(&self, name: &str) -> Live {
        let object = &self.objects[name];
        let status = match self.things[name].fate {
            Fate::Plain => None,
            Fate::Healthy(after) if object.looks >= after => Some(HealthStatus::Healthy),
            Fate::Degraded(after) if object.looks >= after => Some(HealthStatus::Degraded),
            _ => Some(HealthStatus::Progressing),
        };
        Live {
            uid: object.uid.clone(),
            resource_version: object.version.to_string(),
            generation: Some(i64::try_from(object.version).unwrap()),
            observed_generation: Some(i64::try_from(object.version).unwrap()),
            deleting: object.deleting,
            held: object.held,
            health: status.map(|status| Ok(Health::new(status, ""))),
        }
    }

    /// A later wave never starts before an earlier one is where it should be.
    fn check_order(&mut self, task: usize, plan: &Plan) {
        let step = plan.tasks[task].step();
        if !is_regular(step.0) {
            return;
        }
        for (earlier, planned) in plan.tasks.iter().enumerate().take(task) {
            let name = &planned.object.name;
            let applies = planned.apply().is_some();
            let healthy = self.done.get(&earlier).copied().unwrap_or(false)
                || matches!(self.things[name].fate, Fate::Plain | Fate::Healthy(0));
            if planned.step() < step && applies && !(self.done.contains_key(&earlier) && healthy) {
                self.violations
                    .push(format!("task {task} before {earlier}: {planned}"));
            }
        }
    }

    /// Only what left the sources, and hooks, are deleted.
    fn check_deletion(&mut self, task: usize, name: &str, plan: &Plan) {
        let planned = &plan.tasks[task];
        let may_go = match &planned.action {
            Action::Prune { .. } => self
                .objects
                .get(name)
                .is_none_or(|object| object.uid.starts_with("former-")),
            Action::RunHook { .. } => true,
            _ => false,
        };
        if !may_go {
            self.violations.push(format!("deletes {planned}"));
        }
    }

    /// Which law a run has broken.
    pub(super) fn broken(&self, plan: &Plan) -> Option<String> {
        if !self.violations.is_empty() {
            return Some(self.violations.join("\n"));
        }
        let is_hopeless = |name: &str| {
            let thing = &self.things[name];
            matches!(thing.fate, Fate::Degraded(_)) || thing.fault.forbids_applies()
        };
        let pre_sync_fails = plan
            .tasks
            .iter()
            .any(|task| task.phase == Phase::PreSync && is_hopeless(&task.object.name));
        let touched = |task: &usize| plan.tasks[*task].phase == Phase::Sync;
        if pre_sync_fails && self.done.keys().chain(&self.pruned).any(touched) {
            return Some("applied after a failed PreSync".into());
        }
        self.things
            .iter()
            .find_map(|(name, thing)| self.repeated(name, thing, plan))
    }

    /// Nothing is created twice, but hooks once a phase.
    fn repeated(&self, name: &str, thing: &Thing, plan: &Plan) -> Option<String> {
        let is_hook = thing
            .target
            .as_deref()
            .is_some_and(gitops_core::hook::is_hook);
        let phases = plan.tasks.iter().filter(|task| task.object.name == name);
        let most = if is_hook { phases.count() } else { 1 };
        let creations = self.creations.get(name).copied().unwrap_or(0);
        let too_many = usize::try_from(creations).is_ok_and(|creations| creations > most);
        too_many.then(|| format!("{name} was created {creations} times"))
    }

    /// Whether what is waited for cannot happen any more.
    pub(super) fn is_stuck(&self, waiting: &Waiting, plan: &Plan) -> bool {
        waiting.tasks.iter().any(|task| {
            let name = &plan.tasks[*task].object.name;
            let Thing { fate, fault, .. } = self.things[name];
            if fault.hides_for_ever() {
                return true;
            }
            match waiting.wait {
                Wait::Deletion => fault.denies_that_it_exists(),
                Wait::Health | Wait::Completion => {
                    fate == Fate::Stuck
                        || self.objects.get(name).is_some_and(|object| object.deleting)
                }
                _ => false,
            }
        })
    }

    /// What there is, but for what only has to go.
    pub(super) fn objects(&self) -> Vec<String> {
        self.objects
            .iter()
            .filter(|(_, object)| !object.deleting)
            .map(|(name, object)| {
                let Existing {
                    uid, wanted, held, ..
                } = object;
                format!("{name} {uid} wanted={wanted} held={held}")
            })
            .collect()
    }

    pub(super) fn hooks_run(&self) -> Vec<(String, u32)> {
        let creations = self.creations.iter();
        creations
            .map(|(name, count)| (name.clone(), *count))
            .collect()
    }
}
