//! `.Files`: what else is in the chart.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::functions::{path, yaml};
use crate::glob::{Glob, Separator};
use crate::gotemplate::function::Error;
use crate::gotemplate::{Kind, Map, Object, Text, Value};

/// Bytes of the YAML that a chart's files may become.
const MAX_YAML: usize = 64 << 20;

/// The files of a chart by their paths, as `.Files` gives them to templates.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<Arc<str>, Arc<[u8]>>);

impl<K: Into<Arc<str>>, B: Into<Arc<[u8]>>> FromIterator<(K, B)> for Files {
    fn from_iter<I: IntoIterator<Item = (K, B)>>(files: I) -> Self {
        let files = files.into_iter();
        Self(
            files
                .map(|(path, bytes)| (path.into(), bytes.into()))
                .collect(),
        )
    }
}

impl Files {
    fn bytes(&self, path: &str) -> &[u8] {
        self.0.get(path).map_or(&[], |bytes| bytes)
    }

    /// The files whose whole path matches; all of them for a pattern that is none.
    fn glob(&self, pattern: &str) -> Self {
        let Ok(glob) = Glob::new(pattern, Separator::Slash) else {
            return self.clone();
        };
        let matching = self.0.iter().filter(|(path, _)| glob.matches(path));
        matching
            .map(|(path, bytes)| (Arc::clone(path), Arc::clone(bytes)))
            .collect()
    }

    /// The files as YAML, by their base names.
    fn as_yaml(&self, content: impl Fn(&[u8]) -> Text) -> Result<Value, Error> {
        let named = self
            .0
            .iter()
            .map(|(path, bytes)| (path::base(path), Value::from(content(bytes))));
        let map: Map = named.collect();
        let text = yaml::to_yaml(&map.into(), MAX_YAML, gitops_core::yaml::to_yaml)?;
        Ok(text.into())
    }

    fn lines(&self, path: &str) -> Value {
        let text = String::from_utf8_lossy(self.bytes(path));
        if !self.0.contains_key(path) {
            return Value::strings(Vec::<Text>::new());
        }
        Value::strings(text.strip_suffix('\n').unwrap_or(&text).split('\n'))
    }
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn kind(&self) -> Kind {
        Kind::Map
    }

    fn underlying(&self) -> Option<Value> {
        let files = self
            .0
            .iter()
            .map(|(path, bytes)| (Arc::clone(path), Value::Bytes(Arc::clone(bytes))));
        Some(Value::Map(files.collect()))
    }

    fn is_true(&self) -> bool {
        !self.0.is_empty()
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Error>> {
        let text = || {
            let text = arguments.first().and_then(Value::as_text);
            text.map(|text| text.to_str()).unwrap_or_default()
        };
        Some(match name {
            "Get" => Ok(Text::from_bytes(self.bytes(&text())).into()),
            "GetBytes" => Ok(Value::Bytes(self.bytes(&text()).into())),
            "Glob" => Ok(Value::object(self.glob(&text()))),
            "Lines" => Ok(self.lines(&text())),
            "AsConfig" => self.as_yaml(Text::from_bytes),
            "AsSecrets" => self.as_yaml(|bytes| STANDARD.encode(bytes).into()),
            _ => return None,
        })
    }
}
