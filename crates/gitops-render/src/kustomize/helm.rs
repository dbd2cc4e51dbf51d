//! `helmCharts`, through the Helm renderer.

use serde::Deserialize;
use serde_json::Value;

use super::Error;
use super::layer::Layer;
use super::resource::Resource;

/// An entry of `helmCharts`, with the settings of `helmGlobals` below it.
#[expect(clippy::struct_field_names, reason = "the names of the file's fields")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Chart {
    chart_home: String,
    name: String,
    version: String,
    repo: String,
    release_name: String,
    namespace: String,
    name_template: String,
    values_file: String,
    additional_values_files: Vec<String>,
    values_inline: serde_json::Map<String, Value>,
    values_merge: String,
    #[serde(rename = "includeCRDs")]
    include_crds: bool,
    skip_hooks: bool,
    skip_tests: bool,
    kube_version: String,
    api_versions: Vec<String>,
}

/// Renders one chart.
pub(crate) fn inflate(
    chart: &Value,
    globals: Option<&Value>,
    layer: &Layer<'_, '_>,
) -> Result<Vec<Resource>, Error> {
    let invalid = |error: Error| error.field("helmCharts");
    if !layer.build.options.enable_helm {
        return Err(invalid(Error::new("must specify --enable-helm")));
    }
    let mut chart: Chart = serde_json::from_value(chart.clone())
        .map_err(|error| invalid(Error::new(format!("invalid chart: {error}"))))?;
    if chart.chart_home.is_empty() {
        let home = globals
            .and_then(|globals| globals.get("chartHome"))
            .and_then(Value::as_str);
        home.unwrap_or("charts").clone_into(&mut chart.chart_home);
    }
    if chart.name.is_empty() {
        return Err(invalid(Error::new("chart name cannot be empty")));
    }
    let failed = |error: Error| invalid(error.context(format!("chart {:?}", chart.name)));
    let text = render(&chart, layer).map_err(failed)?;
    super::step::resources(&text, &layer.build.options.limits).map_err(failed)
}

#[cfg(not(feature = "helm"))]
fn render(_chart: &Chart, _layer: &Layer<'_, '_>) -> Result<String, Error> {
    Err(Error::new(
        "this program is built without Helm (feature `helm`)",
    ))
}

#[cfg(feature = "helm")]
fn render(chart: &Chart, layer: &Layer<'_, '_>) -> Result<String, Error> {
    use std::sync::Arc;

    use crate::helm::Release;

    let options = layer.build.options;
    if !chart.name_template.is_empty() {
        return Err(Error::new("nameTemplate is not supported; set releaseName"));
    }
    let loaded = Arc::new(load(chart, layer)?);
    let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
    let name = or(&chart.release_name, "release-name");
    let namespace = or(&chart.namespace, "default");
    let mut api_versions = options.api_versions.clone();
    api_versions.extend(chart.api_versions.iter().cloned());
    let release = Release::new(name, namespace)
        .kube_version(or(&chart.kube_version, &options.kube_version))
        .api_versions(api_versions)
        .include_crds(chart.include_crds)
        .skip_tests(chart.skip_tests);
    let values = values(chart, &loaded, layer)?;
    let output = release
        .render(&loaded, &values)
        .map_err(|error| Error::new(error.to_string()))?;
    let hooks = output.hooks.iter().filter(|_| !chart.skip_hooks);
    let documents = output.crds.iter().chain(&output.manifests).chain(hooks);
    let texts: Vec<&str> = documents.map(|document| &*document.text).collect();
    Ok(texts.join("\n---\n"))
}

/// The chart in the layer's chart folder, or else in its repository.
#[cfg(feature = "helm")]
fn load(chart: &Chart, layer: &Layer<'_, '_>) -> Result<crate::helm::Chart, Error> {
    use gitops_core::{Location, TreePath};

    let Chart {
        chart_home,
        name,
        version,
        repo,
        ..
    } = chart;
    let path = if version.is_empty() || repo.is_empty() {
        format!("{chart_home}/{name}")
    } else {
        format!("{chart_home}/{name}-{version}/{name}")
    };
    let path = layer.loader.root().join(&path)?;
    let read = |error: crate::helm::Error| Error::new(error.to_string());
    let tree = layer.loader.tree();
    if tree.resolve(&path).is_ok() {
        return crate::helm::Chart::load(tree, &path).map_err(read);
    }
    if repo.is_empty() {
        return Err(Error::new(format!(
            "no chart at '/{}' and no repo to get it from",
            path.as_str()
        )));
    }
    let location = Location::chart(repo, name, version);
    let tree = layer
        .build
        .remotes
        .tree(&location)
        .map_err(|error| Error::new(error.to_string()))?;
    crate::helm::Chart::load(&*tree, &TreePath::root()).map_err(read)
}

/// The values file and the inline values, one over the other.
#[cfg(feature = "helm")]
fn values(
    chart: &Chart,
    loaded: &crate::helm::Chart,
    layer: &Layer<'_, '_>,
) -> Result<crate::helm::Values, Error> {
    let limits = &layer.build.options.limits;
    let parsed = |text: &str| -> Result<serde_json::Map<String, Value>, Error> {
        match super::decode::value(text, limits)? {
            Value::Object(map) => Ok(map),
            Value::Null => Ok(serde_json::Map::new()),
            _ => Err(Error::new("a values file must be a map")),
        }
    };
    let file = match chart.values_file.as_str() {
        "" => loaded.values.to_map(),
        path => parsed(&layer.loader.load(path, limits)?)?,
    };
    let inline = chart.values_inline.clone();
    let combined = match chart.values_merge.as_str() {
        "" | "override" => over(file, inline),
        "merge" => over(inline, file),
        "replace" if !inline.is_empty() => inline,
        "replace" => file,
        other => {
            let message =
                format!("valuesMerge must be one of merge, override, replace; got {other:?}");
            return Err(Error::new(message));
        }
    };
    let mut values = crate::helm::Values::new();
    values.object(combined);
    for path in &chart.additional_values_files {
        values.object(parsed(&layer.loader.load(path, limits)?)?);
    }
    Ok(values)
}

/// Maps merged; what is in `above` wins.
#[cfg(feature = "helm")]
fn over(
    mut below: serde_json::Map<String, Value>,
    above: serde_json::Map<String, Value>,
) -> serde_json::Map<String, Value> {
    for (key, value) in above {
        let merged = match (below.remove(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => Value::Object(over(below, above)),
            (_, value) => value,
        };
        below.insert(key, merged);
    }
    below
}
