//! `os.time` and `os.date`, the only parts of `os` that scripts get.

use std::fmt::Write;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use mlua::{Lua, Table, Value};

use super::fault::raise;
use super::number;

/// Which of the reference's two `os` libraries is imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// What `require("os")` gives.
    Restricted,
    /// The global `os` with open libraries.
    Open,
}

/// `os.time([table])`: seconds, now or of the local time in a table.
pub(super) fn time(variant: Variant, lua: &Lua, table: Option<&Table>) -> mlua::Result<f64> {
    let Some(table) = table else {
        return Ok(seconds(Timestamp::now()));
    };
    let field = |name: &str, otherwise: i64| -> mlua::Result<i64> {
        Ok(integer(variant, &table.raw_get(name)?).unwrap_or(otherwise))
    };
    let date = normal(
        [field("year", 0)?, field("month", 1)?, field("day", 1)?],
        [field("hour", 12)?, field("min", 0)?, field("sec", 0)?],
    );
    date.and_then(|date| date.to_zoned(TimeZone::system()).ok())
        .map(|zoned| seconds(zoned.timestamp()))
        .ok_or_else(|| raise(lua, "time out of range"))
}

fn integer(variant: Variant, value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        Value::Number(number) => number::whole(number.trunc()),
        Value::String(text) if variant == Variant::Open => {
            number::whole(number::parse(&text.to_string_lossy(), None)?)
        }
        _ => None,
    }
}

/// A date whose fields may be beyond their ranges, as in the 14th month.
fn normal([year, month, day]: [i64; 3], [hour, minute, second]: [i64; 3]) -> Option<DateTime> {
    let months = month.checked_sub(1)?;
    let year = i16::try_from(year.checked_add(months.div_euclid(12))?).ok()?;
    let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
    let seconds = hour
        .checked_mul(3600)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?
        .checked_add(day.checked_sub(1)?.checked_mul(86_400)?)?;
    let start = DateTime::new(year, month, 1, 0, 0, 0, 0).ok()?;
    start
        .checked_add(jiff::SignedDuration::from_secs(seconds))
        .ok()
}

#[expect(clippy::cast_precision_loss, reason = "Lua's numbers are doubles")]
fn seconds(timestamp: Timestamp) -> f64 {
    timestamp.as_second() as f64
}

/// `os.date([format [, time]])`.
pub(super) fn date(
    variant: Variant,
    lua: &Lua,
    format: Option<String>,
    time: Option<f64>,
) -> mlua::Result<Value> {
    let format = format.unwrap_or_else(|| "%c".into());
    let (is_utc, format) = match format.strip_prefix('!') {
        // The restricted library forgets the zone where a time is given.
        Some(format) => (variant == Variant::Open || time.is_none(), format),
        None => (false, format.as_str()),
    };
    let timestamp = match time {
        Some(time) => number::whole(time.trunc())
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| raise(lua, "time out of range"))?,
        None => Timestamp::now(),
    };
    let zone = if is_utc {
        TimeZone::UTC
    } else {
        TimeZone::system()
    };
    let zoned = timestamp.to_zoned(zone);
    if format.starts_with("*t") {
        return table(lua, &zoned).map(Value::Table);
    }
    lua.create_string(text(format, &zoned)).map(Value::String)
}

fn table(lua: &Lua, zoned: &Zoned) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("year", zoned.year())?;
    table.raw_set("month", zoned.month())?;
    table.raw_set("day", zoned.day())?;
    table.raw_set("hour", zoned.hour())?;
    table.raw_set("min", zoned.minute())?;
    table.raw_set("sec", zoned.second())?;
    table.raw_set("wday", zoned.weekday().to_sunday_one_offset())?;
    table.raw_set("yday", 0)?;
    table.raw_set("isdst", false)?;
    Ok(table)
}

fn text(format: &str, zoned: &Zoned) -> String {
    let mut output = String::with_capacity(format.len());
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            output.push(character);
            continue;
        }
        match characters.next() {
            Some(verb) => directive(&mut output, verb, zoned),
            None => output.push('%'),
        }
    }
    output
}

fn directive(output: &mut String, verb: char, zoned: &Zoned) {
    let layout = match verb {
        // The reference writes its layout's own text here.
        'a' => return output.push_str("mon"),
        '%' => return output.push('%'),
        'w' => {
            let day = zoned.weekday().to_sunday_zero_offset();
            return write!(output, "{day}").unwrap_or_default();
        }
        'A' => "%A",
        'b' => "%b",
        'B' => "%B",
        'c' => "%d %b %y %H:%M %Z",
        'd' => "%d",
        'F' => "%Y-%m-%d",
        'H' => "%H",
        'I' => "%I",
        'm' => "%m",
        'M' => "%M",
        'p' => "%p",
        'P' => "%P",
        'S' => "%S",
        'x' => "%H/%M/%S",
        'X' => "%H:%M:%S",
        'y' => "%y",
        'Y' => "%Y",
        'z' => "%z",
        'Z' => "%Z",
        other => return output.extend(['%', other]),
    };
    // Writing to a text cannot fail, and the layouts are known to be sound.
    write!(output, "{}", zoned.strftime(layout)).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::text;

    #[test]
    fn the_formats_of_actions() {
        let zoned = Timestamp::from_second(1_767_323_045)
            .unwrap()
            .to_zoned(TimeZone::UTC);
        for (format, expected) in [
            ("%Y-%m-%dT%XZ", "2026-01-02T03:04:05Z"),
            ("%Y%m%d%H%M", "202601020304"),
            ("%y%m%d%H%M", "2601020304"),
            ("%c", "02 Jan 26 03:04 UTC"),
            ("%x %a %w %k %%", "03/04/05 mon 5 %k %"),
            ("%A %B %I%p", "Friday January 03AM"),
        ] {
            assert_eq!(text(format, &zoned), expected, "{format:?}");
        }
    }
}
