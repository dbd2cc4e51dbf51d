//! Whether a failed operation is tried again, and when.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::duration;
use crate::api::{OperationPhase, OperationState, Retry};

const FIRST_WAIT: Duration = Duration::from_secs(5);
const FACTOR: i64 = 2;
const LONGEST_WAIT: Duration = Duration::from_mins(3);

/// What follows a failed operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Retried {
    /// It is tried again.
    Again {
        /// When.
        at: Timestamp,
        /// Which retry it is, from 1.
        count: i64,
        /// What the operation's state says meanwhile.
        message: String,
    },
    /// It stays as it ended, with a message that says how often it was tried.
    Ended(String),
    /// It ends as an error, because the policy cannot be read.
    Unreadable(String),
}

/// Decides whether the operation in `state`, which has ended otherwise than it
/// should, is tried again. One that was terminated never is.
pub fn retry(state: &OperationState, terminated: bool, now: Timestamp) -> Retried {
    let policy = &state.operation.retry;
    let message = &state.message;
    let count = state.retry_count;
    let retryable = state.phase.is_unsuccessful() && !terminated;
    if !retryable || (policy.limit >= 0 && count >= policy.limit) {
        return Retried::Ended(match count {
            1.. if state.phase.is_unsuccessful() => format!("{message} (retried {count} times)."),
            _ => message.clone(),
        });
    }
    let wait = match wait(policy, count) {
        Ok(wait) => wait,
        Err(text) => {
            let why = format!("failed to retry: unable to parse {text} as a duration");
            return Retried::Unreadable(format!("{message} ({why})"));
        }
    };
    let at = SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| now.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX);
    let count = count.saturating_add(1);
    let clock = at.strftime("%-I:%M%p");
    Retried::Again {
        at,
        count,
        message: format!("{message}. Retrying attempt #{count} at {clock}."),
    }
}

/// The wait before the retry that follows `count` others.
fn wait(policy: &Retry, count: i64) -> Result<Duration, &str> {
    let Some(backoff) = &policy.backoff else {
        return Ok(grown(FIRST_WAIT, FACTOR, LONGEST_WAIT, count));
    };
    let read = |text: &'_ str, default| match text {
        "" => Some(default),
        text => duration::parse(text),
    };
    let first = read(&backoff.duration, FIRST_WAIT).ok_or(backoff.duration.as_str())?;
    let longest = read(&backoff.max_duration, LONGEST_WAIT).ok_or(backoff.max_duration.as_str())?;
    let factor = backoff.factor.unwrap_or(FACTOR);
    Ok(grown(first, factor, longest, count))
}

/// `first` times `factor` as often as `count` says, up to `longest`; none where that is zero.
fn grown(first: Duration, factor: i64, longest: Duration, count: i64) -> Duration {
    let factor = u32::try_from(factor).unwrap_or(0);
    let power = u32::try_from(count).unwrap_or(u32::MAX);
    let wait = first.saturating_mul(factor.saturating_pow(power));
    if longest.is_zero() {
        return wait;
    }
    wait.min(longest)
}

/// Whether a running operation takes longer than allowed, all its tries together.
pub fn times_out(state: &OperationState, limit: Option<Duration>, now: Timestamp) -> bool {
    let (Some(limit), Some(started_at)) = (limit, state.started_at) else {
        return false;
    };
    let running = state.phase == OperationPhase::Running;
    running && !limit.is_zero() && now.duration_since(started_at).unsigned_abs() > limit
}
