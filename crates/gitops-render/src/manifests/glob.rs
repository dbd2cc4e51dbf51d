//! Which files a folder's `include` and `exclude` name.

use gitops_core::render::Error;
use globset::{GlobBuilder, GlobMatcher};

/// A pattern over paths, in which `*` also passes slashes.
pub(super) struct Glob(GlobMatcher);

impl Glob {
    /// Reads the pattern of `field`; `None` when it is empty.
    ///
    /// The reference takes a pattern it cannot read for one that matches
    /// nothing, and a folder whose `include` matches nothing loses its objects.
    pub(super) fn new(field: &str, pattern: &str) -> Result<Option<Self>, Error> {
        if pattern.is_empty() {
            return Ok(None);
        }
        GlobBuilder::new(&plain_stars(pattern))
            .literal_separator(false)
            .backslash_escape(true)
            .build()
            .map(|glob| Some(Self(glob.compile_matcher())))
            .map_err(|error| {
                Error::new(format!(
                    "directory.{field}: {pattern:?} is no glob: {}",
                    error.kind()
                ))
            })
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// The pattern with one star for many: `**/a` must not match `a`, as it would in
/// patterns where only two stars pass slashes.
fn plain_stars(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    let mut in_class = false;
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                plain.push(char);
                plain.extend(chars.next());
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '*' if !in_class && plain.ends_with('*') && !plain.ends_with("\\*") => continue,
            _ => {}
        }
        plain.push(char);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let glob = Glob::new("include", pattern).unwrap().unwrap();
        for path in matching {
            assert!(glob.matches(path), "{path} should match {pattern}");
        }
        for path in others {
            assert!(!glob.matches(path), "{path} should not match {pattern}");
        }
    }

    #[test]
    fn stars_pass_slashes() {
        check(
            "*.yaml",
            &["a.yaml", "b/c/a.yaml", ".yaml"],
            &["a.json", "a.yaml.bak"],
        );
        check("**/a.yaml", &["b/a.yaml", "b/c/a.yaml"], &["a.yaml"]);
        check("dir/**", &["dir/a", "dir/b/c"], &["dir", "other/dir/a"]);
        check("a?c", &["abc", "a/c"], &["ac"]);
    }

    #[test]
    fn braces_are_alternatives() {
        check(
            "{a.yaml,env/*.yaml}",
            &["a.yaml", "env/x/b.yaml"],
            &["b.yaml"],
        );
        check("{a,b{1,2}}.yaml", &["a.yaml", "b2.yaml"], &["b.yaml"]);
    }

    #[test]
    fn classes_and_escapes() {
        check("[ab].yaml", &["a.yaml"], &["c.yaml"]);
        check("[!ab].yaml", &["c.yaml"], &["a.yaml"]);
        check(r"\*\*.yaml", &["**.yaml"], &["a.yaml"]);
        check(r"\{a\}", &["{a}"], &["a"]);
    }

    #[test]
    fn a_bad_pattern_says_where_it_stands() {
        let error = Glob::new("exclude", "[a").err().unwrap();
        assert!(
            error
                .message
                .starts_with("directory.exclude: \"[a\" is no glob: "),
            "{error}"
        );
    }
}
