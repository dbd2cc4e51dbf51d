//! The ways in which an object is applied, as a client of the cluster goes about them.

use std::sync::Arc;
use std::time::Duration;

use gitops_core::Object;
use gitops_core::apply::{
    Applied, ApplyOptions, Conflicts, Error, LAST_APPLIED, Outcome, Propagation, Reason, Recreate,
    Strategy,
};

use super::cluster::Cluster;
use super::registry::Kind;
use super::state::State;
use super::view::shown;
use super::write::{self, Effect, Takeover, Writer, Written};
use super::{client, controllers, delete, errors, validate};

/// How long a recreation waits for the former object to go.
const GONE: Duration = Duration::from_mins(5);

/// What only the server sets.
const SET_BY_SERVER: [&str; 3] = ["managedFields", "resourceVersion", "uid"];

/// Applies the object, by deleting and creating it where that is asked for.
pub(super) async fn apply(
    cluster: &Cluster,
    object: &Object,
    options: &ApplyOptions,
) -> Result<Applied, Error> {
    validate::depth(object.value())?;
    match cluster.with(|state| attempt(state, object, options))? {
        Attempt::Done(applied) => Ok(applied),
        Attempt::Recreate(live) => recreate(cluster, &live, object, options).await,
    }
}

/// How far one look at the cluster gets.
enum Attempt {
    Done(Applied),
    /// The live object has to go first.
    Recreate(Arc<Object>),
}

fn attempt(state: &mut State, object: &Object, options: &ApplyOptions) -> Result<Attempt, Error> {
    let target = Target::new(state, object, options)?;
    let live = target.live(state);
    if let Some(live) = live.as_ref().filter(|live| target.must_recreate(live)) {
        return Ok(Attempt::Recreate(Arc::clone(live)));
    }
    match (target.apply(state, live.as_ref()), live) {
        (Err(refusal), Some(live)) if target.may_recreate(&refusal) => Ok(Attempt::Recreate(live)),
        (Err(refusal), _) => Err(refusal),
        (Ok(written), _) => Ok(Attempt::Done(target.applied(state, written))),
    }
}

async fn recreate(
    cluster: &Cluster,
    live: &Arc<Object>,
    object: &Object,
    options: &ApplyOptions,
) -> Result<Applied, Error> {
    if options.dry_run {
        return Ok(Applied::new(Outcome::Recreated, object.clone()));
    }
    let key = live.key();
    cluster.with(|state| delete::begin(state, live, Propagation::Background));
    let gone = cluster.gone(&key, live.uid());
    if tokio::time::timeout(GONE, gone).await.is_err() {
        let message = format!("{live} was deleted to be created again and is still there");
        return Err(Error::new(Reason::Timeout, message));
    }
    cluster.with(|state| {
        let options = match options.strategy {
            Strategy::Replace => options.clone().strategy(Strategy::Create),
            _ => options.clone(),
        };
        let target = Target::new(state, object, &options)?;
        match target.apply(state, None) {
            Ok(written) => {
                let applied = target.applied(state, written);
                let recreated = Applied::new(Outcome::Recreated, applied.object);
                Ok(recreated.warnings(applied.warnings))
            }
            Err(refusal) => {
                restore(state, &target, live);
                Err(refusal)
            }
        }
    })
}

/// Brings back what was deleted for an object that the cluster then refused.
fn restore(state: &mut State, target: &Target<'_>, live: &Object) {
    let writer = Writer::controller(None);
    // The refusal that led here is the one to tell.
    let _ = write::create(state, &target.main, &cleaned(live, &target.main), &writer);
}

/// One object on its way into the cluster.
struct Target<'a> {
    /// As it was asked for.
    kind: Arc<Kind>,
    /// As the cluster keeps it.
    main: Arc<Kind>,
    object: Object,
    options: &'a ApplyOptions,
}

impl<'a> Target<'a> {
    fn new(state: &State, object: &Object, options: &'a ApplyOptions) -> Result<Self, Error> {
        let kind = state.registry.get(&object.group_version_kind())?;
        let main = state.registry.stored(&kind);
        if object.name().is_empty() && options.strategy != Strategy::Create {
            let message = format!("{} with generateName can only be created", object.kind());
            return Err(errors::malformed(message));
        }
        Ok(Self {
            object: shown(&cleaned(object, &main), &main),
            kind,
            main,
            options,
        })
    }

    fn live(&self, state: &State) -> Option<Arc<Object>> {
        state.get(&self.object.key()).cloned()
    }

    fn writer(&self) -> Writer<'a> {
        Writer {
            manager: &self.options.manager,
            subresource: None,
            validation: self.options.validation,
            dry_run: self.options.dry_run,
        }
    }

    fn apply(&self, state: &mut State, live: Option<&Arc<Object>>) -> Result<Written, Error> {
        let (main, writer) = (&self.main, self.writer());
        match (self.options.strategy, live) {
            (Strategy::ServerSide, _) => {
                let takeover = Takeover {
                    force: self.options.conflicts == Conflicts::Force,
                    migrate_from: self.options.migrate_from.as_deref(),
                };
                write::apply(state, main, &self.object, &writer, takeover)
            }
            (Strategy::ClientSide, None) => {
                write::create(state, main, &client::annotated(&self.object), &writer)
            }
            (Strategy::ClientSide, Some(live)) => self.apply_client_side(state, live),
            (Strategy::Create, _) | (Strategy::Replace, None) => {
                write::create(state, main, &self.object, &writer)
            }
            (Strategy::Replace, Some(live)) => {
                write::update(state, main, live, self.object.value().clone(), &writer)
            }
        }
    }

    fn apply_client_side(&self, state: &mut State, live: &Arc<Object>) -> Result<Written, Error> {
        let Some(patched) = client::patched(live, &self.object) else {
            return Ok(Written::unchanged(Arc::clone(live)));
        };
        let mut written = write::update(state, &self.main, live, patched, &self.writer())?;
        if live.annotation(LAST_APPLIED).is_none() {
            written.warnings.push(format!(
                "{live} was not made by client-side apply: fields it has beyond the target stay \
                 until they were applied once; the annotation {LAST_APPLIED} was added"
            ));
        }
        Ok(written)
    }

    fn applied(&self, state: &mut State, written: Written) -> Applied {
        let outcome = match (written.effect, self.options.strategy) {
            (Effect::Created, _) => Outcome::Created,
            (Effect::Nothing, _) => Outcome::Unchanged,
            (Effect::Changed, Strategy::Replace) => Outcome::Replaced,
            (Effect::Changed, _) => Outcome::Configured,
        };
        let mut warnings = written.warnings;
        if written.object.deletion_timestamp().is_some() {
            let object = &self.object;
            warnings.push(format!(
                "{object} is being deleted, so the change will not last"
            ));
        }
        // A definition's kind is served when its apply returns.
        let object = if self.options.dry_run {
            written.object
        } else {
            controllers::establish(state, written.object)
        };
        Applied::new(outcome, shown(&object, &self.kind)).warnings(warnings)
    }

    /// Whether the live object has to go whatever is in the new one.
    fn must_recreate(&self, live: &Object) -> bool {
        match self.options.strategy {
            Strategy::ClientSide => client::binds_another_role(live, &self.object),
            Strategy::Replace => self.options.recreate == Recreate::WhenRefused && !self.is_kept(),
            Strategy::ServerSide | Strategy::Create => false,
        }
    }

    /// Whether deleting and creating the object may get past the refusal.
    fn may_recreate(&self, refusal: &Error) -> bool {
        let refused = match refusal.reason {
            Reason::Invalid => true,
            // To whom conflicts shall fail, a conflict is the answer.
            Reason::Conflict => {
                self.options.strategy != Strategy::ServerSide
                    || self.options.conflicts == Conflicts::Force
            }
            _ => false,
        };
        let asked = self.options.recreate == Recreate::WhenRefused;
        refused && asked && self.options.strategy != Strategy::Create && !self.is_kept()
    }

    /// Deleting these would delete all that they hold.
    fn is_kept(&self) -> bool {
        matches!(self.object.kind(), "CustomResourceDefinition" | "Namespace")
    }
}

/// The object without what the server sets, and without a namespace where its
/// kind knows none.
fn cleaned(object: &Object, kind: &Kind) -> Object {
    let mut cleaned = object.clone();
    let result = cleaned.update(|value| {
        if let Some(metadata) = value["metadata"].as_object_mut() {
            metadata.retain(|field, _| !SET_BY_SERVER.contains(&field.as_str()));
        }
    });
    debug_assert!(
        result.is_ok(),
        "what the server sets does not identify an object"
    );
    if !kind.is_namespaced() {
        cleaned.set_namespace(None);
    }
    cleaned
}
