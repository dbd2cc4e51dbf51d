//! Numbers as Go reads and prints them.

use serde_json::Number;

/// A float's shortest decimal digits: the value is `0.DIGITS * 10^point`.
struct Decimal {
    negative: bool,
    digits: String,
    point: i32,
}

impl Decimal {
    /// Takes apart what `{:e}` prints, which is the shortest text that reads back the same.
    fn new(scientific: &str) -> Self {
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        Self {
            negative: mantissa.starts_with('-'),
            digits: mantissa.chars().filter(char::is_ascii_digit).collect(),
            point: exponent + 1,
        }
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    /// How many digits stand before the point, and the zeros needed on either side of it.
    fn layout(&self) -> (usize, usize, usize) {
        let point = usize::try_from(self.point).unwrap_or_default();
        let leading = usize::try_from(-self.point).unwrap_or_default();
        (point, leading, point.saturating_sub(self.digits.len()))
    }

    /// Without an exponent; a whole number has its missing digits filled with zeros.
    fn plain(&self) -> String {
        let (point, leading, trailing) = self.layout();
        let (sign, digits) = (self.sign(), &self.digits);
        if self.point <= 0 {
            format!("{sign}0.{}{digits}", "0".repeat(leading))
        } else if point >= digits.len() {
            format!("{sign}{digits}{}", "0".repeat(trailing))
        } else {
            format!("{sign}{}.{}", &digits[..point], &digits[point..])
        }
    }

    fn scientific(&self) -> String {
        let (first, rest) = self.digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent = self.point - 1;
        let direction = if exponent < 0 { '-' } else { '+' };
        let sign = self.sign();
        format!(
            "{sign}{first}{point}{rest}e{direction}{:02}",
            exponent.abs()
        )
    }

    /// Go's `%g`: with an exponent below 1e-4 and from 1e6 on.
    fn general(&self) -> String {
        if (-3..=6).contains(&self.point) {
            self.plain()
        } else {
            self.scientific()
        }
    }
}

/// A float as Go's `%g` prints it.
pub(crate) fn general(float: f64) -> String {
    Decimal::new(&format!("{float:e}")).general()
}

/// A float as Go's `%g` prints its nearest 32-bit float.
pub(crate) fn general_single(float: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounding is what is asked for"
    )]
    let single = float as f32;
    Decimal::new(&format!("{single:e}")).general()
}

/// The JSON number for a float: an integer where the float is whole and fits one.
///
/// Go's JSON writes whole floats below 1e21 without a point, so its readers take them for integers.
/// `None` for infinities and what is not a number.
pub(crate) fn from_float(float: f64) -> Option<Number> {
    match whole(float) {
        Some(number) => Some(number),
        None => Number::from_f64(float),
    }
}

/// The integer Go's JSON text of a float reads as, where it fits 64 bits.
pub(crate) fn whole(float: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.fract() != 0.0 || float.abs() >= 1e21 || (float == 0.0 && float.is_sign_negative()) {
        return None;
    }
    if float.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 53 bits")]
        return Some((float as i64).into());
    }
    let text = Decimal::new(&format!("{float:e}")).plain();
    let signed = text.parse::<i64>().map(Number::from);
    signed
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_go_prints_them() {
        for (float, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e20, "1e+20"),
            (1_234_567.5, "1.2345675e+06"),
            (-1e-7, "-1e-07"),
            (1e300, "1e+300"),
        ] {
            assert_eq!(general(float), text);
        }
        assert_eq!(general_single(0.1 + 0.2), "0.3");
    }

    #[test]
    fn whole_floats_become_the_integer_their_text_shows() {
        assert_eq!(whole(1e15), Some(1_000_000_000_000_000_i64.into()));
        assert_eq!(
            whole(1.234_567_890_123_456_7e18),
            Some(1_234_567_890_123_456_800_i64.into())
        );
        assert_eq!(whole(1e19), Some(10_000_000_000_000_000_000_u64.into()));
        assert_eq!(whole(1e20), None);
        assert_eq!(whole(0.5), None);
    }
}
