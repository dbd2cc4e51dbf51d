//! Decisions about an Application: whether to sync it, try again, go back, delete.
//!
//! Each is a pure function of what is known, with the time as an argument, and
//! returns its reason. Nothing is done here; an engine acts on the answers.

mod automated;
mod deletion;
mod duration;
mod history;
mod request;
mod retry;

pub use automated::{Automated, Facts, HealBackoff, Skip, automated};
pub use deletion::{
    DeletionFacts, DeletionHook, DeletionStep, Hindrance, approved_at, delete, finalizers,
    needs_approval,
};
pub use history::{DEFAULT_HISTORY_LIMIT, record};
pub use request::{Refused, refuse_local, request, rollback};
pub use retry::{Retried, retry, times_out};

#[cfg(test)]
mod tests;
