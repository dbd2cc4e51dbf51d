//! Virtual machines at rest: making one costs more than most runs.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::budget::Limits;
use super::vm::Vm;
use super::{Error, Libraries};

/// How many machines of a kind rest at most.
const MOST_RESTING: usize = 64;

#[derive(Default)]
pub(super) struct Pool {
    limits: Limits,
    restricted: Mutex<Vec<Vm>>,
    open: Mutex<Vec<Vm>>,
}

impl Pool {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Does `work` on a machine of its own; the lock is held only to take and return it.
    pub(super) fn with<T>(
        &self,
        libraries: Libraries,
        work: impl FnOnce(&mut Vm) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let resting = self.resting(libraries).pop();
        let mut machine = match resting {
            Some(machine) => machine,
            None => Vm::new(libraries, self.limits)
                .map_err(|error| Error::Runtime(super::fault::innermost(&error)))?,
        };
        let result = work(&mut machine);
        // A machine that ran into a limit is given up with all that is in it.
        let is_limit = matches!(&result, Err(error) if error.is_limit());
        if machine.is_sound() && !is_limit {
            let mut resting = self.resting(libraries);
            if resting.len() < MOST_RESTING {
                resting.push(machine);
            }
        }
        result
    }

    fn resting(&self, libraries: Libraries) -> std::sync::MutexGuard<'_, Vec<Vm>> {
        let machines = match libraries {
            Libraries::Restricted => &self.restricted,
            Libraries::Open => &self.open,
        };
        machines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
