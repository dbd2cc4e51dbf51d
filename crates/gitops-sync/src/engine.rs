//! From an Application to a synced cluster.
//!
//! An [`Engine`] is put together from a cluster and whatever sources, renderers
//! and health checks a program wants. [`Engine::refresh`] looks, [`Engine::plan`]
//! says what a sync would do, [`Engine::sync`] does it, and
//! [`Engine::reconcile`] syncs where the Application's policy says so.
//!
//! ```
//! use std::sync::Arc;
//!
//! use futures::StreamExt;
//! use gitops_core::api::{Application, ApplicationSource, Destination, SyncOperation};
//! use gitops_sync::{engine::Engine, memory::Cluster};
//! # use async_trait::async_trait;
//! # use gitops_core::{Location, Object, Renderer, Revision, Source, Tree, TreePath};
//! # use gitops_core::{render, source, tree};
//! # struct Files;
//! # impl Tree for Files {
//! #     fn entry(&self, path: &TreePath) -> Result<Option<tree::Entry>, tree::Error> {
//! #         let id = tree::ContentId::new("");
//! #         Ok(path.is_root().then(|| tree::Entry::new("", tree::EntryKind::Folder, id)))
//! #     }
//! #     fn list(&self, _path: &TreePath) -> Result<Vec<tree::Entry>, tree::Error> { Ok(vec![]) }
//! #     fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, tree::Error> {
//! #         Err(tree::Error::NotFound(path.clone()))
//! #     }
//! # }
//! # struct MySource;
//! # #[async_trait]
//! # impl Source for MySource {
//! #     fn serves(&self, _location: &Location) -> bool { true }
//! #     async fn resolve(&self, _location: &Location) -> Result<Revision, source::Error> {
//! #         Ok(Revision::new("1"))
//! #     }
//! #     async fn tree(&self, _: &Location, _: &Revision) -> Result<Arc<dyn Tree>, source::Error> {
//! #         Ok(Arc::new(Files))
//! #     }
//! # }
//! # struct MyRenderer;
//! # impl Renderer for MyRenderer {
//! #     fn name(&self) -> &'static str { "Mine" }
//! #     fn detects(&self, _: &render::Request<'_>) -> Result<bool, render::Error> { Ok(true) }
//! #     fn render(&self, _: &render::Request<'_>) -> Result<render::Rendered, render::Error> {
//! #         Ok(vec![Object::new(serde_json::json!({
//! #             "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "greeting"},
//! #         })).unwrap()].into())
//! #     }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new(Arc::new(Cluster::new()))
//!     .source(MySource)
//!     .renderer(MyRenderer);
//! let source = ApplicationSource::git("https://example.org/shop.git", ".", "main");
//! let shop = Application::new("shop", source, Destination::in_cluster("default"));
//!
//! let mut run = engine.sync(&shop, &SyncOperation::default());
//! while let Some(event) = run.next().await {
//!     println!("{event}");
//! }
//! let report = run.report().await?;
//! assert!(report.succeeded());
//! # Ok(())
//! # }
//! ```

mod decide;
mod delete;
mod dry_runs;
mod error;
mod event;
mod live;
mod load;
mod local;
mod operation;
mod refresh;
mod renders;
mod report;
mod rules;
mod run;
mod status;
mod store;
mod sync;

use std::sync::Arc;
use std::time::Duration;

use gitops_core::api::{Application, Operation, SyncOperation};
use gitops_core::decide::refuse_local;
use gitops_core::plan::Plan;
use gitops_core::render::Capabilities;
use gitops_core::tracking::Tracking;
use gitops_core::{
    Applier, Health, HealthCheck, Object, ObjectKey, Renderer, Source, diff, health,
};
use jiff::Timestamp;
use tokio::time::Instant;

pub use delete::Deletion;
pub use error::Error;
pub use event::Event;
pub use refresh::Refreshed;
pub use report::Report;
pub use run::{Run, Terminator};
pub use store::{Attempt, FileStore, MemoryStore, Ongoing, OperationStore, StoreError};

use dry_runs::DryRuns;
use operation::Operator;
use renders::Renders;
use rules::CompiledRules;
use run::Events;

use crate::cache::Cache;
use crate::machine::Limits;

/// How often [`Engine::until_healthy`] looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Looks after Applications of one cluster.
///
/// Cloning an engine is cheap, and the clones share everything.
#[derive(Clone)]
pub struct Engine {
    cluster: Arc<dyn Applier>,
    cache: Option<Cache>,
    sources: Vec<Arc<dyn Source>>,
    renderers: Vec<Arc<dyn Renderer>>,
    health: Arc<dyn HealthCheck>,
    settings: Settings,
    operations: Arc<dyn OperationStore>,
    permits: Arc<Permits>,
    renders: Arc<Renders>,
    dry_runs: Arc<DryRuns>,
    rules: CompiledRules,
}

/// Whether an Application may have an object, such as by its project; the text says
/// why it may not.
type Permits = dyn Fn(&Application, &ObjectKey) -> Result<(), String> + Send + Sync;

/// What holds for all Applications of an [`Engine`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The namespace whose Applications carry their bare name in tracking marks.
    pub control_namespace: String,
    /// How objects are marked.
    pub tracking: Tracking,
    /// How objects are compared, before an Application's own rules.
    pub diff: diff::Settings,
    /// How long and how often a sync tries.
    pub limits: Limits,
    /// How long a sync with all its retries may take before it is ended; `None` for ever.
    pub sync_timeout: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            control_namespace: "argocd".into(),
            tracking: Tracking::default(),
            diff: diff::Settings::default(),
            limits: Limits::default(),
            sync_timeout: None,
        }
    }
}

impl Settings {
    /// Sets the namespace whose Applications carry their bare name.
    #[must_use]
    pub fn control_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.control_namespace = namespace.into();
        self
    }

    /// Sets how objects are marked.
    #[must_use]
    pub fn tracking(mut self, tracking: Tracking) -> Self {
        self.tracking = tracking;
        self
    }

    /// Sets how objects are compared.
    #[must_use]
    pub fn diff(mut self, diff: diff::Settings) -> Self {
        self.diff = diff;
        self
    }

    /// Sets how long and how often a sync tries.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long a sync with all its retries may take.
    #[must_use]
    pub fn sync_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.sync_timeout = timeout;
        self
    }
}

impl Engine {
    /// An engine for a cluster, without sources, renderers and health checks.
    pub fn new(cluster: Arc<dyn Applier>) -> Self {
        let knows_nothing = |_: &Object| -> Result<Option<Health>, health::Error> { Ok(None) };
        Self {
            cluster,
            cache: None,
            sources: Vec::new(),
            renderers: Vec::new(),
            health: Arc::new(knows_nothing),
            settings: Settings::default(),
            operations: Arc::new(MemoryStore::default()),
            permits: Arc::new(|_, _| Ok(())),
            renders: Arc::default(),
            dry_runs: Arc::default(),
            rules: CompiledRules::default(),
        }
    }

    /// An engine for the cluster of a cache, from which it takes what is live
    /// instead of listing everything on every pass.
    ///
    /// Somebody has to keep [`Cache::run`] running, or every pass waits for it. How
    /// objects are marked is taken from the cache's options; [`Engine::settings`]
    /// must not say otherwise.
    pub fn cached(cache: Cache) -> Self {
        let mut engine = Self::new(Arc::new(cache.clone()));
        engine.settings.tracking = cache.tracking().clone();
        engine.cache = Some(cache);
        engine
    }

    /// Adds a source. The first that serves a location answers for it.
    #[must_use]
    pub fn source(mut self, source: impl Source + 'static) -> Self {
        self.sources.push(Arc::new(source));
        self
    }

    /// Adds a renderer. Where an Application names no tool, the first that takes
    /// the folder renders it, so one that takes any folder comes last.
    #[must_use]
    pub fn renderer(mut self, renderer: impl Renderer + 'static) -> Self {
        self.renderers.push(Arc::new(renderer));
        self
    }

    /// Sets how live objects are judged.
    #[must_use]
    pub fn health(mut self, check: impl HealthCheck + 'static) -> Self {
        self.health = Arc::new(check);
        self
    }

    /// Sets where operations that are under way are kept, in place of memory.
    #[must_use]
    pub fn operations(mut self, store: impl OperationStore + 'static) -> Self {
        self.operations = Arc::new(store);
        self
    }

    /// Sets which objects an Application may have, as its project says; all, unless set.
    ///
    /// One it wants and may not have fails its sync with the text. A live one is left
    /// alone as if it were another's, also when the Application is deleted.
    #[must_use]
    pub fn permits(
        mut self,
        permits: impl Fn(&Application, &ObjectKey) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.permits = Arc::new(permits);
        self
    }

    /// Sets what holds for all Applications.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// The objects that an Application's sources hold, rendered for this cluster.
    ///
    /// # Errors
    ///
    /// When the sources cannot be loaded or the cluster does not say what it serves.
    pub async fn manifests(&self, application: &Application) -> Result<Vec<Object>, Error> {
        let discovery = refresh::discover(self).await?;
        let capabilities = Capabilities::new(&discovery.server_version, discovery.api_versions());
        let wanted = SyncOperation::default();
        let desired = load::load(self, application, &wanted, capabilities).await?;
        Ok(desired.objects)
    }

    /// Looks at what an Application wants and what is live, and changes nothing.
    ///
    /// After a sync of [local manifests](SyncOperation::manifests) these are what it
    /// wants, until another operation stands in `application.status`.
    ///
    /// # Errors
    ///
    /// When the sources cannot be loaded or the cluster cannot be asked.
    pub async fn refresh(&self, application: &Application) -> Result<Refreshed, Error> {
        let wanted = local::last_wanted(application);
        refresh::refresh(self, application, &wanted, &Events::unheard()).await
    }

    /// Says what a sync would do, and changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Engine::refresh`].
    pub async fn plan(
        &self,
        application: &Application,
        operation: &SyncOperation,
    ) -> Result<Plan, Error> {
        let events = Events::unheard();
        let refreshed = refresh::refresh(self, application, operation, &events).await?;
        let now = Timestamp::now();
        sync::plan(self, application, operation, &refreshed, now).await
    }

    /// Syncs an Application, whatever its policy says.
    ///
    /// The operation says how; the Application's own sync options hold where it
    /// has none, and its retry policy holds too. Local manifests are refused where
    /// syncs are automated, unless nothing is to be changed. An operation that was
    /// left unfinished is terminated first.
    pub fn sync<'a>(&'a self, application: &'a Application, operation: &SyncOperation) -> Run<'a> {
        let operation = sync::with_defaults(operation.clone(), application);
        Run::new(|events| async move {
            refuse_local(application, &operation).map_err(Error::refused)?;
            let operator = self.operator(application, &events);
            if let Some(left) = operator.left_over().await? {
                Box::pin(operator.give_up(left)).await?;
            }
            let found = refresh::refresh(self, application, &operation, &events).await?;
            let mut asked = Operation::default();
            asked.sync = Some(operation);
            let policy = application.spec.sync_policy.as_ref();
            asked.retry = policy
                .and_then(|policy| policy.retry.clone())
                .unwrap_or_default();
            sync::sync(&operator, asked, found).await
        })
    }

    /// Refreshes an Application and syncs it where its policy says so.
    ///
    /// An operation that was left unfinished, by a run that was dropped or a process
    /// that was killed, is finished instead. What was attempted before is read from
    /// `application.status`, so keep the status of the last [`Report`] in it.
    ///
    /// One that [asks to be left alone](Application::is_skipped) is: the run ends with
    /// [`Error::LeftAlone`].
    pub fn reconcile<'a>(&'a self, application: &'a Application) -> Run<'a> {
        Run::new(|events| async move {
            refuse_skipped(application)?;
            let operator = self.operator(application, &events);
            if let Some(left) = operator.left_over().await? {
                return operator.resume(left).await;
            }
            let (found, asked) = self.decided(application, &events).await?;
            match asked {
                Some(asked) => sync::sync(&operator, asked, found).await,
                None => Ok(Report::unsynced(found)),
            }
        })
    }

    /// What a refresh finds, with the operation that it calls for by the policy.
    async fn decided(
        &self,
        application: &Application,
        events: &Events,
    ) -> Result<(Refreshed, Option<Operation>), Error> {
        let wanted = local::last_wanted(application);
        let mut found = refresh::refresh(self, application, &wanted, events).await?;
        let mut decision = decide::decide(application, &mut found);
        if decision.operation.is_some() && !wanted.manifests.is_empty() {
            // What would be synced is in the sources, so they have to call for it.
            let wanted = SyncOperation::default();
            found = refresh::refresh(self, application, &wanted, events).await?;
            decision = decide::decide(application, &mut found);
        }
        events.send(Event::Decided {
            sync: decision.operation.is_some(),
            reason: decision.reason,
        });
        Ok((found, decision.operation))
    }

    /// Deletes what an Application that is being deleted has in the cluster, as
    /// far as its finalizers ask for it.
    ///
    /// Without `resources-finalizer.argocd.argoproj.io` everything stays, as in
    /// Argo CD. Whoever keeps the Application then takes the finalizers from it
    /// that [`Deletion::released`] names. One that asks to be left alone is, as by
    /// [`Engine::reconcile`].
    pub fn delete<'a>(&'a self, application: &'a Application) -> Run<'a, Deletion> {
        Run::new(|events| async move {
            refuse_skipped(application)?;
            let operator = self.operator(application, &events);
            if let Some(left) = operator.left_over().await? {
                Box::pin(operator.give_up(left)).await?;
            }
            Box::pin(delete::delete(self, application, &events)).await
        })
    }

    fn operator<'a>(&'a self, application: &'a Application, events: &'a Events) -> Operator<'a> {
        Operator {
            engine: self,
            application,
            events,
        }
    }

    /// Refreshes an Application until it is neither progressing nor missing
    /// anything, or `timeout` is over; returns what was found last.
    ///
    /// # Errors
    ///
    /// As [`Engine::refresh`].
    pub async fn until_healthy(
        &self,
        application: &Application,
        timeout: Duration,
    ) -> Result<Refreshed, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            let found = self.refresh(application).await?;
            if found.is_settled() || Instant::now() >= deadline {
                return Ok(found);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn refuse_skipped(application: &Application) -> Result<(), Error> {
    if application.is_skipped() {
        return Err(Error::LeftAlone);
    }
    Ok(())
}
