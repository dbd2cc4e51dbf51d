//! Lua checks, so that the scripts users have for Argo CD run unchanged.
//!
//! A [`Runtime`] holds virtual machines and the [`Limits`] of a run, a
//! [`Script`] is compiled once and runs on any of them, from any thread.
//! Scripts reach no file, process, environment or network; time, memory and
//! instructions are bounded; nothing a script does is seen by the next.
//!
//! ```
//! use gitops_core::{HealthStatus, Object};
//! use gitops_health::Outcome;
//! use gitops_health::lua::{Libraries, Runtime};
//!
//! let runtime = Runtime::default();
//! let script = runtime.compile(
//!     r#"
//!     if obj.status ~= nil and obj.status.ready then
//!         return {status = "Healthy"}
//!     end
//!     return {status = "Progressing", message = "waiting for " .. obj.metadata.name}
//!     "#,
//!     Libraries::Restricted,
//! )?;
//!
//! let object = Object::new(serde_json::json!({
//!     "apiVersion": "example.org/v1", "kind": "Database", "metadata": {"name": "orders"},
//! }))?;
//! let Outcome::Judged(health) = script.health(&object)? else {
//!     panic!("the script always returns a status")
//! };
//! assert_eq!(health.status, HealthStatus::Progressing);
//! assert_eq!(health.message, "waiting for orders");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
mod budget;
mod clock;
mod encode;
mod fault;
mod format;
mod lazy;
mod lint;
mod number;
mod pattern;
mod pool;
mod text;
mod verdict;
mod vm;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gitops_core::Object;

pub use action::{Action, Change, Impact, Parameter};
pub use budget::Limits;
pub use lint::Finding;

use pool::Pool;
use vm::{Input, Output};

use crate::Outcome;

/// Which libraries a script may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Libraries {
    /// The base functions, `table`, and `os.time` and `os.date` by `require("os")`.
    #[default]
    Restricted,
    /// Also `string`, `math` and `os`: Argo CD's `useOpenLibs`.
    ///
    /// Nothing of them reaches the host: `os` has its clock only.
    Open,
}

/// Why a script gave no answer.
///
/// The texts are what users see as the message of an `Unknown` object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The script is no Lua.
    #[error("{0}")]
    Compile(String),
    /// The script is longer than the limits allow.
    #[error("the script has {size} bytes, more than the limit of {limit}")]
    TooLong {
        /// The script's length in bytes.
        size: usize,
        /// The limit it exceeds.
        limit: usize,
    },
    /// The script failed, or raised an error itself.
    #[error("{0}")]
    Runtime(String),
    /// The script reached a limit and was ended.
    #[error("{0}")]
    Limit(String),
    /// The script returned something that cannot be understood.
    #[error("{0}")]
    Output(String),
}

impl Error {
    /// Whether the script was ended by a limit.
    pub fn is_limit(&self) -> bool {
        matches!(self, Self::Limit(_) | Self::TooLong { .. })
    }
}

/// Virtual machines and the limits of what runs on them.
///
/// Clones share the machines. Threads take a machine each, so that none waits
/// for another.
#[derive(Clone, Debug, Default)]
pub struct Runtime {
    pool: Arc<Pool>,
}

impl Runtime {
    /// A runtime whose runs are bounded by `limits`.
    pub fn new(limits: Limits) -> Self {
        Self {
            pool: Arc::new(Pool::new(limits)),
        }
    }

    /// Compiles a script.
    ///
    /// # Errors
    ///
    /// When the script is no Lua or too long; the text names the line.
    pub fn compile(&self, source: &str, libraries: Libraries) -> Result<Script, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let limit = self.pool.limits().source;
        if source.len() > limit {
            return Err(Error::TooLong {
                size: source.len(),
                limit,
            });
        }
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        self.pool
            .with(libraries, |machine| machine.compile(id, source))?;
        Ok(Script {
            id,
            source: source.into(),
            libraries,
            pool: Arc::clone(&self.pool),
        })
    }
}

/// A compiled script.
#[derive(Clone, Debug)]
pub struct Script {
    id: u64,
    source: Arc<str>,
    libraries: Libraries,
    pool: Arc<Pool>,
}

impl Script {
    /// Runs the script as a health check of `object`.
    ///
    /// # Errors
    ///
    /// When the script fails, reaches a limit or returns no table.
    pub fn health(&self, object: &Object) -> Result<Outcome, Error> {
        match self.run(object, &[])? {
            Output::Nothing => Ok(Outcome::NoStatus),
            Output::Json(json) => Ok(verdict::read(&json)),
            Output::Other(kind) => Err(no_table(kind)),
        }
    }

    /// Runs the script as the discovery of the actions that `object` offers.
    ///
    /// # Errors
    ///
    /// When the script fails, reaches a limit or returns no table of actions.
    pub fn discover(&self, object: &Object) -> Result<Vec<Action>, Error> {
        match self.run(object, &[])? {
            Output::Json(json) => action::discovered(&json),
            Output::Nothing => Err(no_table("nil")),
            Output::Other(kind) => Err(no_table(kind)),
        }
    }

    /// Runs the script as an action on `object`, with parameters for it.
    ///
    /// # Errors
    ///
    /// When the script fails, reaches a limit or returns neither an object nor
    /// a list of what to do.
    pub fn act(
        &self,
        object: &Object,
        parameters: &[(String, String)],
    ) -> Result<Vec<Impact>, Error> {
        match self.run(object, parameters)? {
            Output::Json(json) => action::impacts(json, object),
            Output::Nothing => Err(no_table("nil")),
            Output::Other(kind) => Err(no_table(kind)),
        }
    }

    /// What is suspicious about the script as a health check.
    pub fn lint(&self) -> Vec<Finding> {
        lint::lint(&self.source, self.libraries)
    }

    /// What is suspicious about the script as one that discovers actions or acts.
    pub fn lint_action(&self) -> Vec<Finding> {
        lint::lint_action(&self.source, self.libraries)
    }

    /// The script's text.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn run(&self, object: &Object, parameters: &[(String, String)]) -> Result<Output, Error> {
        let input = Input {
            id: self.id,
            source: &self.source,
            object: object.value(),
            parameters,
        };
        self.pool
            .with(self.libraries, |machine| machine.run(&input))
    }
}

fn no_table(kind: &str) -> Error {
    Error::Output(format!("expect table output from Lua script, not {kind}"))
}

#[cfg(test)]
mod tests;
