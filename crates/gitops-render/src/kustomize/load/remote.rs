//! References to other repositories.

use gitops_core::Location;

/// A repository, a revision and a folder in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RepoSpec {
    pub(crate) url: String,
    pub(crate) reference: String,
    pub(crate) path: String,
}

impl RepoSpec {
    /// Takes a reference apart; `None` where the text is a path.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("git::").unwrap_or(text);
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let (host, rest) = host(text)?;
        let (repository, path) = split(&host, rest)?;
        let argument = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
                .next()
        };
        let reference = argument("ref").or_else(|| argument("version"));
        Some(Self {
            url: format!("{host}{repository}"),
            reference: reference.unwrap_or_default(),
            path: path.trim_matches('/').to_owned(),
        })
    }

    /// What the world is asked for.
    pub(crate) fn location(&self) -> Location {
        let revision = if self.reference.is_empty() {
            "HEAD"
        } else {
            &self.reference
        };
        Location::git(&self.url, revision)
    }
}

/// The part of a URL up to the repository's path, and what follows.
fn host(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix("file://") {
        return Some(("file://".into(), rest));
    }
    for scheme in ["https://", "http://", "ssh://"] {
        if let Some(rest) = text.strip_prefix(scheme) {
            let end = rest.find('/')?;
            return Some((format!("{scheme}{}/", &rest[..end]), &rest[end + 1..]));
        }
    }
    let short = ["github.com/", "github.com:"]
        .iter()
        .find_map(|host| text.strip_prefix(host));
    if let Some(rest) = short {
        return Some(("https://github.com/".into(), rest));
    }
    let (user, rest) = text.split_once('@')?;
    let is_user = !user.is_empty()
        && user
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_');
    let end = rest.find([':', '/'])?;
    let host = format!("{user}@{}", &rest[..=end]);
    is_user.then_some((host, &rest[end + 1..]))
}

/// The repository's own path and the folder in it.
fn split<'a>(host: &str, rest: &'a str) -> Option<(String, &'a str)> {
    if let Some(at) = rest.find("_git/") {
        let after = at + "_git/".len();
        let end = rest[after..]
            .find('/')
            .map_or(rest.len(), |end| after + end);
        return Some((rest[..end].to_owned(), &rest[end..]));
    }
    if let Some((repository, path)) = rest.split_once("//") {
        return Some((repository.to_owned(), path));
    }
    if let Some(at) = rest.find(".git") {
        let end = at + ".git".len();
        return Some((rest[..end].to_owned(), &rest[end..]));
    }
    if host == "file://" {
        return Some((rest.to_owned(), ""));
    }
    let mut parts = rest.splitn(3, '/');
    let (owner, name) = (parts.next()?, parts.next()?);
    if owner.is_empty() || name.is_empty() {
        return None;
    }
    Some((format!("{owner}/{name}"), parts.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str, &str)>) {
        let spec = RepoSpec::parse(text);
        let parts = spec
            .as_ref()
            .map(|it| (it.url.as_str(), it.reference.as_str(), it.path.as_str()));
        assert_eq!(parts, expected, "{text}");
    }

    #[test]
    fn repositories_are_told_from_paths() {
        check(
            "github.com/org/repo/a/b?ref=v1",
            Some(("https://github.com/org/repo", "v1", "a/b")),
        );
        check(
            "https://example.org/org/repo//deploy?ref=main",
            Some(("https://example.org/org/repo", "main", "deploy")),
        );
        check(
            "https://example.org/org/repo.git/deploy",
            Some(("https://example.org/org/repo.git", "", "deploy")),
        );
        check(
            "git@example.org:org/repo.git//x",
            Some(("git@example.org:org/repo.git", "", "x")),
        );
        check(
            "ssh://git@example.org/org/repo?version=2",
            Some(("ssh://git@example.org/org/repo", "2", "")),
        );
        check(
            "file:///srv/repo.git//x",
            Some(("file:///srv/repo.git", "", "x")),
        );
        check(
            "https://dev.example.org/o/p/_git/repo/a",
            Some(("https://dev.example.org/o/p/_git/repo", "", "a")),
        );
        check("../base", None);
        check("deployment.yaml", None);
    }
}
