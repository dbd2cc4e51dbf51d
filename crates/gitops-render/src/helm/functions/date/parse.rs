//! Reads a date by a layout.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{ToSpan, Zoned};

use super::layout::{DAYS, MONTHS, Part, next_part};

/// Reads `value` by `layout`, in `zone` unless it names one.
pub(super) fn parse(layout: &str, value: &str, zone: &TimeZone) -> Result<Zoned, String> {
    let mut fields = Fields::default();
    match fields.read(layout, value) {
        Ok(()) => fields
            .zoned(zone)
            .ok_or_else(|| format!("parsing time {}: out of range", quote(value))),
        Err((rest, None)) => {
            let (value, rest) = (quote(value), quote(rest));
            Err(format!("parsing time {value}: extra text: {rest}"))
        }
        Err((at, Some(element))) => {
            let (value, layout) = (quote(value), quote(layout));
            let (at, element) = (quote(at), quote(&element));
            Err(format!(
                "parsing time {value} as {layout}: cannot parse {at} as {element}"
            ))
        }
    }
}

/// As Go's `time` quotes: all but printable ASCII byte by byte.
fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'\x7f' => quoted.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(quoted, "\\x{byte:02x}")),
        }
    }
    quoted.push('"');
    quoted
}

/// What was read so far.
struct Fields {
    year: i16,
    month: i8,
    day: i8,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            year: 0,
            month: 1,
            day: 1,
            year_day: None,
            hour: 0,
            minute: 0,
            second: 0,
            nanosecond: 0,
            afternoon: None,
            offset: None,
        }
    }
}

impl Fields {
    /// The error is where it stopped and what it wanted there, if anything.
    fn read<'v>(&mut self, layout: &str, value: &'v str) -> Result<(), (&'v str, Option<String>)> {
        let (mut layout, mut value) = (layout, value);
        loop {
            let (before, part, after) = next_part(layout);
            value = value
                .strip_prefix(before)
                .ok_or_else(|| (value, Some(before.to_owned())))?;
            let Some(part) = part else {
                return if value.is_empty() {
                    Ok(())
                } else {
                    Err((value, None))
                };
            };
            let written = &layout[before.len()..layout.len() - after.len()];
            value = self
                .part(part, value, after)
                .ok_or_else(|| (value, Some(written.to_owned())))?;
            layout = after;
        }
    }

    /// Reads one part and gives what follows it.
    fn part<'v>(&mut self, part: Part, value: &'v str, layout: &str) -> Option<&'v str> {
        let blank = value.trim_start_matches(' ');
        Some(match part {
            Part::LongMonth => set(&mut self.month, name(value, &MONTHS, 0)?, 1),
            Part::Month => set(&mut self.month, name(value, &MONTHS, 3)?, 1),
            Part::LongWeekday => name(value, &DAYS, 0)?.1,
            Part::Weekday => name(value, &DAYS, 3)?.1,
            Part::NumberMonth => set(&mut self.month, number(value, 1, 2)?, 0),
            Part::ZeroMonth => set(&mut self.month, number(value, 2, 2)?, 0),
            Part::Day | Part::ZeroDay => set(&mut self.day, number(value, 1, 2)?, 0),
            Part::BlankDay => set(&mut self.day, number(blank, 1, 2)?, 0),
            Part::BlankYearDay | Part::ZeroYearDay => {
                let (day, rest) = number(blank, 1, 3)?;
                self.year_day = i16::try_from(day).ok();
                rest
            }
            Part::Hour | Part::ZeroHour12 => set(&mut self.hour, number(value, 2, 2)?, 0),
            Part::Hour12 => set(&mut self.hour, number(value, 1, 2)?, 0),
            Part::Minute => set(&mut self.minute, number(value, 1, 2)?, 0),
            Part::ZeroMinute => set(&mut self.minute, number(value, 2, 2)?, 0),
            Part::Second => self.second(number(value, 1, 2)?, layout),
            Part::ZeroSecond => self.second(number(value, 2, 2)?, layout),
            Part::LongYear => {
                let (year, rest) = number(value, 4, 4)?;
                self.year = i16::try_from(year).ok()?;
                rest
            }
            Part::Year => {
                let (year, rest) = number(value, 2, 2)?;
                self.year =
                    i16::try_from(if year >= 69 { 1900 + year } else { 2000 + year }).ok()?;
                rest
            }
            Part::UpperPm => self.half_day(value, ["AM", "PM"])?,
            Part::LowerPm => self.half_day(value, ["am", "pm"])?,
            Part::Zone => self.zone(value)?,
            Part::Offset { z, colon, digits } => self.offset(value, z, colon, digits)?,
            Part::Fraction { .. } => self.fraction(value).unwrap_or(value),
        })
    }

    /// A fraction may follow although the layout does not say so.
    fn second<'v>(&mut self, read: (i32, &'v str), layout: &str) -> &'v str {
        let rest = set(&mut self.second, read, 0);
        let expected = matches!(next_part(layout), ("", Some(Part::Fraction { .. }), _));
        if expected {
            rest
        } else {
            self.fraction(rest).unwrap_or(rest)
        }
    }

    fn fraction<'v>(&mut self, value: &'v str) -> Option<&'v str> {
        let rest = value.strip_prefix(['.', ','])?;
        let end = rest
            .find(|char: char| !char.is_ascii_digit())
            .unwrap_or(rest.len());
        let digits = rest[..end].get(..9.min(end))?;
        let number: i32 = digits.parse().ok()?;
        let missing = u32::try_from(9 - digits.len()).ok()?;
        self.nanosecond = number * 10_i32.pow(missing);
        Some(&rest[end..])
    }

    fn half_day<'v>(&mut self, value: &'v str, names: [&str; 2]) -> Option<&'v str> {
        let index = names.iter().position(|name| value.starts_with(name))?;
        self.afternoon = Some(index == 1);
        Some(&value[2..])
    }

    fn zone<'v>(&mut self, value: &'v str) -> Option<&'v str> {
        if let Some(rest) = value.strip_prefix("UTC") {
            self.offset = Some(0);
            return Some(rest);
        }
        let end = value
            .find(|char: char| !char.is_ascii_uppercase())
            .unwrap_or(value.len());
        (3..=5).contains(&end).then(|| &value[end..])
    }

    fn offset<'v>(
        &mut self,
        value: &'v str,
        z: bool,
        colon: bool,
        digits: usize,
    ) -> Option<&'v str> {
        if z && let Some(rest) = value.strip_prefix('Z') {
            self.offset = Some(0);
            return Some(rest);
        }
        let negative = value.starts_with('-');
        let mut rest = value.strip_prefix(['-', '+'])?;
        let mut seconds = 0;
        for (index, scale) in [3600, 60, 1].into_iter().take(digits / 2).enumerate() {
            if colon && index > 0 {
                rest = rest.strip_prefix(':')?;
            }
            let (part, after) = number(rest, 2, 2)?;
            seconds += part * scale;
            rest = after;
        }
        self.offset = Some(if negative { -seconds } else { seconds });
        Some(rest)
    }

    fn zoned(&self, zone: &TimeZone) -> Option<Zoned> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let date = match self.year_day {
            Some(day) => Date::new(self.year, 1, 1)
                .ok()?
                .checked_add((day - 1).days())
                .ok()?,
            None => Date::new(self.year, self.month, self.day).ok()?,
        };
        let time = Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        let zone = match self.offset {
            Some(0) => TimeZone::UTC,
            Some(seconds) => TimeZone::fixed(Offset::from_seconds(seconds).ok()?),
            None => zone.clone(),
        };
        DateTime::from_parts(date, time).to_zoned(zone).ok()
    }
}

fn set<'v>(field: &mut i8, (value, rest): (i32, &'v str), more: i32) -> &'v str {
    *field = i8::try_from(value + more).unwrap_or(i8::MAX);
    rest
}

/// A number of at least and at most so many digits.
fn number(text: &str, least: usize, most: usize) -> Option<(i32, &str)> {
    let digits = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (digits, rest) = text.split_at(digits);
    if digits.len() < least {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

/// The index of the name that `text` begins with, in any case; `length` cuts names.
fn name<'t>(text: &'t str, names: &[&str], length: usize) -> Option<(i32, &'t str)> {
    let index = names.iter().position(|name| {
        let name = if length == 0 { name } else { &name[..length] };
        text.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let matched = if length == 0 {
        names[index].len()
    } else {
        length
    };
    Some((i32::try_from(index).ok()?, &text[matched..]))
}
