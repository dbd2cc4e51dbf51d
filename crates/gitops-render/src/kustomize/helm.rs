//! Charts in kustomizations: the seam to the Helm renderer.

use serde_json::Value;

use super::Error;
use super::layer::Layer;
use super::resource::Resource;

/// Renders one entry of `helmCharts`.
pub(crate) fn inflate(
    chart: &Value,
    globals: Option<&Value>,
    layer: &Layer<'_, '_>,
) -> Result<Vec<Resource>, Error> {
    let options = layer.build.options;
    let Some(renderer) = options.charts.as_ref() else {
        return Err(Error::new("must specify --enable-helm").field("helmCharts"));
    };
    let text =
        renderer(chart, globals).map_err(|message| Error::new(message).field("helmCharts"))?;
    super::step::resources(&text, &options.limits)
}
