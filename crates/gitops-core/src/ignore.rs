//! Rules that say which differences do not count.
//!
//! An Application brings its `ignoreDifferences`, the installation its own. They
//! are compiled once into [`Rules`] and looked up by an object's kind.
//!
//! ```
//! use gitops_core::api::ResourceIgnoreDifferences;
//! use gitops_core::ignore::Rules;
//!
//! let mut rule = ResourceIgnoreDifferences::default();
//! rule.group = "apps".into();
//! rule.kind = "Deployment".into();
//! rule.json_pointers = vec!["/spec/replicas".into()];
//! let rules = Rules::compile([rule])?;
//! assert_eq!(rules.len(), 2); // and the one that leaves `/status` out of everything
//! # Ok::<(), gitops_core::ignore::Error>(())
//! ```

mod apply;
pub(crate) mod basis;
#[cfg(feature = "jq")]
mod jq;
mod pattern;
pub(crate) mod place;
pub(crate) mod pointer;
#[cfg(feature = "jq")]
mod programs;
mod respect;
mod rule;
mod selection;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, RwLock};

use crate::api::ResourceIgnoreDifferences;
use crate::diff::{Ignored, Part};

pub(crate) use apply::Applied;
pub(crate) use pattern::Pattern;
pub use respect::respect;
use rule::Rule;
pub(crate) use selection::Selection;

/// Why a rule cannot be used; names the rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A group or kind is no valid pattern.
    #[error("{rule}: {pattern:?} is no pattern: {reason}")]
    Pattern {
        /// The rule.
        rule: String,
        /// The group or kind.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A jq expression does not compile.
    #[error("{rule}: jq expression {expression:?} {reason}")]
    Expression {
        /// The rule.
        rule: String,
        /// The expression.
        expression: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Rules compiled for use; cheap to clone.
#[derive(Clone)]
pub struct Rules(Arc<Inner>);

struct Inner {
    rules: Vec<Rule>,
    #[cfg(feature = "jq")]
    limits: Limits,
    /// Rules whose group and kind are plain names.
    exact: BTreeMap<(String, String), Vec<usize>>,
    /// Rules with patterns.
    patterns: Vec<usize>,
    /// What was selected before, by the numbers of the rules.
    selections: RwLock<BTreeMap<Vec<usize>, Arc<Selection>>>,
}

/// What one jq expression may cost on one document; without the feature `jq` no
/// expression compiles.
#[cfg(feature = "jq")]
pub use jq::Limits;

impl Default for Rules {
    /// Only the rule that leaves `/status` out.
    fn default() -> Self {
        Self::compile([]).expect("the rule for /status compiles")
    }
}

impl Rules {
    /// Compiles the rules and adds the one that leaves `/status` out of every object.
    ///
    /// # Errors
    ///
    /// Names the first rule that cannot be used, and why.
    pub fn compile(
        rules: impl IntoIterator<Item = ResourceIgnoreDifferences>,
    ) -> Result<Self, Error> {
        let status = ResourceIgnoreDifferences {
            group: "*".into(),
            kind: "*".into(),
            json_pointers: vec!["/status".into()],
            ..ResourceIgnoreDifferences::default()
        };
        Self::only(rules.into_iter().chain([status]))
    }

    /// Compiles these rules and no other.
    ///
    /// # Errors
    ///
    /// As [`Rules::compile`].
    pub fn only(rules: impl IntoIterator<Item = ResourceIgnoreDifferences>) -> Result<Self, Error> {
        let rules: Vec<Rule> = rules
            .into_iter()
            .map(Rule::compile)
            .collect::<Result<_, _>>()?;
        let mut exact: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        let mut patterns = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            match (rule.group.plain(), rule.kind.plain()) {
                (Some(group), Some(kind)) => {
                    let key = (group.to_owned(), kind.to_owned());
                    exact.entry(key).or_default().push(index);
                }
                _ => patterns.push(index),
            }
        }
        Ok(Self(Arc::new(Inner {
            rules,
            #[cfg(feature = "jq")]
            limits: Limits::default(),
            exact,
            patterns,
            selections: RwLock::default(),
        })))
    }

    /// The rules of an Application before these.
    ///
    /// # Errors
    ///
    /// As [`Rules::compile`], of the Application's own rules.
    pub fn after(&self, rules: &[ResourceIgnoreDifferences]) -> Result<Self, Error> {
        if rules.is_empty() {
            return Ok(self.clone());
        }
        let known = self.0.rules.iter().map(|rule| rule.source.clone());
        let combined = Self::only(rules.iter().cloned().chain(known))?;
        #[cfg(feature = "jq")]
        let combined = combined.limits(self.0.limits);
        Ok(combined)
    }

    /// Sets what one jq expression may cost on one document.
    #[cfg(feature = "jq")]
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        match Arc::get_mut(&mut self.0) {
            Some(inner) => inner.limits = limits,
            None => debug_assert!(false, "limits are set before rules are shared"),
        }
        self
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.0.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.rules.is_empty()
    }

    /// A difference that a trusted manager's change makes, which a rule left out.
    pub(crate) fn trusted(&self, rule: usize, manager: &str, path: String) -> Ignored {
        let part = Part::ManagedFieldsManager(manager.into());
        self.0.rules[rule].ignored(rule, &part, path)
    }

    /// What a rule is called in messages, by its number.
    pub fn title(&self, rule: usize) -> Option<&str> {
        self.0.rules.get(rule).map(|rule| &*rule.title)
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles = self.0.rules.iter().map(|rule| &rule.title);
        f.debug_list().entries(titles).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests;
