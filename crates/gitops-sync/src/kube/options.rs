//! How patient and how busy a [`Cluster`](super::Cluster) is.

use std::time::Duration;

/// The limits within which a cluster is talked to.
///
/// ```
/// use std::time::Duration;
/// use gitops_sync::kube::Options;
///
/// let options = Options::default().request_timeout(Duration::from_secs(5));
/// assert_eq!(options.concurrency, 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How long one request may take, its answer read to the end. 30 s by default.
    pub request_timeout: Duration,
    /// How long a call goes on trying while the server is busy or away. 10 s by default.
    pub patience: Duration,
    /// How many requests are under way at once, watches not counted. 20 by default.
    pub concurrency: usize,
    /// How many bytes one answer may have, or one event of a watch. 512 MiB by default.
    pub longest_answer: usize,
    /// How many bytes all pages of a list may have together. 2 GiB by default.
    pub longest_list: usize,
    /// How many objects one page of a list holds. 500 by default.
    pub page_size: u32,
    /// How long what is known of the kinds served is believed without asking again. 30 s by default.
    pub discovery_age: Duration,
    /// How long an apply waits until the kinds of a CustomResourceDefinition are
    /// served. 30 s by default.
    pub established_within: Duration,
    /// How long a recreation waits until the live object is gone. 5 min by default.
    pub gone_within: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(30),
            patience: Duration::from_secs(10),
            concurrency: 20,
            longest_answer: 512 << 20,
            longest_list: 2 << 30,
            page_size: 500,
            discovery_age: Duration::from_secs(30),
            established_within: Duration::from_secs(30),
            gone_within: Duration::from_mins(5),
        }
    }
}

impl Options {
    /// Sets how long one request may take.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets how long a call goes on trying while the server is busy or away.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets how many requests are under way at once; at least one is.
    #[must_use]
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests;
        self
    }

    /// Sets how many bytes one answer may have, or one event of a watch.
    #[must_use]
    pub fn longest_answer(mut self, bytes: usize) -> Self {
        self.longest_answer = bytes;
        self
    }

    /// Sets how many bytes all pages of a list may have together.
    #[must_use]
    pub fn longest_list(mut self, bytes: usize) -> Self {
        self.longest_list = bytes;
        self
    }

    /// Sets how many objects one page of a list holds; at least one.
    #[must_use]
    pub fn page_size(mut self, objects: u32) -> Self {
        self.page_size = objects;
        self
    }

    /// Sets how long the kinds served are believed without asking again.
    #[must_use]
    pub fn discovery_age(mut self, age: Duration) -> Self {
        self.discovery_age = age;
        self
    }

    /// Sets how long to wait until a definition's kinds are served.
    #[must_use]
    pub fn established_within(mut self, wait: Duration) -> Self {
        self.established_within = wait;
        self
    }

    /// Sets how long a recreation waits until the live object is gone.
    #[must_use]
    pub fn gone_within(mut self, wait: Duration) -> Self {
        self.gone_within = wait;
        self
    }
}
