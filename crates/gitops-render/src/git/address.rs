//! Where a repository is, from the URL people write.

use std::path::{Path, PathBuf};

use gix::url::Scheme;

/// A repository's URL, understood and without user information for HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Address {
    /// A repository on this machine, read where it is.
    Local(PathBuf),
    /// `git://`, or without a process in between, `git daemon`.
    Daemon(Server),
    /// `ssh://`, or `user@host:path`.
    Ssh(Server),
    /// `http://` or `https://`: the URL to send requests to.
    Http { url: String, user: Option<String> },
}

/// A host and what to ask it for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Server {
    pub(super) user: Option<String>,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) path: String,
}

impl Address {
    /// Reads `url`; `None` when it is none of a Git repository.
    ///
    /// A password in the URL is dropped: the URL is shown to people, so
    /// credentials have their own way in.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let url = url.trim();
        if url.starts_with('/') {
            return Some(Self::Local(PathBuf::from(url)));
        }
        let mut parsed = gix::url::parse(url).ok()?;
        let scheme = parsed.scheme.clone();
        if url.contains("::") && !url.contains("://") {
            return None;
        }
        match scheme {
            Scheme::File if url.starts_with("file://") => {
                let path = String::from_utf8(parsed.path.to_vec()).ok()?;
                let on_this_machine = parsed.host().is_none_or(|host| host == "localhost");
                (on_this_machine && Path::new(&path).is_absolute())
                    .then(|| Self::Local(PathBuf::from(path)))
            }
            Scheme::Git => Server::from(&parsed).map(Self::Daemon),
            Scheme::Ssh => Server::from(&parsed).map(Self::Ssh),
            Scheme::Http | Scheme::Https => {
                let user = parsed.set_user(None);
                parsed.set_password(None);
                parsed.host()?;
                let url = String::from_utf8(parsed.to_bstring().to_vec()).ok()?;
                Some(Self::Http { url, user })
            }
            _ => None,
        }
    }

    /// What the repository is cached under: equal for two spellings of one URL.
    pub(super) fn key(&self) -> String {
        let key = match self {
            Self::Local(path) => format!("file://{}", path.display()),
            Self::Daemon(server) => server.url("git"),
            Self::Ssh(server) => server.url("ssh"),
            Self::Http { url, .. } => url.clone(),
        };
        key.trim_end_matches('/').to_owned()
    }

    /// The last part of the path, for people who look into the cache.
    pub(super) fn name(&self) -> String {
        let key = self.key();
        let last = key.rsplit('/').next().unwrap_or_default();
        last.trim_end_matches(".git")
            .chars()
            .filter(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_'))
            .take(40)
            .collect()
    }
}

impl Server {
    fn from(url: &gix::Url) -> Option<Self> {
        let path = String::from_utf8(url.path.to_vec()).ok()?;
        let host = url.host_argument_safe()?.to_owned();
        let user = url.user().map(str::to_owned);
        let safe = !path.contains(['\0', '\n'])
            && !path.trim_start().starts_with('-')
            && !user.as_deref().is_some_and(|user| user.starts_with('-'));
        safe.then_some(Self {
            user,
            host,
            port: url.port,
            path,
        })
    }

    pub(super) fn url(&self, scheme: &str) -> String {
        let user = self
            .user
            .as_ref()
            .map_or(String::new(), |user| format!("{user}@"));
        let port = self.port.map_or(String::new(), |port| format!(":{port}"));
        let slash = if self.path.starts_with('/') { "" } else { "/" };
        format!("{scheme}://{user}{}{port}{slash}{}", self.host, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn key(url: &str, expected: Option<&str>) {
        assert_eq!(
            Address::parse(url).map(|address| address.key()).as_deref(),
            expected,
            "{url}"
        );
    }

    #[test]
    fn spellings_of_one_repository_share_a_cache() {
        key(
            "https://Example.org/a.git/",
            Some("https://example.org/a.git"),
        );
        key(
            "https://me:token@example.org/a.git",
            Some("https://example.org/a.git"),
        );
        key(
            "git@example.org:team/a.git",
            Some("ssh://git@example.org/team/a.git"),
        );
        key("git://example.org:9419/a", Some("git://example.org:9419/a"));
        key("/srv/a", Some("file:///srv/a"));
        key("file:///srv/a", Some("file:///srv/a"));
    }

    #[test]
    fn what_is_no_repository_is_not_served() {
        for url in [
            "",
            "a",
            "./a",
            "oci://example.org/a",
            "ext::sh -c id",
            "-oProxyCommand=x:y",
            "ssh://-oProxyCommand=id/a",
            "file://other/a",
            "https://",
            "ssh://-u@example.org/a",
        ] {
            key(url, None);
        }
    }

    #[test]
    fn a_cache_is_named_after_the_repository() {
        let name = |url| Address::parse(url).unwrap().name();
        assert_eq!(name("https://example.org/team/my+app.git/"), "myapp");
        assert_eq!(name("git@example.org:../../etc"), "etc");
    }
}
