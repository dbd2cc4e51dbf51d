//! What the server's dry runs say, where objects are compared by it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Settings;
use super::pair::Pair;
use crate::diff::{self, Diff, Strategy};
use crate::{Object, ObjectKey};

/// What the server answered to dry runs, by object; an error says in words why it
/// did not.
pub type Answers = BTreeMap<ObjectKey, Result<Arc<Object>, String>>;

/// A dry run that a comparison wants: a server-side apply that takes every field.
///
/// `Debug` prints the key and no content, because the object may be a Secret.
#[derive(Clone)]
#[non_exhaustive]
pub struct DryRun {
    /// What the answer belongs to.
    pub key: ObjectKey,
    /// What to send.
    pub object: Object,
    /// What is live; while it and what is sent stay the same, so does the answer.
    pub live: Arc<Object>,
}

impl fmt::Debug for DryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DryRun({})", self.key)
    }
}

/// The dry run that the comparison of a pair wants, if it wants one.
pub(super) fn dry_run(pair: &Pair, settings: &Settings) -> Option<DryRun> {
    let (Some(target), Some(live)) = pair else {
        return None;
    };
    if settings.diff.choice.strategy(target) != Strategy::ServerSide {
        return None;
    }
    let sent = settings
        .diff
        .normal(&target.group_version_kind(), target.value());
    Some(DryRun {
        key: target.key(),
        object: Object::new(sent.into_owned()).ok()?,
        live: Arc::clone(live),
    })
}

/// Compares one object, by the answer where there is one.
pub(super) fn diff(
    target: Option<&Arc<Object>>,
    live: Option<&Arc<Object>>,
    answers: &Answers,
    settings: &diff::Settings,
) -> Diff {
    let answer = target.and_then(|target| answers.get(&target.key()));
    let (Some(target), Some(of_live), Some(answer)) = (target, live, answer) else {
        return diff::diff(target, live, settings);
    };
    let by_answer = answer
        .clone()
        .and_then(|answer| diff::with_answer(target, of_live, &answer, settings));
    by_answer.unwrap_or_else(|reason| {
        let mut diff = diff::diff(Some(target), live, settings);
        let warning = format!("compared with what was applied last: {reason}");
        diff.warnings.push(warning);
        diff
    })
}
