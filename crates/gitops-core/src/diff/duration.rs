//! Durations as Kubernetes writes them: `1h0m0s`, `1.5s`, `100ms`.

use std::time::Duration;

const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The one way to write the duration `text` says; `None` when it says none.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let nanos = if rest == "0" { 0 } else { nanos(rest)? };
    i64::try_from(nanos).ok()?;
    let sign = if negative && nanos > 0 { "-" } else { "" };
    Some(format!("{sign}{}", write(nanos)))
}

/// The time that `text` says; `None` when it says none, or a negative one.
pub(crate) fn read(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let nanos = u64::try_from(nanos(text)?).ok()?;
    Some(Duration::from_nanos(nanos))
}

fn nanos(mut text: &str) -> Option<i128> {
    if text.is_empty() {
        return None;
    }
    let mut total = 0i128;
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, rest) = text.split_at(end);
        let end = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(end);
        let scale = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        total = total.checked_add(scaled(number, scale)?)?;
        text = rest;
    }
    Some(total)
}

fn scaled(number: &str, scale: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let digits = |text: &str| {
        if text.is_empty() {
            Some(0)
        } else {
            text.parse::<i128>().ok()
        }
    };
    let fraction = &fraction[..fraction.len().min(18)];
    let power = 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = digits(fraction)?.checked_mul(scale)? / power;
    digits(whole)?.checked_mul(scale)?.checked_add(part)
}

fn write(nanos: i128) -> String {
    if nanos == 0 {
        return "0s".into();
    }
    if nanos < 1_000_000_000 {
        let (scale, unit) = if nanos < 1_000 {
            (1, "ns")
        } else if nanos < 1_000_000 {
            (1_000, "µs")
        } else {
            (1_000_000, "ms")
        };
        return format!("{}{unit}", decimal(nanos, scale));
    }
    let minutes = nanos / 60_000_000_000;
    let seconds = decimal(nanos % 60_000_000_000, 1_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

fn decimal(value: i128, scale: i128) -> String {
    let (whole, rest) = (value / scale, value % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let width = scale.to_string().len() - 1;
    let fraction = format!("{rest:0width$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(canonical(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn durations_have_one_form() {
        check("8760h", Some("8760h0m0s"));
        check("90m", Some("1h30m0s"));
        check("1.5s", Some("1.5s"));
        check("1500ms", Some("1.5s"));
        check("0.5ms", Some("500µs"));
        check("-1m", Some("-1m0s"));
        check("0", Some("0s"));
        check("1h1ns", Some("1h0m0.000000001s"));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "1", "h", "1x", "1h1", ".s", "99999999999h", "1..2s"] {
            check(text, None);
        }
    }
}
