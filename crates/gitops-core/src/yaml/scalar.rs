//! What a plain scalar means: go-yaml's rules, versions 2 and 3.

use super::{Dialect, timestamp};

/// What a scalar stands for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Scalar {
    /// `null`, `~` or nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A signed integer of 64 bits.
    Integer(i64),
    /// An integer too large for a signed one.
    Unsigned(u64),
    /// A float, which may be infinite or not a number.
    Float(f64),
    /// A date, with or without a time, in RFC 3339; version 2 keeps its text.
    Timestamp(String),
    /// Everything else.
    Text,
}

/// What `text` means where it stands unquoted and untagged.
///
/// ```
/// use gitops_core::yaml::{Dialect, Scalar, resolve};
///
/// assert_eq!(resolve("yes", Dialect::Kubernetes), Scalar::Bool(true));
/// assert_eq!(resolve("yes", Dialect::Kustomize), Scalar::Text);
/// assert_eq!(resolve("0777", Dialect::Kubernetes), Scalar::Integer(511));
/// ```
pub fn resolve(text: &str, dialect: Dialect) -> Scalar {
    let Some(first) = text.bytes().next() else {
        return Scalar::Null;
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            word(text, dialect)
        }
        b'.' => special_float(text).or_else(|| float_from_point(text)),
        b'+' | b'-' | b'0'..=b'9' => special_float(text).or_else(|| number(text)),
        _ => None,
    }
    .unwrap_or(Scalar::Text)
}

/// Whether text that starts with this byte can be anything but text.
pub(crate) fn may_resolve(first: u8) -> bool {
    matches!(
        first,
        b'y' | b'Y'
            | b'n'
            | b'N'
            | b't'
            | b'T'
            | b'f'
            | b'F'
            | b'o'
            | b'O'
            | b'~'
            | b'.'
            | b'+'
            | b'-'
            | b'0'..=b'9'
    )
}

/// The words YAML 1.1 knows as truth values; version 3 only knows them where asked for by a tag.
pub(crate) fn old_bool(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn word(text: &str, dialect: Dialect) -> Option<Scalar> {
    match text {
        "true" | "True" | "TRUE" => Some(Scalar::Bool(true)),
        "false" | "False" | "FALSE" => Some(Scalar::Bool(false)),
        "~" | "null" | "Null" | "NULL" => Some(Scalar::Null),
        _ if dialect == Dialect::Kustomize => None,
        _ => old_bool(text).map(Scalar::Bool),
    }
}

fn special_float(text: &str) -> Option<Scalar> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(Scalar::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            Some(Scalar::Float(f64::INFINITY))
        }
        "-.inf" | "-.Inf" | "-.INF" => Some(Scalar::Float(f64::NEG_INFINITY)),
        _ => None,
    }
}

/// A float that starts with its point; underscores must stand between digits.
fn float_from_point(text: &str) -> Option<Scalar> {
    if !text.contains('_') {
        return float(text);
    }
    let bytes = text.as_bytes();
    let between_digits = |at: usize| {
        let neighbours = [at.checked_sub(1), at.checked_add(1)];
        neighbours.iter().all(|at| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(u8::is_ascii_digit)
        })
    };
    let misplaced = bytes
        .iter()
        .enumerate()
        .any(|(at, byte)| *byte == b'_' && !between_digits(at));
    if misplaced {
        return None;
    }
    float(&text.replace('_', ""))
}

fn number(text: &str) -> Option<Scalar> {
    if let Some(timestamp) = timestamp::parse(text) {
        return Some(Scalar::Timestamp(timestamp.rfc3339()));
    }
    if text.contains('_') {
        let plain = text.replace('_', "");
        return integer(&plain).or_else(|| float(&plain));
    }
    integer(text).or_else(|| float(text))
}

/// An integer with a sign and a base prefix; a leading zero alone means octal.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().all(|byte| char::from(byte).is_digit(base)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    if negative {
        let value = 0_i64.checked_sub_unsigned(magnitude)?;
        return Some(Scalar::Integer(value));
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Scalar::Integer(value)),
        // Go's reader of unsigned integers takes no sign.
        Err(_) if signed => None,
        Err(_) => Some(Scalar::Unsigned(magnitude)),
    }
}

/// A decimal float; one too large for 64 bits is text.
fn float(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let empty = whole.is_empty() && fraction.is_empty();
    if empty || !digits(whole) || !digits(fraction) || !exponent_fits {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Scalar::Float(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, scalar: &Scalar) {
        assert_eq!(&resolve(text, Dialect::Kubernetes), scalar, "{text:?}");
    }

    #[test]
    fn integers_know_signs_bases_and_underscores() {
        for (text, value) in [
            ("1_000", 1000),
            ("1__0", 10),
            ("0777", 511),
            ("-010", -8),
            ("0x1F", 31),
            ("-0x1F", -31),
            ("0b11", 3),
            ("0o17", 15),
            ("00", 0),
            ("+1", 1),
            ("0_1", 1),
            ("-9223372036854775808", i64::MIN),
        ] {
            check(text, &Scalar::Integer(value));
        }
        check("18446744073709551615", &Scalar::Unsigned(u64::MAX));
    }

    #[test]
    fn floats_are_decimal() {
        for (text, value) in [
            ("08", 8.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("-.5", -0.5),
            ("1e3", 1000.0),
            ("1._5", 1.5),
            (".5_0", 0.5),
            ("6.02E23", 6.02e23),
            ("1e-400", 0.0),
        ] {
            check(text, &Scalar::Float(value));
        }
    }

    #[test]
    fn the_rest_is_text() {
        for text in [
            "1e",
            "0x",
            "0xG",
            "1,000",
            "0o8",
            "1e400",
            "1:20",
            ".",
            "-",
            "+",
            "--",
            "_0",
            "tRue",
            "._5",
            ".5_",
            "0xFFFFFFFFFFFFFFFFF",
            "1.2.3",
            "nan",
            "inf",
            "<<",
            "0x1p3",
        ] {
            check(text, &Scalar::Text);
        }
    }
}
