//! Tabs that indent: the parser is of YAML 1.2, which lets more of them pass than Go does.
//!
//! Go's scanner passes over a tab only where no key could begin: behind other text
//! on a line, or inside brackets. What is left is looked at here, after the text
//! has proven to be YAML.

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::parser_options;
use crate::yaml::{Error, Options, Problem};

const STRAY: &str = "found character that cannot start any token";
const INDENT: &str = "found a tab character that violates indentation";
const BLOCK: &str = "found a tab character where an indentation space is expected";

/// Refuses the tabs in the first document of `with_tabs` that Go's scanner refuses;
/// `text` is the same with blanks for those that our parser refuses.
pub(super) fn check(text: &str, with_tabs: &str, options: &Options) -> Result<(), Error> {
    let tabs = leading_tabs(with_tabs);
    if tabs.is_empty() {
        return Ok(());
    }
    let mut walk = Walk {
        text,
        tabs: &tabs,
        flow_depth: 0,
        indents: Vec::new(),
        plain: None,
        end: 0,
    };
    let mut parser = Parser::new_from_str_with_options(text, parser_options(options));
    while let Some(Ok((event, span))) = parser.next_event() {
        match event {
            Event::DocumentEnd | Event::StreamEnd => break,
            event => walk.event(&event, span)?,
        }
    }
    walk.gap(walk.next_token())
}

/// The places of tabs with nothing but blanks and block indicators before them on
/// their line.
fn leading_tabs(text: &str) -> Vec<usize> {
    let mut tabs = Vec::new();
    if !text.contains('\t') {
        return tabs;
    }
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut after_indicator = false;
        for (at, byte) in line.bytes().enumerate() {
            match byte {
                b'\t' => tabs.push(start + at),
                b' ' => {}
                b'-' | b'?' | b':' if !after_indicator => {
                    after_indicator = true;
                    continue;
                }
                _ => break,
            }
            after_indicator = false;
        }
        start += line.len();
    }
    tabs
}

/// A walk over the events of a document, with the tabs that are not yet judged.
struct Walk<'a> {
    text: &'a str,
    tabs: &'a [usize],
    flow_depth: usize,
    /// The columns of the open block collections.
    indents: Vec<usize>,
    /// The token before, if it is a plain scalar: its end, and how far its next line
    /// would have to be indented. Go reads the blanks behind it as part of it.
    plain: Option<(usize, usize)>,
    /// Where the token before ends.
    end: usize,
}

impl Walk<'_> {
    fn event(&mut self, event: &Event<'_>, span: Span) -> Result<(), Error> {
        let (Some(start), Some(end)) = (span.start.byte_offset(), span.end.byte_offset()) else {
            return Ok(());
        };
        match event {
            Event::Scalar(_, style, ..) => {
                self.gap(start)?;
                self.scalar(*style, start, end)?;
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                self.gap(start)?;
                self.open(start, span.start.col());
            }
            // It ends where something else begins.
            Event::MappingEnd | Event::SequenceEnd if self.flow_depth == 0 => {
                self.indents.pop();
                return Ok(());
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.gap(start)?;
                self.flow_depth -= 1;
                self.plain = None;
            }
            Event::Alias(_) => {
                self.gap(start)?;
                self.plain = None;
            }
            _ => {}
        }
        self.end = self.end.max(end);
        Ok(())
    }

    fn open(&mut self, start: usize, column: usize) {
        if self.flow_depth > 0 || self.text[start..].starts_with(['[', '{']) {
            self.flow_depth += 1;
            self.plain = None;
        } else {
            self.indents.push(column);
        }
    }

    /// Judges the tabs in a scalar; in quotes they are text.
    fn scalar(&mut self, style: ScalarStyle, start: usize, end: usize) -> Result<(), Error> {
        let indent = self.indents.last().map_or(0, |column| column + 1);
        let is_plain = style == ScalarStyle::Plain && start < end;
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if is_block && self.hides_indent(start) {
            return Err(self.error(start, BLOCK));
        }
        while let Some(tab) = self.next_before(end) {
            let column = self.indent_before(tab);
            if is_plain && column.is_some_and(|column| column < indent) {
                return Err(self.error(tab, INDENT));
            }
        }
        self.plain = is_plain.then_some((end, indent));
        Ok(())
    }

    /// Whether the text of a block, which begins at `start`, begins with a tab where
    /// only blanks can tell how far it is indented.
    fn hides_indent(&self, start: usize) -> bool {
        if !self.text[start..].starts_with('\t') {
            return false;
        }
        let mut lines = self.text[..start].lines().rev();
        let head = lines.find(|line| !line.trim().is_empty());
        let head = head.unwrap_or_default().split(" #").next();
        let mark = head.and_then(|head| head.trim_end().rsplit(' ').next());
        !mark.is_some_and(|mark| mark.contains(|char: char| char.is_ascii_digit()))
    }

    /// Judges the tabs between two tokens, the second of which begins at `end`.
    fn gap(&mut self, end: usize) -> Result<(), Error> {
        while let Some(tab) = self.next_before(end) {
            let is_blank = |from: usize| self.text[from..tab].trim().is_empty();
            let refused = match self.plain.filter(|(from, _)| is_blank(*from)) {
                Some((_, indent)) => self
                    .indent_before(tab)
                    .is_some_and(|column| column < indent)
                    .then_some(INDENT),
                None => (self.flow_depth == 0).then_some(STRAY),
            };
            if let Some(problem) = refused {
                return Err(self.error(tab, problem));
            }
        }
        Ok(())
    }

    fn next_before(&mut self, end: usize) -> Option<usize> {
        let (first, rest) = self.tabs.split_first()?;
        if *first >= end {
            return None;
        }
        self.tabs = rest;
        Some(*first)
    }

    /// How many blanks are before a tab that begins the content of a line other than
    /// the first.
    fn indent_before(&self, tab: usize) -> Option<usize> {
        let before = &self.text[..tab];
        let line_start = before.rfind(['\n', '\r'])? + 1;
        let begins_line = before[line_start..].trim().is_empty();
        begins_line.then_some(tab - line_start)
    }

    /// Where the token behind the document begins, or the text ends: Go has to look
    /// at it to know that the document is over.
    fn next_token(&self) -> usize {
        let mut at = self.end;
        for line in self.text[at..].split_inclusive('\n') {
            let content = line.trim_start();
            if !content.is_empty() && !content.starts_with('#') {
                return at + line.len() - content.len();
            }
            at += line.len();
        }
        at
    }

    fn error(&self, tab: usize, problem: &str) -> Error {
        Error::at_byte(self.text, tab, Problem::Syntax(problem.to_owned()))
    }
}
