//! Classes in brackets.

use super::escape;
use super::syntax::{between, refused};

/// The class that `text` begins with, and what follows it.
///
/// Only `-` between two characters, classes such as `[:alpha:]` and escapes are
/// special in it.
pub(super) fn translate(text: &str) -> Result<(String, &str), String> {
    let mut class = String::from("[");
    let mut rest = &text[1..];
    if let Some(after) = rest.strip_prefix('^') {
        class.push('^');
        rest = after;
    }
    let mut is_first = true;
    while is_first || !rest.starts_with(']') {
        is_first = false;
        rest = item(rest, text, &mut class)?;
    }
    class.push(']');
    Ok((class, &rest[1..]))
}

/// Adds what the rest of a class begins with, and gives what follows that.
fn item<'t>(rest: &'t str, whole: &str, class: &mut String) -> Result<&'t str, String> {
    if let Some((name, after)) = named(rest)? {
        class.push_str(name);
        return Ok(after);
    }
    if let Some((inner, after)) = escape::class(rest)? {
        class.push_str(&inner);
        return Ok(after);
    }
    let (low, after) = character(rest, whole)?;
    class.push_str(&code(low));
    let Some(upper) = after.strip_prefix('-').filter(|upper| !ends(upper)) else {
        return Ok(after);
    };
    let (high, after) = character(upper, whole)?;
    if high < low {
        return refused("invalid character class range", between(rest, after));
    }
    class.push('-');
    class.push_str(&code(high));
    Ok(after)
}

/// Whether a `-` before `rest` is the last of its class, or of the text.
fn ends(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(']')
}

fn character<'t>(rest: &'t str, whole: &str) -> Result<(char, &'t str), String> {
    let mut chars = rest.chars();
    match chars.next() {
        None => refused("missing closing ]", whole),
        Some('\\') => escape::character(rest),
        Some(char) => Ok((char, chars.as_str())),
    }
}

/// A character of a class, with no other meaning than that.
fn code(char: char) -> String {
    if char.is_ascii_alphanumeric() || !char.is_ascii() {
        return char.into();
    }
    format!("\\x{{{:x}}}", u32::from(char))
}

/// A `[:alpha:]`, which has the same form here.
fn named(rest: &str) -> Result<Option<(&str, &str)>, String> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
        "space", "upper", "word", "xdigit",
    ];
    let Some((name, after)) = rest
        .strip_prefix("[:")
        .and_then(|inner| inner.split_once(":]"))
    else {
        return Ok(None);
    };
    let written = between(rest, after);
    if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return refused("invalid character class range", written);
    }
    Ok(Some((written, after)))
}
