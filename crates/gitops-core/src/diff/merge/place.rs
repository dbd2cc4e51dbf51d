//! One place in the three objects of a merge.

use std::borrow::Cow;

use serde_json::Value;

use crate::diff::skip::Skip;
use crate::schema::{Patch, Schema};

/// One place in the three objects.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) schema: Option<Schema<'a>>,
    /// What is not compared below here.
    pub(crate) skip: Option<&'a Skip>,
    /// How deep the place is; the root is 0.
    pub(super) depth: usize,
    pub(super) metadata: Metadata,
    /// Whether this is inside an element of a list.
    pub(super) in_list: bool,
    /// Whether keys that are not wanted go away when anything here is patched.
    pub(super) retain_keys: bool,
}

/// Where a place is to the object's own `metadata`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metadata {
    Outside,
    Itself,
    Inside,
}

impl<'a> Place<'a> {
    pub(crate) fn root(schema: Option<Schema<'a>>, skip: Option<&'a Skip>) -> Self {
        Self {
            schema,
            skip,
            depth: 0,
            metadata: Metadata::Outside,
            in_list: false,
            retain_keys: false,
        }
    }

    pub(crate) fn field(self, key: &str) -> Self {
        let schema = self.schema.and_then(|schema| schema.get(key));
        let field = schema.and_then(Schema::field);
        Self {
            schema,
            skip: self.skip.and_then(|skip| skip.get(key)),
            depth: self.depth + 1,
            metadata: match self.metadata {
                Metadata::Outside if self.depth == 0 && key == "metadata" => Metadata::Itself,
                Metadata::Outside => Metadata::Outside,
                Metadata::Itself | Metadata::Inside => Metadata::Inside,
            },
            in_list: self.in_list,
            retain_keys: field.is_some_and(|field| field.retain_keys),
        }
    }

    pub(crate) fn element(self) -> Self {
        Self {
            schema: self.schema.and_then(Schema::element),
            skip: None,
            depth: self.depth + 1,
            in_list: true,
            ..self
        }
    }

    /// Whether the server sets this field of the object's metadata by itself.
    pub(super) fn is_set_by_server(self, key: &str) -> bool {
        self.metadata == Metadata::Itself && matches!(key, "namespace" | "creationTimestamp")
    }

    /// The value here without what is not compared below.
    pub(super) fn without_skipped(self, value: &Value) -> Cow<'_, Value> {
        let Some(skip) = self.skip.filter(|skip| !skip.is_empty()) else {
            return Cow::Borrowed(value);
        };
        let mut value = value.clone();
        skip.remove_from(&mut value);
        Cow::Owned(value)
    }

    pub(super) fn patch(self) -> &'a Patch {
        let field = self.schema.and_then(Schema::field);
        field.map_or(&Patch::Default, |field| &field.patch)
    }
}
