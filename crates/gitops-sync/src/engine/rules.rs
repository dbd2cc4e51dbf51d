//! Compiled ignore rules, kept for as long as an Application's stay the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gitops_core::api::{Application, ResourceIgnoreDifferences};
use gitops_core::ignore::Rules;

use super::Error;

/// Applications whose rules are kept.
const KEPT: usize = 10_000;

/// Compiled rules by the Application's namespace and name.
#[derive(Clone, Default)]
pub(super) struct CompiledRules(Arc<Mutex<BTreeMap<(String, String), Compiled>>>);

struct Compiled {
    from: Vec<ResourceIgnoreDifferences>,
    rules: Rules,
}

impl CompiledRules {
    /// The Application's rules before those that hold for all.
    pub(super) fn of(&self, application: &Application, general: &Rules) -> Result<Rules, Error> {
        let from = &application.spec.ignore_differences;
        if from.is_empty() {
            return Ok(general.clone());
        }
        let metadata = &application.metadata;
        let key = (metadata.namespace.clone(), metadata.name.clone());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(&key).filter(|known| known.from == *from) {
            return Ok(known.rules.clone());
        }
        let rules = general
            .after(from)
            .map_err(|error| Error::invalid(format!("spec.ignoreDifferences: {error}")))?;
        if kept.len() >= KEPT {
            kept.clear();
        }
        let compiled = Compiled {
            from: from.clone(),
            rules: rules.clone(),
        };
        kept.insert(key, compiled);
        Ok(rules)
    }
}
