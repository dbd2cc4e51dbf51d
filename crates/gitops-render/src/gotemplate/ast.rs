//! The syntax tree.

mod show;

use std::sync::Arc;

use super::function::Function;
use super::{Text, lexer};

pub(super) use show::{Place, Print};

/// The longest text that is parsed, in bytes: places in it take 32 bits.
pub(super) const MAX_TEXT: usize = u32::MAX as usize;

/// A text that was parsed, for places in errors.
pub(super) struct Source {
    pub(super) name: Arc<str>,
    pub(super) text: Arc<str>,
}

impl Source {
    /// The line from 1, and the bytes before `position` on it.
    pub(super) fn place(&self, position: u32) -> (usize, usize) {
        let before = &self.text.as_bytes()[..(position as usize).min(self.text.len())];
        let line = before.split(|byte| *byte == b'\n').count();
        let start = before.iter().rposition(|byte| *byte == b'\n');
        (line, before.len() - start.map_or(0, |newline| newline + 1))
    }
}

/// A part of a text, which takes less than a copy of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// From one position to another in a text of at most [`MAX_TEXT`] bytes.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: place(start),
            end: place(end),
        }
    }

    /// What it is in its text.
    pub(super) fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }

    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A named template.
pub(super) struct Definition {
    pub(super) name: Arc<str>,
    pub(super) source: Arc<Source>,
    pub(super) body: Box<[Node]>,
}

impl Definition {
    /// Whether only white space and comments are in it; such a definition never
    /// replaces another.
    pub(super) fn is_blank(&self) -> bool {
        let text = &self.source.text;
        let blank = |node: &Node| match node {
            Node::Text(span) => span.of(text).trim().is_empty(),
            _ => false,
        };
        self.body.iter().all(blank)
    }
}

/// What a template does, one thing after the other.
pub(super) enum Node {
    /// A part of the source, written as it is.
    Text(Span),
    Action(Action),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(Box<Invocation>),
    Break,
    Continue,
}

/// `{{ pipeline }}`.
pub(super) struct Action(pub(super) Pipeline);

impl Action {
    /// The text that it writes, where that is all there is to it, as in `{{ "{{" }}`.
    pub(super) fn constant(&self) -> Option<&Text> {
        let pipeline = &self.0;
        let command = &pipeline.first;
        match &command.head.term {
            Term::String(text)
                if command.arguments.is_empty()
                    && pipeline.rest.is_empty()
                    && pipeline.declared.is_none() =>
            {
                Some(text)
            }
            _ => None,
        }
    }
}

/// `if`, `with` or `range`, with every `else if` after it.
pub(super) struct Branch {
    /// The conditions and what they guard, the first that holds is taken.
    pub(super) arms: Vec<(Pipeline, Box<[Node]>)>,
    pub(super) otherwise: Option<Box<[Node]>>,
}

/// `{{ template "name" pipeline }}`.
pub(super) struct Invocation {
    pub(super) position: u32,
    pub(super) name: Arc<str>,
    pub(super) data: Option<Pipeline>,
}

pub(super) struct Pipeline {
    pub(super) position: u32,
    /// Most set no variables.
    pub(super) declared: Option<Box<Declared>>,
    pub(super) first: Command,
    /// The commands after it, each of which takes the value of the one before.
    pub(super) rest: Box<[Command]>,
}

/// The variables that a pipeline sets.
#[derive(Default)]
pub(super) struct Declared {
    /// Whether they exist already.
    pub(super) assigns: bool,
    pub(super) variables: Vec<Variable>,
}

impl Pipeline {
    /// The variables that it sets.
    pub(super) fn variables(&self) -> &[Variable] {
        let declared = self.declared.as_ref();
        declared.map_or(&[], |declared| &declared.variables)
    }

    /// Whether these variables exist already.
    pub(super) fn assigns(&self) -> bool {
        self.declared.as_ref().is_some_and(|it| it.assigns)
    }
}

/// A variable by a number for its name.
#[derive(Clone, Copy)]
pub(super) struct Variable {
    pub(super) id: u32,
    /// Where its name stands in the text, with the `$`.
    pub(super) position: u32,
}

impl Variable {
    pub(super) fn name(self, text: &str) -> &str {
        lexer::token_at(text, self.position)
    }
}

pub(super) struct Command {
    pub(super) position: u32,
    /// The function or value.
    pub(super) head: Operand,
    pub(super) arguments: Box<[Operand]>,
}

pub(super) struct Operand {
    pub(super) position: u32,
    pub(super) term: Term,
}

pub(super) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Box<Number>),
    /// Whose position is that of the literal.
    String(Text),
    /// `.a.b`
    Field(Path),
    /// `$x.a.b`
    Variable(Variable, Path),
    Function(Arc<Function>),
    Pipeline(Box<Pipeline>),
    /// `(…).a.b`
    Chain(Box<Operand>, Path),
}

/// The names of a chain of fields, as they are written: `a.b.c`.
#[derive(Clone, Copy, Default)]
pub(super) struct Path(Span);

impl Path {
    /// The names between two positions, from the first letter on.
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self(Span::new(start, end))
    }

    /// The names, one after the other.
    pub(super) fn names(self, text: &str) -> impl Iterator<Item = &str> {
        let mut rest = self.0.of(text);
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            // Names are too short for a search that takes several bytes at once.
            let end = rest.bytes().position(|byte| byte == b'.');
            let name = &rest[..end.unwrap_or(rest.len())];
            rest = end.map_or("", |end| &rest[end + 1..]);
            Some(name)
        })
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// A numeric constant with every reading it has.
pub(super) struct Number {
    /// Whether it is written as a float.
    pub(super) is_float: bool,
    pub(super) int: Option<i64>,
    pub(super) uint: Option<u64>,
    pub(super) float: Option<f64>,
}
