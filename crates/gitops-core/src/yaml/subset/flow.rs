//! Maps and lists in brackets.

use super::block::{Reader, admit_key};
use super::{Beyond, Build, Scalar};

impl<'a, B: Build<'a>> Reader<'a, '_, B> {
    /// The collection whose bracket is here; its lines start at `floor` or further right.
    pub(super) fn flow(&mut self, floor: usize) -> Result<B::Node, Beyond> {
        let is_list = self.cursor.peek() == Some(b'[');
        self.cursor.at += 1;
        self.nested(|reader| {
            if is_list {
                reader.flow_list(floor)
            } else {
                reader.flow_map(floor)
            }
        })
    }

    fn flow_list(&mut self, floor: usize) -> Result<B::Node, Beyond> {
        let mut items = Vec::new();
        while !self.closes(b']', floor)? {
            items.push(self.flow_node(floor)?);
            self.separates(b']', floor)?;
        }
        self.build.list(items)
    }

    fn flow_map(&mut self, floor: usize) -> Result<B::Node, Beyond> {
        let mut map = B::Map::default();
        while !self.closes(b'}', floor)? {
            let key = self.flow_scalar(floor)?;
            admit_key(&key, self.cursor.line)?;
            let has_colon = self.cursor.peek() == Some(b':');
            if !has_colon {
                return Err(Beyond);
            }
            self.cursor.at += 1;
            self.cursor.skip_in_flow(floor)?;
            let value = self.flow_node(floor)?;
            self.build.entry(&mut map, key, value)?;
            self.separates(b'}', floor)?;
        }
        self.build.map(map)
    }

    /// Takes the closing bracket, if it comes next.
    fn closes(&mut self, bracket: u8, floor: usize) -> Result<bool, Beyond> {
        self.cursor.skip_in_flow(floor)?;
        let closes = self.cursor.peek() == Some(bracket);
        self.cursor.at += usize::from(closes);
        Ok(closes)
    }

    /// Takes a comma, which may only be left out before the closing bracket.
    fn separates(&mut self, bracket: u8, floor: usize) -> Result<(), Beyond> {
        self.cursor.skip_in_flow(floor)?;
        match self.cursor.peek() {
            Some(b',') => self.cursor.at += 1,
            Some(byte) if byte == bracket => {}
            _ => return Err(Beyond),
        }
        Ok(())
    }

    fn flow_node(&mut self, floor: usize) -> Result<B::Node, Beyond> {
        if let Some(b'[' | b'{') = self.cursor.peek() {
            return self.flow(floor);
        }
        let scalar = self.flow_scalar(floor)?;
        self.build.scalar(scalar)
    }

    fn flow_scalar(&mut self, floor: usize) -> Result<Scalar<'a>, Beyond> {
        match self.cursor.peek() {
            Some(b'"' | b'\'') => self.cursor.quoted(floor),
            _ => self.cursor.plain_in_flow(),
        }
    }
}
