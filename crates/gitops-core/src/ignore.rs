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
#[cfg(feature = "jq")]
mod jq;
mod pattern;
pub(crate) mod pointer;
mod respect;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, RwLock};

use crate::Object;
use crate::api::ResourceIgnoreDifferences;
use crate::diff::skip::Skip;

pub(crate) use pattern::Pattern;
use pointer::Pointer;
pub use respect::respect;

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

/// More combinations of rules than this are not remembered.
const MAX_SELECTIONS: usize = 4096;

struct Rule {
    source: ResourceIgnoreDifferences,
    /// What the rule is called in messages.
    title: String,
    group: Pattern,
    kind: Pattern,
    pointers: Vec<Pointer>,
    #[cfg(feature = "jq")]
    programs: Vec<jq::Program>,
}

/// What one jq expression may cost on one document; without the feature `jq` no
/// expression compiles.
#[cfg(feature = "jq")]
pub use jq::Limits;

/// All that the rules say about one object.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Places without list indexes, left out while objects are compared.
    pub(crate) skip: Skip,
    /// Rules that have to be run on whole documents.
    pub(crate) documents: Vec<usize>,
    /// Field managers whose changes do not count.
    pub(crate) managers: Vec<(usize, String)>,
}

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

    /// What a rule is called in messages, by its number.
    pub fn title(&self, rule: usize) -> Option<&str> {
        self.0.rules.get(rule).map(|rule| rule.title.as_str())
    }

    /// All that the rules say about `object`.
    pub(crate) fn select(&self, object: &Object) -> Arc<Selection> {
        let numbers = self.numbers(object);
        let known = self.0.selections.read().ok();
        if let Some(found) = known.as_ref().and_then(|known| known.get(&numbers)) {
            return Arc::clone(found);
        }
        drop(known);
        let selection = Arc::new(self.build(&numbers));
        if let Ok(mut known) = self.0.selections.write()
            && known.len() < MAX_SELECTIONS
        {
            known.insert(numbers, Arc::clone(&selection));
        }
        selection
    }

    /// The numbers of the rules that are about `object`, in the rules' order.
    fn numbers(&self, object: &Object) -> Vec<usize> {
        let (group, kind) = (object.group(), object.kind());
        let key = (group.to_owned(), kind.to_owned());
        let exact = self.0.exact.get(&key).into_iter().flatten();
        let matches = |index: &&usize| {
            let rule = &self.0.rules[**index];
            rule.group.matches(group) && rule.kind.matches(kind)
        };
        let patterns = self.0.patterns.iter().filter(matches);
        let mut numbers: Vec<usize> = exact
            .chain(patterns)
            .copied()
            .filter(|index| self.0.rules[*index].is_about(object))
            .collect();
        numbers.sort_unstable();
        numbers
    }

    fn build(&self, numbers: &[usize]) -> Selection {
        let mut selection = Selection::default();
        for number in numbers {
            let rule = &self.0.rules[*number];
            for pointer in &rule.pointers {
                selection.skip.insert(pointer.keys(), *number);
            }
            if rule.needs_documents() {
                selection.documents.push(*number);
            }
            let managers = rule.source.managed_fields_managers.iter();
            selection
                .managers
                .extend(managers.map(|manager| (*number, manager.clone())));
        }
        selection
    }
}

impl Rule {
    fn compile(source: ResourceIgnoreDifferences) -> Result<Self, Error> {
        let title = title(&source);
        #[cfg(not(feature = "jq"))]
        if let Some(expression) = source.jq_path_expressions.first() {
            return Err(Error::Expression {
                rule: title,
                expression: expression.clone(),
                reason: "needs the feature jq".into(),
            });
        }
        let pattern = |text: &str| {
            Pattern::compile(text).map_err(|reason| Error::Pattern {
                rule: title.clone(),
                pattern: text.to_owned(),
                reason,
            })
        };
        Ok(Self {
            #[cfg(feature = "jq")]
            programs: programs(&source, &title)?,
            group: pattern(&source.group)?,
            kind: pattern(&source.kind)?,
            pointers: source
                .json_pointers
                .iter()
                .filter_map(|text| Pointer::parse(text))
                .collect(),
            title,
            source,
        })
    }

    /// Whether map keys alone do not say what it names.
    fn needs_documents(&self) -> bool {
        #[cfg(feature = "jq")]
        if !self.programs.is_empty() {
            return true;
        }
        self.pointers.iter().any(Pointer::may_index)
    }

    fn is_about(&self, object: &Object) -> bool {
        let named = |wanted: &str, actual: &str| wanted.is_empty() || wanted == actual;
        named(&self.source.name, object.name())
            && named(
                &self.source.namespace,
                object.namespace().unwrap_or_default(),
            )
    }
}

#[cfg(feature = "jq")]
fn programs(source: &ResourceIgnoreDifferences, title: &str) -> Result<Vec<jq::Program>, Error> {
    let expressions = source.jq_path_expressions.iter();
    let compile = |expression: &String| {
        jq::Program::compile(expression).map_err(|reason| Error::Expression {
            rule: title.to_owned(),
            expression: expression.clone(),
            reason,
        })
    };
    expressions.map(compile).collect()
}

fn title(rule: &ResourceIgnoreDifferences) -> String {
    let mut title = format!("ignore rule for {}/{}", rule.group, rule.kind);
    if !rule.namespace.is_empty() || !rule.name.is_empty() {
        title = format!("{title} {}/{}", rule.namespace, rule.name);
    }
    title
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles = self.0.rules.iter().map(|rule| &rule.title);
        f.debug_list().entries(titles).finish()
    }
}
