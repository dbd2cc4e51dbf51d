//! Lists.

use super::logic::deep_equal;
use super::number::to_int;
use super::{ANY, Entry, INT, Outcome, STRING, failed, items, takes, takes_many, to_text};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{List, ListType, Text, Value};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("list", takes_many(&[], ANY), |call| {
        Ok(Value::list(call.arguments().to_vec()))
    }),
    ("tuple", takes_many(&[], ANY), |call| {
        Ok(Value::list(call.arguments().to_vec()))
    }),
    ("append", takes(&[ANY, ANY]), push),
    ("push", takes(&[ANY, ANY]), push),
    ("mustAppend", takes(&[ANY, ANY]), push),
    ("mustPush", takes(&[ANY, ANY]), push),
    ("prepend", takes(&[ANY, ANY]), prepend),
    ("mustPrepend", takes(&[ANY, ANY]), prepend),
    ("concat", takes_many(&[], ANY), concat),
    ("first", takes(&[ANY]), first),
    ("mustFirst", takes(&[ANY]), first),
    ("last", takes(&[ANY]), last),
    ("mustLast", takes(&[ANY]), last),
    ("rest", takes(&[ANY]), rest),
    ("mustRest", takes(&[ANY]), rest),
    ("initial", takes(&[ANY]), initial),
    ("mustInitial", takes(&[ANY]), initial),
    ("reverse", takes(&[ANY]), reverse),
    ("mustReverse", takes(&[ANY]), reverse),
    ("uniq", takes(&[ANY]), uniq),
    ("mustUniq", takes(&[ANY]), uniq),
    ("without", takes_many(&[ANY], ANY), without),
    ("mustWithout", takes_many(&[ANY], ANY), without),
    ("has", takes(&[ANY, ANY]), has),
    ("mustHas", takes(&[ANY, ANY]), has),
    ("compact", takes(&[ANY]), compact),
    ("mustCompact", takes(&[ANY]), compact),
    ("slice", takes_many(&[ANY], ANY), slice),
    ("mustSlice", takes_many(&[ANY], ANY), slice),
    ("chunk", takes(&[INT, ANY]), chunk),
    ("mustChunk", takes(&[INT, ANY]), chunk),
    ("sortAlpha", takes(&[ANY]), sort_alpha),
    ("toStrings", takes(&[ANY]), |call| {
        Ok(Value::strings(strings(call, call.value(0))?))
    }),
    ("join", takes(&[STRING, ANY]), join),
    ("until", takes(&[INT]), |call| {
        let count = call.int(0);
        counted(call, 0, count, if count < 0 { -1 } else { 1 })
    }),
    ("untilStep", takes(&[INT, INT, INT]), |call| {
        counted(call, call.int(0), call.int(1), call.int(2))
    }),
    ("seq", takes_many(&[], INT), seq),
];

fn push(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot push on type")?;
    Ok(Value::list(list.iter().chain([call.value(1)]).cloned()))
}

fn prepend(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot prepend on type")?;
    Ok(Value::list(
        [call.value(1)].into_iter().chain(list.iter()).cloned(),
    ))
}

fn concat(call: &Call<'_>) -> Outcome {
    let mut all = Vec::new();
    for value in call.arguments() {
        let list = match items(value, "") {
            Ok(list) => list,
            Err(_) if !matches!(value, Value::Nil) => {
                let kind = value.kind().name();
                return failed(format!("Cannot concat type {kind} as list"));
            }
            Err(error) => return Err(error),
        };
        call.reserve(size_of_val(&*list))?;
        all.extend(list.iter().cloned());
    }
    if all.is_empty() {
        return Ok(List::nil(ListType::Any).into());
    }
    Ok(Value::list(all))
}

fn first(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot find first on type")?;
    Ok(list.first().cloned().unwrap_or_default())
}

fn last(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot find last on type")?;
    Ok(list.last().cloned().unwrap_or_default())
}

fn rest(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot find rest on type")?;
    Ok(match list.split_first() {
        Some((_, rest)) => Value::list(rest.to_vec()),
        None => List::nil(ListType::Any).into(),
    })
}

fn initial(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot find initial on type")?;
    Ok(match list.split_last() {
        Some((_, initial)) => Value::list(initial.to_vec()),
        None => List::nil(ListType::Any).into(),
    })
}

fn reverse(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot find reverse on type")?;
    Ok(Value::list(list.iter().rev().cloned()))
}

fn contains(call: &Call<'_>, list: &[Value], wanted: &Value) -> Result<bool, Error> {
    for item in list {
        call.step()?;
        if deep_equal(call, wanted, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot find uniq on type")?;
    let mut unique = Vec::new();
    for item in list.iter() {
        if !contains(call, &unique, item)? {
            unique.push(item.clone());
        }
    }
    Ok(Value::list(unique))
}

fn without(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot find without on type")?;
    let unwanted = call.arguments().get(1..).unwrap_or_default();
    let mut kept = Vec::new();
    for item in list.iter() {
        if !contains(call, unwanted, item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn has(call: &Call<'_>) -> Outcome {
    if matches!(call.value(1), Value::Nil) {
        return Ok(Value::Bool(false));
    }
    let list = items(call.value(1), "Cannot find has on type")?;
    Ok(Value::Bool(contains(call, &list, call.value(0))?))
}

fn compact(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "Cannot compact on type")?;
    Ok(Value::list(
        list.iter().filter(|item| item.is_true()).cloned(),
    ))
}

fn slice(call: &Call<'_>) -> Outcome {
    let list = items(call.value(0), "list should be type of slice or array but")?;
    if list.is_empty() {
        return Ok(Value::Nil);
    }
    let bounds = call.arguments().get(1..).unwrap_or_default();
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let start = bounds.first().map_or(0, to_int);
    let end = bounds.get(1).map_or(length, to_int);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    match range.and_then(|(start, end)| list.get(start..end)) {
        Some(part) => Ok(List::new(list.list_type(), part.to_vec()).into()),
        None => failed("reflect.Value.Slice: slice index out of bounds"),
    }
}

fn chunk(call: &Call<'_>) -> Outcome {
    let list = items(call.value(1), "Cannot chunk type")?;
    let size = usize::try_from(call.int(0).unsigned_abs()).unwrap_or(usize::MAX);
    let chunks: Vec<Value> = match (call.int(0), list.len()) {
        (1.., _) => list
            .chunks(size)
            .map(|chunk| Value::list(chunk.to_vec()))
            .collect(),
        // A negative size: what the reference's arithmetic makes of it.
        (..=-2, 1) => vec![Value::list(list.to_vec())],
        (..=-1, 2..) if list.len() - 1 <= size => Vec::new(),
        _ => return failed("runtime error: makeslice: len out of range"),
    };
    Ok(List::new(ListType::Lists, chunks).into())
}

/// The items as text, without nil; a single value is a list of one.
pub(super) fn strings(call: &Call<'_>, value: &Value) -> Result<Vec<Text>, Error> {
    let list = match value.underlying() {
        Value::Nil => return Ok(Vec::new()),
        Value::List(list) => list,
        Value::Bytes(_) => items(value, "")?,
        other => return Ok(vec![to_text(call, &other)?]),
    };
    let present = list.iter().filter(|item| !matches!(item, Value::Nil));
    present.map(|item| to_text(call, item)).collect()
}

fn sort_alpha(call: &Call<'_>) -> Outcome {
    if matches!(call.value(0), Value::Nil) {
        return Ok(Value::strings(["<nil>"]));
    }
    let mut strings = strings(call, call.value(0))?;
    strings.sort_unstable();
    Ok(Value::strings(strings))
}

fn join(call: &Call<'_>) -> Outcome {
    let strings = strings(call, call.value(1))?;
    let separator = call.bytes(0);
    let length: usize = strings
        .iter()
        .map(|text| text.len() + separator.len())
        .sum();
    call.reserve(length)?;
    let parts: Vec<&[u8]> = strings.iter().map(Text::as_bytes).collect();
    Ok(Text::from_bytes(&parts.join(separator)).into())
}

/// The numbers from `start` to before `stop`; none where the step leads away.
fn numbers(call: &Call<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Error> {
    let leads = if stop < start { step < 0 } else { step > 0 };
    if !leads {
        return Ok(Vec::new());
    }
    let count = stop.abs_diff(start).div_ceil(step.unsigned_abs());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    call.reserve(count.saturating_mul(size_of::<Value>()))?;
    let successors = std::iter::successors(Some(start), |number| number.checked_add(step));
    Ok(successors.take(count).collect())
}

fn counted(call: &Call<'_>, start: i64, stop: i64, step: i64) -> Outcome {
    let numbers = numbers(call, start, stop, step)?;
    let items = numbers.into_iter().map(Value::Int).collect();
    Ok(List::new(ListType::Ints, items).into())
}

fn seq(call: &Call<'_>) -> Outcome {
    let (start, step, end) = match call.arguments() {
        [_] => (1, 1, call.int(0)),
        [_, _] => (call.int(0), 1, call.int(1)),
        [_, _, _] => (call.int(0), call.int(1), call.int(2)),
        _ => return Ok("".into()),
    };
    let down = end < start;
    if down && call.arguments().len() == 3 && step > 0 {
        return Ok("".into());
    }
    let step = if down && call.arguments().len() < 3 {
        -1
    } else {
        step
    };
    let stop = end.saturating_add(if down { -1 } else { 1 });
    let numbers = numbers(call, start, stop, step)?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(texts.join(" ").into())
}
