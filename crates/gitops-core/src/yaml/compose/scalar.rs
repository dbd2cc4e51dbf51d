//! Scalars with their style and tag.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use granit_parser::{ScalarStyle, Span, Tag};
use serde_json::Value;

use crate::yaml::{Dialect, Problem, Scalar, number, scalar};

/// A scalar that is understood.
#[derive(Clone)]
pub(super) enum Resolved {
    Text(String),
    /// `<<` as it stands unquoted: a merge where a key is expected, text elsewhere.
    Merge(String),
    Scalar(Scalar),
}

impl Resolved {
    pub(super) fn into_value(self) -> Result<Value, Problem> {
        let scalar = match self {
            Self::Text(text) | Self::Merge(text) => return Ok(Value::String(text)),
            Self::Scalar(scalar) => scalar,
        };
        Ok(match scalar {
            Scalar::Null | Scalar::Text => Value::Null,
            Scalar::Bool(truth) => Value::Bool(truth),
            Scalar::Integer(integer) => integer.into(),
            Scalar::Unsigned(integer) => integer.into(),
            Scalar::Timestamp(text) => Value::String(text),
            Scalar::Float(float) => Value::Number(number::from_float(float).ok_or(
                Problem::NotFinite(match float {
                    f64::INFINITY => "+Inf",
                    f64::NEG_INFINITY => "-Inf",
                    _ => "NaN",
                }),
            )?),
        })
    }
}

/// Corrects where the parser's text of a scalar differs from Go's.
pub(super) fn as_go_reads<'a>(
    text: Cow<'a, str>,
    style: ScalarStyle,
    span: Span,
    source: &str,
    dialect: Dialect,
) -> Result<Cow<'a, str>, Problem> {
    match style {
        ScalarStyle::Literal | ScalarStyle::Folded => {
            Ok(without_invented_newline(text, span, source))
        }
        ScalarStyle::DoubleQuoted if dialect != Dialect::Kustomize && text.contains('/') => {
            let raw = span.slice(source).unwrap_or_default();
            if has_escaped_slash(raw) {
                return Err(Problem::Syntax("found unknown escape character".to_owned()));
            }
            Ok(text)
        }
        _ => Ok(text),
    }
}

/// Takes back the newline the parser adds to a block at the very end of a text without one.
fn without_invented_newline<'a>(text: Cow<'a, str>, span: Span, source: &str) -> Cow<'a, str> {
    let at_end = || {
        span.end
            .byte_offset()
            .is_some_and(|end| end >= source.len())
    };
    if source.ends_with('\n') || !text.ends_with('\n') || !at_end() {
        return text;
    }
    // A last line of blanks that goes no further than the indent is none of the block's.
    let last_line = source.rsplit('\n').next().unwrap_or_default();
    if last_line.len() <= span.start.col() {
        return text;
    }
    let mut text = text.into_owned();
    text.pop();
    Cow::Owned(text)
}

/// Whether quoted text holds `\/`, which came with YAML 1.2.
fn has_escaped_slash(raw: &str) -> bool {
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        if character == '\\' && characters.next() == Some('/') {
            return true;
        }
    }
    false
}

/// What a scalar stands for, by its tag or else by its style and text.
pub(super) fn resolve(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    dialect: Dialect,
) -> Result<Resolved, Problem> {
    let is_plain = style == ScalarStyle::Plain;
    if let Some(tag) = tag {
        return tagged(text, is_plain, tag, dialect);
    }
    if !is_plain {
        return Ok(Resolved::Text(text.into_owned()));
    }
    Ok(plain(text, dialect))
}

pub(super) fn plain(text: Cow<'_, str>, dialect: Dialect) -> Resolved {
    match text.as_bytes() {
        b"<<" => return Resolved::Merge(text.into_owned()),
        [first, ..] if !scalar::may_resolve(*first) => return Resolved::Text(text.into_owned()),
        _ => {}
    }
    match scalar::resolve(&text, dialect) {
        Scalar::Text => Resolved::Text(text.into_owned()),
        Scalar::Timestamp(_) if dialect != Dialect::Kustomize => Resolved::Text(text.into_owned()),
        scalar => Resolved::Scalar(scalar),
    }
}

/// A tag of YAML's own must fit the text; any other tag leaves it text.
fn tagged(
    text: Cow<'_, str>,
    is_plain: bool,
    tag: &Tag,
    dialect: Dialect,
) -> Result<Resolved, Problem> {
    let name = tag.suffix_in_namespace("tag:yaml.org,2002:");
    let expected = match name.as_deref() {
        Some("binary") => return binary(&text).map(Resolved::Text),
        Some("merge") if text == "<<" => return Ok(Resolved::Merge(text.into_owned())),
        Some("null") => "!!null",
        Some("bool") => "!!bool",
        Some("int") => "!!int",
        Some("float") => "!!float",
        Some("timestamp") => "!!timestamp",
        _ if is_plain && text == "<<" && tag.suffix().is_empty() => {
            return Ok(Resolved::Merge(text.into_owned()));
        }
        _ => return Ok(Resolved::Text(text.into_owned())),
    };
    let scalar = scalar::resolve(&text, dialect);
    match (expected, scalar) {
        ("!!timestamp", Scalar::Timestamp(_)) if dialect != Dialect::Kustomize => {
            Ok(Resolved::Text(text.into_owned()))
        }
        #[expect(clippy::cast_precision_loss, reason = "asked for by the tag")]
        ("!!float", Scalar::Integer(integer)) => {
            Ok(Resolved::Scalar(Scalar::Float(integer as f64)))
        }
        (expected, scalar) if short_tag(&scalar) == expected => Ok(Resolved::Scalar(scalar)),
        (expected, scalar) => Err(Problem::Tag {
            found: short_tag(&scalar),
            tag: expected,
        }),
    }
}

fn short_tag(scalar: &Scalar) -> &'static str {
    match scalar {
        Scalar::Null => "!!null",
        Scalar::Bool(_) => "!!bool",
        Scalar::Integer(_) | Scalar::Unsigned(_) => "!!int",
        Scalar::Float(_) => "!!float",
        Scalar::Timestamp(_) => "!!timestamp",
        Scalar::Text => "!!str",
    }
}

/// The text in base64, whose line breaks do not count.
fn binary(text: &str) -> Result<String, Problem> {
    let joined: String = text
        .chars()
        .filter(|it| !matches!(it, '\n' | '\r'))
        .collect();
    let bytes = STANDARD.decode(joined).map_err(|_| Problem::Binary)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
