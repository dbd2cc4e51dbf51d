//! What is printed of an object.

use std::fmt;
use std::path::Path;

use gitops_core::Object;
use gitops_health::{Judgement, Outcome};
use serde::Serialize;

/// A line of output; its JSON has the fields in this order.
#[derive(Serialize)]
pub(crate) struct Line {
    file: String,
    group: String,
    version: String,
    kind: String,
    namespace: String,
    name: String,
    /// Empty where a check gives no status on purpose, null where none applies.
    status: Option<String>,
    message: String,
    check: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Line {
    pub(crate) fn new(file: &Path, object: &Object, judgement: Judgement) -> Self {
        let error = judgement.error.map(|error| error.reported());
        let (status, message) = match judgement.outcome {
            Outcome::Judged(health) => (Some(health.status.to_string()), health.message),
            Outcome::NoStatus => (Some(String::new()), String::new()),
            Outcome::NoCheck => (None, String::new()),
        };
        Self {
            file: file.display().to_string(),
            group: object.group().to_owned(),
            version: object.version().to_owned(),
            kind: object.kind().to_owned(),
            namespace: object.namespace().unwrap_or_default().to_owned(),
            name: object.name().to_owned(),
            status,
            message,
            check: judgement.check,
            error,
        }
    }

    /// A file that holds no object.
    pub(crate) fn unreadable(file: &Path, error: &anyhow::Error) -> Self {
        Self {
            file: file.display().to_string(),
            group: String::new(),
            version: String::new(),
            kind: String::new(),
            namespace: String::new(),
            name: String::new(),
            status: None,
            message: String::new(),
            check: None,
            error: Some(format!("{error:#}")),
        }
    }

    /// Whether the file held an object.
    pub(crate) fn is_object(&self) -> bool {
        !self.kind.is_empty()
    }
}

/// `Kind name: status: message (check)`.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_object() {
            let error = self.error.as_deref().unwrap_or_default();
            return write!(f, "{}: {error}", self.file);
        }
        write!(f, "{} {}: ", self.kind, self.name)?;
        f.write_str(match self.status.as_deref() {
            Some("") => "no status",
            Some(status) => status,
            None => "no check applies",
        })?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message.trim_end())?;
        }
        match &self.check {
            Some(check) => write!(f, " ({check})"),
            None => Ok(()),
        }
    }
}
