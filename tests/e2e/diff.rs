//! What a real control plane made of manifests, beside what comparisons make of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use gitops_core::apply::{Applier, ApplyOptions, LAST_APPLIED, Strategy};
use gitops_core::diff::{self, Choice, Diff, Settings};
use gitops_core::ignore::Rules;
use gitops_core::{Discovery, Object, Scope, yaml};
use serde_json::{Map, Value, json};

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

/// What is live, and what the server's dry run answers over it: both of one version,
/// though controllers are at work.
async fn live_and_answer(scene: &Scene, target: &Object) -> (Arc<Object>, Object) {
    for _ in 0..20 {
        let live = scene.live(target).await;
        let answer = dry_run(scene, target).await;
        let version = |object: &Object| object.value()["metadata"]["resourceVersion"].clone();
        if version(&scene.live(target).await) == version(&live) {
            return (Arc::new(live), answer);
        }
    }
    panic!("{target}: changes all the time");
}

/// The differences by every strategy, with the strategy's name.
fn differences(target: &Object, live: &Arc<Object>, answer: &Object) -> Vec<(&'static str, Diff)> {
    let mut unmarked = Object::clone(live);
    unmarked.set_annotation(LAST_APPLIED, None);
    let (target, unmarked) = (Arc::new(target.clone()), Arc::new(unmarked));
    let plain = Settings::default();
    let by_server = diff::with_answer(&target, live, answer, &plain);
    let by_server = by_server.unwrap_or_else(|reason| panic!("{target}: {reason}"));
    vec![
        (
            "two-way",
            diff::diff(Some(&target), Some(&unmarked), &plain),
        ),
        ("three-way", diff::diff(Some(&target), Some(live), &plain)),
        (
            "structured",
            diff::diff(Some(&target), Some(live), &structured()),
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
        let (live, answer) = live_and_answer(scene, manifest).await;
        for (strategy, diff) in differences(manifest, &live, &answer) {
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

/// The paths that change, without the count of generations, which only the server keeps.
fn paths(diff: &Diff) -> Vec<&str> {
    let paths = diff.changes.iter().map(|change| change.path.as_str());
    paths
        .filter(|path| *path != ".metadata.generation")
        .collect()
}

/// The whole object without what the server alone knows: times, versions, and who owns
/// what.
fn content(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        for key in [
            "managedFields",
            "resourceVersion",
            "generation",
            "creationTimestamp",
        ] {
            metadata.remove(key);
        }
    }
    object
}

/// Where two values differ.
fn mismatches(ours: &Value, servers: &Value, path: &str, found: &mut Vec<String>) {
    match (ours, servers) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let value = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                mismatches(&value(left), &value(right), &format!("{path}/{key}"), found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                mismatches(left, right, &format!("{path}/{at}"), found);
            }
        }
        _ if ours == servers => {}
        _ => found.push(format!("{path}: {ours} is {servers}")),
    }
}

/// Where the whole objects differ that the merge here and the server's dry run lead to.
fn predictions(target: &Object, live: &Arc<Object>, answer: Object) -> Vec<String> {
    let whole = structured().ignore(Rules::only([]).unwrap());
    let diff = diff::diff(Some(&Arc::new(target.clone())), Some(live), &whole);
    // Addresses have an order of their own wherever objects are compared.
    let answer = diff::normalized(target, &Arc::new(answer), &whole);
    let mut found = Vec::new();
    let ours = content(diff.predicted.as_ref().unwrap());
    mismatches(&ours, &content(&answer), "", &mut found);
    found
}

/// Of each object something changes in the manifest and something live, in another
/// manager's name.
#[tokio::test(flavor = "multi_thread")]
async fn the_merge_computed_here_is_the_servers() {
    play("diff-merge", async |scene| {
        let (mut found, mut count) = (Vec::new(), 0);
        for mut manifest in manifests(scene).await {
            manifest.set_annotation("example.org/dropped", Some("1"));
            let applied = scene.cluster.apply(&manifest, &by_server()).await;
            applied.unwrap_or_else(|error| panic!("{manifest}: {error}"));
            let theirs = json!({"metadata": {"labels": {"theirs": "1"}}});
            scene.patch(&manifest, theirs).await;
            manifest.set_annotation("example.org/dropped", None);
            manifest.set_annotation("example.org/added", Some("1"));
            let (live, answer) = live_and_answer(scene, &manifest).await;
            let diffs = differences(&manifest, &live, &answer);
            let of = |name: &str| diffs.iter().find(|(known, _)| *known == name).unwrap();
            let (ours, servers) = (&of("structured").1, &of("server-side").1);
            if paths(ours) != paths(servers) || paths(ours).len() != 2 {
                found.push(format!("{manifest} {ours:?} {servers:?}"));
            }
            let differ = predictions(&manifest, &live, answer);
            found.extend(differ.iter().map(|text| format!("{manifest} {text}")));
            count += 1;
        }
        println!("{count} predictions compared with the server's");
        assert_eq!(count, 100);
        assert!(found.is_empty(), "{found:#?}");
    })
    .await;
}
