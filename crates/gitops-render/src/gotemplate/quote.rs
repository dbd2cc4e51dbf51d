//! Go's quoted strings.

use std::fmt::Write;

use super::Text;

/// The text in double quotes with Go's escapes, as `%q` prints it.
pub(crate) fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes())
}

/// As [`quote`], for any bytes: those that are no UTF-8 are escaped one by one.
pub(crate) fn quote_bytes(bytes: &[u8]) -> String {
    quote_with(bytes, '"', false)
}

/// As [`quote_bytes`] with `quote` around, and all but ASCII escaped on demand.
pub(crate) fn quote_with(bytes: &[u8], quote: char, ascii: bool) -> String {
    let mut quoted = String::with_capacity(bytes.len() + 2);
    quoted.push(quote);
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            escape(char, quote, ascii, &mut quoted);
        }
        for byte in chunk.invalid() {
            hex(&mut quoted, 'x', (*byte).into(), 2);
        }
    }
    quoted.push(quote);
    quoted
}

fn escape(char: char, quote: char, ascii: bool, quoted: &mut String) {
    match char {
        '\x07' => quoted.push_str("\\a"),
        '\x08' => quoted.push_str("\\b"),
        '\x0c' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\x0b' => quoted.push_str("\\v"),
        '\\' => quoted.push_str("\\\\"),
        _ if char == quote => quoted.extend(['\\', char]),
        ' '..='~' => quoted.push(char),
        _ if !ascii && is_printable(char) => quoted.push(char),
        '\0'..='\x7f' => hex(quoted, 'x', char.into(), 2),
        '\0'..='\u{ffff}' => hex(quoted, 'u', char.into(), 4),
        _ => hex(quoted, 'U', char.into(), 8),
    }
}

fn hex(quoted: &mut String, mark: char, code: u32, width: usize) {
    // Writing to a String cannot fail.
    let _ = write!(quoted, "\\{mark}{code:0width$x}");
}

/// Whether Go prints the character as it is: letters, marks, numbers, punctuation,
/// symbols and the ASCII blank.
pub(crate) fn is_printable(char: char) -> bool {
    if char.is_ascii() {
        return matches!(char, ' '..='~');
    }
    // Rust escapes what is not printable, and marks that join to the left where they
    // begin a text.
    let mut text = String::from("a");
    text.push(char);
    text.escape_debug().eq(text.chars())
}

/// Reads a quoted or raw string literal.
pub(crate) fn unquote(literal: &str) -> Option<Text> {
    let mut chars = literal.chars();
    let quote = chars.next()?;
    if chars.next_back()? != quote {
        return None;
    }
    let inner = chars.as_str();
    if quote == '`' && inner.contains('\r') {
        return Some(inner.replace('\r', "").into());
    }
    let special = |byte: u8| byte == b'\\' || byte == b'\n' || char::from(byte) == quote;
    if quote == '`' || !inner.bytes().any(special) {
        return Some(inner.into());
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        let (unit, after) = unquote_unit(rest, quote)?;
        match unit {
            Unit::Byte(byte) => bytes.push(byte),
            Unit::Char(char) => bytes.extend(char.encode_utf8(&mut [0; 4]).bytes()),
        }
        rest = after;
    }
    Some(Text::from_bytes(&bytes))
}

/// Reads a character literal.
pub(crate) fn unquote_char(literal: &str) -> Option<u32> {
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let (unit, rest) = unquote_unit(inner, '\'')?;
    let code = match unit {
        Unit::Byte(byte) => byte.into(),
        Unit::Char(char) => char.into(),
    };
    rest.is_empty().then_some(code)
}

enum Unit {
    Byte(u8),
    Char(char),
}

/// One character or escape from the front of `text`.
fn unquote_unit(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut chars = text.chars();
    let char = chars.next()?;
    if char == quote || char == '\n' {
        return None;
    }
    if char != '\\' {
        return Some((Unit::Char(char), chars.as_str()));
    }
    let mark = chars.next()?;
    let rest = chars.as_str();
    let simple = |char| Some((Unit::Char(char), rest));
    match mark {
        'a' => simple('\x07'),
        'b' => simple('\x08'),
        'f' => simple('\x0c'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\x0b'),
        '\\' => simple('\\'),
        '\'' | '"' if mark == quote => simple(mark),
        'x' => byte(rest, 2, 16),
        '0'..='7' => byte(&text[1..], 3, 8),
        'u' => code_point(rest, 4),
        'U' => code_point(rest, 8),
        _ => None,
    }
}

fn byte(text: &str, length: usize, radix: u32) -> Option<(Unit, &str)> {
    let (code, rest) = digits(text, length, radix)?;
    Some((Unit::Byte(code.try_into().ok()?), rest))
}

fn code_point(text: &str, length: usize) -> Option<(Unit, &str)> {
    let (code, rest) = digits(text, length, 16)?;
    Some((Unit::Char(char::from_u32(code)?), rest))
}

fn digits(text: &str, length: usize, radix: u32) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(length)?;
    let valid = digits.chars().all(|digit| digit.is_digit(radix));
    let code = valid.then(|| u32::from_str_radix(digits, radix).ok())?;
    Some((code?, rest))
}
