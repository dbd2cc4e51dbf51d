//! The conditions that version 1 keeps in an annotation.

use std::fmt;

use gitops_core::Object;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{Condition, Error};

const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

/// A condition as it is written: names in any case, other names ignored.
#[derive(Default)]
pub(super) struct Written {
    kind: String,
    status: String,
    reason: String,
    message: String,
}

/// The conditions in the object's annotation; none where there is no annotation.
pub(super) fn conditions(object: &Object) -> Result<Vec<Written>, Error> {
    let Some(annotation) = object.annotation(CONDITIONS) else {
        return Ok(Vec::new());
    };
    let written: Option<Vec<Option<Written>>> = serde_json::from_str(annotation)
        .map_err(|error| Error::ConditionsAnnotation(error.to_string()))?;
    Ok(written.unwrap_or_default().into_iter().flatten().collect())
}

impl Written {
    pub(super) fn condition(&self) -> Condition<'_> {
        Condition {
            kind: &self.kind,
            status: &self.status,
            reason: &self.reason,
            message: &self.message,
        }
    }

    fn field(&mut self, name: &str) -> Option<&mut String> {
        let fields = [
            ("type", &mut self.kind),
            ("status", &mut self.status),
            ("reason", &mut self.reason),
            ("message", &mut self.message),
        ];
        fields
            .into_iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, field)| field)
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a condition")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Written, A::Error> {
        let mut written = Written::default();
        while let Some(name) = map.next_key::<String>()? {
            match written.field(&name) {
                // Null leaves a field as it is.
                Some(field) => {
                    if let Some(text) = map.next_value()? {
                        *field = text;
                    }
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(written)
    }
}
