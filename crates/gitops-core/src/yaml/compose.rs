//! From parser events to values.

mod anchor;
mod byte_order_mark;
mod key;
mod map;
mod scalar;
mod subset;
mod tab;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScanError, Span};
use serde_json::Value;

use self::anchor::Anchors;
use self::byte_order_mark::ByteOrderMarks;
use self::map::MapBuilder;
use super::subset::Beyond;
use super::{Error, Options, Problem};

pub(super) use self::anchor::Budget;
pub use self::anchor::measure;
#[cfg(test)]
pub(super) use self::subset::first as by_subset;

/// The first document of `text`; `None` where there is none.
///
/// The Go libraries stop reading there, so whatever follows may be garbage.
pub(super) fn first(
    text: &str,
    options: &Options,
    budget: &mut Budget,
) -> Result<Option<Value>, Error> {
    match subset::first(text, options, budget) {
        Ok(value) => Ok(value),
        Err(Beyond) => by_full_parser(text, options, budget),
    }
}

/// The same, whatever YAML the text uses, and with a word on what is wrong.
pub(super) fn by_full_parser(
    text: &str,
    options: &Options,
    budget: &mut Budget,
) -> Result<Option<Value>, Error> {
    let start = budget.clone();
    match compose(text, text, options, budget) {
        Err(Failure {
            error,
            repair: Some(repair),
        }) => {
            let (value, spent) = repaired(text, options, (error, repair), &start)?;
            *budget = spent;
            Ok(value)
        }
        result => result.map_err(|failure| failure.error),
    }
}

/// Why composing stopped.
struct Failure {
    error: Error,
    /// What makes the parser go on where Go does not mind.
    repair: Option<Repair>,
}

#[derive(Clone, Copy)]
enum Repair {
    /// Quoted text goes on further left than the parser allows.
    IndentLine,
    /// Tabs stand where the parser wants blanks, inside of brackets or quotes.
    ReplaceTabs,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            repair: None,
        }
    }
}

/// Composes again with the lines that the parser refuses repaired, one reported place
/// after the other.
///
/// The indentation of these lines means nothing. The work is bounded, because every
/// place costs a pass.
fn repaired(
    text: &str,
    options: &Options,
    (mut error, mut repair): (Error, Repair),
    budget: &Budget,
) -> Result<(Option<Value>, Budget), Error> {
    const WORK: usize = 64 << 20;
    let mut repaired = Repaired {
        text: text.to_owned(),
        with_tabs: text.to_owned(),
    };
    let passes = (WORK / text.len().max(1)).clamp(4, 2_000);
    for _ in 0..passes {
        if !repaired.apply(repair, error.line) {
            return Err(error);
        }
        let mut budget = budget.clone();
        match compose(&repaired.text, &repaired.with_tabs, options, &mut budget) {
            Ok(value) => return Ok((value, budget)),
            Err(Failure {
                error: next,
                repair: Some(how),
            }) => (error, repair) = (next, how),
            Err(next) => return Err(next.error),
        }
    }
    Err(error)
}

struct Repaired {
    text: String,
    /// The same text, in which no tab is replaced.
    with_tabs: String,
}

impl Repaired {
    /// Repairs a line, counted from 1; `false` when there is nothing to repair.
    fn apply(&mut self, repair: Repair, line: usize) -> bool {
        const SPACES: &str = "                ";
        let lines = self.text.split_inclusive('\n');
        let start: usize = lines.take(line - 1).map(str::len).sum();
        match repair {
            Repair::IndentLine => {
                self.text.insert_str(start, SPACES);
                self.with_tabs.insert_str(start, SPACES);
                true
            }
            Repair::ReplaceTabs => self.replace_tabs(start),
        }
    }

    /// Replaces the tabs before the content of the line at `start` and of those that
    /// follow and begin with tabs, too.
    fn replace_tabs(&mut self, start: usize) -> bool {
        let (before, after) = self.text.split_at(start);
        let mut text = String::with_capacity(self.text.len());
        text.push_str(before);
        for line in after.split_inclusive('\n') {
            let content = line.trim_start_matches([' ', '\t']);
            let indent = &line[..line.len() - content.len()];
            if !indent.contains('\t') {
                break;
            }
            text.push_str(&indent.replace('\t', " "));
            text.push_str(content);
        }
        let is_changed = text.len() > start;
        text.push_str(&self.text[text.len()..]);
        self.text = text;
        is_changed
    }
}

/// The first document of `text`; `with_tabs` is the same text before its repair.
fn compose(
    text: &str,
    with_tabs: &str,
    options: &Options,
    budget: &mut Budget,
) -> Result<Option<Value>, Failure> {
    let marks = ByteOrderMarks::hide(text);
    let text = marks.text();
    let mut parser = Parser::new_from_str_with_options(text, parser_options(options));
    let mut composer = Composer {
        text,
        marks: &marks,
        options,
        budget,
        frames: Vec::new(),
        anchors: Anchors::default(),
        root: None,
    };
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| scan_failure(&error, options))?;
        match event {
            Event::DocumentEnd | Event::StreamEnd => break,
            event => composer.event(event, span)?,
        }
    }
    tab::check(text, with_tabs, options)?;
    Ok(composer.root)
}

fn parser_options(options: &Options) -> granit_parser::Options {
    let depth = options.bounded_depth();
    granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
    }
}

fn scan_failure(error: &ScanError, options: &Options) -> Failure {
    let problem = match error.kind() {
        ErrorKind::RecursionLimitExceeded => Problem::TooDeep(options.bounded_depth()),
        kind => Problem::Syntax(kind.to_string()),
    };
    let repair = match error.kind() {
        ErrorKind::InvalidQuotedScalarIndent => Some(Repair::IndentLine),
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => Some(Repair::ReplaceTabs),
        _ => None,
    };
    Failure {
        error: Error::at(*error.marker(), problem),
        repair,
    }
}

/// A document under way. Open collections live in a list, so depth costs no stack.
struct Composer<'a> {
    text: &'a str,
    marks: &'a ByteOrderMarks<'a>,
    options: &'a Options,
    budget: &'a mut Budget,
    frames: Vec<Frame>,
    anchors: Anchors,
    root: Option<Value>,
}

/// A collection that is still open.
struct Frame {
    content: Content,
    anchor: usize,
    start: Marker,
}

enum Content {
    List(Vec<Value>),
    Map(MapBuilder),
}

impl Composer<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Error> {
        let mark = span.start;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.budget.spend(1, 0, mark)?;
                let dialect = self.options.dialect;
                let text =
                    scalar::as_go_reads(text, style, span, self.text, dialect).and_then(|text| {
                        let text = self.marks.restore(text);
                        scalar::resolve(text, style, tag.as_deref(), dialect)
                    });
                let scalar = text.map_err(|problem| Error::at(mark, problem))?;
                self.scalar(scalar, anchor, mark)
            }
            Event::Alias(id) => {
                let value = self.anchors.expand(id, self.budget, mark)?;
                self.value(value, 0, mark)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(Content::List(Vec::new()), anchor, mark)
            }
            Event::MappingStart(_, anchor, _) => {
                self.open(Content::Map(MapBuilder::default()), anchor, mark)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn open(&mut self, content: Content, anchor: usize, start: Marker) -> Result<(), Error> {
        self.budget.spend(1, 0, start)?;
        if let Some(Frame {
            content: Content::Map(map),
            ..
        }) = self.frames.last()
            && map.expects_key()
        {
            let kind = match content {
                Content::List(_) => "a list",
                Content::Map(_) => "a map",
            };
            return Err(Error::at(start, Problem::CollectionKey(kind)));
        }
        if self.frames.len() >= self.options.bounded_depth() {
            let depth = self.options.bounded_depth();
            return Err(Error::at(start, Problem::TooDeep(depth)));
        }
        self.anchors.begin(anchor);
        self.frames.push(Frame {
            content,
            anchor,
            start,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let value = match frame.content {
            Content::List(list) => Value::Array(list),
            Content::Map(map) => Value::Object(map.finish()),
        };
        self.value(value, frame.anchor, frame.start)
    }

    fn scalar(
        &mut self,
        scalar: scalar::Resolved,
        anchor: usize,
        mark: Marker,
    ) -> Result<(), Error> {
        if let Some(Frame {
            content: Content::Map(map),
            ..
        }) = self.frames.last_mut()
            && map.expects_key()
        {
            if anchor != 0 {
                let value = scalar.clone().into_value();
                let value = value.map_err(|problem| Error::at(mark, problem))?;
                self.anchors.keep(anchor, &value, self.budget, mark)?;
            }
            return map.key(scalar, self.options.dialect, mark);
        }
        let value = scalar.into_value();
        self.value(
            value.map_err(|problem| Error::at(mark, problem))?,
            anchor,
            mark,
        )
    }

    /// Puts a finished value where it belongs.
    fn value(&mut self, value: Value, anchor: usize, mark: Marker) -> Result<(), Error> {
        self.anchors.keep(anchor, &value, self.budget, mark)?;
        match self.frames.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(value),
            Some(Content::List(list)) => list.push(value),
            Some(Content::Map(map)) if map.expects_key() => {
                map.aliased_key(value, self.options.dialect, mark)?;
            }
            Some(Content::Map(map)) => map.value(value, self.options.dialect, mark)?,
        }
        Ok(())
    }
}
