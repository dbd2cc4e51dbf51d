//! Regular expressions of users, most of which are plain text.

use regex::Regex;

/// A pattern for the beginning of a text; compiled where it holds more than text and points, which
/// stand for any character.
#[derive(Debug)]
pub(crate) enum Pattern {
    Text(String),
    Compiled(Regex),
}

impl Pattern {
    /// Compiles `expression` unless `pattern`, which it is made of, is plain text.
    pub(crate) fn new(
        pattern: &str,
        expression: impl FnOnce(&str) -> String,
    ) -> Result<Self, String> {
        let is_text = |byte: u8| byte.is_ascii_alphanumeric() || b"./-_:".contains(&byte);
        if pattern.bytes().all(is_text) {
            return Ok(Self::Text(pattern.to_owned()));
        }
        regex(&expression(pattern)).map(Self::Compiled)
    }

    /// A pattern for whole texts.
    pub(crate) fn whole(pattern: &str) -> Result<Self, String> {
        Self::new(pattern, |pattern| format!("^(?:{pattern})$"))
    }

    /// Whether a text fits, of which `is_rest` must hold for what follows the plain text.
    pub(crate) fn fits(&self, text: &str, is_rest: impl FnOnce(&str) -> bool) -> bool {
        match self {
            Self::Text(pattern) => after(pattern, text).is_some_and(is_rest),
            Self::Compiled(regex) => regex.is_match(text),
        }
    }

    /// Whether a whole text fits.
    pub(crate) fn fits_whole(&self, text: &str) -> bool {
        self.fits(text, str::is_empty)
    }
}

/// What follows the text that fits a plain pattern.
fn after<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    let mut rest = text.chars();
    for expected in pattern.chars() {
        let found = rest.next()?;
        if found != expected && (expected != '.' || found == '\n') {
            return None;
        }
    }
    Some(rest.as_str())
}

/// A regular expression from a user, bounded in size.
pub(crate) fn regex(pattern: &str) -> Result<Regex, String> {
    let builder = regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .build();
    builder.map_err(|error| format!("error parsing regexp: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str) {
        let compiled = regex(&format!("^(?:{pattern})$")).unwrap();
        let pattern = Pattern::whole(pattern).unwrap();
        assert!(matches!(pattern, Pattern::Text(_)));
        assert_eq!(pattern.fits_whole(text), compiled.is_match(text), "{text}");
    }

    #[test]
    fn plain_patterns_fit_what_they_would_fit_compiled() {
        for text in ["a.b", "axb", "aéb", "a\nb", "ab", "a.bc", "", "xa.b"] {
            check("a.b", text);
        }
        check("localhost:5000/shop_web", "localhost:5000/shop_web");
        check("", "");
        check("", "a");
    }

    #[test]
    fn anything_else_is_compiled() {
        assert!(Pattern::whole("web|api").unwrap().fits_whole("api"));
        assert!(Pattern::whole("web-.*").unwrap().fits_whole("web-1"));
        assert!(Pattern::whole("(").is_err());
    }
}
