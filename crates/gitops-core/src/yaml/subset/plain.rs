//! Scalars without quotes.

use std::borrow::Cow;

use super::cursor::{Cursor, push_fold};
use super::{Beyond, Scalar};

impl<'a> Cursor<'a> {
    /// The first line of a plain scalar in a block; behind it stands a colon, a comment
    /// or the end of the line.
    pub(super) fn plain_in_block(&mut self) -> Result<Scalar<'a>, Beyond> {
        self.admit_plain()?;
        let text = self.plain_line()?;
        Ok(self.plain(text))
    }

    /// Refuses what no plain scalar starts with, or what it seldom starts with.
    fn admit_plain(&self) -> Result<(), Beyond> {
        let is_refused = match self.peek() {
            Some(b'-') => self.is_blank(1),
            Some(first) => b",[]{}#&*!|>'\"%@`?:\t\n".contains(&first),
            None => true,
        };
        if is_refused { Err(Beyond) } else { Ok(()) }
    }

    /// The text up to a colon, a comment or the end of the line, without the blanks behind it.
    fn plain_line(&mut self) -> Result<&'a str, Beyond> {
        self.plain_text(|cursor, byte| Ok(byte == b':' && cursor.is_blank(1)))
    }

    /// The text up to a comment, the end of the line or a byte that `ends` it, without the
    /// blanks behind it.
    fn plain_text(
        &mut self,
        ends: impl Fn(&Self, u8) -> Result<bool, Beyond>,
    ) -> Result<&'a str, Beyond> {
        let start = self.at;
        let mut end = start;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => break,
                b'\t' => return Err(Beyond),
                b'#' if end < self.at => break,
                b' ' => self.at += 1,
                _ if ends(self, byte)? => break,
                _ => {
                    self.at += 1;
                    end = self.at;
                }
            }
        }
        self.at = end;
        Ok(&self.text[start..end])
    }

    /// A plain scalar with the lines that continue it.
    pub(super) fn plain_lines(
        &mut self,
        first: Scalar<'a>,
        floor: usize,
    ) -> Result<Scalar<'a>, Beyond> {
        let mut text = first.text;
        loop {
            let is_continued = self.ends_without_comment();
            if !is_continued {
                self.end_line()?;
                break;
            }
            let blank_lines = self.fold()?;
            let is_over = self.peek().is_none_or(|byte| byte == b'#');
            if is_over || self.column() < floor || self.is_marker() {
                break;
            }
            let line = self.plain_line()?;
            let text = text.to_mut();
            push_fold(text, blank_lines);
            text.push_str(line);
        }
        Ok(Scalar { text, ..first })
    }

    /// Goes to the end of the line if only blanks stand before it and it has a line break.
    fn ends_without_comment(&mut self) -> bool {
        let start = self.at;
        self.skip_spaces();
        let is_end = self.peek() == Some(b'\n');
        if !is_end {
            self.at = start;
        }
        is_end
    }

    /// A plain scalar inside of brackets, which is one line at most.
    pub(super) fn plain_in_flow(&mut self) -> Result<Scalar<'a>, Beyond> {
        self.admit_plain()?;
        let text = self.plain_text(|cursor, byte| match byte {
            b',' | b']' | b'}' => Ok(true),
            b'[' | b'{' => Err(Beyond),
            b':' => match cursor.bytes().get(cursor.at + 1) {
                Some(b' ' | b'\n') => Ok(true),
                None | Some(b',' | b'[' | b']' | b'{' | b'}') => Err(Beyond),
                Some(_) => Ok(false),
            },
            _ => Ok(false),
        })?;
        if text == "-" {
            return Err(Beyond);
        }
        Ok(self.plain(text))
    }

    /// The plain scalar of a text on this line.
    fn plain(&self, text: &'a str) -> Scalar<'a> {
        Scalar {
            text: Cow::Borrowed(text),
            is_plain: true,
            line: self.line,
        }
    }
}
