//! One side of a difference, as JSON.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::Object;

/// One side of a difference, as JSON.
///
/// An object that does not differ is shared with the comparison, not copied.
/// `Debug` prints nothing of the content, because it may be a Secret.
#[derive(Clone)]
pub struct Document(Content);

#[derive(Clone)]
enum Content {
    Shared(Arc<Object>),
    Own(Arc<Value>),
}

impl Document {
    /// The JSON.
    pub fn value(&self) -> &Value {
        match &self.0 {
            Content::Shared(object) => object.value(),
            Content::Own(value) => value,
        }
    }
}

impl Deref for Document {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.value()
    }
}

impl From<Arc<Object>> for Document {
    fn from(object: Arc<Object>) -> Self {
        Self(Content::Shared(object))
    }
}

impl From<Value> for Document {
    fn from(value: Value) -> Self {
        Self(Content::Own(Arc::new(value)))
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Content::Shared(left), Content::Shared(right)) if Arc::ptr_eq(left, right) => true,
            _ => self.value() == other.value(),
        }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(..)")
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}
