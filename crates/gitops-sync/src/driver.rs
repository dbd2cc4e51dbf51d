//! Carries an operation out.
//!
//! [`drive`] asks the [`Operation`] for steps, makes them through an [`Applier`]
//! and tells the operation what came of them, until it has ended. An
//! [`Observer`] is told what happens, stores the operation between steps and may
//! end it early. Dropping the future stops at once; the operation then knows
//! everything but the answers to the calls that were under way, and another
//! [`drive`] goes on from there.

mod call;
mod clock;
mod event;
mod look;
mod options;

use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;
use gitops_core::{Applier, HealthCheck};

use crate::machine::{Answer, Answered, Observed, Operation, OperationPhase, Step};
use clock::Clock;

pub use event::{Event, Observer, Silent};
pub use options::Options;

/// Why an operation was not carried on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operation could not be stored, so its next steps were not made.
    #[error("operation could not be stored")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Carries an operation out until it has ended.
///
/// How it ended is in the operation, also when that is badly.
///
/// # Errors
///
/// When the observer cannot store the operation.
pub async fn drive(
    operation: &mut Operation,
    cluster: &dyn Applier,
    health: &dyn HealthCheck,
    observer: &dyn Observer,
    options: &Options,
) -> Result<(), Error> {
    let world = World {
        cluster,
        health,
        observer,
        options,
    };
    let clock = Clock::start();
    let mut told = event::Told::default();
    let mut polls = options.backoff();
    let mut seen = Observed::default();
    loop {
        seen.approved_at = observer.approved_at();
        let steps = operation.advance(&seen, clock.now());
        // What is told is stored already, so that whoever acts on it may stop the work.
        observer.store(operation).await.map_err(Error::Store)?;
        told.tell(operation, observer);
        if operation.phase().is_completed() {
            return Ok(());
        }
        seen = Observed::default();
        if steps.is_empty() {
            world.pause(operation, &clock, polls.next_wait()).await;
            seen.sightings = look::look(operation, cluster, health, options.concurrency).await;
        } else {
            polls = options.backoff();
            seen.answers = world.carry_out(operation, steps).await;
        }
    }
}

/// What an operation is carried out with.
struct World<'a> {
    cluster: &'a dyn Applier,
    health: &'a dyn HealthCheck,
    observer: &'a dyn Observer,
    options: &'a Options,
}

impl World<'_> {
    /// Waits before the next look, but no longer than until something is due.
    async fn pause(&self, operation: &mut Operation, clock: &Clock, wait: std::time::Duration) {
        let due = operation.wake_at(clock.now());
        let wait = due.map_or(wait, |due| wait.min(clock.until(due)));
        tokio::select! {
            biased;
            () = self.observer.terminated(), if is_running(operation) => operation.terminate(),
            () = tokio::time::sleep(wait) => {}
        }
    }

    /// Makes all calls, some at a time. When the operation is to end early, calls
    /// that were not begun are not made.
    async fn carry_out(&self, operation: &mut Operation, steps: Vec<Step>) -> Vec<Answer> {
        let stopping = AtomicBool::new(false);
        let calls = steps.into_iter().map(|step| self.answer(step, &stopping));
        let mut calls = futures::stream::iter(calls).buffer_unordered(self.options.concurrency);
        let mut answers = Vec::new();
        loop {
            let next = tokio::select! {
                biased;
                () = self.observer.terminated(), if is_running(operation) => {
                    stopping.store(true, Ordering::Relaxed);
                    operation.terminate();
                    continue;
                }
                next = calls.next() => next,
            };
            let Some(answer) = next else { break };
            answers.push(answer);
        }
        drop(calls);
        // In the order of the plan, so that the outcome does not depend on who answered first.
        answers.sort_by_key(|answer| answer.task);
        answers
    }

    async fn answer(&self, step: Step, stopping: &AtomicBool) -> Answer {
        let (task, ask) = (step.task, step.call.ask());
        if stopping.load(Ordering::Relaxed) {
            let result = Ok(Answered::NotMade);
            return Answer { task, ask, result };
        }
        self.observer.event(Event::StepStarted { task, ask });
        let result = call::make(step.call, self.cluster, self.health).await;
        let refusal = result.as_ref().err().cloned();
        self.observer
            .event(Event::StepFinished { task, ask, refusal });
        Answer { task, ask, result }
    }
}

/// Whether it can still be ended early.
fn is_running(operation: &Operation) -> bool {
    operation.phase() == OperationPhase::Running
}

#[cfg(test)]
mod tests;
