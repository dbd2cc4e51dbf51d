//! The build environment that settings may refer to.

use std::collections::BTreeMap;

use gitops_core::render::Request;

/// The variables of an application's build.
pub(super) struct Environment(BTreeMap<&'static str, String>);

impl Environment {
    pub(super) fn new(request: &Request<'_>) -> Self {
        let app = request.app;
        let revision = app
            .revision
            .as_ref()
            .map_or("", |revision| revision.as_str());
        let short = |length: usize| revision.chars().take(length).collect::<String>();
        let source = request.source;
        Self(BTreeMap::from([
            ("ARGOCD_APP_NAME", app.name.clone()),
            ("ARGOCD_APP_NAMESPACE", app.namespace.clone()),
            ("ARGOCD_APP_PROJECT_NAME", app.project.clone()),
            ("ARGOCD_APP_REVISION", revision.to_owned()),
            ("ARGOCD_APP_REVISION_SHORT", short(7)),
            ("ARGOCD_APP_REVISION_SHORT_8", short(8)),
            ("ARGOCD_APP_SOURCE_REPO_URL", source.repo_url.clone()),
            ("ARGOCD_APP_SOURCE_PATH", source.path.clone()),
            (
                "ARGOCD_APP_SOURCE_TARGET_REVISION",
                source.target_revision.clone(),
            ),
        ]))
    }

    /// Replaces `$NAME` and `${NAME}`; unknown names become nothing, `$$` a dollar.
    pub(super) fn expand(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let braced = after
                .strip_prefix('{')
                .and_then(|inner| inner.split_once('}'));
            if let Some((name, after)) = braced {
                out.push_str(self.value(name));
                rest = after;
            } else if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else {
                let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
                let end = after.find(|it| !is_name(it)).unwrap_or(after.len());
                if end == 0 {
                    out.push('$');
                } else {
                    out.push_str(self.value(&after[..end]));
                }
                rest = &after[end..];
            }
        }
        out.push_str(rest);
        out
    }

    fn value(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}
