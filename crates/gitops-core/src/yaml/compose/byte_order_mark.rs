//! Byte order marks within a text, which Go takes for letters and the parser refuses.

use std::borrow::Cow;

const MARK: char = '\u{feff}';

/// A text whose byte order marks are hidden from the parser behind a character it does not use.
pub(super) struct ByteOrderMarks<'a> {
    text: Cow<'a, str>,
    substitute: Option<char>,
}

impl<'a> ByteOrderMarks<'a> {
    pub(super) fn hide(text: &'a str) -> Self {
        if !text.contains(MARK) {
            return Self {
                text: Cow::Borrowed(text),
                substitute: None,
            };
        }
        // Noncharacters, as long in UTF-8 as the mark, so that positions stay.
        let substitute = ('\u{fdd0}'..='\u{fdef}').find(|free| !text.contains(*free));
        let hidden = |free: char| text.replace(MARK, free.encode_utf8(&mut [0; 4]));
        Self {
            text: substitute.map_or(Cow::Borrowed(text), |free| Cow::Owned(hidden(free))),
            substitute,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn restore<'b>(&self, text: Cow<'b, str>) -> Cow<'b, str> {
        match self.substitute {
            Some(substitute) if text.contains(substitute) => {
                Cow::Owned(text.replace(substitute, MARK.encode_utf8(&mut [0; 4])))
            }
            _ => text,
        }
    }
}
