//! What a [`Cache`](super::Cache) watches and how.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use gitops_core::tracking::Tracking;
use gitops_core::{GroupKind, HealthCheck, Object};
use serde_json::Value;

use super::entry::Traits;

/// What becomes of kinds whose objects may not be listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forbidden {
    /// The cache is not ready.
    #[default]
    Fail,
    /// They are left out; their objects are asked for one by one.
    Skip,
}

/// What a cache watches and how.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// How objects carry their application's mark.
    pub tracking: Tracking,
    /// Judges every object that comes by; `None` leaves health unknown.
    pub health: Option<Arc<dyn HealthCheck>>,
    /// The kinds to leave out.
    pub excluded: Arc<dyn Fn(&GroupKind) -> bool + Send + Sync>,
    /// The namespaces to watch; all where there are none.
    pub namespaces: Vec<String>,
    /// Whether to watch kinds without namespaces although only some namespaces are watched.
    pub cluster_scoped: bool,
    /// What becomes of kinds whose objects may not be listed.
    pub forbidden: Forbidden,
    /// How many lists are under way at once. 50 by default.
    pub concurrent_lists: usize,
    /// How long watches are trusted before everything is listed again. 12 h by default.
    pub relist: Duration,
    /// How often to look whether other kinds are served. 1 min by default; new
    /// definitions are noticed at once.
    pub rediscover: Duration,
    /// The pause after a list that failed. 10 s by default.
    pub retry: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tracking: Tracking::default(),
            health: None,
            excluded: Arc::new(is_excluded_by_default),
            namespaces: Vec::new(),
            cluster_scoped: false,
            forbidden: Forbidden::default(),
            concurrent_lists: 50,
            relist: Duration::from_hours(12),
            rediscover: Duration::from_mins(1),
            retry: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// Sets how objects carry their application's mark.
    #[must_use]
    pub fn tracking(mut self, tracking: Tracking) -> Self {
        self.tracking = tracking;
        self
    }

    /// Sets what judges the objects.
    #[must_use]
    pub fn health(mut self, check: impl HealthCheck + 'static) -> Self {
        self.health = Some(Arc::new(check));
        self
    }

    /// Sets the kinds to leave out, in place of [`is_excluded_by_default`].
    #[must_use]
    pub fn excluded(
        mut self,
        excluded: impl Fn(&GroupKind) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.excluded = Arc::new(excluded);
        self
    }

    /// Sets the namespaces to watch.
    #[must_use]
    pub fn namespaces(mut self, namespaces: impl IntoIterator<Item = String>) -> Self {
        self.namespaces = namespaces.into_iter().collect();
        self
    }

    /// Sets whether to watch kinds without namespaces beside some namespaces.
    #[must_use]
    pub fn cluster_scoped(mut self, watched: bool) -> Self {
        self.cluster_scoped = watched;
        self
    }

    /// Sets what becomes of kinds whose objects may not be listed.
    #[must_use]
    pub fn forbidden(mut self, forbidden: Forbidden) -> Self {
        self.forbidden = forbidden;
        self
    }

    /// Sets how many lists are under way at once; at least one is.
    #[must_use]
    pub fn concurrent_lists(mut self, lists: usize) -> Self {
        self.concurrent_lists = lists;
        self
    }

    /// Sets how long watches are trusted.
    #[must_use]
    pub fn relist(mut self, after: Duration) -> Self {
        self.relist = after;
        self
    }

    /// Sets how often to look whether other kinds are served.
    #[must_use]
    pub fn rediscover(mut self, every: Duration) -> Self {
        self.rediscover = every;
        self
    }

    /// Sets the pause after a list that failed.
    #[must_use]
    pub fn retry(mut self, pause: Duration) -> Self {
        self.retry = pause;
        self
    }

    /// What these settings say of an object.
    pub(super) fn traits(&self, object: &Object) -> Traits {
        let health = self
            .health
            .as_ref()
            .and_then(|check| match check.check(object) {
                Ok(health) => health.map(|health| health.status),
                Err(error) => {
                    tracing::warn!(%object, %error, "health cannot be told");
                    None
                }
            });
        Traits {
            instance: self.tracking.owner(object),
            health,
            fingerprint: Some(fingerprint(object.value())),
        }
    }
}

/// Whether a kind is left out unless told otherwise: objects that only
/// controllers write, that change all the time and that nobody deploys.
pub fn is_excluded_by_default(kind: &GroupKind) -> bool {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("events.k8s.io" | "metrics.k8s.io", _) => true,
        ("", kind) => matches!(kind, "Event" | "Endpoints" | "EndpointSlice"),
        ("discovery.k8s.io", kind) => kind == "EndpointSlice",
        ("coordination.k8s.io", kind) => kind == "Lease",
        ("certificates.k8s.io", kind) => kind == "CertificateSigningRequest",
        ("cert-manager.io", kind) => kind == "CertificateRequest",
        ("cilium.io", kind) => {
            matches!(
                kind,
                "CiliumIdentity" | "CiliumEndpoint" | "CiliumEndpointSlice"
            )
        }
        ("authentication.k8s.io" | "authorization.k8s.io", kind) => kind.ends_with("Review"),
        ("kyverno.io" | "reports.kyverno.io" | "wgpolicyk8s.io", kind) => {
            kind.ends_with("Report") || kind == "UpdateRequest"
        }
        _ => false,
    }
}

/// Of everything but status and the server's bookkeeping: a change of these
/// alone is no news. What status means is told by the health.
fn fingerprint(object: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (field, value) in object.as_object().into_iter().flatten() {
        match (field.as_str(), value) {
            ("status", _) => {}
            ("metadata", Value::Object(metadata)) => {
                let counted = metadata.iter().filter(|(field, _)| !is_bookkeeping(field));
                counted.for_each(|(field, value)| hash(field, value, &mut hasher));
            }
            (field, value) => hash(field, value, &mut hasher),
        }
    }
    hasher.finish()
}

fn is_bookkeeping(field: &str) -> bool {
    matches!(field, "resourceVersion" | "generation" | "managedFields")
}

fn hash(field: &str, value: &Value, hasher: &mut DefaultHasher) {
    field.hash(hasher);
    value.hash(hasher);
}
