//! Strings.

use super::{ANY, Entry, INT, Outcome, STRING, failed, takes, takes_many, to_text};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::quote::quote_bytes;
use crate::gotemplate::{Map, MapType, Text, Value};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("trim", takes(&[STRING]), |call| {
        Ok(call.text(0).trim().into())
    }),
    ("trimAll", takes(&[STRING, STRING]), trim_all),
    ("trimall", takes(&[STRING, STRING]), trim_all),
    ("trimPrefix", takes(&[STRING, STRING]), |call| {
        let text = call.bytes(1);
        Ok(from_bytes(text.strip_prefix(call.bytes(0)).unwrap_or(text)))
    }),
    ("trimSuffix", takes(&[STRING, STRING]), |call| {
        let text = call.bytes(1);
        Ok(from_bytes(text.strip_suffix(call.bytes(0)).unwrap_or(text)))
    }),
    ("contains", takes(&[STRING, STRING]), |call| {
        Ok(Value::Bool(call.text(1).contains(&*call.text(0))))
    }),
    ("hasPrefix", takes(&[STRING, STRING]), |call| {
        Ok(Value::Bool(call.bytes(1).starts_with(call.bytes(0))))
    }),
    ("hasSuffix", takes(&[STRING, STRING]), |call| {
        Ok(Value::Bool(call.bytes(1).ends_with(call.bytes(0))))
    }),
    ("replace", takes(&[STRING, STRING, STRING]), replace),
    ("repeat", takes(&[INT, STRING]), repeat),
    ("nospace", takes(&[STRING]), |call| {
        Ok(without_blanks(call.bytes(0)))
    }),
    ("trunc", takes(&[INT, STRING]), trunc),
    ("substr", takes(&[INT, INT, STRING]), substr),
    ("indent", takes(&[INT, STRING]), |call| indent(call, "")),
    ("nindent", takes(&[INT, STRING]), |call| indent(call, "\n")),
    ("quote", takes_many(&[], ANY), quote),
    ("squote", takes_many(&[], ANY), squote),
    ("cat", takes_many(&[], ANY), cat),
    ("toString", takes(&[ANY]), |call| {
        Ok(to_text(call, call.value(0))?.into())
    }),
    ("split", takes(&[STRING, STRING]), |call| {
        Ok(numbered(parts(&call.text(1), &call.text(0))).into())
    }),
    ("splitn", takes(&[STRING, INT, STRING]), split_n),
    ("splitList", takes(&[STRING, STRING]), |call| {
        Ok(Value::strings(parts(&call.text(1), &call.text(0))))
    }),
    ("hello", takes(&[]), |_| Ok("Hello!".into())),
];

/// Where there is a blank, the reference takes every byte for a character, which spoils
/// all but ASCII.
fn without_blanks(bytes: &[u8]) -> Value {
    let is_blank = |byte: &u8| char::from(*byte).is_whitespace();
    if !bytes.iter().any(is_blank) {
        return from_bytes(bytes);
    }
    let kept = bytes.iter().filter(|byte| !is_blank(byte));
    kept.map(|byte| char::from(*byte))
        .collect::<String>()
        .into()
}

fn from_bytes(bytes: &[u8]) -> Value {
    Text::from_bytes(bytes).into()
}

fn trim_all(call: &Call<'_>) -> Outcome {
    let cut = call.text(0);
    Ok(call.text(1).trim_matches(|char| cut.contains(char)).into())
}

fn replace(call: &Call<'_>) -> Outcome {
    let (from, to, text) = (call.text(0), call.text(1), call.text(2));
    let count = match from.len() {
        0 => text.chars().count() + 1,
        _ => text.matches(&*from).count(),
    };
    if count == 0 {
        return Ok(call.value(2).clone());
    }
    call.reserve(count.saturating_mul(to.len()).saturating_add(text.len()))?;
    Ok(text.replace(&*from, &to).into())
}

fn repeat(call: &Call<'_>) -> Outcome {
    let Ok(count) = usize::try_from(call.int(0)) else {
        return failed("strings: negative Repeat count");
    };
    let text = call.bytes(1);
    call.reserve(count.saturating_mul(text.len()))?;
    Ok(from_bytes(&text.repeat(count)))
}

fn trunc(call: &Call<'_>) -> Outcome {
    let text = call.bytes(1);
    let count = usize::try_from(call.int(0).unsigned_abs()).unwrap_or(usize::MAX);
    if count >= text.len() {
        return Ok(call.value(1).clone());
    }
    let kept = if call.int(0) < 0 {
        &text[text.len() - count..]
    } else {
        &text[..count]
    };
    Ok(from_bytes(kept))
}

fn substr(call: &Call<'_>) -> Outcome {
    let text = call.bytes(2);
    let (first, last, length) = (call.int(0), call.int(1), text.len());
    let out_of_range =
        |bounds: String| failed(format!("runtime error: slice bounds out of range {bounds}"));
    let start = usize::try_from(first).unwrap_or(0);
    let end = match usize::try_from(last) {
        Ok(end) if end <= length || first < 0 => end,
        Err(_) if first < 0 => return out_of_range(format!("[:{last}]")),
        _ => length,
    };
    match text.get(start..end) {
        Some(part) => Ok(from_bytes(part)),
        None if end > length => out_of_range(format!("[:{end}] with length {length}")),
        None => out_of_range(format!("[{start}:{end}]")),
    }
}

fn indent(call: &Call<'_>, before: &str) -> Outcome {
    let text = call.text(1);
    let Ok(width) = usize::try_from(call.int(0)) else {
        return failed("strings: negative Repeat count");
    };
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let length = lines
        .saturating_mul(width)
        .saturating_add(text.len() + before.len());
    call.reserve(length)?;
    let padding = " ".repeat(width);
    let mut indented = String::with_capacity(length);
    indented.push_str(before);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            indented.push('\n');
        }
        indented.push_str(&padding);
        indented.push_str(line);
    }
    Ok(indented.into())
}

/// The arguments that are not nil, as text, changed and joined by blanks.
fn joined(call: &Call<'_>, change: impl Fn(&Text) -> Vec<u8>) -> Result<Vec<u8>, Error> {
    let present = call
        .arguments()
        .iter()
        .filter(|value| !matches!(value, Value::Nil));
    let texts = present.map(|value| Ok(change(&to_text(call, value)?)));
    let texts: Vec<Vec<u8>> = texts.collect::<Result<_, Error>>()?;
    Ok(texts.join(&b' '))
}

fn quote(call: &Call<'_>) -> Outcome {
    let quoted = joined(call, |text| quote_bytes(text.as_bytes()).into_bytes())?;
    Ok(from_bytes(&quoted))
}

fn squote(call: &Call<'_>) -> Outcome {
    let quoted = joined(call, |text| [b"'", text.as_bytes(), b"'"].concat())?;
    Ok(from_bytes(&quoted))
}

fn cat(call: &Call<'_>) -> Outcome {
    Ok(from_bytes(&joined(call, |text| text.as_bytes().to_vec())?))
}

/// Go's `Split`: an empty separator splits between all characters.
pub(super) fn parts(text: &str, separator: &str) -> Vec<String> {
    if separator.is_empty() {
        return text.chars().map(String::from).collect();
    }
    text.split(separator).map(String::from).collect()
}

fn numbered(parts: Vec<String>) -> Map {
    let map = Map::of(MapType::Strings);
    for (index, part) in parts.into_iter().enumerate() {
        map.insert(format!("_{index}"), part.into());
    }
    map
}

fn split_n(call: &Call<'_>) -> Outcome {
    let (separator, text) = (call.text(0), call.text(2));
    let Ok(limit) = usize::try_from(call.int(1)) else {
        return Ok(numbered(parts(&text, &separator)).into());
    };
    let found = match (limit, separator.is_empty()) {
        (0, _) => Vec::new(),
        (_, false) => text.splitn(limit, &*separator).map(String::from).collect(),
        (_, true) => {
            let mut parts = parts(&text, "");
            let rest = parts.split_off(parts.len().min(limit - 1)).concat();
            parts.extend((!rest.is_empty()).then_some(rest));
            parts
        }
    };
    Ok(numbered(found).into())
}
