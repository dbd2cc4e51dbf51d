//! Texts of Kubernetes objects.

use serde_json::Value;

use super::{Document, Error, Options, Problem, documents};
use crate::Object;

/// Reads the objects of a manifest file, in order.
///
/// Lists, which are objects with a list called `items`, give way to what they hold.
/// Empty documents are skipped. Every result stands for itself: a document that cannot be read
/// is an error in its place, with line and column.
///
/// ```
/// use gitops_core::yaml;
///
/// let text = "
/// apiVersion: v1
/// kind: List
/// items:
/// - {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
/// - {apiVersion: v1, kind: Namespace}
/// ";
/// let objects = yaml::objects(text, &yaml::Options::default());
/// assert_eq!(objects[0].as_ref().unwrap().name(), "shop");
/// assert_eq!(
///     objects[1].as_ref().unwrap_err().to_string(),
///     "line 1, column 1: items[1]: Namespace has neither metadata.name nor metadata.generateName",
/// );
/// ```
pub fn objects(text: &str, options: &Options) -> Vec<Result<Object, Error>> {
    documents(text, options)
        .flat_map(Document::into_objects)
        .collect()
}

impl Document {
    /// The objects of the document: those a list holds, or the one it is; none
    /// where it is empty.
    pub fn into_objects(self) -> Vec<Result<Object, Error>> {
        let mut objects = Vec::new();
        match self.value {
            Err(error) => objects.push(Err(error)),
            Ok(Value::Null) => {}
            Ok(value) => unroll(value, self.line, &mut objects),
        }
        objects
    }
}

/// Adds an object, or what a list holds; lists in lists are unrolled in their place.
fn unroll(value: Value, line: usize, objects: &mut Vec<Result<Object, Error>>) {
    let mut pending = vec![(value, None)];
    while let Some((value, item)) = pending.pop() {
        match into_items(value) {
            Ok(items) => {
                let items = items.into_iter().enumerate().rev();
                pending.extend(items.map(|(place, value)| (value, Some(place))));
            }
            Err(value) => objects.push(Object::new(value).map_err(|reason| Error {
                line,
                column: 1,
                problem: Problem::Object { item, reason },
            })),
        }
    }
}

/// The items of a list kind; `items: null` is an empty list where the kind says it is one.
fn into_items(mut value: Value) -> Result<Vec<Value>, Value> {
    let is_list_kind = value["kind"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("List"));
    match value.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        Some(Value::Null) if is_list_kind => Ok(Vec::new()),
        Some(other) => {
            value["items"] = other;
            Err(value)
        }
        None => Err(value),
    }
}
