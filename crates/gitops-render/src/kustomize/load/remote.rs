//! References to other repositories.

use gitops_core::{Location, TreePath};

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
        if text.starts_with('/') {
            return None;
        }
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let (host, rest) = host(strip_prefix(text, "git::").unwrap_or(text))?;
        let (repository, path) = split(&host, rest)?;
        let is_outside = TreePath::new(path.trim_start_matches('/')).is_err();
        if repository.is_empty() || is_outside {
            return None;
        }
        Some(Self {
            url: format!("{host}{repository}"),
            reference: reference(query),
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

/// The revision a query asks for: `ref`, or else `version`. Of equal names the first counts.
fn reference(query: &str) -> String {
    let argument = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(key, _)| *key == name);
        found.map_or_else(String::new, |(_, value)| unescaped(value))
    };
    match argument("ref") {
        reference if reference.is_empty() => argument("version"),
        reference => reference,
    }
}

/// The value of an argument: `+` is a blank, `%2F` a slash. What is no escape stays as it is.
fn unescaped(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let code = after
            .get(..2)
            .filter(|code| *first == b'%' && code.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => bytes.push(if *first == b'+' { b' ' } else { *first }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What follows a prefix, written in any case.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// The part of a URL up to the repository's path, and what follows.
///
/// What is on GitHub has one form with a user and one without, however it is written.
fn host(text: &str) -> Option<(String, &str)> {
    const SCHEMES: [&str; 4] = ["ssh://", "https://", "http://", "file://"];
    let mut schemes = SCHEMES.into_iter();
    let scheme = schemes.find_map(|it| Some((it, strip_prefix(text, it)?)));
    let (scheme, rest) = scheme.unwrap_or(("", text));
    if scheme == "file://" {
        return Some((scheme.to_owned(), rest));
    }
    let (user, rest) = user(rest);
    let on_github = ["github.com/", "github.com:"]
        .iter()
        .find_map(|host| strip_prefix(rest, host));
    if scheme.is_empty() && user.is_empty() && on_github.is_none() {
        return None;
    }
    if let Some(rest) = on_github {
        let has_user = scheme == "ssh://" || !user.is_empty();
        let host = if has_user {
            format!("{user}github.com:")
        } else {
            "https://github.com/".to_owned()
        };
        return Some((host, rest));
    }
    let end = end_of_host(rest, scheme.is_empty())?;
    let (host, rest) = rest.split_at(end + 1);
    Some((format!("{scheme}{user}{host}"), rest))
}

/// The user with the `@` behind it, and what follows.
fn user(text: &str) -> (&str, &str) {
    let name = text.find('@').map(|at| &text[..at]).unwrap_or_default();
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    text.split_at(if is_name { name.len() + 1 } else { 0 })
}

/// Where the host ends: at a slash, or before it at a colon where no scheme is written.
fn end_of_host(text: &str, may_be_colon: bool) -> Option<usize> {
    let slash = text.find('/');
    let colon = text.find(':').filter(|at| may_be_colon && *at > 0);
    match (slash, colon) {
        (Some(slash), Some(colon)) => Some(slash.min(colon)),
        (slash, colon) => slash.or(colon),
    }
}

/// The repository's own path and the folder in it.
fn split<'a>(host: &str, rest: &'a str) -> Option<(&'a str, &'a str)> {
    if let Some(at) = rest.find("_git/") {
        let name = at + "_git/".len();
        let end = rest[name..].find('/').map_or(rest.len(), |end| name + end);
        return Some(rest.split_at(end));
    }
    if let Some(parts) = rest.split_once("//") {
        return Some(parts);
    }
    if let Some(at) = rest.find(".git") {
        return Some(rest.split_at(at + ".git".len()));
    }
    if host == "file://" {
        return Some((rest, ""));
    }
    let mut slashes = rest.match_indices('/').map(|(at, _)| at);
    slashes.next()?;
    Some(rest.split_at(slashes.next().unwrap_or(rest.len())))
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
    fn a_repository_ends_at_a_mark_or_else_at_the_second_part() {
        let site = "https://example.org/";
        for (text, repository, path) in [
            ("org/repo", "org/repo", ""),
            ("org/repo/a/b", "org/repo", "a/b"),
            ("group/sub/repo//deploy", "group/sub/repo", "deploy"),
            ("org/repo.git/deploy", "org/repo.git", "deploy"),
            ("o/p/_git/repo/a", "o/p/_git/repo", "a"),
        ] {
            let url = format!("{site}{repository}");
            check(&format!("{site}{text}"), Some((&url, "", path)));
        }
    }

    #[test]
    fn hosts_have_a_scheme_or_a_user() {
        for (text, url) in [
            ("http://example.org/a/b", "http://example.org/a/b"),
            ("HTTPS://example.org/a/b", "https://example.org/a/b"),
            (
                "ssh://git@example.org:22/a/b",
                "ssh://git@example.org:22/a/b",
            ),
            ("file:///srv/a/b/c", "file:///srv/a/b/c"),
            ("git::https://example.org/a/b", "https://example.org/a/b"),
            ("git@example.org:a/b", "git@example.org:a/b"),
            ("me@example.org/a/b", "me@example.org/a/b"),
        ] {
            check(text, Some((url, "", "")));
        }
    }

    #[test]
    fn github_needs_no_scheme() {
        let plain = "https://github.com/org/repo";
        for text in [
            "github.com/org/repo",
            "GitHub.com:org/repo",
            "http://github.com/org/repo",
        ] {
            check(text, Some((plain, "", "")));
        }
        for text in ["git@github.com:org/repo", "https://git@github.com/org/repo"] {
            check(text, Some(("git@github.com:org/repo", "", "")));
        }
        check(
            "ssh://git@github.com/org/repo",
            Some(("git@github.com:org/repo", "", "")),
        );
    }

    #[test]
    fn a_query_names_the_revision() {
        for (query, reference) in [
            ("ref=v1", "v1"),
            ("version=2", "2"),
            ("version=2&ref=v1", "v1"),
            ("ref=&version=2", "2"),
            ("timeout=90s&submodules=false&ref=a%2Fb", "a/b"),
            ("ref=100%", "100%"),
            ("ref=a%+f", "a% f"),
            ("", ""),
        ] {
            let text = format!("github.com/org/repo//deploy?{query}");
            check(
                &text,
                Some(("https://github.com/org/repo", reference, "deploy")),
            );
        }
    }

    #[test]
    fn anything_else_is_a_path() {
        for text in [
            "../base",
            "deployment.yaml",
            "/srv/repo.git",
            "example.org/org/repo",
            "github.com/org",
            "https://example.org",
            "https://example.org/repo",
            "user_name@example.org:org/repo",
            "ftp://example.org/org/repo",
            "https://example.org/org/repo//../..",
        ] {
            check(text, None);
        }
    }
}
