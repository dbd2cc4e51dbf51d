//! Fields, keys and methods: `.a.b`.

use super::{Executor, Held, Outcome};
use crate::gotemplate::ast::{Operand, Path};
use crate::gotemplate::error::Reason;
use crate::gotemplate::function::{self, Type};
use crate::gotemplate::template::MissingKey;
use crate::gotemplate::{Map, MapType, Object, Value, quote};

impl<'a> Executor<'a, '_> {
    /// Follows a path of fields; only the last may be a method with arguments.
    pub(super) fn fields(
        &mut self,
        dot: &Held,
        mut receiver: Held,
        (node, path): (&'a Operand, Path),
        arguments: &'a [Operand],
        last: Option<Value>,
    ) -> Outcome<Held> {
        let mut names = path.names(self.text());
        let Some(mut name) = names.next() else {
            return Ok(receiver);
        };
        for next in names {
            receiver = self.field(dot, &receiver, (node, name), &[], None)?;
            name = next;
        }
        self.field(dot, &receiver, (node, name), arguments, last)
    }

    fn field(
        &mut self,
        dot: &Held,
        receiver: &Held,
        (node, name): (&'a Operand, &str),
        arguments: &'a [Operand],
        last: Option<Value>,
    ) -> Outcome<Held> {
        let has_arguments = !arguments.is_empty() || last.is_some();
        match &receiver.value {
            Value::Map(map) => {
                if let MapType::Named(named) = map.map_type()
                    && named.methods.contains(&name)
                {
                    let arguments = self.method_arguments(dot, arguments, last)?;
                    let called = (named.call)(map, name, &arguments);
                    return self.called(called, (node, name));
                }
                if has_arguments {
                    return self.invalid(format!("{name} is not a method but has arguments"));
                }
                self.key(map, name)
            }
            Value::Nil if receiver.interface => {
                self.invalid(format!("nil pointer evaluating interface {{}}.{name}"))
            }
            Value::Nil if self.missing_key() == MissingKey::Error => {
                self.invalid(format!("nil data; no entry for key {}", quote(name)))
            }
            Value::Nil => Ok(Value::Nil.into()),
            Value::Object(object) => {
                let arguments = self.method_arguments(dot, arguments, last)?;
                self.member(object.as_ref(), receiver, (node, name), &arguments)
            }
            _ => self.no_field(receiver, name),
        }
    }

    fn no_field<T>(&self, receiver: &Held, name: &str) -> Outcome<T> {
        let of = receiver.type_name();
        self.invalid(format!("can't evaluate field {name} in type {of}"))
    }

    fn key(&self, map: &Map, name: &str) -> Outcome<Held> {
        let typed = matches!(map.map_type(), MapType::Strings);
        let held = |value| Held {
            value,
            interface: !typed,
        };
        if let Some(value) = map.get(name) {
            return Ok(held(value));
        }
        match self.missing_key() {
            MissingKey::Invalid => Ok(Value::Nil.into()),
            MissingKey::Zero => Ok(held(map.map_type().zero())),
            MissingKey::Error => self.invalid(format!("map has no entry for key {}", quote(name))),
        }
    }

    fn method_arguments(
        &mut self,
        dot: &Held,
        arguments: &'a [Operand],
        last: Option<Value>,
    ) -> Outcome<Vec<Value>> {
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            values.push(self.argument(dot, Type::Any, argument)?);
        }
        values.extend(last);
        Ok(values)
    }

    /// What a method gave.
    fn called(
        &mut self,
        called: Result<Value, function::Error>,
        (node, name): (&'a Operand, &str),
    ) -> Outcome<Held> {
        called.map(Held::interface).map_err(|source| {
            self.at = Some(node);
            let name = name.into();
            self.fail(Reason::Call { name, source })
        })
    }

    /// A method or field of an object; a map with methods has its keys as well.
    fn member(
        &mut self,
        object: &dyn Object,
        receiver: &Held,
        (node, name): (&'a Operand, &str),
        arguments: &[Value],
    ) -> Outcome<Held> {
        if let Some(called) = object.call(name, arguments) {
            return self.called(called, (node, name));
        }
        if let Some(value) = object.field(name) {
            if !arguments.is_empty() {
                return self.invalid(format!(
                    "{name} has arguments but cannot be invoked as function"
                ));
            }
            return Ok(value.into());
        }
        match object.underlying() {
            Some(Value::Map(map)) => self.key(&map, name),
            _ => self.no_field(receiver, name),
        }
    }
}
