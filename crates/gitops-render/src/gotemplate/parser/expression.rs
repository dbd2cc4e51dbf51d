//! Pipelines, commands and operands.

use std::sync::Arc;

use super::{Parser, Result};
use crate::gotemplate::ast::{Command, Declared, Number, Operand, Path, Pipeline, Term};
use crate::gotemplate::lexer::{Kind, Token};
use crate::gotemplate::{number, quote};

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipeline> {
        let first = self.next();
        self.pipeline_from(first, context, end)
    }

    /// The pipeline that begins with a token.
    pub(super) fn pipeline_from(
        &mut self,
        first: Token,
        context: &str,
        end: Kind,
    ) -> Result<Pipeline> {
        let mut declared = Declared::default();
        let token = if first.kind == Kind::Variable {
            self.declarations(first, context, &mut declared)?
        } else {
            first
        };
        if token.kind == end {
            return self.error(format!("missing value for {context}"));
        }
        let begin = self.stacks.commands.len();
        let head = self.stage(token, context)?;
        loop {
            let token = self.next();
            if token.kind == end {
                break;
            }
            let command = self.stage(token, context)?;
            self.stacks.commands.push(command);
        }
        self.check(begin)?;
        Ok(Pipeline {
            position: first.position,
            declared: (!declared.variables.is_empty()).then(|| Box::new(declared)),
            first: head,
            rest: self.stacks.commands.drain(begin..).collect(),
        })
    }

    /// The command of a pipeline that begins with a token.
    fn stage(&mut self, token: Token, context: &str) -> Result<Command> {
        if starts_operand(token.kind) {
            self.command(token)
        } else {
            self.unexpected(token, context)
        }
    }

    /// Reads the variables before a `:=` or `=`, if there are any; gives the token
    /// that begins the first command.
    fn declarations(
        &mut self,
        mut token: Token,
        context: &str,
        declared: &mut Declared,
    ) -> Result<Token> {
        loop {
            let next = self.next();
            match next.kind {
                Kind::Declare | Kind::Assign => {
                    self.declare(token, declared);
                    declared.assigns = next.kind == Kind::Assign;
                    return Ok(self.next());
                }
                Kind::Other if next.of(self.text) == "," => {
                    self.declare(token, declared);
                    self.second_variable(context, declared)?;
                    token = self.next();
                    if token.kind != Kind::Variable {
                        return Ok(token);
                    }
                }
                _ => {
                    self.back(next);
                    return Ok(token);
                }
            }
        }
    }

    fn declare(&mut self, token: Token, declared: &mut Declared) {
        let variable = self.variable(token);
        self.variables.push(variable.id);
        declared.variables.push(variable);
    }

    fn second_variable(&mut self, context: &str, declared: &Declared) -> Result<()> {
        if context != "range" || declared.variables.len() >= 2 {
            return self.error(format!("too many declarations in {context}"));
        }
        match self.peek().kind {
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
        match self.stacks.commands[begin..].iter().position(constant) {
            Some(index) => {
                let stage = index + 2;
                self.error(format!("non executable command in pipeline stage {stage}"))
            }
            None => Ok(()),
        }
    }

    fn command(&mut self, first: Token) -> Result<Command> {
        let begin = self.stacks.operands.len();
        let head = self.operand(first)?;
        loop {
            let token = self.next();
            match token.kind {
                Kind::RightDelimiter | Kind::RightParenthesis => {
                    self.back(token);
                    break;
                }
                Kind::Pipe => break,
                kind if token.is_apart && starts_operand(kind) => {
                    let operand = self.operand(token)?;
                    self.stacks.operands.push(operand);
                }
                _ => return self.unexpected(token, "operand"),
            }
        }
        Ok(Command {
            position: first.position,
            head,
            arguments: self.stacks.operands.drain(begin..).collect(),
        })
    }

    /// A term and the fields selected from it.
    fn operand(&mut self, token: Token) -> Result<Operand> {
        if token.kind == Kind::Field {
            return Ok(self.field(token));
        }
        let operand = Operand {
            position: token.position,
            term: self.term(token)?,
        };
        let Some((position, end)) = self.fields() else {
            return Ok(operand);
        };
        let path = Path::new(position as usize + 1, end);
        let term = match operand.term {
            Term::Variable(variable, _) => Term::Variable(variable, path),
            Term::Bool(_) | Term::String(_) | Term::Number(_) | Term::Nil | Term::Dot => {
                let term = super::super::quote(&self.source.show(&operand));
                return self.error(format!("unexpected . after term {term}"));
            }
            _ => Term::Chain(Box::new(operand), path),
        };
        Ok(Operand { position, term })
    }

    /// A field of the data, with the fields selected from it.
    fn field(&mut self, token: Token) -> Operand {
        // Errors point at the second name of a longer path.
        let fields = self.fields();
        let (position, end) = fields.unwrap_or((token.position, token.end()));
        Operand {
            position,
            term: Term::Field(Path::new(token.start() + 1, end)),
        }
    }

    /// The fields that follow at once, as the place of the first and the end of the last.
    fn fields(&mut self) -> Option<(u32, usize)> {
        let mut fields: Option<(u32, usize)> = None;
        while self.field_may_follow() {
            let token = self.next();
            if token.kind != Kind::Field {
                self.back(token);
                break;
            }
            let (position, _) = fields.unwrap_or((token.position, 0));
            fields = Some((position, token.end()));
        }
        fields
    }

    fn field_may_follow(&self) -> bool {
        match &self.ahead {
            Some(token) => token.kind == Kind::Field && !token.is_apart,
            None => self.lexer.at_dot(),
        }
    }

    fn term(&mut self, token: Token) -> Result<Term> {
        match token.kind {
            Kind::Identifier => self.function(token.of(self.text)),
            Kind::Dot => Ok(Term::Dot),
            Kind::Nil => Ok(Term::Nil),
            Kind::Bool => Ok(Term::Bool(token.of(self.text) == "true")),
            Kind::Variable => {
                let variable = self.variable(token);
                if !self.variables.contains(&variable.id) {
                    let name = super::super::quote(token.of(self.text));
                    return self.error(format!("undefined variable {name}"));
                }
                Ok(Term::Variable(variable, Path::default()))
            }
            Kind::Char | Kind::Number => Ok(Term::Number(Box::new(self.number(token)?))),
            Kind::LeftParenthesis => {
                let pipeline = self.nested(|parser| {
                    parser.pipeline("parenthesized pipeline", Kind::RightParenthesis)
                })?;
                Ok(Term::Pipeline(Box::new(pipeline)))
            }
            Kind::String | Kind::RawString => match quote::unquote(token.of(self.text)) {
                Some(text) => Ok(Term::String(text)),
                None => self.error("invalid syntax"),
            },
            _ => self.unexpected(token, "operand"),
        }
    }

    fn function(&self, name: &str) -> Result<Term> {
        if let Some(function) = self.functions.get(name) {
            return Ok(Term::Function(Arc::clone(function)));
        }
        let name = super::super::quote(name);
        self.error(format!("function {name} not defined"))
    }

    fn number(&self, token: Token) -> Result<Number> {
        let text = token.of(self.text);
        if token.kind == Kind::Char {
            let Some(code) = quote::unquote_char(text) else {
                return self.error(format!("malformed character constant: {text}"));
            };
            return Ok(Number::whole(code));
        }
        if text.ends_with('i') {
            return self.error(format!("complex numbers are not supported: {text}"));
        }
        if let Some(short) = number::parse_short(text) {
            return Ok(Number::whole(short));
        }
        let mut number = Number {
            is_float: is_float_syntax(text),
            int: number::parse_int(text),
            uint: number::parse_uint(text.trim_start_matches('+')),
            float: None,
        };
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
        if whole && !number.is_float {
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

impl Number {
    fn whole(value: u32) -> Self {
        Self {
            is_float: false,
            int: Some(value.into()),
            uint: Some(value.into()),
            float: Some(value.into()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "Go converts the same way")]
fn to_float(int: i128) -> f64 {
    int as f64
}

/// Whether a constant is written as a float: hexadecimal digits may be `e` too.
fn is_float_syntax(text: &str) -> bool {
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
