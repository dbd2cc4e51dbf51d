//! RFC 3339 as Go reads it, with Go's words for what it does not read.

use std::fmt::{self, Write};

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// Why a text is no RFC 3339 time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault<'a> {
    text: &'a str,
    reason: Reason<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum Reason<'a> {
    /// What stands where an element of the layout is expected.
    Element {
        rest: &'a str,
        element: &'static str,
    },
    OutOfRange(&'static str),
    Extra(&'a str),
}

/// Checks that `text` is a time, as generous and as strict as Go is.
///
/// Hours may have one digit, a fraction may follow a comma, and only capital
/// `T` and `Z` will do.
pub(crate) fn parse(text: &str) -> Result<(), Fault<'_>> {
    read(text).map_err(|reason| Fault { text, reason })
}

fn read(text: &str) -> Result<(), Reason<'_>> {
    let mut rest = text;
    let year = number(&mut rest, 4, "2006")?;
    literal(&mut rest, "-")?;
    let month = number(&mut rest, 2, "01")?;
    in_range(month, 1..=12, "month")?;
    literal(&mut rest, "-")?;
    let day = number(&mut rest, 2, "02")?;
    literal(&mut rest, "T")?;
    in_range(hour(&mut rest)?, 0..=23, "hour")?;
    literal(&mut rest, ":")?;
    in_range(number(&mut rest, 2, "04")?, 0..=59, "minute")?;
    literal(&mut rest, ":")?;
    in_range(number(&mut rest, 2, "05")?, 0..=59, "second")?;
    skip_fraction(&mut rest);
    zone(&mut rest)?;
    if !rest.is_empty() {
        return Err(Reason::Extra(rest));
    }
    in_range(day, 1..=days(month, year), "day")
}

fn in_range<'a>(
    number: u32,
    range: std::ops::RangeInclusive<u32>,
    what: &'static str,
) -> Result<(), Reason<'a>> {
    if range.contains(&number) {
        return Ok(());
    }
    Err(Reason::OutOfRange(what))
}

fn days(month: u32, year: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

fn literal<'a>(rest: &mut &'a str, literal: &'static str) -> Result<(), Reason<'a>> {
    *rest = rest.strip_prefix(literal).ok_or(Reason::Element {
        rest,
        element: literal,
    })?;
    Ok(())
}

fn number<'a>(rest: &mut &'a str, digits: usize, element: &'static str) -> Result<u32, Reason<'a>> {
    let number = rest
        .get(..digits)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or(Reason::Element { rest, element })?;
    *rest = &rest[digits..];
    Ok(number)
}

fn hour<'a>(rest: &mut &'a str) -> Result<u32, Reason<'a>> {
    number(rest, 2, "15").or_else(|_| number(rest, 1, "15"))
}

fn skip_fraction(rest: &mut &str) {
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let after = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if after.len() < fraction.len() {
            *rest = after;
        }
    }
}

fn zone<'a>(rest: &mut &'a str) -> Result<(), Reason<'a>> {
    let whole = *rest;
    let malformed = || Reason::Element {
        rest: whole,
        element: "Z07:00",
    };
    if let Some(after) = whole.strip_prefix('Z') {
        *rest = after;
        return Ok(());
    }
    *rest = whole.strip_prefix(['+', '-']).ok_or_else(malformed)?;
    let hours = number(rest, 2, "Z07:00").map_err(|_| malformed())?;
    literal(rest, ":").map_err(|_| malformed())?;
    let minutes = number(rest, 2, "Z07:00").map_err(|_| malformed())?;
    in_range(hours, 0..=24, "time zone offset hour")?;
    in_range(minutes, 0..=60, "time zone offset minute")
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parsing time {}", Quoted(self.text))?;
        match &self.reason {
            Reason::Element { rest, element } => write!(
                f,
                " as \"{LAYOUT}\": cannot parse {} as \"{element}\"",
                Quoted(rest)
            ),
            Reason::OutOfRange(what) => write!(f, ": {what} out of range"),
            Reason::Extra(rest) => write!(f, ": extra text: {}", Quoted(rest)),
        }
    }
}

/// A text in quotes, with every byte that is not printable ASCII as `\x`.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for byte in self.0.bytes() {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                b' '..=b'~' => f.write_char(char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_char('"')
    }
}
