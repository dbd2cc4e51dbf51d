//! Go's syntax of regular expressions, for the `regex` crate.

use super::{class, escape};

/// Most often that something may be repeated, also by counts inside of counts.
const MAX_COUNT: u32 = 1000;

/// An expression of the `regex` crate with the meaning that Go gives it.
pub(super) struct Translation {
    pub(super) pattern: String,
    /// The names of the groups, the whole match first; Go allows a name twice.
    pub(super) names: Vec<Option<String>>,
}

/// Reads the expression as Go does.
///
/// # Errors
///
/// What is wrong with it, and which part, in Go's words.
pub(super) fn translate(pattern: &str) -> Result<Translation, String> {
    let mut parser = Parser {
        whole: pattern,
        rest: pattern,
        output: String::with_capacity(pattern.len() + 16),
        names: vec![None],
        outer: Vec::new(),
        group: Group::default(),
        repeated: None,
    };
    while let Some(first) = parser.rest.chars().next() {
        parser.step(first)?;
    }
    if !parser.outer.is_empty() {
        return refused("missing closing )", pattern);
    }
    Ok(Translation {
        pattern: parser.output,
        names: parser.names,
    })
}

pub(super) fn refused<T>(what: &str, shown: &str) -> Result<T, String> {
    Err(format!("{what}: `{shown}`"))
}

/// The part of `text` before `rest`, which is its end.
pub(super) fn between<'a>(text: &'a str, rest: &str) -> &'a str {
    &text[..text.len() - rest.len()]
}

struct Parser<'p> {
    whole: &'p str,
    rest: &'p str,
    output: String,
    names: Vec<Option<String>>,
    /// The groups around the one that is read.
    outer: Vec<Group>,
    group: Group,
    /// The text from the repetition on that was just read.
    repeated: Option<&'p str>,
}

#[derive(Default)]
struct Group {
    /// How often the counts in what was just read may repeat a part of it; `None`
    /// where there is nothing that could be repeated.
    last: Option<u32>,
    /// The greatest of them.
    most: u32,
}

impl<'p> Parser<'p> {
    fn step(&mut self, first: char) -> Result<(), String> {
        let before = self.rest;
        let after = &before[first.len_utf8()..];
        let repeated = self.repeated.take();
        match first {
            '*' | '+' | '?' => self.repetition(after, 1, repeated),
            '{' => self.count(repeated),
            '(' => self.open(after),
            ')' => self.close(after),
            '|' => {
                self.group.last = None;
                self.copy(after);
                Ok(())
            }
            '^' | '$' | '.' => {
                self.copy(after);
                self.operand(1);
                Ok(())
            }
            '[' => {
                let (class, after) = class::translate(before)?;
                self.push(&class, after);
                Ok(())
            }
            '\\' => self.escape(),
            literal => {
                self.push(&quoted(literal), after);
                Ok(())
            }
        }
    }

    /// Takes the text up to `after` over as it is.
    fn copy(&mut self, after: &'p str) {
        self.output.push_str(between(self.rest, after));
        self.rest = after;
    }

    /// Adds something that can be repeated.
    fn push(&mut self, translated: &str, after: &'p str) {
        self.output.push_str(translated);
        self.rest = after;
        self.operand(1);
    }

    fn operand(&mut self, counts: u32) {
        self.group.last = Some(counts);
        self.group.most = self.group.most.max(counts);
    }

    /// A count in braces, or a brace.
    fn count(&mut self, repeated: Option<&'p str>) -> Result<(), String> {
        let before = self.rest;
        let Some((minimum, most, after)) = count(before) else {
            self.push(r"\{", &before[1..]);
            return Ok(());
        };
        if most > MAX_COUNT || minimum > most {
            return refused("invalid repeat count", between(before, after));
        }
        self.repetition(after, most, repeated)
    }

    fn repetition(
        &mut self,
        operator_end: &'p str,
        most: u32,
        repeated: Option<&'p str>,
    ) -> Result<(), String> {
        let before = self.rest;
        let after = operator_end.strip_prefix('?').unwrap_or(operator_end);
        if let Some(repeated) = repeated {
            let operators = between(repeated, after);
            return refused("invalid nested repetition operator", operators);
        }
        let Some(counts) = self.group.last else {
            let operator = between(before, after);
            return refused("missing argument to repetition operator", operator);
        };
        let counts = counts.max(1).saturating_mul(most);
        if most > 1 && counts > MAX_COUNT {
            return refused("invalid repeat count", between(before, after));
        }
        self.copy(after);
        self.operand(counts);
        self.repeated = Some(before);
        Ok(())
    }

    /// The beginning of a group, or flags for what follows.
    fn open(&mut self, after: &'p str) -> Result<(), String> {
        let Some(kind) = after.strip_prefix('?') else {
            self.capture(None, after);
            return Ok(());
        };
        let name = kind.strip_prefix("P<").or(kind.strip_prefix('<'));
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return self.flags(kind);
        };
        let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let Some((name, after)) = name.split_once('>') else {
            return refused("invalid named capture", self.rest);
        };
        if name.is_empty() || !name.chars().all(is_word) {
            return refused("invalid named capture", between(self.rest, after));
        }
        self.capture(Some(name.to_owned()), after);
        Ok(())
    }

    /// Groups that are kept have no names in the translation, where a name may stand
    /// but once and not begin with a digit.
    fn capture(&mut self, name: Option<String>, after: &'p str) {
        self.names.push(name);
        self.enter("(", after);
    }

    fn enter(&mut self, opening: &str, after: &'p str) {
        self.output.push_str(opening);
        self.rest = after;
        self.outer.push(std::mem::take(&mut self.group));
    }

    fn close(&mut self, after: &'p str) -> Result<(), String> {
        let Some(outer) = self.outer.pop() else {
            return refused("unexpected )", self.whole);
        };
        let inner = std::mem::replace(&mut self.group, outer);
        self.copy(after);
        self.operand(inner.most.max(1));
        Ok(())
    }

    /// `(?i)` or `(?i:`; `flags` is what follows the question mark.
    fn flags(&mut self, flags: &'p str) -> Result<(), String> {
        let (mut on, mut off) = (String::new(), String::new());
        let mut negated = false;
        for (at, char) in flags.char_indices() {
            let after = &flags[at + char.len_utf8()..];
            match char {
                'i' | 'm' | 's' | 'U' => {
                    on.retain(|known| known != char);
                    off.retain(|known| known != char);
                    if negated { &mut off } else { &mut on }.push(char);
                }
                '-' if !negated => negated = true,
                ':' | ')' if !negated || !off.is_empty() => {
                    self.set_flags(&on, &off, char, after);
                    return Ok(());
                }
                _ => {
                    let shown = between(self.rest, after);
                    return refused("invalid or unsupported Perl syntax", shown);
                }
            }
        }
        refused("invalid or unsupported Perl syntax", self.rest)
    }

    fn set_flags(&mut self, on: &str, off: &str, end: char, after: &'p str) {
        let minus = if off.is_empty() { "" } else { "-" };
        let flags = format!("(?{on}{minus}{off}{end}");
        if end == ':' {
            self.enter(&flags, after);
            return;
        }
        if flags != "(?)" {
            self.output.push_str(&flags);
        }
        self.rest = after;
    }

    fn escape(&mut self) -> Result<(), String> {
        let text = self.rest;
        if let Some(after) = text.strip_prefix(r"\Q") {
            let (literal, after) = after.split_once(r"\E").unwrap_or((after, ""));
            self.output.push_str(&regex::escape(literal));
            self.rest = after;
            if !literal.is_empty() {
                self.operand(1);
            }
            return Ok(());
        }
        let assertion = text.get(..2).and_then(escape::assertion);
        if let Some(assertion) = assertion {
            self.push(assertion, &text[2..]);
        } else if let Some((class, after)) = escape::class(text)? {
            self.push(&format!("[{class}]"), after);
        } else {
            let (char, after) = escape::character(text)?;
            self.push(&quoted(char), after);
        }
        Ok(())
    }
}

/// The character as itself.
fn quoted(char: char) -> String {
    regex::escape(char.encode_utf8(&mut [0; 4]))
}

/// The least and greatest count in braces, and what comes after them; the least is
/// also the greatest where no other is written.
fn count(text: &str) -> Option<(u32, u32, &str)> {
    let (minimum, rest) = number(text.strip_prefix('{')?)?;
    if let Some(after) = rest.strip_prefix('}').or(rest.strip_prefix(",}")) {
        return Some((minimum, minimum, after));
    }
    let (maximum, rest) = number(rest.strip_prefix(',')?)?;
    Some((minimum, maximum, rest.strip_prefix('}')?))
}

/// A number without zeros in front; one that is far too large stays so.
fn number(text: &str) -> Option<(u32, &str)> {
    let is_digit = |char: char| char.is_ascii_digit();
    let (digits, rest) = text.split_at(text.find(|char| !is_digit(char)).unwrap_or(text.len()));
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), rest))
}

#[cfg(test)]
mod tests;
