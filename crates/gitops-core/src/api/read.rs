//! JSON to typed resources, with every unknown field reported by its place.

use std::cell::RefCell;
use std::fmt;

use serde::Deserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::API_VERSION;

/// Why a value is not the resource it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
#[non_exhaustive]
pub struct Error {
    /// The field, such as `spec.source.targetRevision`.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl Error {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }

    fn at(mut self, path: &Path<'_>) -> Self {
        if self.path.is_empty() {
            self.path = path.to_string();
        }
        self
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new("", message.to_string())
    }
}

/// A field that the resource does not have.
///
/// The API server drops such a field in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownField {
    /// Where it stands, such as `spec.syncPolicy.automated.selfheal`.
    pub path: String,
    /// The field that was probably meant: a name beside it, or a whole path elsewhere.
    pub suggestion: Option<String>,
}

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: unknown field", self.path)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, ", did you mean {suggestion}?"),
            None => Ok(()),
        }
    }
}

/// Checks that `value` is one of Argo CD's resources, of this kind.
pub(super) fn check_kind(value: &Value, kind: &str) -> Result<(), Error> {
    for (field, expected) in [("apiVersion", API_VERSION), ("kind", kind)] {
        match value.get(field).and_then(Value::as_str) {
            Some(found) if found == expected => {}
            Some(found) => {
                return Err(Error::new(field, format!("is {found:?}, not {expected:?}")));
            }
            None => return Err(Error::new(field, format!("must be {expected:?}"))),
        }
    }
    Ok(())
}

/// Reads `value` and reports what is in it that the type has no field for.
/// Null fields count as absent, as they do for the API server.
pub(super) fn read<T: DeserializeOwned>(value: &Value) -> Result<(T, Vec<UnknownField>), Error> {
    let unknown = RefCell::default();
    let read = T::deserialize(Reader {
        value,
        path: Path::Root,
        unknown: &unknown,
    })?;
    Ok((read, unknown.into_inner()))
}

/// One value on its way into a type.
#[derive(Clone, Copy)]
struct Reader<'a> {
    value: &'a Value,
    path: Path<'a>,
    unknown: &'a RefCell<Vec<UnknownField>>,
}

#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl Reader<'_> {
    fn map<'de, V: Visitor<'de>>(
        self,
        map: &Map<String, Value>,
        known: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Entries {
            reader: self,
            rest: map.iter(),
            known,
            current: None,
        })
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Object(map) => self.map(map, None, visitor),
            Value::Array(items) => visitor.visit_seq(Items {
                reader: self,
                items: items.iter().enumerate(),
            }),
            scalar => scalar
                .clone()
                .deserialize_any(visitor)
                .map_err(Error::custom),
        }
        .map_err(|error| error.at(&self.path))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.value {
            Value::Object(map) => self
                .map(map, Some(fields), visitor)
                .map_err(|error| error.at(&self.path)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.value
            .clone()
            .deserialize_enum(name, variants, visitor)
            .map_err(|error| Error::custom(error).at(&self.path))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a, I> {
    reader: Reader<'a>,
    items: I,
}

impl<'de, 'a, I: Iterator<Item = (usize, &'a Value)>> SeqAccess<'de> for Items<'a, I> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some((index, value)) = self.items.next() else {
            return Ok(None);
        };
        let parent = self.reader.path;
        let child = Path::Index(&parent, index);
        seed.deserialize(Reader {
            value,
            path: child,
            unknown: self.reader.unknown,
        })
        .map(Some)
    }
}

struct Entries<'a, I> {
    reader: Reader<'a>,
    rest: I,
    known: Option<&'static [&'static str]>,
    current: Option<(&'a str, &'a Value)>,
}

impl<'a, 'm: 'a, I: Iterator<Item = (&'m String, &'m Value)>> Entries<'a, I> {
    fn report(&self, field: &str) {
        let path = Path::Field(&self.reader.path, field).to_string();
        let suggestion = nearest(field, self.known.unwrap_or_default())
            .map(str::to_owned)
            .or_else(|| place_of(field, &path));
        self.reader
            .unknown
            .borrow_mut()
            .push(UnknownField { path, suggestion });
    }
}

impl<'de, 'a, 'm: 'a, I: Iterator<Item = (&'m String, &'m Value)>> MapAccess<'de>
    for Entries<'a, I>
{
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        while let Some((key, value)) = self.rest.next() {
            if self
                .known
                .is_some_and(|known| !known.contains(&key.as_str()))
            {
                self.report(key);
            } else if !value.is_null() {
                self.current = Some((key, value));
                return seed.deserialize(key.as_str().into_deserializer()).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (key, value) = self
            .current
            .take()
            .ok_or_else(|| Error::custom("a value was asked for before its key"))?;
        let parent = self.reader.path;
        let child = Path::Field(&parent, key);
        seed.deserialize(Reader {
            value,
            path: child,
            unknown: self.reader.unknown,
        })
        .map_err(|error| error.at(&child))
    }
}

/// The known name that differs from `name` in letter case or in two letters at most.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .iter()
        .map(|known| (distance(&lower, &known.to_lowercase()), *known))
        .filter(|(distance, known)| *distance <= known.len().min(name.len()) / 3)
        .min()
        .map(|(_, known)| known)
}

/// How many letters to insert, delete or replace to make `b` of `a`; at most 3 is
/// told apart, and names too long to be a slip of the pen are far.
fn distance(a: &str, b: &str) -> usize {
    const FAR: usize = 3;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) >= FAR {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    if row[b.len()] >= FAR {
        return usize::MAX;
    }
    row[b.len()]
}

/// Where fields belong that users put in the wrong place.
const PLACES: &[(&str, &[&str])] = &[
    (
        "spec",
        &[
            "destination",
            "ignoreDifferences",
            "project",
            "revisionHistoryLimit",
            "sources",
            "syncPolicy",
        ],
    ),
    (
        "spec.source",
        &[
            "chart",
            "directory",
            "helm",
            "kustomize",
            "path",
            "plugin",
            "repoURL",
            "targetRevision",
        ],
    ),
    (
        "spec.source.helm",
        &[
            "fileParameters",
            "parameters",
            "releaseName",
            "skipCrds",
            "valueFiles",
            "values",
            "valuesObject",
        ],
    ),
    (
        "spec.source.kustomize",
        &[
            "commonLabels",
            "images",
            "namePrefix",
            "nameSuffix",
            "patches",
            "replicas",
        ],
    ),
    (
        "spec.source.directory",
        &["exclude", "include", "jsonnet", "recurse"],
    ),
    ("spec.destination", &["namespace", "server"]),
    (
        "spec.syncPolicy",
        &[
            "automated",
            "managedNamespaceMetadata",
            "retry",
            "syncOptions",
        ],
    ),
    (
        "spec.syncPolicy.automated",
        &["allowEmpty", "prune", "selfHeal"],
    ),
];

fn place_of(field: &str, found_at: &str) -> Option<String> {
    let (parent, _) = PLACES.iter().find(|(_, fields)| fields.contains(&field))?;
    let place = format!("{parent}.{field}");
    (place != found_at).then_some(place)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Application;
    use super::*;

    fn application(spec: &Value) -> Value {
        json!({
            "apiVersion": API_VERSION, "kind": "Application",
            "metadata": {"name": "shop"}, "spec": spec,
        })
    }

    #[track_caller]
    fn reports(spec: &Value, expected: &[&str]) {
        let (_, unknown) = Application::read(&application(spec)).unwrap();
        let unknown: Vec<String> = unknown.iter().map(ToString::to_string).collect();
        assert_eq!(unknown, expected);
    }

    #[track_caller]
    fn refuses(value: &Value, message: &str) {
        assert_eq!(Application::read(value).unwrap_err().to_string(), message);
    }

    #[test]
    fn a_slip_of_the_pen_is_put_right() {
        reports(
            &json!({"destinations": {}, "source": {"targetRevison": "v1", "wholly": {}}}),
            &[
                "spec.destinations: unknown field, did you mean destination?",
                "spec.source.targetRevison: unknown field, did you mean targetRevision?",
                "spec.source.wholly: unknown field",
            ],
        );
    }

    #[test]
    fn a_field_in_the_wrong_place_is_sent_to_the_right_one() {
        reports(
            &json!({
                "helm": {"releaseName": "a"},
                "sources": [{"repoURL": "a"}, {"repoURL": "b", "syncOptions": []}],
            }),
            &[
                "spec.helm: unknown field, did you mean spec.source.helm?",
                "spec.sources[1].syncOptions: unknown field, did you mean spec.syncPolicy.syncOptions?",
            ],
        );
    }

    #[test]
    fn what_users_may_write_freely_is_not_reported() {
        reports(
            &json!({
                "syncPolicy": null,
                "source": {"helm": {"valuesObject": {"anything": {"at": ["all", null]}}}},
            }),
            &[],
        );
    }

    #[test]
    fn a_wrong_type_is_named_with_its_place() {
        refuses(
            &application(&json!({"source": {"targetRevision": 1.5}})),
            "spec.source.targetRevision: invalid type: floating point `1.5`, expected a string",
        );
        refuses(
            &application(&json!({"sources": [{}, {"helm": {"parameters": [{"name": []}]}}]})),
            "spec.sources[1].helm.parameters[0].name: invalid type: sequence, expected a string",
        );
        refuses(
            &application(&json!({"syncPolicy": "automated"})),
            "spec.syncPolicy: invalid type: string \"automated\", expected struct SyncPolicy",
        );
    }

    #[test]
    fn another_kind_is_refused() {
        refuses(
            &json!({"apiVersion": "argocd.io/v1alpha1", "kind": "Application"}),
            "apiVersion: is \"argocd.io/v1alpha1\", not \"argoproj.io/v1alpha1\"",
        );
        refuses(&json!([]), "apiVersion: must be \"argoproj.io/v1alpha1\"");
        refuses(
            &json!({"apiVersion": API_VERSION, "kind": "Application"}),
            "metadata.name: is required",
        );
    }

    #[test]
    fn what_was_read_is_written_as_it_was() {
        let value = application(&json!({
            "project": "default",
            "source": {
                "repoURL": "https://example.org/a.git", "path": "a",
                "kustomize": {"replicas": [{"name": "web", "count": "3"}]},
            },
            "destination": {"server": "https://kubernetes.default.svc"},
            "syncPolicy": {"automated": {"enabled": false}, "retry": {"limit": -1}},
        }));
        let (application, unknown) = Application::read(&value).unwrap();
        assert_eq!(unknown, []);
        assert_eq!(serde_json::to_value(application).unwrap(), value);
    }
}
