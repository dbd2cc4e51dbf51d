//! Which versions a constraint admits.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::{Error, Version, compare_pre_release};

/// The bytes a constraint may have.
pub(super) const MAX_LENGTH: usize = 512;
/// The alternatives a constraint may have.
pub(super) const MAX_GROUPS: usize = 32;

/// A constraint on versions: alternatives, each of conditions that must all hold.
///
/// ```
/// use gitops_render::version::{Constraint, Version};
///
/// let constraint: Constraint = "~1.2 || ^2.1, !=2.3.0".parse()?;
/// assert!(constraint.admits(&Version::parse("1.2.9")?));
/// assert!(!constraint.admits(&Version::parse("2.3.0")?));
/// # Ok::<(), gitops_render::version::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    groups: Vec<Group>,
    text: String,
}

/// Conditions that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    conditions: Vec<Condition>,
    /// Whether a condition names a pre-release, which lets pre-releases in.
    pre_releases: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    operator: Operator,
    bound: Version,
    precision: Precision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// How much of its version a condition spells out; the rest is wild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    Nothing,
    Major,
    Minor,
    Full,
}

impl Constraint {
    /// Reads a constraint.
    ///
    /// # Errors
    ///
    /// [`Error::Constraint`] with the alternative that does not parse;
    /// [`Error::TooLong`] and [`Error::TooManyGroups`] for oversized ones.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_LENGTH {
            return Err(Error::TooLong);
        }
        if text.matches("||").count() >= MAX_GROUPS {
            return Err(Error::TooManyGroups);
        }
        let groups = text.split("||").map(Group::parse);
        Ok(Self {
            groups: groups.collect::<Result<_, _>>()?,
            text: text.to_owned(),
        })
    }

    /// Whether `version` meets the constraint.
    ///
    /// A pre-release meets only an alternative that itself names one.
    pub fn admits(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| group.admits(version))
    }
}

impl FromStr for Constraint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// Prints the constraint as it was written.
impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Group {
    fn parse(text: &str) -> Result<Self, Error> {
        let conditions = Reader { rest: text }
            .group()
            .ok_or_else(|| Error::Constraint(text.to_owned()))?;
        let pre_releases = conditions
            .iter()
            .any(|condition| !condition.bound.pre_release.is_empty());
        Ok(Self {
            conditions,
            pre_releases,
        })
    }

    fn admits(&self, version: &Version) -> bool {
        let allowed = self.pre_releases || version.pre_release.is_empty();
        allowed
            && self
                .conditions
                .iter()
                .all(|condition| condition.admits(version))
    }
}

impl Condition {
    fn admits(&self, version: &Version) -> bool {
        let order = version.precedence(&self.bound);
        match self.operator {
            Operator::Equal if self.precision == Precision::Full => order.is_eq(),
            Operator::Equal | Operator::Tilde => order.is_ge() && self.same_minor(version),
            Operator::NotEqual => !self.names(version),
            Operator::Greater => self.is_below(version, order),
            Operator::Less => order.is_lt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::LessOrEqual => !self.is_exceeded(version, order),
            Operator::Caret => order.is_ge() && self.same_breaking(version),
        }
    }

    /// Whether the version is the bound or, where that is partly wild, under it.
    fn names(&self, version: &Version) -> bool {
        let same_major = version.major == self.bound.major;
        let same_minor = same_major && version.minor == self.bound.minor;
        match self.precision {
            Precision::Major => same_major,
            Precision::Minor => same_minor && self.same_pre_release(version),
            Precision::Nothing | Precision::Full => version.precedence(&self.bound).is_eq(),
        }
    }

    fn same_pre_release(&self, version: &Version) -> bool {
        compare_pre_release(&version.pre_release, &self.bound.pre_release).is_eq()
    }

    /// `>`: what a wild bound covers is not above it, so `>1.2` begins with 1.3.
    fn is_below(&self, version: &Version, order: Ordering) -> bool {
        match self.precision {
            Precision::Major => version.major > self.bound.major,
            Precision::Minor => {
                (version.major, version.minor) > (self.bound.major, self.bound.minor)
            }
            Precision::Nothing | Precision::Full => order.is_gt(),
        }
    }

    /// `<=`: all that a wild bound covers is within it, so `<=1.2` includes 1.2.9.
    fn is_exceeded(&self, version: &Version, order: Ordering) -> bool {
        match self.precision {
            Precision::Major => version.major > self.bound.major,
            Precision::Minor | Precision::Nothing => {
                (version.major, version.minor) > (self.bound.major, self.bound.minor)
            }
            Precision::Full => order.is_gt(),
        }
    }

    /// `~` stays within the minor version, or the major one where that is all there is.
    /// `~0.0.0` sets no upper limit: the reference takes it for a wild card.
    fn same_minor(&self, version: &Version) -> bool {
        let zero = (self.bound.major, self.bound.minor, self.bound.patch) == (0, 0, 0);
        match self.precision {
            Precision::Nothing => true,
            Precision::Full if zero => true,
            Precision::Major => version.major == self.bound.major,
            Precision::Minor | Precision::Full => {
                (version.major, version.minor) == (self.bound.major, self.bound.minor)
            }
        }
    }

    /// `^` stays within the first number that is not zero.
    fn same_breaking(&self, version: &Version) -> bool {
        let bound = &self.bound;
        if version.major != bound.major {
            return false;
        }
        if bound.major > 0 || self.precision == Precision::Major {
            return true;
        }
        if version.minor != bound.minor {
            return false;
        }
        bound.minor > 0 || self.precision == Precision::Minor || version.patch == bound.patch
    }
}

/// Reads one alternative from the left; `None` wherever it has not the form.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn group(mut self) -> Option<Vec<Condition>> {
        let mut conditions = Vec::new();
        // A range swallows the blanks before it, so only a comma separates it.
        let mut ranges = true;
        loop {
            self.blanks();
            self.conditions(ranges, &mut conditions)?;
            let blanks = self.blanks();
            if self.rest.is_empty() {
                return Some(conditions);
            }
            ranges = self.take(",");
            if !ranges && !blanks {
                return None;
            }
        }
    }

    /// One condition, or the two that a range stands for.
    fn conditions(&mut self, ranges: bool, found: &mut Vec<Condition>) -> Option<()> {
        let operator = self.operator();
        self.blanks();
        let (bound, precision) = self.partial()?;
        let Some((upper, upper_precision)) = self.upper() else {
            found.push(Condition {
                operator: operator.unwrap_or(Operator::Equal),
                bound,
                precision,
            });
            return Some(());
        };
        if operator.is_some() || !ranges {
            return None;
        }
        found.push(Condition {
            operator: Operator::GreaterOrEqual,
            bound,
            precision,
        });
        found.push(Condition {
            operator: Operator::LessOrEqual,
            bound: upper,
            precision: upper_precision,
        });
        Some(())
    }

    /// The end of a range, after a hyphen between blanks.
    fn upper(&mut self) -> Option<(Version, Precision)> {
        let mut ahead = Reader { rest: self.rest };
        let hyphen = ahead.blanks() && ahead.take("-") && ahead.blanks();
        let upper = hyphen.then(|| ahead.partial()).flatten()?;
        self.rest = ahead.rest;
        Some(upper)
    }

    fn operator(&mut self) -> Option<Operator> {
        // Longer signs first: `>` is the beginning of `>=`.
        const SIGNS: [(&str, Operator); 11] = [
            (">=", Operator::GreaterOrEqual),
            ("=>", Operator::GreaterOrEqual),
            ("<=", Operator::LessOrEqual),
            ("=<", Operator::LessOrEqual),
            ("!=", Operator::NotEqual),
            ("~>", Operator::Tilde),
            ("=", Operator::Equal),
            (">", Operator::Greater),
            ("<", Operator::Less),
            ("~", Operator::Tilde),
            ("^", Operator::Caret),
        ];
        let (_, operator) = SIGNS.into_iter().find(|(sign, _)| self.take(sign))?;
        Some(operator)
    }

    /// A version of which parts may be wild or missing.
    fn partial(&mut self) -> Option<(Version, Precision)> {
        self.take("v");
        let mut parts: [Option<&str>; 3] = [Some(self.part()?), None, None];
        for part in &mut parts[1..] {
            let mut ahead = Reader { rest: self.rest };
            if !ahead.take(".") {
                break;
            }
            *part = Some(ahead.part()?);
            self.rest = ahead.rest;
        }
        let pre_release = self.suffix('-')?;
        let build = self.suffix('+')?;
        let wild = |part: Option<&str>| part.is_none_or(|part| matches!(part, "x" | "X" | "*"));
        let named = parts.iter().position(|part| wild(*part)).unwrap_or(3);
        let mut numbers: Vec<&str> = parts[..named].iter().flatten().copied().collect();
        numbers.resize(3, "0");
        let precision = match named {
            0 => Precision::Nothing,
            1 => Precision::Major,
            2 => Precision::Minor,
            _ => Precision::Full,
        };
        let text = format!("{}{pre_release}{build}", numbers.join("."));
        Some((Version::parse(&text).ok()?, precision))
    }

    fn part(&mut self) -> Option<&'a str> {
        let part = self.take_while(|c| c.is_ascii_digit() || matches!(c, 'x' | 'X' | '*'));
        (!part.is_empty()).then_some(part)
    }

    /// A pre-release or build data with its mark; empty where there is none.
    fn suffix(&mut self, mark: char) -> Option<&'a str> {
        let whole = self.rest;
        if !self.rest.starts_with(mark) {
            return Some("");
        }
        self.rest = &self.rest[mark.len_utf8()..];
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        (!text.is_empty()).then(|| &whole[..mark.len_utf8() + text.len()])
    }

    fn blanks(&mut self) -> bool {
        // What Go's `\s` matches; a vertical tab is not among it.
        !self
            .take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}'))
            .is_empty()
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}
