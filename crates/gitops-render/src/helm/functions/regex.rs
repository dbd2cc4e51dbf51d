//! Regular expressions.

mod class;
mod escape;
mod expression;
mod syntax;

use std::ops::Range;

use self::expression::{Groups, Matcher};
use super::{Entry, INT, Outcome, STRING, takes};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{List, ListType, Value};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("regexMatch", takes(&[STRING, STRING]), |call| {
        Ok(Value::Bool(is_match(call).unwrap_or(false)))
    }),
    ("mustRegexMatch", takes(&[STRING, STRING]), |call| {
        Ok(Value::Bool(is_match(call)?))
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

/// Does something with the expression of the first argument, for a text.
fn with<R>(
    call: &Call<'_>,
    step: &str,
    text: &str,
    work: impl FnOnce(&Matcher<'_>) -> R,
) -> Result<R, Error> {
    let pattern = call.text(0);
    let failed = |reason: String| {
        let message = format!("error parsing regexp: {reason}");
        Error::new(match step {
            "" => message,
            step => format!("{step}(`{pattern}`): {message}"),
        })
    };
    let expression = expression::compiled(&pattern).map_err(failed)?;
    let matcher = expression.matcher(text).map_err(failed)?;
    Ok(work(&matcher))
}

fn is_match(call: &Call<'_>) -> Result<bool, Error> {
    let text = call.text(1);
    with(call, "", &text, |matcher| matcher.is_match(&text))
}

fn find(call: &Call<'_>, step: &str) -> Outcome {
    let text = call.text(1);
    let found = with(call, step, &text, |matcher| matcher.find(&text))?;
    Ok(text[found.unwrap_or_default()].into())
}

/// A limit that is negative means all.
fn limit(call: &Call<'_>) -> usize {
    usize::try_from(call.int(2)).unwrap_or(usize::MAX)
}

fn find_all(call: &Call<'_>, step: &str) -> Outcome {
    let text = call.text(1);
    let found: Vec<&str> = with(call, step, &text, |matcher| {
        let found = matcher.matches(&text).take(limit(call));
        found.map(|range| &text[range]).collect()
    })?;
    if found.is_empty() {
        return Ok(List::nil(ListType::Strings).into());
    }
    Ok(Value::strings(found))
}

fn replace(call: &Call<'_>, step: &str) -> Outcome {
    let template = call.text(2);
    replace_with(call, step, |groups, output| {
        expand(&template, groups, output);
    })
}

fn literal(call: &Call<'_>, step: &str) -> Outcome {
    let replacement = call.text(2);
    replace_with(call, step, |_, output| output.push_str(&replacement))
}

fn replace_with(call: &Call<'_>, step: &str, append: impl Fn(&Groups<'_>, &mut String)) -> Outcome {
    let text = call.text(1);
    with(call, step, &text, |matcher| {
        let mut output = String::with_capacity(text.len());
        let mut end = 0;
        for groups in matcher.captures(&text) {
            let whole = groups.range();
            output.push_str(&text[end..whole.start]);
            let before = output.len();
            append(&groups, &mut output);
            call.reserve(output.len() - before)?;
            end = whole.end;
        }
        output.push_str(&text[end..]);
        Ok(output.into())
    })?
}

/// `$1`, `${1}`, `$name`, `$$`; the longest run of letters, digits and underscores
/// is the name, and an unknown name is empty.
fn expand(template: &str, groups: &Groups<'_>, output: &mut String) {
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
        output.push_str(groups.get(name));
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
    let limit = limit(call);
    with(call, step, &text, |matcher| {
        if limit == 0 {
            return List::nil(ListType::Strings).into();
        }
        if !call.text(0).is_empty() && text.is_empty() {
            return Value::strings([""]);
        }
        Value::strings(parts(&text, matcher.matches(&text), limit))
    })
}

/// What stands between the matches, in at most `limit` parts.
fn parts(text: &str, matches: impl Iterator<Item = Range<usize>>, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in matches {
        if parts.len() == limit - 1 {
            break;
        }
        end = found.start;
        // An empty match at the very start splits nothing off.
        if found.end != 0 {
            parts.push(&text[start..end]);
        }
        start = found.end;
    }
    if end != text.len() {
        parts.push(&text[start..]);
    }
    parts
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
