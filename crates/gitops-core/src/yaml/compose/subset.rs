//! Values from the subset of YAML that is read in one pass.

use serde_json::{Map, Value};

use super::scalar::{self, Resolved};
use super::{Budget, key};
use crate::yaml::subset::{self, Beyond, Build, Scalar};
use crate::yaml::{Dialect, Options};

/// The first document of `text`, without a word on what is wrong: the full parser has those.
pub(in crate::yaml) fn first(
    text: &str,
    options: &Options,
    budget: &mut Budget,
) -> Result<Option<Value>, Beyond> {
    let mut values = Values {
        dialect: options.dialect,
        budget: budget.clone(),
    };
    let value = subset::read(text, options.bounded_depth(), &mut values)?;
    *budget = values.budget;
    Ok(value)
}

struct Values {
    dialect: Dialect,
    budget: Budget,
}

impl Values {
    fn resolve(&mut self, scalar: Scalar<'_>) -> Result<Resolved, Beyond> {
        self.budget.take().ok_or(Beyond)?;
        Ok(if scalar.is_plain {
            scalar::plain(scalar.text, self.dialect)
        } else {
            Resolved::Text(scalar.text.into_owned())
        })
    }
}

impl<'a> Build<'a> for Values {
    type Node = Value;
    type Map = Vec<(String, Value)>;

    fn scalar(&mut self, scalar: Scalar<'a>) -> Result<Value, Beyond> {
        self.resolve(scalar)?.into_value().map_err(|_| Beyond)
    }

    fn list(&mut self, items: Vec<Value>) -> Result<Value, Beyond> {
        self.budget.take().ok_or(Beyond)?;
        Ok(Value::Array(items))
    }

    fn entry(&mut self, map: &mut Self::Map, key: Scalar<'a>, value: Value) -> Result<(), Beyond> {
        let key = self.resolve(key)?;
        if matches!(key, Resolved::Merge(_)) {
            return Err(Beyond);
        }
        let key = key::text(key, self.dialect).map_err(|_| Beyond)?;
        map.push((key, value));
        Ok(())
    }

    fn map(&mut self, entries: Self::Map) -> Result<Value, Beyond> {
        self.budget.take().ok_or(Beyond)?;
        let length = entries.len();
        // The last of equal keys stays.
        let map: Map<String, Value> = entries.into_iter().collect();
        if map.len() < length && self.dialect != Dialect::Helm {
            return Err(Beyond);
        }
        Ok(Value::Object(map))
    }
}
