//! The cluster as the engine sees it: read, apply, delete, watch.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::Types;
use crate::{Discovery, GroupVersionKind, Object, ObjectRef};

/// The field manager of Argo CD, under which users' clusters know applied fields.
pub const FIELD_MANAGER: &str = "argocd-controller";

/// The annotation that client-side apply keeps the last applied object in.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Changes a cluster and tells what is in it.
///
/// Two come with `gitops-sync`: a real cluster and one in memory. Anything that
/// can answer these calls can be synced to; a wrapper that forwards most of them
/// is a good place for faults, limits or a record of what was done:
///
/// ```
/// use std::sync::Arc;
///
/// use async_trait::async_trait;
/// use gitops_core::apply::{
///     Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions,
///     Reason, WatchStream,
/// };
/// use gitops_core::{Discovery, GroupVersionKind, Object, ObjectRef};
///
/// /// Reads what another applier reads and refuses to change anything.
/// struct ReadOnly<A>(A);
///
/// fn refused() -> Error {
///     Error::new(Reason::Forbidden, "this cluster is read-only")
/// }
///
/// #[async_trait]
/// impl<A: Applier> Applier for ReadOnly<A> {
///     async fn discover(&self) -> Result<Arc<Discovery>, Error> {
///         self.0.discover().await
///     }
///
///     async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
///         self.0.get(object).await
///     }
///
///     async fn list(
///         &self,
///         kind: &GroupVersionKind,
///         namespace: Option<&str>,
///     ) -> Result<ObjectList, Error> {
///         self.0.list(kind, namespace).await
///     }
///
///     async fn watch(
///         &self,
///         kind: &GroupVersionKind,
///         namespace: Option<&str>,
///         since: &str,
///     ) -> Result<WatchStream, Error> {
///         self.0.watch(kind, namespace, since).await
///     }
///
///     async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
///         match options.dry_run {
///             true => self.0.apply(object, options).await,
///             false => Err(refused()),
///         }
///     }
///
///     async fn patch(
///         &self,
///         _object: &ObjectRef,
///         _patch: &Patch,
///         _options: &PatchOptions,
///     ) -> Result<Object, Error> {
///         Err(refused())
///     }
///
///     async fn delete(&self, _object: &ObjectRef, _options: &DeleteOptions) -> Result<(), Error> {
///         Err(refused())
///     }
/// }
/// ```
#[async_trait]
pub trait Applier: Send + Sync {
    /// What kinds the cluster serves now.
    ///
    /// # Errors
    ///
    /// When the cluster cannot be asked.
    async fn discover(&self) -> Result<Arc<Discovery>, Error>;

    /// The shapes of these kinds, as far as the cluster tells them: nothing unless an
    /// applier has better. They may hold other kinds too.
    ///
    /// # Errors
    ///
    /// When the cluster cannot be asked, or tells nonsense.
    async fn types(&self, kinds: &[GroupVersionKind]) -> Result<Arc<Types>, Error> {
        let _ = kinds;
        Ok(Arc::default())
    }

    /// One live object, in the version asked for; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Reason::UnknownKind`] for a kind the cluster does not serve, or when it cannot be asked.
    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error>;

    /// All live objects of a kind, in all namespaces or in one.
    ///
    /// # Errors
    ///
    /// [`Reason::UnknownKind`] for a kind the cluster does not serve, or when it cannot be asked.
    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error>;

    /// What happens to objects of a kind after the resource version `since`.
    ///
    /// # Errors
    ///
    /// As [`Applier::list`]. [`Reason::Expired`], here or in the stream, when `since`
    /// is too old: list again.
    async fn watch(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
        since: &str,
    ) -> Result<WatchStream, Error>;

    /// Makes the cluster hold `object`, in the way the options say.
    ///
    /// # Errors
    ///
    /// When the cluster refuses the object or cannot be asked.
    async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error>;

    /// Changes part of a live object and returns the whole.
    ///
    /// # Errors
    ///
    /// [`Reason::NotFound`] where there is none, or when the cluster refuses the change.
    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error>;

    /// Asks for an object's deletion; it is gone when its finalizers are.
    ///
    /// # Errors
    ///
    /// [`Reason::NotFound`] where there is none, or when the cluster refuses.
    async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<(), Error>;
}

/// Objects of one kind at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectList {
    /// The objects, in the cluster's order.
    pub objects: Vec<Object>,
    /// The moment, to watch from.
    pub resource_version: String,
}

/// A stream of changes; ends when the server closes it.
pub type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchEvent, Error>> + Send>>;

/// One change of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchEvent {
    /// It was created.
    Added(Object),
    /// It was changed.
    Modified(Object),
    /// It is gone; this is its last state.
    Deleted(Object),
    /// Nothing happened up to this resource version.
    Bookmark(String),
}

/// How an object gets into the cluster.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Strategy {
    /// Three-way from the last applied object, kept in an annotation, as `kubectl apply` does.
    #[default]
    ClientSide,
    /// The server merges by field ownership, as `kubectl apply --server-side` does.
    ServerSide,
    /// Creates it; an existing object is an error.
    Create,
    /// Puts it in the live object's place; creates it where there is none.
    Replace,
}

/// What happens when a field belongs to another manager, or cannot be changed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Recreate {
    /// The refusal stands.
    #[default]
    Never,
    /// The live object is deleted and created again when the change is refused
    /// as a conflict or as invalid; with [`Strategy::Replace`] in any case.
    /// CustomResourceDefinitions and Namespaces are never deleted for this.
    WhenRefused,
}

/// What happens to fields that another manager owns, in a server-side apply.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Conflicts {
    /// They are taken over, as Argo CD does.
    #[default]
    Force,
    /// They are an error of [`Reason::Conflict`].
    Fail,
}

/// What the server does with fields it does not know.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum FieldValidation {
    /// Drops them and says so in a warning.
    #[default]
    Warn,
    /// Refuses the object.
    Strict,
    /// Drops them in silence.
    Ignore,
}

/// How [`Applier::apply`] goes about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApplyOptions {
    /// How the object gets into the cluster.
    pub strategy: Strategy,
    /// In whose name fields are owned.
    pub manager: String,
    /// Fields of other managers, in a server-side apply.
    pub conflicts: Conflicts,
    /// Whether a refused change deletes and creates the object.
    pub recreate: Recreate,
    /// Unknown fields.
    pub validation: FieldValidation,
    /// Only say what would come of it.
    pub dry_run: bool,
    /// In a server-side apply, the client-side manager whose fields become ours
    /// first; `None` leaves it alone.
    pub migrate_from: Option<String>,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            manager: FIELD_MANAGER.into(),
            conflicts: Conflicts::default(),
            recreate: Recreate::default(),
            validation: FieldValidation::default(),
            dry_run: false,
            migrate_from: None,
        }
    }
}

impl ApplyOptions {
    /// Sets how the object gets into the cluster.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Sets in whose name fields are owned.
    #[must_use]
    pub fn manager(mut self, manager: impl Into<String>) -> Self {
        self.manager = manager.into();
        self
    }

    /// Sets what happens to fields of other managers.
    #[must_use]
    pub fn conflicts(mut self, conflicts: Conflicts) -> Self {
        self.conflicts = conflicts;
        self
    }

    /// Sets whether a refused change deletes and creates the object.
    #[must_use]
    pub fn recreate(mut self, recreate: Recreate) -> Self {
        self.recreate = recreate;
        self
    }

    /// Sets what the server does with unknown fields.
    #[must_use]
    pub fn validation(mut self, validation: FieldValidation) -> Self {
        self.validation = validation;
        self
    }

    /// Sets whether to only say what would come of it.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Sets the client-side manager whose fields become ours.
    #[must_use]
    pub fn migrate_from(mut self, manager: Option<String>) -> Self {
        self.migrate_from = manager;
        self
    }
}

/// What an apply did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// The object is new.
    Created,
    /// The object changed, or may have: a server-side apply that changed nothing
    /// is [`Outcome::Unchanged`] where the resource version stayed.
    Configured,
    /// The object was so already.
    Unchanged,
    /// The object took the live one's place.
    Replaced,
    /// The live object was deleted and this one created.
    Recreated,
}

/// What an apply left in the cluster.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Applied {
    /// What it did.
    pub outcome: Outcome,
    /// The object as the cluster holds it, or would hold it.
    pub object: Object,
    /// What the server wants a person to know.
    pub warnings: Vec<String>,
}

impl Applied {
    /// An outcome without warnings.
    pub fn new(outcome: Outcome, object: Object) -> Self {
        Self {
            outcome,
            object,
            warnings: Vec::new(),
        }
    }

    /// Sets what the server wants a person to know.
    #[must_use]
    pub fn warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings = warnings;
        self
    }
}

/// A change of part of an object.
#[derive(Clone, PartialEq)]
pub enum Patch {
    /// A JSON merge patch (RFC 7386).
    Merge(Value),
    /// The operations of a JSON patch (RFC 6902), as a list.
    Json(Value),
}

/// Prints the kind of patch and nothing it holds, because it may be for a Secret.
impl std::fmt::Debug for Patch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Merge(_) => "Merge(…)",
            Self::Json(_) => "Json(…)",
        })
    }
}

/// How [`Applier::patch`] goes about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatchOptions {
    /// In whose name fields are owned.
    pub manager: String,
    /// The subresource to change, such as `status`; `None` for the object itself.
    pub subresource: Option<String>,
    /// Only say what would come of it.
    pub dry_run: bool,
}

impl Default for PatchOptions {
    fn default() -> Self {
        Self {
            manager: FIELD_MANAGER.into(),
            subresource: None,
            dry_run: false,
        }
    }
}

impl PatchOptions {
    /// Sets in whose name fields are owned.
    #[must_use]
    pub fn manager(mut self, manager: impl Into<String>) -> Self {
        self.manager = manager.into();
        self
    }

    /// Sets the subresource to change.
    #[must_use]
    pub fn subresource(mut self, subresource: Option<String>) -> Self {
        self.subresource = subresource;
        self
    }

    /// Sets whether to only say what would come of it.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }
}

/// What becomes of an object's dependants when it is deleted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Propagation {
    /// They go first.
    #[default]
    Foreground,
    /// They go afterwards.
    Background,
    /// They stay.
    Orphan,
}

/// How [`Applier::delete`] goes about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteOptions {
    /// What becomes of dependants.
    pub propagation: Propagation,
    /// Only an object with this UID; another is [`Reason::Conflict`].
    pub uid: Option<String>,
    /// Only say whether it would be accepted.
    pub dry_run: bool,
}

impl DeleteOptions {
    /// Sets what becomes of dependants.
    #[must_use]
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.propagation = propagation;
        self
    }

    /// Sets the UID the object must have.
    #[must_use]
    pub fn uid(mut self, uid: Option<String>) -> Self {
        self.uid = uid;
        self
    }

    /// Sets whether to only say whether it would be accepted.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }
}

/// What kind of refusal or failure an [`Applier`] met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reason {
    /// No such object, or its namespace does not exist.
    NotFound,
    /// An object of that name exists already.
    AlreadyExists,
    /// Somebody else changed the object, or owns the field.
    Conflict,
    /// The object is against its schema, or changes what cannot be changed.
    Invalid,
    /// The credentials are not known.
    Unauthorized,
    /// The credentials do not allow it.
    Forbidden,
    /// The cluster does not serve the kind.
    UnknownKind,
    /// The resource version is too old to watch from.
    Expired,
    /// The cluster asks to slow down.
    TooManyRequests,
    /// No answer in time.
    Timeout,
    /// The answer is longer than is read.
    TooLarge,
    /// The cluster cannot be reached, or not now.
    Unavailable,
    /// Anything else.
    Other,
}

/// Why a cluster did not do what it was asked.
///
/// The message is the server's own; it holds no field values of Secrets.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Error {
    /// What kind of failure it is.
    pub reason: Reason,
    /// What the cluster said.
    pub message: String,
    /// How long the cluster asks to wait.
    pub retry_after: Option<Duration>,
    /// What the transport said.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of `reason`.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            retry_after: None,
            source: None,
        }
    }

    /// Adds how long the cluster asks to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Adds what the transport said.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether the object, or its namespace, does not exist.
    pub fn is_not_found(&self) -> bool {
        self.reason == Reason::NotFound
    }

    /// Whether somebody else changed the object or owns the field.
    pub fn is_conflict(&self) -> bool {
        self.reason == Reason::Conflict
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.reason,
            Reason::TooManyRequests | Reason::Timeout | Reason::Unavailable
        )
    }
}
