//! Regular expressions.

mod check;
mod syntax;

use std::sync::Arc;

use regex::{Captures, Regex};

use super::{Entry, INT, Outcome, STRING, takes};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{List, ListType, Value};
use crate::helm::host;

pub(in crate::helm) use check::refusal;
pub(in crate::helm) use syntax::translated;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("regexMatch", takes(&[STRING, STRING]), |call| {
        let matches = compiled(call, "").is_ok_and(|regex| regex.is_match(&call.text(1)));
        Ok(Value::Bool(matches))
    }),
    ("mustRegexMatch", takes(&[STRING, STRING]), |call| {
        Ok(Value::Bool(compiled(call, "")?.is_match(&call.text(1))))
    }),
    ("regexFind", takes(&[STRING, STRING]), |call| {
        find(call, PANIC)
    }),
    ("mustRegexFind", takes(&[STRING, STRING]), |call| {
        find(call, "")
    }),
    ("regexFindAll", takes(&[STRING, STRING, INT]), |call| {
        find_all(call, PANIC)
    }),
    ("mustRegexFindAll", takes(&[STRING, STRING, INT]), |call| {
        find_all(call, "")
    }),
    (
        "regexReplaceAll",
        takes(&[STRING, STRING, STRING]),
        |call| replace(call, PANIC),
    ),
    (
        "mustRegexReplaceAll",
        takes(&[STRING, STRING, STRING]),
        |call| replace(call, ""),
    ),
    (
        "regexReplaceAllLiteral",
        takes(&[STRING, STRING, STRING]),
        |call| literal(call, PANIC),
    ),
    (
        "mustRegexReplaceAllLiteral",
        takes(&[STRING, STRING, STRING]),
        |call| literal(call, ""),
    ),
    ("regexSplit", takes(&[STRING, STRING, INT]), |call| {
        split(call, PANIC)
    }),
    ("mustRegexSplit", takes(&[STRING, STRING, INT]), |call| {
        split(call, "")
    }),
    ("regexQuoteMeta", takes(&[STRING]), |call| {
        Ok(quote_meta(&call.text(0)).into())
    }),
];

/// How the functions that give no error of their own name the failing step.
const PANIC: &str = "regexp: Compile";

/// The expression of the first argument, compiled once a render.
fn compiled(call: &Call<'_>, step: &str) -> Result<Arc<Regex>, Error> {
    let pattern = call.text(0);
    host::regex(&pattern).map_err(|reason| {
        let message = format!("error parsing regexp: {reason}");
        Error::new(match step {
            "" => message,
            step => format!("{step}(`{pattern}`): {message}"),
        })
    })
}

fn find(call: &Call<'_>, step: &str) -> Outcome {
    let text = call.text(1);
    let found = compiled(call, step)?
        .find(&text)
        .map(|found| found.as_str());
    Ok(found.unwrap_or("").into())
}

/// A limit that is negative means all.
fn limit(call: &Call<'_>) -> usize {
    usize::try_from(call.int(2)).unwrap_or(usize::MAX)
}

fn find_all(call: &Call<'_>, step: &str) -> Outcome {
    let text = call.text(1);
    let regex = compiled(call, step)?;
    let found: Vec<&str> = regex
        .find_iter(&text)
        .take(limit(call))
        .map(|found| found.as_str())
        .collect();
    if found.is_empty() {
        return Ok(List::nil(ListType::Strings).into());
    }
    Ok(Value::strings(found))
}

fn replace(call: &Call<'_>, step: &str) -> Outcome {
    let template = call.text(2);
    replace_with(call, step, |captures, output| {
        expand(&template, captures, output);
    })
}

fn literal(call: &Call<'_>, step: &str) -> Outcome {
    let replacement = call.text(2);
    replace_with(call, step, |_, output| output.push_str(&replacement))
}

fn replace_with(
    call: &Call<'_>,
    step: &str,
    append: impl Fn(&Captures<'_>, &mut String),
) -> Outcome {
    let text = call.text(1);
    let regex = compiled(call, step)?;
    let mut output = String::with_capacity(text.len());
    let mut end = 0;
    for captures in regex.captures_iter(&text) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        output.push_str(&text[end..whole.start()]);
        let before = output.len();
        append(&captures, &mut output);
        call.reserve(output.len() - before)?;
        end = whole.end();
    }
    output.push_str(&text[end..]);
    Ok(output.into())
}

/// `$1`, `${1}`, `$name`, `$$`; the longest run of letters, digits and underscores
/// is the name, and an unknown name is empty.
fn expand(template: &str, captures: &Captures<'_>, output: &mut String) {
    let mut rest = template;
    while let Some(dollar) = rest.find('$') {
        output.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            output.push('$');
            rest = after;
            continue;
        }
        let Some((name, after)) = group_name(rest) else {
            output.push('$');
            continue;
        };
        let group = match name.parse::<usize>() {
            Ok(index) => captures.get(index),
            Err(_) => captures.name(name),
        };
        output.push_str(group.map_or("", |group| group.as_str()));
        rest = after;
    }
    output.push_str(rest);
}

fn group_name(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let inner = braced.unwrap_or(text);
    let end = inner
        .find(|char: char| !(char.is_alphanumeric() || char == '_'))
        .unwrap_or(inner.len());
    let (name, after) = inner.split_at(end);
    let after = if braced.is_some() {
        after.strip_prefix('}')?
    } else {
        after
    };
    (!name.is_empty()).then_some((name, after))
}

fn split(call: &Call<'_>, step: &str) -> Outcome {
    let text = call.text(1);
    let regex = compiled(call, step)?;
    let limit = limit(call);
    if limit == 0 {
        return Ok(List::nil(ListType::Strings).into());
    }
    if !call.text(0).is_empty() && text.is_empty() {
        return Ok(Value::strings([""]));
    }
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in regex.find_iter(&text) {
        if parts.len() == limit - 1 {
            break;
        }
        end = found.start();
        // An empty match at the very start splits nothing off.
        if found.end() != 0 {
            parts.push(&text[start..end]);
        }
        start = found.end();
    }
    if end != text.len() {
        parts.push(&text[start..]);
    }
    Ok(Value::strings(parts))
}

fn quote_meta(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for char in text.chars() {
        if r"\.+*?()|[]{}^$".contains(char) {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    quoted
}
