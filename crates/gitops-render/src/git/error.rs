//! Failures inside the Git source, before they are told to a caller.

use gitops_core::Location;
use gitops_core::source::{self, Reason};

/// Longest part of what a server or gix says that is passed on.
const MAX_DETAIL: usize = 400;

/// What went wrong. Callers that share one operation each get a copy.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Error {
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl Error {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }

    /// A failure of the cache folder.
    pub(super) fn io(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new(
            Reason::Unreachable,
            format!("{what} {}: {error}", path.display()),
        )
    }

    /// A failure of gix with all that lies behind it, in one line.
    pub(super) fn gix(reason: Reason, what: &str, error: &gix::Error) -> Self {
        Self::new(reason, format!("{what}: {}", chain(error)))
    }

    /// Tells the caller that asked for `location`.
    pub(super) fn at(self, location: &Location) -> source::Error {
        source::Error::new(location, self.reason, self.message)
    }
}

/// The messages of an error and its causes, each once, cut to a bearable length.
pub(super) fn chain(error: &gix::Error) -> String {
    let mut messages: Vec<String> = Vec::new();
    for error in error.iter_errors() {
        let message = error.to_string().replace(['\n', '\r'], " ");
        if !message.is_empty() && !messages.iter().any(|known| known.contains(&message)) {
            messages.push(message);
        }
    }
    let mut text = messages.join(": ");
    if let Some((end, _)) = text.char_indices().nth(MAX_DETAIL) {
        text.truncate(end);
        text.push('…');
    }
    text
}
