//! Dates and durations.

mod duration;
mod layout;
mod parse;
mod time;

use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::{ANY, Entry, Outcome, STRING, TIME, failed, takes};
use crate::gotemplate::Value;
use crate::gotemplate::function::{Call, Error};
use crate::helm::host::Host;
use time::Time;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("now", takes(&[]), |call| {
        Ok(Value::object(Time(now(call)?)))
    }),
    ("date", takes(&[STRING, ANY]), |call| {
        format(call, &call.text(0), call.value(1), "Local")
    }),
    ("dateInZone", takes(&[STRING, ANY, STRING]), date_in_zone),
    ("date_in_zone", takes(&[STRING, ANY, STRING]), date_in_zone),
    ("htmlDate", takes(&[ANY]), |call| {
        format(call, HTML, call.value(0), "Local")
    }),
    ("htmlDateInZone", takes(&[ANY, STRING]), |call| {
        format(call, HTML, call.value(0), &call.text(1))
    }),
    ("toDate", takes(&[STRING, STRING]), |call| {
        Ok(to_date(call)?.unwrap_or_else(|_| Value::object(Time::zero())))
    }),
    ("mustToDate", takes(&[STRING, STRING]), |call| {
        to_date(call)?.map_err(Error::new)
    }),
    ("dateModify", takes(&[STRING, TIME]), modify),
    ("date_modify", takes(&[STRING, TIME]), modify),
    ("mustDateModify", takes(&[STRING, TIME]), must_modify),
    ("must_date_modify", takes(&[STRING, TIME]), must_modify),
    ("unixEpoch", takes(&[TIME]), |call| {
        let seconds = time_of(call, call.value(0))?.timestamp().as_second();
        Ok(seconds.to_string().into())
    }),
    ("ago", takes(&[ANY]), |call| {
        let nanoseconds = since(call, call.value(0))?;
        Ok(duration::format(duration::rounded(nanoseconds, duration::SECOND)).into())
    }),
    ("duration", takes(&[ANY]), |call| {
        let seconds = match call.value(0) {
            Value::String(text) => text.to_str().parse().unwrap_or(0),
            Value::Int64(seconds) => *seconds,
            _ => 0,
        };
        Ok(duration::format(seconds.wrapping_mul(duration::SECOND)).into())
    }),
    ("durationRound", takes(&[ANY]), |call| {
        let nanoseconds = match call.value(0) {
            Value::String(text) => duration::parse(&text.to_str()).unwrap_or(0),
            Value::Int64(nanoseconds) => *nanoseconds,
            value if value.as_object::<Time>().is_some() => since(call, value)?,
            _ => 0,
        };
        Ok(duration::largest_unit(nanoseconds).into())
    }),
];

const HTML: &str = "2006-01-02";

fn now(call: &Call<'_>) -> Result<Zoned, Error> {
    let sources = &Host::of(call)?.sources;
    Ok(sources.clock.now().to_zoned(sources.zone.clone()))
}

/// A time, or seconds since 1970; anything else is now.
fn time_of(call: &Call<'_>, value: &Value) -> Result<Zoned, Error> {
    if let Some(time) = value.as_object::<Time>() {
        return Ok(time.0.clone());
    }
    match value {
        Value::Int(seconds) | Value::Int64(seconds) => {
            let timestamp = Timestamp::from_second(*seconds);
            let timestamp = timestamp.map_err(|error| Error::new(error.to_string()))?;
            Ok(timestamp.to_zoned(TimeZone::UTC))
        }
        _ => now(call),
    }
}

fn since(call: &Call<'_>, value: &Value) -> Result<i64, Error> {
    let past = now(call)?
        .timestamp()
        .duration_since(time_of(call, value)?.timestamp());
    Ok(i64::try_from(past.as_nanos()).unwrap_or(i64::MAX))
}

fn date_in_zone(call: &Call<'_>) -> Outcome {
    format(call, &call.text(0), call.value(1), &call.text(2))
}

fn format(call: &Call<'_>, layout: &str, value: &Value, zone: &str) -> Outcome {
    let zone = match zone {
        "Local" => Host::of(call)?.sources.zone.clone(),
        "" => TimeZone::UTC,
        name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
    };
    let time = time_of(call, value)?.with_time_zone(zone);
    Ok(layout::format(&time, layout).into())
}

/// The outer error is the engine's, the inner one the date's.
fn to_date(call: &Call<'_>) -> Result<Result<Value, String>, Error> {
    let zone = Host::of(call)?.sources.zone.clone();
    let parsed = parse::parse(&call.text(0), &call.text(1), &zone);
    Ok(parsed.map(|time| Value::object(Time(time))))
}

fn moved(time: &Zoned, nanoseconds: i64) -> Outcome {
    match time.checked_add(jiff::SignedDuration::from_nanos(nanoseconds)) {
        Ok(moved) => Ok(Value::object(Time(moved))),
        Err(error) => failed(error.to_string()),
    }
}

fn modify(call: &Call<'_>) -> Outcome {
    match duration::parse(&call.text(0)) {
        Ok(nanoseconds) => moved(&time_of(call, call.value(1))?, nanoseconds),
        Err(_) => Ok(call.value(1).clone()),
    }
}

fn must_modify(call: &Call<'_>) -> Outcome {
    let nanoseconds = duration::parse(&call.text(0)).map_err(Error::new)?;
    moved(&time_of(call, call.value(1))?, nanoseconds)
}

/// A date of a TOML file.
pub(super) fn from_toml(text: &str) -> Value {
    let layouts = [
        "2006-01-02T15:04:05Z07:00",
        "2006-01-02 15:04:05Z07:00",
        "2006-01-02T15:04:05",
        "2006-01-02",
        "15:04:05",
    ];
    let parsed = layouts
        .iter()
        .find_map(|layout| parse::parse(layout, text, &TimeZone::UTC).ok());
    parsed.map_or_else(|| text.into(), |time| Value::object(Time(time)))
}
