//! Durations as users write them: `5s`, `1m30s`, or a bare number of seconds.

use std::time::Duration;

/// Parses a duration; negative ones count as none, which everybody treats alike.
pub(super) fn parse(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
    }
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let total = sum(text)?;
    Some(if negative { Duration::ZERO } else { total })
}

/// The sum of numbers with units.
fn sum(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let unit_at = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at(unit_at);
        let end = after
            .find(|letter: char| letter.is_ascii_digit() || letter == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let seconds = number.parse::<f64>().ok()? * scale(unit)?;
        total = total.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

fn scale(unit: &str) -> Option<f64> {
    Some(match unit {
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: Option<f64>) {
        assert_eq!(
            parse(text).map(|wait| wait.as_secs_f64()),
            seconds,
            "{text:?}"
        );
    }

    #[test]
    fn durations_are_read_as_go_does() {
        check("5", Some(5.0));
        check("5s", Some(5.0));
        check("1m30s", Some(90.0));
        check("1.5h", Some(5400.0));
        check("100ms", Some(0.1));
        check("-5s", Some(0.0));
        check("-5", Some(0.0));
        check("", None);
        check("5 s", None);
        check("five", None);
        check("99999999999999999999h", None);
    }
}
