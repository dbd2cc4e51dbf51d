//! Where operations that are under way are kept.

use std::collections::BTreeMap;
use std::error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use gitops_core::api::{self, Application};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::machine::Operation;

/// Why an operation could not be stored or read.
pub type StoreError = Box<dyn error::Error + Send + Sync>;

/// An operation that is under way, with what is needed to finish it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Ongoing {
    /// Which attempt at what it is.
    pub attempt: Attempt,
    /// How far it is.
    pub operation: Operation,
}

/// One attempt at what was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Attempt {
    /// What was asked for, with the revisions that were found.
    pub asked: api::Operation,
    /// When the first attempt began.
    pub started_at: Timestamp,
    /// How many attempts there were before.
    pub retries: i64,
}

/// Keeps the operation of each Application that is under way, so that another
/// process can finish it.
///
/// What is kept holds the objects that are synced, Secrets included: keep it where
/// they may be.
#[async_trait]
pub trait OperationStore: Send + Sync {
    /// The operation of an Application that has not ended; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    async fn load(&self, application: &Application) -> Result<Option<Ongoing>, StoreError>;

    /// Keeps the operation in place of an earlier one, before its next steps are made.
    ///
    /// # Errors
    ///
    /// When it cannot be kept; the steps are then not made.
    async fn save(&self, application: &Application, ongoing: &Ongoing) -> Result<(), StoreError>;

    /// Forgets the operation, which has ended.
    ///
    /// # Errors
    ///
    /// When it cannot be forgotten.
    async fn remove(&self, application: &Application) -> Result<(), StoreError>;
}

/// Keeps operations in memory: what a dropped run left is finished, but not what a
/// killed process left. Every engine has one unless it is given another store.
#[derive(Default)]
pub struct MemoryStore(Mutex<BTreeMap<(String, String), Ongoing>>);

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, String), Ongoing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(application: &Application) -> (String, String) {
    let metadata = &application.metadata;
    (metadata.namespace.clone(), metadata.name.clone())
}

#[async_trait]
impl OperationStore for MemoryStore {
    async fn load(&self, application: &Application) -> Result<Option<Ongoing>, StoreError> {
        Ok(self.lock().get(&name(application)).cloned())
    }

    async fn save(&self, application: &Application, ongoing: &Ongoing) -> Result<(), StoreError> {
        self.lock().insert(name(application), ongoing.clone());
        Ok(())
    }

    async fn remove(&self, application: &Application) -> Result<(), StoreError> {
        self.lock().remove(&name(application));
        Ok(())
    }
}

/// Keeps each operation in a file of a folder, which only this user may read.
///
/// A file is complete or not there: it is written beside its place and then moved.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// A store in this folder, which is made when something is first kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    fn file(&self, application: &Application) -> Result<PathBuf, StoreError> {
        let (namespace, name) = name(application);
        let plain = |text: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            text.chars().all(allowed) && !text.starts_with('.')
        };
        if name.is_empty() || !plain(&name) || !plain(&namespace) {
            return Err(format!(
                "an Application named {name:?} in namespace {namespace:?} cannot be kept in a \
                 file: names have letters, digits, `-` and `.` only"
            )
            .into());
        }
        Ok(self.folder.join(format!("{namespace}_{name}.json")))
    }
}

#[async_trait]
impl OperationStore for FileStore {
    async fn load(&self, application: &Application) -> Result<Option<Ongoing>, StoreError> {
        let file = self.file(application)?;
        blocking(move || match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|error| format!("{}: {error}", file.display()).into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{}: {error}", file.display()).into()),
        })
        .await
    }

    async fn save(&self, application: &Application, ongoing: &Ongoing) -> Result<(), StoreError> {
        let file = self.file(application)?;
        let text = serde_json::to_vec(ongoing)?;
        blocking(move || {
            write(&file, &text).map_err(|error| format!("{}: {error}", file.display()).into())
        })
        .await
    }

    async fn remove(&self, application: &Application) -> Result<(), StoreError> {
        let file = self.file(application)?;
        blocking(move || match std::fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("{}: {error}", file.display()).into())
            }
            _ => Ok(()),
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await?
}

fn write(file: &Path, text: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = file.with_extension("json.new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut new = options.open(&beside)?;
    new.write_all(text)?;
    new.sync_all()?;
    std::fs::rename(&beside, file)
}

#[cfg(test)]
mod tests {
    use gitops_core::api::{ApplicationSource, Destination};
    use gitops_core::compare::Comparison;
    use gitops_core::plan::{self, plan};

    use super::*;

    fn application(name: &str) -> Application {
        let source = ApplicationSource::git("https://example.org/shop.git", ".", "main");
        Application::new(name, source, Destination::in_cluster("default"))
    }

    fn ongoing() -> Ongoing {
        let plan = plan(&Comparison::new(Vec::new()), &plan::Options::default());
        Ongoing {
            attempt: Attempt {
                asked: api::Operation::default(),
                started_at: Timestamp::UNIX_EPOCH,
                retries: 2,
            },
            operation: Operation::new(plan),
        }
    }

    async fn keeps_and_forgets(store: &dyn OperationStore) {
        let (shop, other) = (application("shop"), application("other"));
        assert_eq!(store.load(&shop).await.unwrap(), None);
        store.save(&shop, &ongoing()).await.unwrap();
        assert_eq!(store.load(&shop).await.unwrap(), Some(ongoing()));
        assert_eq!(store.load(&other).await.unwrap(), None);
        store.remove(&shop).await.unwrap();
        store.remove(&shop).await.unwrap();
        assert_eq!(store.load(&shop).await.unwrap(), None);
    }

    #[tokio::test]
    async fn memory_keeps_an_operation_until_it_has_ended() {
        Box::pin(keeps_and_forgets(&MemoryStore::default())).await;
    }

    #[tokio::test]
    async fn files_keep_an_operation_until_it_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("operations"));
        Box::pin(keeps_and_forgets(&store)).await;
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_user_may_read_what_is_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        let shop = application("shop");
        store.save(&shop, &ongoing()).await.unwrap();
        let file = store.file(&shop).unwrap();
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_name_that_is_a_path_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("operations"));
        let error = store.load(&application("../../etc/passwd")).await;
        assert!(error.unwrap_err().to_string().contains("cannot be kept"));
    }

    #[tokio::test]
    async fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let shop = application("shop");
        let store = FileStore::new(folder.path());
        std::fs::write(store.file(&shop).unwrap(), "{").unwrap();
        let error = store.load(&shop).await.unwrap_err().to_string();
        assert!(error.contains("_shop.json"), "{error}");
    }
}
