//! Virtual machines at rest: making one costs more than most runs.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use super::budget::Limits;
use super::vm::Vm;
use super::{Error, Libraries};

/// Threads keep their machines apart, so that they do not wait for each other.
const SHELVES: usize = 16;
/// How many machines rest on a shelf at most.
const MOST_RESTING: usize = 8;

pub(super) struct Pool {
    limits: Limits,
    restricted: [Shelf; SHELVES],
    open: [Shelf; SHELVES],
}

/// Where a thread puts its machines, and looks for one first.
#[derive(Default)]
struct Shelf(Mutex<Vec<Vm>>);

impl Default for Pool {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Pool {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            restricted: Default::default(),
            open: Default::default(),
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Does `work` on a machine that nobody else uses meanwhile.
    pub(super) fn with<T>(
        &self,
        libraries: Libraries,
        work: impl FnOnce(&mut Vm) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let shelves = match libraries {
            Libraries::Restricted => &self.restricted,
            Libraries::Open => &self.open,
        };
        let own = own_shelf();
        let mut machine = match take(shelves, own) {
            Some(machine) => machine,
            None => Vm::new(libraries, self.limits)
                .map_err(|error| Error::Runtime(super::fault::innermost(&error)))?,
        };
        let result = work(&mut machine);
        // A machine that ran into a limit is given up with all that is in it.
        let is_limit = matches!(&result, Err(error) if error.is_limit());
        if machine.is_sound() && !is_limit {
            let mut resting = shelves[own].lock();
            if resting.len() < MOST_RESTING {
                resting.push(machine);
            }
        }
        result
    }
}

/// A resting machine: the thread's own, or one that lies idle elsewhere.
fn take(shelves: &[Shelf; SHELVES], own: usize) -> Option<Vm> {
    let machine = shelves[own].lock().pop();
    machine.or_else(|| shelves.iter().find_map(Shelf::idle))
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, Vec<Vm>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A machine, unless somebody is at the shelf right now.
    fn idle(&self) -> Option<Vm> {
        match self.0.try_lock() {
            Ok(mut resting) => resting.pop(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().pop(),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// The shelf of the calling thread; threads take turns in getting one.
fn own_shelf() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHELVES);
    OWN.with(|own| *own)
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
