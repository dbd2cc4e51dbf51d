//! `%#v`: a value as Go's source would write it.

use super::verb::{Printer, Spec};
use crate::gotemplate::quote::quote_bytes;
use crate::gotemplate::{Limit, Value};

impl Printer {
    /// The value with its types; `nested` where Go knows it only as an `interface {}`.
    pub(super) fn source(&mut self, value: &Value, nested: bool) -> Result<(), Limit> {
        match value {
            Value::Nil if nested => self.write(b"interface {}(nil)"),
            Value::Nil => self.write(b"<nil>"),
            Value::String(text) => self.write(quote_bytes(text.as_bytes()).as_bytes()),
            Value::Uint8(number) => self.write(format!("{number:#x}").as_bytes()),
            Value::Uint64(number) => self.write(format!("{number:#x}").as_bytes()),
            Value::Bytes(bytes) => {
                let bytes = bytes.iter().map(|byte| (None, Value::Uint8(*byte)));
                self.composite("[]byte", bytes, false)
            }
            Value::List(list) if list.is_nil() => {
                self.write(format!("{}(nil)", value.type_name()).as_bytes())
            }
            Value::List(list) => {
                let items = list.iter().map(|item| (None, item.clone()));
                self.composite(value.type_name(), items, true)
            }
            Value::Map(map) => {
                let entries = map.entries().into_iter();
                let entries =
                    entries.map(|(key, value)| (Some(quote_bytes(key.as_bytes())), value));
                self.composite(value.type_name(), entries, true)
            }
            Value::Object(object) => {
                let fields = object.fields().into_iter();
                let fields = fields.map(|(name, value)| (Some(name.to_string()), value));
                self.composite(value.type_name(), fields, false)
            }
            plain => self.argument(plain, &Spec::verb('v')),
        }
    }

    fn composite(
        &mut self,
        type_name: &str,
        parts: impl Iterator<Item = (Option<String>, Value)>,
        nested: bool,
    ) -> Result<(), Limit> {
        self.deeper(|printer| {
            printer.write(type_name.as_bytes())?;
            printer.write(b"{")?;
            for (index, (key, value)) in parts.enumerate() {
                printer.write(if index > 0 { b", " } else { b"" })?;
                if let Some(key) = key {
                    printer.write(key.as_bytes())?;
                    printer.write(b":")?;
                }
                printer.source(&value, nested)?;
            }
            printer.write(b"}")
        })
    }
}
