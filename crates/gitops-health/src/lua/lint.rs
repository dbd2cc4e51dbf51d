//! What can be seen of a script without running it.

use std::collections::BTreeSet;

use super::{Libraries, verdict};

/// Something suspicious in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// What is suspicious, and what to do.
    pub message: String,
}

/// Libraries that only exist when they are opened.
const OPEN: [&str; 4] = ["string", "math", "os", "io"];

/// A table with more tokens than this before a status is not looked through.
const FARTHEST: usize = 500;

/// Looks through a health script for statuses that do not exist and for libraries
/// that are not there.
pub(super) fn lint(source: &str, libraries: Libraries) -> Vec<Finding> {
    let script = Script::read(source);
    let mut findings: Vec<Finding> = (0..script.tokens.len())
        .filter_map(|at| script.unknown_status(at))
        .collect();
    if libraries == Libraries::Restricted {
        findings.extend(script.missing_libraries("is only there with useOpenLibs"));
    }
    findings.sort_by_key(|finding| finding.line);
    findings
}

/// Looks through a script of actions for libraries that are not there. A status
/// that it sets is the object's own and may be anything.
pub(super) fn lint_action(source: &str, libraries: Libraries) -> Vec<Finding> {
    match libraries {
        Libraries::Open => Vec::new(),
        Libraries::Restricted => Script::read(source)
            .missing_libraries("is not there for actions")
            .collect(),
    }
}

struct Script<'a> {
    /// The tokens with their lines.
    tokens: Vec<(usize, Token<'a>)>,
    /// The names that stand behind a `return`.
    returned: BTreeSet<&'a str>,
    /// The names that the script defines itself, as in `local os = require("os")`.
    defined: BTreeSet<&'a str>,
}

impl<'a> Script<'a> {
    fn read(source: &'a str) -> Self {
        let tokens = tokens(source);
        let (mut returned, mut defined) = (BTreeSet::new(), BTreeSet::new());
        for (at, pair) in tokens.windows(2).enumerate() {
            match (pair[0].1, pair[1].1) {
                (Token::Name("return"), Token::Name(name)) => {
                    returned.insert(name);
                }
                (Token::Name(name), Token::Sign('=')) if !is_field(&tokens, at) => {
                    defined.insert(name);
                }
                _ => {}
            }
        }
        Self {
            tokens,
            returned,
            defined,
        }
    }

    /// `hs.status = "…"` of a table that is returned, or `status = "…"` in one.
    fn unknown_status(&self, at: usize) -> Option<Finding> {
        let [
            (_, before),
            (_, joint),
            (line, Token::Name("status")),
            (_, Token::Sign('=')),
            (_, Token::Text(status)),
        ] = self.tokens.get(at..at + 5)?
        else {
            return None;
        };
        let is_result = match (before, joint) {
            (Token::Name(name), Token::Sign('.')) => self.returned.contains(name),
            (_, Token::Sign('{' | ',')) => self.is_in_result(at + 1),
            _ => false,
        };
        let is_unknown = verdict::parse(status).is_none() && !status.is_empty();
        (is_result && is_unknown).then(|| Finding {
            line: *line,
            message: format!("{status:?} is no health status"),
        })
    }

    /// Whether the table around a token is returned, at once or by its name.
    fn is_in_result(&self, at: usize) -> bool {
        let mut closed = 0_usize;
        for place in (at.saturating_sub(FARTHEST)..=at).rev() {
            match self.tokens[place].1 {
                Token::Sign('}') => closed += 1,
                Token::Sign('{') if closed > 0 => closed -= 1,
                Token::Sign('{') => return self.is_result(&self.tokens[..place]),
                _ => {}
            }
        }
        false
    }

    /// Whether a table that begins behind the tokens is a result.
    fn is_result(&self, before: &[(usize, Token<'_>)]) -> bool {
        match before {
            [.., (_, Token::Name("return"))] => true,
            [.., (_, Token::Name(name)), (_, Token::Sign('='))] => self.returned.contains(name),
            _ => false,
        }
    }

    fn missing_libraries(&self, what: &str) -> impl Iterator<Item = Finding> {
        (0..self.tokens.len()).filter_map(move |at| {
            let (line, library) = self.missing_library(at)?;
            let message = format!("{library} {what}");
            Some(Finding { line, message })
        })
    }

    /// The library used here that is not open, with its line.
    fn missing_library(&self, at: usize) -> Option<(usize, &'a str)> {
        let [(line, Token::Name(library)), (_, Token::Sign('.'))] = self.tokens.get(at..at + 2)?
        else {
            return None;
        };
        let is_missing = OPEN.contains(library)
            && !is_field(&self.tokens, at)
            && !self.defined.contains(library);
        is_missing.then_some((*line, *library))
    }
}

fn is_field(tokens: &[(usize, Token<'_>)], at: usize) -> bool {
    at.checked_sub(1)
        .is_some_and(|before| matches!(tokens[before].1, Token::Sign('.' | ':')))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    /// A text in quotes, as it is written.
    Text(&'a str),
    /// `==` is one sign, `!`, so that it is not taken for an assignment.
    Sign(char),
}

/// The tokens with their lines; comments are left out.
fn tokens(source: &str) -> Vec<(usize, Token<'_>)> {
    let mut tokens = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (token, length) = token(rest, first);
        tokens.extend(token.map(|token| (line, token)));
        let (read, after) = rest.split_at(length);
        line += read.matches('\n').count();
        rest = after;
    }
    tokens
}

/// The token at the start of `rest` and the bytes it takes.
fn token(rest: &str, first: char) -> (Option<Token<'_>>, usize) {
    if let Some(comment) = rest.strip_prefix("--") {
        let length =
            long_bracket(comment).unwrap_or_else(|| comment.find('\n').unwrap_or(comment.len()));
        return (None, length + 2);
    }
    if let Some(length) = long_bracket(rest) {
        return (None, length);
    }
    match first {
        '"' | '\'' => quoted(rest, first),
        '=' | '~' | '<' | '>' if rest[1..].starts_with('=') => (Some(Token::Sign('!')), 2),
        c if c.is_ascii_alphabetic() || c == '_' => {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            (Some(Token::Name(&rest[..length])), length)
        }
        c if c.is_whitespace() => (None, c.len_utf8()),
        c => (Some(Token::Sign(c)), c.len_utf8()),
    }
}

fn quoted(rest: &str, quote: char) -> (Option<Token<'_>>, usize) {
    let mut is_escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\n' => return (None, at),
            end if end == quote => return (Some(Token::Text(&rest[1..at])), at + 1),
            _ => {}
        }
    }
    (None, rest.len())
}

/// The length of `[[…]]` or `[==[…]==]` at the start of `rest`.
fn long_bracket(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('[')?;
    let level = inner.bytes().take_while(|byte| *byte == b'=').count();
    let inner = inner[level..].strip_prefix('[')?;
    let close = format!("]{}]", "=".repeat(level));
    let end = inner
        .find(&close)
        .map_or(inner.len(), |at| at + close.len());
    Some(rest.len() - inner.len() + end)
}

#[cfg(test)]
mod tests {
    use super::{Libraries, lint};

    #[track_caller]
    fn finds(source: &str, libraries: Libraries, expected: &[(usize, &str)]) {
        let findings = lint(source, libraries);
        let found: Vec<(usize, &str)> = findings
            .iter()
            .map(|finding| (finding.line, finding.message.as_str()))
            .collect();
        assert_eq!(found, expected, "{source:?}");
    }

    #[test]
    fn unknown_statuses_are_found() {
        let ready = (2, "\"Ready\" is no health status");
        finds(
            "hs = {}\nhs.status = 'Ready'\nreturn hs",
            Libraries::Open,
            &[ready],
        );
        finds("\nreturn {status = 'Ready'}", Libraries::Open, &[ready]);
        finds(
            "local hs = {\nmessage = '', status = 'Ready'}\nreturn hs",
            Libraries::Open,
            &[ready],
        );
        finds("f({status = 'Ready'}) return {}", Libraries::Open, &[]);
        finds("local c = {}\nc.status = 'False'", Libraries::Open, &[]);
        finds("if c.status == 'True' then end", Libraries::Open, &[]);
        finds(
            "-- hs.status = 'Ready'\n--[[ status = 'x' ]]",
            Libraries::Open,
            &[],
        );
    }

    #[test]
    fn libraries_that_are_not_open_are_found() {
        let missing = (1, "string is only there with useOpenLibs");
        finds("return string.len(x)", Libraries::Restricted, &[missing]);
        finds("return string.len(x)", Libraries::Open, &[]);
        finds("return obj.string.x", Libraries::Restricted, &[]);
        finds(
            "local os = require('os')\nos.time()",
            Libraries::Restricted,
            &[],
        );
    }
}
