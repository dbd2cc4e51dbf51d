//! Durations as Go writes and reads them, in nanoseconds.

use crate::gotemplate::quote::quote;

pub(super) const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Reads `-1h30m`, `1.5h` and the like.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number = span(rest, |char| char.is_ascii_digit() || char == '.');
        let (digits, after) = rest.split_at(number);
        let (unit, after) =
            after.split_at(span(after, |char| !(char.is_ascii_digit() || char == '.')));
        if !digits.bytes().any(|byte| byte.is_ascii_digit()) || digits.matches('.').count() > 1 {
            return Err(invalid());
        }
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text)));
        }
        let Some(scale) = scale(unit) else {
            let unit = quote(unit);
            return Err(format!(
                "time: unknown unit {unit} in duration {}",
                quote(text)
            ));
        };
        total = scaled(digits, scale)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(invalid)?;
        rest = after;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).map_err(|_| invalid())
}

fn span(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.find(|char| !wanted(char)).unwrap_or(text.len())
}

fn scale(unit: &str) -> Option<i128> {
    Some(i128::from(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    }))
}

fn scaled(digits: &str, scale: i128) -> Option<i128> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    // More digits than these are below a nanosecond.
    let fraction = &fraction[..fraction.len().min(18)];
    let parts: i128 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    let power = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    whole.checked_mul(scale)?.checked_add(parts * scale / power)
}

/// `1h30m0s`, `1.5s`, `300ms`.
pub(super) fn format(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    if total == 0 {
        return "0s".into();
    }
    let units = [("ns", 1_u64), ("µs", 1_000), ("ms", 1_000_000)];
    if total < SECOND.unsigned_abs() {
        let largest = units.into_iter().rev().find(|(_, scale)| total >= *scale);
        let (unit, scale) = largest.unwrap_or(("ns", 1));
        return format!("{sign}{}{unit}", decimal(total, scale));
    }
    let minutes = total / MINUTE.unsigned_abs();
    let seconds = decimal(total % MINUTE.unsigned_abs(), SECOND.unsigned_abs());
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

fn decimal(value: u64, scale: u64) -> String {
    let (whole, fraction) = (value / scale, value % scale);
    if fraction == 0 {
        return whole.to_string();
    }
    let width = scale.ilog10() as usize;
    let digits = format!("{fraction:0width$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// To the nearest multiple, halves away from zero.
pub(super) fn rounded(nanoseconds: i64, unit: i64) -> i64 {
    let rest = nanoseconds % unit;
    let away = if rest.abs() * 2 >= unit {
        unit * nanoseconds.signum()
    } else {
        0
    };
    (nanoseconds - rest).saturating_add(away)
}

/// The duration in its largest unit alone: `2h`, `3mo`.
pub(super) fn largest_unit(nanoseconds: i64) -> String {
    let units = [
        ("y", 365 * DAY),
        ("mo", 30 * DAY),
        ("d", DAY),
        ("h", HOUR),
        ("m", MINUTE),
        ("s", SECOND),
    ];
    let total = nanoseconds.unsigned_abs();
    let largest = units
        .into_iter()
        .find(|(_, scale)| total > scale.unsigned_abs());
    largest.map_or_else(
        || "0s".into(),
        |(unit, scale)| format!("{}{unit}", total / scale.unsigned_abs()),
    )
}
