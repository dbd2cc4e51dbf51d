//! `Chart.yaml`.

use gitops_core::yaml;
use serde_json::{Map, Value};

use crate::helm::Error;
use crate::version::Version;

/// What `Chart.yaml` says about a chart.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// The version of the format, `v1` or `v2`.
    pub api_version: String,
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// Which versions of Kubernetes it is for.
    pub kube_version: String,
    /// What it is.
    pub description: String,
    /// Whether it can be installed.
    pub chart_type: ChartType,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// The project's page.
    pub home: String,
    /// Where its sources are.
    pub sources: Vec<String>,
    /// Who keeps it.
    pub maintainers: Vec<Maintainer>,
    /// A picture's URL.
    pub icon: String,
    /// The version of what it installs.
    pub app_version: String,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Whatever else somebody wants to say.
    pub annotations: Map<String, Value>,
    /// A condition on itself; not used when rendering.
    pub condition: String,
    /// Tags of itself; not used when rendering.
    pub tags: String,
    /// The charts it needs.
    pub dependencies: Vec<Dependency>,
}

/// Whether a chart can be installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChartType {
    /// It does not say, which means that it can.
    #[default]
    Unset,
    /// It can.
    Application,
    /// It holds templates for others.
    Library,
    /// Something that charts cannot be.
    Other(String),
}

impl ChartType {
    /// The word in `Chart.yaml`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unset => "",
            Self::Application => "application",
            Self::Library => "library",
            Self::Other(text) => text,
        }
    }

    fn new(text: String) -> Self {
        match text.as_str() {
            "" => Self::Unset,
            "application" => Self::Application,
            "library" => Self::Library,
            _ => Self::Other(text),
        }
    }
}

/// Somebody who keeps a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Maintainer {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// The page.
    pub url: String,
}

/// A chart that another one needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dependency {
    /// The chart's name.
    pub name: String,
    /// The versions that will do.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// Paths of values, separated by commas, of which the first that is a boolean
    /// says whether it takes part.
    pub condition: String,
    /// Names that turn it on or off together with others.
    pub tags: Vec<String>,
    /// The name it goes by in the parent.
    pub alias: String,
    /// Values of it that become the parent's.
    pub import_values: Vec<ImportValues>,
}

impl Dependency {
    /// The name it goes by: the alias where there is one.
    pub fn alias_or_name(&self) -> &str {
        if self.alias.is_empty() {
            &self.name
        } else {
            &self.alias
        }
    }
}

/// Values of a subchart that become the parent's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportValues {
    /// The path of a table in the subchart's values.
    pub child: String,
    /// The path in the parent's values; `.` for the top.
    pub parent: String,
    /// Whether it was written as one word, the name of an export.
    pub is_export: bool,
}

impl Metadata {
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let map = read_map(text, "Chart.yaml")?;
        let fields = Fields {
            map: &map,
            file: "Chart.yaml",
        };
        let metadata = Self {
            api_version: or_v1(fields.text("apiVersion")?),
            name: fields.text("name")?,
            version: fields.text("version")?,
            kube_version: fields.text("kubeVersion")?,
            description: fields.text("description")?,
            chart_type: ChartType::new(fields.text("type")?),
            keywords: fields.texts("keywords")?,
            home: fields.text("home")?,
            sources: fields.texts("sources")?,
            maintainers: fields.each("maintainers", Maintainer::read)?,
            icon: fields.text("icon")?,
            app_version: fields.text("appVersion")?,
            deprecated: fields.bool("deprecated")?,
            annotations: fields.annotations()?,
            condition: fields.text("condition")?,
            tags: fields.text("tags")?,
            dependencies: fields
                .each("dependencies", |fields| Dependency::default().read(fields))?,
        };
        Ok(metadata)
    }

    /// Lays the dependencies of `requirements.yaml` over those that are known.
    pub(super) fn require(&mut self, text: &str) -> Result<(), Error> {
        let file = "requirements.yaml";
        let map = read_map(text, file)?;
        let fields = Fields { map: &map, file };
        if !map.contains_key("dependencies") {
            return Ok(());
        }
        let mut known = std::mem::take(&mut self.dependencies).into_iter();
        self.dependencies = fields.each("dependencies", |fields| {
            known.next().unwrap_or_default().read(fields)
        })?;
        Ok(())
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let invalid = |what: String| Err(Error::Chart(format!("validation: {what}")));
        if self.name.is_empty() {
            return invalid("chart.metadata.name is required".into());
        }
        if self.name.contains(['/', '\\']) || matches!(self.name.as_str(), "." | "..") {
            return invalid(format!("chart.metadata.name {:?} is invalid", self.name));
        }
        if self.version.is_empty() {
            return invalid("chart.metadata.version is required".into());
        }
        if Version::parse(&self.version).is_err() {
            return invalid(format!(
                "chart.metadata.version {:?} is invalid",
                self.version
            ));
        }
        if matches!(self.chart_type, ChartType::Other(_)) {
            return invalid("chart.metadata.type must be application or library".into());
        }
        self.validate_dependencies()
    }

    fn validate_dependencies(&self) -> Result<(), Error> {
        let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
        let mut names = std::collections::BTreeSet::new();
        for dependency in &self.dependencies {
            if !dependency.alias.chars().all(allowed) {
                let message = format!(
                    "validation: dependency {:?} has disallowed characters in the alias",
                    dependency.name
                );
                return Err(Error::Chart(message));
            }
            let name = dependency.alias_or_name();
            if !names.insert(name) {
                let message =
                    format!("validation: more than one dependency with name or alias {name:?}");
                return Err(Error::Chart(message));
            }
        }
        Ok(())
    }
}

impl Maintainer {
    fn read(fields: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            name: fields.text("name")?,
            email: fields.text("email")?,
            url: fields.text("url")?,
        })
    }
}

impl Dependency {
    /// Takes the fields that are named, and keeps the others as they are.
    fn read(mut self, fields: &Fields<'_>) -> Result<Self, Error> {
        let texts = [
            ("name", &mut self.name),
            ("version", &mut self.version),
            ("repository", &mut self.repository),
            ("condition", &mut self.condition),
            ("alias", &mut self.alias),
        ];
        for (field, text) in texts {
            if fields.map.contains_key(field) {
                *text = fields.text(field)?;
            }
        }
        if fields.map.contains_key("tags") {
            self.tags = fields.texts("tags")?;
        }
        if let Some(imports) = fields.map.get("import-values") {
            let imports = imports.as_array().map_or(&[][..], Vec::as_slice);
            self.import_values = imports.iter().filter_map(ImportValues::read).collect();
        }
        Ok(self)
    }
}

impl ImportValues {
    fn read(value: &Value) -> Option<Self> {
        let printed = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "<nil>".into(),
        };
        match value {
            Value::String(name) => Some(Self {
                child: format!("exports.{name}"),
                parent: ".".into(),
                is_export: true,
            }),
            Value::Object(map) => Some(Self {
                child: printed(map.get("child")),
                parent: printed(map.get("parent")),
                is_export: false,
            }),
            _ => None,
        }
    }
}

fn or_v1(api_version: String) -> String {
    if api_version.is_empty() {
        "v1".into()
    } else {
        api_version
    }
}

fn read_map(text: &str, file: &str) -> Result<Map<String, Value>, Error> {
    let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
    let failed = |message: String| Error::Chart(format!("cannot load {file}: {message}"));
    match yaml::read(text, &options).map_err(|error| failed(error.to_string()))? {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        _ => Err(failed("it is not a map".into())),
    }
}

/// The fields of a map, read as Go reads YAML into a struct: scalars become text
/// where text is wanted, and null is nothing.
struct Fields<'a> {
    map: &'a Map<String, Value>,
    file: &'static str,
}

impl Fields<'_> {
    fn text(&self, field: &str) -> Result<String, Error> {
        self.map
            .get(field)
            .map_or(Ok(String::new()), |value| self.scalar(field, value))
    }

    fn scalar(&self, field: &str, value: &Value) -> Result<String, Error> {
        match value {
            Value::Null => Ok(String::new()),
            Value::Bool(value) => Ok(value.to_string()),
            Value::Number(number) => Ok(number
                .as_f64()
                .filter(|_| !number.is_i64() && !number.is_u64())
                .map_or_else(|| number.to_string(), |float| float.to_string())),
            Value::String(text) => Ok(printable(text)),
            Value::Array(_) | Value::Object(_) => Err(self.wrong(field)),
        }
    }

    fn bool(&self, field: &str) -> Result<bool, Error> {
        match self.map.get(field) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(value)) => Ok(*value),
            Some(_) => Err(self.wrong(field)),
        }
    }

    fn list(&self, field: &str) -> Result<&[Value], Error> {
        match self.map.get(field) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(self.wrong(field)),
        }
    }

    fn texts(&self, field: &str) -> Result<Vec<String>, Error> {
        let items = self.list(field)?.iter();
        items.map(|item| self.scalar(field, item)).collect()
    }

    fn each<T>(
        &self,
        field: &str,
        mut read: impl FnMut(&Fields<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        for item in self.list(field)? {
            match item {
                Value::Null => {}
                Value::Object(map) => items.push(read(&Fields {
                    map,
                    file: self.file,
                })?),
                _ => return Err(self.wrong(field)),
            }
        }
        Ok(items)
    }

    fn annotations(&self) -> Result<Map<String, Value>, Error> {
        match self.map.get("annotations") {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(map)) => map
                .iter()
                .map(|(key, value)| Ok((key.clone(), self.scalar("annotations", value)?.into())))
                .collect(),
            Some(_) => Err(self.wrong("annotations")),
        }
    }

    fn wrong(&self, field: &str) -> Error {
        Error::Chart(format!(
            "cannot load {}: {field} has the wrong type",
            self.file
        ))
    }
}

/// White space becomes a blank, and what cannot be shown goes.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|char| char.is_whitespace() || !char.is_control())
        .map(|char| if char.is_whitespace() { ' ' } else { char })
        .collect()
}
