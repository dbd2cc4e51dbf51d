//! The time of day, moved on by tokio's clock so that tests can pause it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

pub(super) struct Clock {
    began: Timestamp,
    at: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            began: Timestamp::now(),
            at: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        SignedDuration::try_from(self.at.elapsed())
            .ok()
            .and_then(|elapsed| self.began.checked_add(elapsed).ok())
            .unwrap_or(Timestamp::MAX)
    }

    /// How long it is until `moment`; nothing when it has passed.
    pub(super) fn until(&self, moment: Timestamp) -> Duration {
        let left = moment.duration_since(self.now());
        Duration::try_from(left).unwrap_or_default()
    }
}
