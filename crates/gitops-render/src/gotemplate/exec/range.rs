//! Loops.

use super::{Executor, Flow, Held, Outcome};
use crate::gotemplate::ast::{Branch, Node, Pipeline};
use crate::gotemplate::{ListType, MapType, Value};

/// A loop that is being carried out.
struct Loop<'a> {
    pipeline: &'a Pipeline,
    body: &'a [Node],
    /// How many variables there are once those of the loop are declared.
    mark: usize,
}

impl<'a> Executor<'a, '_> {
    pub(super) fn range(&mut self, dot: &Held, branch: &'a Branch) -> Outcome<Flow> {
        let mark = self.variables.len();
        let flow = self.turns(dot, branch);
        self.variables.truncate(mark);
        flow
    }

    fn turns(&mut self, dot: &Held, branch: &'a Branch) -> Outcome<Flow> {
        let Some((pipeline, body)) = branch.arms.first() else {
            return Ok(Flow::Next);
        };
        let value = self.pipeline(dot, pipeline)?.underlying();
        let turn = Loop {
            pipeline,
            body,
            mark: self.variables.len(),
        };
        let ran = match &value {
            Value::Nil => false,
            Value::Map(map) => {
                let typed = map.map_type() == MapType::Strings;
                self.pairs(&turn, typed, map.entries())?
            }
            Value::List(list) => {
                let typed = list.list_type() != ListType::Any;
                let items = list.iter().cloned();
                self.items(&turn, typed, items)?
            }
            Value::Bytes(bytes) => {
                let items = bytes.iter().map(|byte| Value::Uint8(*byte));
                self.items(&turn, true, items)?
            }
            Value::Int(_) | Value::Int64(_) | Value::Uint8(_) | Value::Uint64(_) => {
                self.count(&turn, &value)?
            }
            other => {
                let shown = shown(other);
                return self.invalid(format!("range can't iterate over {shown}"));
            }
        };
        match &branch.otherwise {
            Some(body) if !ran => self.nodes(dot, body),
            _ => Ok(Flow::Next),
        }
    }

    fn pairs(
        &mut self,
        turn: &Loop<'a>,
        typed: bool,
        entries: Vec<(std::sync::Arc<str>, Value)>,
    ) -> Outcome<bool> {
        let ran = !entries.is_empty();
        for (key, value) in entries {
            let held = Held {
                value,
                interface: !typed,
            };
            if self.turn(turn, Value::string(key), &held)? == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }

    fn items(
        &mut self,
        turn: &Loop<'a>,
        typed: bool,
        items: impl Iterator<Item = Value>,
    ) -> Outcome<bool> {
        let mut ran = false;
        for (index, value) in items.enumerate() {
            ran = true;
            let held = Held {
                value,
                interface: !typed,
            };
            let index = Value::Int(i64::try_from(index).unwrap_or(i64::MAX));
            if self.turn(turn, index, &held)? == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }

    /// Counts up to a number, in the number's own type.
    fn count(&mut self, turn: &Loop<'a>, end: &Value) -> Outcome<bool> {
        if turn.pipeline.variables().len() > 1 {
            let shown = shown(end);
            return self.invalid(format!(
                "can't use {shown} to iterate over more than one variable"
            ));
        }
        let last = i64::try_from(end.as_integer().unwrap_or(0)).unwrap_or(i64::MAX);
        let typed = |number: i64| match end {
            Value::Int64(_) => Value::Int64(number),
            Value::Uint8(_) => Value::Uint8(u8::try_from(number).unwrap_or(u8::MAX)),
            Value::Uint64(_) => Value::Uint64(number.unsigned_abs()),
            _ => Value::Int(number),
        };
        for number in 0..last {
            if self.turn(turn, Value::Nil, &typed(number).into())? == Flow::Break {
                break;
            }
        }
        Ok(last > 0)
    }

    fn turn(&mut self, turn: &Loop<'a>, index: Value, element: &Held) -> Outcome<Flow> {
        self.within(self.scope.run.budget.step())?;
        let variables = turn.pipeline.variables();
        let (first, second) = match variables {
            [] => (None, None),
            [only] => (Some((only, element.clone())), None),
            [first, second, ..] => (
                Some((first, Held::from(index))),
                Some((second, element.clone())),
            ),
        };
        let count = variables.len();
        for (offset, binding) in [first, second].into_iter().flatten().enumerate() {
            let (variable, held) = binding;
            if turn.pipeline.assigns() {
                *self.variable(*variable)? = held;
            } else {
                self.variables[turn.mark - count + offset].1 = held;
            }
        }
        let flow = self.nodes(element, turn.body)?;
        self.variables.truncate(turn.mark);
        Ok(flow)
    }
}

/// A value as errors show it.
fn shown(value: &Value) -> String {
    let printed = super::print::print_value(value, 1000);
    printed.map_or_else(
        |_| value.type_name().to_owned(),
        |text| String::from_utf8_lossy(&text).into_owned(),
    )
}
