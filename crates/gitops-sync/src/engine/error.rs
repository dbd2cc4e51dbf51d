//! Why an Application could not be looked at, synced or deleted.

use std::fmt;

use gitops_core::{apply, render, source, yaml};

use super::StoreError;

/// Why an Application could not be looked at, synced or deleted.
///
/// What goes wrong with single objects in a sync is no such error: it stands in
/// the report, object by object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The Application contradicts itself or lacks something.
    #[error("invalid application: {message}")]
    Invalid {
        /// What is wrong, with the field's path.
        message: String,
    },
    /// A repository gave no files.
    #[error("cannot load the desired state")]
    Source(#[from] source::Error),
    /// Files gave no objects.
    #[error("cannot render {source_url}")]
    Render {
        /// The repository, without user information.
        source_url: String,
        /// The file, the line and what is wrong there.
        #[source]
        error: render::Error,
    },
    /// A manifest that the operation brings along cannot be read.
    #[error("cannot read manifest {number} of the operation")]
    Manifest {
        /// Which one, from 1.
        number: usize,
        /// The line, and what is wrong there.
        #[source]
        error: yaml::Error,
    },
    /// The cluster did not answer as it should.
    #[error("cannot {action}")]
    Cluster {
        /// What was asked of it.
        action: String,
        /// What it said.
        #[source]
        error: apply::Error,
    },
    /// An operation that is under way could not be kept, or was not found again.
    #[error("cannot {action} the operation")]
    Store {
        /// What was to be done with it.
        action: &'static str,
        /// Why it could not be.
        #[source]
        error: StoreError,
    },
    /// The Application's annotation `argocd.argoproj.io/skip-reconcile` says so.
    #[error("the application asks to be left alone: argocd.argoproj.io/skip-reconcile is set")]
    LeftAlone,
    /// The comparison, the plan, the sync or the deletion could not be made.
    #[error("{message}")]
    Refused {
        /// What stands against it.
        message: String,
    },
}

impl Error {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid {
            message: message.into(),
        }
    }

    pub(super) fn refused(why: impl fmt::Display) -> Self {
        Self::Refused {
            message: why.to_string(),
        }
    }

    pub(super) fn cluster(action: impl Into<String>, error: apply::Error) -> Self {
        Self::Cluster {
            action: action.into(),
            error,
        }
    }

    pub(super) fn store(action: &'static str, error: impl Into<StoreError>) -> Self {
        let error = error.into();
        Self::Store { action, error }
    }

    /// Whether trying again later may help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Source(error) => error.is_retryable(),
            Self::Cluster { error, .. } => error.is_retryable(),
            Self::Store { .. } => true,
            Self::Invalid { .. }
            | Self::Render { .. }
            | Self::Manifest { .. }
            | Self::LeftAlone
            | Self::Refused { .. } => false,
        }
    }
}
