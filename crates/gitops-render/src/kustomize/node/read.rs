//! Text to trees, by the rules of go-yaml 3.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gitops_core::yaml::subset::Beyond;
use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, Span};

use super::{Map, Node, Scalar, Tag, subset};
use crate::kustomize::limits::Limits;

/// Why a text is no tree: the place and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("yaml: line {line}: {message}")]
pub(crate) struct ReadError {
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl ReadError {
    fn at(mark: Marker, message: impl Into<String>) -> Self {
        Self {
            line: mark.line(),
            message: message.into(),
        }
    }
}

/// The documents of a text that hold something, split at lines of `---`.
pub(crate) fn documents(text: &str, limits: &Limits) -> Result<Vec<Node>, ReadError> {
    let text = without_carriage_returns(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut nodes = Vec::new();
    let mut budget = limits.nodes;
    for (line, part) in split(&text)? {
        let node = read(part, limits, &mut budget).map_err(|mut error| {
            error.line += line;
            error
        })?;
        nodes.extend(node.filter(|node| !node.is_null()));
    }
    Ok(nodes)
}

fn without_carriage_returns(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The parts between separators, with how many lines stand before each.
fn split(text: &str) -> Result<Vec<(usize, &str)>, ReadError> {
    let mut parts = Vec::new();
    let (mut start, mut start_line, mut at) = (0, 0, 0);
    for (line, content) in text.split_inclusive('\n').enumerate() {
        if let Some(rest) = content.strip_prefix("---") {
            let rest = rest.trim();
            let is_separator = rest.is_empty() || rest.starts_with('#');
            if !is_separator && at > 0 {
                return Err(ReadError {
                    line: line + 1,
                    message: format!("invalid document separator: {}", content.trim_end()),
                });
            }
            if is_separator {
                parts.push((start_line, &text[start..at]));
                (start, start_line) = (at + content.len(), line + 1);
            }
        }
        at += content.len();
    }
    parts.push((start_line, &text[start..]));
    parts.retain(|(_, part)| !part.trim().is_empty());
    Ok(parts)
}

fn read(text: &str, limits: &Limits, budget: &mut usize) -> Result<Option<Node>, ReadError> {
    match subset::read(text, limits, budget) {
        Ok(node) => Ok(node),
        Err(Beyond) => read_fully(text, limits, budget),
    }
}

/// The same, whatever YAML the text uses, and with a word on what is wrong.
pub(super) fn read_fully(
    text: &str,
    limits: &Limits,
    budget: &mut usize,
) -> Result<Option<Node>, ReadError> {
    let mut patched = Cow::Borrowed(text);
    let passes = (limits.bytes / text.len().max(1)).clamp(4, 1_000);
    for _ in 0..passes {
        let mut spent = *budget;
        match compose(&patched, limits, &mut spent) {
            // Quoted text may go on at any column; indentation in it means nothing.
            Err((error, true)) => {
                let before = patched.split_inclusive('\n').take(error.line - 1);
                let start: usize = before.map(str::len).sum();
                patched.to_mut().insert_str(start, "                ");
            }
            Err((error, false)) => return Err(error),
            Ok(node) => {
                *budget = spent;
                return Ok(node);
            }
        }
    }
    compose(&patched, limits, budget).map_err(|(error, _)| error)
}

type Failure = (ReadError, bool);

fn compose(text: &str, limits: &Limits, budget: &mut usize) -> Result<Option<Node>, Failure> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut composer = Composer {
        text,
        depth: limits.depth,
        budget,
        frames: Vec::new(),
        anchors: BTreeMap::new(),
        root: None,
    };
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| {
            let is_indent = *error.kind() == ErrorKind::InvalidQuotedScalarIndent;
            let message = error.kind().to_string();
            (ReadError::at(*error.marker(), message), is_indent)
        })?;
        if matches!(event, Event::DocumentEnd | Event::StreamEnd) {
            break;
        }
        composer
            .event(event, span)
            .map_err(|error| (error, false))?;
    }
    Ok(composer.root)
}

struct Composer<'a> {
    text: &'a str,
    depth: usize,
    budget: &'a mut usize,
    frames: Vec<Frame>,
    anchors: BTreeMap<usize, Option<(Node, usize)>>,
    root: Option<Node>,
}

struct Frame {
    node: Node,
    /// The key that waits for its value.
    key: Option<Scalar>,
    /// What `<<` brings, to be added once the map's own keys are known.
    merges: Vec<(Node, Marker)>,
    anchor: usize,
}

impl Composer<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), ReadError> {
        let mark = span.start;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                // The parser invents a `~` where a value is left out.
                let text = if span.is_empty() {
                    Cow::Borrowed("")
                } else {
                    text
                };
                let text = self.block_text(text, style, span);
                let scalar = scalar(text, style, tag.as_deref(), mark);
                self.node(Node::Scalar(scalar), anchor, mark)
            }
            Event::Alias(id) => {
                let Some(Some((node, size))) = self.anchors.get(&id) else {
                    return Err(ReadError::at(mark, "anchor value contains itself"));
                };
                let (node, size) = (node.clone(), *size);
                self.spend(size, mark)?;
                self.node(node, 0, mark)
            }
            Event::SequenceStart(_, anchor, _) => self.open(Node::List(Vec::new()), anchor, mark),
            Event::MappingStart(_, anchor, _) => self.open(Node::map(), anchor, mark),
            Event::SequenceEnd | Event::MappingEnd => self.close(mark),
            _ => Ok(()),
        }
    }

    fn spend(&mut self, nodes: usize, mark: Marker) -> Result<(), ReadError> {
        let rest = self.budget.checked_sub(nodes);
        *self.budget = rest.ok_or_else(|| {
            ReadError::at(mark, "document contains excessive aliasing or is too large")
        })?;
        Ok(())
    }

    /// A block at the end of a text without a final newline has none either.
    fn block_text<'b>(&self, text: Cow<'b, str>, style: ScalarStyle, span: Span) -> Cow<'b, str> {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let at_end = span
            .end
            .byte_offset()
            .is_some_and(|end| end >= self.text.len());
        // A last line of blanks that goes no further than the indent is none of the block's.
        let last_line = self.text.rsplit('\n').next().unwrap_or_default();
        let is_cut = last_line.len() > span.start.col();
        if !is_block || !at_end || !is_cut || !text.ends_with('\n') {
            return text;
        }
        let mut text = text.into_owned();
        text.pop();
        Cow::Owned(text)
    }

    fn open(&mut self, node: Node, anchor: usize, mark: Marker) -> Result<(), ReadError> {
        self.spend(1, mark)?;
        if self.frames.len() >= self.depth {
            let message = format!("nested deeper than {} levels", self.depth);
            return Err(ReadError::at(mark, message));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        if self.expects_key() {
            return Err(ReadError::at(
                mark,
                "invalid map key: a key must be a scalar",
            ));
        }
        self.frames.push(Frame {
            node,
            key: None,
            merges: Vec::new(),
            anchor,
        });
        Ok(())
    }

    fn expects_key(&self) -> bool {
        let frame = self.frames.last();
        frame.is_some_and(|frame| frame.key.is_none() && matches!(frame.node, Node::Map(_)))
    }

    fn close(&mut self, mark: Marker) -> Result<(), ReadError> {
        let Some(mut frame) = self.frames.pop() else {
            return Ok(());
        };
        if let Node::Map(map) = &mut frame.node {
            for (node, mark) in frame.merges {
                merge(map, node).ok_or_else(|| {
                    let message = "map merge requires map or sequence of maps as the value";
                    ReadError::at(mark, message)
                })?;
            }
        }
        self.node(frame.node, frame.anchor, mark)
    }

    fn node(&mut self, node: Node, anchor: usize, mark: Marker) -> Result<(), ReadError> {
        self.spend(1, mark)?;
        if anchor != 0 {
            let size = size(&node);
            self.spend(size, mark)?;
            self.anchors.insert(anchor, Some((node.clone(), size)));
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut frame.node, frame.key.take(), node) {
            (Node::List(list), _, node) => list.push(node),
            (Node::Map(map), Some(key), node) => {
                if key.text == "<<" && !key.quoted {
                    frame.merges.push((node, mark));
                } else {
                    map.0.push((key, node));
                }
            }
            (Node::Map(_), None, Node::Scalar(key)) => frame.key = Some(key),
            _ => {
                return Err(ReadError::at(
                    mark,
                    "invalid map key: a key must be a scalar",
                ));
            }
        }
        Ok(())
    }
}

/// Adds what is missing; the earlier of several maps wins.
fn merge(map: &mut Map, node: Node) -> Option<()> {
    let maps = match node {
        Node::Map(other) => vec![Node::Map(other)],
        Node::List(list) => list,
        Node::Scalar(_) => return None,
    };
    for other in maps {
        let Node::Map(other) = other else {
            return None;
        };
        for (key, node) in other.0 {
            if map.get(&key.text).is_none() {
                map.0.push((key, node));
            }
        }
    }
    Some(())
}

fn size(node: &Node) -> usize {
    match node {
        // Long texts cost by their length, so that aliases cannot multiply them for nothing.
        Node::Scalar(scalar) => 1 + scalar.text.len() / 32,
        Node::List(list) => 1 + list.iter().map(size).sum::<usize>(),
        Node::Map(map) => 1 + map.iter().map(|(_, node)| 1 + size(node)).sum::<usize>(),
    }
}

fn scalar(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&granit_parser::Tag>,
    mark: Marker,
) -> Scalar {
    let quoted = style != ScalarStyle::Plain;
    let explicit = tag.is_some();
    let name = tag.and_then(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:"));
    let mut text = text.into_owned();
    let tag = match (tag, name.as_deref()) {
        (Some(_), Some("null")) => Tag::Null,
        (Some(_), Some("bool")) => Tag::Bool,
        (Some(_), Some("int")) => Tag::Integer,
        (Some(_), Some("float")) => Tag::Float,
        (Some(_), Some("timestamp")) => Tag::Timestamp,
        (Some(_), Some("binary")) => {
            text = binary(&text).unwrap_or(text);
            Tag::Text
        }
        (Some(_), _) => Tag::Text,
        (None, _) if quoted || text == "<<" => Tag::Text,
        (None, _) => Tag::of(&text),
    };
    Scalar {
        text,
        tag,
        quoted,
        explicit,
        line: line(mark),
        untagged: false,
        link: 0,
    }
}

fn line(mark: Marker) -> u32 {
    u32::try_from(mark.line()).unwrap_or(u32::MAX)
}

fn binary(text: &str) -> Option<String> {
    use base64::Engine as _;

    let joined: String = text
        .chars()
        .filter(|it| !it.is_ascii_whitespace())
        .collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(joined)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
