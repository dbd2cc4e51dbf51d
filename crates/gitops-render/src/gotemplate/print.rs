//! Go's printing: `print`, `println`, `printf` and every value that an action writes.

mod format;
mod syntax;
mod verb;

pub(crate) use format::sprintf;

use self::verb::{Printer, Spec};
use super::{Limit, Value};

/// Bytes of a value that an error shows.
const MAX_SHOWN: usize = 1000;

/// The value as an action writes it, at most `limit` bytes.
pub(crate) fn print_action(value: &Value, limit: usize) -> Result<Vec<u8>, Limit> {
    let Value::Object(object) = value else {
        return print_value(value, limit);
    };
    match object.action_text() {
        Some(text) if text.len() <= limit => Ok(text.into_bytes()),
        Some(_) => Err(Limit::Output(limit)),
        None => print_value(value, limit),
    }
}

/// The value as `%v` writes it, at most `limit` bytes.
pub(crate) fn print_value(value: &Value, limit: usize) -> Result<Vec<u8>, Limit> {
    let mut printer = Printer::new(limit);
    printer.argument(value, &Spec::verb('v'))?;
    Ok(printer.finish())
}

/// The value as an error shows it, by a format for one value; nothing where it is too long.
pub(crate) fn shown(value: &Value, format: &[u8]) -> String {
    let shown = sprintf(format, std::slice::from_ref(value), MAX_SHOWN).unwrap_or_default();
    String::from_utf8_lossy(&shown).into_owned()
}

/// Go's `Sprint`: a blank between two operands when neither is a string.
pub(crate) fn sprint(values: &[Value], limit: usize) -> Result<Vec<u8>, Limit> {
    let mut printer = Printer::new(limit);
    let mut after_string = true;
    for value in values {
        let is_string = matches!(value, Value::String(_));
        if !is_string && !after_string {
            printer.write(b" ")?;
        }
        printer.argument(value, &Spec::verb('v'))?;
        after_string = is_string;
    }
    Ok(printer.finish())
}

/// Go's `Sprintln`: blanks between all operands, and a newline.
pub(crate) fn sprintln(values: &[Value], limit: usize) -> Result<Vec<u8>, Limit> {
    let mut printer = Printer::new(limit);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.write(b" ")?;
        }
        printer.argument(value, &Spec::verb('v'))?;
    }
    printer.write(b"\n")?;
    Ok(printer.finish())
}
