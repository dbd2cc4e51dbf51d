//! Numbers as Go writes and reads them.

/// Reads a decimal integer of a few digits, as nearly all are.
pub(crate) fn parse_short(text: &str) -> Option<u32> {
    let is_short = text == "0" || (text.len() < 10 && !text.starts_with('0'));
    is_short.then(|| text.parse().ok()).flatten()
}

/// Reads an integer as Go's base 0 does: a sign, a prefix for the base (a leading
/// zero means octal) and underscores between digits.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = sign(text);
    let magnitude = i128::from(parse_uint(digits)?);
    let value = if negative { -magnitude } else { magnitude };
    value.try_into().ok()
}

/// As [`parse_int`], without a sign.
pub(crate) fn parse_uint(text: &str) -> Option<u64> {
    let (radix, digits) = base(text);
    if radix == 8 && digits.is_empty() {
        return Some(0);
    }
    let digits = without_underscores(digits, radix != 10)?;
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits, radix).ok()
}

/// Reads a number as Go's `ParseFloat` does; `None` also where it is out of range.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let (negative, digits) = sign(text);
    let magnitude = match digits.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        lower => match lower.strip_prefix("0x") {
            Some(hex) => hex_float(hex)?,
            None => decimal_float(lower)?,
        },
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn decimal_float(text: &str) -> Option<f64> {
    let text = without_underscores(text, false)?;
    let plain = text.starts_with(|char: char| char.is_ascii_digit() || char == '.');
    let value: f64 = plain.then(|| text.parse().ok()).flatten()?;
    value.is_finite().then_some(value)
}

/// `1.8p3`, after its `0x`; the exponent is required.
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let mantissa = without_underscores(mantissa, true)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((&mantissa, ""));
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let digits = i32::try_from(fraction.len()).ok()?;
    let value: f64 = value * 2_f64.powi(exponent.checked_sub(digits.checked_mul(4)?)?);
    (value.is_finite() && !(whole.is_empty() && fraction.is_empty())).then_some(value)
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn base(text: &str) -> (u32, &str) {
    let Some(rest) = text.strip_prefix('0') else {
        return (10, text);
    };
    match rest.as_bytes().first() {
        Some(b'x' | b'X') => (16, &rest[1..]),
        Some(b'o' | b'O') => (8, if rest.len() > 1 { &rest[1..] } else { "_" }),
        Some(b'b' | b'B') => (2, &rest[1..]),
        _ => (8, rest),
    }
}

/// Underscores may stand between digits, and after a base's prefix.
fn without_underscores(text: &str, after_prefix: bool) -> Option<String> {
    if !text.contains('_') {
        return Some(text.to_owned());
    }
    let wrong = (text.starts_with('_') && !after_prefix)
        || text.ends_with('_')
        || text.contains("__")
        || text.contains("_.")
        || text.contains("._");
    (!wrong).then(|| text.replace('_', ""))
}

/// A float in one of Go's formats: `e`, `f`, `g` or their capitals; `None` as
/// precision means the fewest digits that read back as the same number.
pub(crate) fn format_float(value: f64, format: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 {
            "+Inf".into()
        } else {
            "-Inf".into()
        };
    }
    let text = match format.to_ascii_lowercase() {
        'e' => exponential(value, precision),
        'f' => match precision {
            Some(precision) => format!("{value:.precision$}"),
            None => format!("{value}"),
        },
        _ => general(value, precision),
    };
    if format.is_ascii_uppercase() {
        text.to_uppercase()
    } else {
        text
    }
}

/// At least two digits of exponent, always with a sign.
fn exponential(value: f64, precision: Option<usize>) -> String {
    let text = match precision {
        Some(precision) => format!("{value:.precision$e}"),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// The shorter of the two other formats, as C's `%g`.
fn general(value: f64, precision: Option<usize>) -> String {
    let digits = precision.map(|precision| precision.max(1));
    let text = match digits {
        Some(digits) => trim_zeros(&format!("{value:.*e}", digits - 1)),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let written = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let threshold = match digits {
        None => 6,
        Some(digits) => {
            let whole = usize::try_from(exponent + 1).unwrap_or(0);
            if digits > written && written >= whole {
                written
            } else {
                digits
            }
        }
    };
    let large = usize::try_from(exponent).is_ok_and(|exponent| exponent >= threshold);
    if exponent < -4 || large {
        return exponential(value, Some(written.saturating_sub(1)));
    }
    let whole = usize::try_from(exponent + 1).unwrap_or(0);
    let fraction = match usize::try_from(-exponent) {
        Ok(zeros) => written - 1 + zeros,
        Err(_) => written.saturating_sub(whole),
    };
    format!("{value:.fraction$}")
}

/// `1.500e3` without the zeros that say nothing.
fn trim_zeros(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let mantissa = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    format!("{mantissa}e{exponent}")
}
