//! An object database, read by many trees at once.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gitops_core::source::Reason;
use gix::ObjectId;
use gix::objs::{CommitRefIter, Find as _, Kind, TagRefIter};
use gix::odb::Header as _;

use super::error::{Error, chain};
use super::refs::{ambiguous, missing};

/// Tags that point at tags are followed this far.
const MAX_TAGS: usize = 10;

/// The largest commit or tag that is read.
pub(super) const MAX_COMMIT: u64 = 1 << 20;

/// The objects of one repository on this machine.
pub(super) struct Objects {
    repository: gix::ThreadSafeRepository,
    /// Handles between two uses: making one costs more than a small read.
    idle: Mutex<Vec<gix::OdbHandle>>,
    damaged: AtomicBool,
    /// Held while the objects are in use, so that no other process removes them.
    _lease: Option<File>,
}

/// Why an object cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("object {0} is missing")]
    Missing(ObjectId),
    #[error("object {id} is a {found}, not a {wanted}")]
    Kind {
        id: ObjectId,
        found: Kind,
        wanted: Kind,
    },
    #[error("{size} bytes, more than the {limit} allowed")]
    TooLarge { size: u64, limit: u64 },
    #[error("object {id} is damaged: {message}")]
    Damaged { id: ObjectId, message: String },
}

impl Objects {
    /// Opens the repository at `path` without any configuration of the user's.
    pub(super) fn open(path: &Path, lease: Option<File>) -> Result<Self, Error> {
        let repository = gix::open_opts(path, options()).map_err(|error| {
            let what = format!("cannot open the repository {}", path.display());
            Error::gix(Reason::Unreachable, &what, &error)
        })?;
        Ok(Self {
            repository: repository.into_sync(),
            idle: Mutex::default(),
            damaged: AtomicBool::new(false),
            _lease: lease,
        })
    }

    pub(super) fn repository(&self) -> gix::Repository {
        self.repository.to_thread_local()
    }

    /// Whether a read found that something is missing or wrong.
    pub(super) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// The content of an object, checked against its id.
    ///
    /// The check is what makes a cache with flipped bits an error and never a
    /// wrong answer: neither packs nor their indices are verified when read.
    pub(super) fn read(
        &self,
        id: ObjectId,
        kind: Kind,
        limit: u64,
    ) -> Result<Arc<[u8]>, ReadError> {
        let result = self.with_handle(|handle| read(handle, id, kind, limit));
        if let Err(ReadError::Missing(_) | ReadError::Damaged { .. }) = &result {
            self.damaged.store(true, Ordering::Relaxed);
        }
        result
    }

    /// The root folder of the commit `id`, or of the commit the tag `id` leads to.
    ///
    /// `None` when there is no such object, which is no damage: it was not fetched.
    pub(super) fn root(&self, id: ObjectId) -> Result<Option<ObjectId>, ReadError> {
        let Some(commit) = self.commit(id)? else {
            return Ok(None);
        };
        let data = self.read(commit, Kind::Commit, MAX_COMMIT)?;
        CommitRefIter::from_bytes(&data, id.kind())
            .tree_id()
            .map(Some)
            .map_err(|error| damaged(commit, &error))
    }

    /// The commit that `id` is or leads to.
    pub(super) fn commit(&self, id: ObjectId) -> Result<Option<ObjectId>, ReadError> {
        let mut at = id;
        for _ in 0..MAX_TAGS {
            match self.kind(at)? {
                None if at == id => return Ok(None),
                None => return Err(ReadError::Missing(at)),
                Some(Kind::Commit) => return Ok(Some(at)),
                Some(Kind::Tag) => {
                    let data = self.read(at, Kind::Tag, MAX_COMMIT)?;
                    at = TagRefIter::from_bytes(&data, id.kind())
                        .target_id()
                        .map_err(|error| damaged(at, &error))?;
                }
                Some(found) => {
                    let wanted = Kind::Commit;
                    return Err(ReadError::Kind {
                        id: at,
                        found,
                        wanted,
                    });
                }
            }
        }
        Ok(None)
    }

    /// The one commit whose id begins with `prefix`.
    pub(super) fn abbreviated(&self, prefix: &str) -> Result<Option<ObjectId>, Error> {
        let Ok(prefix_id) = gix::hash::Prefix::from_hex(prefix) else {
            return Ok(None);
        };
        let mut candidates = std::collections::HashSet::new();
        self.with_handle(|handle| handle.lookup_prefix(prefix_id, Some(&mut candidates)))
            .map_err(|error| Error::gix(Reason::Unreachable, "cannot search the cache", &error))?;
        let is_commit = |id: &ObjectId| matches!(self.kind(*id), Ok(Some(Kind::Commit)));
        let mut commits = candidates.into_iter().filter(is_commit);
        match (commits.next(), commits.next()) {
            (Some(_), Some(_)) => Err(ambiguous(prefix)),
            (found, _) => Ok(found),
        }
    }

    fn kind(&self, id: ObjectId) -> Result<Option<Kind>, ReadError> {
        self.with_handle(|handle| handle.try_header(&id))
            .map(|header| header.map(|header| header.kind()))
            .map_err(|error| {
                self.damaged.store(true, Ordering::Relaxed);
                damaged(id, &error)
            })
    }

    fn with_handle<T>(&self, use_it: impl FnOnce(&gix::OdbHandle) -> T) -> T {
        let idle = self.idle().pop();
        let handle = idle.unwrap_or_else(|| {
            let mut handle = self.repository.to_thread_local().objects;
            // An object is what its id says, whatever the repository would replace it by.
            handle.ignore_replacements = true;
            handle
        });
        let result = use_it(&handle);
        self.idle().push(handle);
        result
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<gix::OdbHandle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing but the repository itself, with room for every pack of a cache.
pub(super) fn options() -> gix::open::Options {
    gix::open::Options::isolated()
        .object_store_slots(gix::odb::store::init::Slots::Given(512))
        .config_overrides(["gitoxide.objects.allocLimit=1073741824"])
}

fn read(
    handle: &gix::OdbHandle,
    id: ObjectId,
    wanted: Kind,
    limit: u64,
) -> Result<Arc<[u8]>, ReadError> {
    let header = handle
        .try_header(&id)
        .map_err(|error| damaged(id, &error))?
        .ok_or(ReadError::Missing(id))?;
    let (found, size) = (header.kind(), header.size());
    if found != wanted {
        return Err(ReadError::Kind { id, found, wanted });
    }
    if size > limit {
        return Err(ReadError::TooLarge { size, limit });
    }
    let mut buffer = Vec::new();
    let object = handle
        .try_find(&id, &mut buffer)
        .map_err(|error| damaged(id, &error))?
        .ok_or(ReadError::Missing(id))?;
    match gix::objs::compute_hash(id.kind(), wanted, object.data) {
        Ok(actual) if actual == id => Ok(Arc::from(object.data)),
        Ok(_) => Err(ReadError::Damaged {
            id,
            message: "its content has another id".into(),
        }),
        Err(error) => Err(ReadError::Damaged {
            id,
            message: error.to_string(),
        }),
    }
}

fn damaged(id: ObjectId, error: &gix::Error) -> ReadError {
    ReadError::Damaged {
        id,
        message: chain(error),
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Kind { .. } => missing(error.to_string()),
            other => Self::new(Reason::Invalid, other.to_string()),
        }
    }
}
