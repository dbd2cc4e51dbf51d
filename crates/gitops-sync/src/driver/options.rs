//! How an operation is carried out.

use std::time::Duration;

/// How an operation is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How many calls are under way at once.
    pub concurrency: usize,
    /// The wait before the second look at what is awaited; the first is taken at once.
    pub first_poll: Duration,
    /// The longest wait between looks.
    pub longest_poll: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: 20,
            first_poll: Duration::from_millis(50),
            longest_poll: Duration::from_secs(2),
        }
    }
}

impl Options {
    /// Sets how many calls are under way at once; at least one.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.max(1);
        self
    }

    /// Sets the waits between looks at what is awaited.
    #[must_use]
    pub fn polls(mut self, first: Duration, longest: Duration) -> Self {
        self.first_poll = first;
        self.longest_poll = longest;
        self
    }

    pub(super) fn backoff(&self) -> Backoff {
        Backoff {
            next: Duration::ZERO,
            first: self.first_poll,
            longest: self.longest_poll,
        }
    }
}

/// Waits that grow by half from one to the next.
pub(super) struct Backoff {
    next: Duration,
    first: Duration,
    longest: Duration,
}

impl Backoff {
    pub(super) fn next_wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait + wait / 2).max(self.first).min(self.longest);
        wait
    }
}
