//! What can be wrong with a template, in Go's words.

use std::sync::Arc;

use super::function;

/// Why a template does not parse or render.
///
/// `Display` prints what Go prints, the whole chain on one line.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no template.
    #[error("template: {template}:{line}: {message}")]
    Parse {
        /// The name the text was parsed under.
        template: Arc<str>,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// An action failed.
    #[error(transparent)]
    Execute(Box<Failure>),
    /// There is no template of that name.
    #[error("template: no template {} associated with template {}", super::quote(.name), super::quote(.set))]
    Undefined {
        /// The name asked for.
        name: String,
        /// The name of the set.
        set: Arc<str>,
    },
}

/// An action that failed: where, and why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("template: {file}:{line}:{column}: executing {} at <{action}>: {reason}", super::quote(.template))]
#[non_exhaustive]
pub struct Failure {
    /// The name the action's text was parsed under, such as a file's path.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The bytes before the action on its line.
    pub column: usize,
    /// The template that was executed.
    pub template: Arc<str>,
    /// The action as Go prints it.
    pub action: String,
    /// Why it failed.
    pub reason: Reason,
}

/// Why an action failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The engine could not carry it out.
    #[error("{0}")]
    Invalid(String),
    /// A function or method failed.
    #[error("error calling {name}: {source}")]
    Call {
        /// The function's name.
        name: Arc<str>,
        /// What it said.
        source: function::Error,
    },
    /// A bound was reached.
    #[error(transparent)]
    Limit(#[from] super::Limit),
}

impl Error {
    /// The bound that stopped the render, if that is why it failed.
    pub fn limit(&self) -> Option<&super::Limit> {
        let mut at = self;
        loop {
            let Self::Execute(failure) = at else {
                return None;
            };
            match &failure.reason {
                Reason::Limit(limit) => return Some(limit),
                Reason::Call { source, .. } => match source {
                    function::Error::Limit(limit) => return Some(limit),
                    function::Error::Template { source, .. } => at = source,
                    function::Error::Failed(_) => return None,
                },
                Reason::Invalid(_) => return None,
            }
        }
    }
}
