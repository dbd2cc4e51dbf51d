//! Several checks, asked one after the other.

use std::fmt;

use gitops_core::{Health, HealthCheck, HealthStatus, Object, health};

use crate::{Conventions, Outcome, Related, builtin, bundled, deletion};
#[cfg(feature = "lua")]
use crate::{customizations::Overrides, lua};

/// Checks in the order in which they are asked; the first that applies decides.
///
/// The reference's order is what users configured, then the bundled checks of
/// custom resources, then the compiled ones: [`Chain::standard`] has the last
/// two, `Chain::customized` all three.
/// An object that is being deleted is judged before any check is asked.
///
/// ```
/// use gitops_core::{Health, HealthCheck, Object};
/// use gitops_health::{Chain, Outcome};
///
/// let databases = |object: &Object| {
///     Ok((object.kind() == "Database").then(Health::healthy))
/// };
/// let chain = Chain::new().then("databases", databases).builtin();
///
/// let object = Object::new(serde_json::json!({
///     "apiVersion": "example.org/v1", "kind": "Database", "metadata": {"name": "orders"},
/// }))?;
/// let judgement = chain.judge(&object);
/// assert_eq!(judgement.outcome, Outcome::Judged(Health::healthy()));
/// assert_eq!(judgement.check.as_deref(), Some("databases"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Chain {
    levels: Vec<Level>,
    ignores_deletion: bool,
}

enum Level {
    Check {
        name: String,
        check: Box<dyn HealthCheck>,
    },
    #[cfg(feature = "lua")]
    Script {
        name: String,
        script: lua::Script,
    },
    #[cfg(feature = "lua")]
    Overrides(Overrides),
    Bundled,
    Builtin,
}

/// What a chain says of an object, and which of its checks said it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Judgement {
    /// The health, or what is there instead of one.
    ///
    /// [`Unknown`](HealthStatus::Unknown) with the error's text where a check failed.
    pub outcome: Outcome,
    /// The check that decided; `None` where none applies.
    pub check: Option<String>,
    /// Why the check failed.
    pub error: Option<health::Error>,
}

impl Chain {
    /// A chain without checks.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bundled checks of custom resources, then the compiled ones.
    pub fn standard() -> Self {
        Self::new().bundled().builtin()
    }

    /// What users configured, then the bundled and the compiled checks.
    #[cfg(feature = "lua")]
    pub fn customized(overrides: Overrides) -> Self {
        Self::new().overrides(overrides).bundled().builtin()
    }

    /// Asks `check` next; `name` tells it apart in a [`Judgement`].
    #[must_use]
    pub fn then(self, name: &str, check: impl HealthCheck + 'static) -> Self {
        self.level(Level::Check {
            name: name.to_owned(),
            check: Box::new(check),
        })
    }

    /// Asks a script about every object that reaches it.
    #[cfg(feature = "lua")]
    #[must_use]
    pub fn script(self, name: &str, script: lua::Script) -> Self {
        self.level(Level::Script {
            name: name.to_owned(),
            script,
        })
    }

    /// Asks the checks that users configured.
    #[cfg(feature = "lua")]
    #[must_use]
    pub fn overrides(self, overrides: Overrides) -> Self {
        self.level(Level::Overrides(overrides))
    }

    /// Asks the bundled checks of custom resources.
    #[must_use]
    pub fn bundled(self) -> Self {
        self.level(Level::Bundled)
    }

    /// Asks the compiled checks of Kubernetes' own kinds.
    #[must_use]
    pub fn builtin(self) -> Self {
        self.level(Level::Builtin)
    }

    /// Asks the checks of kinds that the reference has none for.
    #[must_use]
    pub fn related(self) -> Self {
        self.then("related", Related)
    }

    /// Asks, of any kind that gets this far, what its conditions say by convention.
    #[must_use]
    pub fn conventions(self) -> Self {
        self.then("conventions", Conventions)
    }

    /// Asks the checks about objects that are being deleted too, to try the checks themselves.
    #[must_use]
    pub fn ignoring_deletion(mut self) -> Self {
        self.ignores_deletion = true;
        self
    }

    fn level(mut self, level: Level) -> Self {
        self.levels.push(level);
        self
    }

    /// Judges an object and tells which check decided.
    pub fn judge(&self, object: &Object) -> Judgement {
        let (decider, answer) = self.ask(object);
        let (outcome, error) = match answer {
            Ok(outcome) => (outcome, None),
            // A check that fails leaves the object Unknown, with the bare text of its error.
            Err(error) => {
                let health = Health::new(HealthStatus::Unknown, error.source.to_string());
                (Outcome::Judged(health), Some(error))
            }
        };
        Judgement {
            outcome,
            check: decider.name(object),
            error,
        }
    }

    /// The first answer, and who gave it.
    fn ask(&self, object: &Object) -> (Decider<'_>, Answer) {
        if !self.ignores_deletion && deletion::is_pending(object) {
            let outcome = Outcome::Judged(deletion::health());
            return (Decider::Deletion, Ok(outcome));
        }
        for level in &self.levels {
            match level.ask(object) {
                Ok(Outcome::NoCheck) => {}
                answer => return (Decider::Level(level), answer),
            }
        }
        (Decider::Nobody, Ok(Outcome::NoCheck))
    }
}

impl HealthCheck for Chain {
    fn check(&self, object: &Object) -> Result<Option<Health>, health::Error> {
        let (_, answer) = self.ask(object);
        Ok(answer?.health())
    }
}

type Answer = Result<Outcome, health::Error>;

/// Who decided.
enum Decider<'a> {
    Deletion,
    Level(&'a Level),
    Nobody,
}

impl Decider<'_> {
    fn name(&self, object: &Object) -> Option<String> {
        match self {
            Self::Deletion => Some("deletion".into()),
            Self::Level(level) => Some(level.name(object)),
            Self::Nobody => None,
        }
    }
}

impl Level {
    /// What the level says; [`Outcome::NoCheck`] where it has no check for the object.
    fn ask(&self, object: &Object) -> Answer {
        match self {
            Self::Check { check, .. } => check.check(object).map(Outcome::from),
            #[cfg(feature = "lua")]
            Self::Script { name, script } => script
                .health(object)
                .map_err(|error| health::Error::of_script(name.as_str(), object, error)),
            #[cfg(feature = "lua")]
            Self::Overrides(overrides) => overrides.judge(object),
            Self::Bundled => Ok(bundled::judge(object)),
            Self::Builtin => builtin::judge(object).map(Outcome::from),
        }
    }

    /// The name of the check that the level has for the object.
    fn name(&self, object: &Object) -> String {
        match self {
            Self::Check { name, .. } => name.clone(),
            #[cfg(feature = "lua")]
            Self::Script { name, .. } => name.clone(),
            #[cfg(feature = "lua")]
            Self::Overrides(overrides) => {
                format!(
                    "customization {}",
                    overrides.key(object).unwrap_or_default()
                )
            }
            Self::Bundled => format!("bundled {}", builtin::name(object)),
            Self::Builtin => format!("builtin {}", builtin::name(object)),
        }
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check { name, .. } => f.debug_tuple("Check").field(name).finish(),
            #[cfg(feature = "lua")]
            Self::Script { name, .. } => f.debug_tuple("Script").field(name).finish(),
            #[cfg(feature = "lua")]
            Self::Overrides(overrides) => f.debug_tuple("Overrides").field(overrides).finish(),
            Self::Bundled => f.write_str("Bundled"),
            Self::Builtin => f.write_str("Builtin"),
        }
    }
}

#[cfg(test)]
mod tests;
