//! Letter case, and words by their case.

use super::{Entry, STRING, takes};
use crate::gotemplate::Value;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("upper", takes(&[STRING]), |call| {
        Ok(map_chars(&call.text(0), upper))
    }),
    ("lower", takes(&[STRING]), |call| {
        Ok(map_chars(&call.text(0), lower))
    }),
    ("title", takes(&[STRING]), |call| {
        Ok(title(&call.text(0)).into())
    }),
    ("untitle", takes(&[STRING]), |call| {
        Ok(untitle(&call.text(0)).into())
    }),
    ("swapcase", takes(&[STRING]), |call| {
        Ok(swap(&call.text(0)).into())
    }),
    ("initials", takes(&[STRING]), |call| {
        Ok(initials(call.bytes(0)).into())
    }),
    ("snakecase", takes(&[STRING]), |call| {
        Ok(delimited(&call.text(0), '_').into())
    }),
    ("kebabcase", takes(&[STRING]), |call| {
        Ok(delimited(&call.text(0), '-').into())
    }),
    ("camelcase", takes(&[STRING]), |call| {
        Ok(pascal(&call.text(0)).into())
    }),
];

/// Go maps one character to one; what would become several stays.
fn upper(char: char) -> char {
    let mut upper = char.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => char,
    }
}

fn lower(char: char) -> char {
    // Only U+0130 becomes two; Go gives its first, a plain i.
    char.to_lowercase().next().unwrap_or(char)
}

fn map_chars(text: &str, map: fn(char) -> char) -> Value {
    text.chars().map(map).collect::<String>().into()
}

/// Upper case after everything that is no letter, digit or underscore.
fn title(text: &str) -> String {
    let mut before = ' ';
    let titled = text.chars().map(|char| {
        let starts = is_separator(before);
        before = char;
        if starts { title_case(char) } else { char }
    });
    titled.collect()
}

/// The form for the beginning of a word, which only digraphs such as `ǆ` have of their own.
fn title_case(char: char) -> char {
    match char {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        other => upper(other),
    }
}

fn is_separator(char: char) -> bool {
    if char.is_ascii() {
        return !(char.is_ascii_alphanumeric() || char == '_');
    }
    !char.is_alphanumeric() && char.is_whitespace()
}

fn untitle(text: &str) -> String {
    let mut starts = true;
    let untitled = text.chars().map(|char| {
        if char.is_whitespace() {
            starts = true;
            return char;
        }
        if std::mem::take(&mut starts) {
            lower(char)
        } else {
            char
        }
    });
    untitled.collect()
}

fn swap(text: &str) -> String {
    let swapped = text.chars().map(|char| match char {
        _ if char.is_uppercase() => lower(char),
        _ if char.is_lowercase() => upper(char),
        _ => char,
    });
    swapped.collect()
}

/// The first byte of every word, each as a character: the reference reads bytes.
fn initials(text: &[u8]) -> String {
    let mut after_gap = true;
    let mut initials = String::new();
    for char in text.iter().copied().map(char::from) {
        if char.is_whitespace() {
            after_gap = true;
        } else if std::mem::take(&mut after_gap) {
            initials.push(char);
        }
    }
    initials
}

fn is_connector(char: char) -> bool {
    char == '-' || char == '_' || char.is_whitespace()
}

/// Words joined, each with a capital; connectors at both ends stay.
fn pascal(text: &str) -> String {
    let mut chars = text.chars();
    let mut joined = String::with_capacity(text.len());
    let mut current = loop {
        match chars.next() {
            None => return joined,
            Some(char) if is_connector(char) => joined.push(char),
            Some(char) => break char,
        }
    };
    let mut lowering = current.is_uppercase();
    current = upper(current);
    for next in chars {
        let previous = std::mem::replace(&mut current, next);
        match (is_connector(previous), is_connector(next)) {
            (true, true) => joined.push(previous),
            (true, false) => {
                lowering = next.is_uppercase();
                current = upper(next);
            }
            (false, _) => {
                lowering &= next.is_uppercase();
                if lowering {
                    current = lower(next);
                }
                joined.push(previous);
            }
        }
    }
    joined.push(current);
    joined
}

/// What a stretch of text is, for finding words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
    End,
}

/// Words in lower case with `connector` between them: `HTTPServer2` is `http_server2`.
fn delimited(text: &str, connector: char) -> String {
    let mut words = Words { rest: text };
    let mut written = Delimited {
        text: String::with_capacity(text.len() + 8),
        connector,
    };
    let (mut kind, mut word) = words.next_word();
    while !words.rest.is_empty() {
        if kind != Word::Connector {
            written.word(kind, word);
        }
        let (before, last) = (kind, word);
        (kind, word) = words.next_word();
        match before {
            Word::Number => {
                (kind, word) = written.letters_and_numbers(&mut words, kind, word);
                written.connect(kind);
            }
            Word::Connector => written.word(before, last),
            Word::Punctuation => {}
            _ if kind != Word::Number => written.connect(kind),
            _ if words.rest.is_empty() => {}
            _ => (kind, word) = written.number_after_word(&mut words, word),
        }
    }
    written.word(kind, word);
    written.text
}

struct Delimited {
    text: String,
    connector: char,
}

impl Delimited {
    fn word(&mut self, kind: Word, word: &str) {
        match kind {
            Word::Connector => {
                let connector = self.connector;
                self.text.extend(word.chars().map(|_| connector));
            }
            Word::End => {}
            _ => self.text.extend(word.chars().map(lower)),
        }
    }

    fn connect(&mut self, next: Word) {
        if !matches!(next, Word::End | Word::Punctuation | Word::Connector) {
            self.text.push(self.connector);
        }
    }

    fn letters_and_numbers<'t>(
        &mut self,
        words: &mut Words<'t>,
        mut kind: Word,
        mut word: &'t str,
    ) -> (Word, &'t str) {
        while matches!(kind, Word::Letters | Word::Number) {
            self.word(kind, word);
            (kind, word) = words.next_word();
        }
        (kind, word)
    }

    /// A number belongs to the word before it, unless small letters follow.
    fn number_after_word<'t>(&mut self, words: &mut Words<'t>, number: &'t str) -> (Word, &'t str) {
        let (kind, word) = words.next_word();
        if kind != Word::Letters {
            self.word(Word::Number, number);
            self.connect(kind);
            return (kind, word);
        }
        self.text.push(self.connector);
        self.word(Word::Number, number);
        let (kind, word) = self.letters_and_numbers(words, kind, word);
        self.connect(kind);
        (kind, word)
    }
}

struct Words<'t> {
    rest: &'t str,
}

impl<'t> Words<'t> {
    fn next_word(&mut self) -> (Word, &'t str) {
        let Some(first) = self.rest.chars().next() else {
            return (Word::End, "");
        };
        match first {
            _ if is_connector(first) => self.take(Word::Connector, is_connector),
            _ if is_punctuation(first) => self.take(Word::Punctuation, is_punctuation),
            _ if first.is_uppercase() => self.upper_word(),
            _ if is_letter(first) => self.take(Word::Letters, is_small),
            _ if first.is_numeric() => self.take(Word::Number, char::is_numeric),
            _ => self.take(Word::Other, |char| {
                !is_connector(char)
                    && !is_letter(char)
                    && !char.is_numeric()
                    && !is_punctuation(char)
            }),
        }
    }

    /// The first character and all after it that are wanted.
    fn take(&mut self, kind: Word, wanted: fn(char) -> bool) -> (Word, &'t str) {
        let mut others = self.rest.char_indices().skip(1);
        let end = others
            .find(|(_, char)| !wanted(*char))
            .map_or(self.rest.len(), |(end, _)| end);
        self.split(kind, end)
    }

    fn split(&mut self, kind: Word, end: usize) -> (Word, &'t str) {
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (kind, word)
    }

    /// `Status`, or the `HTTP` of `HTTPStatus`.
    fn upper_word(&mut self) -> (Word, &'t str) {
        let capitals: Vec<(usize, char)> = self
            .rest
            .char_indices()
            .take_while(|(_, char)| char.is_uppercase())
            .collect();
        let end = capitals
            .last()
            .map_or(0, |(start, char)| start + char.len_utf8());
        let next = self.rest[end..].chars().next();
        let small_follows = next.is_some_and(is_letter);
        if !small_follows {
            return self.split(Word::Upper, end);
        }
        match capitals.as_slice() {
            [_] => self.take(Word::Upper, is_small),
            [.., (last, _)] => self.split(Word::Upper, *last),
            [] => self.split(Word::Other, end),
        }
    }
}

fn is_letter(char: char) -> bool {
    char.is_alphabetic()
}

fn is_small(char: char) -> bool {
    is_letter(char) && !char.is_uppercase()
}

/// ASCII's punctuation without its symbols, and the common rest of Unicode's.
fn is_punctuation(char: char) -> bool {
    matches!(char, '!'..='#' | '%'..='*' | ','..='/' | ':' | ';' | '?' | '@' | '['..=']' | '_' | '{' | '}')
        || matches!(
            char,
            '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
        )
        || matches!(char, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}')
}
