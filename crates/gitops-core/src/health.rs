//! How live objects fare: the statuses, their order and the trait of a check.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Object;

/// How an object fares, from best to worst.
///
/// The order is the reference's: an application is as healthy as its worst object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HealthStatus {
    /// It does what it should.
    Healthy,
    /// It is paused on purpose, such as a suspended Job.
    Suspended,
    /// It is on its way to being healthy.
    Progressing,
    /// It is not in the cluster.
    Missing,
    /// It has failed, or does not get where it should in time.
    Degraded,
    /// Its health cannot be told.
    Unknown,
}

impl HealthStatus {
    /// The status as Argo CD writes it, such as `Healthy`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Missing => "Missing",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The worst of some statuses; `None` when there are none.
pub fn worst(all: impl IntoIterator<Item = HealthStatus>) -> Option<HealthStatus> {
    all.into_iter().max()
}

/// An object's health with the reason a person reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// How the object fares.
    pub status: HealthStatus,
    /// Why, in the reference's words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Health {
    /// A status with a message.
    pub fn new(status: HealthStatus, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// `Healthy`, without a message.
    pub fn healthy() -> Self {
        Self::new(HealthStatus::Healthy, "")
    }
}

/// The status, and the message where there is one.
impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => self.status.fmt(f),
            message => write!(f, "{}: {message}", self.status),
        }
    }
}

/// Why a check could not judge an object.
#[derive(Debug, thiserror::Error)]
#[error("health check {check} failed on {object}")]
#[non_exhaustive]
pub struct Error {
    /// The check, such as `lua: health.lua` or `apps/Deployment`.
    pub check: String,
    /// The object, as `Kind namespace/name`.
    pub object: String,
    /// What went wrong.
    pub source: Box<dyn std::error::Error + Send + Sync>,
    /// What the reference puts before the cause when it reports the failure.
    prefix: String,
}

impl Error {
    /// The failure of `check` on `object`.
    pub fn new(
        check: impl Into<String>,
        object: &Object,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            check: check.into(),
            object: object.to_string(),
            source: source.into(),
            prefix: String::new(),
        }
    }

    /// The failure of a script on `object`, whose name the reference reports with it.
    pub fn of_script(
        check: impl Into<String>,
        object: &Object,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            prefix: format!(
                "failed to get resource health for {}/{}: ",
                object.namespace().unwrap_or_default(),
                object.name()
            ),
            ..Self::new(check, object, source)
        }
    }

    /// The failure in the reference's words, which people may search for.
    pub fn reported(&self) -> String {
        format!("{}{}", self.prefix, self.source)
    }
}

/// Judges one live object.
///
/// Closures are checks, so a first one of your own is one expression:
///
/// ```
/// use gitops_core::{Health, HealthCheck, HealthStatus, Object};
///
/// let databases = |object: &Object| {
///     if object.kind() != "Database" {
///         return Ok(None);
///     }
///     let ready = object.value()["status"]["ready"] == true;
///     Ok(Some(if ready {
///         Health::healthy()
///     } else {
///         Health::new(HealthStatus::Progressing, "not ready yet")
///     }))
/// };
///
/// let object = Object::new(serde_json::json!({
///     "apiVersion": "example.org/v1", "kind": "Database",
///     "metadata": {"name": "orders"}, "status": {"ready": true},
/// }))?;
/// assert_eq!(databases.check(&object)?, Some(Health::healthy()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait HealthCheck: Send + Sync {
    /// The object's health; `None` when it is of a kind this check does not know.
    ///
    /// # Errors
    ///
    /// When the check itself fails, such as a script with a fault.
    /// An object that fares badly is no error.
    fn check(&self, object: &Object) -> Result<Option<Health>, Error>;
}

impl<F> HealthCheck for F
where
    F: Fn(&Object) -> Result<Option<Health>, Error> + Send + Sync,
{
    fn check(&self, object: &Object) -> Result<Option<Health>, Error> {
        self(object)
    }
}
