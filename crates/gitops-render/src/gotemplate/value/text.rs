//! Strings, which in Go may hold any bytes.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A string: nearly always UTF-8, but any bytes are possible, as when a file's
/// content or a part of a character is passed through.
///
/// ```
/// use gitops_render::gotemplate::Text;
///
/// let cut = Text::from_bytes(&"é".as_bytes()[..1]);
/// assert_eq!(cut.as_bytes(), [0xc3]);
/// assert_eq!(cut.to_str(), "\u{fffd}");
/// ```
#[derive(Clone)]
pub struct Text(Content);

#[derive(Clone)]
enum Content {
    Utf8(Arc<str>),
    /// Never valid UTF-8, so that equal texts have one form.
    Raw(Arc<[u8]>),
}

impl Text {
    /// The text of these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => Self(Content::Raw(bytes.into())),
        }
    }

    /// The bytes of the text.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Content::Utf8(text) => text.as_bytes(),
            Content::Raw(bytes) => bytes,
        }
    }

    /// The text, with the replacement character for every byte that is not UTF-8.
    pub fn to_str(&self) -> Cow<'_, str> {
        match &self.0 {
            Content::Utf8(text) => Cow::Borrowed(text),
            Content::Raw(bytes) => Cow::Owned(decode(bytes)),
        }
    }

    /// The text as a key of a map.
    pub fn to_key(&self) -> Arc<str> {
        self.clone().into_key()
    }

    pub(super) fn into_key(self) -> Arc<str> {
        match self.0 {
            Content::Utf8(text) => text,
            Content::Raw(bytes) => decode(&bytes).into(),
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }
}

/// Go reads one replacement character for every invalid byte, not for a run of them.
fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Content::Utf8(text.into()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Content::Utf8(text.into()))
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(text: Cow<'_, str>) -> Self {
        Self(Content::Utf8(text.into()))
    }
}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Self {
        Self(Content::Utf8(text))
    }
}

impl From<char> for Text {
    fn from(char: char) -> Self {
        Self(Content::Utf8(char.encode_utf8(&mut [0; 4]).into()))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_str())
    }
}
