//! Helm's type of values: a map with methods.

use gitops_core::yaml;

use super::coalesce::child;
use crate::gotemplate::function::Error;
use crate::gotemplate::{Map, MapType, NamedType, Value, quote};

/// The type of `.Values`, and of the data that a template begins with.
pub(super) const VALUES: MapType = MapType::Named(&NamedType {
    name: "common.Values",
    methods: &["AsMap", "PathValue", "Table", "YAML"],
    call,
});

fn call(map: &Map, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    let wanted = usize::from(matches!(name, "PathValue" | "Table"));
    if arguments.len() != wanted {
        let given = arguments.len();
        return Err(Error::new(format!(
            "wrong number of args for {name}: want {wanted} got {given}"
        )));
    }
    match (name, arguments) {
        ("PathValue", [path]) => path_value(map, &text(path)?),
        ("Table", [path]) => Ok(table(map, &text(path)?)?.converted(VALUES).into()),
        ("YAML", _) => {
            let json = Value::from(map.clone()).to_json();
            let json = json.map_err(|error| Error::new(error.to_string()))?;
            Ok((yaml::to_yaml(&json) + "\n").into())
        }
        _ => Ok(map.converted(MapType::Any).into()),
    }
}

fn text(value: &Value) -> Result<String, Error> {
    let text = value.as_text().map(|text| text.to_str().into_owned());
    text.ok_or_else(|| {
        let found = value.type_name();
        Error::new(format!(
            "wrong type for value; expected string; got {found}"
        ))
    })
}

/// The table at the end of a path of names with dots between.
pub(super) fn table(map: &Map, path: &str) -> Result<Map, Error> {
    path.split('.').try_fold(map.clone(), |map, name| {
        let missing = || Error::new(format!("{} is not a table", quote(name)));
        child(&map, name).ok_or_else(missing)
    })
}

/// The value at the end of a path, which must be no table.
fn path_value(map: &Map, path: &str) -> Result<Value, Error> {
    if path.is_empty() {
        return Err(Error::new("YAML path cannot be empty"));
    }
    let (tables, key) = path.rsplit_once('.').unwrap_or(("", path));
    let holder = match tables {
        "" => Ok(map.clone()),
        tables => table(map, tables),
    };
    let found = holder.ok().and_then(|holder| holder.get(key));
    let found = found.filter(|value| !matches!(value, Value::Map(_)));
    found.ok_or_else(|| Error::new(format!("{} is not a value", quote(key))))
}
