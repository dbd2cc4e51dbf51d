//! Compiled expressions.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use regex::{Regex, RegexBuilder, bytes};

use super::syntax::{self, Translation, refused};

/// Compiled expressions kept for all renders.
const MAX_KEPT: usize = 256;

/// Bytes a compiled expression may take.
const SIZE: usize = 2 << 20;

/// Expressions that were compiled lately; charts use the same few everywhere.
/// They are shared, since a copy of one would begin without the memory it works in.
static KEPT: RwLock<BTreeMap<String, Arc<Expression>>> = RwLock::new(BTreeMap::new());

/// An expression, compiled for texts in ASCII, and for all others when the first of
/// them comes.
///
/// Nearly all texts are ASCII, where `[^a-z]` means a hundred characters and not a
/// million: compiling that takes a fifth of the time.
pub(super) struct Expression {
    pattern: String,
    translation: Translation,
    ascii: Option<bytes::Regex>,
    whole: OnceLock<Result<Regex, String>>,
}

/// An expression compiled for a text.
pub(super) struct Matcher<'e> {
    regex: Compiled<'e>,
    names: &'e [Option<String>],
}

enum Compiled<'e> {
    Ascii(&'e bytes::Regex),
    Whole(&'e Regex),
}

/// What the groups of an expression matched, the whole match first.
pub(super) struct Groups<'t> {
    text: &'t str,
    ranges: Vec<Option<Range<usize>>>,
    names: &'t [Option<String>],
}

/// The expression of a pattern; the error says what is wrong with it.
pub(super) fn compiled(pattern: &str) -> Result<Arc<Expression>, String> {
    let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(expression) = kept.get(pattern) {
        return Ok(Arc::clone(expression));
    }
    drop(kept);
    let expression = Arc::new(Expression::new(pattern)?);
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= MAX_KEPT {
        kept.clear();
    }
    kept.insert(pattern.to_owned(), Arc::clone(&expression));
    Ok(expression)
}

impl Expression {
    fn new(pattern: &str) -> Result<Self, String> {
        let translation = syntax::translate(pattern)?;
        let expression = Self {
            pattern: pattern.to_owned(),
            ascii: ascii(&translation.pattern),
            translation,
            whole: OnceLock::new(),
        };
        if expression.ascii.is_none() {
            expression.whole()?;
        }
        Ok(expression)
    }

    fn whole(&self) -> Result<&Regex, String> {
        let built = || {
            let mut builder = RegexBuilder::new(&self.translation.pattern);
            let built = builder.size_limit(SIZE).build();
            built.or_else(|error| refused(&reason(&error), &self.pattern))
        };
        self.whole.get_or_init(built).as_ref().map_err(Clone::clone)
    }

    /// The expression for a text; the error is that it is too large when compiled
    /// for all characters.
    pub(super) fn matcher(&self, text: &str) -> Result<Matcher<'_>, String> {
        let regex = match &self.ascii {
            Some(ascii) if text.is_ascii() => Compiled::Ascii(ascii),
            _ => Compiled::Whole(self.whole()?),
        };
        Ok(self.with(regex))
    }

    fn with<'e>(&'e self, regex: Compiled<'e>) -> Matcher<'e> {
        Matcher {
            regex,
            names: &self.translation.names,
        }
    }
}

/// The translated expression for texts in ASCII, unless it names other characters.
fn ascii(pattern: &str) -> Option<bytes::Regex> {
    // Ignoring case, characters beyond ASCII can match letters in it.
    let has_properties = pattern.contains(r"\p") || pattern.contains(r"\P");
    if has_properties || !pattern.is_ascii() {
        return None;
    }
    let mut builder = bytes::RegexBuilder::new(pattern);
    builder.unicode(false).size_limit(SIZE).build().ok()
}

impl Matcher<'_> {
    pub(super) fn is_match(&self, text: &str) -> bool {
        match &self.regex {
            Compiled::Ascii(regex) => regex.is_match(text.as_bytes()),
            Compiled::Whole(regex) => regex.is_match(text),
        }
    }

    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        match &self.regex {
            Compiled::Ascii(regex) => Some(regex.find(text.as_bytes())?.range()),
            Compiled::Whole(regex) => Some(regex.find(text)?.range()),
        }
    }

    /// All matches, one after the other.
    pub(super) fn matches<'t>(
        &'t self,
        text: &'t str,
    ) -> Box<dyn Iterator<Item = Range<usize>> + 't> {
        match &self.regex {
            Compiled::Ascii(regex) => {
                Box::new(regex.find_iter(text.as_bytes()).map(|found| found.range()))
            }
            Compiled::Whole(regex) => Box::new(regex.find_iter(text).map(|found| found.range())),
        }
    }

    /// All matches with their groups.
    pub(super) fn captures<'t>(
        &'t self,
        text: &'t str,
    ) -> Box<dyn Iterator<Item = Groups<'t>> + 't> {
        let names = self.names;
        let groups = move |ranges| Groups {
            text,
            ranges,
            names,
        };
        match &self.regex {
            Compiled::Ascii(regex) => {
                let found = regex.captures_iter(text.as_bytes());
                Box::new(found.map(move |captures| {
                    let parts = captures.iter();
                    groups(parts.map(|part| Some(part?.range())).collect())
                }))
            }
            Compiled::Whole(regex) => Box::new(regex.captures_iter(text).map(move |captures| {
                let parts = captures.iter();
                groups(parts.map(|part| Some(part?.range())).collect())
            })),
        }
    }
}

impl<'t> Groups<'t> {
    /// Where the whole match is.
    pub(super) fn range(&self) -> Range<usize> {
        self.ranges.first().cloned().flatten().unwrap_or_default()
    }

    /// What the group of a number or name matched, of those with one name the first
    /// that took part; nothing where none did.
    pub(super) fn get(&self, group: &str) -> &'t str {
        let is_number = group.len() == 1 || !group.starts_with('0');
        let number = group.parse::<usize>().ok().filter(|_| is_number);
        let range = |number: usize| self.ranges.get(number).cloned().flatten();
        let range = match number {
            Some(number) => range(number),
            None => (0..self.names.len())
                .filter(|number| self.names[*number].as_deref() == Some(group))
                .find_map(range),
        };
        &self.text[range.unwrap_or_default()]
    }
}

/// What the `regex` crate says of an expression that Go would take.
fn reason(error: &regex::Error) -> String {
    if let regex::Error::CompiledTooBig(_) = error {
        return "expression too large".into();
    }
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whatever a matcher can tell about a text.
    type Told = (
        bool,
        Option<Range<usize>>,
        Vec<Range<usize>>,
        Vec<Vec<Option<Range<usize>>>>,
    );

    fn told(matcher: &Matcher<'_>, text: &str) -> Told {
        let groups = matcher.captures(text).map(|groups| groups.ranges);
        (
            matcher.is_match(text),
            matcher.find(text),
            matcher.matches(text).collect(),
            groups.collect(),
        )
    }

    /// Patterns of all that may mean more than ASCII.
    fn pattern() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("."),
            Just("[^a-c]"),
            Just(r"\W"),
            Just(r"\D"),
            Just(r"\S"),
            Just(r"[^\w-]"),
            Just(r"\b"),
            Just(r"\B"),
            Just("^"),
            Just("$"),
            Just("(?i)k"),
            Just("(?i:s)"),
            Just("(?s:.)"),
            Just("(?m:^)"),
            Just("(a|)"),
            Just("[[:alpha:]]"),
            Just("[[:^alpha:]]"),
            Just("(?P<n>[^x])"),
            Just("b*"),
            Just("a+?"),
            Just("[^[:space:]]{1,3}"),
            Just("-"),
        ];
        proptest::collection::vec(part, 1..5).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn ascii_text_matches_as_it_does_among_all_characters(
            pattern in pattern(),
            text in "[a-ckKsSx_ \n.0-]{0,12}",
        ) {
            let Ok(expression) = Expression::new(&pattern) else {
                // A repetition of nothing.
                return Ok(());
            };
            let matcher = expression.matcher(&text).unwrap();
            prop_assert!(matches!(matcher.regex, Compiled::Ascii(_)), "{}", pattern);
            let whole = expression.with(Compiled::Whole(expression.whole().unwrap()));
            prop_assert_eq!(told(&matcher, &text), told(&whole, &text), "{}", pattern);
        }
    }

    #[test]
    fn text_beyond_ascii_is_matched_by_its_characters() {
        let expression = Expression::new("(?i)[^a]k").unwrap();
        let matcher = expression.matcher("éK").unwrap();
        assert_eq!(matcher.find("éK"), Some(0..3));
        let expression = Expression::new(r"\x{e9}|\pL").unwrap();
        assert!(expression.matcher("a").unwrap().is_match("a"));
    }
}
