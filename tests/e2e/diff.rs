//! What a real control plane made of manifests, beside what comparisons make of them.

use std::sync::Arc;

use gitops_core::apply::{Applier, ApplyOptions, LAST_APPLIED, Strategy};
use gitops_core::diff::{self, Choice, Diff, Settings};
use gitops_core::{Discovery, Object, Scope, yaml};

use super::scene::{Scene, play};

/// A hundred sparse manifests of 44 kinds.
const MANIFESTS: &str = include_str!("../../crates/gitops-core/testdata/diff/manifests.yaml");

/// The manifests, with names and with a group of custom resources that no other test
/// has.
async fn manifests(scene: &Scene) -> Vec<Object> {
    let namespace = scene.namespace("a").await;
    let discovery = scene.cluster.discover().await.unwrap();
    let text = MANIFESTS.replace("diff.example.org", &format!("{}.example.org", scene.id));
    let objects = yaml::objects(&text, &yaml::Options::default()).into_iter();
    let settled = objects.map(|object| settled(scene, &namespace, &discovery, object.unwrap()));
    settled.collect()
}

fn settled(scene: &Scene, namespace: &str, discovery: &Discovery, mut object: Object) -> Object {
    let known = discovery.scope(&object.group_kind());
    if known == Some(Scope::Cluster) {
        let renamed = object.kind() != "CustomResourceDefinition";
        let mut value = object.into_value();
        if renamed {
            let name = value["metadata"]["name"].as_str().unwrap().to_owned();
            value["metadata"]["name"] = format!("{}-{name}", scene.id).into();
        }
        object = Object::new(value).unwrap();
        scene.clear_later(object.reference());
    } else {
        object.set_namespace(Some(namespace));
    }
    object
}

fn structured() -> Settings {
    let mut choice = Choice::default();
    choice.server_side_apply = true;
    Settings::default().choice(choice)
}

fn by_server() -> ApplyOptions {
    ApplyOptions::default().strategy(Strategy::ServerSide)
}

/// What the server's dry run of an apply answers.
async fn dry_run(scene: &Scene, target: &Object) -> Object {
    let mut options = by_server();
    options.dry_run = true;
    let applied = scene.cluster.apply(target, &options).await;
    applied
        .unwrap_or_else(|error| panic!("{target}: {error}"))
        .object
}

/// The differences by every strategy, with the strategy's name.
async fn differences(scene: &Scene, target: &Object) -> Vec<(&'static str, Diff)> {
    let live = Arc::new(scene.live(target).await);
    let answer = dry_run(scene, target).await;
    let mut unmarked = Object::clone(&live);
    unmarked.set_annotation(LAST_APPLIED, None);
    let (target, unmarked) = (Arc::new(target.clone()), Arc::new(unmarked));
    let plain = Settings::default();
    let by_server = diff::with_answer(&target, &live, &answer, &plain);
    let by_server = by_server.unwrap_or_else(|reason| panic!("{target}: {reason}"));
    vec![
        (
            "two-way",
            diff::diff(Some(&target), Some(&unmarked), &plain),
        ),
        ("three-way", diff::diff(Some(&target), Some(&live), &plain)),
        (
            "structured",
            diff::diff(Some(&target), Some(&live), &structured()),
        ),
        ("server-side", by_server),
    ]
}

async fn no_false_difference(scene: &Scene, options: &ApplyOptions) {
    let mut found = Vec::new();
    let manifests = manifests(scene).await;
    for manifest in &manifests {
        let applied = scene.cluster.apply(manifest, options).await;
        applied.unwrap_or_else(|error| panic!("{manifest}: {error}"));
        for (strategy, diff) in differences(scene, manifest).await {
            if diff.is_modified() {
                found.push(format!("{manifest} {strategy} {:?}", diff.changes));
            }
        }
    }
    assert_eq!(manifests.len(), 100);
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_side_apply_left_is_no_difference() {
    play("diff-client", async |scene| {
        no_false_difference(scene, &ApplyOptions::default()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_side_apply_left_is_no_difference() {
    play("diff-server", async |scene| {
        no_false_difference(scene, &by_server()).await;
    })
    .await;
}

/// Of each object something changes in the manifest and something live, in another
/// manager's name.
#[tokio::test(flavor = "multi_thread")]
async fn the_merge_computed_here_is_the_servers() {
    play("diff-merge", async |scene| {
        let mut found = Vec::new();
        for mut manifest in manifests(scene).await {
            manifest.set_annotation("example.org/dropped", Some("1"));
            let applied = scene.cluster.apply(&manifest, &by_server()).await;
            applied.unwrap_or_else(|error| panic!("{manifest}: {error}"));
            let theirs = serde_json::json!({"metadata": {"labels": {"theirs": "1"}}});
            scene.patch(&manifest, theirs).await;
            manifest.set_annotation("example.org/dropped", None);
            manifest.set_annotation("example.org/added", Some("1"));
            let diffs = differences(scene, &manifest).await;
            let paths = |wanted: &str| -> Vec<&str> {
                let of_strategy = diffs.iter().find(|(name, _)| *name == wanted);
                let changes = of_strategy.map_or(&[][..], |(_, diff)| &diff.changes);
                let paths = changes.iter().map(|change| change.path.as_str());
                // The server counts generations; a merge does not.
                paths
                    .filter(|path| *path != ".metadata.generation")
                    .collect()
            };
            if paths("structured") != paths("server-side") || paths("structured").len() != 2 {
                found.push(format!("{manifest} {diffs:?}"));
            }
        }
        assert!(found.is_empty(), "{found:#?}");
    })
    .await;
}
