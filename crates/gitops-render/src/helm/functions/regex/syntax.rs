//! Go's syntax of regular expressions, for the `regex` crate.

use std::borrow::Cow;

/// The expression with the meaning that Go gives it: the shorthands are ASCII's,
/// `\Q…\E` quotes, braces that count nothing are plain, and in brackets only `-`
/// between two characters and `[:alpha:]` are special.
pub(super) fn translated(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains(['\\', '[', '{']) {
        return Cow::Borrowed(pattern);
    }
    let mut translation = Translation {
        output: String::with_capacity(pattern.len() + 16),
        rest: pattern,
    };
    while let Some(char) = translation.rest.chars().next() {
        translation.step(char);
    }
    Cow::Owned(translation.output)
}

struct Translation<'a> {
    output: String,
    rest: &'a str,
}

impl<'a> Translation<'a> {
    fn step(&mut self, char: char) {
        match char {
            '[' => self.class(),
            '{' if !is_count(self.rest) => {
                self.take();
                self.output.push_str(r"\{");
            }
            '\\' => {
                let escape = self.take();
                if escape == r"\Q" {
                    let (quoted, after) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
                    self.output.push_str(&regex::escape(quoted));
                    self.rest = after;
                } else {
                    self.output.push_str(outside_class(escape));
                }
            }
            _ => {
                let taken = self.take();
                self.output.push_str(taken);
            }
        }
    }

    /// One character, or an escape with its mark and its name in braces.
    fn take(&mut self) -> &'a str {
        let mut chars = self.rest.chars();
        let first = chars.next();
        let escaped = chars.clone().next().filter(|_| first == Some('\\'));
        if escaped.is_some() {
            chars.next();
        }
        let mut end = self.rest.len() - chars.as_str().len();
        if matches!(escaped, Some('p' | 'P' | 'x')) && chars.as_str().starts_with('{') {
            end += chars.as_str().find('}').map_or(0, |brace| brace + 1);
        }
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// A class in brackets, up to its end.
    fn class(&mut self) {
        self.take();
        self.output.push('[');
        if self.rest.starts_with('^') {
            self.take();
            self.output.push('^');
        }
        let mut is_first = true;
        while !self.rest.is_empty() {
            if self.rest.starts_with(']') && !is_first {
                self.take();
                self.output.push(']');
                return;
            }
            is_first = false;
            self.item();
        }
    }

    /// A character, a range or a class in a class.
    fn item(&mut self) {
        if let Some(end) = self.named_class() {
            let (name, rest) = self.rest.split_at(end);
            self.output.push_str(name);
            self.rest = rest;
            return;
        }
        let first = self.take();
        if let Some(class) = class_in_class(first) {
            self.output.push_str(class);
            return;
        }
        self.character(first);
        let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]");
        if is_range && self.rest.len() > 1 {
            self.take();
            self.output.push('-');
            let last = self.take();
            self.character(last);
        }
    }

    /// One character of a class, marked where it would mean something else here.
    fn character(&mut self, taken: &str) {
        if matches!(taken, "[" | "]" | "-" | "&" | "~" | "^") {
            self.output.push('\\');
        }
        self.output.push_str(taken);
    }

    /// The end of a `[:alpha:]`.
    fn named_class(&self) -> Option<usize> {
        let inner = self.rest.strip_prefix("[:")?;
        Some("[:".len() + inner.find(":]")? + ":]".len())
    }
}

/// Whether a brace begins a count, such as `{2}`, `{2,}` or `{2,3}`.
fn is_count(text: &str) -> bool {
    let Some((count, _)) = text[1..].split_once('}') else {
        return false;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match count.split_once(',') {
        None => is_number(count),
        Some((from, to)) => is_number(from) && (to.is_empty() || is_number(to)),
    }
}

fn outside_class(escape: &str) -> &str {
    match escape {
        r"\d" => "[0-9]",
        r"\w" => "[0-9A-Za-z_]",
        r"\s" => r"[\t\n\f\r ]",
        r"\b" => r"(?-u:\b)",
        r"\B" => r"(?-u:\B)",
        other => class_in_class(other).unwrap_or(other),
    }
}

/// A shorthand as a part of a class.
fn class_in_class(escape: &str) -> Option<&'static str> {
    Some(match escape {
        r"\d" => "0-9",
        r"\w" => "0-9A-Za-z_",
        r"\s" => r"\t\n\f\r ",
        r"\D" => "[^0-9]",
        r"\W" => "[^0-9A-Za-z_]",
        r"\S" => r"[^\t\n\f\r ]",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[track_caller]
    fn matches(pattern: &str, text: &str, expected: &str) {
        let regex = regex::Regex::new(&translated(pattern)).expect(pattern);
        let found = regex.find(text).map_or("", |found| found.as_str());
        assert_eq!(found, expected, "{pattern} is {}", translated(pattern));
    }

    #[test]
    fn in_brackets_most_characters_are_plain() {
        for (pattern, text, expected) in [
            (r"^[\w-\.]+$", "a.b-c", "a.b-c"),
            ("[a-c-9]+", "x9-bz", "9-b"),
            ("[--/]+", "a-./b", "-./"),
            ("[a-]+", "-a-", "-a-"),
            ("[^]a]+", "]xa", "x"),
            ("[]]+", "a]]", "]]"),
            ("[[]", "a[", "["),
            ("[a&&b]+", "x&&", "&&"),
            ("[~~]", "~", "~"),
            ("[[:digit:]-x]+", "a1-x", "1-x"),
            (r"[\d.]+", "v1.2", "1.2"),
            (r"[\pL_]+", "1é_", "é_"),
            (r"[\p{Greek}]+", "aβγ", "βγ"),
            ("[a^]+", "^a", "^a"),
        ] {
            matches(pattern, text, expected);
        }
    }

    #[test]
    fn braces_that_count_nothing_are_plain() {
        matches(r#"{"a":{}"#, r#"x{"a":{}}"#, r#"{"a":{}"#);
        matches("a{,2}", "a{,2}", "a{,2}");
        matches("^a{2,}b{1}$", "aaab", "aaab");
        matches(r"\p{Lu}\x{41}+", "xÉAA", "ÉAA");
        matches("{", "{", "{");
    }

    #[test]
    fn shorthands_are_of_ascii() {
        matches(r"\w+", "é1", "1");
        matches(r"\d", "٣3", "3");
        matches(r"\S+", " é ", "é");
        matches(r"\Qa.b\E.", "a.bc", "a.bc");
        matches(r"\Q[x", "[x", "[x");
    }
}
