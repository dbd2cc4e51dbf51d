//! Which script applies to which object.

use std::collections::BTreeMap;

use gitops_core::{Object, health};
use globset::{GlobBuilder, GlobMatcher};

use super::{Actions, Customizations};
use crate::lua::{self, Action, Finding, Impact, Libraries, Runtime, Script};
use crate::{Outcome, builtin};

/// Scripts by the kinds that they are for.
///
/// A key is `group/Kind`, or `Kind` in the core group, or a pattern of them.
/// The key itself comes first; of several patterns that match the longest
/// decides, the first in byte order among equals.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    exact: BTreeMap<String, Entry>,
    patterns: Vec<Pattern>,
    actions: BTreeMap<String, CompiledActions>,
}

#[derive(Clone, Debug)]
struct Pattern {
    key: String,
    glob: GlobMatcher,
    entry: Entry,
}

/// A script that does not compile fails when it is asked, as in the reference.
type Entry = Result<Script, lua::Error>;

#[derive(Clone, Debug)]
struct CompiledActions {
    discovery: Option<Entry>,
    definitions: Vec<(String, Entry)>,
}

/// Something wrong or suspicious about a configured script.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The override's key.
    pub key: String,
    /// The line, where one is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

/// How far `*` reaches in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Star {
    Anything,
    WithinPart,
}

impl Overrides {
    /// Compiles the scripts of customizations.
    ///
    /// Never fails: a faulty script makes its objects Unknown, and
    /// [`problems`](Self::problems) lists it.
    pub fn compile(customizations: &Customizations, runtime: &Runtime) -> Self {
        let mut overrides = Self::default();
        for (key, customization) in &customizations.overrides {
            if !customization.health.is_empty() {
                let libraries = if customization.use_open_libs {
                    Libraries::Open
                } else {
                    Libraries::Restricted
                };
                overrides = overrides.script(key, &customization.health, libraries, runtime);
            }
            if let Some(actions) = &customization.actions {
                let compiled = CompiledActions::compile(actions, runtime);
                overrides.actions.insert(key.clone(), compiled);
            }
        }
        overrides
    }

    /// Adds a health script for a key or a pattern, in which `*` reaches across `/`.
    #[must_use]
    pub fn script(self, key: &str, source: &str, libraries: Libraries, runtime: &Runtime) -> Self {
        self.add(key, source, libraries, runtime, Star::Anything)
    }

    /// Adds a health script from a folder of scripts laid out as Argo CD lays out
    /// its own: `_` in a group's or kind's name stands for anything within it.
    #[must_use]
    pub fn folder(mut self, group: &str, kind: &str, source: &str, runtime: &Runtime) -> Self {
        let name = match group {
            "" => kind.to_owned(),
            group => format!("{group}/{kind}"),
        };
        let key = name.replace('_', "*");
        self = self.add(&key, source, Libraries::Open, runtime, Star::WithinPart);
        self
    }

    fn add(
        mut self,
        key: &str,
        source: &str,
        libraries: Libraries,
        runtime: &Runtime,
        star: Star,
    ) -> Self {
        let entry = runtime.compile(source, libraries);
        let glob = GlobBuilder::new(key)
            .literal_separator(star == Star::WithinPart)
            .backslash_escape(true)
            .build();
        // A malformed pattern matches nothing, like the reference's.
        if let Ok(glob) = glob
            && key.contains(['*', '?', '[', '{', '\\'])
        {
            self.patterns.push(Pattern {
                key: key.to_owned(),
                glob: glob.compile_matcher(),
                entry: entry.clone(),
            });
            self.patterns.sort_by(|a, b| {
                b.key
                    .len()
                    .cmp(&a.key.len())
                    .then_with(|| a.key.cmp(&b.key))
            });
        }
        self.exact.insert(key.to_owned(), entry);
        self
    }

    /// What the script for an object says.
    pub(crate) fn judge(&self, object: &Object) -> Result<Outcome, health::Error> {
        let Some((key, entry)) = self.find(&builtin::name(object)) else {
            return Ok(Outcome::NoCheck);
        };
        entry
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|script| script.health(object))
            .map_err(|error| {
                health::Error::of_script(format!("customization {key}"), object, error)
            })
    }

    /// The key that decides for an object.
    pub(crate) fn key(&self, object: &Object) -> Option<&str> {
        self.find(&builtin::name(object)).map(|(key, _)| key)
    }

    fn find(&self, name: &str) -> Option<(&str, &Entry)> {
        if let Some((key, entry)) = self.exact.get_key_value(name) {
            return Some((key, entry));
        }
        self.patterns
            .iter()
            .find(|pattern| pattern.glob.is_match(name))
            .map(|pattern| (pattern.key.as_str(), &pattern.entry))
    }

    /// What is wrong or suspicious about the scripts.
    pub fn problems(&self) -> Vec<Problem> {
        let health = self.exact.iter();
        let health = health.flat_map(|(key, entry)| Problem::of(key, entry, Script::lint));
        let actions = self.actions.iter().flat_map(|(key, actions)| {
            let entries = actions.definitions.iter().map(|(_, entry)| entry);
            entries
                .chain(&actions.discovery)
                .flat_map(|entry| Problem::of(key, entry, Script::lint_action))
        });
        health.chain(actions).collect()
    }

    /// The actions that an object offers, by name.
    ///
    /// # Errors
    ///
    /// When the discovery script is faulty, fails or returns no table of actions.
    pub fn actions(&self, object: &Object) -> Result<Vec<Action>, lua::Error> {
        // Patterns do not count for actions.
        let actions = self.actions.get(&builtin::name(object));
        match actions.and_then(|actions| actions.discovery.as_ref()) {
            Some(Ok(script)) => script.discover(object),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(Vec::new()),
        }
    }

    /// Runs one action on an object: what it makes and changes, in order.
    ///
    /// # Errors
    ///
    /// When there is no such action, or its script is faulty, fails or returns
    /// neither an object nor a list of what to do.
    pub fn act(
        &self,
        object: &Object,
        name: &str,
        parameters: &[(String, String)],
    ) -> Result<Vec<Impact>, lua::Error> {
        let missing = || lua::Error::Runtime("built-in script does not exist".into());
        self.actions
            .get(&builtin::name(object))
            .and_then(|actions| actions.definitions.iter().find(|(own, _)| own == name))
            .map(|(_, entry)| entry.clone())
            .ok_or_else(missing)??
            .act(object, parameters)
    }
}

impl CompiledActions {
    fn compile(actions: &Actions, runtime: &Runtime) -> Self {
        let compile = |source: &str| runtime.compile(source, Libraries::Restricted);
        Self {
            discovery: (!actions.discovery.is_empty()).then(|| compile(&actions.discovery)),
            definitions: actions
                .definitions
                .iter()
                .map(|definition| (definition.name.clone(), compile(&definition.script)))
                .collect(),
        }
    }
}

impl Problem {
    /// What is wrong with a script, or suspicious where it is Lua.
    fn of(key: &str, entry: &Entry, lint: impl Fn(&Script) -> Vec<Finding>) -> Vec<Self> {
        let found = |finding: Finding| Self {
            key: key.to_owned(),
            line: Some(finding.line),
            message: finding.message,
        };
        match entry {
            Ok(script) => lint(script).into_iter().map(found).collect(),
            Err(error) => vec![Self::fault(key, error)],
        }
    }

    fn fault(key: &str, error: &lua::Error) -> Self {
        Self {
            key: key.to_owned(),
            line: None,
            message: error.to_string().trim_end().to_owned(),
        }
    }
}
