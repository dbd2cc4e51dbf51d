//! What opens the repositories that are not open to everybody.

use std::fmt;
use std::path::PathBuf;

/// Why a provider of credentials has no answer.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Knows the credentials of repositories: Git and charts alike.
///
/// It is asked with the repository's URL, without user information, each time a
/// connection is made, on a thread that may wait; so a token may be fetched or
/// refreshed there.
///
/// ```
/// use gitops_render::credentials::{Credential, Credentials, Secret};
///
/// struct Team { token: Secret }
///
/// impl Credentials for Team {
///     fn find(&self, url: &str) -> Result<Option<Credential>, gitops_render::credentials::Error> {
///         let ours = url.starts_with("https://git.example.org/team/");
///         Ok(ours.then(|| Credential::Bearer(self.token.clone())))
///     }
/// }
///
/// let team = Team { token: Secret::new("s3cret") };
/// let found = team.find("https://git.example.org/team/app.git")?;
/// assert_eq!(format!("{found:?}"), "Some(Bearer(***))");
/// # Ok::<(), gitops_render::credentials::Error>(())
/// ```
pub trait Credentials: Send + Sync {
    /// The credentials for the repository at `url`; `None` goes without any.
    ///
    /// # Errors
    ///
    /// When there should be some and they cannot be had. The message is shown
    /// to people and must hold no secrets.
    fn find(&self, url: &str) -> Result<Option<Credential>, Error>;

    /// Whom to trust as the server at `url`, and who we are to it.
    ///
    /// Without a word to the contrary, those whom this machine trusts.
    fn tls(&self, _url: &str) -> Tls {
        Tls::default()
    }
}

/// Goes everywhere without credentials.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anonymous;

impl Credentials for Anonymous {
    fn find(&self, _url: &str) -> Result<Option<Credential>, Error> {
        Ok(None)
    }
}

impl<F> Credentials for F
where
    F: Fn(&str) -> Option<Credential> + Send + Sync,
{
    fn find(&self, url: &str) -> Result<Option<Credential>, Error> {
        Ok(self(url))
    }
}

/// One way to open a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// User name and password, or a token in the password's place.
    Basic {
        /// The user name.
        username: String,
        /// The password or token.
        password: Secret,
    },
    /// A token, sent as `Authorization: Bearer`.
    Bearer(Secret),
    /// How to open an SSH connection.
    Ssh(Ssh),
}

impl Credential {
    /// User name and password.
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Basic {
            username: username.into(),
            password: Secret::new(password),
        }
    }

    /// A token, sent as `Authorization: Bearer`.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self::Bearer(Secret::new(token))
    }
}

/// Whom to trust as a server over HTTPS, and who we are to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// Certificates of authorities as PEM text, besides those this machine trusts.
    pub authorities: Vec<String>,
    /// Our certificate and its private key as PEM text, one after the other.
    pub identity: Option<Secret>,
    /// Whether a server's certificate is checked.
    pub verify: Verify,
}

/// Whether a server's certificate is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// It is.
    #[default]
    Always,
    /// It is not. Whoever sits between may read and change everything.
    Never,
}

impl Tls {
    /// Adds an authority's certificates as PEM text.
    #[must_use]
    pub fn authority(mut self, pem: impl Into<String>) -> Self {
        self.authorities.push(pem.into());
        self
    }

    /// Sets our certificate and its private key as PEM text, one after the other.
    #[must_use]
    pub fn identity(mut self, pem: impl Into<Secret>) -> Self {
        self.identity = Some(pem.into());
        self
    }

    /// Sets whether the server's certificate is checked.
    #[must_use]
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }
}

/// How to open an SSH connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ssh {
    /// Who we are.
    pub identity: Identity,
    /// Whom we trust.
    pub known_hosts: KnownHosts,
}

impl Ssh {
    /// The `identity`, with the known hosts of the `ssh` program.
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            known_hosts: KnownHosts::default(),
        }
    }

    /// Sets whom we trust.
    #[must_use]
    pub fn known_hosts(mut self, known_hosts: KnownHosts) -> Self {
        self.known_hosts = known_hosts;
        self
    }
}

/// Who we are to an SSH server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// What the running agent offers, and the key files `ssh` looks for.
    #[default]
    Agent,
    /// The private key in a file.
    File(PathBuf),
    /// A private key as PEM text.
    Key(Secret),
}

/// Which SSH servers are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KnownHosts {
    /// The files the `ssh` program looks at.
    #[default]
    Default,
    /// One file in `known_hosts` format.
    File(PathBuf),
    /// Lines in `known_hosts` format.
    Lines(String),
    /// Everybody. Whoever sits between may read and change everything.
    AcceptAny,
}

/// A text that is not shown: `Debug` prints `***`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes `text` as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for those who must have it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}
