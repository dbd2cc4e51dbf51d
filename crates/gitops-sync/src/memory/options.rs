//! What a cluster in memory is like.

use std::time::Duration;

use jiff::Timestamp;

/// What a cluster in memory is like.
///
/// ```
/// use std::time::Duration;
/// use gitops_sync::memory::{Cluster, Options};
///
/// let options = Options::default().pod_start(Duration::from_secs(5));
/// let cluster = Cluster::with_options(options);
/// # let _ = cluster;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// When the cluster's clock starts.
    pub start: Timestamp,
    /// How long a pod takes to run, unless its annotation says otherwise.
    pub pod_start: Duration,
    /// How long a Job waits before it tries a failed pod again; doubled with each failure.
    pub job_backoff: Duration,
    /// How many pods controllers make at the most.
    pub pod_limit: usize,
    /// How many changes of a kind are kept for watches; who is further behind
    /// must list again.
    pub history: usize,
    /// What UIDs and generated names come from.
    pub seed: u64,
    /// The version that the cluster says it has.
    pub server_version: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start: Timestamp::constant(1_767_225_600, 0),
            pod_start: Duration::from_millis(200),
            job_backoff: Duration::from_secs(1),
            pod_limit: 10_000,
            history: 100_000,
            seed: 0,
            server_version: "1.35.4".into(),
        }
    }
}

impl Options {
    /// Sets when the cluster's clock starts.
    #[must_use]
    pub fn start(mut self, start: Timestamp) -> Self {
        self.start = start;
        self
    }

    /// Sets how long a pod takes to run.
    #[must_use]
    pub fn pod_start(mut self, wait: Duration) -> Self {
        self.pod_start = wait;
        self
    }

    /// Sets how long a Job waits before it tries a failed pod again.
    #[must_use]
    pub fn job_backoff(mut self, wait: Duration) -> Self {
        self.job_backoff = wait;
        self
    }

    /// Sets how many pods controllers make at the most.
    #[must_use]
    pub fn pod_limit(mut self, pods: usize) -> Self {
        self.pod_limit = pods;
        self
    }

    /// Sets how many changes of a kind are kept for watches.
    #[must_use]
    pub fn history(mut self, changes: usize) -> Self {
        self.history = changes;
        self
    }

    /// Sets what UIDs and generated names come from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the version that the cluster says it has.
    #[must_use]
    pub fn server_version(mut self, version: impl Into<String>) -> Self {
        self.server_version = version.into();
        self
    }
}
