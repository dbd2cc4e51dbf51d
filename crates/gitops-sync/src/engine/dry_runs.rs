//! What the server said to dry runs, kept while nothing they rest on changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::{StreamExt, stream};
use gitops_core::apply::{Applier, ApplyOptions, Conflicts, FieldValidation, Strategy};
use gitops_core::compare::{Answers, DryRun};
use gitops_core::{Object, ObjectKey};
use tokio::time::Instant;

/// Answers kept at one time.
const MAX_KEPT: usize = 20_000;

/// For how long an answer counts: admission webhooks may change their mind.
const KEPT_FOR: Duration = Duration::from_hours(1);

/// Dry runs under way at once.
const CONCURRENCY: usize = 10;

/// Answers by object.
#[derive(Default)]
pub(super) struct DryRuns(Mutex<BTreeMap<ObjectKey, Kept>>);

struct Kept {
    sent: Object,
    /// The live object's version when it was asked.
    resource_version: String,
    answer: Arc<Object>,
    at: Instant,
}

impl DryRuns {
    /// The answer to each dry run; the server is asked only where it is not known.
    pub(super) async fn answers(
        &self,
        cluster: &dyn Applier,
        runs: Vec<DryRun>,
        manager: &str,
    ) -> Answers {
        let options = ApplyOptions::default()
            .strategy(Strategy::ServerSide)
            .conflicts(Conflicts::Force)
            .validation(FieldValidation::Ignore)
            .manager(manager)
            .dry_run(true);
        let answers = runs
            .into_iter()
            .map(|run| self.answer(cluster, run, &options));
        stream::iter(answers)
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await
    }

    async fn answer(
        &self,
        cluster: &dyn Applier,
        run: DryRun,
        options: &ApplyOptions,
    ) -> (ObjectKey, Result<Arc<Object>, String>) {
        if let Some(known) = self.known(&run) {
            return (run.key, Ok(known));
        }
        match cluster.apply(&run.object, options).await {
            Ok(applied) => {
                let answer = Arc::new(applied.object);
                let key = run.key.clone();
                self.keep(run, Arc::clone(&answer));
                (key, Ok(answer))
            }
            Err(error) => (
                run.key,
                Err(format!("the dry run failed: {}", error.message)),
            ),
        }
    }

    fn known(&self, run: &DryRun) -> Option<Arc<Object>> {
        let kept = self.lock();
        let known = kept.get(&run.key)?;
        let holds = known.at.elapsed() < KEPT_FOR
            && run.live.resource_version() == Some(&known.resource_version)
            && run.object == known.sent;
        holds.then(|| Arc::clone(&known.answer))
    }

    fn keep(&self, run: DryRun, answer: Arc<Object>) {
        let Some(resource_version) = run.live.resource_version().map(str::to_owned) else {
            return;
        };
        let mut kept = self.lock();
        if kept.len() >= MAX_KEPT && !kept.contains_key(&run.key) {
            kept.retain(|_, known| known.at.elapsed() < KEPT_FOR);
            if kept.len() >= MAX_KEPT {
                kept.clear();
            }
        }
        let known = Kept {
            sent: run.object,
            resource_version,
            answer,
            at: Instant::now(),
        };
        kept.insert(run.key, known);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ObjectKey, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
