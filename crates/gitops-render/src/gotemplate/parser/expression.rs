//! Pipelines, commands and operands.

use std::sync::Arc;

use super::{Parser, Result};
use crate::gotemplate::ast::{Command, Number, Operand, Path, Pipeline, Term, Variable};
use crate::gotemplate::lexer::{Kind, Token};
use crate::gotemplate::{Text, number, quote};

impl<'a> Parser<'a> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipeline> {
        let mut token = self.next_non_space();
        let position = token.position;
        let mut variables = Vec::new();
        let mut assigns = false;
        if token.kind == Kind::Variable {
            self.back(token);
            assigns = self.declarations(context, &mut variables)?;
            token = self.next_non_space();
        }
        if token.kind == end {
            return self.error(format!("missing value for {context}"));
        }
        let first = self.stage(token, context)?;
        let begin = self.commands.len();
        loop {
            let token = self.next_non_space();
            if token.kind == end {
                break;
            }
            let command = self.stage(token, context)?;
            self.commands.push(command);
        }
        self.check(begin)?;
        Ok(Pipeline {
            position,
            assigns,
            variables: variables.into(),
            first,
            rest: self.commands.drain(begin..).collect(),
        })
    }

    /// The command of a pipeline that begins with a token.
    fn stage(&mut self, token: Token<'a>, context: &str) -> Result<Command> {
        if starts_operand(token.kind) {
            self.command(token)
        } else {
            self.unexpected(&token, context)
        }
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
                    self.declare(&token, variables);
                    return Ok(next_kind == Kind::Assign);
                }
                Kind::Other if is_comma => {
                    self.next_non_space();
                    self.declare(&token, variables);
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

    fn declare(&mut self, token: &Token<'a>, variables: &mut Vec<Variable>) {
        let variable = self.variable(token);
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

    /// Refuses a constant where the value of the command before should go in: in
    /// the commands from `begin` on.
    fn check(&self, begin: usize) -> Result<()> {
        let constant = |command: &Command| {
            matches!(
                command.head.term,
                Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String(_)
            )
        };
        match self.commands[begin..].iter().position(constant) {
            Some(index) => {
                let stage = index + 2;
                self.error(format!("non executable command in pipeline stage {stage}"))
            }
            None => Ok(()),
        }
    }

    fn command(&mut self, first: Token<'a>) -> Result<Command> {
        let position = first.position;
        let head = self.operand(first)?;
        let begin = self.operands.len();
        loop {
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
            let token = self.next_non_space();
            if starts_operand(token.kind) {
                let operand = self.operand(token)?;
                self.operands.push(operand);
            } else {
                self.back(token);
            }
        }
        Ok(Command {
            position,
            head,
            arguments: self.operands.drain(begin..).collect(),
        })
    }

    /// A term and the fields selected from it.
    fn operand(&mut self, token: Token<'a>) -> Result<Operand> {
        if token.kind == Kind::Field {
            return Ok(self.field(&token));
        }
        let operand = Operand {
            position: token.position,
            term: self.term(token)?,
        };
        let Some(fields) = self.fields() else {
            return Ok(operand);
        };
        let path = Path::new(fields.start() + 1, fields.end());
        let term = match operand.term {
            Term::Variable(variable, _) => Term::Variable(variable, path),
            Term::Bool(_) | Term::String(_) | Term::Number(_) | Term::Nil | Term::Dot => {
                let term = super::super::quote(&self.source.show(&operand));
                return self.error(format!("unexpected . after term {term}"));
            }
            _ => Term::Chain(Box::new(operand), path),
        };
        Ok(Operand {
            position: fields.position,
            term,
        })
    }

    /// A field of the data, with the fields selected from it.
    fn field(&mut self, token: &Token<'a>) -> Operand {
        // Errors point at the second name of a longer path.
        let last = self.fields();
        let (position, end) = match last {
            Some(fields) => (fields.position, fields.end()),
            None => (token.position, token.end()),
        };
        Operand {
            position,
            term: Term::Field(Path::new(token.start() + 1, end)),
        }
    }

    /// The fields that follow at once, as one token.
    fn fields(&mut self) -> Option<Token<'a>> {
        let mut fields: Option<Token<'a>> = None;
        loop {
            let token = self.next();
            if token.kind != Kind::Field {
                self.back(token);
                return fields;
            }
            let first = fields.unwrap_or(token);
            fields = Some(Token {
                text: &self.text[first.start()..token.end()],
                ..first
            });
        }
    }

    fn term(&mut self, token: Token<'a>) -> Result<Term> {
        match token.kind {
            Kind::Identifier => self.function(token.text),
            Kind::Dot => Ok(Term::Dot),
            Kind::Nil => Ok(Term::Nil),
            Kind::Bool => Ok(Term::Bool(token.text == "true")),
            Kind::Variable => {
                let variable = self.variable(&token);
                if !self.variables.contains(&variable.id) {
                    let name = super::super::quote(token.text);
                    return self.error(format!("undefined variable {name}"));
                }
                Ok(Term::Variable(variable, Path::default()))
            }
            Kind::Char | Kind::Number => Ok(Term::Number(Box::new(self.number(&token)?))),
            Kind::LeftParenthesis => {
                let pipeline = self.nested(|parser| {
                    parser.pipeline("parenthesized pipeline", Kind::RightParenthesis)
                })?;
                Ok(Term::Pipeline(Box::new(pipeline)))
            }
            Kind::String | Kind::RawString => match quote::unquote(token.text) {
                Some(bytes) => Ok(Term::String(Text::from_bytes(&bytes))),
                None => self.error("invalid syntax"),
            },
            _ => self.unexpected(&token, "operand"),
        }
    }

    fn function(&self, name: &str) -> Result<Term> {
        if let Some(function) = self.functions.get(name) {
            return Ok(Term::Function(Arc::clone(function)));
        }
        let name = super::super::quote(name);
        self.error(format!("function {name} not defined"))
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
