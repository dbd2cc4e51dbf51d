//! How long and how often an operation tries.

use std::time::Duration;

use gitops_core::apply::Reason;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::step::Refusal;

/// How long and how often an operation tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Limits {
    /// How often a call that failed for want of the cluster is made again.
    pub retries: u32,
    /// The wait before the first retry; it doubles with every further one.
    pub first_wait: Duration,
    /// The longest wait between retries, also where the cluster asks for more.
    pub longest_wait: Duration,
    /// How long a changed custom resource is given to notice, where its status
    /// does not say which generation it speaks of.
    pub settle: Duration,
    /// How long an object may take to become healthy; `None` for ever.
    pub wave_timeout: Option<Duration>,
    /// How long a hook may take; `None` for ever.
    pub hook_timeout: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            retries: 10,
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(5),
            settle: Duration::from_secs(2),
            wave_timeout: None,
            hook_timeout: None,
        }
    }
}

impl Limits {
    /// Sets how often a call is made again.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Sets how long an object may take to become healthy.
    #[must_use]
    pub fn wave_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.wave_timeout = timeout;
        self
    }

    /// Sets how long a hook may take.
    #[must_use]
    pub fn hook_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.hook_timeout = timeout;
        self
    }

    /// Sets how long a changed custom resource is given to notice.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// How long to wait before a call is made for the `tries`th time again.
    pub(super) fn wait(&self, tries: u32, refusal: &Refusal) -> Duration {
        let doubled = 1_u32
            .checked_shl(tries.saturating_sub(1))
            .unwrap_or(u32::MAX);
        self.first_wait
            .saturating_mul(doubled)
            .max(refusal.retry_after.unwrap_or_default())
            .min(self.longest_wait)
    }
}

/// Whether the same call may succeed later. A kind that is only being defined is
/// served shortly after.
pub(super) fn is_retryable(refusal: &Refusal, defines_kind: bool) -> bool {
    match refusal.reason {
        Reason::TooManyRequests | Reason::Timeout | Reason::Unavailable | Reason::Conflict => true,
        Reason::UnknownKind => defines_kind,
        _ => false,
    }
}

/// A moment later than another; the last there is where it would be past it.
pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| now.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}
