//! From text to tokens.

/// The white space that Go's templates know.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    LeftDelimiter,
    RightDelimiter,
    Space,
    Declare,
    Assign,
    Pipe,
    LeftParenthesis,
    RightParenthesis,
    String,
    RawString,
    Char,
    Number,
    Bool,
    Identifier,
    Keyword,
    Dot,
    Nil,
    Field,
    Variable,
    /// Any other printable character.
    Other,
    /// No token; [`Lexer::message`] says what is wrong.
    Error,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) position: usize,
    pub(super) text: &'a str,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    /// Where the token being read starts.
    start: usize,
    /// How far has been read.
    at: usize,
    inside: bool,
    parentheses: usize,
    /// What was wrong first.
    message: Option<String>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            start: 0,
            at: 0,
            inside: false,
            parentheses: 0,
            message: None,
        }
    }

    /// What is wrong, once there was an error.
    pub(super) fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_default()
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        self.start = self.at;
        if self.inside {
            self.action()
        } else {
            self.plain()
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn bump_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|char| !wanted(char)).unwrap_or(rest.len());
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        let found = self.peek().is_some_and(wanted);
        if found {
            self.bump();
        }
        found
    }

    fn token(&self, kind: Kind) -> Token<'a> {
        Token {
            kind,
            position: self.start,
            text: &self.text[self.start..self.at],
        }
    }

    fn error(&mut self, message: impl Into<String>) -> Token<'a> {
        let token = self.token(Kind::Error);
        self.message.get_or_insert_with(|| message.into());
        self.at = self.text.len();
        token
    }

    /// Text up to the next action; comments vanish.
    fn plain(&mut self) -> Token<'a> {
        loop {
            self.start = self.at;
            let Some(length) = find_delimiter(self.rest()) else {
                self.at = self.text.len();
                let kind = if self.at > self.start {
                    Kind::Text
                } else {
                    Kind::End
                };
                return self.token(kind);
            };
            let delimiter = self.at + length;
            let trims = trims_left(&self.text[delimiter + 2..]);
            let text = &self.text[self.at..delimiter];
            let kept = if trims {
                text.trim_end_matches(SPACE)
            } else {
                text
            };
            self.at = delimiter;
            if !kept.is_empty() {
                return Token {
                    kind: Kind::Text,
                    position: self.start,
                    text: kept,
                };
            }
            let opened = delimiter + 2 + if trims { 2 } else { 0 };
            if !self.text[opened..].starts_with("/*") {
                self.start = delimiter;
                self.at = delimiter + 2;
                let token = self.token(Kind::LeftDelimiter);
                self.at = opened;
                self.inside = true;
                self.parentheses = 0;
                return token;
            }
            self.start = opened;
            self.at = opened;
            if let Some(error) = self.comment() {
                return error;
            }
        }
    }

    fn comment(&mut self) -> Option<Token<'a>> {
        let Some(end) = self.rest()[2..].find("*/") else {
            return Some(self.error("unclosed comment"));
        };
        self.at += 2 + end + 2;
        let Some(trims) = self.right_delimiter() else {
            return Some(self.error("comment ends before closing delimiter"));
        };
        self.close(trims);
        None
    }

    /// Whether the action ends here, and then whether it trims what follows.
    fn right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if trims_right(rest) && rest[2..].starts_with("}}") {
            return Some(true);
        }
        rest.starts_with("}}").then_some(false)
    }

    fn close(&mut self, trims: bool) {
        self.at += if trims { 4 } else { 2 };
        if trims {
            self.bump_while(is_space);
        }
    }

    fn action(&mut self) -> Token<'a> {
        if let Some(trims) = self.right_delimiter() {
            return self.end_of_action(trims);
        }
        let Some(char) = self.bump() else {
            return self.error("unclosed action");
        };
        match char {
            _ if is_space(char) => self.space(),
            '=' => self.token(Kind::Assign),
            ':' if self.take(|char| char == '=') => self.token(Kind::Declare),
            ':' => self.error("expected :="),
            '|' => self.token(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string"),
            '\'' => self.quoted('\'', Kind::Char, "unterminated character constant"),
            '`' => self.raw(),
            '$' => self.name(Kind::Variable, Kind::Variable),
            '.' if !self.peek().is_some_and(|char| char.is_ascii_digit()) => {
                if self.rest().is_empty() {
                    return self.number_from_start();
                }
                self.name(Kind::Field, Kind::Dot)
            }
            '.' | '+' | '-' | '0'..='9' => self.number_from_start(),
            _ if is_word(char) => self.word(),
            '(' => {
                self.parentheses += 1;
                self.token(Kind::LeftParenthesis)
            }
            ')' if self.parentheses == 0 => self.error("unexpected right paren"),
            ')' => {
                self.parentheses -= 1;
                self.token(Kind::RightParenthesis)
            }
            '!'..='~' => self.token(Kind::Other),
            _ => {
                let shown = if char.is_control() {
                    String::new()
                } else {
                    format!(" '{char}'")
                };
                let code = u32::from(char);
                self.error(format!(
                    "unrecognized character in action: U+{code:04X}{shown}"
                ))
            }
        }
    }

    fn end_of_action(&mut self, trims: bool) -> Token<'a> {
        if self.parentheses > 0 {
            return self.error("unclosed left paren");
        }
        self.start = self.at + if trims { 2 } else { 0 };
        self.at = self.start + 2;
        let token = self.token(Kind::RightDelimiter);
        self.at = self.start - if trims { 2 } else { 0 };
        self.close(trims);
        self.inside = false;
        token
    }

    /// Blanks; the last one may belong to a ` -}}`.
    fn space(&mut self) -> Token<'a> {
        self.bump_while(is_space);
        let last = &self.text[self.at - 1..];
        if trims_right(last) && last[2..].starts_with("}}") {
            self.at -= 1;
            if self.at == self.start {
                return self.end_of_action(true);
            }
        }
        self.token(Kind::Space)
    }

    fn quoted(&mut self, quote: char, kind: Kind, unterminated: &str) -> Token<'a> {
        loop {
            match self.bump() {
                Some('\\') if self.peek().is_some_and(|char| char != '\n') => {
                    self.bump();
                }
                Some('\\' | '\n') | None => return self.error(unterminated),
                Some(char) if char == quote => return self.token(kind),
                Some(_) => {}
            }
        }
    }

    fn raw(&mut self) -> Token<'a> {
        let Some(length) = self.rest().find('`') else {
            return self.error("unterminated raw quoted string");
        };
        self.at += length + 1;
        self.token(Kind::RawString)
    }

    /// A field or variable; `alone` when nothing follows its mark.
    fn name(&mut self, kind: Kind, alone: Kind) -> Token<'a> {
        if self.at_terminator() {
            return self.token(alone);
        }
        self.bump_while(is_word);
        self.terminated(kind)
    }

    fn word(&mut self) -> Token<'a> {
        self.bump_while(is_word);
        let kind = match &self.text[self.start..self.at] {
            "block" | "break" | "continue" | "define" | "else" | "end" | "if" | "range"
            | "template" | "with" => Kind::Keyword,
            "nil" => Kind::Nil,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.terminated(kind)
    }

    fn terminated(&mut self, kind: Kind) -> Token<'a> {
        if self.at_terminator() {
            return self.token(kind);
        }
        let char = self.peek().unwrap_or_default();
        let code = u32::from(char);
        let shown = if char.is_control() {
            String::new()
        } else {
            format!(" '{char}'")
        };
        self.error(format!("bad character U+{code:04X}{shown}"))
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(char) => is_space(char) || self.rest().starts_with("}}"),
        }
    }

    fn number_from_start(&mut self) -> Token<'a> {
        self.at = self.start;
        let valid = self.number();
        let complex = valid && self.peek().is_some_and(|char| matches!(char, '+' | '-'));
        if !valid || (complex && !(self.number() && self.text[..self.at].ends_with('i'))) {
            let text = super::quote(&self.text[self.start..self.at]);
            return self.error(format!("bad number syntax: {text}"));
        }
        self.token(Kind::Number)
    }

    fn number(&mut self) -> bool {
        self.take(|char| matches!(char, '+' | '-'));
        let mut radix = 10;
        if self.take(|char| char == '0') {
            radix = match self.peek() {
                Some('x' | 'X') => 16,
                Some('o' | 'O') => 8,
                Some('b' | 'B') => 2,
                _ => 10,
            };
            if radix != 10 {
                self.bump();
            }
        }
        let digit = |char: char| char == '_' || char.is_digit(radix);
        self.bump_while(digit);
        if self.take(|char| char == '.') {
            self.bump_while(digit);
        }
        let exponent = match radix {
            10 => ['e', 'E'],
            16 => ['p', 'P'],
            _ => ['\0'; 2],
        };
        if self.take(|char| exponent.contains(&char)) {
            self.take(|char| matches!(char, '+' | '-'));
            self.bump_while(|char| char == '_' || char.is_ascii_digit());
        }
        self.take(|char| char == 'i');
        !self.take(is_word)
    }
}

/// Where the next left delimiter begins; much text comes before it.
fn find_delimiter(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let brace = from + text[from..].find('{')?;
        from = brace + 1;
        if text[from..].starts_with('{') {
            return Some(brace);
        }
    }
}

fn is_space(char: char) -> bool {
    SPACE.contains(&char)
}

fn is_word(char: char) -> bool {
    char == '_' || char.is_ascii_alphanumeric() || (!char.is_ascii() && char.is_alphanumeric())
}

/// `- ` after the left delimiter.
fn trims_left(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next() == Some('-') && chars.next().is_some_and(is_space)
}

/// ` -` before the right delimiter.
fn trims_right(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(is_space) && chars.next() == Some('-')
}
