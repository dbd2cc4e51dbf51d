//! Go's `Sprintf`.

use super::verb::{Printer, Spec};
use crate::gotemplate::{Limit, Value};

/// Widths and precisions beyond this are mistakes.
const MAX_WIDTH: i64 = 1_000_000;

/// Formats `values` by `format`, at most `limit` bytes.
pub(crate) fn sprintf(format: &[u8], values: &[Value], limit: usize) -> Result<Vec<u8>, Limit> {
    let mut formatter = Formatter {
        rest: format,
        values,
        next: 0,
        reordered: false,
        good_index: true,
        after_index: false,
        printer: Printer::new(limit),
    };
    formatter.run()?;
    formatter.surplus()?;
    Ok(formatter.printer.finish())
}

struct Formatter<'a> {
    rest: &'a [u8],
    values: &'a [Value],
    /// The value that the next verb takes.
    next: usize,
    /// Whether any verb named its value, so that surplus ones are no mistake.
    reordered: bool,
    good_index: bool,
    after_index: bool,
    printer: Printer,
}

impl Formatter<'_> {
    fn run(&mut self) -> Result<(), Limit> {
        loop {
            let length = self.rest.iter().position(|byte| *byte == b'%');
            let (text, after) = self.rest.split_at(length.unwrap_or(self.rest.len()));
            self.printer.write(text)?;
            if after.is_empty() {
                return Ok(());
            }
            self.rest = &after[1..];
            self.directive()?;
        }
    }

    fn directive(&mut self) -> Result<(), Limit> {
        let mut spec = Spec::default();
        self.good_index = true;
        self.after_index = false;
        self.flags(&mut spec);
        self.index();
        self.width(&mut spec)?;
        self.precision(&mut spec)?;
        if !self.after_index {
            self.index();
        }
        let Some(verb) = self.take_char() else {
            return self.printer.write(b"%!(NOVERB)");
        };
        spec.verb = verb;
        if verb == 'v' {
            spec.names = std::mem::take(&mut spec.plus);
        }
        if verb == '%' {
            return self.printer.write(b"%");
        }
        if !self.good_index {
            return self.printer.write(format!("%!{verb}(BADINDEX)").as_bytes());
        }
        let Some(value) = self.values.get(self.next) else {
            return self.printer.write(format!("%!{verb}(MISSING)").as_bytes());
        };
        self.next += 1;
        self.printer.argument(value, &spec)
    }

    fn take_char(&mut self) -> Option<char> {
        let chunk = self.rest.utf8_chunks().next()?;
        let char = chunk.valid().chars().next();
        let length = char.map_or(1, char::len_utf8);
        self.rest = &self.rest[length..];
        Some(char.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn flags(&mut self, spec: &mut Spec) {
        while let Some((flag, rest)) = self.rest.split_first() {
            match flag {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => return,
            }
            self.rest = rest;
        }
    }

    /// `[n]`: the value that comes next.
    fn index(&mut self) {
        if self.rest.first() != Some(&b'[') {
            return;
        }
        self.reordered = true;
        let end = self.rest.iter().position(|byte| *byte == b']');
        let Some(end) = end else {
            self.good_index = false;
            self.rest = &self.rest[1..];
            return;
        };
        let number = std::str::from_utf8(&self.rest[1..end]).ok();
        let number = number.and_then(|digits| digits.parse::<usize>().ok());
        match number {
            Some(number) if (1..=self.values.len()).contains(&number) => self.next = number - 1,
            _ => self.good_index = false,
        }
        self.after_index = true;
        self.rest = &self.rest[end + 1..];
    }

    fn width(&mut self, spec: &mut Spec) -> Result<(), Limit> {
        if self.rest.first() == Some(&b'*') {
            self.rest = &self.rest[1..];
            match self.star() {
                Some(width) => {
                    spec.minus |= width < 0;
                    spec.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => self.printer.write(b"%!(BADWIDTH)")?,
            }
            self.after_index = false;
            return Ok(());
        }
        spec.width = self.number();
        if self.after_index && spec.width.is_some() {
            self.good_index = false;
        }
        Ok(())
    }

    fn precision(&mut self, spec: &mut Spec) -> Result<(), Limit> {
        if self.rest.first() != Some(&b'.') {
            return Ok(());
        }
        self.rest = &self.rest[1..];
        if self.after_index {
            self.good_index = false;
        }
        self.index();
        if self.rest.first() != Some(&b'*') {
            spec.precision = Some(self.number().unwrap_or(0));
            return Ok(());
        }
        self.rest = &self.rest[1..];
        let star = self.star();
        self.after_index = false;
        match star {
            None => self.printer.write(b"%!(BADPREC)"),
            Some(precision) => {
                spec.precision = usize::try_from(precision).ok();
                if precision < 0 {
                    return self.printer.write(b"%!(BADPREC)");
                }
                Ok(())
            }
        }
    }

    /// A width or precision that is taken from the values.
    fn star(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        let number = i64::try_from(value.as_integer()?).ok()?;
        (-MAX_WIDTH..=MAX_WIDTH).contains(&number).then_some(number)
    }

    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit());
        let (digits, rest) = self.rest.split_at(digits.count());
        self.rest = rest;
        let number: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        let number = Some(number).filter(|number| *number <= MAX_WIDTH)?;
        usize::try_from(number).ok()
    }

    /// `%!(EXTRA int=2)`
    fn surplus(&mut self) -> Result<(), Limit> {
        if self.reordered || self.next >= self.values.len() {
            return Ok(());
        }
        self.printer.write(b"%!(EXTRA ")?;
        for (index, value) in self.values[self.next..].iter().enumerate() {
            if index > 0 {
                self.printer.write(b", ")?;
            }
            if !matches!(value, Value::Nil) {
                self.printer.write(value.type_name().as_bytes())?;
                self.printer.write(b"=")?;
            }
            self.printer.argument(value, &Spec::verb('v'))?;
        }
        self.printer.write(b")")
    }
}
