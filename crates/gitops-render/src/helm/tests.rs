//! Tests of the engine and its functions against vectors made by the reference.

mod hostile;
mod reproducible;
mod vectors;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::functions::with_floats;
use super::values_type::VALUES;
use super::{ClusterCapabilities, Engine, Files, SeededRandom, Sources};
use crate::gotemplate::{Limits, Map, MapType, Value};

/// Renders one template as `p/templates/x` of chart `p`.
fn render(template: &str, values: &Json) -> Result<String, String> {
    render_within(template, values, &Limits::default())
}

fn render_within(template: &str, values: &Json, limits: &Limits) -> Result<String, String> {
    let path = "p/templates/x";
    let engine = Engine::parse([(path, template)]).map_err(|error| error.to_string())?;
    let data = chart_data(values);
    let sources = Sources::default().random(SeededRandom::new(1));
    let rendered = engine.render(limits, &sources, |_| data.clone());
    rendered
        .map(|mut files: BTreeMap<String, String>| files.remove(path).unwrap())
        .map_err(|error| error.to_string())
}

fn chart_data(values: &Json) -> Value {
    let data = Map::of(VALUES);
    let values = with_floats(values).as_map().unwrap().converted(VALUES);
    data.insert("Values", values.into());
    let chart = json!({
        "Name": "p", "Version": "0.0.1", "APIVersion": "v2", "AppVersion": "", "Type": "", "Home": "",
        "Description": "", "Icon": "", "Condition": "", "Tags": "", "KubeVersion": "",
        "Deprecated": false, "IsRoot": true,
        "Sources": [], "Keywords": [], "Maintainers": [], "Dependencies": [],
    });
    let chart = Value::from(chart);
    let annotations = Map::nil(MapType::Strings).into();
    chart.as_map().unwrap().insert("Annotations", annotations);
    data.insert("Chart", chart);
    let release = json!({"Name": "r", "Namespace": "ns", "Service": "Helm", "IsInstall": true, "IsUpgrade": false});
    let release = Value::from(release);
    release.as_map().unwrap().insert("Revision", Value::Int(1));
    data.insert("Release", release);
    data.insert("Subcharts", Map::new().into());
    data.insert("Files", Value::object(Files::default()));
    let capabilities = ClusterCapabilities::new("1.34.0", &[]).unwrap();
    data.insert("Capabilities", Value::object(capabilities));
    data.into()
}
