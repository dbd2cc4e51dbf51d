//! From a pattern's text to steps.

use super::{Error, Pattern};

/// One step of a compiled pattern.
pub(super) enum Step {
    Char(Class),
    Jump(usize),
    /// Tries `first`, and `second` if that fails later on.
    Split {
        first: usize,
        second: usize,
    },
    Save(usize),
    Balanced {
        open: u8,
        close: u8,
    },
    Back(usize),
    End,
    Match,
}

/// A set of bytes.
pub(super) enum Class {
    Any,
    Byte(u8),
    /// `%a` and its like; a letter without a meaning stands for itself.
    Named(u8),
    /// A `%` at the end of the pattern.
    Nothing,
    Set {
        negated: bool,
        members: Vec<Member>,
    },
}

pub(super) enum Member {
    Class(Class),
    Range(u8, u8),
    /// A range between classes, which holds nothing.
    Empty,
}

impl Class {
    pub(super) fn matches(&self, byte: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Byte(own) => *own == byte,
            Self::Named(name) => named(*name, byte),
            Self::Nothing => false,
            Self::Set { negated, members } => {
                members.iter().any(|member| member.matches(byte)) != *negated
            }
        }
    }
}

impl Member {
    fn matches(&self, byte: u8) -> bool {
        match self {
            Self::Class(class) => class.matches(byte),
            Self::Range(first, last) => (*first..=*last).contains(&byte),
            Self::Empty => false,
        }
    }
}

fn named(name: u8, byte: u8) -> bool {
    let found = match name.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => matches!(byte, b' ' | b'\t'..=b'\r'),
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        b'z' => byte == 0,
        _ => return name == byte,
    };
    found != name.is_ascii_uppercase()
}

pub(super) fn compile(pattern: &[u8]) -> Result<Pattern, Error> {
    let anchored = pattern.first() == Some(&b'^');
    let mut compiler = Compiler {
        pattern,
        at: usize::from(anchored),
        steps: Vec::new(),
        open: Vec::new(),
        captures: 0,
    };
    while compiler.at < pattern.len() {
        compiler.item()?;
    }
    if !compiler.open.is_empty() {
        return Err(fault("unfinished capture"));
    }
    compiler.steps.push(Step::Match);
    Ok(Pattern {
        steps: compiler.steps,
        anchored,
        captures: compiler.captures,
    })
}

fn fault(text: &str) -> Error {
    Error::Malformed(text.to_owned())
}

struct Compiler<'a> {
    pattern: &'a [u8],
    at: usize,
    steps: Vec<Step>,
    /// The captures whose parenthesis is still open.
    open: Vec<usize>,
    captures: usize,
}

impl Compiler<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.pattern.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.pattern.get(self.at + ahead).copied()
    }

    fn item(&mut self) -> Result<(), Error> {
        match (self.peek(0), self.peek(1)) {
            (Some(b'('), Some(b')')) => {
                self.at += 2;
                self.steps.push(Step::Save(self.captures * 2));
                self.captures += 1;
            }
            (Some(b'('), _) => self.open_capture(),
            (Some(b')'), _) => self.close_capture()?,
            (Some(b'$'), None) if self.open.is_empty() => {
                self.at += 1;
                self.steps.push(Step::End);
            }
            (Some(b'%'), Some(b'0')) => return Err(fault("invalid capture index")),
            (Some(b'%'), Some(digit @ b'1'..=b'9')) => {
                self.at += 2;
                self.steps.push(Step::Back(usize::from(digit - b'1')));
            }
            (Some(b'%'), Some(b'b')) => self.balanced(),
            _ => self.repeated()?,
        }
        Ok(())
    }

    fn open_capture(&mut self) {
        self.at += 1;
        self.steps.push(Step::Save(self.captures * 2));
        self.open.push(self.captures);
        self.captures += 1;
    }

    fn close_capture(&mut self) -> Result<(), Error> {
        let capture = self.open.pop().ok_or_else(|| fault("invalid ')'"))?;
        self.at += 1;
        self.steps.push(Step::Save(capture * 2 + 1));
        Ok(())
    }

    fn balanced(&mut self) {
        self.at += 2;
        match (self.next(), self.next()) {
            (Some(open), Some(close)) => self.steps.push(Step::Balanced { open, close }),
            _ => self.steps.push(Step::Char(Class::Nothing)),
        }
    }

    /// A class, and how often it may come.
    fn repeated(&mut self) -> Result<(), Error> {
        let class = self.class(true)?;
        let start = self.steps.len();
        let repeat = self.peek(0);
        if matches!(repeat, Some(b'*' | b'+' | b'-' | b'?')) {
            self.at += 1;
        }
        let split = |first, second| Step::Split { first, second };
        match repeat {
            Some(b'*') => self.steps.extend([
                split(start + 1, start + 3),
                Step::Char(class),
                Step::Jump(start),
            ]),
            Some(b'-') => self.steps.extend([
                split(start + 3, start + 1),
                Step::Char(class),
                Step::Jump(start),
            ]),
            Some(b'+') => self
                .steps
                .extend([Step::Char(class), split(start, start + 2)]),
            Some(b'?') => self
                .steps
                .extend([split(start + 1, start + 2), Step::Char(class)]),
            _ => self.steps.push(Step::Char(class)),
        }
        Ok(())
    }

    fn class(&mut self, with_sets: bool) -> Result<Class, Error> {
        match self.next() {
            Some(b'%') => Ok(self.next().map_or(Class::Nothing, Class::Named)),
            Some(b'.') if with_sets => Ok(Class::Any),
            Some(b'[') if with_sets => self.set(),
            Some(byte) => Ok(Class::Byte(byte)),
            None => Err(fault("unexpected EOS")),
        }
    }

    fn set(&mut self) -> Result<Class, Error> {
        let negated = self.peek(0) == Some(b'^');
        if negated {
            self.at += 1;
        }
        let mut members: Vec<Member> = Vec::new();
        let mut in_range = false;
        loop {
            match self.peek(0) {
                None => return Err(fault("unexpected EOS")),
                Some(b']') if !members.is_empty() => break self.at += 1,
                Some(b'-') if !members.is_empty() => {
                    self.at += 1;
                    in_range = true;
                    continue;
                }
                Some(_) => {}
            }
            let class = self.class(false)?;
            let begin = if in_range { members.pop() } else { None };
            in_range = false;
            members.push(match begin {
                Some(begin) => range(&begin, &class),
                None => Member::Class(class),
            });
        }
        if in_range {
            members.push(Member::Class(Class::Byte(b'-')));
        }
        Ok(Class::Set { negated, members })
    }
}

fn range(begin: &Member, end: &Class) -> Member {
    match (begin, end) {
        (Member::Class(Class::Byte(first)), Class::Byte(last)) => Member::Range(*first, *last),
        _ => Member::Empty,
    }
}
