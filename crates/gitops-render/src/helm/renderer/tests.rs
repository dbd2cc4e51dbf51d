use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::api::ApplicationSource;
use gitops_core::render::{AppContext, Capabilities, Remotes};
use gitops_core::{Location, source};

use super::*;
use crate::memory::MemoryTree;

/// A chart that prints its values, with files around it.
fn tree(files: &[(&str, &str)]) -> MemoryTree {
    let chart = [
        (
            "web/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        ),
        (
            "web/templates/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: {{ .Release.Namespace }}\n\
             data:\n  values: {{ omit .Values \"global\" | toJson | quote }}\n  release: {{ .Release.Name }}\n\
             \x20 kube: {{ .Capabilities.KubeVersion.Version }}\n\
             \x20 has: {{ .Capabilities.APIVersions.Has \"x/v1\" | quote }}\n",
        ),
    ];
    let mut tree = MemoryTree::try_from(chart.to_vec()).unwrap();
    for (path, text) in files {
        tree = tree.with_file(path, text).unwrap();
    }
    tree
}

struct Case<'a> {
    helm: &'a str,
    refs: BTreeMap<String, Arc<dyn Tree>>,
    remotes: &'a dyn Remotes,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Self {
            helm: "{}",
            refs: BTreeMap::new(),
            remotes: &gitops_core::render::NoRemotes,
        }
    }
}

fn render_case(tree: &MemoryTree, case: &Case<'_>) -> Result<Rendered, Error> {
    let options = gitops_core::yaml::Options::default();
    let helm = gitops_core::yaml::read(case.helm, &options).unwrap();
    let mut source = ApplicationSource::default();
    source.helm = Some(serde_json::from_value(helm).unwrap());
    let path = TreePath::new("web").unwrap();
    let app = AppContext::new("shop", "prod");
    let cluster = Capabilities::new("v1.33.4-gke.1", vec!["x/v1".into()]);
    let request = Request::new(tree, &path, &source)
        .app(&app)
        .capabilities(&cluster)
        .refs(&case.refs)
        .remotes(case.remotes);
    Helm::default().render(&request)
}

fn render(tree: &MemoryTree, helm: &str) -> Result<Rendered, Error> {
    render_case(
        tree,
        &Case {
            helm,
            ..Case::default()
        },
    )
}

fn data(rendered: &Rendered, key: &str) -> String {
    rendered.objects[0].value()["data"][key]
        .as_str()
        .unwrap()
        .to_owned()
}

#[track_caller]
fn values(tree: &MemoryTree, helm: &str, expected: &str) {
    assert_eq!(data(&render(tree, helm).unwrap(), "values"), expected);
}

#[track_caller]
fn fails(tree: &MemoryTree, helm: &str, expected: &str) {
    let error = render(tree, helm).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn values_come_in_argo_cds_order() {
    let tree = tree(&[
        ("web/values.yaml", "a: 0\nb: 0\nc: 0\nd: 0\n"),
        ("web/one.yaml", "b: 1\nc: 1\nd: 1\n"),
        ("two.yaml", "c: 2\nd: 2\n"),
    ]);
    let helm =
        "{valueFiles: [one.yaml, /two.yaml], values: 'd: 3', parameters: [{name: e, value: '4'}]}";
    values(&tree, helm, r#"{"a":0,"b":1,"c":2,"d":3,"e":4}"#);
    let helm = "{valuesObject: {d: 5}, values: 'd: 3'}";
    values(&tree, helm, r#"{"a":0,"b":0,"c":0,"d":5}"#);
}

#[test]
fn parameters_have_their_own_rules() {
    let tree = tree(&[("web/f.txt", "text, with = all")]);
    let helm = "{parameters: [{name: a, value: 'x,y'}, {name: l, value: '{1,b}'}, \
                {name: s, value: '1', forceString: true}, {name: r, value: '1'}, {name: r, value: '2'}, \
                {name: 'n', value: '$ARGOCD_APP_NAME'}, {name: 'k\\.d', value: v}], \
                fileParameters: [{name: f, path: f.txt}]}";
    let expected =
        r#"{"a":"x,y","f":"text, with = all","k.d":"v","l":[1,"b"],"n":"shop","r":2,"s":"1"}"#;
    values(&tree, helm, expected);
}

#[test]
fn value_files_may_be_missing_only_when_allowed() {
    let tree = tree(&[]);
    fails(&tree, "valueFiles: [none.yaml]", "none.yaml: no such file");
    values(
        &tree,
        "{valueFiles: [none.yaml], ignoreMissingValueFiles: true}",
        "{}",
    );
    fails(
        &tree,
        "valueFiles: [../../x.yaml]",
        "resolved to outside repository root",
    );
    fails(
        &tree,
        "valueFiles: ['ftp://example.org/v.yaml']",
        "the URL scheme 'ftp' is not allowed",
    );
    fails(
        &tree,
        "valueFiles: [$other/v.yaml]",
        "no source has the ref \"other\"",
    );
}

#[test]
fn value_files_may_be_globs() {
    let tree = tree(&[
        ("env/a.yaml", "v: a\na: 1"),
        ("env/b.yaml", "v: b\nb: 1"),
        ("env/deep/c.yaml", "v: c"),
    ]);
    values(
        &tree,
        "valueFiles: ['/env/*.yaml']",
        r#"{"a":1,"b":1,"v":"b"}"#,
    );
    values(
        &tree,
        "valueFiles: ['/env/**/*.yaml']",
        r#"{"a":1,"b":1,"v":"c"}"#,
    );
    values(
        &tree,
        "valueFiles: ['/env/*.yaml', /env/a.yaml]",
        r#"{"a":1,"b":1,"v":"a"}"#,
    );
    fails(&tree, "valueFiles: ['/none/*.yaml']", "no such file");
}

#[test]
fn value_files_come_from_other_sources() {
    let other = MemoryTree::new().with_file("x/v.yaml", "v: other").unwrap();
    let refs = BTreeMap::from([("other".to_owned(), Arc::new(other) as Arc<dyn Tree>)]);
    let case = Case {
        helm: "valueFiles: [$other/x/v.yaml]",
        refs,
        ..Case::default()
    };
    let rendered = render_case(&tree(&[]), &case).unwrap();
    assert_eq!(data(&rendered, "values"), r#"{"v":"other"}"#);
}

#[test]
fn the_release_is_the_applications_unless_told() {
    let tree = tree(&[]);
    let rendered = render(&tree, "{}").unwrap();
    assert_eq!(data(&rendered, "release"), "shop");
    assert_eq!(rendered.objects[0].namespace(), Some("prod"));
    assert_eq!(data(&rendered, "kube"), "v1.33.4");
    assert_eq!(data(&rendered, "has"), "true");
    let helm = "{releaseName: '{{ upper \"x\" | lower }}', namespace: other, kubeVersion: '1.30', apiVersions: [y/v1]}";
    let rendered = render(&tree, helm).unwrap();
    assert_eq!(data(&rendered, "release"), "x");
    assert_eq!(rendered.objects[0].namespace(), Some("other"));
    assert_eq!(data(&rendered, "kube"), "v1.30");
    assert_eq!(data(&rendered, "has"), "false");
}

#[test]
fn crds_come_first_unless_skipped() {
    let tree = tree(&[(
        "web/crds/c.yaml",
        "{apiVersion: v1, kind: X, metadata: {name: crd}}",
    )]);
    assert_eq!(render(&tree, "{}").unwrap().objects[0].name(), "crd");
    assert_eq!(render(&tree, "skipCrds: true").unwrap().objects.len(), 1);
}

#[test]
fn tests_and_schemas_may_be_skipped() {
    let test =
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: t\n  annotations: {helm.sh/hook: test}\n";
    let tree = tree(&[
        ("web/templates/t.yaml", test),
        ("web/values.schema.json", r#"{"required": ["r"]}"#),
    ]);
    fails(&tree, "{}", "web:\n- at '': missing property 'r'");
    let objects = |helm: &str| render(&tree, helm).unwrap().objects.len();
    assert_eq!(objects("skipSchemaValidation: true"), 2);
    assert_eq!(objects("{skipSchemaValidation: true, skipTests: true}"), 1);
    assert_eq!(objects("{values: 'r: 1', version: v3}"), 2);
    fails(
        &tree,
        "version: v2",
        "helm chart version 'v2' is not supported",
    );
}

#[test]
fn a_file_of_a_parameter_must_be_there() {
    let expected = "helm.fileParameters: none.txt: no such file";
    fails(
        &tree(&[]),
        "fileParameters: [{name: f, path: none.txt}]",
        expected,
    );
}

#[test]
fn errors_name_the_file() {
    let tree = tree(&[("web/templates/b.yaml", "a: [\n")]);
    let error = render(&tree, "{}").unwrap_err();
    assert_eq!(
        error.path,
        Some(TreePath::new("web/templates/b.yaml").unwrap())
    );
    let tree = tree
        .with_file("web/templates/b.yaml", "{{ fail \"no\" }}")
        .unwrap();
    fails(
        &tree,
        "{}",
        "execution error at (web/templates/b.yaml:1:3): no",
    );
    let tree = tree
        .with_file("web/templates/b.yaml", "apiVersion: v1\nkind: Pod\n")
        .unwrap();
    fails(
        &tree,
        "{}",
        "Pod has neither metadata.name nor metadata.generateName",
    );
}

/// Has one file of values.
struct OneFile;

impl Remotes for OneFile {
    fn tree(&self, _: &Location) -> Result<Arc<dyn Tree>, source::Error> {
        unreachable!("no tree is asked for")
    }

    fn file(&self, url: &str) -> Result<Arc<[u8]>, source::Error> {
        match url {
            "https://example.org/shop.yaml?token=s3cret" => Ok(b"a: web".as_slice().into()),
            "https://example.org/list.yaml?token=s3cret" => Ok(b"- a".as_slice().into()),
            _ => Err(source::Error::of_file(
                url,
                source::Reason::Unreachable,
                "not there",
            )),
        }
    }
}

#[test]
fn files_of_values_come_from_the_web_in_their_order() {
    let tree = tree(&[("web/own.yaml", "{a: own, b: own}")]);
    let render = |helm: &str| {
        let case = Case {
            helm,
            remotes: &OneFile,
            ..Case::default()
        };
        render_case(&tree, &case)
    };
    let url = "https://example.org/$ARGOCD_APP_NAME.yaml?token=s3cret";
    let helm = format!("valueFiles: [own.yaml, '{url}']");
    let rendered = render(&helm).unwrap();
    assert_eq!(data(&rendered, "values"), r#"{"a":"web","b":"own"}"#);
    let helm = format!("valueFiles: ['{url}', own.yaml]");
    let rendered = render(&helm).unwrap();
    assert_eq!(data(&rendered, "values"), r#"{"a":"own","b":"own"}"#);
    for (file, wanted) in [
        ("list.yaml?token=s3cret", "https://example.org/list.yaml: "),
        (
            "none.yaml?token=s3cret",
            "https://example.org/none.yaml: not there",
        ),
    ] {
        let helm = format!("valueFiles: ['https://example.org/{file}']");
        let error = render(&helm).unwrap_err().to_string();
        assert!(
            error.contains(wanted) && !error.contains("s3cret"),
            "{error}"
        );
    }
    fails(
        &tree,
        "valueFiles: ['https://example.org/v.yaml']",
        "not reachable from here",
    );
}

struct OneChart;

impl Remotes for OneChart {
    fn tree(&self, location: &Location) -> Result<Arc<dyn Tree>, source::Error> {
        assert_eq!(location.repo_url, "https://charts.example.org");
        assert_eq!(location.chart.as_deref(), Some("db"));
        let version = &location.target_revision;
        let chart = format!("apiVersion: v2\nname: db\nversion: {version}\n");
        let template = "{apiVersion: v1, kind: Service, metadata: {name: db}}";
        Ok(Arc::new(
            MemoryTree::new()
                .with_file("Chart.yaml", chart)
                .and_then(|tree| tree.with_file("templates/s.yaml", template))
                .unwrap(),
        ))
    }
}

#[test]
fn missing_dependencies_come_from_where_they_are_declared() {
    let chart = |repository: &str| {
        format!(
            "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n- {{name: db, version: 1.x, repository: '{repository}'}}\n"
        )
    };
    let tree = tree(&[
        ("web/Chart.yaml", &chart("https://charts.example.org")),
        (
            "web/Chart.lock",
            "dependencies:\n- {name: db, version: 1.2.3, repository: 'https://charts.example.org'}\n",
        ),
        (
            "db/Chart.yaml",
            "apiVersion: v2\nname: db\nversion: 1.5.0\n",
        ),
        (
            "db/templates/s.yaml",
            "{apiVersion: v1, kind: Service, metadata: {name: local}}",
        ),
    ]);
    let case = Case {
        remotes: &OneChart,
        ..Case::default()
    };
    let rendered = render_case(&tree, &case).unwrap();
    assert!(rendered.objects.iter().any(|object| object.name() == "db"));
    fails(&tree, "{}", "web/Chart.yaml: dependency db: ");
    let local = tree
        .clone()
        .with_file("web/Chart.yaml", chart("file://../db"))
        .unwrap();
    let rendered = render(&local, "{}").unwrap();
    assert!(
        rendered
            .objects
            .iter()
            .any(|object| object.name() == "local")
    );
    let named = tree
        .clone()
        .with_file("web/Chart.yaml", chart("@stable"))
        .unwrap();
    fails(&named, "{}", "only Helm's own configuration knows");
    let nowhere = tree.with_file("web/Chart.yaml", chart("")).unwrap();
    fails(
        &nowhere,
        "{}",
        "it names no repository and is not in charts/",
    );
}

#[test]
fn a_folder_with_a_chart_is_detected() {
    let tree = tree(&[("other/x", "")]);
    let source = ApplicationSource::default();
    let detects = |path: &str| {
        let path = TreePath::new(path).unwrap();
        Helm::default()
            .detects(&Request::new(&tree, &path, &source))
            .unwrap()
    };
    assert!(detects("web"));
    assert!(!detects("other"));
}
