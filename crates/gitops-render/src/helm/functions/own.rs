//! What Helm adds: templates within templates, demands, and the cluster.

use std::sync::Arc;

use super::{ANY, Entry, Outcome, STRING, failed, takes};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::quote::quote;
use crate::gotemplate::{Limit, Map, Reason, Text, Value};
use crate::helm::host::Host;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("include", takes(&[STRING, ANY]), include),
    ("tpl", takes(&[STRING, ANY]), tpl),
    ("required", takes(&[STRING, ANY]), |call| {
        match call.value(1) {
            Value::Nil => Err(demand(&call.text(0))),
            Value::String(text) if text.is_empty() => Err(demand(&call.text(0))),
            value => Ok(value.clone()),
        }
    }),
    ("fail", takes(&[STRING]), |call| Err(demand(&call.text(0)))),
    ("lookup", takes(&[STRING, STRING, STRING, STRING]), lookup),
    ("getHostByName", takes(&[STRING]), |_| Ok("".into())),
];

/// How deep a template may include itself.
const MAX_INCLUSIONS: usize = 1000;

/// Marks around the message of a chart's author, by which it is found again in the
/// error of the render.
pub(in crate::helm) const DEMAND: [&str; 2] = ["HELM_ERR_START", "HELM_ERR_END"];

fn demand(message: &str) -> Error {
    let [start, end] = DEMAND;
    Error::new(format!("{start}{message}{end}"))
}

fn include(call: &Call<'_>) -> Outcome {
    let host = Host::of(call)?;
    let name: Arc<str> = call
        .value(0)
        .as_text()
        .map_or_else(|| "".into(), Text::to_key);
    let written = host
        .enter(&name, MAX_INCLUSIONS)
        .then(|| call.execute(&name, call.value(1)));
    host.leave();
    let Some(written) = written else {
        return nested(&name);
    };
    match written {
        Ok(text) => Ok(text.into()),
        Err(error) if host.is_within(&name) && ran_out(&error) => nested(&name),
        Err(error) => Err(error.into()),
    }
}

/// Whether the innermost template had no room left; for one that includes itself,
/// the reference has words of its own.
fn ran_out(error: &crate::gotemplate::Error) -> bool {
    let crate::gotemplate::Error::Execute(failure) = error else {
        return false;
    };
    matches!(
        failure.reason,
        Reason::Limit(Limit::Depth(_) | Limit::Stack(_))
    )
}

fn nested(name: &str) -> Outcome {
    failed(format!(
        "rendering template has a nested reference name: {name}: unable to execute template"
    ))
}

fn tpl(call: &Call<'_>) -> Outcome {
    let text = call.text(0);
    if !text.contains("{{") {
        return Ok(without_no_value(call.value(0)));
    }
    match call.evaluate(&text, call.value(1)) {
        Ok(Ok(written)) => Ok(without_no_value(&written.into())),
        Ok(Err(source)) => Err(Error::Template {
            context: format!("error during tpl function execution for {}: ", quote(&text)),
            source: Box::new(source),
        }),
        Err(source) => Err(Error::Template {
            context: format!("cannot parse template {}: ", quote(&text)),
            source: Box::new(source),
        }),
    }
}

/// What the engine writes for nil, wherever it comes from, is taken out again.
fn without_no_value(value: &Value) -> Value {
    const NO_VALUE: &str = "<no value>";
    match value.as_text().map(Text::to_str) {
        Some(text) if text.contains(NO_VALUE) => text.replace(NO_VALUE, "").into(),
        _ => value.clone(),
    }
}

fn lookup(call: &Call<'_>) -> Outcome {
    let lookup = &Host::of(call)?.sources.lookup;
    let found = lookup.lookup(&call.text(0), &call.text(1), &call.text(2), &call.text(3));
    match found {
        Ok(Some(object)) => Ok((&object).into()),
        Ok(None) => Ok(Map::new().into()),
        Err(message) => failed(message),
    }
}
