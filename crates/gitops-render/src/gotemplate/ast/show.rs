//! Nodes as Go prints them, because errors show them.

use std::fmt;

use super::{Action, Command, Invocation, Operand, Path, Pipeline, Source, Term};
use crate::gotemplate::{lexer, quote};

impl Source {
    /// A node of this text as Go prints it.
    pub(in crate::gotemplate) fn show(&self, node: &(impl Print + ?Sized)) -> String {
        Shown(node, &self.text).to_string()
    }
}

/// A node that an error can point at.
pub(in crate::gotemplate) trait Place: Print {
    /// Where it is in its text, in bytes.
    fn position(&self) -> u32;
}

/// A node that can be printed as Go prints it, given the text that it is part of.
pub(in crate::gotemplate) trait Print {
    fn print(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

struct Shown<'a, N: ?Sized>(&'a N, &'a str);

impl<N: Print + ?Sized> fmt::Display for Shown<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.print(self.1, f)
    }
}

macro_rules! place {
    ($($node:ty => |$it:ident| $position:expr;)*) => {$(
        impl Place for $node {
            fn position(&self) -> u32 {
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

impl Print for Path {
    fn print(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return Ok(());
        }
        write!(f, ".{}", self.0.of(text))
    }
}

impl Print for Action {
    fn print(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{{")?;
        self.0.print(text, f)?;
        f.write_str("}}")
    }
}

impl Print for Invocation {
    fn print(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", quote(&self.name))?;
        if let Some(data) = &self.data {
            f.write_str(" ")?;
            data.print(text, f)?;
        }
        f.write_str("}}")
    }
}

impl Print for Pipeline {
    fn print(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, variable) in self.variables().iter().enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            f.write_str(variable.name(text))?;
        }
        if self.declared.is_some() {
            f.write_str(if self.assigns() { " = " } else { " := " })?;
        }
        self.first.print(text, f)?;
        self.rest.iter().try_for_each(|command| {
            f.write_str(" | ")?;
            command.print(text, f)
        })
    }
}

impl Print for Command {
    fn print(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head.print_grouped(text, f)?;
        self.arguments.iter().try_for_each(|argument| {
            f.write_str(" ")?;
            argument.print_grouped(text, f)
        })
    }
}

impl Operand {
    /// With parentheses around a pipeline, as part of something larger.
    fn print_grouped(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Pipeline(pipeline) => {
                f.write_str("(")?;
                pipeline.print(text, f)?;
                f.write_str(")")
            }
            _ => self.print(text, f),
        }
    }
}

impl Print for Operand {
    fn print(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Dot => f.write_str("."),
            Term::Nil => f.write_str("nil"),
            Term::Bool(value) => fmt::Display::fmt(value, f),
            Term::Number(_) | Term::String(_) => f.write_str(lexer::token_at(text, self.position)),
            Term::Field(path) => path.print(text, f),
            Term::Variable(variable, path) => {
                f.write_str(variable.name(text))?;
                path.print(text, f)
            }
            Term::Function(function) => f.write_str(&function.name),
            Term::Pipeline(pipeline) => pipeline.print(text, f),
            Term::Chain(operand, path) => {
                operand.print_grouped(text, f)?;
                path.print(text, f)
            }
        }
    }
}
