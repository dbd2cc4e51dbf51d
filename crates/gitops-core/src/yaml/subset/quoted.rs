//! Scalars in quotes.

use std::borrow::Cow;

use super::cursor::{Cursor, push_fold};
use super::{Beyond, Scalar};

impl<'a> Cursor<'a> {
    /// The scalar whose opening quote is here; further lines start at `floor` or further right.
    pub(super) fn quoted(&mut self, floor: usize) -> Result<Scalar<'a>, Beyond> {
        let line = self.line;
        let is_double = self.peek() == Some(b'"');
        self.at += 1;
        let text = if is_double {
            self.double_quoted(floor)?
        } else {
            self.single_quoted(floor)?
        };
        Ok(Scalar {
            text,
            is_plain: false,
            line,
        })
    }

    fn single_quoted(&mut self, floor: usize) -> Result<Cow<'a, str>, Beyond> {
        let mut text = Cow::Borrowed("");
        loop {
            let stretch = self.until(|byte| matches!(byte, b'\'' | b'\n' | b'\t'))?;
            append(&mut text, stretch);
            match self.peek() {
                Some(b'\'') => {
                    self.at += 1;
                    if self.peek() != Some(b'\'') {
                        return Ok(text);
                    }
                    self.at += 1;
                    text.to_mut().push('\'');
                }
                Some(b'\n') => self.fold_quoted(text.to_mut(), 0, floor)?,
                _ => return Err(Beyond),
            }
        }
    }

    fn double_quoted(&mut self, floor: usize) -> Result<Cow<'a, str>, Beyond> {
        let mut text = Cow::Borrowed("");
        // Up to here blanks were escaped, and stay.
        let mut kept = 0;
        loop {
            let stretch = self.until(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\t'))?;
            append(&mut text, stretch);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(text.to_mut(), floor)?;
                    kept = text.len();
                }
                Some(b'\n') => self.fold_quoted(text.to_mut(), kept, floor)?,
                _ => return Err(Beyond),
            }
        }
    }

    /// The text up to a byte that `stops`, which must come.
    fn until(&mut self, stops: impl Fn(u8) -> bool) -> Result<&'a str, Beyond> {
        let rest = &self.text[self.at..];
        let length = rest.bytes().position(stops).ok_or(Beyond)?;
        self.at += length;
        Ok(&rest[..length])
    }

    /// Takes line breaks, and drops the blanks around them that are not `kept`.
    fn fold_quoted(&mut self, text: &mut String, kept: usize, floor: usize) -> Result<(), Beyond> {
        let trimmed = text.trim_end_matches(' ').len();
        text.truncate(trimmed.max(kept));
        let blank_lines = self.fold()?;
        self.admit_column(floor)?;
        push_fold(text, blank_lines);
        Ok(())
    }

    /// Takes what follows a backslash.
    fn escape(&mut self, text: &mut String, floor: usize) -> Result<(), Beyond> {
        let Some(byte) = self.peek() else {
            return Err(Beyond);
        };
        if byte == b'\n' {
            if self.fold()? > 0 {
                return Err(Beyond);
            }
            return self.admit_column(floor);
        }
        self.at += 1;
        text.push(match byte {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' => '\t',
            b'n' => '\n',
            b'v' => '\u{b}',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'e' => '\u{1b}',
            b' ' => ' ',
            b'"' => '"',
            b'\\' => '\\',
            b'x' => self.code(2)?,
            b'u' => self.code(4)?,
            b'U' => self.code(8)?,
            _ => return Err(Beyond),
        });
        Ok(())
    }

    /// The character with the number that so many hexadecimal digits give.
    fn code(&mut self, digits: usize) -> Result<char, Beyond> {
        let digits = self.text.get(self.at..self.at + digits).ok_or(Beyond)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Beyond);
        }
        self.at += digits.len();
        let code = u32::from_str_radix(digits, 16).map_err(|_| Beyond)?;
        char::from_u32(code).ok_or(Beyond)
    }
}

/// Adds text, without a copy as long as there is one stretch of it.
fn append<'a>(text: &mut Cow<'a, str>, stretch: &'a str) {
    if text.is_empty() {
        *text = Cow::Borrowed(stretch);
    } else {
        text.to_mut().push_str(stretch);
    }
}
