//! Patterns for groups, kinds and names: `*`, `?`, `[a-z]`, `{a,b}`.

use globset::{GlobBuilder, GlobMatcher};

/// A name, or a pattern of names.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Plain(String),
    Any,
    Nothing,
    Glob(GlobMatcher),
}

impl Pattern {
    /// `*` also matches dots and slashes.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if !text.contains(['*', '?', '[', '{', '\\']) {
            return Ok(Self::Plain(text.to_owned()));
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(false)
            .backslash_escape(true)
            .build();
        match glob {
            Ok(glob) => Ok(Self::Glob(glob.compile_matcher())),
            Err(error) => Err(error.kind().to_string()),
        }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Plain(plain) => plain == name,
            Self::Any => true,
            Self::Nothing => false,
            Self::Glob(glob) => glob.is_match(name),
        }
    }

    /// The name, when it is one.
    pub(crate) fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(plain) => Some(plain),
            Self::Any | Self::Nothing | Self::Glob(_) => None,
        }
    }
}
