//! Section 10: what Argo CD sets.

use gitops_core::api::{
    ApplicationSource, IntOrString, KustomizePatch, KustomizeReplica, KustomizeSource,
    KustomizeTarget,
};
use gitops_core::render::{AppContext, Error, Request};
use gitops_core::{Renderer, TreePath};
use serde_json::json;

use super::tree;
use crate::kustomize::Kustomize;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'web:1'}]}\n";

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}\n";

fn rendered(kustomization: &str, settings: KustomizeSource) -> Result<serde_json::Value, Error> {
    let files = tree(&[
        ("app/kustomization.yaml", kustomization),
        ("app/pod.yaml", POD),
        ("app/web.yaml", WEB),
        (
            "parts/one/kustomization.yaml",
            "kind: Component\nnameSuffix: -one\n",
        ),
    ]);
    let mut source = ApplicationSource::default();
    source.kustomize = Some(settings);
    let (path, app) = (TreePath::new("app")?, AppContext::new("shop", "live"));
    let request = Request::new(&files, &path, &source).app(&app);
    let rendered = Kustomize::default().render(&request)?;
    Ok(rendered.objects[0].value().clone())
}

fn settings(edit: impl FnOnce(&mut KustomizeSource)) -> KustomizeSource {
    let mut settings = KustomizeSource::default();
    edit(&mut settings);
    settings
}

const PLAIN: &str = "resources: [pod.yaml]\n";

#[test]
fn settings_are_as_if_they_stood_in_the_file() {
    let pod = rendered(
        PLAIN,
        settings(|it| {
            it.name_prefix = "my-".into();
            it.namespace = "shop".into();
            it.images = vec!["web=web:2".into()];
            it.common_labels
                .insert("app".into(), "$ARGOCD_APP_NAME".into());
            it.components = vec!["../parts/*".into()];
        }),
    );
    let pod = pod.unwrap();
    assert_eq!(pod["metadata"]["name"], "my-p-one");
    assert_eq!(pod["metadata"]["namespace"], "shop");
    assert_eq!(pod["metadata"]["labels"]["app"], "shop");
    assert_eq!(pod["spec"]["containers"][0]["image"], "web:2");
}

#[test]
fn an_asterisk_keeps_what_the_file_says() {
    let file = "resources: [pod.yaml]\nimages: [{name: web, newName: store, newTag: '3'}]\n";
    let with = |image: &str| {
        let pod = rendered(file, settings(|it| it.images = vec![image.into()])).unwrap();
        pod["spec"]["containers"][0]["image"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(with("web=*:4"), "store:4");
    assert_eq!(with("web:4"), "web:4");
}

#[test]
fn labels_that_are_there_need_force() {
    let file = "resources: [pod.yaml]\ncommonLabels: {a: b}\n";
    let label = |force: bool| {
        rendered(
            file,
            settings(|it| {
                it.common_labels.insert("a".into(), "c".into());
                it.force_common_labels = force;
            }),
        )
    };
    let error = label(false).unwrap_err().to_string();
    assert!(
        error.contains("label a already in kustomization file"),
        "{error}"
    );
    assert_eq!(label(true).unwrap()["metadata"]["labels"]["a"], "c");
}

#[test]
fn missing_components_are_an_error_unless_ignored() {
    let component = |ignore: bool| {
        rendered(
            PLAIN,
            settings(|it| {
                it.components = vec!["../parts/none".into()];
                it.ignore_missing_components = ignore;
            }),
        )
    };
    assert!(
        component(false)
            .unwrap_err()
            .to_string()
            .contains("matches nothing")
    );
    assert!(component(true).is_ok());
}

/// What is wrong with settings for a file.
fn refused(kustomization: &str, edit: impl FnOnce(&mut KustomizeSource)) -> String {
    let error = rendered(kustomization, settings(edit)).unwrap_err();
    error.to_string()
}

const SCALED: &str = "resources: [web.yaml]\nreplicas: [{name: web, count: 2}]\n";

#[test]
fn replica_counts_are_numbers_or_text_that_is_one() {
    let count = |count: IntOrString| {
        settings(|it| {
            let mut replica = KustomizeReplica::default();
            replica.name = "web".into();
            replica.count = count;
            it.replicas = vec![replica];
        })
    };
    for given in [IntOrString::Int(5), IntOrString::String("5".into())] {
        let web = rendered(SCALED, count(given)).unwrap();
        assert_eq!(web["spec"]["replicas"], 5);
    }
    let error = rendered(SCALED, count(IntOrString::String("many".into())));
    let error = error.unwrap_err().to_string();
    assert!(error.contains("expected integer value"), "{error}");
    assert!(error.contains("app/kustomization.yaml"), "{error}");
}

#[test]
fn labels_may_leave_selectors_alone_and_reach_templates() {
    let labels = |templates: bool| {
        let web = rendered(
            SCALED,
            settings(|it| {
                it.common_labels
                    .insert("a".into(), "$ARGOCD_APP_NAME".into());
                it.label_without_selector = true;
                it.label_include_templates = templates;
            }),
        );
        let web = web.unwrap();
        assert_eq!(web["metadata"]["labels"]["a"], "shop");
        assert_eq!(web["spec"]["selector"]["matchLabels"].get("a"), None);
        web["spec"]["template"]["metadata"]["labels"].clone()
    };
    assert_eq!(labels(false), json!({"app": "web"}));
    assert_eq!(labels(true), json!({"app": "web", "a": "shop"}));
    let error = refused(SCALED, |it| it.label_include_templates = true);
    assert!(error.contains("without labelWithoutSelector"), "{error}");
}

#[test]
fn annotations_are_substituted_only_when_asked_for() {
    let annotation = |substitutes: bool| {
        let pod = rendered(
            PLAIN,
            settings(|it| {
                it.common_annotations
                    .insert("a".into(), "${ARGOCD_APP_NAME}-$$".into());
                it.common_annotations_envsubst = substitutes;
            }),
        );
        pod.unwrap()["metadata"]["annotations"]["a"].clone()
    };
    assert_eq!(annotation(false), "${ARGOCD_APP_NAME}-$$");
    assert_eq!(annotation(true), "shop-$");
    let file = "resources: [pod.yaml]\ncommonAnnotations: {a: b}\n";
    let set = |it: &mut KustomizeSource, force: bool| {
        it.common_annotations.insert("a".into(), "c".into());
        it.force_common_annotations = force;
    };
    let error = refused(file, |it| set(it, false));
    assert!(error.contains("annotation a already"), "{error}");
    let pod = rendered(file, settings(|it| set(it, true))).unwrap();
    assert_eq!(pod["metadata"]["annotations"]["a"], "c");
}

#[test]
fn patches_are_added_to_those_of_the_file() {
    let mut patch = KustomizePatch::default();
    patch.patch = "- {op: add, path: /metadata/labels, value: {a: b}}".into();
    let mut target = KustomizeTarget::default();
    target.kind = "Pod".into();
    patch.target = Some(target);
    let pod = rendered(
        PLAIN,
        settings(|it| {
            it.patches = vec![patch];
            it.name_suffix = "-2".into();
        }),
    );
    let pod = pod.unwrap();
    assert_eq!(
        pod["metadata"],
        json!({"name": "p-2", "labels": {"a": "b"}})
    );
}

#[cfg(feature = "helm")]
#[test]
fn versions_reach_the_charts() {
    let files = tree(&[
        (
            "kustomization.yaml",
            "helmCharts: [{name: c, releaseName: r}]\n",
        ),
        (
            "charts/c/Chart.yaml",
            "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        ),
        (
            "charts/c/templates/m.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  v: '{{ .Capabilities.KubeVersion.Version }}'\n  has: '{{ .Capabilities.APIVersions.Has \"example.org/v1\" }}'\n",
        ),
    ]);
    let mut source = ApplicationSource::default();
    source.kustomize = Some(settings(|it| {
        it.kube_version = "1.30.4".into();
        it.api_versions = vec!["example.org/v1".into()];
    }));
    let path = TreePath::root();
    let request = Request::new(&files, &path, &source);
    let options = crate::kustomize::Options::default().enable_helm(true);
    let rendered = Kustomize::new(options).render(&request).unwrap();
    let data = &rendered.objects[0].value()["data"];
    assert_eq!(*data, json!({"v": "v1.30.4", "has": "true"}));
}

#[test]
fn a_folder_is_detected_by_its_file_alone() {
    let files = tree(&[
        ("a/kustomization.yml", PLAIN),
        ("b/Kustomization", PLAIN),
        ("c/kustomize.yaml", PLAIN),
        ("d/kustomization.yaml/pod.yaml", POD),
    ]);
    let source = ApplicationSource::default();
    let detects = |folder: &str| {
        let path = TreePath::new(folder).unwrap();
        let request = Request::new(&files, &path, &source);
        Kustomize::default().detects(&request).unwrap()
    };
    assert_eq!(
        ["a", "b", "c", "d"].map(detects),
        [true, true, false, false]
    );
}
