//! An operation from its beginning, or from where it was left, to its end.

use std::borrow::Cow;

use async_trait::async_trait;
use gitops_core::ObjectRef;
use gitops_core::api::{self, Application, OperationPhase, OperationState, SyncOperation};
use gitops_core::decide::{Retried, approved_at, retry};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep, sleep_until};

use super::run::Events;
use super::{
    Attempt, Engine, Error, Event, Ongoing, Refreshed, Report, StoreError, refresh, report, sync,
};
use crate::driver::{self, Observer, drive};
use crate::machine::Operation;

/// What an operation ends with that took too long.
const TIMED_OUT: &str = "Operation terminated, triggered by controller sync timeout";

/// Carries operations of one Application out.
pub(super) struct Operator<'a> {
    pub(super) engine: &'a Engine,
    pub(super) application: &'a Application,
    pub(super) events: &'a Events,
}

impl Operator<'_> {
    /// The operation that was left unfinished, if one was.
    pub(super) async fn left_over(&self) -> Result<Option<Ongoing>, Error> {
        let left = self.engine.operations.load(self.application).await;
        left.map_err(|error| Error::store("read", error))
    }

    /// Finishes what was left.
    pub(super) async fn resume(&self, left: Ongoing) -> Result<Report, Error> {
        self.events.send(Event::Resumed {
            message: left.operation.message().to_owned(),
        });
        Box::pin(self.finish(left)).await
    }

    /// Ends what was left, so that something else can begin.
    pub(super) async fn give_up(&self, mut left: Ongoing) -> Result<(), Error> {
        self.events.send(Event::Warning(
            "an operation that was left unfinished is terminated".into(),
        ));
        left.operation.terminate();
        self.carry_out(&mut left, &Events::unheard()).await?;
        self.forget().await
    }

    /// Carries an operation out, again after it failed where that is asked for,
    /// and looks at what came of it.
    pub(super) async fn finish(&self, mut ongoing: Ongoing) -> Result<Report, Error> {
        loop {
            let is_late = self.carry_out(&mut ongoing, self.events).await?;
            let terminated = is_late || self.events.is_terminated();
            let found = self.look(&ongoing.attempt.asked).await?;
            let mut state = report::state(self.application, &ongoing, &found);
            if is_late {
                TIMED_OUT.clone_into(&mut state.message);
            }
            match retry(&state, terminated, Timestamp::now()) {
                Retried::Again { at, count, .. } if !self.events.is_terminated() => {
                    let next = self.try_again(ongoing, state, at, count);
                    ongoing = Box::pin(next).await?;
                }
                Retried::Again { .. } => return self.end(ongoing, state, found).await,
                Retried::Ended(message) => {
                    state.message = message;
                    return self.end(ongoing, state, found).await;
                }
                Retried::Unreadable(message) => {
                    state.phase = OperationPhase::Error;
                    state.message = message;
                    return self.end(ongoing, state, found).await;
                }
            }
        }
    }

    async fn end(
        &self,
        ongoing: Ongoing,
        state: OperationState,
        found: Refreshed,
    ) -> Result<Report, Error> {
        self.forget().await?;
        self.events.send(found.verdict());
        Ok(Report::synced(
            self.application,
            ongoing.operation,
            state,
            found,
        ))
    }

    async fn forget(&self) -> Result<(), Error> {
        let forgotten = self.engine.operations.remove(self.application).await;
        forgotten.map_err(|error| Error::store("forget", error))
    }

    async fn look(&self, asked: &api::Operation) -> Result<Refreshed, Error> {
        let wanted = asked.sync.clone().unwrap_or_default();
        let application = with_namespace_of(self.application, &wanted);
        refresh::refresh(self.engine, &application, &wanted, &Events::unheard()).await
    }

    /// Waits until it is time, and begins anew with what is live then.
    async fn try_again(
        &self,
        failed: Ongoing,
        state: OperationState,
        at: Timestamp,
        count: i64,
    ) -> Result<Ongoing, Error> {
        self.events.send(Event::Retrying {
            at,
            attempt: count,
            message: state.message,
        });
        let wait = at
            .duration_since(Timestamp::now())
            .max(SignedDuration::ZERO);
        tokio::select! {
            () = sleep(wait.unsigned_abs()) => {}
            // The next attempt ends before it has begun.
            () = self.events.terminated() => {}
        }
        let Attempt {
            mut asked,
            started_at,
            ..
        } = failed.attempt;
        if asked.retry.refresh
            && let Some(sync) = &mut asked.sync
        {
            sync.revision.clear();
            sync.revisions.clear();
        }
        let found = self.look(&asked).await?;
        let mut next = self.begin(asked, &found, started_at).await?;
        next.attempt.retries = count;
        Ok(next)
    }

    /// An operation that syncs what was found.
    pub(super) async fn begin(
        &self,
        mut asked: api::Operation,
        found: &Refreshed,
        started_at: Timestamp,
    ) -> Result<Ongoing, Error> {
        let operation = asked.sync.take().unwrap_or_default();
        let operation = sync::with_defaults(operation, self.application);
        let plan = sync::plan(self.engine, self.application, &operation, found, started_at).await?;
        asked.sync = Some(sync::pinned(&operation, found));
        let limits = self.engine.settings.limits.clone();
        Ok(Ongoing {
            attempt: Attempt {
                asked,
                started_at,
                retries: 0,
            },
            operation: Operation::with_limits(plan, limits),
        })
    }

    /// Drives the operation to its end; returns whether it was ended for taking
    /// too long.
    async fn carry_out(&self, ongoing: &mut Ongoing, events: &Events) -> Result<bool, Error> {
        let Ongoing { attempt, operation } = ongoing;
        let deadline = self.engine.settings.sync_timeout.and_then(|limit| {
            let spent = Timestamp::now().duration_since(attempt.started_at);
            let left = limit.saturating_sub(spent.max(SignedDuration::ZERO).unsigned_abs());
            Instant::now().checked_add(left)
        });
        let tasks = &operation.plan().tasks;
        let follower = Follower {
            operator: self,
            events,
            objects: tasks.iter().map(|task| task.object.clone()).collect(),
            attempt,
            deadline,
        };
        let options = driver::Options::default();
        let health = self.engine.health.as_ref();
        let cluster = self.engine.cluster.as_ref();
        let driven = drive(operation, cluster, health, &follower, &options).await;
        driven.map_err(|driver::Error::Store(error)| Error::store("store", error))?;
        let failed = operation.phase() != OperationPhase::Succeeded;
        Ok(failed && deadline.is_some_and(|deadline| deadline <= Instant::now()))
    }
}

/// The Application with the destination namespace that an operation has seen to.
fn with_namespace_of<'a>(
    application: &'a Application,
    operation: &SyncOperation,
) -> Cow<'a, Application> {
    if operation.dry_run || !application.has_changed_namespace() {
        return Cow::Borrowed(application);
    }
    let mut application = application.clone();
    let managed = application.managed_namespace().cloned();
    let state = application.status.operation_state.as_mut();
    if let Some(result) = state.and_then(|state| state.sync_result.as_mut()) {
        result.managed_namespace_metadata = managed;
    }
    Cow::Owned(application)
}

/// Tells what happens to an operation, keeps it, and ends it when it shall end.
struct Follower<'a> {
    operator: &'a Operator<'a>,
    events: &'a Events,
    /// The objects of the plan's tasks.
    objects: Vec<ObjectRef>,
    attempt: &'a Attempt,
    deadline: Option<Instant>,
}

#[async_trait]
impl Observer for Follower<'_> {
    fn event(&self, event: driver::Event) {
        if let Some(event) = Event::of(event, &self.objects) {
            self.events.send(event);
        }
    }

    async fn store(&self, operation: &Operation) -> Result<(), StoreError> {
        let ongoing = Ongoing {
            attempt: self.attempt.clone(),
            operation: operation.clone(),
        };
        let Operator {
            engine,
            application,
            ..
        } = self.operator;
        engine.operations.save(application, &ongoing).await
    }

    fn approved_at(&self) -> Option<Timestamp> {
        approved_at(self.operator.application)
    }

    async fn terminated(&self) {
        let too_late = async {
            match self.deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.events.terminated() => {}
            () = too_late => {}
        }
    }
}
