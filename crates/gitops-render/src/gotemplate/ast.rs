//! The syntax tree; every node prints as Go prints it, because errors show it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::function::Function;
use super::{Text, quote};

/// A text that was parsed, for places in errors.
pub(super) struct Source {
    pub(super) name: Arc<str>,
    pub(super) text: Arc<str>,
}

impl Source {
    /// The line from 1, and the bytes before `position` on it.
    pub(super) fn place(&self, position: usize) -> (usize, usize) {
        let before = &self.text.as_bytes()[..position.min(self.text.len())];
        let line = before.split(|byte| *byte == b'\n').count();
        let start = before.iter().rposition(|byte| *byte == b'\n');
        (line, before.len() - start.map_or(0, |newline| newline + 1))
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
            Node::Text(range) => text[range.clone()].trim().is_empty(),
            _ => false,
        };
        self.body.iter().all(blank)
    }
}

/// What a template does, one thing after the other.
pub(super) enum Node {
    /// A part of the source, written as it is.
    Text(Range<usize>),
    Action(Action),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(Invocation),
    Break,
    Continue,
}

/// `{{ pipeline }}`.
pub(super) struct Action(pub(super) Pipeline);

/// `if`, `with` or `range`, with every `else if` after it.
pub(super) struct Branch {
    /// The conditions and what they guard, the first that holds is taken.
    pub(super) arms: Vec<(Pipeline, Box<[Node]>)>,
    pub(super) otherwise: Option<Box<[Node]>>,
}

/// `{{ template "name" pipeline }}`.
pub(super) struct Invocation {
    pub(super) position: usize,
    pub(super) name: Arc<str>,
    pub(super) data: Option<Pipeline>,
}

pub(super) struct Pipeline {
    pub(super) position: usize,
    /// Whether the variables exist already.
    pub(super) assigns: bool,
    pub(super) variables: Vec<Variable>,
    pub(super) first: Command,
    /// The commands after it, each of which takes the value of the one before.
    pub(super) rest: Box<[Command]>,
}

/// A variable by its name, which begins with `$`, and by a number for it that is
/// quicker to compare.
#[derive(Clone)]
pub(super) struct Variable {
    pub(super) name: Arc<str>,
    pub(super) id: u32,
}

pub(super) struct Command {
    pub(super) position: usize,
    /// The function or value.
    pub(super) head: Operand,
    pub(super) arguments: Box<[Operand]>,
}

pub(super) struct Operand {
    pub(super) position: usize,
    pub(super) term: Term,
}

pub(super) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Box<Number>),
    String {
        value: Text,
        /// How it is written, unless simply in double quotes.
        written: Option<Box<str>>,
    },
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
///
/// One text instead of a list, because there are very many of them.
#[derive(Default)]
pub(super) struct Path(Box<str>);

impl Path {
    pub(super) fn new(written: &str) -> Self {
        Self(written.into())
    }

    /// The names, one after the other.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let mut rest = &*self.0;
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

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return Ok(());
        }
        write!(f, ".{}", self.0)
    }
}

/// A numeric constant with every reading it has.
pub(super) struct Number {
    pub(super) written: Box<str>,
    pub(super) int: Option<i64>,
    pub(super) uint: Option<u64>,
    pub(super) float: Option<f64>,
}

/// A node that an error can point at.
pub(super) trait Place: fmt::Display {
    fn position(&self) -> usize;
}

macro_rules! place {
    ($($node:ty => |$it:ident| $position:expr;)*) => {$(
        impl Place for $node {
            fn position(&self) -> usize {
                let $it = self;
                $position
            }
        }
    )*};
}

place! {
    Action => |it| it.0.position;
    Invocation => |it| it.position;
    Pipeline => |it| it.position;
    Command => |it| it.position;
    Operand => |it| it.position;
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{{}}}}}", self.0)
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", quote(&self.name))?;
        if let Some(data) = &self.data {
            write!(f, " {data}")?;
        }
        f.write_str("}}")
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, variable) in self.variables.iter().enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            f.write_str(&variable.name)?;
        }
        if !self.variables.is_empty() {
            f.write_str(if self.assigns { " = " } else { " := " })?;
        }
        self.first.fmt(f)?;
        self.rest
            .iter()
            .try_for_each(|command| write!(f, " | {command}"))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head.fmt_grouped(f)?;
        self.arguments.iter().try_for_each(|argument| {
            f.write_str(" ")?;
            argument.fmt_grouped(f)
        })
    }
}

impl Operand {
    /// With parentheses around a pipeline, as part of something larger.
    fn fmt_grouped(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Pipeline(pipeline) => write!(f, "({pipeline})"),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Dot => f.write_str("."),
            Term::Nil => f.write_str("nil"),
            Term::Bool(value) => value.fmt(f),
            Term::Number(number) => f.write_str(&number.written),
            Term::String { value, written } => match written {
                Some(written) => f.write_str(written),
                None => write!(f, "\"{value}\""),
            },
            Term::Field(path) => path.fmt(f),
            Term::Variable(variable, path) => write!(f, "{}{path}", variable.name),
            Term::Function(function) => f.write_str(&function.name),
            Term::Pipeline(pipeline) => pipeline.fmt(f),
            Term::Chain(operand, path) => {
                operand.fmt_grouped(f)?;
                path.fmt(f)
            }
        }
    }
}
