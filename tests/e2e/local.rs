//! A sync of manifests that are brought along, on a repository that holds others.

use gitops_core::api::{LocalManifests, SyncOperation};
use gitops_core::apply::Applier;
use serde_json::json;

use super::app::{App, chain, results};
use super::scene::{config_map, play};

#[tokio::test(flavor = "multi_thread")]
async fn local_manifests_are_synced_in_place_of_the_repositorys() {
    play("local", async |scene| {
        let namespace = scene.namespace("a").await;
        let mut app = App::new(scene, "app", &namespace).await;
        for name in ["changed", "dropped"] {
            let text = config_map("", name, &[("from", "git")]).value().to_string();
            app.repository.write(&format!("app/{name}.json"), &text);
        }
        app.repository.commit("two");
        app.synced().await;

        let mut operation = SyncOperation::default();
        operation.prune = true;
        let objects = ["changed", "added"].map(|name| config_map("", name, &[("from", "here")]));
        let texts = objects.iter().map(|object| object.value().to_string());
        operation.manifests = LocalManifests(texts.collect());
        let run = app.engine.sync(&app.application, &operation);
        let report = run
            .report()
            .await
            .unwrap_or_else(|error| panic!("{}", chain(&error)));
        assert!(report.succeeded(), "{report}\n{}", results(&report));
        for name in ["changed", "added"] {
            let live = scene.live(&config_map(&namespace, name, &[])).await;
            assert_eq!(live.value()["data"], json!({"from": "here"}), "{name}");
        }
        let dropped = config_map(&namespace, "dropped", &[]).reference();
        scene.until(&dropped, |live| live.is_none()).await;

        app.application.status = report.status().clone();
        let found = app.engine.refresh(&app.application).await.unwrap();
        assert!(found.is_synced(), "later refreshes compare with them");

        let report = app.sync().await.unwrap();
        assert!(report.succeeded(), "{report}\n{}", results(&report));
        let changed = config_map(&namespace, "changed", &[]);
        assert_eq!(
            scene.live(&changed).await.value()["data"],
            json!({"from": "git"})
        );
        let added = config_map(&namespace, "added", &[]).reference();
        scene.until(&added, |live| live.is_none()).await;
        assert!(scene.cluster.get(&dropped).await.unwrap().is_some());
        app.synced().await;
    })
    .await;
}
