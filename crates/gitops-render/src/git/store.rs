//! The cache of one repository on disk.
//!
//! ```text
//! <cache>/<name>-<hash of the URL>/
//!     lock              held by whoever fetches
//!     1.git, 2.git      bare repositories; the highest is in use
//!     2.git.lease       shared by whoever reads 2.git
//!     new               a repository that is not complete yet
//! ```
//!
//! A repository gets its name only when its first fetch is complete, so a crash
//! leaves `new` behind, which nobody reads and the next fetch removes. A
//! repository that is damaged or worn is replaced by the next number and removed
//! once nobody has its lease: not this process and no other.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gitops_core::source::Reason;

use super::error::Error;
use super::limits::Limits;
use super::objects::{self, Objects};

/// How often a lock that another process holds is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// The folder of one repository's cache.
pub(super) struct Store {
    folder: PathBuf,
}

/// The right to change a store; one process at a time has it.
pub(super) struct Lock(#[expect(dead_code, reason = "closing the file gives the lock back")] File);

/// A bare repository of a store.
pub(super) struct Mirror {
    pub(super) number: u64,
    pub(super) history: History,
    pub(super) objects: Arc<Objects>,
    path: PathBuf,
}

/// How much of the history a mirror has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum History {
    /// Single commits, as they were asked for.
    Shallow,
    /// All commits that references lead to.
    Full,
}

impl Store {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Waits for the right to change the store.
    pub(super) fn lock(&self, limits: &Limits) -> Result<Lock, Error> {
        let path = self.folder.join("lock");
        let failed = |error: &io::Error| Error::io("cannot lock the cache", &path, error);
        fs::create_dir_all(&self.folder).map_err(|error| failed(&error))?;
        let file = open(&path).map_err(|error| failed(&error))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::WouldBlock) => limits.check()?,
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// The mirror with the highest number; `None` when there is none that opens.
    pub(super) fn newest(&self) -> Option<Mirror> {
        let (number, history) = self.mirrors().into_iter().max_by_key(|mirror| mirror.0)?;
        self.open(number, history).ok()
    }

    /// Makes a mirror with `fill` and gives it the next number.
    pub(super) fn create(
        &self,
        _lock: &Lock,
        history: History,
        fill: impl FnOnce(&gix::Repository) -> Result<(), Error>,
    ) -> Result<Mirror, Error> {
        let unfinished = self.folder.join("new");
        remove(&unfinished);
        init(&unfinished)?;
        let opened = Objects::open(&unfinished, None)?;
        if let Err(error) = fill(&opened.repository()) {
            remove(&unfinished);
            return Err(error);
        }
        drop(opened);
        let number = self
            .mirrors()
            .iter()
            .map(|mirror| mirror.0 + 1)
            .max()
            .unwrap_or(1);
        let path = self.path(number, history);
        fs::rename(&unfinished, &path)
            .map_err(|error| Error::io("cannot complete the cache", &path, &error))?;
        self.open(number, history)
    }

    /// Removes the mirrors before `number` that nobody reads.
    pub(super) fn prune(&self, _lock: &Lock, number: u64) {
        for (old, history) in self.mirrors() {
            let path = self.path(old, history);
            let lease = lease_of(&path);
            let unused = old < number
                && open(&lease).is_ok_and(|file| {
                    let unused = file.try_lock().is_ok();
                    if unused {
                        remove(&path);
                    }
                    unused
                });
            if unused {
                fs::remove_file(&lease).ok();
            }
        }
    }

    fn open(&self, number: u64, history: History) -> Result<Mirror, Error> {
        let path = self.path(number, history);
        let lease = lease_of(&path);
        let failed = |error: &io::Error| Error::io("cannot use the cache", &path, error);
        let file = open(&lease).map_err(|error| failed(&error))?;
        file.lock_shared().map_err(|error| failed(&error))?;
        // Whoever removed it did so before the lease was ours; from here on it stays.
        let objects = Arc::new(Objects::open(&path, Some(file))?);
        Ok(Mirror {
            number,
            history,
            objects,
            path,
        })
    }

    fn path(&self, number: u64, history: History) -> PathBuf {
        self.folder.join(match history {
            History::Shallow => format!("{number}.git"),
            History::Full => format!("{number}-full.git"),
        })
    }

    fn mirrors(&self) -> Vec<(u64, History)> {
        let names = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names
            .filter_map(|name| {
                let stem = name.strip_suffix(".git")?;
                let (number, history) = match stem.strip_suffix("-full") {
                    Some(number) => (number, History::Full),
                    None => (stem, History::Shallow),
                };
                Some((number.parse().ok()?, history))
            })
            .collect()
    }
}

impl Mirror {
    /// Removes what a process that ended in the middle of a fetch left behind.
    ///
    /// Only the holder of the store's lock writes, so every lock file is stale.
    pub(super) fn tidy(&self, _lock: &Lock) {
        fs::remove_file(self.path.join("shallow.lock")).ok();
        fs::remove_file(self.path.join("packed-refs.lock")).ok();
        for path in files_below(&self.path.join("refs")) {
            if path
                .extension()
                .is_some_and(|extension| extension == "lock")
            {
                fs::remove_file(path).ok();
            }
        }
        for path in files_below(&self.path.join("objects/pack")) {
            let complete = path
                .extension()
                .is_some_and(|extension| extension == "pack" || extension == "idx");
            let lonely = complete
                && !(path.with_extension("pack").exists() && path.with_extension("idx").exists());
            if !complete || lonely {
                fs::remove_file(path).ok();
            }
        }
    }

    /// How many packs it has and how many bytes they take.
    pub(super) fn size(&self) -> (usize, u64) {
        let files = files_below(&self.path.join("objects/pack"));
        let packs = files
            .iter()
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "pack")
            })
            .count();
        let bytes = files
            .iter()
            .filter_map(|path| fs::metadata(path).ok())
            .map(|metadata| metadata.len())
            .sum();
        (packs, bytes)
    }
}

/// An empty bare repository, without templates or hooks.
fn init(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| Error::io("cannot create", path, &error))?;
    gix::ThreadSafeRepository::init_opts(
        path,
        gix::create::Kind::Bare,
        gix::create::Options::default(),
        objects::options(),
    )
    .map(drop)
    .map_err(|error| {
        let what = format!("cannot create {}", path.display());
        Error::gix(Reason::Unreachable, &what, &error)
    })
}

fn lease_of(path: &Path) -> PathBuf {
    path.with_extension("git.lease")
}

fn open(path: &Path) -> io::Result<File> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

fn remove(folder: &Path) {
    fs::remove_dir_all(folder).ok();
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) => files.push(entry.path()),
                Err(_) => {}
            }
        }
    }
    files
}
