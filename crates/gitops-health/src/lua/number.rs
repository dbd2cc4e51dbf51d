//! Texts that scripts read as numbers.

pub(super) use crate::number::{text, whole};

/// `tonumber`: a text with a point is a float, one without an integer.
pub(super) fn parse(text: &str, base: Option<u32>) -> Option<f64> {
    let text = text.trim_matches([' ', '\n', '\t']);
    if text.contains('.') {
        return float(text);
    }
    let lower = text.to_ascii_lowercase();
    match (base, lower.strip_prefix("0x")) {
        (None, Some(digits)) => integer(digits, 16),
        _ => integer(text, base.unwrap_or(10)),
    }
}

/// How `%d` reads a text: prefixes choose the base, a leading nought octal.
pub(super) fn parse_any(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\n', '\t']);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let prefixed = [("0x", 16), ("0b", 2), ("0o", 8)]
        .into_iter()
        .find_map(|(prefix, base)| Some((lower.strip_prefix(prefix)?, base)))
        .or_else(|| Some((lower.strip_prefix('0').filter(|rest| !rest.is_empty())?, 8)));
    let (digits, base) = prefixed.unwrap_or((digits, 10));
    if digits.starts_with(['+', '-']) {
        return None;
    }
    integer(digits, base)
        .map(|number| sign * number)
        .or_else(|| float(text))
}

#[expect(clippy::cast_precision_loss, reason = "Lua's numbers are doubles")]
fn integer(digits: &str, base: u32) -> Option<f64> {
    if !(2..=36).contains(&base) {
        return None;
    }
    i64::from_str_radix(digits, base)
        .ok()
        .map(|number| number as f64)
}

fn float(text: &str) -> Option<f64> {
    let is_plain = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    text.parse()
        .ok()
        .filter(|number: &f64| is_plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_any};

    #[test]
    fn tonumber_reads_what_the_reference_reads() {
        for (given, base, expected) in [
            ("10", None, Some(10.0)),
            (" 7\n", None, Some(7.0)),
            ("010", None, Some(10.0)),
            ("0x1F", None, Some(31.0)),
            ("1e3", None, None),
            ("1.5e3", None, Some(1500.0)),
            ("1.", None, Some(1.0)),
            ("inf", None, None),
            ("nan", None, None),
            ("", None, None),
            ("ff", Some(16), Some(255.0)),
            ("8", Some(8), None),
        ] {
            assert_eq!(parse(given, base), expected, "{given:?}");
        }
        assert_eq!(parse_any("010"), Some(8.0));
        assert_eq!(parse_any("1e3"), Some(1000.0));
        assert_eq!(parse_any("x"), None);
    }
}
