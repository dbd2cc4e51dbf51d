//! The text of a tracking annotation.

use std::fmt;
use std::str::FromStr;

use crate::Object;

/// What a tracking annotation says: `instance:group/kind:namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct TrackingId {
    /// The application's instance name.
    pub instance: String,
    /// The object's group; empty for the core group.
    pub group: String,
    /// The object's kind.
    pub kind: String,
    /// The object's namespace, or the application's for cluster-scoped objects.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

/// A text is no tracking id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tracking id has the form instance:group/kind:namespace/name")]
pub struct Malformed;

impl TrackingId {
    /// The id of `object` as part of `instance`.
    pub fn of(object: &Object, instance: &str, namespace: &str) -> Self {
        Self {
            instance: instance.into(),
            group: object.group().into(),
            kind: object.kind().into(),
            namespace: object.namespace().unwrap_or(namespace).into(),
            name: object.name().into(),
        }
    }

    /// Whether it speaks of `object`. The namespace of a cluster-scoped object does
    /// not count.
    pub fn names(&self, object: &Object) -> bool {
        self.group == object.group()
            && self.kind == object.kind()
            && self.name == object.name()
            && object
                .namespace()
                .is_none_or(|namespace| namespace == self.namespace)
    }
}

impl fmt::Display for TrackingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            instance,
            group,
            kind,
            namespace,
            name,
        } = self;
        write!(f, "{instance}:{group}/{kind}:{namespace}/{name}")
    }
}

impl FromStr for TrackingId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut parts = text.splitn(3, ':');
        let mut part = || parts.next().ok_or(Malformed);
        let (instance, kind, name) = (part()?, part()?, part()?);
        let (group, kind) = pair(kind)?;
        let (namespace, name) = pair(name)?;
        Ok(Self {
            instance: instance.into(),
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        })
    }
}

/// Two parts around the only slash.
fn pair(text: &str) -> Result<(&str, &str), Malformed> {
    let (left, right) = text.split_once('/').ok_or(Malformed)?;
    if right.contains('/') {
        return Err(Malformed);
    }
    Ok((left, right))
}
