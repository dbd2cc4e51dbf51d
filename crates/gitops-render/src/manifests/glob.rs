//! Which files a folder's `include` and `exclude` name.

use gitops_core::render::Error;

use crate::glob::{self, Separator};

/// A pattern over paths, in which `*` also passes slashes.
pub(super) struct Glob(glob::Glob);

impl Glob {
    /// Reads the pattern of `field`; `None` when it is empty.
    ///
    /// The reference takes a pattern it cannot read for one that matches
    /// nothing, and a folder whose `include` matches nothing loses its objects.
    pub(super) fn new(field: &str, pattern: &str) -> Result<Option<Self>, Error> {
        if pattern.is_empty() {
            return Ok(None);
        }
        glob::Glob::new(pattern, Separator::None)
            .map(|glob| Some(Self(glob)))
            .map_err(|error| {
                Error::new(format!(
                    "directory.{field}: {pattern:?} is no glob: {error}"
                ))
            })
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.matches(path)
    }
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
