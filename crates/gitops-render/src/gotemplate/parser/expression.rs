//! Pipelines, commands and operands.

use std::sync::Arc;

use super::{Parser, Result};
use crate::gotemplate::ast::{Command, Number, Operand, Path, Pipeline, Term};
use crate::gotemplate::lexer::{Kind, Token};
use crate::gotemplate::{Text, number, quote};

impl<'a> Parser<'a> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipeline> {
        let mut pipeline = Pipeline {
            position: self.peek_non_space().position,
            assigns: false,
            variables: Vec::new(),
            commands: Vec::new(),
        };
        self.declarations(context, &mut pipeline)?;
        loop {
            let token = self.next_non_space();
            if token.kind == end {
                self.check(&pipeline, context)?;
                return Ok(pipeline);
            }
            if !starts_operand(token.kind) {
                return self.unexpected(&token, context);
            }
            self.back(token);
            pipeline.commands.push(self.command()?);
        }
    }

    /// The variables before a `:=` or `=`, if there are any.
    fn declarations(&mut self, context: &str, pipeline: &mut Pipeline) -> Result<()> {
        while self.peek_non_space().kind == Kind::Variable {
            let token = self.next();
            let space = (self.peek().kind == Kind::Space).then(|| self.next());
            let next = self.peek_non_space();
            let (next_kind, is_comma) = (next.kind, next.text == ",");
            match next_kind {
                Kind::Declare | Kind::Assign => {
                    pipeline.assigns = next_kind == Kind::Assign;
                    self.next_non_space();
                    self.declare(token.text, pipeline);
                    return Ok(());
                }
                Kind::Other if is_comma => {
                    self.next_non_space();
                    self.declare(token.text, pipeline);
                    self.second_variable(context, pipeline)?;
                }
                _ => {
                    if let Some(space) = space {
                        self.back(space);
                    }
                    self.back(token);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn declare(&mut self, name: &str, pipeline: &mut Pipeline) {
        let variable = self.variable(name);
        self.variables.push(variable.id);
        pipeline.variables.push(variable);
    }

    fn second_variable(&mut self, context: &str, pipeline: &Pipeline) -> Result<()> {
        if context != "range" || pipeline.variables.len() >= 2 {
            return self.error(format!("too many declarations in {context}"));
        }
        match self.peek_non_space().kind {
            Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis => Ok(()),
            _ => self.error("range can only initialize variables"),
        }
    }

    fn check(&self, pipeline: &Pipeline, context: &str) -> Result<()> {
        if pipeline.commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        let constant = |command: &Command| {
            let first = command.words.first().map(|word| &word.term);
            matches!(
                first,
                Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String { .. })
            )
        };
        match pipeline.commands.iter().skip(1).position(constant) {
            Some(index) => {
                let stage = index + 2;
                self.error(format!("non executable command in pipeline stage {stage}"))
            }
            None => Ok(()),
        }
    }

    fn command(&mut self) -> Result<Command> {
        let mut command = Command {
            position: self.peek_non_space().position,
            words: Vec::new(),
        };
        loop {
            self.peek_non_space();
            command.words.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::RightDelimiter | Kind::RightParenthesis => {
                    self.back(token);
                    break;
                }
                Kind::Pipe => break,
                _ => return self.unexpected(&token, "operand"),
            }
        }
        if command.words.is_empty() {
            return self.error("empty command");
        }
        Ok(command)
    }

    /// A term and the fields selected from it.
    fn operand(&mut self) -> Result<Option<Operand>> {
        let Some(mut operand) = self.term()? else {
            return Ok(None);
        };
        if self.peek().kind != Kind::Field {
            return Ok(Some(operand));
        }
        let position = self.peek().position;
        let mut path = Vec::new();
        while self.peek().kind == Kind::Field {
            path.push(Arc::from(&self.next().text[1..]));
        }
        operand.term = match operand.term {
            Term::Field(first) => Term::Field(joined(first, path)),
            Term::Variable(variable, first) => Term::Variable(variable, joined(first, path)),
            Term::Bool(_) | Term::String { .. } | Term::Number(_) | Term::Nil | Term::Dot => {
                let term = super::super::quote(&operand.to_string());
                return self.error(format!("unexpected . after term {term}"));
            }
            term => Term::Chain(
                Box::new(Operand {
                    position: operand.position,
                    term,
                }),
                path.into(),
            ),
        };
        operand.position = position;
        Ok(Some(operand))
    }

    fn term(&mut self) -> Result<Option<Operand>> {
        let token = self.next_non_space();
        let term = match token.kind {
            Kind::Identifier => {
                let Some(function) = self.functions.get(token.text) else {
                    let name = super::super::quote(token.text);
                    return self.error(format!("function {name} not defined"));
                };
                Term::Function(Arc::clone(function))
            }
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::Field => Term::Field([Arc::from(&token.text[1..])].into()),
            Kind::Variable => {
                let variable = self.variable(token.text);
                if !self.variables.contains(&variable.id) {
                    let name = super::super::quote(token.text);
                    return self.error(format!("undefined variable {name}"));
                }
                Term::Variable(variable, [].into())
            }
            Kind::Char | Kind::Number => Term::Number(self.number(&token)?),
            Kind::LeftParenthesis => {
                let pipeline = self.nested(|parser| {
                    parser.pipeline("parenthesized pipeline", Kind::RightParenthesis)
                })?;
                Term::Pipeline(Box::new(pipeline))
            }
            Kind::String | Kind::RawString => self.string(&token)?,
            _ => {
                self.back(token);
                return Ok(None);
            }
        };
        Ok(Some(Operand {
            position: token.position,
            term,
        }))
    }

    fn string(&self, token: &Token<'a>) -> Result<Term> {
        let Some(bytes) = quote::unquote(token.text) else {
            return self.error("invalid syntax");
        };
        Ok(Term::String {
            value: Text::from_bytes(&bytes),
            written: token.text.into(),
        })
    }

    fn number(&self, token: &Token<'a>) -> Result<Number> {
        let text = token.text;
        let mut number = Number {
            written: text.into(),
            int: None,
            uint: None,
            float: None,
        };
        if token.kind == Kind::Char {
            let Some(code) = quote::unquote_char(text) else {
                return self.error(format!("malformed character constant: {text}"));
            };
            number.int = Some(code.into());
            number.uint = Some(code.into());
            number.float = Some(code.into());
            return Ok(number);
        }
        if text.ends_with('i') {
            return self.error(format!("complex numbers are not supported: {text}"));
        }
        number.int = number::parse_int(text);
        number.uint = number::parse_uint(text.trim_start_matches('+'));
        number.float = match (number.int, number.uint) {
            (Some(int), _) => Some(to_float(int.into())),
            (None, Some(uint)) => Some(to_float(uint.into())),
            (None, None) => number::parse_float(text),
        };
        let Some(float) = number.float else {
            let text = super::super::quote(text);
            return self.error(format!("illegal number syntax: {text}"));
        };
        let whole = number.int.is_none() && number.uint.is_none();
        if whole && !is_float_syntax(text) {
            let text = super::super::quote(text);
            return self.error(format!("integer overflow: {text}"));
        }
        if whole && float.fract() == 0.0 && float.abs() < 9e18 {
            #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
            let int = float as i64;
            number.int = Some(int);
            number.uint = u64::try_from(int).ok();
        }
        Ok(number)
    }
}

#[expect(clippy::cast_precision_loss, reason = "Go converts the same way")]
fn to_float(int: i128) -> f64 {
    int as f64
}

/// Whether a constant is written as a float: hexadecimal digits may be `e` too.
pub(in crate::gotemplate) fn is_float_syntax(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let hex = digits.starts_with("0x") || digits.starts_with("0X");
    if hex {
        text.contains(['p', 'P'])
    } else {
        text.contains(['.', 'e', 'E'])
    }
}

fn joined(first: Path, rest: Vec<Arc<str>>) -> Path {
    first.into_iter().chain(rest).collect()
}

fn starts_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::Char
            | Kind::Dot
            | Kind::Field
            | Kind::Identifier
            | Kind::Number
            | Kind::Nil
            | Kind::RawString
            | Kind::String
            | Kind::Variable
            | Kind::LeftParenthesis
    )
}
