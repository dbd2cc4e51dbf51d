//! Versions and version constraints as Go's tools read them.
//!
//! Charts, chart repositories and Git tags are chosen by constraints in the
//! grammar of Go's Masterminds library: `||` between groups, commas or blanks
//! inside one, the operators `=`, `!=`, `>`, `<`, `>=`, `=>`, `<=`, `=<`, `~`,
//! `~>` and `^`, ranges as `1.2 - 1.4`, and wild cards as `1.x`.
//!
//! ```
//! use gitops_render::version::{Constraint, Version};
//!
//! let constraint = Constraint::parse(">= 1.20-0, < 1.35")?;
//! assert!(constraint.admits(&Version::parse("v1.34.0-gke.1")?));
//! assert!(!constraint.admits(&Version::parse("1.35")?));
//! # Ok::<(), gitops_render::version::Error>(())
//! ```

mod constraint;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

pub use constraint::Constraint;

/// A version: three numbers, a pre-release and build data.
///
/// The order is that of precedence; where two versions have the same (they
/// differ only in build data or in how they are written), that of the text.
/// [`Version::precedence`] compares without the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    pre_release: String,
    build: String,
    original: String,
}

/// Why a version or a constraint does not parse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text has not the form of a version.
    #[error("invalid semantic version")]
    Version,
    /// A number of the version does not fit 64 bits.
    #[error("error parsing version segment: {0:?} is out of range")]
    OutOfRange(String),
    /// A numeric part of a pre-release starts with zero.
    #[error("version segment starts with 0")]
    LeadingZero,
    /// The text has not the form of a constraint.
    #[error("improper constraint: {0:?}")]
    Constraint(String),
    /// The constraint is longer than any honest one.
    #[error("constraint string is too long (max {} bytes)", constraint::MAX_LENGTH)]
    TooLong,
    /// The constraint has more alternatives than any honest one.
    #[error("too many constraint groups (max {})", constraint::MAX_GROUPS)]
    TooManyGroups,
}

impl Version {
    /// Reads a version loosely: a leading `v`, missing parts and leading zeros
    /// are accepted, so `v1.02` is `1.2.0`.
    ///
    /// # Errors
    ///
    /// When the text is no version.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, build) = split_suffix(rest, '+')?;
        let (numbers, pre_release) = split_suffix(rest, '-')?;
        check_pre_release(pre_release)?;
        let mut parts = numbers.split('.');
        let mut next = || parts.next().map_or(Ok(0), number);
        let (major, minor, patch) = (next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(Error::Version);
        }
        Ok(Self {
            major,
            minor,
            patch,
            pre_release: pre_release.to_owned(),
            build: build.to_owned(),
            original: text.to_owned(),
        })
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.major
    }

    /// The second number; 0 where it is not written.
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The third number; 0 where it is not written.
    pub fn patch(&self) -> u64 {
        self.patch
    }

    /// What follows the `-`; empty for a release.
    pub fn pre_release(&self) -> &str {
        &self.pre_release
    }

    /// What follows the `+`; it plays no part in comparisons.
    pub fn build(&self) -> &str {
        &self.build
    }

    /// The text the version was read from.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// Compares by precedence: numbers, then pre-release, never build data.
    pub fn precedence(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| compare_pre_release(&self.pre_release, &other.pre_release))
    }

    /// The next major version; `None` beyond 64 bits.
    pub fn next_major(&self) -> Option<Self> {
        Some(self.successor(self.major.checked_add(1)?, 0, 0))
    }

    /// The next minor version; `None` beyond 64 bits.
    pub fn next_minor(&self) -> Option<Self> {
        Some(self.successor(self.major, self.minor.checked_add(1)?, 0))
    }

    /// The next patch version, which for a pre-release is its release;
    /// `None` beyond 64 bits.
    pub fn next_patch(&self) -> Option<Self> {
        let patch = match self.pre_release.as_str() {
            "" => self.patch.checked_add(1)?,
            _ => self.patch,
        };
        Some(self.successor(self.major, self.minor, patch))
    }

    fn successor(&self, major: u64, minor: u64, patch: u64) -> Self {
        let prefix = if self.original.starts_with('v') {
            "v"
        } else {
            ""
        };
        Self {
            major,
            minor,
            patch,
            pre_release: String::new(),
            build: String::new(),
            original: format!("{prefix}{major}.{minor}.{patch}"),
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.precedence(other)
            .then_with(|| self.build.cmp(&other.build))
            .then_with(|| self.original.cmp(&other.original))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// Prints the whole version, with all three numbers and without a `v`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre_release.is_empty() {
            write!(f, "-{}", self.pre_release)?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

/// What stands before the first `mark`, and the checked identifiers after it.
fn split_suffix(text: &str, mark: char) -> Result<(&str, &str), Error> {
    let Some((rest, suffix)) = text.split_once(mark) else {
        return Ok((text, ""));
    };
    let identifier = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if suffix.split('.').all(identifier) {
        Ok((rest, suffix))
    } else {
        Err(Error::Version)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(text: &str) -> Result<u64, Error> {
    if !is_number(text) {
        return Err(Error::Version);
    }
    text.parse().map_err(|_| Error::OutOfRange(text.to_owned()))
}

fn check_pre_release(text: &str) -> Result<(), Error> {
    let padded = |part: &str| part.len() > 1 && part.starts_with('0') && is_number(part);
    if text.split('.').any(padded) {
        return Err(Error::LeadingZero);
    }
    Ok(())
}

/// A release follows all of its pre-releases; these compare part by part.
fn compare_pre_release(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (left, right) => match (left, right) {
                (None, _) => Ordering::Less,
                (_, None) => Ordering::Greater,
                (Some(left), Some(right)) => compare_part(left, right),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Numbers come before words; each compares with its like.
/// A number beyond 64 bits counts as a word, as in the Go library.
fn compare_part(left: &str, right: &str) -> Ordering {
    match (left.parse::<u64>(), right.parse::<u64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => left.cmp(right),
    }
}
