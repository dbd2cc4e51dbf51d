//! How a text is quoted.

use super::Flavour;
use crate::yaml::{Dialect, Scalar, resolve, scalar};

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// What a text's characters allow.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent findings about one text"
)]
#[derive(Default)]
struct Shape {
    plain: bool,
    single_quoted: bool,
    literal: bool,
    /// Any line break, including the ones YAML 1.2 no longer counts.
    multiline: bool,
}

/// Whether a key fits before its colon, without a `?` of its own.
pub(super) fn is_simple_key(key: &str) -> bool {
    key.len() <= 128 && (is_line(key) || !key.contains(is_break))
}

/// The style for a text that must read back as text.
pub(super) fn choose(text: &str, is_key: bool, flavour: Flavour) -> Style {
    if text.is_empty() {
        return Style::DoubleQuoted;
    }
    if is_simple_word(text) || is_simple_line(text) {
        return if stays_text(text, flavour) {
            Style::Plain
        } else {
            Style::DoubleQuoted
        };
    }
    // go-yaml writes this key bare, and nobody can read it back.
    if is_key && text == "<<" && flavour == Flavour::Version2 {
        return Style::DoubleQuoted;
    }
    let shape = shape(text, flavour);
    if text.contains('\n') {
        return if shape.literal && !is_key {
            Style::Literal
        } else {
            Style::DoubleQuoted
        };
    }
    if is_key && shape.multiline || !stays_text(text, flavour) {
        Style::DoubleQuoted
    } else if shape.plain {
        Style::Plain
    } else if shape.single_quoted {
        Style::SingleQuoted
    } else {
        Style::DoubleQuoted
    }
}

/// Only characters that never need quotes: most text in manifests, decided in one pass.
fn is_simple_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'_');
    safe(bytes[0])
        && bytes.iter().all(|byte| safe(*byte) || *byte == b'-')
        && !text.starts_with("...")
}

/// Words and punctuation that need no quotes, such as a description.
fn is_simple_line(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes[0].is_ascii_alphanumeric()
        && bytes[bytes.len() - 1] != b' '
        && is_line(text)
        && !bytes.iter().any(|byte| matches!(byte, b':' | b'#'))
}

/// Nothing but ASCII that can be read.
fn is_line(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether unquoted text still reads as text, by the rules of old readers too.
fn stays_text(text: &str, flavour: Flavour) -> bool {
    let first = text.as_bytes()[0];
    if !scalar::may_resolve(first) {
        return true;
    }
    let dialect = match flavour {
        Flavour::Version3 => Dialect::Kustomize,
        Flavour::Version2 | Flavour::Helm => Dialect::Kubernetes,
    };
    resolve(text, dialect) == Scalar::Text
        && scalar::old_bool(text).is_none()
        && !is_sexagesimal(text)
}

/// Numbers to base 60, such as `12:30`, which YAML 1.1 had.
fn is_sexagesimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.starts_with(|character: char| character.is_ascii_digit()) {
        return false;
    }
    let mut parts = unsigned.split(':');
    let first = parts.next().unwrap_or_default();
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else {
        return false;
    };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    rest.push(last);
    let digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let sixties = |part: &str| match part.as_bytes() {
        [units] => units.is_ascii_digit(),
        [tens, units] => (b'0'..=b'5').contains(tens) && units.is_ascii_digit(),
        _ => false,
    };
    digits(first) && digits(fraction) && rest.iter().all(|part| sixties(part))
}

fn shape(text: &str, flavour: Flavour) -> Shape {
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let (mut special, mut tabs, mut multiline) = (false, false, false);
    let (mut blank_break, mut break_blank) = (false, false);
    let mut before: Option<char> = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        indicators |= is_indicator(character, before, next);
        if character == '\t' && flavour == Flavour::Version3 {
            tabs = true;
        } else if !is_printable(character) {
            special = true;
        }
        if character == ' ' {
            break_blank |= before.is_some_and(is_break);
        } else if is_break(character) {
            multiline = true;
            blank_break |= before == Some(' ');
        }
        before = Some(character);
    }
    let edge = |character: Option<char>| character.is_some_and(|it| it == ' ' || is_break(it));
    let edges = edge(text.chars().next()) || edge(before);
    let quotes_lose = break_blank || blank_break || special || tabs;
    Shape {
        plain: !indicators && !edges && !multiline && !quotes_lose,
        single_quoted: !quotes_lose,
        literal: before != Some(' ') && !blank_break && !special,
        multiline,
    }
}

/// Whether a character starts something else than text where it stands.
fn is_indicator(character: char, before: Option<char>, next: Option<char>) -> bool {
    let blank_follows = next.is_none_or(|next| next == ' ' || next == '\t');
    match (character, before) {
        (':', _) | ('?' | '-', None) => blank_follows,
        ('#', Some(before)) => before == ' ' || before == '\t' || is_break(before),
        (
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`',
            None,
        ) => true,
        _ => false,
    }
}

/// YAML 1.1's line breaks.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What the Go writers put out as it is; nothing beyond the basic plane.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && character != '\u{feff}'
}
