//! One value under one verb.

use crate::gotemplate::number::format_float;
use crate::gotemplate::quote::{is_printable, quote_with};
use crate::gotemplate::{Limit, MAX_DEPTH, Object, Value};

/// A verb with its flags, width and precision.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each flag of the language"
)]
pub(super) struct Spec {
    pub(super) verb: char,
    pub(super) plus: bool,
    /// Whether structs are printed with the names of their fields: `%+v`.
    pub(super) names: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Spec {
    pub(super) fn verb(verb: char) -> Self {
        Self {
            verb,
            ..Self::default()
        }
    }
}

/// Collects what is printed, up to a bound.
pub(super) struct Printer {
    output: Vec<u8>,
    limit: usize,
    depth: usize,
}

type Outcome = Result<(), Limit>;

impl Printer {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            output: Vec::new(),
            limit,
            depth: 0,
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.output
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Outcome {
        if self.output.len().saturating_add(bytes.len()) > self.limit {
            return Err(Limit::Output(self.limit));
        }
        self.output.extend_from_slice(bytes);
        Ok(())
    }

    /// A value as an operand of its own.
    pub(super) fn argument(&mut self, value: &Value, spec: &Spec) -> Outcome {
        match (spec.verb, value) {
            ('T', value) => self.pad(value.type_name().as_bytes(), spec),
            ('v', value) if spec.sharp => self.source(value, false),
            ('v', Value::Nil) => self.pad(b"<nil>", spec),
            (_, Value::Nil) => self.bad_verb(value, spec),
            (_, value) => self.value(value, spec),
        }
    }

    fn value(&mut self, value: &Value, spec: &Spec) -> Outcome {
        match value {
            // Only inside of lists and maps; an operand was looked at before.
            Value::Nil => self.write(b"<nil>"),
            Value::Bool(value) if matches!(spec.verb, 'v' | 't') => {
                self.pad(value.to_string().as_bytes(), spec)
            }
            Value::Bool(_) => self.bad_verb(value, spec),
            Value::Int(number) | Value::Int64(number) => {
                self.integer(value, (*number < 0, number.unsigned_abs()), spec)
            }
            Value::Uint8(number) => self.integer(value, (false, (*number).into()), spec),
            Value::Uint64(number) => self.integer(value, (false, *number), spec),
            Value::Float(number) => self.float(value, *number, spec),
            Value::String(text) => self.text(value, text.as_bytes(), spec),
            Value::Bytes(bytes) if matches!(spec.verb, 's' | 'q' | 'x' | 'X') => {
                self.text(value, bytes, spec)
            }
            Value::Bytes(bytes) => {
                let items = bytes.iter().map(|byte| Value::Uint8(*byte));
                self.sequence(items, spec)
            }
            Value::List(list) => self.sequence(list.iter().cloned(), spec),
            Value::Map(map) => {
                let entries = map.borrow();
                let pairs = entries.iter();
                self.mapping(
                    pairs.map(|(key, value)| (Value::string(key.clone()), value)),
                    spec,
                )
            }
            Value::Object(object) => self.object(object.as_ref(), spec),
        }
    }

    pub(super) fn deeper(&mut self, print: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        if self.depth >= MAX_DEPTH {
            return Err(Limit::Nesting(MAX_DEPTH));
        }
        self.depth += 1;
        let outcome = print(self);
        self.depth -= 1;
        outcome
    }

    fn sequence(&mut self, items: impl Iterator<Item = Value>, spec: &Spec) -> Outcome {
        self.deeper(|printer| {
            printer.write(b"[")?;
            for (index, item) in items.enumerate() {
                if index > 0 {
                    printer.write(b" ")?;
                }
                printer.value(&item, spec)?;
            }
            printer.write(b"]")
        })
    }

    fn mapping<'v>(
        &mut self,
        pairs: impl Iterator<Item = (Value, &'v Value)>,
        spec: &Spec,
    ) -> Outcome {
        self.deeper(|printer| {
            printer.write(b"map[")?;
            for (index, (key, value)) in pairs.enumerate() {
                if index > 0 {
                    printer.write(b" ")?;
                }
                printer.value(&key, spec)?;
                printer.write(b":")?;
                printer.value(value, spec)?;
            }
            printer.write(b"]")
        })
    }

    fn object(&mut self, object: &dyn Object, spec: &Spec) -> Outcome {
        if matches!(spec.verb, 'v' | 's' | 'x' | 'X' | 'q')
            && let Some(text) = object.text()
        {
            return self.text(&Value::Nil, text.as_bytes(), spec);
        }
        if let Some(value) = object.underlying() {
            return self.deeper(|printer| printer.value(&value, spec));
        }
        if self.depth == 0 && object.kind() == crate::gotemplate::Kind::Ptr {
            self.write(b"&")?;
        }
        self.deeper(|printer| {
            printer.write(b"{")?;
            for (index, (name, value)) in object.fields().into_iter().enumerate() {
                if index > 0 {
                    printer.write(b" ")?;
                }
                if spec.names {
                    printer.write(name.as_bytes())?;
                    printer.write(b":")?;
                }
                printer.value(&value, spec)?;
            }
            printer.write(b"}")
        })
    }

    /// `%!d(string=x)`
    pub(super) fn bad_verb(&mut self, value: &Value, spec: &Spec) -> Outcome {
        self.write(format!("%!{}(", spec.verb).as_bytes())?;
        if matches!(value, Value::Nil) {
            self.write(b"<nil>")?;
        } else {
            self.write(value.type_name().as_bytes())?;
            self.write(b"=")?;
            // Width and precision still count, the form of `%#v` does not.
            let plain = Spec {
                verb: 'v',
                sharp: false,
                ..spec.clone()
            };
            self.value(value, &plain)?;
        }
        self.write(b")")
    }

    fn text(&mut self, value: &Value, bytes: &[u8], spec: &Spec) -> Outcome {
        match spec.verb {
            'v' | 's' => self.pad(truncated(bytes, spec), spec),
            'q' => self.quoted(truncated(bytes, spec), spec),
            'x' | 'X' => self.hexadecimal(bytes, spec),
            _ => self.bad_verb(value, spec),
        }
    }

    fn quoted(&mut self, bytes: &[u8], spec: &Spec) -> Outcome {
        let raw = std::str::from_utf8(bytes).ok().filter(|text| {
            spec.sharp
                && text
                    .chars()
                    .all(|char| char == '\t' || (char != '`' && is_printable(char)))
        });
        let quoted = match raw {
            Some(text) => format!("`{text}`"),
            None => quote_with(bytes, '"', spec.plus),
        };
        self.pad(quoted.as_bytes(), spec)
    }

    fn hexadecimal(&mut self, bytes: &[u8], spec: &Spec) -> Outcome {
        let bytes = &bytes[..spec.precision.unwrap_or(bytes.len()).min(bytes.len())];
        // Two digits a byte, and with the flags a prefix and a blank.
        if bytes.len().saturating_mul(5) > self.limit {
            return Err(Limit::Output(self.limit));
        }
        let mut text = String::with_capacity(bytes.len() * 2);
        for (index, byte) in bytes.iter().enumerate() {
            if spec.space && index > 0 {
                text.push(' ');
            }
            if spec.sharp && (spec.space || index == 0) {
                text.push_str(if spec.verb == 'X' { "0X" } else { "0x" });
            }
            let digits = format!("{byte:02x}");
            text += &if spec.verb == 'X' {
                digits.to_uppercase()
            } else {
                digits
            };
        }
        self.pad(text.as_bytes(), spec)
    }

    fn integer(&mut self, value: &Value, number: (bool, u64), spec: &Spec) -> Outcome {
        let magnitude = number.1;
        let (prefix, digits) = match spec.verb {
            'v' | 'd' => ("", magnitude.to_string()),
            'b' => ("0b", format!("{magnitude:b}")),
            'o' => ("0", format!("{magnitude:o}")),
            'O' => ("0o", format!("{magnitude:o}")),
            'x' => ("0x", format!("{magnitude:x}")),
            'X' => ("0X", format!("{magnitude:X}")),
            'c' => return self.pad(character(number).to_string().as_bytes(), spec),
            'q' => {
                let text = character(number).to_string();
                let quoted = quote_with(text.as_bytes(), '\'', spec.plus);
                return self.pad(quoted.as_bytes(), spec);
            }
            'U' => return self.unicode(number, spec),
            _ => return self.bad_verb(value, spec),
        };
        let prefixed = spec.verb == 'O' || (spec.sharp && spec.verb != 'v' && spec.verb != 'd');
        self.digits(number.0, if prefixed { prefix } else { "" }, digits, spec)
    }

    fn digits(&mut self, negative: bool, prefix: &str, mut digits: String, spec: &Spec) -> Outcome {
        let sign = sign(negative, spec);
        let mut wanted = spec.precision.unwrap_or(0);
        if spec.precision == Some(0) && digits == "0" {
            digits.clear();
        }
        if spec.precision.is_none() && spec.zero && !spec.minus {
            wanted = spec.width.unwrap_or(0).saturating_sub(sign.len());
        }
        self.check_width(wanted)?;
        // Octal's prefix is a zero, which padding may already have put there.
        let zeros = "0".repeat(wanted.saturating_sub(digits.len()));
        let prefix = if prefix == "0" && (!zeros.is_empty() || digits.starts_with('0')) {
            ""
        } else {
            prefix
        };
        let text = format!("{sign}{prefix}{zeros}{digits}");
        self.pad(
            text.as_bytes(),
            &Spec {
                zero: false,
                ..spec.clone()
            },
        )
    }

    fn unicode(&mut self, number: (bool, u64), spec: &Spec) -> Outcome {
        let mut text = format!("U+{:04X}", number.1);
        if spec.sharp && is_printable(character(number)) {
            text.extend([' ', '\'', character(number), '\'']);
        }
        self.pad(
            text.as_bytes(),
            &Spec {
                zero: false,
                ..spec.clone()
            },
        )
    }

    fn float(&mut self, value: &Value, number: f64, spec: &Spec) -> Outcome {
        let (format, default) = match spec.verb {
            'v' => ('g', None),
            'g' | 'G' => (spec.verb, None),
            'e' | 'E' | 'f' => (spec.verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return self.bad_verb(value, spec),
        };
        let precision = spec.precision.or(default);
        self.check_width(precision.unwrap_or(0))?;
        let text = format_float(number.abs(), format, precision);
        let text = text.trim_start_matches('+');
        let negative = number.is_sign_negative() && !number.is_nan();
        let infinite = number.is_infinite();
        let sign = if infinite && !negative {
            "+"
        } else {
            sign(negative, spec)
        };
        let width = spec.width.unwrap_or(0);
        let zeros = if spec.zero && !spec.minus && number.is_finite() {
            width.saturating_sub(sign.len() + text.len())
        } else {
            0
        };
        self.check_width(zeros)?;
        let text = format!("{sign}{}{text}", "0".repeat(zeros));
        self.pad(
            text.as_bytes(),
            &Spec {
                zero: false,
                ..spec.clone()
            },
        )
    }

    fn check_width(&self, width: usize) -> Outcome {
        if width > self.limit {
            Err(Limit::Output(self.limit))
        } else {
            Ok(())
        }
    }

    /// Text in its width, counted in characters.
    pub(super) fn pad(&mut self, bytes: &[u8], spec: &Spec) -> Outcome {
        let Some(width) = spec.width else {
            return self.write(bytes);
        };
        self.check_width(width)?;
        let length = String::from_utf8_lossy(bytes).chars().count();
        let fill = if spec.zero && !spec.minus { b"0" } else { b" " };
        let padding = fill.repeat(width.saturating_sub(length));
        if spec.minus {
            self.write(bytes)?;
            self.write(&padding)
        } else {
            self.write(&padding)?;
            self.write(bytes)
        }
    }
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

fn character((negative, code): (bool, u64)) -> char {
    let code = u32::try_from(code).ok().filter(|_| !negative);
    code.and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The first characters, as many as the precision says.
fn truncated<'t>(bytes: &'t [u8], spec: &Spec) -> &'t [u8] {
    let Some(precision) = spec.precision else {
        return bytes;
    };
    let mut left = precision;
    let mut end = 0;
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            if left == 0 {
                return &bytes[..end];
            }
            left -= 1;
            end += char.len_utf8();
        }
        for _ in chunk.invalid() {
            if left == 0 {
                return &bytes[..end];
            }
            left -= 1;
            end += 1;
        }
    }
    bytes
}
