//! Timestamps as go-yaml recognises them in plain scalars.

/// A moment as it is written, not yet normalised to a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    date: (u32, u32, u32),
    time: (u32, u32, u32),
    nanoseconds: u32,
    /// Minutes east of UTC.
    offset: i32,
}

/// Reads a date, or a date and a time in one of the accepted forms.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut reader = Reader(&bytes[5..]);
    let year = number(&bytes[..4]);
    let month = reader.number()?;
    reader.expect(b'-')?;
    let day = reader.number()?;
    let mut timestamp = Timestamp {
        date: (year, month, day),
        time: (0, 0, 0),
        nanoseconds: 0,
        offset: 0,
    };
    if let Some(separator) = reader.next() {
        if !matches!(separator, b'T' | b't' | b' ') {
            return None;
        }
        let hour = reader.number()?;
        reader.expect(b':')?;
        let minute = reader.number()?;
        reader.expect(b':')?;
        timestamp.time = (hour, minute, reader.number()?);
        timestamp.nanoseconds = reader.fraction();
        if separator != b' ' {
            timestamp.offset = reader.zone()?;
        }
    }
    (reader.0.is_empty() && timestamp.is_valid()).then_some(timestamp)
}

impl Timestamp {
    /// RFC 3339 with as many decimals as needed, in the zone it was written in.
    pub(crate) fn rfc3339(self) -> String {
        use std::fmt::Write as _;

        let (year, month, day) = self.date;
        let (hour, minute, second) = self.time;
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if self.nanoseconds > 0 {
            let decimals = format!("{:09}", self.nanoseconds);
            let _ = write!(text, ".{}", decimals.trim_end_matches('0'));
        }
        if self.offset == 0 {
            text.push('Z');
        } else {
            let sign = if self.offset < 0 { '-' } else { '+' };
            let minutes = self.offset.abs();
            let _ = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
        text
    }

    fn is_valid(self) -> bool {
        let (year, month, day) = self.date;
        let (hour, minute, second) = self.time;
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (1..=12).contains(&month)
            && (1..=days).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn digits(&mut self, most: usize) -> &[u8] {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let (digits, rest) = self.0.split_at(digits.count().min(most));
        self.0 = rest;
        digits
    }

    /// A number of one or two digits.
    fn number(&mut self) -> Option<u32> {
        let digits = self.digits(2);
        (!digits.is_empty()).then(|| number(digits))
    }

    /// A fraction of a second, where there is one; digits past the ninth are dropped.
    fn fraction(&mut self) -> u32 {
        let [b'.' | b',', digit, ..] = self.0 else {
            return 0;
        };
        if !digit.is_ascii_digit() {
            return 0;
        }
        self.0 = &self.0[1..];
        let digits = self.digits(usize::MAX);
        let kept = &digits[..digits.len().min(9)];
        kept.iter()
            .chain(&[b'0'; 9])
            .take(9)
            .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    }

    /// `Z`, or hours and minutes of two digits each after a sign.
    fn zone(&mut self) -> Option<i32> {
        let sign = match self.next()? {
            b'Z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let [h1, h2, b':', m1, m2] = *self.0 else {
            return None;
        };
        self.0 = &[];
        if ![h1, h2, m1, m2].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let (hours, minutes) = (number(&[h1, h2]), number(&[m1, m2]));
        let offset = i32::try_from(hours * 60 + minutes).ok()?;
        (hours <= 24 && minutes < 60).then_some(sign * offset)
    }
}

fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, rfc3339: Option<&str>) {
        let parsed = parse(text).map(Timestamp::rfc3339);
        assert_eq!(parsed.as_deref(), rfc3339, "{text:?}");
    }

    #[test]
    fn dates_and_times_are_recognised() {
        check("2001-01-01", Some("2001-01-01T00:00:00Z"));
        check("2001-1-1", Some("2001-01-01T00:00:00Z"));
        check(
            "2001-12-14t21:59:43.10-05:00",
            Some("2001-12-14T21:59:43.1-05:00"),
        );
        check("2001-12-14T21:59:43Z", Some("2001-12-14T21:59:43Z"));
        check("2001-12-14 21:59:43.5", Some("2001-12-14T21:59:43.5Z"));
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "2001-02-29",
            "2001-13-01",
            "2001-01-01T",
            "2001-01-01T25:00:00Z",
            "20010-1-1",
            "2001-01-01T00:00:00",
            "2001-01-01 00:00:00Z",
            "2001-01-01x",
            "200-01-011",
        ] {
            check(text, None);
        }
    }
}
