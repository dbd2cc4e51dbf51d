//! `.helmignore`: which files of a folder are no part of the chart.

mod pattern;

use self::pattern::Pattern;
use crate::helm::Error;

/// Most rules of a file.
const MAX_RULES: usize = 1_000;

/// The rules of a chart, with Helm's own.
pub(super) struct Rules(Vec<Rule>);

struct Rule {
    pattern: Pattern,
    /// Whether everything that does not match is ignored.
    negated: bool,
    folders_only: bool,
    /// Whether only the last part of a path is looked at.
    base_name: bool,
}

impl Default for Rules {
    /// Hidden files among the templates, such as those editors leave, never count.
    fn default() -> Self {
        let own = Rule::parse("templates/.?*").ok().flatten();
        Self(own.into_iter().collect())
    }
}

impl Rules {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let mut rules = Vec::new();
        for line in text.strip_prefix('\u{feff}').unwrap_or(text).lines() {
            rules.extend(Rule::parse(line.trim())?);
            if rules.len() > MAX_RULES {
                let (what, limit) = ("rules in .helmignore", MAX_RULES);
                return Err(Error::TooLarge { what, limit });
            }
        }
        rules.extend(Self::default().0);
        Ok(Self(rules))
    }

    /// Whether the file or folder at `path`, seen from the chart, is left out.
    pub(super) fn ignore(&self, path: &str, is_folder: bool) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.0.iter().any(|rule| {
            let name = if rule.base_name { name } else { path };
            rule.ignores(name, is_folder)
        })
    }
}

impl Rule {
    /// Reads a line; `None` when it says nothing.
    fn parse(line: &str) -> Result<Option<Self>, Error> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        if line.contains("**") {
            let message = "double-star (**) syntax is not supported";
            return Err(Error::Chart(message.into()));
        }
        let (negated, rest) = cut(line, line.strip_prefix('!'));
        let (folders_only, rest) = cut(rest, rest.strip_suffix('/'));
        let (rooted, pattern) = cut(rest, rest.strip_prefix('/'));
        let wrong = || Error::Chart(format!("syntax error in pattern: {pattern}"));
        Ok(Some(Self {
            pattern: Pattern::parse(pattern).ok_or_else(wrong)?,
            negated,
            folders_only,
            base_name: !rooted && !pattern.contains('/'),
        }))
    }

    fn ignores(&self, name: &str, is_folder: bool) -> bool {
        let wrong_kind = self.folders_only && !is_folder;
        if self.negated {
            return wrong_kind || !self.pattern.matches(name);
        }
        !wrong_kind && self.pattern.matches(name)
    }
}

fn cut<'a>(text: &'a str, rest: Option<&'a str>) -> (bool, &'a str) {
    (rest.is_some(), rest.unwrap_or(text))
}
