//! Which lists a strategic merge merges by key.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde_json::Value;

use crate::kustomize::id::Gvk;

/// The schemas of some kinds, as far as strategic merge needs them.
#[derive(Debug, Default)]
pub struct Schema {
    roots: BTreeMap<(String, String), String>,
    definitions: BTreeMap<String, Value>,
    /// Whether definitions are in the built-in table's form rather than `OpenAPI`.
    is_table: bool,
    /// Where to look for what is not here.
    fallback: Option<Arc<Schema>>,
}

/// The schema of one node.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    schema: &'a Schema,
    definition: &'a Value,
}

impl Schema {
    /// The built-in kinds of Kubernetes 1.21.
    pub fn built_in() -> Arc<Self> {
        static BUILT_IN: LazyLock<Arc<Schema>> = LazyLock::new(|| Arc::new(Schema::from_table()));
        BUILT_IN.clone()
    }

    fn from_table() -> Self {
        let table: Value =
            serde_json::from_str(include_str!("../tables/openapi-smp.json")).unwrap_or_default();
        let roots = table["roots"].as_object().into_iter().flatten();
        let roots = roots.filter_map(|(kind, name)| {
            let (api_version, kind) = kind.split_once(' ')?;
            Some((
                (api_version.to_owned(), kind.to_owned()),
                name.as_str()?.to_owned(),
            ))
        });
        Self {
            roots: roots.collect(),
            definitions: definitions(&table),
            is_table: true,
            fallback: None,
        }
    }

    /// A schema document in the form of the API server's `/openapi/v2`.
    ///
    /// # Errors
    ///
    /// When it has no definitions.
    pub fn from_openapi(document: &Value) -> Result<Self, String> {
        let definitions = definitions(document);
        if definitions.is_empty() {
            return Err("schema file has no definitions".into());
        }
        let mut roots = BTreeMap::new();
        for (name, definition) in &definitions {
            let kinds = definition["x-kubernetes-group-version-kind"].as_array();
            for kind in kinds.into_iter().flatten() {
                let text = |key: &str| kind[key].as_str().unwrap_or_default().to_owned();
                let gvk = Gvk {
                    group: text("group"),
                    version: text("version"),
                    kind: text("kind"),
                };
                roots.insert((gvk.api_version(), gvk.kind), name.clone());
            }
        }
        Ok(Self {
            roots,
            definitions,
            is_table: false,
            fallback: None,
        })
    }

    /// Looks in the built-in schema for what is not in this one.
    #[must_use]
    pub fn or_built_in(mut self) -> Self {
        self.fallback = Some(Self::built_in());
        self
    }

    /// The schema of a kind.
    pub fn of(&self, api_version: &str, kind: &str) -> Option<Place<'_>> {
        match self.roots.get(&(api_version.to_owned(), kind.to_owned())) {
            Some(name) => self.definition(name),
            None => self.fallback.as_ref()?.of(api_version, kind),
        }
    }

    fn definition(&self, name: &str) -> Option<Place<'_>> {
        let name = name.rsplit('/').next().unwrap_or(name);
        match self.definitions.get(name) {
            Some(definition) => Some(self.place(definition)),
            // The built-in table leaves out what all its names start with.
            None => self
                .fallback
                .as_ref()?
                .definition(name.trim_start_matches("io.k8s.")),
        }
    }

    fn place<'a>(&'a self, definition: &'a Value) -> Place<'a> {
        let mut place = Place {
            schema: self,
            definition,
        };
        // References lead to references only in hostile schemas.
        for _ in 0..32 {
            let Some(name) = place.definition["$ref"].as_str() else {
                break;
            };
            let local = self
                .definitions
                .get(name.rsplit('/').next().unwrap_or(name));
            let Some(definition) = local else {
                return self.definition(name).unwrap_or(place);
            };
            place.definition = definition;
        }
        place
    }
}

fn definitions(document: &Value) -> BTreeMap<String, Value> {
    let map = document["definitions"].as_object().into_iter().flatten();
    map.map(|(name, definition)| (name.clone(), definition.clone()))
        .collect()
}

/// The table leaves out what reaches no merge list; such a field is known all the same.
static OPAQUE: Value = Value::Null;

impl Place<'_> {
    /// The schema of a field.
    pub fn field(self, key: &str) -> Option<Self> {
        if !self.schema.is_table {
            let properties = self.definition["properties"].get(key);
            let field = properties.or_else(|| {
                let additional = self.definition.get("additionalProperties");
                additional.filter(|it| it.is_object())
            })?;
            return Some(self.schema.place_with_extensions(field));
        }
        let Some(field) = self.definition.get(key) else {
            return Some(Place {
                definition: &OPAQUE,
                ..self
            });
        };
        match field["ref"].as_str() {
            Some(name) => self.schema.definition(name),
            None => Some(Place {
                definition: field,
                ..self
            }),
        }
    }

    /// The keys of a merge list; empty for a list of scalars merged by value.
    pub fn merge_keys(self) -> Option<Vec<String>> {
        let texts = |value: &Value| {
            let list = value.as_array().into_iter().flatten();
            list.filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        if self.schema.is_table {
            return self.definition.get("keys").map(texts);
        }
        let strategy = self.definition["x-kubernetes-patch-strategy"].as_str()?;
        if !strategy.split(',').any(|part| part == "merge") {
            return None;
        }
        if let Some(keys) = self.definition.get("x-kubernetes-list-map-keys") {
            return Some(texts(keys));
        }
        let key = self.definition["x-kubernetes-patch-merge-key"].as_str();
        Some(key.map(str::to_owned).into_iter().collect())
    }

    /// The schema of a list's elements.
    pub fn elements(self) -> Option<Self> {
        if self.schema.is_table {
            return self.schema.definition(self.definition["list"].as_str()?);
        }
        let items = self.definition.get("items")?;
        Some(self.schema.place(items))
    }
}

impl Schema {
    /// A list keeps its own extensions; only what is a mere reference is followed.
    fn place_with_extensions<'a>(&'a self, field: &'a Value) -> Place<'a> {
        if field.get("$ref").is_some() {
            return self.place(field);
        }
        Place {
            schema: self,
            definition: field,
        }
    }
}
