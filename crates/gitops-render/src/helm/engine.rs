//! Renders the templates of charts.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::HelmVersion;
use super::functions::{DEMAND, functions};
use super::host::{Host, Sources};
use super::values_type::VALUES;
use crate::gotemplate::{
    self, Limits, Map, MissingKey, Parsed, Reason, Session, Stacks, Templates, Value, function,
};

/// The name under which Helm keeps the templates of a render; errors show it.
const SET: &str = "gotpl";

/// The parsed templates of a chart and all its enabled subcharts: parsed once, and
/// rendered as often as values change, on any thread.
///
/// ```
/// use std::collections::BTreeMap;
/// use gitops_render::gotemplate::{Limits, Value};
/// use gitops_render::helm::{Engine, Sources};
/// use serde_json::json;
///
/// let files = BTreeMap::from([
///     ("web/templates/_names.tpl", "{{ define \"name\" }}{{ .Release.Name }}-web{{ end }}"),
///     ("web/templates/service.yaml", "name: {{ include \"name\" . | quote }}"),
/// ]);
/// let engine = Engine::parse(files)?;
/// let data = Value::from(json!({"Release": {"Name": "shop"}}));
/// let rendered = engine.render(&Limits::default(), &Sources::default(), |_| data.clone())?;
/// assert_eq!(rendered["web/templates/service.yaml"], "name: \"shop-web\"");
/// # Ok::<(), gitops_render::helm::EngineError>(())
/// ```
#[derive(Clone)]
pub struct Engine {
    templates: Arc<Templates>,
    /// The files that are rendered by themselves, in the order in which they are.
    order: Arc<[Arc<str>]>,
    helm_version: HelmVersion,
}

/// Parsed templates by their paths, for charts that are rendered again.
///
/// Clones share what they hold. A text that changed is parsed again.
#[derive(Clone, Default)]
pub struct TemplateCache(Arc<RwLock<Kept>>);

#[derive(Default)]
struct Kept {
    /// What texts parse to, by their paths.
    parsed: HashMap<String, Parsed>,
    /// What was made of all files last: with other values they are mostly the same.
    last: Option<Made>,
}

/// A set of templates, with the files that it was made of.
struct Made {
    files: Vec<(String, Arc<str>)>,
    engine: Engine,
}

impl TemplateCache {
    fn parsed(
        &self,
        templates: &Templates,
        stacks: &mut Stacks,
        (path, text): (&str, &Arc<str>),
    ) -> Result<Parsed, gotemplate::Error> {
        if let Some(parsed) = self.kept().parsed.get(path)
            && is_same(parsed.text(), text)
        {
            return Ok(parsed.clone());
        }
        let parsed = templates.parsed_with(stacks, path, Arc::clone(text))?;
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.parsed.insert(path.to_owned(), parsed.clone());
        Ok(parsed)
    }

    /// What was made last, if it was of these files.
    fn made(&self, files: &[(&str, &Arc<str>)]) -> Option<Engine> {
        let kept = self.kept();
        let made = kept.last.as_ref()?;
        let mut pairs = files.iter().zip(&made.files);
        let all_same = made.files.len() == files.len()
            && pairs.all(|((path, text), (known, kept))| path == known && is_same(text, kept));
        all_same.then(|| made.engine.clone())
    }

    fn keep(&self, files: &[(&str, &Arc<str>)], engine: &Engine) {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), Arc::clone(text)));
        let made = Made {
            files: files.collect(),
            engine: engine.clone(),
        };
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.last = Some(made);
    }

    fn kept(&self) -> RwLockReadGuard<'_, Kept> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_same(text: &Arc<str>, other: &Arc<str>) -> bool {
    Arc::ptr_eq(text, other) || text == other
}

/// Prints how many templates are kept.
impl fmt::Debug for TemplateCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TemplateCache({})", self.kept().parsed.len())
    }
}

/// Why templates of a chart do not parse or render.
///
/// `Display` prints what Helm prints, which says all that the template engine does.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    message: String,
    cause: Box<gotemplate::Error>,
}

impl EngineError {
    /// The template engine's error, with places.
    pub fn error(&self) -> &gotemplate::Error {
        &self.cause
    }
}

impl Engine {
    /// Parses templates by their full paths, such as
    /// `web/charts/db/templates/service.yaml`.
    ///
    /// # Errors
    ///
    /// For the first file that does not parse, in the order of rendering.
    pub fn parse<'t>(
        files: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Self, EngineError> {
        let files: Vec<(&str, Arc<str>)> = files
            .into_iter()
            .map(|(path, text)| (path, text.into()))
            .collect();
        let files = files.iter().map(|(path, text)| (*path, text));
        Self::parse_with(&TemplateCache::default(), files)
    }

    /// As [`Engine::parse`], but takes from `cache` what was parsed before, and keeps
    /// there what was not.
    ///
    /// # Errors
    ///
    /// As [`Engine::parse`].
    pub fn parse_with<'t>(
        cache: &TemplateCache,
        files: impl IntoIterator<Item = (&'t str, &'t Arc<str>)>,
    ) -> Result<Self, EngineError> {
        let mut files: Vec<(&str, &Arc<str>)> = files.into_iter().collect();
        if let Some(engine) = cache.made(&files) {
            return Ok(engine);
        }
        let given = files.clone();
        files.sort_unstable_by_key(|(path, _)| {
            std::cmp::Reverse((path.bytes().filter(|byte| *byte == b'/').count(), *path))
        });
        let mut templates = Templates::new(functions())
            .named(SET)
            .missing_key(MissingKey::Zero);
        let mut stacks = Stacks::default();
        for file in &files {
            let parsed = cache.parsed(&templates, &mut stacks, *file);
            templates.add(&parsed.map_err(parse_error)?);
        }
        let rendered = files.iter().filter(|(path, _)| !is_partial(path));
        let engine = Self {
            templates: Arc::new(templates),
            order: rendered.map(|(path, _)| Arc::from(*path)).collect(),
            helm_version: HelmVersion::default(),
        };
        cache.keep(&given, &engine);
        Ok(engine)
    }

    /// Sets whether a key that a map does not have is an error.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        let missing_key = if strict {
            MissingKey::Error
        } else {
            MissingKey::Zero
        };
        if self.templates.missing_key != missing_key {
            let templates = Arc::unwrap_or_clone(self.templates);
            self.templates = Arc::new(templates.missing_key(missing_key));
        }
        self
    }

    /// Sets in whose words errors are told.
    #[must_use]
    pub fn helm_version(mut self, version: HelmVersion) -> Self {
        self.helm_version = version;
        self
    }

    /// Renders all files but the partial ones, each with the data of its chart, to
    /// which `Template` is added.
    ///
    /// # Errors
    ///
    /// For the first file that fails.
    pub fn render(
        &self,
        limits: &Limits,
        sources: &Sources,
        data: impl Fn(&str) -> Value,
    ) -> Result<BTreeMap<String, String>, EngineError> {
        let host: Box<dyn Any> = Box::new(Host::new(sources.clone()));
        let session = Session::new(&self.templates, limits, &*host);
        let mut rendered = BTreeMap::new();
        for path in &*self.order {
            let data = data(path);
            if let Value::Map(map) = &data {
                map.insert("Template", template(path));
            }
            let text = session
                .render(path, &data)
                .map_err(|error| execution_error(error, self.helm_version))?;
            rendered.insert(path.to_string(), without_no_value(text));
        }
        Ok(rendered)
    }
}

fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().unwrap_or(path).starts_with('_')
}

/// `.Template` of a file.
fn template(path: &Arc<str>) -> Value {
    let folder = path.find("/templates/").map_or(&**path, |_| {
        let end = path.rfind("/templates/").unwrap_or(0) + "/templates".len();
        &path[..end]
    });
    let map = Map::of(VALUES);
    map.insert("Name", Value::string(Arc::clone(path)));
    map.insert("BasePath", folder.into());
    map.into()
}

fn without_no_value(text: String) -> String {
    const NO_VALUE: &str = "<no value>";
    match memchr::memmem::find(text.as_bytes(), NO_VALUE.as_bytes()) {
        Some(_) => text.replace(NO_VALUE, ""),
        None => text,
    }
}

fn parse_error(source: gotemplate::Error) -> EngineError {
    let message = match &source {
        gotemplate::Error::Parse {
            template,
            line,
            message,
        } => {
            let last = message.rsplit(": ").next().unwrap_or(message);
            format!("parse error at ({template}:{line}): {last}")
        }
        other => other.to_string(),
    };
    EngineError {
        message,
        cause: Box::new(source),
    }
}

fn execution_error(source: gotemplate::Error, helm_version: HelmVersion) -> EngineError {
    let told = || match helm_version {
        HelmVersion::V3 => source.to_string(),
        HelmVersion::V4 => blocks(&source),
    };
    EngineError {
        message: demanded(&source).unwrap_or_else(told),
        cause: Box::new(source),
    }
}

/// The author's own message, from `fail` or `required` however deep, at the place
/// of the outermost action.
fn demanded(error: &gotemplate::Error) -> Option<String> {
    let gotemplate::Error::Execute(failure) = error else {
        return None;
    };
    let text = failure.reason.to_string();
    let [start, end] = DEMAND;
    let (_, after) = text.split_once(start)?;
    let (message, _) = after.rsplit_once(end)?;
    let (file, line, column) = (&failure.file, failure.line, failure.column);
    Some(format!(
        "execution error at ({file}:{line}:{column}): {message}"
    ))
}

/// Templates on the way to a cause beyond which one line would be no help.
const MAX_CHAIN: usize = 16;

/// One block of lines for every template on the way to the cause; the whole chain
/// on one line where a function failed by itself.
fn blocks(whole: &gotemplate::Error) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let mut next = Some(whole);
    let mut passed = 0;
    while let Some(error) = next {
        let gotemplate::Error::Execute(failure) = error else {
            blocks.push(error.to_string());
            break;
        };
        let (message, inner) = match &failure.reason {
            Reason::Call { name, source } => match source {
                function::Error::Template { context, source } if context.is_empty() => {
                    (format!("error calling {name}:"), Some(&**source))
                }
                _ if passed < MAX_CHAIN => return whole.to_string(),
                other => (format!("error calling {name}: {other}"), None),
            },
            reason => (reason.to_string(), None),
        };
        let block = block(failure, &message);
        // A template that includes itself shows once.
        if blocks.last() != Some(&block) {
            blocks.push(block);
        }
        passed += 1;
        next = inner;
    }
    blocks.concat().trim_end().to_owned()
}

fn block(failure: &gotemplate::Failure, message: &str) -> String {
    let (file, line, column) = (&failure.file, failure.line, failure.column);
    let (template, action) = (gotemplate::quote(&failure.template), &failure.action);
    format!("{file}:{line}:{column}\n  executing {template} at <{action}>:\n    {message}\n")
}
