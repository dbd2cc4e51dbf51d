//! What Go's expressions do not allow though the `regex` crate does, or says of it
//! in other words.

/// Most often that something may be repeated by a count.
const MAX_COUNT: u32 = 1000;

/// What Go refuses first: a repetition of nothing or of a repetition, a count that
/// is too large, a group of an unknown kind, or an escape of nothing.
pub(super) fn refusal(pattern: &str) -> Option<String> {
    let mut check = Check {
        rest: pattern,
        has_operand: false,
        repeated: None,
    };
    while !check.rest.is_empty() {
        if let Err(refusal) = check.step() {
            return Some(refusal);
        }
    }
    None
}

struct Check<'a> {
    rest: &'a str,
    /// Whether there is something that could be repeated.
    has_operand: bool,
    /// The text from the repetition on that was just read.
    repeated: Option<&'a str>,
}

impl<'a> Check<'a> {
    fn step(&mut self) -> Result<(), String> {
        let before = self.rest;
        let repeated = self.repeated.take();
        match before.as_bytes()[0] {
            b'*' | b'+' | b'?' => self.repetition(before, &before[1..], repeated)?,
            b'{' => match count(before) {
                Some((minimum, maximum, after)) => {
                    let too_large = minimum > MAX_COUNT || maximum > Some(MAX_COUNT);
                    if too_large || maximum.is_some_and(|maximum| minimum > maximum) {
                        return refused("invalid repeat count", between(before, after));
                    }
                    self.repetition(before, after, repeated)?;
                }
                None => self.operand(1),
            },
            b'(' => self.group()?,
            b'|' => {
                self.has_operand = false;
                self.rest = &before[1..];
            }
            b'[' => self.operand(class(before)),
            b'\\' => self.escape()?,
            _ => self.operand(before.chars().next().map_or(1, char::len_utf8)),
        }
        Ok(())
    }

    fn operand(&mut self, length: usize) {
        self.has_operand = true;
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn repetition(
        &mut self,
        before: &'a str,
        after: &'a str,
        repeated: Option<&'a str>,
    ) -> Result<(), String> {
        let after = after.strip_prefix('?').unwrap_or(after);
        if let Some(repeated) = repeated {
            let operators = between(repeated, after);
            return refused("invalid nested repetition operator", operators);
        }
        if !self.has_operand {
            let operator = between(before, after);
            return refused("missing argument to repetition operator", operator);
        }
        self.repeated = Some(before);
        self.rest = after;
        Ok(())
    }

    /// The beginning of a group, or flags for what follows.
    fn group(&mut self) -> Result<(), String> {
        let text = self.rest;
        let Some(kind) = text.strip_prefix("(?") else {
            self.has_operand = false;
            self.rest = &text[1..];
            return Ok(());
        };
        if let Some(name) = kind.strip_prefix("P<").or(kind.strip_prefix('<')) {
            let end = name.find('>');
            let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
            let Some(end) = end.filter(|end| *end > 0 && name[..*end].chars().all(is_word)) else {
                let shown = end.map_or(text, |end| between(text, &name[end + 1..]));
                return refused("invalid named capture", shown);
            };
            self.has_operand = false;
            self.rest = &name[end + 1..];
            return Ok(());
        }
        self.flags(text, kind)
    }

    fn flags(&mut self, text: &'a str, flags: &'a str) -> Result<(), String> {
        let (mut negated, mut is_set) = (false, false);
        for (at, char) in flags.char_indices() {
            match char {
                'i' | 'm' | 's' | 'U' => is_set = true,
                '-' if !negated => (negated, is_set) = (true, false),
                ':' | ')' if is_set || !negated => {
                    // Flags alone are no operand and take none away.
                    self.has_operand &= char == ')';
                    self.rest = &flags[at + 1..];
                    return Ok(());
                }
                _ => {
                    let shown = between(text, &flags[at + char.len_utf8()..]);
                    return refused("invalid or unsupported Perl syntax", shown);
                }
            }
        }
        refused("invalid or unsupported Perl syntax", text)
    }

    fn escape(&mut self) -> Result<(), String> {
        let text = self.rest;
        let Some(escaped) = text[1..].chars().next() else {
            return refused("trailing backslash at end of expression", "");
        };
        if escaped == 'Q' {
            let (quoted, after) = text[2..].split_once(r"\E").unwrap_or((&text[2..], ""));
            self.has_operand |= !quoted.is_empty();
            self.rest = after;
            return Ok(());
        }
        let length = 1 + escaped.len_utf8();
        let braced = matches!(escaped, 'p' | 'P' | 'x') && text[length..].starts_with('{');
        let end = text.find('}').filter(|_| braced);
        self.operand(end.map_or(length, |end| end + 1));
        Ok(())
    }
}

fn refused<T>(what: &str, shown: &str) -> Result<T, String> {
    Err(format!("{what}: `{shown}`"))
}

/// The part of `text` before `rest`, which is its end.
fn between<'a>(text: &'a str, rest: &str) -> &'a str {
    &text[..text.len() - rest.len()]
}

/// The least and greatest count in braces, and what comes after them.
fn count(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (minimum, rest) = number(text.strip_prefix('{')?)?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((minimum, Some(minimum), after));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((minimum, None, after));
    }
    let (maximum, rest) = number(rest)?;
    Some((minimum, Some(maximum), rest.strip_prefix('}')?))
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

/// The length of the class that `text` begins with.
fn class(text: &str) -> usize {
    let start = if text.starts_with("[^") { 2 } else { 1 };
    let mut at = start;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b']' if at > start => return at + 1,
            b'\\' => at += 2,
            b'[' if text[at..].starts_with("[:") => {
                at += text[at..].find(":]").map_or(1, |end| end + 2);
            }
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[track_caller]
    fn check(pattern: &str, refused: &str) {
        assert_eq!(refusal(pattern).as_deref(), Some(refused), "{pattern}");
    }

    #[test]
    fn what_go_refuses_is_told_in_its_words() {
        let missing = "missing argument to repetition operator";
        for (pattern, operator) in [
            ("* ", "*"),
            ("a|+", "+"),
            ("(?:?)", "?"),
            ("{2}", "{2}"),
            ("*?", "*?"),
            ("(?i)*", "*"),
        ] {
            check(pattern, &format!("{missing}: `{operator}`"));
        }
        check("a**", "invalid nested repetition operator: `**`");
        check("a{2}{3}", "invalid nested repetition operator: `{2}{3}`");
        check("a???", "invalid nested repetition operator: `???`");
        check("a{1001}", "invalid repeat count: `{1001}`");
        check("x{2,1}", "invalid repeat count: `{2,1}`");
        check("(?z)", "invalid or unsupported Perl syntax: `(?z`");
        check("(?=a)", "invalid or unsupported Perl syntax: `(?=`");
        check("(?i", "invalid or unsupported Perl syntax: `(?i`");
        check("(?P<n", "invalid named capture: `(?P<n`");
        check("a\\", "trailing backslash at end of expression: ``");
    }

    #[test]
    fn what_go_takes_is_left_alone() {
        for pattern in [
            "",
            "a*",
            "a*?b+",
            "^*",
            "(a|b)+",
            "(?i)a*",
            "(?i-s:a)*",
            "(?P<n>x)?",
            "[]*]+",
            "[[:alpha:]*]*",
            r"\Q**\E*",
            r"\p{Greek}+",
            r"\*+",
            "x{,3}",
            "x{01}",
            "a{2,}?",
            "é*",
            r"[\]]*",
        ] {
            assert_eq!(refusal(pattern), None, "{pattern}");
        }
    }
}
