//! A thousand small objects: what the sync costs beside its requests.

use std::time::{Duration, Instant};

use futures::StreamExt;
use gitops_core::apply::{Applier, ApplyOptions, Strategy};
use gitops_sync::driver::Silent;
use gitops_sync::machine::OperationPhase;
use serde_json::json;

use super::super::scene::{Scene, play};
use super::App;

/// The most a sync may take, beside the bare applies of the same objects.
const MOST: f64 = 1.3;

/// Both are measured by turns, and the best of each counts: what else the machine
/// does makes either take longer, and never less long.
const ROUNDS: usize = 4;

async fn app<'a>(scene: &'a Scene, namespace: &str) -> App<'a> {
    let mut app = App::in_namespace(scene, namespace).await;
    app.sync_options(&["ServerSideApply=true"]);
    for number in 0..1_000 {
        let data = json!({"data": {"a": "b"}});
        app.add("ConfigMap", &format!("c{number}"), json!({}), data);
    }
    app
}

/// The same objects, applied side by side with the same client.
async fn bare_applies(app: &App<'_>, namespace: &str) -> Duration {
    let options = ApplyOptions::default().strategy(Strategy::ServerSide);
    let applies = app.targets.iter().map(|target| {
        let (mut target, options) = (target.clone(), options.clone());
        target.set_namespace(Some(namespace));
        async move { app.scene.cluster.apply(&target, &options).await.unwrap() }
    });
    let began = Instant::now();
    futures::stream::iter(applies)
        .buffer_unordered(20)
        .for_each(async |_| {})
        .await;
    began.elapsed()
}

/// From the comparison of what is live to the end of the sync.
async fn sync(app: &App<'_>) -> Duration {
    let began = Instant::now();
    let mut operation = app.operation().await;
    app.drive(&mut operation, &Silent).await;
    let took = began.elapsed();
    let message = operation.message();
    assert_eq!(operation.phase(), OperationPhase::Succeeded, "{message}");
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_objects_take_little_longer_than_their_applies() {
    play("thousand", async |scene| {
        let (mut bare, mut synced) = (Duration::MAX, Duration::MAX);
        for round in 0..ROUNDS {
            let app = app(scene, &format!("synced-{round}")).await;
            let namespace = scene.namespace(&format!("bare-{round}")).await;
            bare = bare.min(bare_applies(&app, &namespace).await);
            synced = synced.min(sync(&app).await);
            app.cluster.take();
            let again = sync(&app).await;
            let writes = app.cluster.take();
            assert!(
                writes.is_empty(),
                "a second sync sends no write: {writes:?}"
            );
            println!("round {round}: bare applies {bare:?}, sync {synced:?}, again {again:?}");
        }
        let ratio = synced.as_secs_f64() / bare.as_secs_f64();
        println!("1,000 objects: bare applies {bare:?}, sync {synced:?}, ratio {ratio:.2}");
        assert!(
            ratio < MOST,
            "a sync takes {ratio:.2} times as long as its applies"
        );
    })
    .await;
}
