//! Variables: `$(NAME)` in text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::paths;
use crate::kustomize::accumulator::Accumulator;
use crate::kustomize::kustomization::Var;
use crate::kustomize::node::{Node, Scalar, Tag};

/// What variables stand for; nothing for those that name a map or a list, which stay as they are.
type Values = BTreeMap<String, Option<Scalar>>;

/// Replaces variables in the fields that may hold some.
pub(crate) fn resolve(accumulator: &mut Accumulator) -> Result<(), String> {
    if accumulator.vars.is_empty() {
        return Ok(());
    }
    let mut values = BTreeMap::new();
    for var in &accumulator.vars {
        values.insert(var.name.clone(), value(accumulator, var)?);
    }
    let specs = accumulator.config().var_reference.clone();
    for resource in &mut accumulator.resources {
        for spec in &specs {
            spec.apply(&mut resource.node, None, &mut |node| replace(node, &values))?;
        }
        resource.sync_links();
    }
    Ok(())
}

fn path(var: &Var) -> &str {
    match var.fieldref.field_path.as_str() {
        "" => "metadata.name",
        path => path,
    }
}

/// A variable as messages name it.
fn shown(var: &Var) -> String {
    format!("{{{} {} {{{}}}}}", var.name, var.objref.gvk, path(var))
}

fn value(accumulator: &Accumulator, var: &Var) -> Result<Option<Scalar>, String> {
    let mut resources = accumulator.resources.iter();
    let Some(target) = resources.find(|resource| resource.vars.contains(&var.name)) else {
        return Err(format!(
            "var '{}' cannot be mapped to a field in the set of known resources",
            shown(var)
        ));
    };
    let path = path(var);
    // `a[0]` is another way to write `a.0`.
    let path = path.replace('[', ".[").replace("..[", ".[");
    let parts: Vec<String> = paths::split(&path)
        .into_iter()
        .map(|part| {
            let inner = part
                .strip_prefix('[')
                .and_then(|part| part.strip_suffix(']'));
            inner
                .filter(|inner| !inner.contains('='))
                .map_or_else(|| part.clone(), str::to_owned)
        })
        .collect();
    let found = paths::lookup(&target.node, &parts).ok().flatten();
    match found {
        // Integers are read in decimal here.
        Some(Node::Scalar(scalar))
            if !(scalar.tag == Tag::Integer && scalar.text.parse::<i64>().is_err()) =>
        {
            Ok(Some(scalar.to_typed_text()))
        }
        Some(Node::List(_) | Node::Map(_)) => Ok(None),
        _ => Err(format!(
            "field specified in var '{}' not found in corresponding resource",
            shown(var)
        )),
    }
}

fn replace(node: &mut Node, values: &Values) -> Result<(), String> {
    if node.is_null() {
        return Ok(());
    }
    match node {
        Node::Scalar(scalar) => expand(scalar, values),
        Node::List(list) => {
            for item in list {
                match item {
                    Node::Scalar(scalar) if scalar.is_text() => expand(scalar, values),
                    _ => return Err("invalid value type expect a string".into()),
                }
            }
        }
        Node::Map(map) => {
            for (_, item) in map.iter_mut() {
                if let Node::Scalar(scalar) = item {
                    expand(scalar, values);
                }
            }
        }
    }
    Ok(())
}

/// Expands one text; a text that is one variable takes the value's type.
fn expand(scalar: &mut Scalar, values: &Values) {
    if !scalar.is_text() || !scalar.text.contains('$') {
        return;
    }
    let whole = scalar
        .text
        .strip_prefix("$(")
        .and_then(|text| text.strip_suffix(')'));
    if let Some(value) = whole.and_then(|name| values.get(name)) {
        if let Some(value) = value {
            let (line, link) = (scalar.line, scalar.link);
            *scalar = Scalar {
                line,
                link,
                ..value.clone()
            };
        }
        return;
    }
    scalar.text = expanded(&scalar.text, values);
}

fn expanded(text: &str, values: &Values) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|it| it.split_once(')'))
        {
            match values.get(name) {
                Some(Some(value)) => out.push_str(&value.text),
                _ => out.extend(["$(", name, ")"]),
            }
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

impl Scalar {
    /// The value as it is output, by itself.
    fn to_typed_text(&self) -> Self {
        match Node::Scalar(self.clone()).to_value() {
            Ok(Value::Number(number)) => Self::plain(crate::kustomize::node::number_text(&number)),
            Ok(Value::Bool(truth)) => Self::plain(truth.to_string()),
            _ => Self::text(self.text.as_str()),
        }
    }
}
