//! What Go says of a text that is no JSON.

/// Go's message about the first thing that is wrong in `text`, if its syntax is.
pub(super) fn error(text: &str) -> Option<String> {
    let mut scanner = Scanner {
        rest: text.as_bytes(),
        open: Vec::new(),
    };
    match scanner.document() {
        Ok(()) => None,
        Err(Fault::End) => Some("unexpected end of JSON input".into()),
        Err(Fault::Byte(byte, context)) => {
            Some(format!("invalid character {} {context}", shown(byte)))
        }
    }
}

/// The text with the replacement character for every half of a surrogate pair that
/// stands alone, as Go reads it. The text must be valid otherwise.
pub(super) fn without_lone_surrogates(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        output.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, kept) = match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (12, true),
            (Some(0xd800..0xe000), _) => (6, false),
            _ => (2, true),
        };
        let (escape, after) = rest.split_at(length.min(rest.len()));
        output.push_str(if kept { escape } else { "\\ufffd" });
        rest = after;
    }
    output + rest
}

/// The code of the `\u` escape that the text begins with.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

enum Fault {
    /// The text ends too soon.
    End,
    /// A byte that cannot stand there, and where that is.
    Byte(u8, &'static str),
}

struct Scanner<'a> {
    rest: &'a [u8],
    /// The open collections, each by its closing bracket.
    open: Vec<u8>,
}

impl Scanner<'_> {
    fn document(&mut self) -> Result<(), Fault> {
        loop {
            // Behind a value that is no collection, or that is an empty one.
            if self.value()? && !self.next_value()? {
                return Ok(());
            }
        }
    }

    /// Reads a value; `false` when it opens a collection whose first value follows.
    fn value(&mut self) -> Result<bool, Fault> {
        match self.token()? {
            b'{' => {
                self.open.push(b'}');
                if self.closes(b'}') {
                    return Ok(true);
                }
                self.key()?;
                Ok(false)
            }
            b'[' => {
                self.open.push(b']');
                Ok(self.closes(b']'))
            }
            b'"' => self.string().map(|()| true),
            b'-' => self.negative().map(|()| true),
            b'0' => self.fraction().map(|()| true),
            b'1'..=b'9' => {
                self.digits();
                self.fraction().map(|()| true)
            }
            b't' => self.literal(&TRUE).map(|()| true),
            b'f' => self.literal(&FALSE).map(|()| true),
            b'n' => self.literal(&NULL).map(|()| true),
            byte => Err(Fault::Byte(byte, "looking for beginning of value")),
        }
    }

    /// Goes on to the next value; `false` at the end of the document.
    fn next_value(&mut self) -> Result<bool, Fault> {
        loop {
            let Some(bracket) = self.open.last().copied() else {
                return match self.token() {
                    Ok(byte) => Err(Fault::Byte(byte, "after top-level value")),
                    Err(_) => Ok(false),
                };
            };
            match (self.token()?, bracket) {
                (b',', b'}') => return self.key().map(|()| true),
                (b',', _) => return Ok(true),
                (byte, _) if byte == bracket => {
                    self.open.pop();
                }
                (byte, b'}') => return Err(Fault::Byte(byte, "after object key:value pair")),
                (byte, _) => return Err(Fault::Byte(byte, "after array element")),
            }
        }
    }

    fn key(&mut self) -> Result<(), Fault> {
        match self.token()? {
            b'"' => self.string()?,
            byte => {
                let context = "looking for beginning of object key string";
                return Err(Fault::Byte(byte, context));
            }
        }
        match self.token()? {
            b':' => Ok(()),
            byte => Err(Fault::Byte(byte, "after object key")),
        }
    }

    /// Whether the collection just opened is empty.
    fn closes(&mut self, bracket: u8) -> bool {
        self.skip_blanks();
        let is_empty = self.rest.first() == Some(&bracket);
        if is_empty {
            self.rest = &self.rest[1..];
            self.open.pop();
        }
        is_empty
    }

    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// The next byte of a number or word. Go's decoder takes the end for a blank first.
    fn inner_byte(&mut self, context: &'static str) -> Result<u8, Fault> {
        self.byte().map_err(|_| Fault::Byte(b' ', context))
    }

    fn token(&mut self) -> Result<u8, Fault> {
        self.skip_blanks();
        self.byte()
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let (first, rest) = self.rest.split_first().ok_or(Fault::End)?;
        self.rest = rest;
        Ok(*first)
    }

    fn string(&mut self) -> Result<(), Fault> {
        loop {
            match self.byte()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte @ 0..0x20 => return Err(Fault::Byte(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.byte()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => {
                for _ in 0..4 {
                    let byte = self.byte()?;
                    if !byte.is_ascii_hexdigit() {
                        return Err(Fault::Byte(byte, "in \\u hexadecimal character escape"));
                    }
                }
                Ok(())
            }
            byte => Err(Fault::Byte(byte, "in string escape code")),
        }
    }

    fn digits(&mut self) {
        while let [b'0'..=b'9', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn negative(&mut self) -> Result<(), Fault> {
        match self.inner_byte("in numeric literal")? {
            b'0' => self.fraction(),
            b'1'..=b'9' => {
                self.digits();
                self.fraction()
            }
            byte => Err(Fault::Byte(byte, "in numeric literal")),
        }
    }

    /// What may follow the whole part of a number.
    fn fraction(&mut self) -> Result<(), Fault> {
        if let [b'.', rest @ ..] = self.rest {
            self.rest = rest;
            self.digit("after decimal point in numeric literal")?;
        }
        if let [b'e' | b'E', rest @ ..] = self.rest {
            let signed = rest
                .split_first()
                .filter(|(sign, _)| matches!(sign, b'+' | b'-'));
            self.rest = signed.map_or(rest, |(_, rest)| rest);
            self.digit("in exponent of numeric literal")?;
        }
        Ok(())
    }

    /// At least one digit.
    fn digit(&mut self, context: &'static str) -> Result<(), Fault> {
        match self.inner_byte(context)? {
            b'0'..=b'9' => {
                self.digits();
                Ok(())
            }
            byte => Err(Fault::Byte(byte, context)),
        }
    }

    /// The rest of a word, with what Go says where a letter of it is missing.
    fn literal(&mut self, letters: &[(u8, &'static str)]) -> Result<(), Fault> {
        for (letter, context) in letters {
            let byte = self.inner_byte(context)?;
            if byte != *letter {
                return Err(Fault::Byte(byte, context));
            }
        }
        Ok(())
    }
}

const TRUE: [(u8, &str); 3] = [
    (b'r', "in literal true (expecting 'r')"),
    (b'u', "in literal true (expecting 'u')"),
    (b'e', "in literal true (expecting 'e')"),
];

const FALSE: [(u8, &str); 4] = [
    (b'a', "in literal false (expecting 'a')"),
    (b'l', "in literal false (expecting 'l')"),
    (b's', "in literal false (expecting 's')"),
    (b'e', "in literal false (expecting 'e')"),
];

const NULL: [(u8, &str); 3] = [
    (b'u', "in literal null (expecting 'u')"),
    (b'l', "in literal null (expecting 'l')"),
    (b'l', "in literal null (expecting 'l')"),
];

/// A byte in single quotes; Go takes it for a character.
fn shown(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'"' => "'\"'".into(),
        byte => {
            let quoted = crate::gotemplate::quote(&char::from(byte).to_string());
            format!("'{}'", quoted.trim_matches('"'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::error;

    #[test]
    fn errors_have_gos_words() {
        for (text, expected) in [
            ("", "unexpected end of JSON input"),
            ("{\"a\": [1, {\"b\": null}], \"c\": \"\\u00e9\"} ", ""),
            ("[] []", "invalid character '[' after top-level value"),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "{\"a\": 1 \"b\"}",
                "invalid character '\"' after object key:value pair",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{a: 1}",
                "invalid character 'a' looking for beginning of object key string",
            ),
            (
                "{\"a\": 1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            (
                "[1,]",
                "invalid character ']' looking for beginning of value",
            ),
            (
                "'a'",
                "invalid character '\\'' looking for beginning of value",
            ),
            (
                "1.x",
                "invalid character 'x' after decimal point in numeric literal",
            ),
            ("1e", "invalid character ' ' in exponent of numeric literal"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("08", "invalid character '8' after top-level value"),
            (
                "fals",
                "invalid character ' ' in literal false (expecting 'e')",
            ),
            (
                "nul1",
                "invalid character '1' in literal null (expecting 'l')",
            ),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            (r#""\x""#, "invalid character 'x' in string escape code"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
        ] {
            assert_eq!(error(text).unwrap_or_default(), expected, "{text}");
        }
    }
}
