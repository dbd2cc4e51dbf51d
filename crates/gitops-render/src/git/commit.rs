//! What a commit says about itself.

use gix::ObjectId;
use gix::objs::CommitRef;

use gitops_core::source::Reason;

use super::error::Error;
use super::objects::{MAX_COMMIT, Objects};
use super::refs::missing;

/// Who made a commit, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// The author, as `Name <email>`.
    pub author: String,
    /// When it was committed, in seconds since 1970.
    pub seconds: i64,
    /// The message.
    pub message: String,
}

pub(super) fn read(objects: &Objects, id: ObjectId) -> Result<Commit, Error> {
    let id = objects
        .commit(id)?
        .ok_or_else(|| missing(format!("no commit {id}")))?;
    let data = objects.read(id, gix::objs::Kind::Commit, MAX_COMMIT)?;
    let damaged = |error| Error::gix(Reason::Invalid, "the commit cannot be read", &error);
    let commit = CommitRef::from_bytes(&data, id.kind()).map_err(damaged)?;
    let author = commit.author().map_err(damaged)?;
    let committer = commit.committer().map_err(damaged)?;
    Ok(Commit {
        author: format!("{} <{}>", author.name, author.email),
        seconds: committer.seconds(),
        message: commit.message.to_string(),
    })
}
