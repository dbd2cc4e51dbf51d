//! Go's layouts: how Mon Jan 2 15:04:05 2006 is to be written.

use jiff::Zoned;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// A part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    BlankDay,
    ZeroDay,
    BlankYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    Zone,
    /// An offset: `Z` for zero, colons, and down to minutes or seconds.
    Offset {
        z: bool,
        colon: bool,
        digits: usize,
    },
    /// A fraction of a second: its separator, its digits, and whether zeros go.
    Fraction {
        comma: bool,
        digits: usize,
        trimmed: bool,
    },
}

/// Splits a layout at its first part: the text before, the part, the rest.
pub(super) fn next_part(layout: &str) -> (&str, Option<Part>, &str) {
    for (start, _) in layout.char_indices() {
        if let Some((part, length)) = part_at(&layout[start..]) {
            // The blank of `_2006` belongs to the text.
            let skipped = usize::from(part == Part::LongYear && layout[start..].starts_with('_'));
            return (
                &layout[..start + skipped],
                Some(part),
                &layout[start + length..],
            );
        }
    }
    (layout, None, "")
}

fn part_at(text: &str) -> Option<(Part, usize)> {
    const FIXED: &[(&str, Part)] = &[
        ("January", Part::LongMonth),
        ("Monday", Part::LongWeekday),
        ("MST", Part::Zone),
        ("002", Part::ZeroYearDay),
        ("01", Part::ZeroMonth),
        ("02", Part::ZeroDay),
        ("03", Part::ZeroHour12),
        ("04", Part::ZeroMinute),
        ("05", Part::ZeroSecond),
        ("06", Part::Year),
        ("15", Part::Hour),
        ("1", Part::NumberMonth),
        ("2006", Part::LongYear),
        ("2", Part::Day),
        ("_2006", Part::LongYear),
        ("__2", Part::BlankYearDay),
        ("_2", Part::BlankDay),
        ("3", Part::Hour12),
        ("4", Part::Minute),
        ("5", Part::Second),
        ("PM", Part::UpperPm),
        ("pm", Part::LowerPm),
    ];
    let fixed = FIXED.iter().find(|(written, _)| text.starts_with(written));
    fixed
        .map(|(written, part)| (*part, written.len()))
        .or_else(|| short_name(text))
        .or_else(|| offset(text))
        .or_else(|| fraction(text))
}

/// `Jan` and `Mon`, but not the beginning of another word.
fn short_name(text: &str) -> Option<(Part, usize)> {
    let part = match text.get(..3)? {
        "Jan" => Part::Month,
        "Mon" => Part::Weekday,
        _ => return None,
    };
    let follows = text[3..].starts_with(|char: char| char.is_ascii_lowercase());
    (!follows).then_some((part, 3))
}

fn offset(text: &str) -> Option<(Part, usize)> {
    let z = text.starts_with('Z');
    let rest = text.strip_prefix(['Z', '-'])?;
    let forms = [
        ("070000", false, 6),
        ("07:00:00", true, 6),
        ("0700", false, 4),
        ("07:00", true, 4),
        ("07", false, 2),
    ];
    let (written, colon, digits) = forms
        .into_iter()
        .find(|(form, ..)| rest.starts_with(form))?;
    Some((Part::Offset { z, colon, digits }, written.len() + 1))
}

fn fraction(text: &str) -> Option<(Part, usize)> {
    let comma = text.starts_with(',');
    let rest = text.strip_prefix(['.', ','])?;
    let digit = rest
        .chars()
        .next()
        .filter(|digit| matches!(digit, '0' | '9'))?;
    let digits = rest.len() - rest.trim_start_matches(digit).len();
    if rest[digits..].starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let trimmed = digit == '9';
    Some((
        Part::Fraction {
            comma,
            digits,
            trimmed,
        },
        digits + 1,
    ))
}

/// The time in a layout.
pub(super) fn format(time: &Zoned, layout: &str) -> String {
    let mut output = String::with_capacity(layout.len() + 16);
    let mut rest = layout;
    loop {
        let (before, part, after) = next_part(rest);
        output.push_str(before);
        match part {
            Some(part) => output.push_str(&written(time, part)),
            None => return output,
        }
        rest = after;
    }
}

fn written(time: &Zoned, part: Part) -> String {
    let name = |names: &[&str], index: i8| {
        let index = usize::try_from(index).unwrap_or(0);
        names.get(index).copied().unwrap_or_default().to_owned()
    };
    let weekday = time.weekday().to_sunday_zero_offset();
    let hour12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match part {
        Part::LongMonth => name(&MONTHS, time.month() - 1),
        Part::Month => name(&MONTHS, time.month() - 1)[..3].to_owned(),
        Part::NumberMonth => time.month().to_string(),
        Part::ZeroMonth => format!("{:02}", time.month()),
        Part::LongWeekday => name(&DAYS, weekday),
        Part::Weekday => name(&DAYS, weekday)[..3].to_owned(),
        Part::Day => time.day().to_string(),
        Part::BlankDay => format!("{:2}", time.day()),
        Part::ZeroDay => format!("{:02}", time.day()),
        Part::BlankYearDay => format!("{:3}", time.day_of_year()),
        Part::ZeroYearDay => format!("{:03}", time.day_of_year()),
        Part::Hour => format!("{:02}", time.hour()),
        Part::Hour12 => hour12.to_string(),
        Part::ZeroHour12 => format!("{hour12:02}"),
        Part::Minute => time.minute().to_string(),
        Part::ZeroMinute => format!("{:02}", time.minute()),
        Part::Second => time.second().to_string(),
        Part::ZeroSecond => format!("{:02}", time.second()),
        Part::LongYear => format!("{:04}", time.year()),
        Part::Year => format!("{:02}", time.year().rem_euclid(100)),
        Part::UpperPm => if time.hour() >= 12 { "PM" } else { "AM" }.into(),
        Part::LowerPm => if time.hour() >= 12 { "pm" } else { "am" }.into(),
        Part::Zone => zone(time),
        Part::Offset { z, colon, digits } => offset_text(time.offset().seconds(), z, colon, digits),
        Part::Fraction {
            comma,
            digits,
            trimmed,
        } => fraction_text(time.subsec_nanosecond(), comma, digits, trimmed),
    }
}

/// The zone's abbreviation, or its offset where it has none.
fn zone(time: &Zoned) -> String {
    let abbreviation = time.strftime("%Z").to_string();
    if abbreviation.starts_with(|char: char| char.is_ascii_alphabetic()) {
        return abbreviation;
    }
    let seconds = time.offset().seconds();
    let digits = if seconds % 3600 == 0 { 2 } else { 4 };
    offset_text(seconds, false, false, digits)
}

fn offset_text(seconds: i32, z: bool, colon: bool, digits: usize) -> String {
    if z && seconds == 0 {
        return "Z".into();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let parts = parts
        .iter()
        .take(digits / 2)
        .map(|part| format!("{part:02}"));
    let parts: Vec<String> = parts.collect();
    format!("{sign}{}", parts.join(if colon { ":" } else { "" }))
}

fn fraction_text(nanoseconds: i32, comma: bool, digits: usize, trimmed: bool) -> String {
    let mut text = format!("{nanoseconds:09}");
    text.truncate(digits);
    text.extend(std::iter::repeat_n('0', digits.saturating_sub(9)));
    let text = if trimmed {
        text.trim_end_matches('0')
    } else {
        &text
    };
    if text.is_empty() {
        return String::new();
    }
    format!("{}{text}", if comma { ',' } else { '.' })
}
