//! Text in each of its styles.

use super::Writer;
use super::style::{is_break, is_printable};

impl Writer {
    pub(super) fn plain(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.separate();
        let width = self.flavour.width();
        if !may_fold || self.column.saturating_add(text.len()) <= width {
            self.out.push_str(text);
            self.column += text.chars().count();
            (self.fresh, self.spaced) = (false, false);
        } else {
            self.folded(text, indent, may_fold, false);
        }
    }

    pub(super) fn single_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.separate();
        self.character('\'');
        self.folded(text, indent, may_fold, true);
        self.character('\'');
    }

    /// Text that goes on in the next line at a single blank past the width.
    fn folded(&mut self, text: &str, indent: usize, may_fold: bool, quoted: bool) {
        let last = text.len().saturating_sub(1);
        let (mut after_blank, mut after_break) = (false, false);
        let mut at = 0;
        while let Some(character) = text[at..].chars().next() {
            let word = ascii(&text[at..], |byte| !matches!(byte, b' ' | b'\''));
            if character == ' ' {
                let wide = may_fold && !after_blank && self.column > self.flavour.width();
                if wide && at > 0 && at < last && !text[at + 1..].starts_with(' ') {
                    self.line(indent);
                } else {
                    self.character(' ');
                }
                after_blank = true;
            } else if is_break(character) {
                self.raw_break(character);
                after_break = true;
            } else {
                if after_break {
                    self.line(indent);
                }
                if quoted && character == '\'' {
                    self.character('\'');
                }
                if word.is_empty() {
                    self.character(character);
                }
                self.characters(word);
                (after_blank, after_break) = (false, false);
            }
            at += word.len().max(character.len_utf8());
        }
    }

    /// Readable ASCII.
    fn characters(&mut self, text: &str) {
        if !text.is_empty() {
            self.out.push_str(text);
            self.column += text.len();
            (self.fresh, self.spaced) = (false, false);
        }
    }

    pub(super) fn double_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.separate();
        self.character('"');
        // go-yaml looks for a byte order mark at the start alone and then escapes everything.
        let escape_all = text.starts_with('\u{feff}');
        let last = text.len().saturating_sub(1);
        let mut after_blank = false;
        for (at, character) in text.char_indices() {
            let escape = escape_all
                || !is_printable(character)
                || is_break(character)
                || matches!(character, '"' | '\\');
            if escape {
                self.escaped(character);
            } else if character == ' ' {
                let wide = may_fold && !after_blank && self.column > self.flavour.width();
                if wide && at > 0 && at < last {
                    self.line(indent);
                    if text[at + 1..].starts_with(' ') {
                        self.character('\\');
                    }
                } else {
                    self.character(' ');
                }
            } else {
                self.character(character);
            }
            after_blank = !escape && character == ' ';
        }
        self.character('"');
    }

    fn escaped(&mut self, character: char) {
        let code = u32::from(character);
        let escape = match character {
            '\0' => "\\0".to_owned(),
            '\u{7}' => "\\a".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\u{b}' => "\\v".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '\r' => "\\r".to_owned(),
            '\u{1b}' => "\\e".to_owned(),
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\u{85}' => "\\N".to_owned(),
            '\u{a0}' => "\\_".to_owned(),
            '\u{2028}' => "\\L".to_owned(),
            '\u{2029}' => "\\P".to_owned(),
            _ if code <= 0xff => format!("\\x{code:02X}"),
            _ if code <= 0xffff => format!("\\u{code:04X}"),
            _ => format!("\\U{code:08X}"),
        };
        self.out.push_str(&escape);
        self.column += escape.len();
    }

    pub(super) fn literal(&mut self, text: &str, indent: usize) {
        self.sign("|", false);
        if text.starts_with(|first| first == ' ' || is_break(first)) {
            self.out.push('2');
        }
        self.out.push_str(chomping(text));
        self.line_break();
        let mut after_break = true;
        let mut at = 0;
        while let Some(character) = text[at..].chars().next() {
            if is_break(character) {
                self.raw_break(character);
                after_break = true;
                at += character.len_utf8();
                continue;
            }
            if after_break {
                self.line(indent);
                after_break = false;
            }
            let line = ascii(&text[at..], |_| true);
            if line.is_empty() {
                self.character(character);
            }
            self.characters(line);
            at += line.len().max(character.len_utf8());
        }
    }

    fn raw_break(&mut self, character: char) {
        self.out.push(character);
        self.column = 0;
        (self.fresh, self.spaced) = (true, true);
    }
}

/// The readable ASCII a text begins with, as far as its bytes are all of a kind.
fn ascii(text: &str, is_of_kind: impl Fn(u8) -> bool) -> &str {
    let readable = |byte: &u8| matches!(byte, b' '..=b'~') && is_of_kind(*byte);
    &text[..text.bytes().take_while(readable).count()]
}

/// What keeps a block's final line breaks as they are.
fn chomping(text: &str) -> &'static str {
    let mut backwards = text.chars().rev();
    match (backwards.next(), backwards.next()) {
        (Some(last), _) if !is_break(last) => "-",
        (Some(_), Some(before)) if !is_break(before) => "",
        _ => "+",
    }
}

/// Folds `U+0085` as a double-quoted YAML 1.1 text folds its line breaks.
pub(super) fn fold_next_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('\u{85}').peekable();
    let first = parts.next().unwrap_or_default();
    let mut rest = parts.collect::<Vec<_>>();
    let last = rest.pop().unwrap_or_default();
    out.push_str(first.trim_end_matches(' '));
    let mut breaks = 1;
    for part in rest {
        let part = part.trim_matches(' ');
        if part.is_empty() {
            breaks += 1;
            continue;
        }
        push_fold(&mut out, breaks);
        out.push_str(part);
        breaks = 1;
    }
    push_fold(&mut out, breaks);
    out.push_str(last.trim_start_matches(' '));
    out
}

fn push_fold(out: &mut String, breaks: usize) {
    if breaks == 1 {
        out.push(' ');
    } else {
        out.extend(std::iter::repeat_n('\n', breaks - 1));
    }
}
