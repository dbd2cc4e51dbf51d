//! Files that nobody else may read, for programs that want files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use gitops_core::source::Reason;

use super::super::super::error::Error;

/// A file only its owner may read; gone when this value is.
pub(super) struct PrivateFile(PathBuf);

impl PrivateFile {
    pub(super) fn new(text: &str) -> Result<Self, Error> {
        Self::write(text).map_err(|error| {
            Error::new(
                Reason::Unreachable,
                format!("cannot write a file for ssh: {error}"),
            )
        })
    }

    fn write(text: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(unique_name());
        let mut file = create(&path)?;
        let private = Self(path);
        file.write_all(text.as_bytes())?;
        Ok(private)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

/// Fails where something is already, so nobody can put a link in the way.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn unique_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    format!("gitops-{}-{nanos}-{count}", std::process::id())
}
