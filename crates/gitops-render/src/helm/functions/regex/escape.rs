//! What begins with a backslash.

use super::syntax::{between, refused};

/// An escape that stands for a place and not for a character.
pub(super) fn assertion(escape: &str) -> Option<&'static str> {
    Some(match escape {
        r"\A" => r"\A",
        r"\z" => r"\z",
        r"\b" => r"(?-u:\b)",
        r"\B" => r"(?-u:\B)",
        _ => return None,
    })
}

/// An escape that stands for several characters, as a part of a class in brackets,
/// and what follows it.
pub(super) fn class(text: &str) -> Result<Option<(String, &str)>, String> {
    let shorthand = match text.get(..2) {
        Some(r"\d") => "0-9",
        Some(r"\w") => "0-9A-Za-z_",
        Some(r"\s") => r"\t\n\f\r ",
        Some(r"\D") => "[^0-9]",
        Some(r"\W") => "[^0-9A-Za-z_]",
        Some(r"\S") => r"[^\t\n\f\r ]",
        Some(r"\p" | r"\P") => return property(text).map(Some),
        _ => return Ok(None),
    };
    Ok(Some((shorthand.to_owned(), &text[2..])))
}

/// `\pL`, `\p{Greek}` or `\P{^Lu}`.
fn property(text: &str) -> Result<(String, &str), String> {
    let inner = &text[2..];
    let (name, after) = if let Some(braced) = inner.strip_prefix('{') {
        let Some(found) = braced.split_once('}') else {
            return refused("invalid character class range", text);
        };
        found
    } else {
        inner.split_at(inner.chars().next().map_or(0, char::len_utf8))
    };
    let (negated, name) = match name.strip_prefix('^') {
        Some(name) => (text.starts_with(r"\p"), name),
        None => (text.starts_with(r"\P"), name),
    };
    let mark = if negated { 'P' } else { 'p' };
    match table(name) {
        // Text never holds one.
        Some(table) if table == SURROGATES => {
            let set = if negated { r"\p{any}" } else { r"[^\p{any}]" };
            Ok((set.to_owned(), after))
        }
        Some(table) => Ok((format!("\\{mark}{{{table}}}"), after)),
        None => refused("invalid character class range", between(text, after)),
    }
}

const SURROGATES: &str = "cs";

/// The category or script of a name; case, blanks, dashes and underscores do not count.
fn table(name: &str) -> Option<String> {
    let is_mark = |char: char| matches!(char, ' ' | '_' | '-');
    let plain = name.replace(is_mark, "").to_ascii_lowercase();
    if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    if matches!(plain.as_str(), "cs" | "surrogate") {
        return Some(SURROGATES.to_owned());
    }
    if CATEGORIES.contains(&plain.as_str()) {
        return Some(plain);
    }
    let script = format!("sc={plain}");
    let is_known = regex::Regex::new(&format!("\\p{{{script}}}")).is_ok();
    is_known.then_some(script)
}

/// Unicode's general categories, and the three sets that Go knows beside them.
const CATEGORIES: &[&str] = &[
    "any",
    "ascii",
    "assigned",
    "c",
    "casedletter",
    "cc",
    "cf",
    "closepunctuation",
    "cn",
    "cntrl",
    "co",
    "combiningmark",
    "connectorpunctuation",
    "control",
    "currencysymbol",
    "dashpunctuation",
    "decimalnumber",
    "digit",
    "enclosingmark",
    "finalpunctuation",
    "format",
    "initialpunctuation",
    "l",
    "lc",
    "letter",
    "letternumber",
    "lineseparator",
    "ll",
    "lm",
    "lo",
    "lowercaseletter",
    "lt",
    "lu",
    "m",
    "mark",
    "mathsymbol",
    "mc",
    "me",
    "mn",
    "modifierletter",
    "modifiersymbol",
    "n",
    "nd",
    "nl",
    "no",
    "nonspacingmark",
    "number",
    "openpunctuation",
    "other",
    "otherletter",
    "othernumber",
    "otherpunctuation",
    "othersymbol",
    "p",
    "paragraphseparator",
    "pc",
    "pd",
    "pe",
    "pf",
    "pi",
    "po",
    "privateuse",
    "ps",
    "punct",
    "punctuation",
    "s",
    "sc",
    "separator",
    "sk",
    "sm",
    "so",
    "spaceseparator",
    "spacingmark",
    "symbol",
    "titlecaseletter",
    "unassigned",
    "uppercaseletter",
    "z",
    "zl",
    "zp",
    "zs",
];

/// The character that the escape at the beginning of `text` stands for.
pub(super) fn character(text: &str) -> Result<(char, &str), String> {
    let mut chars = text[1..].chars();
    let Some(mark) = chars.next() else {
        return refused("trailing backslash at end of expression", "");
    };
    let after = chars.as_str();
    let simple = match mark {
        'a' => '\x07',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '0' => return octal(text, after),
        // One digit alone would refer to a group, which Go does not know.
        '1'..='7' if after.starts_with(|next| matches!(next, '0'..='7')) => {
            return octal(text, after);
        }
        'x' => return hexadecimal(text, after),
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => other,
        _ => return refused("invalid escape sequence", between(text, after)),
    };
    Ok((simple, after))
}

/// At most three octal digits; `after` is what follows the first.
fn octal<'t>(text: &'t str, after: &'t str) -> Result<(char, &'t str), String> {
    let is_octal = |byte: &u8| matches!(byte, b'0'..=b'7');
    let more = after
        .bytes()
        .take(2)
        .take_while(|byte| is_octal(byte))
        .count();
    let (digits, after) = text[1..].split_at(text.len() - 1 - after.len() + more);
    let code = u32::from_str_radix(digits, 8).ok();
    match code.and_then(char::from_u32) {
        Some(char) => Ok((char, after)),
        None => refused("invalid escape sequence", between(text, after)),
    }
}

/// `\x41` or `\x{41}`; `after` is what follows the `x`.
fn hexadecimal<'t>(text: &'t str, after: &'t str) -> Result<(char, &'t str), String> {
    let mut code = 0;
    let mut chars = after.chars();
    let is_braced = after.starts_with('{');
    if is_braced {
        chars.next();
    }
    for position in 0.. {
        match chars.next() {
            Some('}') if is_braced && position > 0 => break,
            Some(char) if char.is_ascii_hexdigit() => {
                code = code * 16 + char.to_digit(16).unwrap_or_default();
            }
            _ => {
                // Without braces both characters are read before they are looked at.
                if !is_braced && position == 0 {
                    chars.next();
                }
                return refused("invalid escape sequence", between(text, chars.as_str()));
            }
        }
        if code > u32::from(char::MAX) {
            return refused("invalid escape sequence", between(text, chars.as_str()));
        }
        if !is_braced && position == 1 {
            break;
        }
    }
    match char::from_u32(code) {
        Some(char) => Ok((char, chars.as_str())),
        None => refused("invalid escape sequence", between(text, chars.as_str())),
    }
}
