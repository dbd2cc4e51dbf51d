//! Maps and lists by indentation.

use super::cursor::Cursor;
use super::{Beyond, Build, Scalar};

/// A document under way.
///
/// `floor` is, for every node, the least column at which its further lines may start.
pub(super) struct Reader<'a, 'b, B> {
    pub(super) cursor: Cursor<'a>,
    pub(super) build: &'b mut B,
    /// How many collections may still be opened inside each other.
    depth: usize,
}

impl<'a, 'b, B: Build<'a>> Reader<'a, 'b, B> {
    pub(super) fn new(text: &'a str, depth: usize, build: &'b mut B) -> Self {
        Self {
            cursor: Cursor::new(text),
            build,
            depth,
        }
    }

    pub(super) fn document(&mut self) -> Result<Option<B::Node>, Beyond> {
        if self.cursor.content()?.is_none() {
            if self.cursor.peek().is_none() {
                return Ok(None);
            }
            self.cursor.at += "---".len();
            self.cursor.end_line()?;
            // A document of nothing is null, and the full parser's to tell.
            self.cursor.content()?.ok_or(Beyond)?;
        }
        let root = self.node(0)?;
        match self.cursor.content()? {
            None => Ok(Some(root)),
            Some(_) => Err(Beyond),
        }
    }

    /// Runs `read` one level deeper.
    pub(super) fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<B::Node, Beyond>,
    ) -> Result<B::Node, Beyond> {
        self.depth = self.depth.checked_sub(1).ok_or(Beyond)?;
        let node = read(self)?;
        self.depth += 1;
        Ok(node)
    }

    /// A node that begins here, on a line of its own or behind `- `.
    fn node(&mut self, floor: usize) -> Result<B::Node, Beyond> {
        let column = self.cursor.column();
        match self.cursor.peek() {
            Some(b'-') if self.cursor.is_blank(1) => self.nested(|reader| reader.list(column)),
            Some(b'[' | b'{' | b'|' | b'>') => self.value(floor),
            _ => {
                let scalar = self.one_line(floor)?;
                if self.takes_colon() {
                    self.nested(|reader| reader.map(column, scalar))
                } else {
                    self.leaf(scalar, floor)
                }
            }
        }
    }

    /// A node that begins behind `key: `, which can be no block collection.
    fn value(&mut self, floor: usize) -> Result<B::Node, Beyond> {
        match self.cursor.peek() {
            Some(b'[' | b'{') => {
                let node = self.flow(floor)?;
                self.cursor.end_line()?;
                Ok(node)
            }
            Some(b'|' | b'>') => {
                let scalar = self.cursor.block_scalar(floor)?;
                self.build.scalar(scalar)
            }
            _ => {
                let scalar = self.one_line(floor)?;
                self.leaf(scalar, floor)
            }
        }
    }

    /// A scalar in quotes, or the first line of a plain one.
    fn one_line(&mut self, floor: usize) -> Result<Scalar<'a>, Beyond> {
        match self.cursor.peek() {
            Some(b'"' | b'\'') => self.cursor.quoted(floor),
            _ => self.cursor.plain_in_block(),
        }
    }

    /// The leaf that a scalar is, once no `:` follows it.
    fn leaf(&mut self, scalar: Scalar<'a>, floor: usize) -> Result<B::Node, Beyond> {
        let scalar = if scalar.is_plain {
            self.cursor.plain_lines(scalar, floor)?
        } else {
            self.cursor.end_line()?;
            scalar
        };
        self.build.scalar(scalar)
    }

    /// Takes the colon behind a key.
    fn takes_colon(&mut self) -> bool {
        let has_colon = self.cursor.peek() == Some(b':') && self.cursor.is_blank(1);
        self.cursor.at += usize::from(has_colon);
        has_colon
    }

    /// The list whose first dash is here.
    fn list(&mut self, column: usize) -> Result<B::Node, Beyond> {
        let mut items = Vec::new();
        while self.cursor.content()? == Some(column) && self.is_dash() {
            let line = self.cursor.line;
            self.cursor.at += 1;
            items.push(self.item(column, line)?);
        }
        self.build.list(items)
    }

    fn is_dash(&self) -> bool {
        self.cursor.peek() == Some(b'-') && self.cursor.is_blank(1)
    }

    /// What follows a dash.
    fn item(&mut self, column: usize, line: u32) -> Result<B::Node, Beyond> {
        if self.has_more_on_line() {
            return self.node(column + 1);
        }
        self.cursor.end_line()?;
        match self.cursor.content()? {
            Some(next) if next > column => self.node(column + 1),
            _ => self.missing(line),
        }
    }

    /// Goes to what follows on the line, if more than a comment does.
    fn has_more_on_line(&mut self) -> bool {
        let start = self.cursor.at;
        self.cursor.skip_spaces();
        let has_more = !matches!(self.cursor.peek(), None | Some(b'\n' | b'#'));
        if !has_more {
            self.cursor.at = start;
        }
        has_more
    }

    /// The null of a value that is left out.
    fn missing(&mut self, line: u32) -> Result<B::Node, Beyond> {
        self.build.scalar(Scalar {
            text: "".into(),
            is_plain: true,
            line,
        })
    }

    /// The map whose first key, up to its colon, has been read.
    fn map(&mut self, column: usize, first: Scalar<'a>) -> Result<B::Node, Beyond> {
        let mut map = B::Map::default();
        let mut key = first;
        loop {
            admit_key(&key, self.cursor.line)?;
            let value = self.map_value(column, key.line)?;
            self.build.entry(&mut map, key, value)?;
            if self.cursor.content()? != Some(column) {
                return self.build.map(map);
            }
            key = self.one_line(column)?;
            if !self.takes_colon() {
                return Err(Beyond);
            }
        }
    }

    /// What follows a key and its colon.
    fn map_value(&mut self, column: usize, line: u32) -> Result<B::Node, Beyond> {
        if self.has_more_on_line() {
            return self.value(column + 1);
        }
        self.cursor.end_line()?;
        match self.cursor.content()? {
            Some(next) if next > column => self.node(column + 1),
            Some(next) if next == column && self.is_dash() => {
                self.nested(|reader| reader.list(column))
            }
            _ => self.missing(line),
        }
    }
}

/// Refuses a key that goes over several lines or is longer than keys may be.
pub(super) fn admit_key(key: &Scalar<'_>, line: u32) -> Result<(), Beyond> {
    const LONGEST: usize = 1_000;
    if key.line == line && key.text.len() <= LONGEST {
        Ok(())
    } else {
        Err(Beyond)
    }
}
