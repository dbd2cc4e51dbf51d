//! Carries out templates.

mod evaluate;
mod fields;
mod invoke;
mod range;

use std::any::Any;
use std::cell::Cell;
use std::sync::Arc;

use super::ast::{Action, Branch, Definition, Invocation, Node, Pipeline, Place, Print};
use super::error::{Failure, Reason};
use super::limits::Budget;
use super::parser::{self, Definitions, Stacks};
use super::template::{MissingKey, Templates};
use super::{Error, Limit, Limits, Text, Value, print};

/// What all parts of one render share.
pub(super) struct Run<'a> {
    pub(super) budget: Budget<'a>,
    pub(super) host: &'a dyn Any,
    /// An output that has been copied from and can be written to again: most
    /// templates are included by others, and write little.
    spare: Cell<Vec<u8>>,
    /// Likewise, for texts that are parsed during the render.
    stacks: Cell<Stacks>,
}

impl<'a> Run<'a> {
    pub(super) fn new(limits: &'a Limits, host: &'a dyn Any) -> Self {
        Self {
            budget: Budget::new(limits),
            host,
            spare: Cell::default(),
            stacks: Cell::default(),
        }
    }
}

/// The templates that can be seen, and the render they are executed in.
pub(super) struct Scope<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) templates: &'a Templates,
    /// Definitions of a text that was parsed during the render.
    pub(super) local: Option<Local<'a>>,
}

pub(super) struct Local<'a> {
    definitions: &'a Definitions,
    outer: &'a Scope<'a>,
}

impl<'a> Scope<'a> {
    fn find(&self, name: &str) -> Option<&'a Definition> {
        let Some(local) = &self.local else {
            return self.templates.get(name);
        };
        match local.definitions.get(name) {
            // A blank definition never replaces another.
            Some(definition) if definition.is_blank() => {
                Some(local.outer.find(name).unwrap_or(definition))
            }
            Some(definition) => Some(definition),
            None => local.outer.find(name),
        }
    }

    /// Executes a template of the set and gives what it writes as a text.
    pub(super) fn execute(&self, name: &str, data: &Value, depth: usize) -> Result<Text, Error> {
        let written = self.write(name, data, depth)?;
        let text = Text::from_bytes(&written);
        self.run.spare.replace(written);
        Ok(text)
    }

    /// Executes a template of the set with an output of its own.
    pub(super) fn write(&self, name: &str, data: &Value, depth: usize) -> Result<Vec<u8>, Error> {
        let Some(definition) = self.find(name) else {
            return Err(Error::Undefined {
                name: name.to_owned(),
                set: Arc::clone(self.templates.name()),
            });
        };
        let mut output = self.run.spare.take();
        output.clear();
        if depth == 0 {
            // A file writes about as much as it says.
            output.reserve(definition.source.text.len());
        }
        let data = Held::from(data.clone());
        match Executor::new(self, definition, data, depth, &mut output).run() {
            Ok(()) => Ok(output),
            Err(failure) => Err(Error::Execute(failure)),
        }
    }

    pub(super) fn evaluate(
        &self,
        text: &str,
        data: &Value,
        depth: usize,
    ) -> Result<Result<Text, Error>, Error> {
        let name = self.templates.name();
        let functions = self.templates.functions();
        let mut stacks = self.run.stacks.take();
        let parsed = parser::parse(name, &text.into(), functions, &mut stacks);
        self.run.stacks.set(stacks);
        let definitions = parsed?;
        let inner = Scope {
            run: self.run,
            templates: self.templates,
            local: Some(Local {
                definitions: &definitions,
                outer: self,
            }),
        };
        Ok(inner.execute(name, data, depth))
    }
}

/// A value, and whether Go knows it only as an `interface {}`: so it is in a map
/// or list, but not in the result of a pipeline. Messages about nil differ.
#[derive(Clone)]
struct Held {
    value: Value,
    interface: bool,
}

impl From<Value> for Held {
    fn from(value: Value) -> Self {
        Self {
            value,
            interface: false,
        }
    }
}

impl Held {
    fn interface(value: Value) -> Self {
        Self {
            value,
            interface: true,
        }
    }

    fn type_name(&self) -> &str {
        if self.interface {
            "interface {}"
        } else {
            self.value.type_name()
        }
    }
}

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

type Outcome<T> = Result<T, Box<Failure>>;

/// Executes one template.
struct Executor<'a, 'o> {
    scope: &'a Scope<'a>,
    definition: &'a Definition,
    variables: Vec<(u32, Held)>,
    /// What errors point at: the node looked at last.
    at: Option<&'a dyn Place>,
    depth: usize,
    output: &'o mut Vec<u8>,
}

impl<'a, 'o> Executor<'a, 'o> {
    fn new(
        scope: &'a Scope<'a>,
        definition: &'a Definition,
        data: Held,
        depth: usize,
        output: &'o mut Vec<u8>,
    ) -> Self {
        Self {
            scope,
            definition,
            variables: vec![(0, data)],
            at: None,
            depth,
            output,
        }
    }

    fn run(mut self) -> Outcome<()> {
        if self.depth > self.scope.run.budget.limits().depth {
            let limit = self.scope.run.budget.limits().depth;
            return Err(self.fail(Limit::Depth(limit)));
        }
        let dot = self.variables[0].1.clone();
        self.nodes(&dot, &self.definition.body)?;
        Ok(())
    }

    /// The text that the template was parsed from.
    fn text(&self) -> &'a str {
        &self.definition.source.text
    }

    fn show(&self, node: &impl Print) -> String {
        self.definition.source.show(node)
    }

    /// The error for the current place.
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "results stay small, as they pass through many hands"
    )]
    fn fail(&self, reason: impl Into<Reason>) -> Box<Failure> {
        let source = &self.definition.source;
        let (line, column) = source.place(self.at.map_or(0, Place::position));
        Box::new(Failure {
            file: Arc::clone(&source.name),
            line,
            column,
            template: Arc::clone(&self.definition.name),
            action: self.at.map(|node| source.show(node)).unwrap_or_default(),
            reason: reason.into(),
        })
    }

    fn invalid<T>(&self, message: impl Into<String>) -> Outcome<T> {
        Err(self.fail(Reason::Invalid(message.into())))
    }

    fn within(&self, checked: Result<(), Limit>) -> Outcome<()> {
        checked.map_err(|limit| self.fail(limit))
    }

    fn nodes(&mut self, dot: &Held, nodes: &'a [Node]) -> Outcome<Flow> {
        self.within(self.scope.run.budget.check_stack())?;
        for node in nodes {
            self.within(self.scope.run.budget.step())?;
            let flow = match node {
                Node::Text(span) => {
                    self.write(span.of(self.text()).as_bytes())?;
                    Flow::Next
                }
                Node::Action(action) => {
                    self.action(dot, action)?;
                    Flow::Next
                }
                Node::If(branch) => self.branch(dot, branch, false)?,
                Node::With(branch) => self.branch(dot, branch, true)?,
                Node::Range(branch) => self.range(dot, branch)?,
                Node::Template(invocation) => {
                    self.invocation(dot, invocation)?;
                    Flow::Next
                }
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn write(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.within_output(bytes.len())?;
        self.output.extend_from_slice(bytes);
        Ok(())
    }

    fn within_output(&self, more: usize) -> Outcome<()> {
        let limit = self.scope.run.budget.limits().output;
        if self.output.len().saturating_add(more) > limit {
            return Err(self.fail(Limit::Output(limit)));
        }
        Ok(())
    }

    fn action(&mut self, dot: &Held, action: &'a Action) -> Outcome<()> {
        if let Some(text) = action.constant() {
            self.at = Some(action);
            return self.write(text.as_bytes());
        }
        let value = self.pipeline(dot, &action.0)?;
        if action.0.declared.is_some() {
            return Ok(());
        }
        self.at = Some(action);
        match &value {
            Value::String(text) => self.write(text.as_bytes()),
            Value::Nil => self.write(b"<no value>"),
            value => {
                let limit = self.scope.run.budget.limits().output;
                let printed = print::print_action(value, limit);
                self.write(&printed.map_err(|limit| self.fail(limit))?)
            }
        }
    }

    fn branch(&mut self, dot: &Held, branch: &'a Branch, with: bool) -> Outcome<Flow> {
        let mark = self.variables.len();
        let flow = self.arms(dot, branch, with);
        self.variables.truncate(mark);
        flow
    }

    fn arms(&mut self, dot: &Held, branch: &'a Branch, with: bool) -> Outcome<Flow> {
        for (condition, body) in &branch.arms {
            let value = self.pipeline(dot, condition)?;
            if value.is_true() {
                if with {
                    return self.nodes(&value.into(), body);
                }
                return self.nodes(dot, body);
            }
        }
        match &branch.otherwise {
            Some(body) => self.nodes(dot, body),
            None => Ok(Flow::Next),
        }
    }

    fn invocation(&mut self, dot: &Held, invocation: &'a Invocation) -> Outcome<()> {
        self.at = Some(invocation);
        let Some(definition) = self.scope.find(&invocation.name) else {
            let name = super::quote(&invocation.name);
            return self.invalid(format!("template {name} not defined"));
        };
        let data = match &invocation.data {
            Some(pipeline) => self.pipeline(dot, pipeline)?,
            None => Value::Nil,
        };
        let depth = self.depth + 1;
        Executor::new(self.scope, definition, data.into(), depth, self.output).run()
    }

    /// The value of a pipeline, after its variables are set.
    fn pipeline(&mut self, dot: &Held, pipeline: &'a Pipeline) -> Outcome<Value> {
        self.at = Some(pipeline);
        self.within(self.scope.run.budget.check_stack())?;
        let mut value = self.command(dot, &pipeline.first, None)?.value;
        for command in &pipeline.rest {
            value = self.command(dot, command, Some(value))?.value;
        }
        for variable in pipeline.variables() {
            let held = Held::from(value.clone());
            if pipeline.assigns() {
                *self.variable(*variable)? = held;
            } else {
                self.variables.push((variable.id, held));
            }
        }
        Ok(value)
    }

    fn missing_key(&self) -> MissingKey {
        self.scope.templates.missing_key
    }
}
