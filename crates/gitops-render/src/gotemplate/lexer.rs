//! From text to tokens.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    LeftDelimiter,
    RightDelimiter,
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

/// A part of the text; blanks between tokens of an action are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Whether blanks come before it.
    pub(super) is_apart: bool,
    pub(super) position: u32,
    end: u32,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    /// Where the token being read starts.
    start: usize,
    /// Whether blanks come before it.
    is_apart: bool,
    /// How far has been read.
    at: usize,
    inside: bool,
    parentheses: usize,
    /// What was wrong first.
    message: Option<String>,
}

/// The token of an action that begins at a position.
pub(super) fn token_at(text: &str, position: u32) -> &str {
    let mut lexer = Lexer::new(&text[position as usize..]);
    lexer.inside = true;
    let token = lexer.next();
    token.of(lexer.text)
}

impl Token {
    pub(super) fn start(self) -> usize {
        self.position as usize
    }

    pub(super) fn end(self) -> usize {
        self.end as usize
    }

    /// What it is in its text.
    pub(super) fn of(self, text: &str) -> &str {
        &text[self.start()..self.end()]
    }
}

impl<'a> Lexer<'a> {
    /// Reads a text of at most [`MAX_TEXT`](super::ast::MAX_TEXT) bytes.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            start: 0,
            is_apart: false,
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

    pub(super) fn next(&mut self) -> Token {
        self.is_apart = false;
        self.start = self.at;
        if self.inside {
            self.action()
        } else {
            self.plain()
        }
    }

    /// Whether a dot follows at once, which may begin a field.
    pub(super) fn at_dot(&self) -> bool {
        self.byte() == Some(b'.')
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn bump_while(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.at..];
        let unwanted = rest.iter().position(|byte| !wanted(*byte));
        self.at += unwanted.unwrap_or(rest.len());
    }

    fn take(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let found = self.byte().is_some_and(wanted);
        self.at += usize::from(found);
        found
    }

    /// Reads on to the end of a name.
    fn bump_word(&mut self) {
        self.bump_while(is_ascii_word);
        while self.byte().is_some_and(|byte| !byte.is_ascii()) && self.take_letter() {
            self.bump_while(is_ascii_word);
        }
    }

    /// Takes a letter or digit that is not ASCII.
    fn take_letter(&mut self) -> bool {
        if self.byte().is_none_or(|byte| byte.is_ascii()) {
            return false;
        }
        let letter = self.rest().chars().next();
        let letter = letter.filter(|char| char.is_alphanumeric());
        self.at += letter.map_or(0, char::len_utf8);
        letter.is_some()
    }

    fn token(&self, kind: Kind) -> Token {
        self.part(kind, self.at)
    }

    /// A token that ends before what was read.
    fn part(&self, kind: Kind, end: usize) -> Token {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Token {
            kind,
            is_apart: self.is_apart,
            position: place(self.start),
            end: place(end),
        }
    }

    fn error(&mut self, message: impl Into<String>) -> Token {
        let token = self.token(Kind::Error);
        self.message.get_or_insert_with(|| message.into());
        self.at = self.text.len();
        token
    }

    /// Text up to the next action; comments vanish.
    fn plain(&mut self) -> Token {
        loop {
            self.start = self.at;
            let Some(length) = find_pair(self.rest().as_bytes(), *b"{{") else {
                self.at = self.text.len();
                let kind = if self.at > self.start {
                    Kind::Text
                } else {
                    Kind::End
                };
                return self.token(kind);
            };
            let delimiter = self.at + length;
            let trims = trims_left(&self.text.as_bytes()[delimiter + 2..]);
            let text = &self.text[self.at..delimiter];
            let kept = if trims {
                text.trim_end_matches([' ', '\t', '\r', '\n'])
            } else {
                text
            };
            self.at = delimiter;
            if !kept.is_empty() {
                return self.part(Kind::Text, self.start + kept.len());
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

    fn comment(&mut self) -> Option<Token> {
        let Some(end) = find_pair(&self.rest().as_bytes()[2..], *b"*/") else {
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
        match self.text.as_bytes()[self.at..] {
            [b'}', b'}', ..] => Some(false),
            [space, b'-', b'}', b'}', ..] if is_space(space) => Some(true),
            _ => None,
        }
    }

    fn close(&mut self, trims: bool) {
        self.at += if trims { 4 } else { 2 };
        if trims {
            self.bump_while(is_space);
        }
    }

    fn action(&mut self) -> Token {
        if self.byte().is_some_and(is_space) {
            self.skip_blanks();
        }
        if let Some(trims) = self.right_delimiter() {
            return self.end_of_action(trims);
        }
        let Some(byte) = self.byte() else {
            return self.error("unclosed action");
        };
        if !byte.is_ascii() {
            return self.beyond_ascii();
        }
        self.at += 1;
        match byte {
            b'.' if self.at == self.text.len() => self.number_from_start(),
            b'.' if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) => {
                self.name(Kind::Field, Kind::Dot)
            }
            b'$' => self.name(Kind::Variable, Kind::Variable),
            b'.' | b'+' | b'-' | b'0'..=b'9' => self.number_from_start(),
            _ if is_ascii_word(byte) => self.word(),
            b'"' => self.quoted(b'"', Kind::String, "unterminated quoted string"),
            b'\'' => self.quoted(b'\'', Kind::Char, "unterminated character constant"),
            b'`' => self.raw(),
            b'|' => self.token(Kind::Pipe),
            b'=' => self.token(Kind::Assign),
            b':' if self.take(|byte| byte == b'=') => self.token(Kind::Declare),
            b':' => self.error("expected :="),
            b'(' => {
                self.parentheses += 1;
                self.token(Kind::LeftParenthesis)
            }
            b')' if self.parentheses == 0 => self.error("unexpected right paren"),
            b')' => {
                self.parentheses -= 1;
                self.token(Kind::RightParenthesis)
            }
            b'!'..=b'~' => self.token(Kind::Other),
            control => self.unrecognized(control.into()),
        }
    }

    fn beyond_ascii(&mut self) -> Token {
        let char = self.rest().chars().next().unwrap_or_default();
        if self.take_letter() {
            return self.word();
        }
        self.at += char.len_utf8();
        self.unrecognized(char)
    }

    fn unrecognized(&mut self, char: char) -> Token {
        let shown = code_point(char);
        self.error(format!("unrecognized character in action: {shown}"))
    }

    fn end_of_action(&mut self, trims: bool) -> Token {
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

    /// Reads blanks up to the next token; the last one may belong to a ` -}}`.
    fn skip_blanks(&mut self) {
        self.bump_while(is_space);
        if self.text.as_bytes()[self.at..].starts_with(b"-}}") {
            self.at -= 1;
        }
        self.is_apart = true;
        self.start = self.at;
    }

    fn quoted(&mut self, quote: u8, kind: Kind, unterminated: &str) -> Token {
        loop {
            self.bump_while(|byte| byte != quote && byte != b'\\' && byte != b'\n');
            let found = self.byte();
            self.at += usize::from(found.is_some());
            match found {
                Some(b'\\') if self.byte().is_some_and(|byte| byte != b'\n') => self.at += 1,
                Some(byte) if byte == quote => return self.token(kind),
                _ => return self.error(unterminated),
            }
        }
    }

    fn raw(&mut self) -> Token {
        let Some(length) = memchr::memchr(b'`', self.rest().as_bytes()) else {
            return self.error("unterminated raw quoted string");
        };
        self.at += length + 1;
        self.token(Kind::RawString)
    }

    /// A field or variable; `alone` when nothing follows its mark.
    fn name(&mut self, kind: Kind, alone: Kind) -> Token {
        if self.at_terminator() {
            return self.token(alone);
        }
        self.bump_word();
        self.terminated(kind)
    }

    fn word(&mut self) -> Token {
        self.bump_word();
        let kind = match &self.text[self.start..self.at] {
            "block" | "break" | "continue" | "define" | "else" | "end" | "if" | "range"
            | "template" | "with" => Kind::Keyword,
            "nil" => Kind::Nil,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.terminated(kind)
    }

    fn terminated(&mut self, kind: Kind) -> Token {
        if self.at_terminator() {
            return self.token(kind);
        }
        let char = self.rest().chars().next().unwrap_or_default();
        let shown = code_point(char);
        self.error(format!("bad character {shown}"))
    }

    fn at_terminator(&self) -> bool {
        match self.text.as_bytes()[self.at..] {
            [] | [b'.' | b',' | b'|' | b':' | b')' | b'(', ..] | [b'}', b'}', ..] => true,
            [byte, ..] => is_space(byte),
        }
    }

    fn number_from_start(&mut self) -> Token {
        self.at = self.start;
        let valid = self.number();
        let complex = valid && matches!(self.byte(), Some(b'+' | b'-'));
        if !valid || (complex && !(self.number() && self.text[..self.at].ends_with('i'))) {
            let text = super::quote(&self.text[self.start..self.at]);
            return self.error(format!("bad number syntax: {text}"));
        }
        self.token(Kind::Number)
    }

    fn number(&mut self) -> bool {
        self.take(is_sign);
        let mut radix = 10;
        if self.take(|byte| byte == b'0') {
            radix = match self.byte() {
                Some(b'x' | b'X') => 16,
                Some(b'o' | b'O') => 8,
                Some(b'b' | b'B') => 2,
                _ => 10,
            };
            self.at += usize::from(radix != 10);
        }
        let digit = |byte: u8| byte == b'_' || char::from(byte).is_digit(radix);
        self.bump_while(digit);
        if self.take(|byte| byte == b'.') {
            self.bump_while(digit);
        }
        let exponent: &[u8] = match radix {
            10 => b"eE",
            16 => b"pP",
            _ => b"",
        };
        if self.take(|byte| exponent.contains(&byte)) {
            self.take(is_sign);
            self.bump_while(|byte| byte == b'_' || byte.is_ascii_digit());
        }
        self.take(|byte| byte == b'i');
        !(self.take(is_ascii_word) || self.take_letter())
    }
}

/// Where a pair of bytes begins; much text comes before it.
fn find_pair(text: &[u8], [first, second]: [u8; 2]) -> Option<usize> {
    memchr::memchr_iter(first, text).find(|at| text.get(at + 1) == Some(&second))
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_ascii_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn is_sign(byte: u8) -> bool {
    matches!(byte, b'+' | b'-')
}

/// `- ` after the left delimiter.
fn trims_left(text: &[u8]) -> bool {
    matches!(text, [b'-', space, ..] if is_space(*space))
}

/// A character as Go's messages show it: its code, and itself where it can be seen.
fn code_point(char: char) -> String {
    let code = u32::from(char);
    if char.is_control() {
        format!("U+{code:04X}")
    } else {
        format!("U+{code:04X} '{char}'")
    }
}
