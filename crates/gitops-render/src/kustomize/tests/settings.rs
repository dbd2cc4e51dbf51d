use gitops_core::api::{ApplicationSource, KustomizeSource};
use gitops_core::render::{AppContext, Error, Request};
use gitops_core::{Renderer, TreePath};

use super::tree;
use crate::kustomize::Kustomize;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'web:1'}]}\n";

fn rendered(kustomization: &str, settings: KustomizeSource) -> Result<serde_json::Value, Error> {
    let files = tree(&[
        ("app/kustomization.yaml", kustomization),
        ("app/pod.yaml", POD),
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
