//! Calls of functions.

use super::{Executor, Held, Outcome};
use crate::gotemplate::Value;
use crate::gotemplate::ast::{Operand, Place};
use crate::gotemplate::error::Reason;
use crate::gotemplate::function::{Call, Error, Function, Implementation, Type};

impl<'a> Executor<'a, '_> {
    /// Calls a function; `node` is what an error of the function points at.
    pub(super) fn call(
        &mut self,
        dot: &Held,
        function: &'a Function,
        node: &'a dyn Place,
        arguments: &'a [Operand],
        last: Option<Value>,
    ) -> Outcome<Held> {
        self.check_count(function, arguments.len(), last.is_some())?;
        let result = match &function.body {
            Implementation::And => return self.choose(dot, false, arguments, last),
            Implementation::Or => return self.choose(dot, true, arguments, last),
            Implementation::Call => {
                let callee = arguments.first().map(|first| self.show(first));
                let values = self.arguments(dot, function, arguments, last)?;
                Err(no_function(callee.as_deref(), values.first()))
            }
            Implementation::Body(body) => {
                let values = self.arguments(dot, function, arguments, last)?;
                let call = Call {
                    name: &function.name,
                    arguments: &values,
                    scope: self.scope,
                    depth: self.depth,
                };
                body(&call)
            }
        };
        match result {
            Ok(value) => self.charge(value),
            Err(source) => {
                self.at = Some(node);
                let name = function.name.clone();
                Err(self.fail(Reason::Call { name, source }))
            }
        }
    }

    /// Counts what a function made.
    fn charge(&self, value: Value) -> Outcome<Held> {
        let bytes = match &value {
            Value::String(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(list) => list.len().saturating_mul(size_of::<Value>()),
            Value::Map(_) => 4 * size_of::<Value>(),
            _ => 0,
        };
        self.within(self.scope.run.budget.allocate(bytes))?;
        Ok(Held::interface(value))
    }

    fn check_count(&self, function: &Function, written: usize, piped: bool) -> Outcome<()> {
        let given = written + usize::from(piped);
        let fixed = function.signature.fixed.len();
        let name = &function.name;
        if function.signature.variadic.is_none() && given != fixed {
            return self.invalid(format!(
                "wrong number of args for {name}: want {fixed} got {given}"
            ));
        }
        if given < fixed {
            return self.invalid(format!(
                "wrong number of args for {name}: want at least {fixed} got {written}"
            ));
        }
        Ok(())
    }

    fn arguments(
        &mut self,
        dot: &Held,
        function: &'a Function,
        arguments: &'a [Operand],
        last: Option<Value>,
    ) -> Outcome<Vec<Value>> {
        let signature = &function.signature;
        let wanted = |index: usize| {
            let fixed = signature.fixed.get(index).copied();
            fixed.or(signature.variadic).unwrap_or(Type::Any)
        };
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for (index, argument) in arguments.iter().enumerate() {
            values.push(self.argument(dot, wanted(index), argument)?);
        }
        if let Some(last) = last {
            values.push(self.check_type(last.into(), wanted(arguments.len()))?);
        }
        Ok(values)
    }

    /// `and` and `or`: the first argument that decides; those after it are not evaluated.
    fn choose(
        &mut self,
        dot: &Held,
        decides: bool,
        arguments: &'a [Operand],
        last: Option<Value>,
    ) -> Outcome<Held> {
        let mut value = Value::Nil;
        for argument in arguments {
            value = self.argument(dot, Type::Reflect, argument)?;
            if value.is_true() == decides {
                return Ok(value.into());
            }
        }
        Ok(last.unwrap_or(value).into())
    }
}

/// No value of a template is a function, so `call` always fails.
fn no_function(callee: Option<&str>, value: Option<&Value>) -> Error {
    match value {
        None | Some(Value::Nil) => Error::new("call of nil"),
        Some(value) => {
            let kind = value.type_name();
            let callee = match (callee, value) {
                (Some(callee), _) => callee.to_owned(),
                (None, Value::String(text)) => text.to_string(),
                (None, _) => format!("<{kind} Value>"),
            };
            Error::new(format!("non-function {callee} of type {kind}"))
        }
    }
}
