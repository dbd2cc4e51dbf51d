//! One rule, compiled.

use std::sync::Arc;

#[cfg(feature = "jq")]
use super::jq;
use super::pointer::Pointer;
use super::{Error, Pattern};
use crate::Object;
use crate::api::ResourceIgnoreDifferences;
use crate::diff::{Ignored, Part};

/// A rule compiled for use.
pub(super) struct Rule {
    pub(super) source: ResourceIgnoreDifferences,
    /// What the rule is called in messages.
    pub(super) title: Arc<str>,
    pub(super) group: Pattern,
    pub(super) kind: Pattern,
    pub(super) pointers: Vec<(Part, Pointer)>,
    #[cfg(feature = "jq")]
    pub(super) programs: Vec<(Part, jq::Program)>,
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
            pointers: pointers(&source),
            title: title.into(),
            source,
        })
    }

    /// Whether map keys alone do not say what it names.
    pub(super) fn needs_documents(&self) -> bool {
        #[cfg(feature = "jq")]
        if !self.programs.is_empty() {
            return true;
        }
        self.pointers.iter().any(|(_, pointer)| pointer.may_index())
    }

    /// A difference that a part of this rule, which has this number, left out.
    pub(super) fn ignored(&self, number: usize, part: &Part, path: String) -> Ignored {
        Ignored {
            rule: number,
            title: Arc::clone(&self.title),
            part: part.clone(),
            path,
        }
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

fn pointers(source: &ResourceIgnoreDifferences) -> Vec<(Part, Pointer)> {
    let named = source.json_pointers.iter().filter_map(|text| {
        let part = Part::JsonPointer(text.as_str().into());
        Some((part, Pointer::parse(text)?))
    });
    named.collect()
}

#[cfg(feature = "jq")]
fn programs(
    source: &ResourceIgnoreDifferences,
    title: &str,
) -> Result<Vec<(Part, jq::Program)>, Error> {
    let expressions = source.jq_path_expressions.iter();
    let compile = |text: &String| {
        let program = jq::Program::compile(text).map_err(|reason| Error::Expression {
            rule: title.to_owned(),
            expression: text.clone(),
            reason,
        })?;
        Ok((Part::JqPathExpression(text.as_str().into()), program))
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
