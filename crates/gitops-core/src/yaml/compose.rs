//! From parser events to values.

mod anchor;
mod byte_order_mark;
mod key;
mod map;
mod scalar;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScanError, Span};
use serde_json::Value;

use self::anchor::Anchors;
use self::byte_order_mark::ByteOrderMarks;
use self::map::MapBuilder;
use super::{Error, Options, Problem};

pub(super) use self::anchor::Budget;

/// The first document of `text`; `None` where there is none.
///
/// The Go libraries stop reading there, so whatever follows may be garbage.
pub(super) fn first(
    text: &str,
    options: &Options,
    budget: &mut Budget,
) -> Result<Option<Value>, Error> {
    let start = budget.clone();
    let failure = match compose(text, options, budget) {
        Err(failure) if failure.is_quoted_indent => failure,
        result => return result.map_err(|failure| failure.error),
    };
    with_indented_quotes(text, options, failure, &start).map(|(value, spent)| {
        *budget = spent;
        value
    })
}

/// Why composing stopped.
struct Failure {
    error: Error,
    /// Whether quoted text goes on further left than the parser allows, which Go does not mind.
    is_quoted_indent: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            is_quoted_indent: false,
        }
    }
}

/// Composes again with the lines of quoted text indented, one reported line after the other.
///
/// Indentation means nothing in there. The work is bounded, because every line costs a pass.
fn with_indented_quotes(
    text: &str,
    options: &Options,
    mut failure: Failure,
    budget: &Budget,
) -> Result<(Option<Value>, Budget), Error> {
    const WORK: usize = 64 << 20;
    const SPACES: &str = "                ";
    let mut text = text.to_owned();
    let passes = (WORK / text.len().max(1)).clamp(4, 2_000);
    for _ in 0..passes {
        let line = failure.error.line - 1;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        text.insert_str(start, SPACES);
        let mut budget = budget.clone();
        match compose(&text, options, &mut budget) {
            Ok(value) => return Ok((value, budget)),
            Err(next) if next.is_quoted_indent => failure = next,
            Err(next) => return Err(next.error),
        }
    }
    Err(failure.error)
}

fn compose(text: &str, options: &Options, budget: &mut Budget) -> Result<Option<Value>, Failure> {
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
    Failure {
        error: Error::at(*error.marker(), problem),
        is_quoted_indent: *error.kind() == ErrorKind::InvalidQuotedScalarIndent,
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
