//! What a repository's names stand for.

use std::collections::BTreeMap;

use gitops_core::source::Reason;
use gix::ObjectId;

use super::error::Error;
use crate::version::{Constraint, Version};

/// The shortest abbreviation of a commit that is taken for one.
const MIN_ABBREVIATION: usize = 7;

/// The references of a repository and the objects they lead to, tags followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refs {
    pub(super) names: BTreeMap<String, ObjectId>,
    /// Whether the repository gives any commit it has, not only those with a name.
    pub(super) any_commit: bool,
}

/// What a revision stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Commit(ObjectId),
    /// Part of a commit's id that no reference explains.
    Abbreviated(String),
}

/// What a revision asks for, by its form alone.
enum Wanted<'a> {
    Name(String),
    Range(Constraint, &'a str),
}

/// The commit that `revision` spells out in full, which no repository need be asked for.
pub(super) fn full_id(revision: &str) -> Option<ObjectId> {
    (revision.len() == 40)
        .then(|| ObjectId::from_hex(revision.to_ascii_lowercase().as_bytes()).ok())
        .flatten()
}

impl Refs {
    /// What `revision` stands for; only tags with `tag_prefix` count for a range.
    pub(super) fn find(&self, revision: &str, tag_prefix: Option<&str>) -> Result<Found, Error> {
        match wanted(revision, tag_prefix.unwrap_or_default())? {
            Wanted::Range(range, prefix) => self.highest(&range, prefix).map_or_else(
                || Err(missing(format!("no tag in the version range {revision:?}"))),
                |id| Ok(Found::Commit(id)),
            ),
            Wanted::Name(name) => self.named(&name),
        }
    }

    /// The name's commit: the full name first, then a branch, a tag, any other.
    fn named(&self, name: &str) -> Result<Found, Error> {
        let candidates = [
            name.to_owned(),
            format!("refs/heads/{name}"),
            format!("refs/tags/{name}"),
            format!("refs/remotes/{name}"),
            format!("refs/{name}"),
        ];
        if let Some(id) = candidates.iter().find_map(|name| self.names.get(name)) {
            return Ok(Found::Commit(*id));
        }
        if is_abbreviation(name) {
            return self.abbreviated(&name.to_ascii_lowercase());
        }
        Err(missing(match name {
            "HEAD" => "the repository is empty: HEAD leads nowhere".into(),
            name => format!("no branch, tag or commit {name:?}"),
        }))
    }

    fn abbreviated(&self, prefix: &str) -> Result<Found, Error> {
        let mut ids: Vec<ObjectId> = self.names.values().copied().collect();
        ids.retain(|id| id.to_string().starts_with(prefix));
        ids.sort_unstable();
        ids.dedup();
        match ids.as_slice() {
            [] => Ok(Found::Abbreviated(prefix.to_owned())),
            [id] => Ok(Found::Commit(*id)),
            _ => Err(ambiguous(prefix)),
        }
    }

    /// The highest version in the range; of two tags for one version, such as
    /// `1.0.0` and `v1.0.0`, the first in byte order.
    fn highest(&self, range: &Constraint, prefix: &str) -> Option<ObjectId> {
        let versions = self.names.iter().filter_map(|(name, id)| {
            let tag = name.strip_prefix("refs/tags/")?.strip_prefix(prefix)?;
            Some((Version::parse(tag).ok()?, id))
        });
        versions
            .filter(|(version, _)| range.admits(version))
            .max_by(|(a, _), (b, _)| a.precedence(b).then_with(|| b.original().cmp(a.original())))
            .map(|(_, id)| *id)
    }
}

fn wanted<'a>(revision: &str, prefix: &'a str) -> Result<Wanted<'a>, Error> {
    if revision.is_empty() {
        return Ok(Wanted::Name("HEAD".into()));
    }
    // An exact version is a tag's name, not a range of one.
    if Version::parse(revision).is_ok() {
        return Ok(Wanted::Name(format!("{prefix}{revision}")));
    }
    match Constraint::parse(revision) {
        Ok(range) => Ok(Wanted::Range(range, prefix)),
        Err(_) if prefix.is_empty() => Ok(Wanted::Name(revision.to_owned())),
        Err(_) => Err(missing(format!(
            "{revision:?} is no version or version range, which a tag prefix needs"
        ))),
    }
}

fn is_abbreviation(name: &str) -> bool {
    (MIN_ABBREVIATION..40).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn missing(message: impl Into<String>) -> Error {
    Error::new(Reason::RevisionNotFound, message)
}

pub(super) fn ambiguous(prefix: &str) -> Error {
    missing(format!(
        "{prefix:?} begins more than one commit; give more of it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> ObjectId {
        ObjectId::from_hex(digit.to_string().repeat(40).as_bytes()).unwrap()
    }

    fn refs() -> Refs {
        let names = [
            ("HEAD", '1'),
            ("refs/heads/main", '1'),
            ("refs/heads/v1.0.0", '2'),
            ("refs/heads/same", '3'),
            ("refs/tags/same", '4'),
            ("refs/tags/v1.2.0", '5'),
            ("refs/tags/v1.10.0", '6'),
            ("refs/tags/v2.0.0-rc.1", '7'),
            ("refs/tags/app-1.3.0", '8'),
            ("refs/heads/deadbeef", '9'),
        ];
        Refs {
            names: names
                .map(|(name, digit)| (name.to_owned(), id(digit)))
                .into(),
            any_commit: true,
        }
    }

    #[track_caller]
    fn finds(revision: &str, prefix: Option<&str>, digit: char) {
        let found = refs().find(revision, prefix).unwrap();
        assert_eq!(found, Found::Commit(id(digit)), "{revision:?}");
    }

    #[track_caller]
    fn misses(revision: &str, prefix: Option<&str>, message: &str) {
        let error = refs().find(revision, prefix).unwrap_err();
        assert_eq!(error.message, message);
    }

    #[test]
    fn names_lead_to_commits() {
        finds("", None, '1');
        finds("HEAD", None, '1');
        finds("main", None, '1');
        finds("refs/heads/main", None, '1');
        finds("heads/main", None, '1');
        finds("same", None, '3');
        finds("refs/tags/same", None, '4');
        finds("deadbeef", None, '9');
    }

    #[test]
    fn exact_versions_are_names() {
        finds("v1.0.0", None, '2');
        finds("v1.2.0", None, '5');
        misses("1.2.0", None, "no branch, tag or commit \"1.2.0\"");
        finds("1.3.0", Some("app-"), '8');
    }

    #[test]
    fn ranges_take_the_highest_tag() {
        finds("1.x", None, '6');
        finds("~1.2", None, '5');
        finds(">=2.0.0-0", None, '7');
        finds("*", Some("app-"), '8');
        misses("^3", None, "no tag in the version range \"^3\"");
        misses(
            "main",
            Some("app-"),
            "\"main\" is no version or version range, which a tag prefix needs",
        );
    }

    #[test]
    fn abbreviations_are_looked_for_last() {
        finds("5555555", None, '5');
        assert_eq!(
            refs().find("abcdef1", None).unwrap(),
            Found::Abbreviated("abcdef1".into())
        );
        misses("abcdef", None, "no branch, tag or commit \"abcdef\"");
        misses("nope", None, "no branch, tag or commit \"nope\"");
    }
}
