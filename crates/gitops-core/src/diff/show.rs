//! Differences as text and JSON, with what Secrets hold hidden.

use std::fmt::Write as _;

use serde_json::{Value, json};
use similar::TextDiff;

use super::changes::{Background, changes};
use super::{Change, Diff, Document, Reason};
use crate::mask::{Masking, is_secret};
use crate::schema::Schema;
use crate::{GroupVersionKind, yaml};

/// Unchanged lines around a change.
const CONTEXT: usize = 3;
/// Longer values are cut in the list of paths.
const MAX_VALUE: usize = 120;

impl Diff {
    /// The same difference with what a Secret holds hidden, in the documents and in
    /// the changes.
    #[must_use]
    pub fn masked(&self, masking: &Masking) -> Self {
        let sides = [&self.predicted, &self.live];
        if !sides
            .iter()
            .any(|side| side.as_ref().is_some_and(|side| is_secret(side)))
        {
            return self.clone();
        }
        let value = |side: &Option<Document>| side.as_ref().map(|side| side.value().clone());
        let (predicted, live) = (value(&self.predicted), value(&self.live));
        let (predicted, live) = masking.hide(predicted.as_ref(), live.as_ref());
        Self {
            changes: self.masked_changes(live.as_ref(), predicted.as_ref()),
            live: live.map(Document::from),
            predicted: predicted.map(Document::from),
            ignored: self.ignored.clone(),
            warnings: self.warnings.clone(),
        }
    }

    /// The changes between masked documents, with the reasons of the real ones.
    fn masked_changes(&self, live: Option<&Value>, predicted: Option<&Value>) -> Vec<Change> {
        let reason = |path: &str| {
            let known = self.changes.iter().find(|change| change.path == path);
            known.map_or(Reason::Drift, |change| change.reason)
        };
        match (live, predicted) {
            (Some(live), Some(predicted)) if !self.changes.is_empty() => {
                let mut found = changes(schema_of(live), live, predicted, Background::default());
                for change in &mut found {
                    change.reason = reason(&change.path);
                }
                found
            }
            (None, Some(predicted)) => {
                vec![Change::new(
                    ".",
                    None,
                    Some(predicted.clone()),
                    Reason::NewInGit,
                )]
            }
            _ => Vec::new(),
        }
    }

    /// A unified diff of the YAML of both sides; empty when nothing changes.
    ///
    /// What a Secret holds is hidden, and so is who manages which field.
    pub fn unified(&self, masking: &Masking) -> String {
        let shown = self.masked(masking);
        if !shown.is_modified() {
            return String::new();
        }
        let (live, predicted) = (
            text_of(shown.live.as_ref()),
            text_of(shown.predicted.as_ref()),
        );
        let name = shown.title();
        TextDiff::from_lines(live.as_str(), predicted.as_str())
            .unified_diff()
            .context_radius(CONTEXT)
            .header(&format!("live {name}"), &format!("wanted {name}"))
            .to_string()
    }

    /// One line a changed field, with both values and the reason.
    ///
    /// What a Secret holds is hidden.
    pub fn paths(&self, masking: &Masking) -> String {
        let mut text = String::new();
        for change in &self.masked(masking).changes {
            let (old, new) = (short(change.old.as_ref()), short(change.new.as_ref()));
            let _ = writeln!(text, "{}: {old} -> {new} ({})", change.path, change.reason);
        }
        text
    }

    /// Changes, both documents, what ignore rules left out, and warnings as JSON.
    ///
    /// What a Secret holds is hidden.
    pub fn to_json(&self, masking: &Masking) -> Value {
        let shown = self.masked(masking);
        json!({
            "modified": shown.is_modified(),
            "changes": shown.changes,
            "live": shown.live,
            "predicted": shown.predicted,
            "ignored": shown.ignored,
            "warnings": shown.warnings,
        })
    }

    /// Kind, namespace and name.
    fn title(&self) -> String {
        let Some(document) = self.predicted.as_ref().or(self.live.as_ref()) else {
            return String::new();
        };
        let field = |value: &Value, key: &str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let metadata = document.get("metadata").unwrap_or(&Value::Null);
        let (kind, name) = (field(document, "kind"), field(metadata, "name"));
        match field(metadata, "namespace").as_str() {
            "" => format!("{kind} {name}"),
            namespace => format!("{kind} {namespace}/{name}"),
        }
    }
}

fn schema_of(document: &Value) -> Option<Schema<'static>> {
    let version = document.get("apiVersion")?.as_str()?;
    let kind = document.get("kind")?.as_str()?;
    crate::schema::builtin().kind(&GroupVersionKind::from_api_version(version, kind))
}

fn text_of(document: Option<&Document>) -> String {
    let Some(document) = document else {
        return String::new();
    };
    let mut value = document.value().clone();
    if let Some(Value::Object(metadata)) = value.get_mut("metadata") {
        metadata.remove("managedFields");
    }
    yaml::to_yaml(&value)
}

fn short(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".into();
    };
    let text = value.to_string();
    if text.chars().count() <= MAX_VALUE {
        return text;
    }
    let cut: String = text.chars().take(MAX_VALUE).collect();
    format!("{cut}…")
}
