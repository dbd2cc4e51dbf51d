//! A place in a text, and the steps all parts of the reader take.

use super::Beyond;

/// A place in a text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// The line of `at`, from 1.
    pub(super) line: u32,
    line_start: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
            line_start: 0,
        }
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    /// Whether a blank, a line's end or the end of the text stands `ahead` bytes from here.
    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.bytes().get(self.at + ahead), None | Some(b' ' | b'\n'))
    }

    /// How far the place is from the start of its line, in bytes.
    ///
    /// That is also how many characters, wherever a node begins in a block.
    pub(super) fn column(&self) -> usize {
        self.at - self.line_start
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// Goes to the end of the line, before its line break.
    fn skip_line(&mut self) {
        let rest = &self.bytes()[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    /// Takes a line break, if one is here.
    pub(super) fn take_break(&mut self) -> bool {
        let is_break = self.peek() == Some(b'\n');
        if is_break {
            self.at += 1;
            self.line += 1;
            self.line_start = self.at;
        }
        is_break
    }

    /// Takes what may follow a node on its line: blanks, a comment and the line break.
    pub(super) fn end_line(&mut self) -> Result<(), Beyond> {
        let start = self.at;
        self.skip_spaces();
        if self.peek() == Some(b'#') && self.at > start {
            self.skip_line();
        }
        if self.take_break() || self.at == self.text.len() {
            Ok(())
        } else {
            Err(Beyond)
        }
    }

    /// Goes over blank lines and comments to what comes next, and says at which column
    /// that is; `None` where the document ends.
    pub(super) fn content(&mut self) -> Result<Option<usize>, Beyond> {
        loop {
            self.skip_spaces();
            match self.peek() {
                None => return Ok(None),
                Some(b'\n') => drop(self.take_break()),
                Some(b'#') => self.skip_line(),
                Some(b'\t') => return Err(Beyond),
                Some(_) if self.column() == 0 && self.is_separator() => return Ok(None),
                Some(b'%' | b'.') if self.column() == 0 => return Err(Beyond),
                Some(_) => return Ok(Some(self.column())),
            }
        }
    }

    /// Whether `---` stands here.
    pub(super) fn is_separator(&self) -> bool {
        self.bytes()[self.at..].starts_with(b"---") && self.is_blank(3)
    }

    /// Whether a new document or the end of one is marked here.
    pub(super) fn is_marker(&self) -> bool {
        self.column() == 0 && (self.is_separator() || self.bytes()[self.at..].starts_with(b"..."))
    }

    /// Goes over the blanks, blank lines and, where it says so, comments between two
    /// parts of a flow collection, whose lines all start at `floor` or further right.
    pub(super) fn skip_in_flow(&mut self, floor: usize) -> Result<(), Beyond> {
        loop {
            let start = self.at;
            self.skip_spaces();
            match self.peek() {
                Some(b'\n') => drop(self.take_break()),
                Some(b'#') if self.at > start || self.column() == 0 => self.skip_line(),
                Some(b'\t') | None => return Err(Beyond),
                Some(_) => break,
            }
        }
        self.admit_column(floor)
    }

    /// Refuses a line that goes on left of `floor`, or that may start another document.
    pub(super) fn admit_column(&self, floor: usize) -> Result<(), Beyond> {
        if self.column() < floor || self.is_marker() {
            Err(Beyond)
        } else {
            Ok(())
        }
    }

    /// The line breaks that follow a line of folded text, and where the next line starts:
    /// how many blank lines there are between.
    ///
    /// The place is before a line break; it is behind the blanks that lead the next line,
    /// or at the end of the text.
    pub(super) fn fold(&mut self) -> Result<usize, Beyond> {
        let mut blank_lines = 0;
        self.take_break();
        loop {
            self.skip_spaces();
            if self.peek() == Some(b'\t') {
                return Err(Beyond);
            }
            if !self.take_break() {
                return Ok(blank_lines);
            }
            blank_lines += 1;
        }
    }
}

/// Adds what line breaks within folded text stand for.
pub(super) fn push_fold(text: &mut String, blank_lines: usize) {
    if blank_lines == 0 {
        text.push(' ');
    }
    for _ in 0..blank_lines {
        text.push('\n');
    }
}
