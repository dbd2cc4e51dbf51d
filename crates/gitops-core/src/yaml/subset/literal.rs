//! Scalars as blocks of lines: literal `|` and folded `>`.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::{Beyond, Scalar};

/// What becomes of the line breaks at the end of a block.
#[derive(Clone, Copy, PartialEq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

struct Header {
    is_folded: bool,
    chomping: Chomping,
    /// How much further right than its parent the block stands, where that is said.
    indent: Option<usize>,
}

impl<'a> Cursor<'a> {
    /// The block whose `|` or `>` is here, in a collection one column left of `floor`.
    pub(super) fn block_scalar(&mut self, floor: usize) -> Result<Scalar<'a>, Beyond> {
        let parent = floor.checked_sub(1).ok_or(Beyond)?;
        let header = self.header()?;
        let (indent, blank_lines) = self.indent(&header, parent)?;
        let line = self.line;
        let text = match indent {
            Some(indent) => self.lines(&header, indent, blank_lines)?,
            None if header.chomping == Chomping::Keep => "\n".repeat(blank_lines),
            None => String::new(),
        };
        // A last line without a break is where parsers disagree.
        if self.at == self.text.len() && !self.text.ends_with('\n') {
            return Err(Beyond);
        }
        Ok(Scalar {
            text: Cow::Owned(text),
            is_plain: false,
            line,
        })
    }

    fn header(&mut self) -> Result<Header, Beyond> {
        let mut header = Header {
            is_folded: self.peek() == Some(b'>'),
            chomping: Chomping::Clip,
            indent: None,
        };
        loop {
            self.at += 1;
            match self.peek() {
                Some(b'-') if header.chomping == Chomping::Clip => {
                    header.chomping = Chomping::Strip;
                }
                Some(b'+') if header.chomping == Chomping::Clip => header.chomping = Chomping::Keep,
                Some(digit @ b'1'..=b'9') if header.indent.is_none() => {
                    header.indent = Some(usize::from(digit - b'0'));
                }
                _ => break,
            }
        }
        self.end_line()?;
        Ok(header)
    }

    /// How far the lines of the block are indented, `None` where it has none, and how many
    /// blank lines it starts with.
    fn indent(&mut self, header: &Header, parent: usize) -> Result<(Option<usize>, usize), Beyond> {
        let (mut blank_lines, mut longest) = (0, 0);
        let given = header.indent.map(|indent| parent + indent);
        loop {
            let start = *self;
            self.skip_at_most(given.unwrap_or(usize::MAX));
            let column = self.column();
            match self.peek() {
                Some(b'\n') => drop(self.take_break()),
                Some(b'\t') => return Err(Beyond),
                None => return Ok((None, blank_lines)),
                Some(_) => {
                    *self = start;
                    let indent = given.unwrap_or(column);
                    if column < indent || indent <= parent {
                        return Ok((None, blank_lines));
                    }
                    // Parsers disagree about blanks before a block that is indented less.
                    let is_clear = longest <= indent;
                    return if is_clear {
                        Ok((Some(indent), blank_lines))
                    } else {
                        Err(Beyond)
                    };
                }
            }
            blank_lines += 1;
            longest = longest.max(column);
        }
    }

    fn skip_at_most(&mut self, column: usize) {
        while self.peek() == Some(b' ') && self.column() < column {
            self.at += 1;
        }
    }

    /// The lines of a block, up to the first that is indented less.
    fn lines(
        &mut self,
        header: &Header,
        indent: usize,
        blank_lines: usize,
    ) -> Result<String, Beyond> {
        let mut text = "\n".repeat(blank_lines);
        // The break behind the last line is pending, and the blank lines behind that.
        let (mut has_line, mut was_blank, mut breaks) = (false, false, 0);
        loop {
            self.skip_at_most(indent);
            match self.peek() {
                Some(b'\n') => {
                    self.take_break();
                    breaks += 1;
                    continue;
                }
                Some(b'\t') if self.column() < indent => return Err(Beyond),
                Some(_) if self.column() == indent => {}
                _ => break,
            }
            let is_blank = matches!(self.peek(), Some(b' ' | b'\t'));
            if has_line {
                let folds = header.is_folded && !was_blank && !is_blank;
                if !folds {
                    text.push('\n');
                } else if breaks == 0 {
                    text.push(' ');
                }
            }
            text.extend(std::iter::repeat_n('\n', breaks));
            (has_line, was_blank, breaks) = (true, is_blank, 0);
            text.push_str(self.line_of_block()?);
        }
        if header.chomping != Chomping::Strip {
            text.push('\n');
        }
        if header.chomping == Chomping::Keep {
            text.extend(std::iter::repeat_n('\n', breaks));
        }
        Ok(text)
    }

    /// The rest of a line, which must have a line break.
    fn line_of_block(&mut self) -> Result<&'a str, Beyond> {
        let rest = &self.text[self.at..];
        let length = memchr::memchr(b'\n', rest.as_bytes()).ok_or(Beyond)?;
        self.at += length;
        self.take_break();
        Ok(&rest[..length])
    }
}
