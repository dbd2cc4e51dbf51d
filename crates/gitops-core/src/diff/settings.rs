//! How objects are compared.

use crate::ignore::Rules;

/// How objects are compared.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {
    /// What does not count.
    pub ignore: Rules,
    /// Whether the rules of aggregated cluster roles, which the server fills in,
    /// are left out.
    pub ignore_aggregated_roles: bool,
}

impl Settings {
    /// Sets what does not count.
    #[must_use]
    pub fn ignore(mut self, rules: Rules) -> Self {
        self.ignore = rules;
        self
    }

    /// Leaves the rules of aggregated cluster roles out.
    #[must_use]
    pub fn ignore_aggregated_roles(mut self, ignore: bool) -> Self {
        self.ignore_aggregated_roles = ignore;
        self
    }
}
