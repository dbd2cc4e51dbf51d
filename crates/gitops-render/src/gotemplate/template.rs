//! Sets of templates.

use std::any::Any;
use std::sync::Arc;

use super::ast::Definition;
use super::exec::{Run, Scope};
use super::parser::{Definitions, Stacks};
use super::{Error, Functions, Limits, Text, Value, parser};

/// Templates that can execute one another, parsed once and shared between threads.
///
/// ```
/// use gitops_render::gotemplate::{Functions, Limits, Templates, Value};
/// use serde_json::json;
///
/// let mut templates = Templates::new(Functions::builtin());
/// templates.parse("greeting", "Hello {{ .name }}{{ template \"end\" }}")?;
/// templates.parse("parts", "{{ define \"end\" }}!{{ end }}")?;
/// let data = Value::from(json!({"name": "world"}));
/// assert_eq!(templates.render("greeting", &data, &Limits::default())?, "Hello world!");
/// # Ok::<(), gitops_render::gotemplate::Error>(())
/// ```
#[derive(Clone)]
pub struct Templates {
    name: Arc<str>,
    functions: Functions,
    pub(crate) missing_key: MissingKey,
    definitions: Definitions,
}

/// A parsed text: a template and all that it defines. Cloning it is cheap.
#[derive(Clone)]
pub struct Parsed {
    text: Arc<str>,
    definitions: Arc<Definitions>,
}

impl Parsed {
    /// The text as it was parsed.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }
}

/// What a key gives that a map does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// Nil without a type: a further field of it is nil too.
    #[default]
    Invalid,
    /// The zero value of the map's type: a further field of nil is an error.
    Zero,
    /// An error.
    Error,
}

impl Templates {
    /// An empty set whose templates may call `functions`.
    pub fn new(functions: Functions) -> Self {
        Self {
            name: "templates".into(),
            functions,
            missing_key: MissingKey::default(),
            definitions: Definitions::new(),
        }
    }

    /// Names the set, as errors about undefined templates show it.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets what a missing key gives.
    #[must_use]
    pub fn missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// Adds a template and all that its text defines.
    ///
    /// A later definition replaces an earlier one, unless it is blank.
    ///
    /// # Errors
    ///
    /// [`Error::Parse`] with the line.
    pub fn parse(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let parsed = self.parsed(name, text)?;
        self.add(&parsed);
        Ok(())
    }

    /// Parses a text for this set and for others with the same functions.
    ///
    /// # Errors
    ///
    /// [`Error::Parse`] with the line.
    pub fn parsed(&self, name: &str, text: impl Into<Arc<str>>) -> Result<Parsed, Error> {
        self.parsed_with(&mut Stacks::default(), name, text.into())
    }

    /// As [`Templates::parsed`], for one text after the other.
    pub(crate) fn parsed_with(
        &self,
        stacks: &mut Stacks,
        name: &str,
        text: Arc<str>,
    ) -> Result<Parsed, Error> {
        let definitions = parser::parse(&name.into(), &text, &self.functions, stacks)?;
        Ok(Parsed {
            text,
            definitions: Arc::new(definitions),
        })
    }

    /// Adds a text that was parsed before, as [`Templates::parse`] does.
    pub fn add(&mut self, parsed: &Parsed) {
        #[expect(clippy::iter_over_hash_type, reason = "each goes to its own key")]
        for (name, definition) in &*parsed.definitions {
            if definition.is_blank() && self.definitions.contains_key(name) {
                continue;
            }
            self.definitions
                .insert(Arc::clone(name), Arc::clone(definition));
        }
    }

    /// The names of all templates, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.definitions.keys().map(|name| &**name).collect();
        names.sort_unstable();
        names
    }

    /// Executes a template and gives what it writes.
    ///
    /// # Errors
    ///
    /// When there is no such template, an action fails or a bound is reached.
    pub fn render(&self, name: &str, data: &Value, limits: &Limits) -> Result<String, Error> {
        self.render_with(name, data, limits, &())
    }

    /// As [`Templates::render`]; functions find `host` through
    /// [`Call::host`](super::Call::host).
    ///
    /// # Errors
    ///
    /// As [`Templates::render`].
    pub fn render_with(
        &self,
        name: &str,
        data: &Value,
        limits: &Limits,
        host: &dyn Any,
    ) -> Result<String, Error> {
        Session::new(self, limits, host).render(name, data)
    }

    pub(super) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(super) fn functions(&self) -> &Functions {
        &self.functions
    }

    pub(super) fn get(&self, name: &str) -> Option<&Definition> {
        self.definitions.get(name).map(|definition| &**definition)
    }
}

/// Several renders that share one set of bounds, such as all files of a chart.
pub struct Session<'a> {
    templates: &'a Templates,
    run: Run<'a>,
}

impl<'a> Session<'a> {
    /// A session over a set; functions find `host` through
    /// [`Call::host`](super::Call::host).
    pub fn new(templates: &'a Templates, limits: &'a Limits, host: &'a dyn Any) -> Self {
        Self {
            templates,
            run: Run::new(limits, host),
        }
    }

    /// Executes a template and gives what it writes, invalid UTF-8 replaced.
    ///
    /// # Errors
    ///
    /// As [`Templates::render`].
    pub fn render(&self, name: &str, data: &Value) -> Result<String, Error> {
        let scope = Scope {
            run: &self.run,
            templates: self.templates,
            local: None,
        };
        let written = scope.write(name, data, 0)?;
        Ok(String::from_utf8(written)
            .unwrap_or_else(|error| Text::from_bytes(error.as_bytes()).to_str().into_owned()))
    }
}
