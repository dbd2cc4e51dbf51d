//! Commands, operands and constants.

use super::{Executor, Held, Outcome};
use crate::gotemplate::ast::{Command, Operand, Path, Term, Variable};
use crate::gotemplate::function::Type;
use crate::gotemplate::{MapType, Value};

impl<'a> Executor<'a, '_> {
    /// A command; `last` is the value piped into it, which becomes its last argument.
    pub(super) fn command(
        &mut self,
        dot: &Held,
        command: &'a Command,
        last: Option<Value>,
    ) -> Outcome<Held> {
        let (first, arguments) = (&command.head, &command.arguments);
        match &first.term {
            Term::Field(path) => {
                self.at = Some(first);
                self.fields(dot, dot.clone(), (first, *path), arguments, last)
            }
            Term::Chain(inner, path) => self.chain(dot, first, (inner, *path), arguments, last),
            Term::Function(function) => {
                self.at = Some(first);
                self.call(dot, function, command, arguments, last)
            }
            Term::Pipeline(pipeline) => {
                self.not_a_function(first, arguments, last.as_ref())?;
                Ok(self.pipeline(dot, pipeline)?.into())
            }
            Term::Variable(variable, path) => {
                self.at = Some(first);
                self.variable_fields(dot, first, (*variable, *path), arguments, last)
            }
            _ => {
                self.at = Some(first);
                self.not_a_function(first, arguments, last.as_ref())?;
                self.constant_command(dot, first)
            }
        }
    }

    fn constant_command(&mut self, dot: &Held, word: &'a Operand) -> Outcome<Held> {
        match &word.term {
            Term::Dot => Ok(dot.clone()),
            Term::Nil => self.invalid("nil is not a command"),
            _ => Ok(self.constant(word)?.into()),
        }
    }

    fn not_a_function(
        &self,
        word: &Operand,
        arguments: &[Operand],
        last: Option<&Value>,
    ) -> Outcome<()> {
        if arguments.is_empty() && last.is_none() {
            return Ok(());
        }
        let shown = match &word.term {
            Term::Pipeline(pipeline) => self.show(&**pipeline),
            _ => self.show(word),
        };
        self.invalid(format!("can't give argument to non-function {shown}"))
    }

    fn variable_fields(
        &mut self,
        dot: &Held,
        node: &'a Operand,
        (variable, path): (Variable, Path),
        arguments: &'a [Operand],
        last: Option<Value>,
    ) -> Outcome<Held> {
        let value = self.variable(variable)?.clone();
        if path.is_empty() {
            self.not_a_function(node, arguments, last.as_ref())?;
            return Ok(value);
        }
        self.fields(dot, value, (node, path), arguments, last)
    }

    fn chain(
        &mut self,
        dot: &Held,
        node: &'a Operand,
        (inner, path): (&'a Operand, Path),
        arguments: &'a [Operand],
        last: Option<Value>,
    ) -> Outcome<Held> {
        self.at = Some(node);
        if matches!(inner.term, Term::Nil) {
            let node = self.show(node);
            return self.invalid(format!("indirection through explicit nil in {node}"));
        }
        let receiver = self.operand(dot, inner)?;
        self.fields(dot, receiver, (node, path), arguments, last)
    }

    pub(super) fn variable(&mut self, variable: Variable) -> Outcome<&mut Held> {
        let index = self
            .variables
            .iter()
            .rposition(|(id, _)| *id == variable.id);
        if let Some(index) = index {
            return Ok(&mut self.variables[index].1);
        }
        let name = variable.name(self.text());
        self.invalid(format!("undefined variable: {name}"))
    }

    /// An operand that is no constant and takes no arguments.
    pub(super) fn operand(&mut self, dot: &Held, operand: &'a Operand) -> Outcome<Held> {
        self.at = Some(operand);
        match &operand.term {
            Term::Dot => Ok(dot.clone()),
            Term::Field(path) => self.fields(dot, dot.clone(), (operand, *path), &[], None),
            Term::Variable(variable, path) => {
                self.variable_fields(dot, operand, (*variable, *path), &[], None)
            }
            Term::Pipeline(pipeline) => Ok(self.pipeline(dot, pipeline)?.into()),
            Term::Function(function) => self.call(dot, function, operand, &[], None),
            Term::Chain(inner, path) => self.chain(dot, operand, (inner, *path), &[], None),
            Term::Nil => Ok(Value::Nil.into()),
            Term::Bool(_) | Term::Number(_) | Term::String(_) => Ok(self.constant(operand)?.into()),
        }
    }

    /// An operand as the argument of a function that wants a type.
    pub(super) fn argument(
        &mut self,
        dot: &Held,
        wanted: Type,
        operand: &'a Operand,
    ) -> Outcome<Value> {
        self.at = Some(operand);
        match &operand.term {
            Term::Nil if wanted.can_be_nil() => Ok(Value::Nil),
            Term::Nil => self.invalid(format!("cannot assign nil to {}", wanted.name())),
            Term::Bool(_) | Term::Number(_) | Term::String(_) => {
                self.constant_argument(wanted, operand)
            }
            _ => {
                let held = self.operand(dot, operand)?;
                self.check_type(held, wanted)
            }
        }
    }

    /// A constant takes the type that is wanted, if it can.
    fn constant_argument(&mut self, wanted: Type, operand: &'a Operand) -> Outcome<Value> {
        let number = match &operand.term {
            Term::Number(number) => Some(number),
            _ => None,
        };
        let (found, expected) = match wanted {
            Type::Any | Type::Reflect => return self.constant(operand),
            Type::Bool => (self.bool_constant(operand), "bool"),
            Type::Int => (number.and_then(|it| it.int).map(Value::Int), "integer"),
            Type::Int64 => (number.and_then(|it| it.int).map(Value::Int64), "integer"),
            Type::Uint32 => {
                let uint = number
                    .and_then(|it| it.uint)
                    .filter(|uint| u32::try_from(*uint).is_ok());
                (uint.map(Value::Uint64), "unsigned integer")
            }
            Type::Float => (number.and_then(|it| it.float).map(Value::Float), "float"),
            Type::String => (self.string_constant(operand), "string"),
            Type::Map | Type::List | Type::Object(_) => {
                let (operand, wanted) = (self.show(operand), wanted.name());
                return self.invalid(format!("can't handle {operand} for arg of type {wanted}"));
            }
        };
        if let Some(value) = found {
            return Ok(value);
        }
        let operand = self.show(operand);
        self.invalid(format!("expected {expected}; found {operand}"))
    }

    #[expect(clippy::unused_self, reason = "reads like its siblings at the call")]
    fn bool_constant(&self, operand: &Operand) -> Option<Value> {
        match operand.term {
            Term::Bool(value) => Some(Value::Bool(value)),
            _ => None,
        }
    }

    #[expect(clippy::unused_self, reason = "reads like its siblings at the call")]
    fn string_constant(&self, operand: &Operand) -> Option<Value> {
        match &operand.term {
            Term::String(value) => Some(Value::String(value.clone())),
            _ => None,
        }
    }

    /// A constant with the type it has by itself.
    fn constant(&self, operand: &Operand) -> Outcome<Value> {
        match &operand.term {
            Term::Bool(value) => Ok(Value::Bool(*value)),
            Term::String(value) => Ok(Value::String(value.clone())),
            Term::Number(number) => match (number.float, number.int) {
                (Some(float), _) if number.is_float => Ok(Value::Float(float)),
                (_, Some(int)) => Ok(Value::Int(int)),
                _ => self.invalid(format!("{} overflows int", self.show(operand))),
            },
            _ => Ok(Value::Nil),
        }
    }

    /// The value, if a function that wants the type takes it.
    pub(super) fn check_type(&self, held: Held, wanted: Type) -> Outcome<Value> {
        if matches!(held.value, Value::Nil) {
            return match (held.interface, wanted) {
                (_, Type::Any | Type::Reflect) => Ok(Value::Nil),
                (false, _) if wanted.can_be_nil() => Ok(Value::Nil),
                (false, _) => self.invalid(format!("invalid value; expected {}", wanted.name())),
                (true, _) => self.wrong_type(wanted, "interface {}"),
            };
        }
        if wanted.takes(&held.value) {
            // Go passes a map of a named type as one of the type that is wanted.
            return Ok(match held.value {
                Value::Map(map) if wanted == Type::Map => map.converted(MapType::Any).into(),
                value => value,
            });
        }
        self.wrong_type(wanted, held.value.type_name())
    }

    fn wrong_type<T>(&self, wanted: Type, found: &str) -> Outcome<T> {
        let wanted = wanted.name();
        self.invalid(format!(
            "wrong type for value; expected {wanted}; got {found}"
        ))
    }
}
