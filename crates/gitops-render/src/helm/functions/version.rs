//! Versions and constraints.

use std::any::Any;
use std::cmp::Ordering;

use super::{Entry, STRING, takes};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{Kind, Object, Value};
use crate::version::{Constraint, Version};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("semver", takes(&[STRING]), |call| {
        Ok(Value::object(VersionObject(parse(&call.text(0))?)))
    }),
    ("semverCompare", takes(&[STRING, STRING]), compare),
];

fn compare(call: &Call<'_>) -> Result<Value, Error> {
    let constraint =
        Constraint::parse(&call.text(0)).map_err(|error| Error::new(error.to_string()))?;
    Ok(Value::Bool(constraint.admits(&parse(&call.text(1))?)))
}

fn parse(text: &str) -> Result<Version, Error> {
    Version::parse(text).map_err(|error| Error::new(error.to_string()))
}

/// What `semver` gives: a version with the methods that Go's has.
struct VersionObject(Version);

impl VersionObject {
    fn other(arguments: &[Value]) -> Result<&Version, Error> {
        let other = arguments.first().and_then(Value::as_object::<Self>);
        let other = other.ok_or_else(|| {
            let found = arguments.first().map_or("nothing", Value::type_name);
            Error::new(format!(
                "wrong type for value; expected *semver.Version; got {found}"
            ))
        });
        Ok(&other?.0)
    }

    fn next(version: Option<Version>) -> Result<Value, Error> {
        let version =
            version.ok_or_else(|| Error::new("version increment would overflow uint64"))?;
        Ok(Value::object(Self(version)))
    }

    fn ordered(&self, arguments: &[Value], wanted: fn(Ordering) -> bool) -> Result<Value, Error> {
        Ok(Value::Bool(wanted(
            self.0.precedence(Self::other(arguments)?),
        )))
    }
}

impl Object for VersionObject {
    fn type_name(&self) -> &'static str {
        "*semver.Version"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn text(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Error>> {
        let version = &self.0;
        Some(match name {
            "Major" => Ok(Value::Uint64(version.major())),
            "Minor" => Ok(Value::Uint64(version.minor())),
            "Patch" => Ok(Value::Uint64(version.patch())),
            "Prerelease" => Ok(version.pre_release().into()),
            "Metadata" => Ok(version.build().into()),
            "Original" => Ok(version.original().into()),
            "String" => Ok(version.to_string().into()),
            "IncMajor" => Self::next(version.next_major()),
            "IncMinor" => Self::next(version.next_minor()),
            "IncPatch" => Self::next(version.next_patch()),
            "Compare" => {
                Self::other(arguments).map(|other| Value::Int(version.precedence(other) as i64))
            }
            "Equal" => self.ordered(arguments, Ordering::is_eq),
            "LessThan" => self.ordered(arguments, Ordering::is_lt),
            "LessThanEqual" => self.ordered(arguments, Ordering::is_le),
            "GreaterThan" => self.ordered(arguments, Ordering::is_gt),
            "GreaterThanEqual" => self.ordered(arguments, Ordering::is_ge),
            _ => return None,
        })
    }
}
