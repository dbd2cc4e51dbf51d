//! What happens while an operation is carried out, and who is told.

use async_trait::async_trait;
use gitops_core::plan::Phase;
use jiff::Timestamp;

use crate::machine::{Ask, Operation, OperationPhase, Refusal, TaskResult};

/// Something that happened while an operation was carried out.
///
/// A task is named by its place in [`Plan::tasks`](gitops_core::plan::Plan::tasks).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A wave has begun.
    Wave {
        /// Its phase.
        phase: Phase,
        /// Its number.
        number: i64,
    },
    /// A call is being made.
    StepStarted {
        /// The task.
        task: usize,
        /// The call.
        ask: Ask,
    },
    /// A call was answered.
    StepFinished {
        /// The task.
        task: usize,
        /// The call.
        ask: Ask,
        /// Why it failed, if it did; it may be made again.
        refusal: Option<Refusal>,
    },
    /// An object's result is new or has changed.
    Result(TaskResult),
    /// The operation waits, as the message says.
    Waiting {
        /// Such as `waiting for completion of hook batch/Job/migrate`.
        message: String,
    },
    /// The operation has ended.
    Ended {
        /// How.
        phase: OperationPhase,
        /// Why.
        message: String,
    },
}

/// Follows an operation that is carried out.
///
/// Every method has a default, which does nothing. [`Silent`] is an observer
/// with these only; a closure over [`Event`]s is one too.
#[async_trait]
pub trait Observer: Send + Sync {
    /// Is told what happens.
    fn event(&self, event: Event) {
        let _ = event;
    }

    /// Stores the operation before its next steps are made.
    ///
    /// # Errors
    ///
    /// When it could not be stored; the steps are then not made.
    async fn store(
        &self,
        operation: &Operation,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let _ = operation;
        Ok(())
    }

    /// When a person last confirmed that objects of the application are deleted.
    fn approved_at(&self) -> Option<Timestamp> {
        None
    }

    /// Returns when the operation is to end early; it may be asked again and again.
    async fn terminated(&self) {
        std::future::pending::<()>().await;
    }
}

/// Follows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

impl<F: Fn(Event) + Send + Sync> Observer for F {
    fn event(&self, event: Event) {
        self(event);
    }
}

/// What an observer knows, so that it is told only what changed.
#[derive(Default)]
pub(super) struct Told {
    wave: Option<(Phase, i64)>,
    results: Vec<TaskResult>,
    waiting: String,
}

impl Told {
    pub(super) fn tell(&mut self, operation: &Operation, observer: &dyn Observer) {
        for (place, result) in operation.results().iter().enumerate() {
            match self.results.get_mut(place) {
                Some(known) if known == result => continue,
                Some(known) => known.clone_from(result),
                None => self.results.push(result.clone()),
            }
            observer.event(Event::Result(result.clone()));
        }
        if let Some(wave) = operation.wave()
            && self.wave != Some(wave)
        {
            self.wave = Some(wave);
            let (phase, number) = wave;
            observer.event(Event::Wave { phase, number });
        }
        if operation.phase().is_completed() {
            observer.event(Event::Ended {
                phase: operation.phase(),
                message: operation.message().to_owned(),
            });
        } else if operation.waiting().is_some() && self.waiting != operation.message() {
            operation.message().clone_into(&mut self.waiting);
            let message = self.waiting.clone();
            observer.event(Event::Waiting { message });
        }
    }
}
