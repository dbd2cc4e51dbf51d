//! `html`, `js`, `urlquery`.

use std::fmt::Write;

use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::quote::is_printable;
use crate::gotemplate::{Value, print};

/// All arguments printed as one text, nil as an action prints it; one character of
/// it may become `factor` of output.
fn printed(call: &Call<'_>, factor: usize) -> Result<String, Error> {
    let or_no_value = |value: &Value| match value {
        Value::Nil => "<no value>".into(),
        value => value.clone(),
    };
    let arguments: Vec<Value> = call.arguments().iter().map(or_no_value).collect();
    let bytes = print::sprint(&arguments, call.output_limit() / factor)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) fn html(call: &Call<'_>) -> Result<Value, Error> {
    let mut escaped = String::new();
    for char in printed(call, 6)?.chars() {
        match char {
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\0' => escaped.push('\u{fffd}'),
            char => escaped.push(char),
        }
    }
    Ok(escaped.into())
}

pub(super) fn js(call: &Call<'_>) -> Result<Value, Error> {
    let mut escaped = String::new();
    for char in printed(call, 6)?.chars() {
        match char {
            '\\' => escaped.push_str("\\\\"),
            '\'' => escaped.push_str("\\'"),
            '"' => escaped.push_str("\\\""),
            '<' | '>' | '&' | '=' => hexadecimal(&mut escaped, char),
            char if is_printable(char) => escaped.push(char),
            char => hexadecimal(&mut escaped, char),
        }
    }
    Ok(escaped.into())
}

fn hexadecimal(escaped: &mut String, char: char) {
    // Writing to a String cannot fail.
    let _ = write!(escaped, "\\u{:04X}", u32::from(char));
}

pub(super) fn urlquery(call: &Call<'_>) -> Result<Value, Error> {
    let mut escaped = String::new();
    for byte in printed(call, 3)?.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(byte.into());
            }
            b' ' => escaped.push('+'),
            byte => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    Ok(escaped.into())
}
