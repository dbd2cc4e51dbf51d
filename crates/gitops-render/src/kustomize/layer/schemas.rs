//! Transformer configuration, custom resources' schemas, and schemas for strategic merge.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::Layer;
use crate::kustomize::Error;
use crate::kustomize::accumulator::Accumulator;
use crate::kustomize::config::{Config, NameReference};
use crate::kustomize::decode;
use crate::kustomize::field::FieldSpec;
use crate::kustomize::id::Gvk;
use crate::kustomize::kustomization::CONFIG;
use crate::kustomize::patch::schema::Schema;

impl Layer<'_, '_> {
    /// Adds what `configurations` and `crds` say to what holds anyway.
    pub(super) fn configure(&self, accumulator: &mut Accumulator) -> Result<(), Error> {
        let limits = &self.build.options.limits;
        let mut configured = Config::default();
        for (at, path) in self.kustomization.configurations.iter().enumerate() {
            let text = self.loader.load(path, limits);
            let text = text.map_err(|error| error.field(&format!("configurations[{at}]")))?;
            let mut config: Config = decode::value(&text, limits)
                .and_then(|value| decode::typed(value, &CONFIG, ""))
                .map_err(|error| self.in_file(error, path, &text))?;
            config.sort();
            configured.merge(&config)?;
        }
        let config = if self.kustomization.configurations.is_empty() {
            Cow::Borrowed(Config::built_in())
        } else {
            let mut config = Config::built_in().clone();
            config.merge(&configured)?;
            Cow::Owned(config)
        };
        accumulator
            .configure(config)
            .map_err(|error| error.context("merging config"))?;
        for (at, path) in self.kustomization.crds.iter().enumerate() {
            let text = self.loader.load(path, limits);
            let text = text.map_err(|error| error.field(&format!("crds[{at}]")))?;
            let schemas =
                decode::value(&text, limits).map_err(|error| self.in_file(error, path, &text))?;
            let config = crd_config(&schemas);
            accumulator
                .configure(Cow::Owned(config))
                .map_err(|error| error.context("merging CRDs"))?;
        }
        Ok(())
    }

    pub(crate) fn in_file(&self, error: Error, path: &str, text: &str) -> Error {
        let error = error.find_line(text);
        match self.loader.root().join(path) {
            Ok(path) => error.file(&path),
            Err(_) => error,
        }
    }

    /// Takes the layer's schema for strategic merge, unless a layer above has set one.
    pub(crate) fn set_schema(&self, is_top: bool) -> Result<(), Error> {
        let openapi = &self.kustomization.openapi;
        let (path, version) = (openapi.get("path"), openapi.get("version"));
        if path.is_some() && version.is_some() {
            let message = "builtin version and custom schema provided, cannot use both";
            return Err(self.placed(Error::new(message).field("openapi")));
        }
        if let Some(version) = version.filter(|version| *version != "v1.21.2") {
            let message =
                format!("the specified OpenAPI version is not built in: {version} (v1.21.2 is)");
            return Err(self.placed(Error::new(message).field("openapi.version")));
        }
        let is_set = self.build.schema.borrow().is_some();
        if is_set && !is_top {
            return Ok(());
        }
        let schema = match path {
            Some(path) => {
                let limits = &self.build.options.limits;
                let text = self.loader.load(path, limits);
                let text = text.map_err(|error| self.placed(error.field("openapi.path")))?;
                let document = decode::value(&text, limits)
                    .map_err(|error| self.in_file(error, path, &text))?;
                let schema = Schema::from_openapi(&document)?;
                // What was in use before goes on beside it.
                Arc::new(if self.build.schema_in_use.get() {
                    schema.or_built_in()
                } else {
                    schema
                })
            }
            None if version.is_some() => Schema::built_in(),
            None => return Ok(()),
        };
        *self.build.schema.borrow_mut() = Some(schema);
        Ok(())
    }
}

/// The fields that schemas of custom resources mark.
fn crd_config(schemas: &Value) -> Config {
    let mut config = Config::default();
    let Some(types) = schemas.as_object() else {
        return config;
    };
    for (name, definition) in types {
        let properties = properties(definition);
        let has =
            |field: &str| properties.is_some_and(|properties| properties.get(field).is_some());
        if has("kind") && has("apiVersion") && has("metadata") {
            let kind = name.rsplit('.').next().unwrap_or(name);
            let marks = Marks { schemas, kind };
            marks.collect(name, &mut Vec::new(), &mut config);
        }
    }
    config
}

fn properties(definition: &Value) -> Option<&Value> {
    definition
        .get("Schema")
        .or_else(|| definition.get("schema"))?
        .get("properties")
}

struct Marks<'a> {
    schemas: &'a Value,
    kind: &'a str,
}

impl Marks<'_> {
    fn collect(&self, name: &str, path: &mut Vec<String>, config: &mut Config) {
        // A schema that refers to itself would go on for ever.
        if path.len() > 16 {
            return;
        }
        let properties = self
            .schemas
            .get(name)
            .and_then(properties)
            .and_then(Value::as_object);
        for (field, property) in properties.into_iter().flatten() {
            path.push(field.clone());
            self.mark(property, path, config);
            if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
                self.collect(reference, path, config);
            }
            path.pop();
        }
    }

    fn mark(&self, property: &Value, path: &[String], config: &mut Config) {
        let spec = |more: Option<&str>| {
            let parts: Vec<&str> = path.iter().map(String::as_str).chain(more).collect();
            FieldSpec {
                gvk: Gvk {
                    kind: self.kind.to_owned(),
                    ..Gvk::default()
                },
                path: parts.join("/"),
                create: false,
            }
        };
        let text = |key: &str| property.get(key).and_then(Value::as_str);
        if property.get("x-kubernetes-annotation").is_some() {
            config.common_annotations.push(spec(None));
        }
        if property.get("x-kubernetes-label-selector").is_some() {
            config.common_labels.push(spec(None));
        }
        if property.get("x-kubernetes-identity").is_some() {
            config.name_prefix.push(spec(None));
        }
        let version = text("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(kind)) = (version, text("x-kubernetes-object-ref-kind")) {
            let name = text("x-kubernetes-object-ref-name-key").unwrap_or("name");
            config.name_reference.push(NameReference {
                target: Gvk {
                    group: String::new(),
                    version: version.into(),
                    kind: kind.into(),
                },
                field_specs: vec![spec(Some(name))],
            });
        }
    }
}
