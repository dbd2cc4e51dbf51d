//! Amounts as Kubernetes writes them: `200m`, `1Gi`, `1e3`.

/// The one way to write the amount `text` says; `None` when it says none.
///
/// ```
/// use gitops_core::quantity::canonical;
///
/// assert_eq!(canonical("0.2").as_deref(), Some("200m"));
/// assert_eq!(canonical("1024Mi").as_deref(), Some("1Gi"));
/// assert_eq!(canonical("much"), None);
/// ```
pub fn canonical(text: &str) -> Option<String> {
    Quantity::parse(text).map(Quantity::to_text)
}

/// `text` rounded up to thousandths, in canonical form.
pub(crate) fn rounded_to_milli(text: &str) -> Option<String> {
    let mut quantity = Quantity::parse(text)?;
    let rest = quantity.nanos.rem_euclid(1_000_000);
    if rest != 0 {
        quantity.nanos = quantity.nanos.checked_add(1_000_000 - rest)?;
    }
    Some(quantity.to_text())
}

/// An amount in billionths, which is the finest Kubernetes keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quantity {
    nanos: i128,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `k`, `M`, `m`.
    Decimal,
    /// `Ki`, `Mi`.
    Binary,
    /// `e3`.
    Exponent,
}

const NANOS: i128 = 1_000_000_000;
const DECIMAL: [(&str, i32); 9] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
];
const EXA: (&str, i32) = ("E", 18);
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl Quantity {
    fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end = unsigned
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let (form, scale) = scale_of(suffix)?;
        let nanos = nanos(whole, fraction, scale)?;
        Some(Self {
            nanos: if negative { -nanos } else { nanos },
            form,
        })
    }

    fn to_text(self) -> String {
        if self.nanos == 0 {
            return "0".into();
        }
        let whole = self.nanos % NANOS == 0;
        let small = self.nanos.unsigned_abs() < 1024 * NANOS.unsigned_abs();
        match self.form {
            Form::Binary if whole && !small => binary_text(self.nanos / NANOS),
            Form::Exponent => decimal_text(self.nanos, |scale| match scale {
                0 => String::new(),
                _ => format!("e{scale}"),
            }),
            Form::Binary | Form::Decimal => decimal_text(self.nanos, |scale| {
                let known = DECIMAL.iter().chain([&EXA]).find(|known| known.1 == scale);
                known.map_or_else(|| format!("e{scale}"), |known| known.0.to_owned())
            }),
        }
    }
}

#[derive(Clone, Copy)]
enum Scale {
    Ten(i32),
    Two(u32),
}

fn scale_of(suffix: &str) -> Option<(Form, Scale)> {
    if let Some(index) = BINARY.iter().skip(1).position(|known| *known == suffix) {
        let power = u32::try_from(index).ok()?.checked_add(1)?;
        return Some((Form::Binary, Scale::Two(10 * power)));
    }
    if let Some((_, scale)) = DECIMAL.iter().chain([&EXA]).find(|known| known.0 == suffix) {
        return Some((Form::Decimal, Scale::Ten(*scale)));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((Form::Exponent, Scale::Ten(exponent.parse().ok()?)))
}

/// `whole.fraction` times the scale, in billionths, rounded away from zero.
fn nanos(whole: &str, fraction: &str, scale: Scale) -> Option<i128> {
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    let mut value: i128 = digits.parse().ok()?;
    let mut power = -i32::try_from(fraction.len()).ok()?;
    match scale {
        Scale::Ten(exponent) => power = power.checked_add(exponent)?,
        Scale::Two(bits) => value = value.checked_mul(1i128.checked_shl(bits)?)?,
    }
    let power = power.checked_add(9)?;
    if power >= 0 {
        return value.checked_mul(10i128.checked_pow(power.unsigned_abs())?);
    }
    let Some(divisor) = 10i128.checked_pow(power.unsigned_abs()) else {
        return Some(1);
    };
    Some(value / divisor + i128::from(value % divisor != 0))
}

fn binary_text(mut value: i128) -> String {
    let mut power = 0;
    while value % 1024 == 0 && power + 1 < BINARY.len() {
        value /= 1024;
        power += 1;
    }
    format!("{value}{}", BINARY[power])
}

fn decimal_text(mut value: i128, suffix: impl Fn(i32) -> String) -> String {
    let mut scale = -9;
    while value % 1000 == 0 && scale < 18 {
        value /= 1000;
        scale += 3;
    }
    format!("{value}{}", suffix(scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        assert_eq!(canonical(expected).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn amounts_have_one_form() {
        check("0.2", "200m");
        check("1000m", "1");
        check("1024Mi", "1Gi");
        check("1.25G", "1250M");
        check("1000", "1k");
        check("1500Mi", "1500Mi");
        check("0.5Gi", "512Mi");
        check("0.5Ki", "512");
        check("1e3", "1e3");
        check("12E6", "12e6");
        check("100e1", "1e3");
        check("-0.5", "-500m");
        check("0", "0");
        check("0Gi", "0");
        check("0.0000000001", "1n");
        check("2E", "2E");
        check("1.5Gi", "1536Mi");
        check(".5", "500m");
        check("5.", "5");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "much", "1.2.3", "Mi", "1 Gi", "e3", "1e", "--1", "1Gib"] {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert_eq!(canonical(&"9".repeat(60)), None);
        assert_eq!(canonical("1e999999999999"), None);
    }

    #[test]
    fn thousandths_round_up() {
        assert_eq!(rounded_to_milli("100u").as_deref(), Some("1m"));
        assert_eq!(rounded_to_milli("2").as_deref(), Some("2"));
    }
}
