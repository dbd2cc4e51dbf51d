//! Wrapping and abbreviating, which count bytes as the reference does.

use super::{Entry, INT, Outcome, STRING, takes};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{Text, Value};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("wrap", takes(&[INT, STRING]), |call| {
        wrap(call, b"\n", call.bytes(1), LongWords::Keep)
    }),
    ("wrapWith", takes(&[INT, STRING, STRING]), |call| {
        let separator = if call.bytes(1).is_empty() {
            b"\n"
        } else {
            call.bytes(1)
        };
        wrap(call, separator, call.bytes(2), LongWords::Break)
    }),
    ("abbrev", takes(&[INT, STRING]), |call| {
        let width = call.int(0);
        Ok(if width < 4 {
            call.value(1).clone()
        } else {
            abbreviate(call.bytes(1), 0, width)
        })
    }),
    ("abbrevboth", takes(&[INT, INT, STRING]), |call| {
        let (left, right) = (call.int(0), call.int(1));
        let keeps = right < 4 || (left > 0 && right < 7);
        Ok(if keeps {
            call.value(2).clone()
        } else {
            abbreviate(call.bytes(2), left, right)
        })
    }),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum LongWords {
    Keep,
    Break,
}

fn wrap(call: &Call<'_>, separator: &[u8], text: &[u8], long: LongWords) -> Outcome {
    let width = usize::try_from(call.int(0)).unwrap_or(0).max(1);
    let breaks = text.len() / width + 1;
    call.reserve(
        breaks
            .saturating_mul(separator.len())
            .saturating_add(text.len()),
    )?;
    Ok(Text::from_bytes(&wrapped(call, text, width, (separator, long))?).into())
}

fn wrapped(
    call: &Call<'_>,
    text: &[u8],
    width: usize,
    (separator, long): (&[u8], LongWords),
) -> Result<Vec<u8>, Error> {
    let mut lines = Vec::new();
    let mut rest = text;
    while rest.len() > width {
        call.step()?;
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let blank = rest[..=width].iter().rposition(|byte| *byte == b' ');
        let (line, after) = match (blank, long) {
            (Some(blank), _) => (&rest[..blank], &rest[blank + 1..]),
            (None, LongWords::Break) => rest.split_at(width),
            (None, LongWords::Keep) => match rest[width..].iter().position(|byte| *byte == b' ') {
                Some(blank) => (&rest[..width + blank], &rest[width + blank + 1..]),
                None => break,
            },
        };
        lines.extend_from_slice(line);
        lines.extend_from_slice(separator);
        rest = after;
    }
    lines.extend_from_slice(rest);
    Ok(lines)
}

/// `...` for what is left out at the end, and from `offset` on also at the start.
fn abbreviate(text: &[u8], offset: i64, width: i64) -> Value {
    Text::from_bytes(&abbreviated(text, offset, width)).into()
}

fn abbreviated(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = text.len();
    let width = usize::try_from(width).unwrap_or(0);
    if length <= width || width < 4 {
        return text.to_vec();
    }
    let offset = usize::try_from(offset)
        .unwrap_or(0)
        .min(length)
        .min(length - (width - 3));
    if offset <= 4 {
        return [&text[..width - 3], b"..."].concat();
    }
    if offset + width - 3 < length {
        let inner = i64::try_from(width - 3).unwrap_or(i64::MAX);
        return [b"...".as_slice(), &abbreviated(&text[offset..], 0, inner)].concat();
    }
    [b"...", &text[length - (width - 3)..]].concat()
}
