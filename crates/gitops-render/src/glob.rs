//! The globs of Go's gobwas library, which folders' `include` and charts' `Files`
//! are written in: there `**` means the same wherever it stands.

use regex::{Regex, RegexBuilder};

/// Bytes of a pattern, and of what it compiles to.
const MAX_PATTERN: usize = 4 << 10;
const MAX_COMPILED: usize = 4 << 20;

/// How deep alternatives may lie in each other.
const MAX_NESTING: usize = 32;

/// What stops `*` and `?`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    /// A slash does.
    Slash,
    /// Nothing does.
    None,
}

/// A pattern over whole paths.
pub(crate) struct Glob(Regex);

impl Glob {
    /// Reads a pattern; the error says what is wrong with it.
    pub(crate) fn new(pattern: &str, separator: Separator) -> Result<Self, &'static str> {
        if pattern.len() > MAX_PATTERN {
            return Err("too long");
        }
        let translated = translate(pattern, separator)?;
        RegexBuilder::new(&format!("^(?:{translated})$"))
            .dot_matches_new_line(true)
            .size_limit(MAX_COMPILED)
            .build()
            .map(Self)
            .map_err(|_| "bad or too large")
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

fn translate(pattern: &str, separator: Separator) -> Result<String, &'static str> {
    let any = if separator == Separator::Slash {
        "[^/]"
    } else {
        "."
    };
    let mut regex = String::with_capacity(pattern.len() * 2);
    let mut nesting = 0;
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '*' if chars.next_if_eq(&'*').is_some() => {
                while chars.next_if_eq(&'*').is_some() {}
                regex.push_str(".*");
            }
            '*' => {
                regex.push_str(any);
                regex.push('*');
            }
            '?' => regex.push_str(any),
            '[' => class(&mut chars, &mut regex)?,
            '{' => {
                nesting += 1;
                if nesting > MAX_NESTING {
                    return Err("too many alternatives in each other");
                }
                regex.push_str("(?:");
            }
            '}' if nesting > 0 => {
                nesting -= 1;
                regex.push(')');
            }
            ',' if nesting > 0 => regex.push('|'),
            '\\' => literal(chars.next().ok_or("ends in an escape")?, &mut regex),
            other => literal(other, &mut regex),
        }
    }
    if nesting > 0 {
        Err("alternatives are not closed")
    } else {
        Ok(regex)
    }
}

/// Reads on behind `[`: characters or one range, `!` in front for all others.
fn class(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    regex: &mut String,
) -> Result<(), &'static str> {
    regex.push('[');
    if chars.next_if(|char| matches!(char, '!' | '^')).is_some() {
        regex.push('^');
    }
    let mut is_empty = true;
    loop {
        match chars.next().ok_or("a class is not closed")? {
            ']' if is_empty => return Err("an empty class"),
            ']' => break,
            '-' if !is_empty && chars.peek() != Some(&']') => regex.push('-'),
            '\\' => literal(chars.next().ok_or("a class is not closed")?, regex),
            other => literal(other, regex),
        }
        is_empty = false;
    }
    regex.push(']');
    Ok(())
}

fn literal(char: char, regex: &mut String) {
    let mut buffer = [0; 4];
    regex.push_str(&regex::escape(char.encode_utf8(&mut buffer)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, separator: Separator, matching: &[&str], others: &[&str]) {
        let glob = Glob::new(pattern, separator).unwrap_or_else(|error| panic!("{error}"));
        for path in matching {
            assert!(glob.matches(path), "{path} should match {pattern}");
        }
        for path in others {
            assert!(!glob.matches(path), "{path} should not match {pattern}");
        }
    }

    #[test]
    fn two_stars_pass_slashes_wherever_they_stand() {
        let all = Separator::Slash;
        check("**.txt", all, &["a.txt", "a/b.txt"], &["a.md"]);
        check("*.txt", all, &["a.txt"], &["a/b.txt"]);
        check("**/c", all, &["a/c", "a/b/c"], &["c"]);
        check("a/?", all, &["a/b"], &["a//", "a/bc"]);
        check(
            "*.yaml",
            Separator::None,
            &["a.yaml", "b/a.yaml"],
            &["a.json"],
        );
    }

    #[test]
    fn classes_alternatives_and_escapes() {
        let all = Separator::None;
        check("[a-c].y", all, &["b.y"], &["d.y"]);
        check("[!ab].y", all, &["c.y"], &["a.y"]);
        check("{a,b{1,2}}.y", all, &["a.y", "b2.y"], &["b.y"]);
        check(r"\*\{a,b\}", all, &["*{a,b}"], &["a"]);
        check("a,b}", all, &["a,b}"], &[]);
        check("(a|b)+", all, &["(a|b)+"], &["a"]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in [
            "[a",
            "[]",
            "{a",
            "a\\",
            &"{".repeat(50),
            &"a".repeat(10_000),
        ] {
            assert!(Glob::new(pattern, Separator::None).is_err(), "{pattern}");
        }
    }
}
