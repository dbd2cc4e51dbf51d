//! Go's `time.Time`, with its methods.

use std::any::Any;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};

use super::duration;
use super::layout::{DAYS, MONTHS, format};
use crate::gotemplate::function::Error;
use crate::gotemplate::{Kind, Object, Value};

/// A time in a zone.
pub(super) struct Time(pub(super) Zoned);

impl Time {
    /// Go's zero time: the beginning of the year 1.
    pub(super) fn zero() -> Self {
        let date = jiff::civil::date(1, 1, 1).at(0, 0, 0, 0);
        Self(date.to_zoned(TimeZone::UTC).unwrap_or_default())
    }

    fn integer(arguments: &[Value], index: usize) -> i64 {
        let number = arguments.get(index).and_then(Value::as_integer);
        number
            .and_then(|number| i64::try_from(number).ok())
            .unwrap_or(0)
    }

    fn other(arguments: &[Value]) -> Result<&Zoned, Error> {
        let other = arguments.first().and_then(Value::as_object::<Self>);
        let other = other.map(|time| &time.0);
        other.ok_or_else(|| {
            let found = arguments.first().map_or("nothing", Value::type_name);
            Error::new(format!(
                "wrong type for value; expected time.Time; got {found}"
            ))
        })
    }

    /// A day that the month does not have runs over into the next one.
    fn add_date(&self, arguments: &[Value]) -> Result<Value, Error> {
        let part = |index| Self::integer(arguments, index).clamp(-10_000_000, 10_000_000);
        let months =
            i64::from(self.0.year()) * 12 + i64::from(self.0.month() - 1) + part(0) * 12 + part(1);
        let year =
            i16::try_from(months.div_euclid(12)).map_err(|_| Error::new("year out of range"))?;
        let month = i8::try_from(months.rem_euclid(12) + 1).unwrap_or(1);
        let first = jiff::civil::Date::new(year, month, 1).map_err(wrong)?;
        let days = i64::from(self.0.day() - 1) + part(2);
        let days = SignedDuration::from_secs(days * 24 * 60 * 60);
        let date = first
            .at(0, 0, 0, 0)
            .checked_add(days)
            .map_err(wrong)?
            .date();
        let moved = date
            .to_datetime(self.0.time())
            .to_zoned(self.0.time_zone().clone());
        Ok(Value::object(Self(moved.map_err(wrong)?)))
    }

    fn add(&self, arguments: &[Value]) -> Result<Value, Error> {
        let duration = SignedDuration::from_nanos(Self::integer(arguments, 0));
        let moved = self.0.checked_add(duration).map_err(wrong)?;
        Ok(Value::object(Self(moved)))
    }

    fn layout(arguments: &[Value]) -> String {
        let layout = arguments.first().and_then(Value::as_text);
        layout
            .map(|layout| layout.to_str().into_owned())
            .unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<i64> {
        let time = &self.0;
        Some(match name {
            "Year" => time.year().into(),
            "Day" => time.day().into(),
            "Hour" => time.hour().into(),
            "Minute" => time.minute().into(),
            "Second" => time.second().into(),
            "Nanosecond" => time.subsec_nanosecond().into(),
            "YearDay" => time.day_of_year().into(),
            _ => return None,
        })
    }

    fn unix(&self, name: &str) -> Option<i64> {
        let timestamp = self.0.timestamp();
        Some(match name {
            "Unix" => timestamp.as_second(),
            "UnixMilli" => timestamp.as_millisecond(),
            "UnixMicro" => timestamp.as_microsecond(),
            "UnixNano" => i64::try_from(timestamp.as_nanosecond()).unwrap_or(i64::MAX),
            _ => return None,
        })
    }

    fn compared(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Error>> {
        if !matches!(name, "Before" | "After" | "Equal" | "Sub") {
            return None;
        }
        let other = match Self::other(arguments) {
            Ok(other) => other.timestamp(),
            Err(error) => return Some(Err(error)),
        };
        let own = self.0.timestamp();
        Some(Ok(match name {
            "Before" => Value::Bool(own < other),
            "After" => Value::Bool(own > other),
            "Equal" => Value::Bool(own == other),
            _ => {
                let nanoseconds = own.duration_since(other).as_nanos();
                Value::object(Duration(i64::try_from(nanoseconds).unwrap_or(i64::MAX)))
            }
        }))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used in place of a closure")]
fn wrong(error: jiff::Error) -> Error {
    Error::new(error.to_string())
}

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn text(&self) -> Option<String> {
        Some(format(&self.0, "2006-01-02 15:04:05.999999999 -0700 MST"))
    }

    fn json_text(&self) -> Option<String> {
        Some(format(&self.0, "2006-01-02T15:04:05.999999999Z07:00"))
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Error>> {
        if let Some(number) = self.number(name) {
            return Some(Ok(Value::Int(number)));
        }
        if let Some(number) = self.unix(name) {
            return Some(Ok(Value::Int64(number)));
        }
        if let Some(compared) = self.compared(name, arguments) {
            return Some(compared);
        }
        Some(match name {
            "Format" => Ok(format(&self.0, &Self::layout(arguments)).into()),
            "String" => Ok(self.text().unwrap_or_default().into()),
            "Month" => Ok(Value::object(Named::month(self.0.month()))),
            "Weekday" => Ok(Value::object(Named::weekday(
                self.0.weekday().to_sunday_zero_offset(),
            ))),
            "AddDate" => self.add_date(arguments),
            "Add" => self.add(arguments),
            "UTC" | "Local" => Ok(Value::object(Self(self.0.with_time_zone(TimeZone::UTC)))),
            "IsZero" => Ok(Value::Bool(
                self.0.timestamp() == Self::zero().0.timestamp(),
            )),
            _ => return None,
        })
    }
}

/// A month or weekday: a number that prints as its name.
struct Named {
    type_name: &'static str,
    number: i8,
    name: &'static str,
}

impl Named {
    fn month(month: i8) -> Self {
        let index = usize::try_from(month - 1).unwrap_or(0);
        Self {
            type_name: "time.Month",
            number: month,
            name: MONTHS.get(index).copied().unwrap_or_default(),
        }
    }

    fn weekday(day: i8) -> Self {
        let index = usize::try_from(day).unwrap_or(0);
        Self {
            type_name: "time.Weekday",
            number: day,
            name: DAYS.get(index).copied().unwrap_or_default(),
        }
    }
}

impl Object for Named {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn kind(&self) -> Kind {
        Kind::Int
    }

    fn text(&self) -> Option<String> {
        Some(self.name.to_owned())
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::Int(self.number.into()))
    }

    fn call(&self, name: &str, _: &[Value]) -> Option<Result<Value, Error>> {
        (name == "String").then(|| Ok(self.name.into()))
    }
}

/// Go's `time.Duration`: nanoseconds.
struct Duration(i64);

impl Object for Duration {
    fn type_name(&self) -> &'static str {
        "time.Duration"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn kind(&self) -> Kind {
        Kind::Int64
    }

    fn text(&self) -> Option<String> {
        Some(duration::format(self.0))
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::Int64(self.0))
    }

    fn call(&self, name: &str, _: &[Value]) -> Option<Result<Value, Error>> {
        #[expect(clippy::cast_precision_loss, reason = "Go gives a float too")]
        let seconds = self.0 as f64 / 1e9;
        Some(Ok(match name {
            "Hours" => Value::Float(seconds / 3600.0),
            "Minutes" => Value::Float(seconds / 60.0),
            "Seconds" => Value::Float(seconds),
            "Milliseconds" => Value::Int64(self.0 / 1_000_000),
            "Nanoseconds" => Value::Int64(self.0),
            "String" => duration::format(self.0).into(),
            _ => return None,
        }))
    }
}
