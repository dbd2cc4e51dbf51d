//! What is wanted, what is live and what lies between.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use gitops_core::api::{Application, ApplicationStatus, SyncOperation};
use gitops_core::apply::Reason;
use gitops_core::assess::{Assessment, assess};
use gitops_core::compare::{self, Comparison};
use gitops_core::render::Capabilities;
use gitops_core::schema::{self, Types};
use gitops_core::{
    Discovery, GroupVersionKind, Health, HealthStatus, Object, ObjectRef, Revision, Scope,
    SyncStatus, diff, source,
};
use jiff::Timestamp;

use super::load::{Desired, load};
use super::run::Events;
use super::{Engine, Error, Event, live, status};

/// The annotation on an Application that says how its objects are compared.
const COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";

/// The option among them that shows what admission webhooks change.
const INCLUDE_WEBHOOKS: &str = "IncludeMutationWebhook=true";

/// How often the cluster is asked what it serves while it refuses the credentials.
const DISCOVERY_TRIES: usize = 5;

/// The pause in between.
const DISCOVERY_PAUSE: Duration = Duration::from_millis(10);

/// What a refresh found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refreshed {
    /// The revision of each source; none where manifests stood in for the sources.
    pub revisions: Vec<Revision>,
    /// Every object with what is wanted, what is live and the verdict.
    pub comparison: Comparison,
    /// How the Application and its objects fare.
    pub assessment: Assessment,
    /// The Application's status after the refresh.
    pub status: ApplicationStatus,
    /// What the cluster serves.
    pub(super) discovery: Arc<Discovery>,
}

impl Refreshed {
    /// The verdict on the whole.
    pub fn sync_status(&self) -> SyncStatus {
        self.comparison.status
    }

    /// Whether the cluster holds what is wanted.
    pub fn is_synced(&self) -> bool {
        self.comparison.status == SyncStatus::Synced
    }

    /// How the Application fares.
    pub fn health(&self) -> &Health {
        &self.assessment.health
    }

    /// Whether the Application fares well.
    pub fn is_healthy(&self) -> bool {
        self.assessment.health.status == HealthStatus::Healthy
    }

    /// The verdict as an event.
    pub(super) fn verdict(&self) -> Event {
        Event::Compared {
            sync: self.comparison.status,
            health: self.assessment.health.status,
            out_of_sync: out_of_sync(&self.comparison),
        }
    }

    /// Whether its health will not change by itself.
    pub(super) fn is_settled(&self) -> bool {
        !matches!(
            self.assessment.health.status,
            HealthStatus::Progressing | HealthStatus::Missing
        )
    }
}

/// Loads, looks and compares.
pub(super) fn refresh<'a>(
    engine: &'a Engine,
    application: &'a Application,
    operation: &'a SyncOperation,
    events: &'a Events,
) -> BoxFuture<'a, Result<Refreshed, Error>> {
    // What is compared stays alive across waits, which makes for a large future.
    Box::pin(load_and_compare(engine, application, operation, events))
}

async fn load_and_compare(
    engine: &Engine,
    application: &Application,
    operation: &SyncOperation,
    events: &Events,
) -> Result<Refreshed, Error> {
    validate(application)?;
    let mut diff = diff_settings(engine, application)?;
    let discovery = discover(engine).await?;
    let capabilities = Capabilities::new(&discovery.server_version, discovery.api_versions());
    let desired = load(engine, application, operation, capabilities).await?;
    announce(&desired, events);
    let live = look(engine, application, &discovery, &desired.objects).await?;
    if diff.types.is_none() {
        diff.types = shapes(engine, &discovery, &desired.objects, events).await;
    }
    let manager = diff.manager.clone();
    let judge = Judge {
        engine: engine.clone(),
        application: application.clone(),
        settings: compare_settings(engine, application, discovery, diff),
    };
    let paired = aside("the pairing", move || judge.pair(desired, live)).await?;
    let answers = engine
        .dry_runs
        .answers(engine.cluster.as_ref(), paired.dry_runs(), &manager)
        .await;
    let refreshed = aside("the comparison", move || paired.judge(&answers)).await?;
    for resource in &refreshed.comparison.resources {
        for warning in &resource.diff.warnings {
            events.send(Event::Warning(format!("{}: {warning}", resource.key)));
        }
    }
    events.send(refreshed.verdict());
    Ok(refreshed)
}

/// The shapes of the custom kinds among the targets, where the cluster tells them.
/// Without them lists of these kinds are compared as a whole.
async fn shapes(
    engine: &Engine,
    discovery: &Discovery,
    targets: &[Object],
    events: &Events,
) -> Option<Arc<Types>> {
    let kinds: BTreeSet<GroupVersionKind> = targets
        .iter()
        .map(Object::group_version_kind)
        .filter(|kind| schema::builtin().kind(kind).is_none())
        .filter(|kind| discovery.get(kind).is_some())
        .collect();
    if kinds.is_empty() {
        return None;
    }
    let kinds: Vec<GroupVersionKind> = kinds.into_iter().collect();
    match engine.cluster.types(&kinds).await {
        Ok(types) => Some(types),
        Err(error) => {
            let message = format!("the shapes of custom kinds are not known: {error}");
            events.send(Event::Warning(message));
            None
        }
    }
}

/// Runs what computes for long on a thread of its own.
pub(super) async fn aside<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let outcome = tokio::task::spawn_blocking(work).await;
    outcome.map_err(|error| Error::refused(format!("{what} did not end: {error}")))
}

/// What the cluster serves. Credentials that are refused may just be renewed, so
/// it is asked again then.
pub(super) async fn discover(engine: &Engine) -> Result<Arc<Discovery>, Error> {
    let mut tries = 1;
    loop {
        match engine.cluster.discover().await {
            Err(error) if error.reason == Reason::Unauthorized && tries < DISCOVERY_TRIES => {
                tries += 1;
                tokio::time::sleep(DISCOVERY_PAUSE).await;
            }
            answer => return answer.map_err(|error| Error::cluster("discover", error)),
        }
    }
}

fn validate(application: &Application) -> Result<(), Error> {
    let destination = &application.spec.destination;
    match (destination.server.as_str(), destination.name.as_str()) {
        ("", "") => Err(Error::invalid("Destination server missing from app spec")),
        ("", _) | (_, "") => Ok(()),
        (server, name) => Err(Error::invalid(format!(
            "application destination can't have both name and server defined: {name} {server}"
        ))),
    }
}

/// How the Application's objects are compared: as all are, with its own ignore
/// rules and the way of comparing that it asks for.
fn diff_settings(engine: &Engine, application: &Application) -> Result<diff::Settings, Error> {
    let general = &engine.settings.diff;
    let rules = engine.rules.of(application, &general.ignore)?;
    let policy = application.spec.sync_policy.as_ref();
    let options = policy.map_or(&[][..], |policy| &policy.sync_options);
    let compare_options = application.annotation(COMPARE_OPTIONS);
    let mut choice = diff::Choice::of(compare_options, options.iter().map(String::as_str));
    choice.server_side_by_default = general.choice.server_side_by_default;
    let shows_webhooks = general.show_webhook_changes
        || compare_options.is_some_and(|options| {
            options
                .split(',')
                .any(|option| option.trim() == INCLUDE_WEBHOOKS)
        });
    Ok(general
        .clone()
        .ignore(rules)
        .choice(choice)
        .show_webhook_changes(shows_webhooks))
}

fn announce(desired: &Desired, events: &Events) {
    for (source, revision) in desired.sources.iter().zip(&desired.revisions) {
        events.send(Event::Resolved {
            source_url: source::without_user(&source.repo_url),
            revision: revision.clone(),
        });
    }
    for warning in &desired.warnings {
        events.send(Event::Warning(warning.clone()));
    }
    events.send(Event::Rendered {
        objects: desired.objects.len(),
    });
}

pub(super) async fn look(
    engine: &Engine,
    application: &Application,
    discovery: &Discovery,
    targets: &[Object],
) -> Result<Vec<Object>, Error> {
    let namespace = &application.spec.destination.namespace;
    let places: Vec<ObjectRef> = targets
        .iter()
        .filter(|target| !target.name().is_empty())
        .map(|target| place(target, discovery, namespace))
        .collect();
    let instance = application.instance_name(&engine.settings.control_namespace);
    let mut live = if let Some(cache) = &engine.cache {
        live::remembered(cache, discovery, &instance, places).await?
    } else {
        let tracking = &engine.settings.tracking;
        let is_tracked = |object: &Object| tracking.owner(object).as_deref() == Some(&*instance);
        live::live_objects(engine.cluster.as_ref(), discovery, &places, is_tracked).await?
    };
    // What its project does not permit is neither compared nor pruned nor deleted.
    live.retain(|object| (engine.permits)(application, &object.key()).is_ok());
    Ok(live)
}

/// Where a target goes: without a namespace where its kind has none, with the
/// destination's where it names none.
fn place(target: &Object, discovery: &Discovery, namespace: &str) -> ObjectRef {
    let mut place = target.reference();
    if discovery.scope(&target.group_kind()) == Some(Scope::Cluster) {
        place.namespace = None;
    } else if place.namespace.is_none() {
        place.namespace = Some(namespace.to_owned()).filter(|name| !name.is_empty());
    }
    place
}

fn out_of_sync(comparison: &Comparison) -> usize {
    comparison
        .resources
        .iter()
        .filter(|resource| resource.status == Some(SyncStatus::OutOfSync))
        .count()
}

pub(super) fn compare_settings(
    engine: &Engine,
    application: &Application,
    discovery: Arc<Discovery>,
    diff: diff::Settings,
) -> compare::Settings {
    let settings = &engine.settings;
    let instance = application.instance_name(&settings.control_namespace);
    let compare = compare::Settings::new(instance, &application.spec.destination.namespace)
        .tracking(settings.tracking.clone())
        .discovery(discovery)
        .diff(diff);
    match application.managed_namespace() {
        Some(metadata) => compare.managed_namespace(metadata.clone()),
        None => compare,
    }
}

/// What the comparing thread needs.
struct Judge {
    engine: Engine,
    application: Application,
    settings: compare::Settings,
}

impl Judge {
    fn pair(self, mut desired: Desired, live: Vec<Object>) -> Paired {
        let targets = std::mem::take(&mut desired.objects);
        let pairs = compare::pair(targets, live, &self.settings);
        Paired {
            judge: self,
            desired,
            pairs,
        }
    }
}

/// What is wanted beside what is live, not yet compared.
struct Paired {
    judge: Judge,
    desired: Desired,
    pairs: compare::Pairs,
}

impl Paired {
    fn dry_runs(&self) -> Vec<compare::DryRun> {
        self.pairs.dry_runs(&self.judge.settings)
    }

    fn judge(self, answers: &compare::Answers) -> Refreshed {
        let Judge {
            engine,
            application,
            settings,
        } = self.judge;
        let mut comparison = self.pairs.compare(answers, &settings);
        if application.has_changed_namespace() {
            comparison.status = comparison.status.max(SyncStatus::OutOfSync);
        }
        let own_uid = Some(application.metadata.uid.as_str()).filter(|uid| !uid.is_empty());
        let assessment = assess(&comparison, engine.health.as_ref(), own_uid);
        let now = Timestamp::now();
        let status =
            status::after_refresh(&application, &self.desired, &comparison, &assessment, now);
        Refreshed {
            revisions: self.desired.revisions,
            comparison,
            assessment,
            status,
            discovery: settings.discovery,
        }
    }
}
