//! The example on folders: what it prints and what it warns of.

use std::fs;
use std::path::Path;

use super::*;

const APPLICATION: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: shop}
  source: {repoURL: https://example.com/shop.git, path: ., targetRevision: HEAD}
  syncPolicy: {syncOptions: [PruneLats=true]}
";

const WANTED: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {argocd.argoproj.io/sync-wave: '-1'}}
data: {color: blue}
---
apiVersion: v1
kind: Secret
metadata: {name: db, annotations: {argocd.argoproj.io/sync-options: Replase=true}}
stringData: {password: hunter2}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {argocd.argoproj.io/hook: PreSync}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: main}]}}}
";

const LIVE: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
  annotations: {argocd.argoproj.io/tracking-id: 'shop:/ConfigMap:shop/settings'}
data: {color: red}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: old
  namespace: shop
  annotations:
    argocd.argoproj.io/tracking-id: 'shop:/ConfigMap:shop/old'
    argocd.argoproj.io/sync-options: Prune=flase
";

/// Lays the files out, and says how the example is called for them.
fn called(folder: &Path, rest: &[&str]) -> Arguments {
    let place = |name: &str| folder.join(name);
    for (name, text) in [
        ("want/a.yaml", WANTED),
        ("live/a.yaml", LIVE),
        ("app.yaml", APPLICATION),
    ] {
        fs::create_dir_all(place(name).parent().unwrap()).unwrap();
        fs::write(place(name), text).unwrap();
    }
    let named = [
        ("--app", "app.yaml"),
        ("--live", "live"),
        ("--local", "want"),
    ];
    let mut words = vec!["plan".to_owned()];
    for (option, name) in named {
        words.extend([option.to_owned(), place(name).display().to_string()]);
    }
    words.extend(rest.iter().map(ToString::to_string));
    Arguments::parse_from(words)
}

async fn answer(rest: &[&str]) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let arguments = called(folder.path(), rest);
    let application = application::read(&arguments.app).unwrap();
    let plan = plan(application, &arguments).await.unwrap();
    let warnings = plan.misspelt.iter().map(ToString::to_string).collect();
    (shown(&plan, arguments.output).unwrap(), warnings)
}

#[tokio::test]
async fn a_person_reads_what_happens_when_and_why() {
    let (text, warnings) = answer(&["--prune"]).await;
    let expected = "\
PreSync, wave 0
  >   run Job shop/migrate (hook, deleted before it runs again)
  … until 1 hook has completed
Sync, wave -1
  ~   update ConfigMap shop/settings (2 fields differ)
        ~ .data.color: \"red\" → \"blue\"
        + .metadata.annotations[\"argocd.argoproj.io/sync-wave\"]: \"-1\"
  … until 1 object is healthy
Sync, wave 0
  -   prune ConfigMap shop/old (no longer in the sources)
  +   create Secret shop/db (not in the cluster)
Plan: 1 to create, 1 to update, 1 to prune, 1 to run";
    assert_eq!(text, expected);
    assert_eq!(
        warnings,
        [
            "sync option \"PruneLats=true\" is not known; did you mean \"PruneLast=true\"?",
            "ConfigMap shop/old: sync option \"Prune=flase\" is not known; did you mean \"Prune=false\"?",
            "Secret shop/db: sync option \"Replase=true\" is not known; did you mean \"Replace=true\"?",
        ]
    );
}

#[tokio::test]
async fn without_pruning_what_is_extra_stays() {
    let (text, _) = answer(&[]).await;
    assert!(text.contains("=   leave ConfigMap shop/old"), "{text}");
}

#[tokio::test]
async fn a_program_reads_the_same_without_what_is_secret() {
    let (text, _) = answer(&["--prune", "--output", "json"]).await;
    assert!(!text.contains("hunter2"), "{text}");
    let read: Plan = serde_json::from_str(&text).unwrap();
    let kinds: Vec<&str> = read
        .tasks
        .iter()
        .map(|task| &*task.object.kind.kind)
        .collect();
    assert_eq!(kinds, ["Job", "ConfigMap", "ConfigMap", "Secret"]);
}
