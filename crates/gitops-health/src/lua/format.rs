//! `string.format`, which in the reference is Go's `Sprintf`.

use super::number;

/// A value to format.
pub(super) enum Argument {
    Number(f64),
    Text(Vec<u8>),
    /// Anything else, as its text.
    Other(String),
}

/// The widest field and the longest fraction, as in Go.
const WIDEST: usize = 1_000_000;

/// Formats `arguments` by `template`; `None` where that is longer than `longest`.
///
/// What does not fit leaves a note in the text instead of failing, in Go's form.
pub(super) fn format(template: &[u8], arguments: &[Argument], longest: usize) -> Option<Vec<u8>> {
    let mut output = Vec::with_capacity(template.len());
    let mut arguments = arguments.iter();
    let mut rest = template;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        output.extend_from_slice(&rest[..at]);
        let (directive, verb, after) = Directive::parse(&rest[at + 1..]);
        rest = after;
        match verb {
            None => output.extend_from_slice(b"%!(NOVERB)"),
            Some('%') => output.push(b'%'),
            Some(verb) => match arguments.next() {
                Some(argument) => output.extend(directive.apply(verb, argument)),
                None => output.extend_from_slice(format!("%!{verb}(MISSING)").as_bytes()),
            },
        }
        if output.len() > longest {
            return None;
        }
    }
    output.extend_from_slice(rest);
    Some(output)
}

/// The flags, width and precision between `%` and the verb.
#[derive(Default)]
struct Directive {
    flags: Flags,
    width: Option<usize>,
    precision: Option<usize>,
}

#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent in the format itself"
)]
struct Flags {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
}

impl Directive {
    /// The directive, its verb and what follows.
    fn parse(text: &[u8]) -> (Self, Option<char>, &[u8]) {
        let mut directive = Self::default();
        let mut rest = text;
        while let [byte, after @ ..] = rest {
            match byte {
                b'-' => directive.flags.left = true,
                b'+' => directive.flags.plus = true,
                b' ' => directive.flags.space = true,
                b'#' => directive.flags.alternate = true,
                b'0' => directive.flags.zero = true,
                _ => break,
            }
            rest = after;
        }
        directive.width = digits(&mut rest);
        if let [b'.', after @ ..] = rest {
            rest = after;
            directive.precision = Some(digits(&mut rest).unwrap_or_default());
        }
        match rest {
            [] => (directive, None, rest),
            [verb, after @ ..] => (directive, Some(char::from(*verb)), after),
        }
    }

    fn apply(&self, verb: char, argument: &Argument) -> Vec<u8> {
        match argument {
            Argument::Number(value) => self.number(verb, *value),
            Argument::Text(text) if matches!(verb, 'd' | 'i') => {
                match number::parse_any(&String::from_utf8_lossy(text)) {
                    Some(_) => self.text('s', text),
                    None => self.number('d', 0.0),
                }
            }
            Argument::Text(text) => self.text(verb, text),
            Argument::Other(text) => {
                self.text(if verb == 'q' { 'q' } else { 's' }, text.as_bytes())
            }
        }
    }

    fn number(&self, verb: char, value: f64) -> Vec<u8> {
        let integer = truncated(value);
        match verb {
            's' | 'q' => self.text(verb, number::text(value).as_bytes()),
            'd' | 'i' => self.integer(integer, &integer.unsigned_abs().to_string(), ""),
            'x' => self.integer(integer, &format!("{:x}", integer.unsigned_abs()), "0x"),
            'X' => self.integer(integer, &format!("{:X}", integer.unsigned_abs()), "0X"),
            'o' => self.integer(integer, &format!("{:o}", integer.unsigned_abs()), "0"),
            'b' => self.integer(integer, &format!("{:b}", integer.unsigned_abs()), "0b"),
            'c' => {
                let character = u32::try_from(integer).ok().and_then(char::from_u32);
                let text = character.unwrap_or(char::REPLACEMENT_CHARACTER).to_string();
                self.pad(text.into_bytes(), false)
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => self.float(verb, value),
            'v' => self.text('s', number::text(value).as_bytes()),
            _ => {
                let kind = if number::whole(value).is_some() {
                    "int64"
                } else {
                    "float64"
                };
                format!("%!{verb}({kind}={})", number::text(value)).into_bytes()
            }
        }
    }

    fn integer(&self, value: i64, digits: &str, prefix: &str) -> Vec<u8> {
        let prefix = if self.flags.alternate { prefix } else { "" };
        let wanted = match self.precision {
            Some(precision) => precision,
            None if self.flags.zero && !self.flags.left => {
                let sign = usize::from(!self.sign(value < 0).is_empty());
                self.width.unwrap_or_default().saturating_sub(sign)
            }
            None => 0,
        };
        let zeros = "0".repeat(wanted.saturating_sub(digits.len()));
        let text = format!("{}{prefix}{zeros}{digits}", self.sign(value < 0));
        self.pad(text.into_bytes(), false)
    }

    fn float(&self, verb: char, value: f64) -> Vec<u8> {
        let sign = self.sign(value.is_sign_negative() && !value.is_nan());
        let magnitude = value.abs();
        let digits = if magnitude.is_finite() {
            match verb.to_ascii_lowercase() {
                'f' => format!("{magnitude:.*}", self.precision.unwrap_or(6)),
                'e' => exponent(magnitude, self.precision.unwrap_or(6)),
                _ => self.general(magnitude),
            }
        } else {
            number::text(magnitude).trim_start_matches('+').to_owned()
        };
        let digits = match verb {
            'E' | 'G' => digits.to_ascii_uppercase(),
            _ => digits,
        };
        let is_bare = value.is_infinite() && sign.is_empty();
        let sign = if is_bare { "+" } else { sign };
        self.pad(format!("{sign}{digits}").into_bytes(), value.is_finite())
    }

    /// `%g`: the shortest digits, or `precision` significant ones.
    fn general(&self, magnitude: f64) -> String {
        let Some(precision) = self.precision else {
            let scientific = format!("{magnitude:e}");
            return match power(&scientific) {
                -4..=20 => magnitude.to_string(),
                _ => pad_exponent(&scientific),
            };
        };
        let precision = precision.max(1);
        let scientific = format!("{magnitude:.*e}", precision - 1);
        let power = power(&scientific);
        if (-4..i64::try_from(precision).unwrap_or(i64::MAX)).contains(&power) {
            let decimals = i64::try_from(precision).unwrap_or(i64::MAX) - 1 - power;
            let decimals = usize::try_from(decimals).unwrap_or_default();
            return trim_fraction(&format!("{magnitude:.decimals$}"));
        }
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        pad_exponent(&format!("{}e{exponent}", trim_fraction(digits)))
    }

    fn sign(&self, is_negative: bool) -> &'static str {
        match (is_negative, self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    fn text(&self, verb: char, text: &[u8]) -> Vec<u8> {
        let cut = match self.precision {
            Some(most) => &text[..end_of_character(text, most)],
            None => text,
        };
        match verb {
            's' | 'v' => self.pad(cut.to_vec(), false),
            'q' => self.pad(quoted(cut).into_bytes(), false),
            'x' => self.pad(hex(cut, false).into_bytes(), false),
            'X' => self.pad(hex(cut, true).into_bytes(), false),
            _ => {
                let shown = String::from_utf8_lossy(text);
                format!("%!{verb}(lua.LString={shown})").into_bytes()
            }
        }
    }

    fn pad(&self, text: Vec<u8>, with_zeros: bool) -> Vec<u8> {
        let characters = String::from_utf8_lossy(&text).chars().count();
        let missing = self.width.unwrap_or_default().saturating_sub(characters);
        if missing == 0 {
            return text;
        }
        if self.flags.left {
            return [text, vec![b' '; missing]].concat();
        }
        if with_zeros && self.flags.zero {
            let sign = usize::from(matches!(text.first(), Some(b'-' | b'+' | b' ')));
            return [&text[..sign], &vec![b'0'; missing], &text[sign..]].concat();
        }
        [vec![b' '; missing], text].concat()
    }
}

fn digits(rest: &mut &[u8]) -> Option<usize> {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = rest.split_at(count);
    *rest = after;
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (number <= WIDEST).then_some(number)
}

#[expect(clippy::cast_possible_truncation, reason = "saturates at the ends")]
fn truncated(value: f64) -> i64 {
    value as i64
}

fn exponent(magnitude: f64, precision: usize) -> String {
    pad_exponent(&format!("{magnitude:.precision$e}"))
}

fn power(scientific: &str) -> i64 {
    scientific
        .split_once('e')
        .and_then(|(_, power)| power.parse().ok())
        .unwrap_or_default()
}

/// `1e5` as `1e+05`.
fn pad_exponent(scientific: &str) -> String {
    let power = power(scientific);
    let digits = scientific.split('e').next().unwrap_or_default();
    let sign = if power < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", power.abs())
}

fn trim_fraction(digits: &str) -> String {
    if digits.contains('.') {
        return digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned();
    }
    digits.to_owned()
}

/// Where the first `most` characters end.
fn end_of_character(text: &[u8], most: usize) -> usize {
    text.utf8_chunks()
        .flat_map(|chunk| {
            let characters = chunk.valid().chars().map(char::len_utf8);
            characters.chain(chunk.invalid().iter().map(|_| 1))
        })
        .take(most)
        .sum()
}

fn quoted(text: &[u8]) -> String {
    let mut output = String::from('"');
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '"' | '\\' => output.extend(['\\', character]),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            control if control.is_control() => {
                output.push_str("\\x");
                output.push_str(&hex(
                    &[u8::try_from(u32::from(control)).unwrap_or_default()],
                    false,
                ));
            }
            other => output.push(other),
        }
    }
    output.push('"');
    output
}

fn hex(text: &[u8], upper: bool) -> String {
    let digits: String = text
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    if upper { digits.to_uppercase() } else { digits }
}

#[cfg(test)]
mod tests {
    use super::{Argument, format};

    #[track_caller]
    fn gives(template: &str, arguments: &[Argument], expected: &str) {
        let output = format(template.as_bytes(), arguments, 10_000).unwrap();
        assert_eq!(String::from_utf8(output).unwrap(), expected, "{template:?}");
    }

    #[test]
    fn directives_follow_go() {
        let number = |value| [Argument::Number(value)];
        let text = |text: &str| [Argument::Text(text.into())];
        gives("%d pods", &number(3.7), "3 pods");
        gives(
            "%5d|%-5d|%05d",
            &[number(3.0), number(4.0), number(-5.0)].map(|[n]| n),
            "    3|4    |-0005",
        );
        gives("%d", &text("x"), "0");
        gives("%d", &text("7"), "7");
        gives("%d", &[], "%!d(MISSING)");
        gives("%s", &number(1e15), "1000000000000000");
        gives("%s", &[Argument::Other("nil".into())], "nil");
        gives("%u", &number(3.0), "%!u(int64=3)");
        gives("100%", &[], "100%!(NOVERB)");
        gives("100%%", &[], "100%");
        gives("%q", &text("a\n\""), "\"a\\n\\\"\"");
        gives(
            "%.2f %5.1f %e %g",
            &[number(1.005), number(2.25), number(12345.678), number(1e21)].map(|[n]| n),
            "1.00   2.2 1.234568e+04 1e+21",
        );
        gives(
            "%x %X %o %c",
            &[number(255.0), number(255.0), number(8.0), number(65.0)].map(|[n]| n),
            "ff FF 10 A",
        );
        gives(
            "%.2s|%5s",
            &[text("häh"), text("a")].map(|[t]| t),
            "hä|    a",
        );
        gives("%99999999999d", &number(1.0), "1");
        assert_eq!(format(b"%900000d", &number(1.0), 10_000), None);
    }
}
