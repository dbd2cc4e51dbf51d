//! Pipelines, commands and operands.

use std::ops::Range;
use std::sync::Arc;

use super::{Parser, Result};
use crate::gotemplate::ast::{Command, Number, Operand, Path, Pipeline, Term, Variable};
use crate::gotemplate::lexer::{Kind, Token};
use crate::gotemplate::{Text, number, quote};

impl<'a> Parser<'a> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipeline> {
        let position = self.peek_non_space().position;
        let mut variables = Vec::new();
        let assigns = self.declarations(context, &mut variables)?;
        let Some(first) = self.stage(context, end)? else {
            return self.error(format!("missing value for {context}"));
        };
        let mut rest = Vec::new();
        while let Some(command) = self.stage(context, end)? {
            rest.push(command);
        }
        self.check(&rest)?;
        Ok(Pipeline {
            position,
            assigns,
            variables,
            first,
            rest: rest.into(),
        })
    }

    /// The next command of a pipeline, unless it ends here.
    fn stage(&mut self, context: &str, end: Kind) -> Result<Option<Command>> {
        let token = self.next_non_space();
        if token.kind == end {
            return Ok(None);
        }
        if !starts_operand(token.kind) {
            return self.unexpected(&token, context);
        }
        self.back(token);
        self.command().map(Some)
    }

    /// Reads the variables before a `:=` or `=`, if there are any; tells whether they
    /// exist already.
    fn declarations(&mut self, context: &str, variables: &mut Vec<Variable>) -> Result<bool> {
        while self.peek_non_space().kind == Kind::Variable {
            let token = self.next();
            let space = (self.peek().kind == Kind::Space).then(|| self.next());
            let next = self.peek_non_space();
            let (next_kind, is_comma) = (next.kind, next.text == ",");
            match next_kind {
                Kind::Declare | Kind::Assign => {
                    self.next_non_space();
                    self.declare(token.text, variables);
                    return Ok(next_kind == Kind::Assign);
                }
                Kind::Other if is_comma => {
                    self.next_non_space();
                    self.declare(token.text, variables);
                    self.second_variable(context, variables)?;
                }
                _ => {
                    if let Some(space) = space {
                        self.back(space);
                    }
                    self.back(token);
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    fn declare(&mut self, name: &'a str, variables: &mut Vec<Variable>) {
        let variable = self.variable(name);
        self.variables.push(variable.id);
        variables.push(variable);
    }

    fn second_variable(&mut self, context: &str, variables: &[Variable]) -> Result<()> {
        if context != "range" || variables.len() >= 2 {
            return self.error(format!("too many declarations in {context}"));
        }
        match self.peek_non_space().kind {
            Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis => Ok(()),
            _ => self.error("range can only initialize variables"),
        }
    }

    /// Refuses a constant where the value of the command before should go in.
    fn check(&self, rest: &[Command]) -> Result<()> {
        let constant = |command: &Command| {
            matches!(
                command.head.term,
                Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String { .. }
            )
        };
        match rest.iter().position(constant) {
            Some(index) => {
                let stage = index + 2;
                self.error(format!("non executable command in pipeline stage {stage}"))
            }
            None => Ok(()),
        }
    }

    fn command(&mut self) -> Result<Command> {
        let position = self.peek_non_space().position;
        let mut head = None;
        let begin = self.operands.len();
        loop {
            let operand = self.operand()?;
            match &head {
                None => head = operand,
                Some(_) => self.operands.extend(operand),
            }
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
        let Some(head) = head else {
            return self.error("empty command");
        };
        Ok(Command {
            position,
            head,
            arguments: self.operands.drain(begin..).collect(),
        })
    }

    /// A term and the fields selected from it.
    fn operand(&mut self) -> Result<Option<Operand>> {
        let token = self.next_non_space();
        if token.kind == Kind::Field {
            return Ok(Some(self.field(&token)));
        }
        self.back(token);
        let Some(mut operand) = self.term()? else {
            return Ok(None);
        };
        let Some(fields) = self.fields() else {
            return Ok(Some(operand));
        };
        let path = Path::new(&self.source.text[fields.start + 1..fields.end]);
        operand.term = match operand.term {
            Term::Variable(variable, _) => Term::Variable(variable, path),
            Term::Bool(_) | Term::String { .. } | Term::Number(_) | Term::Nil | Term::Dot => {
                let term = super::super::quote(&operand.to_string());
                return self.error(format!("unexpected . after term {term}"));
            }
            term => Term::Chain(
                Box::new(Operand {
                    position: operand.position,
                    term,
                }),
                path,
            ),
        };
        operand.position = fields.start;
        Ok(Some(operand))
    }

    /// A field of the data, with the fields selected from it.
    fn field(&mut self, token: &Token<'_>) -> Operand {
        let start = token.position + 1;
        // Errors point at the second name of a longer path.
        let (position, end) = match self.fields() {
            Some(fields) => (fields.start, fields.end),
            None => (token.position, token.position + token.text.len()),
        };
        Operand {
            position,
            term: Term::Field(Path::new(&self.source.text[start..end])),
        }
    }

    /// Where the fields stand that follow at once, from the dot of the first one on.
    fn fields(&mut self) -> Option<Range<usize>> {
        let start = self.peek().position;
        let mut end = None;
        while self.peek().kind == Kind::Field {
            let token = self.next();
            end = Some(token.position + token.text.len());
        }
        end.map(|end| start..end)
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
            Kind::Variable => {
                let variable = self.variable(token.text);
                if !self.variables.contains(&variable.id) {
                    let name = super::super::quote(token.text);
                    return self.error(format!("undefined variable {name}"));
                }
                Term::Variable(variable, Path::default())
            }
            Kind::Char | Kind::Number => Term::Number(Box::new(self.number(&token)?)),
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
        let is_plain = token.kind == Kind::String && !token.text.contains('\\');
        Ok(Term::String {
            value: Text::from_bytes(&bytes),
            written: (!is_plain).then(|| token.text.into()),
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
