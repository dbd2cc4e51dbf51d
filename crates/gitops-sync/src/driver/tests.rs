//! The rows of the reference's edge cases, each a whole sync of the cluster in
//! memory; the cases are in `testdata/sync-rows`.

mod case;
mod cluster;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::FutureExt;
use gitops_core::apply::Applier;
use gitops_core::{plan, yaml};
use jiff::Timestamp;

use super::{Event, Observer, Options, drive};
use crate::machine::Operation;
use case::{Case, During};
use cluster::Watched;

/// Does what a case has happen while the operation waits.
struct Script<'a> {
    case: &'a Case,
    cluster: &'a Watched,
    next: AtomicUsize,
    waves: std::sync::Mutex<Vec<String>>,
    approved: std::sync::Mutex<Option<Timestamp>>,
    terminated: tokio::sync::Notify,
}

impl Script<'_> {
    fn play(&self, during: &During) {
        for (name, status) in &during.health {
            self.cluster.set_health(name, status);
        }
        for name in during.released.iter().chain(&during.gone) {
            self.cluster.release(name);
        }
        for name in during.deleted.iter().chain(&during.gone) {
            self.cluster.remove(name);
        }
        if during.approve {
            *self.approved.lock().unwrap() = Some(Timestamp::now());
        }
        if during.terminate {
            self.terminated.notify_one();
        }
    }
}

#[async_trait]
impl Observer for Script<'_> {
    fn event(&self, event: Event) {
        let (waiting, wave) = match event {
            Event::Waiting { message } => (message, String::new()),
            Event::Wave { phase, number } => (String::new(), format!("{phase} {number}")),
            _ => return,
        };
        if !wave.is_empty() {
            self.waves.lock().unwrap().push(wave.clone());
        }
        let next = self.next.load(Ordering::Relaxed);
        if let Some(during) = self.case.during.get(next)
            && (&during.waiting, &during.wave) == (&waiting, &wave)
        {
            self.next.store(next + 1, Ordering::Relaxed);
            self.play(during);
        }
    }

    fn approved_at(&self) -> Option<Timestamp> {
        *self.approved.lock().unwrap()
    }

    async fn terminated(&self) {
        self.terminated.notified().await;
    }
}

async fn run(case: &Case) {
    let cluster = Watched::new(case);
    cluster.fill(case).await;
    let options = case.plan_options(&cluster).await;
    let comparison = case.compare(&cluster).await;
    let mut operation = Operation::new(plan::plan(&comparison, &options));
    cluster.begin();
    let script = Script {
        case,
        cluster: &cluster,
        next: AtomicUsize::new(0),
        waves: std::sync::Mutex::default(),
        approved: std::sync::Mutex::new(None),
        terminated: tokio::sync::Notify::new(),
    };
    let health = cluster.health();
    let options = Options::default();
    let driven = drive(&mut operation, &cluster, health.as_ref(), &script, &options);
    let patience = std::time::Duration::from_mins(10);
    let ended = tokio::select! {
        never = cluster.inner.run() => match never {},
        ended = tokio::time::timeout(patience, driven) => ended.is_ok(),
    };
    let name = &case.name;
    assert_eq!(ended, !case.expect.waits, "{name}: {}", operation.message());
    assert_eq!(
        script.next.load(Ordering::Relaxed),
        case.during.len(),
        "{name}: was not waiting as expected; at the end: {}",
        operation.message()
    );
    if let Some(waves) = &case.expect.waves {
        assert_eq!(&*script.waves.lock().unwrap(), waves, "{name}");
    }
    case.expect.check(name, &operation, &cluster).await;
}

/// The cases, by topic.
const ROWS: [&str; 7] = [
    include_str!("../../testdata/sync-rows/checks.yaml"),
    include_str!("../../testdata/sync-rows/waiting.yaml"),
    include_str!("../../testdata/sync-rows/hooks.yaml"),
    include_str!("../../testdata/sync-rows/prunes.yaml"),
    include_str!("../../testdata/sync-rows/options.yaml"),
    include_str!("../../testdata/sync-rows/selection.yaml"),
    include_str!("../../testdata/sync-rows/trouble.yaml"),
];

fn read(text: &str) -> Vec<Case> {
    let cases = yaml::read(text, &yaml::Options::default()).unwrap();
    serde_json::from_value(cases).unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_row_ends_as_it_should() {
    let cases: Vec<Case> = ROWS.iter().flat_map(|text| read(text)).collect();
    let mut failed = Vec::new();
    for case in &cases {
        if AssertUnwindSafe(run(case)).catch_unwind().await.is_err() {
            failed.push(&case.name);
        }
    }
    println!("{} of {} cases", cases.len() - failed.len(), cases.len());
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn an_operation_can_be_driven_by_another_thread() {
    fn is_send<T: Send>(_: T) {}
    let mut operation = Operation::new(case::empty_plan());
    let cluster: Arc<dyn Applier> = Arc::new(crate::memory::Cluster::new());
    let health = |_: &gitops_core::Object| Ok(None);
    is_send(drive(
        &mut operation,
        &*cluster,
        &health,
        &super::Silent,
        &Options::default(),
    ));
}
