//! The build environment: `$ARGOCD_APP_NAME` and its siblings in an Application.

use gitops_core::Revision;
use gitops_core::render::Request;

/// Replaces `$NAME` and `${NAME}` by what the application is; `$$` is a dollar sign.
///
/// As in the reference, a variable that is not known is empty.
pub(crate) fn expand(request: &Request<'_>, text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        let (name, behind) = name(&rest[at + 1..]);
        match name {
            Some(name) => expanded.push_str(&value(request, name)),
            // Go drops a dollar sign in front of what is no name.
            None if behind.len() < rest.len() - at - 1 => {}
            None => expanded.push('$'),
        }
        rest = behind;
    }
    expanded.push_str(rest);
    expanded
}

/// The name behind a dollar sign, and what follows it.
fn name(text: &str) -> (Option<&str>, &str) {
    if let Some(inner) = text.strip_prefix('{') {
        return match inner.split_once('}') {
            Some(("", behind)) => (None, behind),
            Some((name, behind)) => (Some(name), behind),
            None => (None, inner),
        };
    }
    if let Some(special) = text
        .chars()
        .next()
        .filter(|char| "*#$@!?-0123456789".contains(*char))
    {
        let (name, behind) = text.split_at(special.len_utf8());
        return (Some(name), behind);
    }
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let end = text.find(|char| !is_name(char)).unwrap_or(text.len());
    if end == 0 {
        return (None, text);
    }
    (Some(&text[..end]), &text[end..])
}

fn value(request: &Request<'_>, name: &str) -> String {
    let (app, source) = (request.app, request.source);
    let revision = app.revision.as_ref().map_or("", Revision::as_str);
    let first = |count: usize| revision.get(..count).unwrap_or(revision).to_owned();
    match name {
        "$" => "$".into(),
        "ARGOCD_APP_NAME" => app.name.clone(),
        "ARGOCD_APP_NAMESPACE" => app.namespace.clone(),
        "ARGOCD_APP_PROJECT_NAME" => app.project.clone(),
        "ARGOCD_APP_REVISION" => revision.to_owned(),
        "ARGOCD_APP_REVISION_SHORT" => first(7),
        "ARGOCD_APP_REVISION_SHORT_8" => first(8),
        "ARGOCD_APP_SOURCE_REPO_URL" => source.repo_url.clone(),
        "ARGOCD_APP_SOURCE_PATH" => source.path.clone(),
        "ARGOCD_APP_SOURCE_TARGET_REVISION" => source.target_revision.clone(),
        "KUBE_VERSION" => request.capabilities.kube_version.clone(),
        "KUBE_API_VERSIONS" => request.capabilities.api_versions.join(","),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryTree;
    use gitops_core::TreePath;
    use gitops_core::api::ApplicationSource;
    use gitops_core::render::AppContext;

    #[track_caller]
    fn expands(text: &str, expected: &str) {
        let (tree, path, source) = (
            MemoryTree::new(),
            TreePath::root(),
            ApplicationSource::default(),
        );
        let app = AppContext::new("shop", "prod").revision(Revision::new("0123456789abcdef"));
        let request = Request::new(&tree, &path, &source).app(&app);
        assert_eq!(expand(&request, text), expected);
    }

    #[test]
    fn names_are_replaced() {
        expands("$ARGOCD_APP_NAME-${ARGOCD_APP_NAMESPACE}x", "shop-prodx");
        expands("$ARGOCD_APP_REVISION_SHORT", "0123456");
        expands("a$$b", "a$b");
        expands("$UNKNOWN.", ".");
        expands("no $ sign", "no $ sign");
        expands("end$", "end$");
    }
}
