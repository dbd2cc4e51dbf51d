//! The conditions that version 1 keeps in an annotation.

use std::borrow::Cow;
use std::fmt;

use gitops_core::Object;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{Condition, Error};

const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

/// A condition as it is written: names in any case, other names ignored.
#[derive(Default)]
pub(super) struct Written<'a> {
    kind: Text<'a>,
    status: Text<'a>,
    reason: Text<'a>,
    message: Text<'a>,
}

/// A text that is copied only where it holds escapes.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The conditions in the object's annotation; none where there is no annotation.
pub(super) fn conditions(object: &Object) -> Result<Vec<Written<'_>>, Error> {
    let annotation = &object.value()["metadata"]["annotations"][CONDITIONS];
    let Some(annotation) = annotation.as_str() else {
        return Ok(Vec::new());
    };
    let written: Option<Vec<Option<Written<'_>>>> =
        serde_json::from_str(annotation).map_err(|error| fault(&error))?;
    Ok(written.unwrap_or_default().into_iter().flatten().collect())
}

fn fault(error: &serde_json::Error) -> Error {
    Error::ConditionsAnnotation(if error.is_eof() {
        "unexpected end of JSON input".into()
    } else {
        error.to_string()
    })
}

impl<'a> Written<'a> {
    pub(super) fn condition(&self) -> Condition<'_> {
        Condition {
            kind: &self.kind.0,
            status: &self.status.0,
            reason: &self.reason.0,
            message: &self.message.0,
        }
    }

    fn field(&mut self, name: &str) -> Option<&mut Text<'a>> {
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

impl<'de> Deserialize<'de> for Written<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Written<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a condition")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Written<'de>, A::Error> {
        let mut written = Written::default();
        while let Some(Text(name)) = map.next_key()? {
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
