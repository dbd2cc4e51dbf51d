//! What one run of a script may use.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pattern;

/// Bounds on one run of a script.
///
/// A run that reaches one of them ends with an error, whatever the script does
/// to catch it, and leaves nothing behind for the next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Wall time; one second, as in Argo CD.
    pub time: Duration,
    /// Instructions of the virtual machine and steps of patterns.
    pub instructions: u64,
    /// Bytes of memory that a virtual machine may hold.
    pub memory: usize,
    /// Bytes of a script's source.
    pub source: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(1),
            instructions: 200_000_000,
            memory: 64 << 20,
            source: 1 << 20,
        }
    }
}

impl Limits {
    /// The wall time of one run.
    #[must_use]
    pub fn time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// The instructions of one run.
    #[must_use]
    pub fn instructions(mut self, instructions: u64) -> Self {
        self.instructions = instructions;
        self
    }

    /// The memory of one virtual machine, in bytes.
    #[must_use]
    pub fn memory(mut self, memory: usize) -> Self {
        self.memory = memory;
        self
    }
}

/// Counts one run down. Shared between a virtual machine and its hook.
#[derive(Debug)]
pub(super) struct Budget {
    start: Instant,
    deadline: AtomicU64,
    instructions: AtomicU64,
    expired: AtomicBool,
    /// Why the run was ended, with the line.
    expiry: Mutex<String>,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            deadline: AtomicU64::new(0),
            instructions: AtomicU64::new(0),
            expired: AtomicBool::new(false),
            expiry: Mutex::new(String::new()),
        }
    }

    /// Begins a run.
    pub(super) fn start(&self, limits: &Limits) {
        let deadline = self.now().saturating_add(nanoseconds(limits.time));
        self.deadline.store(deadline, Ordering::Relaxed);
        self.instructions
            .store(limits.instructions, Ordering::Relaxed);
        self.expired.store(false, Ordering::Relaxed);
    }

    /// Counts `steps`; `false` once the run must end.
    pub(super) fn spend(&self, steps: u64) -> bool {
        let left = self
            .instructions
            .load(Ordering::Relaxed)
            .saturating_sub(steps);
        self.instructions.store(left, Ordering::Relaxed);
        left > 0 && self.now() < self.deadline.load(Ordering::Relaxed)
    }

    /// Ends the run for good at a line; gives the error's text.
    pub(super) fn expire(&self, line: Option<usize>) -> String {
        let mut expiry = self.expiry.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.expired.swap(true, Ordering::Relaxed) {
            let reason = match self.instructions.load(Ordering::Relaxed) {
                0 => "too many instructions",
                _ => "context deadline exceeded",
            };
            *expiry = match line {
                Some(line) => format!("<string>:{line}: {reason}"),
                None => reason.to_owned(),
            };
        }
        expiry.clone()
    }

    pub(super) fn is_expired(&self) -> bool {
        self.expired.load(Ordering::Relaxed)
    }

    fn now(&self) -> u64 {
        nanoseconds(self.start.elapsed())
    }
}

impl pattern::Budget for &Budget {
    fn spend(&mut self, steps: u64) -> bool {
        Budget::spend(self, steps)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
