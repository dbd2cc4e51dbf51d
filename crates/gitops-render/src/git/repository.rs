//! One repository: what it has, and a copy of what was asked for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use gitops_core::source::Reason;
use gix::ObjectId;

use super::Options;
use super::address::Address;
use super::error::Error;
use super::fetch::{self, Want};
use super::limits::Limits;
use super::objects::{self, Objects};
use super::refs::{Refs, missing};
use super::store::{History, Lock, Mirror, Store};
use super::transport;

/// A repository and its cache. Every method may wait for the network.
pub(super) struct Repository {
    address: Address,
    store: Store,
    /// The mirror this process reads; another process may have made a later one.
    mirror: Mutex<Option<Arc<Mirror>>>,
}

impl Repository {
    pub(super) fn new(cache: &Path, address: Address) -> Self {
        let folder = cache.join(folder_name(&address));
        Self {
            address,
            store: Store::new(folder),
            mirror: Mutex::default(),
        }
    }

    /// The references as they are now.
    pub(super) fn refs(
        &self,
        name: Option<&str>,
        options: &Options,
        limits: &Arc<Limits>,
    ) -> Result<Refs, Error> {
        match &self.address {
            Address::Local(path) => local_refs(path),
            remote => fetch::list(transport::connect(remote, options, limits)?, name, limits),
        }
    }

    /// Objects that hold the commit or tag `id`, fetched when they do not yet.
    pub(super) fn objects(
        &self,
        id: ObjectId,
        options: &Options,
        limits: &Arc<Limits>,
    ) -> Result<Arc<Objects>, Error> {
        if let Address::Local(path) = &self.address {
            return Objects::open(path, None).map(Arc::new);
        }
        if let Some(mirror) = self.known().filter(|mirror| mirror.holds(id)) {
            return Ok(Arc::clone(&mirror.objects));
        }
        let lock = self.store.lock(limits)?;
        let mirror = self.newest();
        if let Some(mirror) = mirror.as_ref().filter(|mirror| mirror.holds(id)) {
            return Ok(Arc::clone(&mirror.objects));
        }
        let task = Task {
            repository: self,
            options,
            limits,
            lock: &lock,
        };
        let mirror = match task.update(mirror, &Want::Commit(id)) {
            Ok(mirror) => mirror,
            Err(refusal) => task.everything_with(id, refusal)?,
        };
        Ok(Arc::clone(&mirror.objects))
    }

    /// The one commit whose id begins with `prefix`.
    ///
    /// No server tells, so it is looked for in what is here, and then in all history.
    pub(super) fn abbreviated(
        &self,
        prefix: &str,
        options: &Options,
        limits: &Arc<Limits>,
    ) -> Result<ObjectId, Error> {
        let unknown = || missing(format!("no branch, tag or commit {prefix:?}"));
        if let Address::Local(path) = &self.address {
            let objects = Objects::open(path, None)?;
            return objects.abbreviated(prefix)?.ok_or_else(unknown);
        }
        if let Some(mirror) = self.known()
            && let Some(id) = mirror.objects.abbreviated(prefix)?
        {
            return Ok(id);
        }
        let lock = self.store.lock(limits)?;
        let mirror = self.newest();
        if let Some(mirror) = &mirror
            && let Some(id) = mirror.objects.abbreviated(prefix)?
        {
            return Ok(id);
        }
        let task = Task {
            repository: self,
            options,
            limits,
            lock: &lock,
        };
        let mirror = task.update(mirror, &Want::Everything)?;
        mirror.objects.abbreviated(prefix)?.ok_or_else(unknown)
    }

    fn known(&self) -> Option<Arc<Mirror>> {
        self.mirror
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The newest mirror on disk, which another process may have made.
    fn newest(&self) -> Option<Arc<Mirror>> {
        let known = self.known();
        let newest = self.store.newest()?;
        match known {
            Some(known) if known.number == newest.number => Some(known),
            _ => Some(self.remember(newest)),
        }
    }

    fn remember(&self, mirror: Mirror) -> Arc<Mirror> {
        let mirror = Arc::new(mirror);
        *self.mirror.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&mirror));
        mirror
    }
}

/// A change of a store, by whoever holds its lock.
struct Task<'a> {
    repository: &'a Repository,
    options: &'a Options,
    limits: &'a Arc<Limits>,
    lock: &'a Lock,
}

impl Task<'_> {
    /// A mirror with what is wanted: the one given, or a fresh one where that is
    /// damaged, worn, or short of history.
    fn update(&self, mirror: Option<Arc<Mirror>>, want: &Want) -> Result<Arc<Mirror>, Error> {
        if let Some(mirror) = mirror.filter(|mirror| self.serves(mirror, want)) {
            mirror.tidy(self.lock);
            match self.fetch(&mirror.objects.repository(), want, mirror.history) {
                Ok(()) if mirror.satisfies(want) => return Ok(mirror),
                Err(error) if is_final(&error) || self.limits.check().is_err() => {
                    return Err(error);
                }
                // The copy is damaged: what came does not fit what was there.
                Ok(()) | Err(_) => {}
            }
        }
        self.fresh(want)
    }

    fn fresh(&self, want: &Want) -> Result<Arc<Mirror>, Error> {
        let history = want.history();
        let mirror = self
            .repository
            .store
            .create(self.lock, history, |repository| {
                self.fetch(repository, want, history)
            })?;
        if !mirror.satisfies(want) {
            return Err(Error::new(
                Reason::Invalid,
                "the server did not send the commit it was asked for",
            ));
        }
        // First remembered: the one known before can go once nobody reads it.
        let mirror = self.repository.remember(mirror);
        self.repository.store.prune(self.lock, mirror.number);
        Ok(mirror)
    }

    /// All history, when the server hands out no commit by its id alone.
    ///
    /// A server of the first protocol gives only what its references lead to,
    /// and its refusal may come where a pack is expected. Git's own server of
    /// the second looks at all its commits, so its word is final.
    fn everything_with(&self, id: ObjectId, refusal: Error) -> Result<Arc<Mirror>, Error> {
        let refused = matches!(refusal.reason, Reason::RevisionNotFound | Reason::Invalid);
        if !refused || self.limits.check().is_err() {
            return Err(refusal);
        }
        let unknown = || missing(format!("no commit {id}"));
        let refs = self.repository.refs(None, self.options, self.limits)?;
        if refs.any_commit && refusal.message.contains("not our ref") {
            return Err(unknown());
        }
        if refs.any_commit && refusal.reason == Reason::Invalid {
            return Err(refusal);
        }
        let mirror = self.update(self.repository.newest(), &Want::Everything)?;
        if mirror.holds(id) {
            Ok(mirror)
        } else {
            Err(unknown())
        }
    }

    fn fetch(
        &self,
        repository: &gix::Repository,
        want: &Want,
        history: History,
    ) -> Result<(), Error> {
        let address = &self.repository.address;
        let connection = transport::connect(address, self.options, self.limits)?;
        fetch::fetch(repository, connection, want, history, self.limits)
    }

    fn serves(&self, mirror: &Mirror, want: &Want) -> bool {
        let (packs, bytes) = mirror.size();
        let worn = packs >= self.options.max_packs || bytes >= self.options.max_cache_size;
        let short = mirror.history == History::Shallow && want.history() == History::Full;
        !worn && !short && mirror.is_sound()
    }
}

impl Mirror {
    /// Whether the commit or tag `id` is here with its root folder.
    fn holds(&self, id: ObjectId) -> bool {
        !self.objects.is_damaged() && matches!(self.objects.root(id), Ok(Some(_)))
    }

    /// Whether all it claims to have is there, as far as a look at the commits tells.
    fn is_sound(&self) -> bool {
        let kept = self.kept().unwrap_or_default();
        !self.objects.is_damaged() && kept.iter().all(|id| self.holds(*id))
    }

    /// What its references lead to; the server is told that all of it is here.
    fn kept(&self) -> gix::Result<Vec<ObjectId>> {
        let repository = self.objects.repository();
        let references = repository.references()?;
        let ids = references
            .all()?
            .filter_map(|reference| reference.ok()?.try_id().map(gix::Id::detach));
        Ok(ids.collect())
    }

    fn satisfies(&self, want: &Want) -> bool {
        match want {
            // What leads to no commit is for the caller to complain about.
            Want::Commit(id) => self.objects.root(*id).is_ok_and(|root| root.is_some()),
            Want::Everything => !self.objects.is_damaged(),
        }
    }
}

/// Whether a failure is the server's or the network's, so that a fresh copy fails too.
fn is_final(error: &Error) -> bool {
    error.reason != Reason::Invalid
}

fn folder_name(address: &Address) -> PathBuf {
    let key = address.key();
    let hash =
        gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, key.as_bytes());
    let hash = hash.map_or_else(|_| String::new(), |id| id.to_hex_with_len(16).to_string());
    PathBuf::from(format!("{}-{hash}", address.name()))
}

fn local_refs(path: &Path) -> Result<Refs, Error> {
    let failed = |error: gix::Error| {
        let what = format!("cannot read the repository {}", path.display());
        Error::gix(Reason::Unreachable, &what, &error)
    };
    let repository: gix::Repository = gix::open_opts(path, objects::options()).map_err(failed)?;
    let mut refs = Refs {
        any_commit: true,
        ..Refs::default()
    };
    // A reference that leads nowhere is as good as none.
    if let Ok(id) = repository.head_id() {
        refs.names.insert("HEAD".into(), id.detach());
    }
    let platform = repository.references().map_err(failed)?;
    for reference in platform.all().map_err(failed)?.filter_map(Result::ok) {
        let name = reference.name().as_bstr().to_string();
        if let Ok(id) = reference.into_fully_peeled_id() {
            refs.names.insert(name, id.detach());
        }
    }
    Ok(refs)
}
