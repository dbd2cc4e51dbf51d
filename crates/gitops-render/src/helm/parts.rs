//! Which charts take part in a render, under which names, with which values.

use std::sync::Arc;

use super::chart::{Chart, Dependency};
use super::coalesce::{self, Defaults, Mode, Wanted, Work};
use super::values::{Values, to_template};
use super::values_type::table;
use super::{Error, HelmVersion};
use crate::gotemplate::{Map, Value};
use crate::version::{Constraint, Version};

/// A chart as it takes part: under the name it goes by there, with the subcharts
/// that are enabled.
pub(super) struct Part {
    pub(super) chart: Arc<Chart>,
    /// The alias where it has one.
    pub(super) name: String,
    pub(super) parts: Vec<Part>,
    /// What imports made of its values.
    imports: Imports,
    /// What it declares and has enabled.
    pub(super) dependencies: Vec<Dependency>,
    /// Whether its declarations count: not below a chart that declares nothing itself.
    pub(super) is_arranged: bool,
}

/// What imports made of a chart's values.
#[derive(Default)]
enum Imports {
    /// Nothing: they are those of its file.
    #[default]
    None,
    /// Tables under the names of its subcharts; all others are those of its file.
    Tables(Map),
    /// All of them.
    Whole(Map),
}

impl Part {
    /// The parts of `chart` with the user's values, and the values of the whole.
    pub(super) fn of(
        chart: &Arc<Chart>,
        values: &Values,
        helm_version: HelmVersion,
    ) -> Result<(Self, Map), Error> {
        let mut root = Self::whole(chart, chart.metadata.name.clone());
        let given = || to_template(values.as_map());
        let work = Work::new(helm_version);
        root.choose(&given(), "", &work)
            .and_then(|()| root.import(&work))
            .map_err(|reason| Error::Dependencies(Box::new(reason)))?;
        let whole = given();
        coalesce::chart(&root, &whole, Mode::Coalesce, &work)?;
        Ok((root, whole))
    }

    fn whole(chart: &Arc<Chart>, name: String) -> Self {
        let below = |chart: &Arc<Chart>| Self::whole(chart, chart.metadata.name.clone());
        Self {
            name,
            parts: chart.subcharts.iter().map(below).collect(),
            imports: Imports::default(),
            dependencies: chart.metadata.dependencies.clone(),
            is_arranged: false,
            chart: Arc::clone(chart),
        }
    }

    /// The name that a declared subchart goes by in this chart.
    pub(super) fn name_of<'d>(&self, dependency: &'d Dependency) -> &'d str {
        if self.is_arranged {
            dependency.alias_or_name()
        } else {
            &dependency.name
        }
    }

    /// Gives declared subcharts their aliases and removes those that are disabled.
    ///
    /// `path` leads to this chart's values from the root's, for conditions.
    fn choose(&mut self, values: &Map, path: &str, work: &Work) -> Result<(), Error> {
        if self.dependencies.is_empty() {
            return Ok(());
        }
        self.arrange();
        let known = coalesce::copy(values, work)?;
        coalesce::some(self, &known, &self.asked(path), Mode::Coalesce, work)?;
        let enabled = |dependency: &Dependency| is_enabled(dependency, &known, path);
        let (enabled, disabled): (Vec<_>, Vec<_>) = std::mem::take(&mut self.dependencies)
            .into_iter()
            .partition(enabled);
        self.parts
            .retain(|part| !disabled.iter().any(|off| off.alias_or_name() == part.name));
        self.dependencies = enabled;
        for part in &mut self.parts {
            let path = format!("{path}{}.", part.name);
            part.choose(&known, &path, work)?;
        }
        Ok(())
    }

    /// The values that say which subcharts take part, here and further in. Whoever
    /// brings charts of its own needs all of its values for that.
    fn asked(&self, path: &str) -> Wanted {
        let mut wanted = Wanted::default();
        wanted.add("tags");
        for condition in self.dependencies.iter().flat_map(conditions) {
            wanted.add(&format!("{path}{condition}"));
        }
        let asks = |part: &&Self| !part.parts.is_empty() || !part.dependencies.is_empty();
        for part in self.parts.iter().filter(asks) {
            wanted.add(&format!("{path}{}", part.name));
            wanted.add(&part.name);
            part.add_names_below(&mut wanted);
        }
        wanted
    }

    /// The reference looks for the values of charts further in at the top, too, and
    /// fails where it finds no table there.
    fn add_names_below(&self, wanted: &mut Wanted) {
        for dependency in &self.dependencies {
            wanted.add(dependency.alias_or_name());
        }
        for part in &self.parts {
            wanted.add(&part.name);
            part.add_names_below(wanted);
        }
    }

    /// First the subcharts that no declaration matches, then one for each that is matched.
    fn arrange(&mut self) {
        let declared = |chart: &Chart| {
            self.dependencies
                .iter()
                .any(|dependency| matches(dependency, chart))
        };
        let mut parts: Vec<Self> = Vec::new();
        for chart in &self.chart.subcharts {
            if !declared(chart) {
                parts.push(Self::whole(chart, chart.metadata.name.clone()));
            }
        }
        for dependency in &self.dependencies {
            let found = self
                .chart
                .subcharts
                .iter()
                .find(|chart| matches(dependency, chart));
            let named = |chart| Self::whole(chart, dependency.alias_or_name().to_owned());
            parts.extend(found.map(named));
        }
        self.parts = parts;
        self.is_arranged = true;
    }

    /// Makes the values that are imported from subcharts the chart's own, deepest first.
    fn import(&mut self, work: &Work) -> Result<(), Error> {
        for part in &mut self.parts {
            part.import(work)?;
        }
        if self.dependencies.is_empty() {
            return Ok(());
        }
        let tables = Map::new();
        coalesce::some(self, &tables, &self.looked_into(), Mode::Merge, work)?;
        let imported = self.imported(&tables, work)?;
        self.imports = Imports::Tables(tables);
        if !imported.is_empty() {
            // What is imported is still part of the tables, so they are left as they are.
            let whole = Map::new();
            coalesce::own(self, &whole, &Wanted::All, Mode::Merge, work)?;
            coalesce::tables(&whole, &imported, Mode::Merge, work)?;
            self.imports = Imports::Whole(whole);
        }
        Ok(())
    }

    /// The values that subcharts add to, and that imports are taken from.
    fn looked_into(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for part in &self.parts {
            wanted.add_key(&part.name);
        }
        for dependency in &self.dependencies {
            let name = self.name_of(dependency);
            wanted.add_key(name.split('.').next().unwrap_or(name));
        }
        wanted
    }

    fn imported(&self, tables: &Map, work: &Work) -> Result<Map, Error> {
        let imported = Map::new();
        for dependency in &self.dependencies {
            for import in &dependency.import_values {
                let path = format!("{}.{}", self.name_of(dependency), import.child);
                if let Ok(table) = table(tables, &path) {
                    let table = below(&import.parent, table);
                    coalesce::tables(&imported, &table, Mode::Merge, work)?;
                }
            }
        }
        Ok(imported)
    }

    /// Its own values.
    pub(super) fn defaults(&self) -> Defaults<'_> {
        let file = self.chart.values.table();
        match &self.imports {
            Imports::None => Defaults::File(file),
            Imports::Tables(tables) => Defaults::Partly(tables, file),
            Imports::Whole(values) => Defaults::Made(values),
        }
    }

    pub(super) fn has_part(&self, name: &str) -> bool {
        self.parts.iter().any(|part| part.name == name)
    }
}

fn matches(dependency: &Dependency, chart: &Chart) -> bool {
    dependency.name == chart.metadata.name
        && Constraint::parse(&dependency.version).is_ok_and(|range| {
            Version::parse(&chart.metadata.version).is_ok_and(|version| range.admits(&version))
        })
}

fn is_enabled(dependency: &Dependency, values: &Map, path: &str) -> bool {
    let decided =
        conditions(dependency).find_map(|condition| bool_at(values, &format!("{path}{condition}")));
    decided.unwrap_or_else(|| are_tags_on(dependency, values))
}

/// The paths of values of which the first that is a boolean decides.
fn conditions(dependency: &Dependency) -> impl Iterator<Item = &str> {
    let conditions = dependency.condition.trim().split(',');
    conditions.filter(|condition| !condition.is_empty())
}

fn are_tags_on(dependency: &Dependency, values: &Map) -> bool {
    let Some(Value::Map(tags)) = values.get("tags") else {
        return true;
    };
    let set: Vec<bool> = dependency
        .tags
        .iter()
        .filter_map(|tag| match tags.get(tag) {
            Some(Value::Bool(on)) => Some(on),
            _ => None,
        })
        .collect();
    set.is_empty() || set.contains(&true)
}

fn bool_at(values: &Map, path: &str) -> Option<bool> {
    let value = match path.rsplit_once('.') {
        None => values.get(path)?,
        Some((parent, name)) => table(values, parent).ok()?.get(name)?,
    };
    match value {
        Value::Bool(value) => Some(value),
        _ => None,
    }
}

/// `table` at the end of `path`.
fn below(path: &str, table: Map) -> Map {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |inner, name| {
        let map = Map::new();
        map.insert(name, inner.into());
        map
    })
}
