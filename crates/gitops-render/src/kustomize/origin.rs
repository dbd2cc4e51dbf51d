//! Where an object comes from, as `buildMetadata` shows it.

/// A file, or a field of a kustomization and the plugin behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) path: String,
    pub(crate) repo: String,
    pub(crate) reference: String,
    pub(crate) configured_in: String,
    pub(crate) configured_by: Option<ConfiguredBy>,
}

/// The plugin that made or changed an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfiguredBy {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
}

impl ConfiguredBy {
    pub(crate) fn builtin(kind: &str) -> Self {
        Self {
            api_version: "builtin".into(),
            kind: kind.into(),
            ..Self::default()
        }
    }
}

impl Origin {
    /// The text of an annotation.
    pub(crate) fn text(&self) -> String {
        use std::fmt::Write as _;

        let mut text = String::new();
        let mut line = |key: &str, value: &str| {
            if !value.is_empty() {
                let _ = writeln!(text, "{key}: {value}");
            }
        };
        line("path", &self.path);
        line("repo", &self.repo);
        line("ref", &self.reference);
        line("configuredIn", &self.configured_in);
        if let Some(plugin) = &self.configured_by {
            text.push_str("configuredBy:\n");
            let mut line = |key: &str, value: &str| {
                if !value.is_empty() {
                    let _ = writeln!(text, "  {key}: {value}");
                }
            };
            line("apiVersion", &plugin.api_version);
            line("kind", &plugin.kind);
            line("name", &plugin.name);
            line("namespace", &plugin.namespace);
        }
        text
    }

    /// The text of an annotation that lists several.
    pub(crate) fn list(origins: &[Self]) -> String {
        let mut text = String::new();
        for origin in origins {
            for (at, line) in origin.text().lines().enumerate() {
                text.push_str(if at == 0 { "- " } else { "  " });
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }
}
