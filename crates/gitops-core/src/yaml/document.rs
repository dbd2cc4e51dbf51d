//! Texts of one or several documents.

use std::borrow::Cow;

use serde_json::Value;

use super::compose::{self, Budget};
use super::{Dialect, Error, Options, Problem, rare};

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The line the document starts at, from 1.
    pub line: usize,
    /// What the document holds, or why it cannot be read.
    pub value: Result<Value, Error>,
}

/// Reads the first document; text without one is null.
///
/// What follows the first document is not looked at, as in Go.
///
/// ```
/// use gitops_core::yaml::{self, Dialect, Options};
///
/// let options = Options::default().dialect(Dialect::Helm);
/// let values = yaml::read("replicas: 2\nreplicas: 3\n", &options)?;
/// assert_eq!(values["replicas"], 3);
/// # Ok::<(), yaml::Error>(())
/// ```
///
/// # Errors
///
/// Says what is wrong and where, also when a bound of `options` is passed.
pub fn read(text: &str, options: &Options) -> Result<Value, Error> {
    let text = admit(text, options)?;
    let mut budget = Budget::new(options);
    Ok(compose::first(text, options, &mut budget)?.unwrap_or_default())
}

/// Reads every document of a text; documents without content are skipped.
///
/// Documents are split at lines of `---` before they are parsed, as Kubernetes does,
/// so a bad one does not hide the others. A text that starts with `{` may also be JSON
/// values one after the other.
pub fn documents<'a>(text: &'a str, options: &'a Options) -> impl Iterator<Item = Document> + 'a {
    let (refused, parts, json) = match admit(text, options) {
        Err(error) => (
            Some(Document {
                line: error.line,
                value: Err(error),
            }),
            Vec::new(),
            None,
        ),
        Ok(text) => match json_documents(text, options) {
            Some(documents) => (None, Vec::new(), Some(documents)),
            None => (None, split(text), None),
        },
    };
    let mut budget = Budget::new(options);
    let yaml = parts
        .into_iter()
        .filter_map(move |part| part.read(options, &mut budget));
    refused
        .into_iter()
        .chain(json.into_iter().flatten())
        .chain(yaml)
}

/// The text of a file: UTF-8, or UTF-16 where it starts with a byte order mark.
///
/// # Errors
///
/// When the bytes are not text, with the place of the first bad one.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    let utf16 = |units: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes[2..].as_chunks::<2>();
        let text: Result<String, _> =
            char::decode_utf16(pairs.iter().map(|pair| units(*pair))).collect();
        match text {
            Ok(text) if rest.is_empty() => Ok(Cow::Owned(text)),
            _ => Err(Error {
                line: 1,
                column: 1,
                problem: Problem::Encoding("UTF-16"),
            }),
        }
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            Error::at_byte(&valid, valid.len(), Problem::Encoding("UTF-8"))
        }),
    }
}

/// Checks size and characters, and drops a byte order mark.
fn admit<'a>(text: &'a str, options: &Options) -> Result<&'a str, Error> {
    if text.len() > options.bytes {
        let problem = Problem::TooLarge(options.bytes);
        return Err(Error {
            line: 1,
            column: 1,
            problem,
        });
    }
    if let Some(at) = control_character(text.as_bytes()) {
        let code = text[at..].chars().next().map_or(0, u32::from);
        return Err(Error::at_byte(text, at, Problem::ControlCharacter(code)));
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Where the first character stands that Go's reader refuses.
fn control_character(bytes: &[u8]) -> Option<usize> {
    let suspect = |byte| {
        byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7f || byte == 0xc2
    };
    // `C2 80` to `C2 9F` are control characters, all but the line break `C2 85`.
    let is_control = |at: usize| match (bytes[at], bytes.get(at + 1)) {
        (0xc2, Some(next)) => *next < 0xa0 && *next != 0x85,
        (0xc2, None) => false,
        _ => true,
    };
    rare::find(bytes, suspect, is_control)
}

/// A stretch of text between separators.
struct Part<'a> {
    text: &'a str,
    /// How many lines stand before it.
    line: usize,
    /// Whether `text` is a separator that is followed by something.
    is_bad_separator: bool,
}

impl<'a> Part<'a> {
    fn new(text: &'a str, line: usize) -> Self {
        Self {
            text,
            line,
            is_bad_separator: false,
        }
    }

    fn read(&self, options: &Options, budget: &mut Budget) -> Option<Document> {
        let value = if self.is_bad_separator {
            Err(Error {
                line: 1,
                column: 1,
                problem: Problem::Separator,
            })
        } else {
            compose::first(self.text, options, budget).transpose()?
        };
        Some(Document {
            line: self.line + 1,
            value: value.map_err(|error| error.below(self.line)),
        })
    }
}

fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut start_line, mut at) = (0, 0, 0);
    // Most texts are one document, whose lines need not be looked at.
    let may_separate = text.starts_with("---") || text.contains("\n---");
    let lines = if may_separate { text } else { "" };
    for (line, content) in lines.split_inclusive('\n').enumerate() {
        if let Some(rest) = content.strip_prefix("---") {
            let rest = rest.trim();
            let end = at + content.len();
            parts.push(Part::new(&text[start..at], start_line));
            if !rest.is_empty() && !rest.starts_with('#') {
                parts.push(Part {
                    is_bad_separator: true,
                    ..Part::new(content, line)
                });
            }
            (start, start_line) = (end, line + 1);
        }
        at += content.len();
    }
    parts.push(Part::new(&text[start..], start_line));
    parts.retain(|part| !part.text.trim().is_empty());
    parts
}

/// JSON values one after the other; `None` where the text is not that.
fn json_documents(text: &str, options: &Options) -> Option<Vec<Document>> {
    if options.dialect != Dialect::Kubernetes || !text.trim_start().starts_with('{') {
        return None;
    }
    let nodes = text
        .bytes()
        .filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{'))
        .count();
    if nodes > options.nodes {
        return None;
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let (mut documents, mut line, mut counted) = (Vec::new(), 1, 0);
    loop {
        let start = stream.byte_offset();
        let start = start + text[start..].len() - text[start..].trim_start().len();
        let Some(value) = stream.next() else {
            return Some(documents);
        };
        line += text[counted..start].matches('\n').count();
        counted = start;
        documents.push(Document {
            line,
            value: Ok(value.ok()?),
        });
    }
}
