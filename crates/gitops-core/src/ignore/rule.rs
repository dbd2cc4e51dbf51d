//! One rule, compiled.

#[cfg(feature = "jq")]
use super::jq;
use super::pointer::Pointer;
use super::{Error, Pattern};
use crate::Object;
use crate::api::ResourceIgnoreDifferences;

/// A rule compiled for use.
pub(super) struct Rule {
    pub(super) source: ResourceIgnoreDifferences,
    /// What the rule is called in messages.
    pub(super) title: String,
    pub(super) group: Pattern,
    pub(super) kind: Pattern,
    pub(super) pointers: Vec<Pointer>,
    #[cfg(feature = "jq")]
    pub(super) programs: Vec<jq::Program>,
}

impl Rule {
    pub(super) fn compile(source: ResourceIgnoreDifferences) -> Result<Self, Error> {
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
    pub(super) fn needs_documents(&self) -> bool {
        #[cfg(feature = "jq")]
        if !self.programs.is_empty() {
            return true;
        }
        self.pointers.iter().any(Pointer::may_index)
    }

    pub(super) fn is_about(&self, object: &Object) -> bool {
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
