//! The patterns of Go's `filepath.Match`, in which `.helmignore` is written.

use std::ops::RangeInclusive;
use std::str::Chars;

/// A pattern over a whole path or name.
pub(super) enum Pattern {
    /// Without anything special.
    Exact(String),
    Pieces(Vec<Piece>),
}

pub(super) enum Piece {
    /// `*`: any characters but slashes.
    Star,
    /// `?`: one character but a slash.
    One,
    Char(char),
    /// `[a-z]`, or `[^a-z]`; either may take a slash.
    Class {
        ranges: Vec<RangeInclusive<char>>,
        negated: bool,
    },
}

impl Piece {
    /// Whether it takes this one character; a star is no piece of one character.
    fn takes(&self, char: char) -> bool {
        match self {
            Self::Star => false,
            Self::One => char != '/',
            Self::Char(wanted) => *wanted == char,
            Self::Class { ranges, negated } => {
                ranges.iter().any(|range| range.contains(&char)) != *negated
            }
        }
    }
}

impl Pattern {
    /// Reads a pattern; `None` when a class or an escape is not complete.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if !text.contains(['*', '?', '[', '\\']) {
            return Some(Self::Exact(text.to_owned()));
        }
        let mut pieces = Vec::new();
        let mut rest = text.chars();
        while let Some(char) = rest.next() {
            pieces.push(match char {
                '*' => Piece::Star,
                '?' => Piece::One,
                '\\' => Piece::Char(rest.next()?),
                '[' => {
                    let (class, after) = class(rest.as_str())?;
                    rest = after.chars();
                    class
                }
                char => Piece::Char(char),
            });
        }
        Some(Self::Pieces(pieces))
    }

    /// Whether the whole of `path` is of the pattern.
    ///
    /// What does not fit is tried again with the star before it taking one more
    /// character. No earlier star needs to be tried, so this takes at most as many
    /// steps as the pattern and the path are long, multiplied.
    pub(super) fn matches(&self, path: &str) -> bool {
        let pieces = match self {
            Self::Exact(text) => return text == path,
            Self::Pieces(pieces) => pieces,
        };
        let (mut piece, mut rest) = (0, path.chars());
        let mut retry: Option<(usize, Chars<'_>)> = None;
        loop {
            if matches!(pieces.get(piece), Some(Piece::Star)) {
                piece += 1;
                retry = Some((piece, rest.clone()));
                continue;
            }
            let mut next = rest.clone();
            match (pieces.get(piece), next.next()) {
                (None, None) => return true,
                (Some(wanted), Some(char)) if wanted.takes(char) => {
                    piece += 1;
                    rest = next;
                }
                _ => {
                    let Some((after_star, from)) = &mut retry else {
                        return false;
                    };
                    if from.next().is_none_or(|char| char == '/') {
                        return false;
                    }
                    piece = *after_star;
                    rest = from.clone();
                }
            }
        }
    }
}

/// The class that begins after its bracket, and what comes after it.
fn class(text: &str) -> Option<(Piece, &str)> {
    let (negated, mut rest) = match text.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut ranges = Vec::new();
    loop {
        if let (false, Some(after)) = (ranges.is_empty(), rest.strip_prefix(']')) {
            return Some((Piece::Class { ranges, negated }, after));
        }
        let (low, after) = bound(rest)?;
        let (high, after) = match after.strip_prefix('-') {
            Some(after) => bound(after)?,
            None => (low, after),
        };
        ranges.push(low..=high);
        rest = after;
    }
}

/// A character of a class, perhaps escaped.
fn bound(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let char = match chars.next()? {
        '-' | ']' => return None,
        '\\' => chars.next()?,
        char => char,
    };
    Some((char, chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[track_caller]
    fn check(pattern: &str, path: &str, matches: bool) {
        let parsed = Pattern::parse(pattern).unwrap();
        assert_eq!(parsed.matches(path), matches, "{pattern} {path}");
    }

    #[test]
    fn patterns_match_as_gos_do() {
        for (pattern, path) in [
            ("", ""),
            ("*", ""),
            ("*.tmp", "a.tmp"),
            ("a*b*c", "axbxbxc"),
            ("*ab", "aab"),
            ("templates/.?*", "templates/.x"),
            ("[a-c]?", "bé"),
            ("[^a]", "b"),
            ("[!a]", "!"),
            ("[/]", "/"),
            ("[\\]]", "]"),
            ("{a,b}", "{a,b}"),
            ("a\\*", "a*"),
        ] {
            check(pattern, path, true);
        }
        for (pattern, path) in [
            ("", "a"),
            ("*", "a/b"),
            ("?", "/"),
            ("*b", "a/b"),
            ("a*b*c", "axbxb"),
            ("[!a]", "b"),
            ("[c-a]", "b"),
            ("a", "ab"),
        ] {
            check(pattern, path, false);
        }
    }

    #[test]
    fn patterns_that_are_not_complete_are_refused() {
        for pattern in ["[", "[]", "[a", "[a-]", "[-a]", "[]a]", "a\\", "[^]"] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }
}
