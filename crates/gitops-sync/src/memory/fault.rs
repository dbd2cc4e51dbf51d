//! Faults for tests: an [`Applier`] that fails when it is told to.
//!
//! [`Faulty`] stands before any applier and asks its [`Rule`]s at every call.
//! The same rules give the same faults in every run.
//!
//! ```
//! use gitops_core::apply::{Applier, ApplyOptions, Reason};
//! use gitops_core::Object;
//! use gitops_sync::memory::Cluster;
//! use gitops_sync::memory::fault::{Fault, Faulty, Rule, Verb};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let second = Rule::new(Fault::Error(Reason::Unavailable)).verb(Verb::Apply).nth(2);
//! let cluster = Faulty::new(Cluster::new()).rule(second);
//! let config = Object::new(json!({
//!     "apiVersion": "v1",
//!     "kind": "ConfigMap",
//!     "metadata": {"name": "config", "namespace": "default"},
//! }))?;
//! let options = ApplyOptions::default();
//! assert!(cluster.apply(&config, &options).await.is_ok());
//! assert!(cluster.apply(&config, &options).await.unwrap_err().is_retryable());
//! assert!(cluster.apply(&config, &options).await.is_ok());
//! # Ok(())
//! # }
//! ```

mod rule;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions, Reason,
    WatchStream,
};
use gitops_core::schema::Types;
use gitops_core::{Discovery, GroupVersionKind, Object, ObjectRef};
use tokio::time::sleep;

pub use rule::Rule;

/// What is asked of an applier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// [`Applier::discover`] and [`Applier::types`].
    Discover,
    /// [`Applier::get`].
    Get,
    /// [`Applier::list`].
    List,
    /// [`Applier::watch`].
    Watch,
    /// [`Applier::apply`].
    Apply,
    /// [`Applier::patch`].
    Patch,
    /// [`Applier::delete`].
    Delete,
}

/// One call of an applier.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// What is asked.
    pub verb: Verb,
    /// Of which kind; empty where the call is about none.
    pub kind: String,
    /// In which namespace; empty where the call is about none.
    pub namespace: String,
    /// Of which object; empty where the call is about none.
    pub name: String,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The call is refused, and nothing happens.
    Error(Reason),
    /// The cluster asks to slow down and says for how long.
    TooManyRequests(Duration),
    /// The call happens, and its answer is lost on the way: it ends as
    /// [`Reason::Timeout`].
    AnswerLost,
    /// The call happens, later.
    Delay(Duration),
    /// The watch is closed by the server after so many events.
    WatchClosed(usize),
    /// The watch ends as [`Reason::Expired`] after so many events.
    WatchExpired(usize),
}

/// An applier with faults.
#[derive(Debug)]
pub struct Faulty<A> {
    inner: A,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    calls: Vec<Call>,
}

impl<A> Faulty<A> {
    /// Before `inner`, and without a fault yet.
    pub fn new(inner: A) -> Self {
        let state = Mutex::default();
        Self { inner, state }
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(self, rule: Rule) -> Self {
        self.add(rule);
        self
    }

    /// Adds a rule while the applier is in use.
    pub fn add(&self, rule: Rule) {
        self.state().rules.push(rule);
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.state().rules.clear();
    }

    /// The applier without faults.
    pub fn inner(&self) -> &A {
        &self.inner
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Rules and calls are whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong with this call, by the rules in their order.
    fn faults(&self, call: Call) -> Vec<Fault> {
        let mut state = self.state();
        let faults = state.rules.iter_mut().filter_map(|rule| rule.fault(&call));
        let faults = faults.collect();
        state.calls.push(call);
        faults
    }

    /// Waits or fails as the rules say.
    async fn before(&self, call: Call) -> Result<Met, Error> {
        let mut met = Met::default();
        for fault in self.faults(call) {
            match fault {
                Fault::Error(reason) => return Err(Error::new(reason, "injected fault")),
                Fault::TooManyRequests(wait) => {
                    let error = Error::new(Reason::TooManyRequests, "injected fault");
                    return Err(error.retry_after(Some(wait)));
                }
                Fault::Delay(wait) => sleep(wait).await,
                Fault::AnswerLost => met.answer_lost = true,
                Fault::WatchClosed(events) => met.end = Some((events, stream::End::Closed)),
                Fault::WatchExpired(events) => met.end = Some((events, stream::End::Expired)),
            }
        }
        Ok(met)
    }
}

/// What goes wrong with a call that happens.
#[derive(Default)]
struct Met {
    answer_lost: bool,
    /// How a watch ends, and after how many events.
    end: Option<(usize, stream::End)>,
}

impl Met {
    fn pass<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if self.answer_lost {
            return Err(Error::new(Reason::Timeout, "injected fault: answer lost"));
        }
        result
    }
}

impl Call {
    fn new(verb: Verb) -> Self {
        Self {
            verb,
            kind: String::new(),
            namespace: String::new(),
            name: String::new(),
        }
    }

    fn of_kind(verb: Verb, kind: &GroupVersionKind, namespace: Option<&str>) -> Self {
        Self {
            kind: kind.kind.clone(),
            namespace: namespace.unwrap_or_default().into(),
            ..Self::new(verb)
        }
    }

    fn of(verb: Verb, object: &ObjectRef) -> Self {
        Self {
            name: object.name.clone(),
            ..Self::of_kind(verb, &object.kind, object.namespace.as_deref())
        }
    }
}

#[async_trait]
impl<A: Applier> Applier for Faulty<A> {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        let met = self.before(Call::new(Verb::Discover)).await?;
        met.pass(self.inner.discover().await)
    }

    async fn types(&self, kinds: &[GroupVersionKind]) -> Result<Arc<Types>, Error> {
        let met = self.before(Call::new(Verb::Discover)).await?;
        met.pass(self.inner.types(kinds).await)
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        let met = self.before(Call::of(Verb::Get, object)).await?;
        met.pass(self.inner.get(object).await)
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        let call = Call::of_kind(Verb::List, kind, namespace);
        let met = self.before(call).await?;
        met.pass(self.inner.list(kind, namespace).await)
    }

    async fn watch(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
        since: &str,
    ) -> Result<WatchStream, Error> {
        let call = Call::of_kind(Verb::Watch, kind, namespace);
        let met = self.before(call).await?;
        let events = met.pass(self.inner.watch(kind, namespace, since).await)?;
        Ok(match met.end {
            Some((count, end)) => stream::ended(events, count, end),
            None => events,
        })
    }

    async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
        let call = Call::of(Verb::Apply, &object.reference());
        let met = self.before(call).await?;
        met.pass(self.inner.apply(object, options).await)
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error> {
        let met = self.before(Call::of(Verb::Patch, object)).await?;
        met.pass(self.inner.patch(object, patch, options).await)
    }

    async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<(), Error> {
        let met = self.before(Call::of(Verb::Delete, object)).await?;
        met.pass(self.inner.delete(object, options).await)
    }
}
