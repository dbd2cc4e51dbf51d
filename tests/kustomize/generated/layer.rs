//! One kustomization: its files and the fields that change what it holds.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::objects::{self, Id, NAMES, NAMESPACES};
use super::random::Random;
use super::{fields, patches, plugins, text};

/// A folder with a kustomization.
pub struct Layer {
    pub folder: String,
    pub files: BTreeMap<String, String>,
    pub fields: Map<String, Value>,
    /// What the layer holds, as far as patches need to know.
    pub objects: Vec<Value>,
}

impl Layer {
    pub fn new(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            files: BTreeMap::new(),
            fields: Map::new(),
            objects: Vec::new(),
        }
    }

    /// Adds a file and returns its name.
    pub fn file(&mut self, name: &str, content: impl Into<String>) -> String {
        let mut free = name.to_owned();
        let mut number = 1;
        while self.files.contains_key(&free) {
            free = format!("{number}-{name}");
            number += 1;
        }
        self.files.insert(free.clone(), content.into());
        free
    }

    /// Appends to a field that is a list.
    pub fn push(&mut self, field: &str, value: impl Into<Value>) {
        let list = self.fields.entry(field).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(value.into());
        }
    }

    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    pub fn ids(&self) -> Vec<Id> {
        self.objects.iter().map(Id::of).collect()
    }

    /// An object of the layer, or seldom one it does not hold.
    pub fn any(&self, random: &mut Random) -> Value {
        match random.some(&self.objects) {
            Some(object) if !random.chance(3) => object.clone(),
            _ => objects::object(random),
        }
    }

    /// Files of new objects, each id once.
    pub fn add_objects(&mut self, random: &mut Random) {
        let mut left = random.between(1, 6);
        while left > 0 {
            let mut batch = Vec::new();
            for _ in 0..random.between(1, left) {
                left -= 1;
                let object = objects::object(random);
                if !self.holds(&object) || random.chance(1) {
                    self.objects.push(object.clone());
                    batch.push(object);
                }
            }
            if batch.is_empty() {
                continue;
            }
            let content = if random.chance(6) {
                let list = json!({"apiVersion": "v1", "kind": "List", "items": batch});
                text::write(&list, random)
            } else {
                text::stream(&batch, random)
            };
            let name = self.file("objects.yaml", content);
            self.push("resources", name);
        }
    }

    fn holds(&self, object: &Value) -> bool {
        let id = Id::of(object);
        let namespace = |id: &Id| match id.namespace.as_str() {
            "" => "default".to_owned(),
            other => other.to_owned(),
        };
        self.ids().iter().any(|known| {
            (&known.kind, &known.name) == (&id.kind, &id.name)
                && (namespace(known) == namespace(&id) || known.group() != "example.com")
        })
    }

    /// Fields of the kustomization, some of each sort.
    pub fn add_fields(&mut self, random: &mut Random) {
        type Add = fn(&mut Layer, &mut Random);
        const FIELDS: [(usize, Add); 24] = [
            (30, |layer, random| {
                layer.set("namePrefix", random.pick(&["a-", "b-", "1"]))
            }),
            (20, |layer, random| {
                layer.set("nameSuffix", random.pick(&["-x", "-y"]))
            }),
            (30, |layer, random| {
                layer.set("namespace", random.pick(&NAMESPACES))
            }),
            (20, fields::common_labels),
            (25, fields::labels),
            (20, fields::common_annotations),
            (30, fields::config_maps),
            (20, fields::secrets),
            (12, fields::generator_options),
            (20, fields::images),
            (15, fields::replicas),
            (25, fields::replacements),
            (12, fields::vars),
            (12, fields::configurations),
            (5, fields::crds),
            (12, fields::sort_options),
            (12, fields::build_metadata),
            (5, fields::openapi),
            (40, patches::patches),
            (12, patches::strategic),
            (12, patches::json6902),
            (12, plugins::transformers),
            (10, plugins::generators),
            (3, plugins::validators),
        ];
        for (percent, add) in FIELDS {
            if random.chance(percent / 2 + 1) {
                add(self, random);
            }
        }
    }

    /// All files by their place.
    pub fn into_files(mut self, random: &mut Random) -> BTreeMap<String, String> {
        if random.chance(20) && !self.fields.contains_key("kind") {
            self.set("apiVersion", "kustomize.config.k8s.io/v1beta1");
            self.set("kind", "Kustomization");
        }
        let content = text::write(&Value::Object(self.fields), random);
        let name = random.pick(&[
            "kustomization.yaml",
            "kustomization.yaml",
            "kustomization.yml",
            "Kustomization",
        ]);
        self.files.insert(name.to_owned(), content);
        let folder = self.folder;
        self.files
            .into_iter()
            .map(|(name, content)| (format!("{folder}/{name}"), content))
            .collect()
    }
}

/// A selector for some of the objects.
pub fn selector(id: &Id, random: &mut Random) -> Value {
    let mut selector = Map::new();
    let mut set = |key: &str, value: &str| drop(selector.insert(key.to_owned(), value.into()));
    if random.chance(80) {
        set("kind", &id.kind);
    }
    if random.chance(40) {
        set("name", &id.name);
    }
    if random.chance(15) {
        set("group", id.group());
    }
    if random.chance(15) {
        set("version", id.version());
    }
    if random.chance(10) {
        set(
            "namespace",
            if id.namespace.is_empty() {
                "default"
            } else {
                &id.namespace
            },
        );
    }
    if random.chance(6) {
        set(
            "labelSelector",
            random.pick(&[
                "app=web",
                "app in (web, db)",
                "!tier",
                "env notin (1),app",
                "app!=web",
                "tier",
            ]),
        );
    }
    if random.chance(4) {
        set(
            "annotationSelector",
            random.pick(&["note=a", "note", "!note"]),
        );
    }
    selector.into()
}

pub fn any_name(random: &mut Random) -> String {
    random.pick(&NAMES).to_owned()
}
