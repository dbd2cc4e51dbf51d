//! What a check can say, in full.

use gitops_core::Health;

/// What a check that may be a script says of an object.
///
/// A plain [`HealthCheck`](gitops_core::HealthCheck) knows the first and the
/// last; scripts also know how to say nothing on purpose, which keeps the
/// checks after them from being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No check applies: others may be asked.
    NoCheck,
    /// A check applies and gives no status: the object carries no health.
    NoStatus,
    /// A check applies and judges.
    Judged(Health),
}

impl Outcome {
    /// The health, where there is one.
    pub fn health(self) -> Option<Health> {
        match self {
            Self::Judged(health) => Some(health),
            Self::NoCheck | Self::NoStatus => None,
        }
    }
}

impl From<Option<Health>> for Outcome {
    fn from(health: Option<Health>) -> Self {
        health.map_or(Self::NoCheck, Self::Judged)
    }
}
