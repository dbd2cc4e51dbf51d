//! Why a text cannot be read.

use granit_parser::Marker;

use crate::object;

/// Why a text cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a text.
///
/// Messages name keys but never values, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The text is not YAML.
    #[error("{0}")]
    Syntax(String),
    /// The bytes are not text in UTF-8 or UTF-16.
    #[error("the text is not valid {0}")]
    Encoding(&'static str),
    /// A character that no YAML text may hold.
    #[error("control characters are not allowed: U+{0:04X}")]
    ControlCharacter(u32),
    /// More than a comment stands behind `---`.
    #[error("invalid document separator: only a comment may follow `---` on its line")]
    Separator,
    /// A key stands twice in a map.
    #[error("key {0:?} is already set in this map")]
    DuplicateKey(String),
    /// A map or list serves as a key.
    #[error("invalid map key: {0}; a key must be a scalar (quote text that starts with {{)")]
    CollectionKey(&'static str),
    /// A key that has no text, such as null.
    #[error("unsupported map key: {0}")]
    ScalarKey(&'static str),
    /// `<<` with something else than a map or a list of maps.
    #[error("map merge requires map or sequence of maps as the value")]
    Merge,
    /// A tag that its text does not fit.
    #[error("cannot decode {found} as a {tag}")]
    Tag {
        /// What the text is.
        found: &'static str,
        /// What the tag says.
        tag: &'static str,
    },
    /// `!!binary` with text that is not base64.
    #[error("!!binary value contains invalid base64 data")]
    Binary,
    /// A number JSON has no form for.
    #[error("unsupported value: {0}")]
    NotFinite(&'static str),
    /// An anchor's value refers to itself.
    #[error("an anchor's value contains itself")]
    Recursive,
    /// The text, or what its aliases make of it, is larger than allowed.
    #[error("larger than {0} bytes; raise the limit or split the file")]
    TooLarge(usize),
    /// Maps and lists are nested deeper than allowed.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// More keys and values than allowed, aliases expanded.
    #[error("more than {0} keys and values; excessive aliasing or too large a file")]
    TooMany(usize),
    /// A document is YAML, but not a Kubernetes object.
    #[error("{}{reason}", place(*.item))]
    Object {
        /// The place in a list kind's `items`, for objects that come from one.
        item: Option<usize>,
        /// What the object lacks.
        reason: object::Error,
    },
}

fn place(item: Option<usize>) -> String {
    item.map_or_else(String::new, |item| format!("items[{item}]: "))
}

impl Error {
    pub(crate) fn at(mark: Marker, problem: Problem) -> Self {
        Self {
            line: mark.line().max(1),
            column: mark.col() + 1,
            problem,
        }
    }

    /// The error for the place of a byte in `text`.
    pub(crate) fn at_byte(text: &str, byte: usize, problem: Problem) -> Self {
        let before = &text[..byte];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            problem,
        }
    }

    /// The same error in a text that stands `lines` further down.
    pub(crate) fn below(mut self, lines: usize) -> Self {
        self.line += lines;
        self
    }
}
