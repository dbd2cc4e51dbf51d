//! Values to YAML, byte for byte as the Go libraries around Kubernetes write it.

mod style;
mod text;
mod view;

use serde_json::{Number, Value};

use super::{number, order};
use style::Style;
pub use view::{View, Viewed};

/// Writes a value as `sigs.k8s.io/yaml` does, with a final newline.
///
/// The value is JSON, or of any other type that says how it is [`Viewed`].
///
/// Keys are in natural order (`a2` before `a10`), lists stand at their key's column, long text
/// is folded at 80 columns. Reading the text again gives the same value.
///
/// ```
/// use serde_json::json;
///
/// let text = gitops_core::yaml::write(&json!({"on": "yes", "a10": [1, 2], "a9": {}}));
/// assert_eq!(text, "a9: {}\na10:\n- 1\n- 2\n\"on\": \"yes\"\n");
/// ```
pub fn write<T: Viewed>(value: &T) -> String {
    Writer::new(Flavour::Version2).document(value)
}

/// Writes a value as Helm's `toYaml` does: [`write()`] without the final newline.
///
/// Helm reads the value's JSON as YAML on the way. Text with a `U+007F` does not survive that,
/// and the result is empty; a `U+0085` is folded like a line break.
pub fn to_yaml(value: &Value) -> String {
    let mut text = Writer::new(Flavour::Helm).document(value);
    if text.contains("\\x7F") && holds_delete(value) {
        return String::new();
    }
    text.truncate(text.strip_suffix('\n').unwrap_or(&text).len());
    text
}

/// Writes a value as Helm's `toYamlPretty` does: lists are indented and nothing is folded.
pub fn to_yaml_pretty(value: &Value) -> String {
    let mut text = Writer::new(Flavour::Version3).document(value);
    text.truncate(text.strip_suffix('\n').unwrap_or(&text).len());
    text
}

/// Which library's text is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavour {
    /// go-yaml 2 behind `sigs.k8s.io/yaml`.
    Version2,
    /// The same with what Helm's way through JSON loses.
    Helm,
    /// go-yaml 3, by itself.
    Version3,
}

impl Flavour {
    /// The column after which text is folded at the next single blank.
    fn width(self) -> usize {
        match self {
            Self::Version2 | Self::Helm => 80,
            Self::Version3 => usize::MAX,
        }
    }

    fn key_order(self) -> order::Rule {
        match self {
            Self::Version2 | Self::Helm => order::Rule::LettersLast,
            Self::Version3 => order::Rule::LettersFirstAfterDigits,
        }
    }

    fn number(self, number: &Number) -> String {
        let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
            return number.to_string();
        };
        match self {
            Self::Version3 => number::general(float),
            Self::Version2 | Self::Helm if float == 0.0 => "0".to_owned(),
            Self::Version2 | Self::Helm => number::whole(float)
                .map_or_else(|| number::general(float), |whole| whole.to_string()),
        }
    }
}

/// A map or list whose entries are being written.
enum Frame<'a, T> {
    Map {
        entries: std::vec::IntoIter<(&'a str, &'a T)>,
        indent: usize,
    },
    List {
        entries: std::slice::Iter<'a, T>,
        indent: usize,
    },
}

/// Text under way. Nesting lives in a list of frames, so depth costs no stack.
struct Writer {
    out: String,
    column: usize,
    /// Whether this line holds nothing but indentation and the signs `-`, `?`, `:` before a node.
    fresh: bool,
    /// Whether the last character separates.
    spaced: bool,
    flavour: Flavour,
}

impl Writer {
    fn new(flavour: Flavour) -> Self {
        Self {
            out: String::new(),
            column: 0,
            fresh: true,
            spaced: true,
            flavour,
        }
    }

    fn document<T: Viewed>(mut self, value: &T) -> String {
        let mut frames = Vec::new();
        frames.extend(self.node(value, None));
        while let Some(frame) = frames.last_mut() {
            let child = match frame {
                Frame::Map { entries, indent } => {
                    let indent = *indent;
                    entries.next().map(|(key, value)| {
                        self.key(key, indent);
                        self.node(value, Some((indent, true)))
                    })
                }
                Frame::List { entries, indent } => {
                    let indent = *indent;
                    entries.next().map(|value| {
                        self.line(indent);
                        self.sign("-", true);
                        self.node(value, Some((indent, false)))
                    })
                }
            };
            match child {
                Some(child) => frames.extend(child),
                None => drop(frames.pop()),
            }
        }
        self.line(0);
        self.out
    }

    /// Writes a scalar or an empty collection; anything else is to be worked off by the caller.
    ///
    /// `parent` is the indentation of the collection around, and whether that is a map.
    fn node<'a, T: Viewed>(
        &mut self,
        value: &'a T,
        parent: Option<(usize, bool)>,
    ) -> Option<Frame<'a, T>> {
        let deeper = parent.map_or(0, |(indent, _)| indent + 2);
        let text_indent = parent.map_or(2, |(indent, _)| indent + 2);
        match value.view() {
            View::Null => self.word("null"),
            View::Bool(true) => self.word("true"),
            View::Bool(false) => self.word("false"),
            View::Number(number) => self.word(&self.flavour.number(&number)),
            View::Text(text) => self.string(&text, text_indent, false),
            View::List([]) => self.word("[]"),
            View::Map(entries) if entries.is_empty() => self.word("{}"),
            View::List(list) => {
                let indent = match parent {
                    Some((indent, true)) if self.lists_at_key() => indent,
                    _ => deeper,
                };
                let entries = list.iter();
                return Some(Frame::List { entries, indent });
            }
            View::Map(mut entries) => {
                order::sort(&mut entries, self.flavour.key_order());
                return Some(Frame::Map {
                    entries: entries.into_iter(),
                    indent: deeper,
                });
            }
        }
        None
    }

    /// Whether a list in a map stands at its key's column. After a `: ` on its own line it does not.
    fn lists_at_key(&self) -> bool {
        self.flavour != Flavour::Version3 && !self.fresh
    }

    fn key(&mut self, key: &str, indent: usize) {
        self.line(indent);
        if style::is_simple_key(key) {
            self.string(key, indent + 2, true);
            self.out.push(':');
            self.column += 1;
            (self.fresh, self.spaced) = (false, false);
        } else {
            self.sign("?", true);
            self.string(key, indent + 2, false);
            self.line(indent);
            self.sign(":", true);
        }
    }

    fn string(&mut self, text: &str, indent: usize, is_key: bool) {
        let folded;
        let text = if self.flavour == Flavour::Helm && text.contains('\u{85}') {
            folded = text::fold_next_lines(text);
            &folded
        } else {
            text
        };
        match style::choose(text, is_key, self.flavour) {
            Style::Plain => self.plain(text, indent, !is_key),
            Style::SingleQuoted => self.single_quoted(text, indent, !is_key),
            Style::DoubleQuoted => self.double_quoted(text, indent, !is_key),
            Style::Literal => self.literal(text, indent),
        }
    }

    /// Goes to a column on a line that holds only indentation.
    fn line(&mut self, indent: usize) {
        if !self.fresh || self.column > indent {
            self.line_break();
        }
        self.blanks(indent - self.column);
        self.column = indent;
        (self.fresh, self.spaced) = (true, true);
    }

    fn blanks(&mut self, count: usize) {
        const BLANKS: &str = "                                ";
        let mut rest = count;
        while rest > 0 {
            let part = rest.min(BLANKS.len());
            self.out.push_str(&BLANKS[..part]);
            rest -= part;
        }
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.fresh = true;
    }

    /// Writes a sign after a blank where one is needed.
    fn sign(&mut self, sign: &str, keeps_line_fresh: bool) {
        self.separate();
        self.out.push_str(sign);
        self.column += sign.len();
        self.fresh &= keeps_line_fresh;
        self.spaced = false;
    }

    fn separate(&mut self) {
        if !self.spaced {
            self.out.push(' ');
            self.column += 1;
        }
    }

    fn word(&mut self, word: &str) {
        self.sign(word, false);
    }

    fn character(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
        (self.fresh, self.spaced) = (false, false);
    }
}

/// Whether any text in `value` holds a `U+007F`.
fn holds_delete(value: &Value) -> bool {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        match value {
            Value::String(text) if text.contains('\u{7f}') => return true,
            Value::Array(list) => pending.extend(list),
            Value::Object(map) => {
                if map.keys().any(|key| key.contains('\u{7f}')) {
                    return true;
                }
                pending.extend(map.values());
            }
            _ => {}
        }
    }
    false
}
