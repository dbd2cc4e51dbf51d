use super::*;

fn read(entries: &[(&str, &str)]) -> Result<(Installation, Vec<String>), Error> {
    let data = entries
        .iter()
        .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    Installation::read(&data.collect())
}

fn kinds(installation: &Installation) -> Vec<String> {
    let rules = installation.ignore.iter();
    let mut kinds: Vec<String> = rules
        .map(|rule| format!("{}/{}", rule.group, rule.kind))
        .collect();
    kinds.sort();
    kinds
}

#[test]
fn keys_name_kinds() {
    let (installation, _) = read(&[
        (
            "resource.customizations.ignoreDifferences.all",
            "jsonPointers: [/a]",
        ),
        (
            "resource.customizations.ignoreDifferences.ConfigMap",
            "jsonPointers: [/a]",
        ),
        (
            "resource.customizations.ignoreDifferences.apps_Deployment",
            "jsonPointers: [/a]",
        ),
        (
            "resource.customizations.health.apps_Deployment",
            "return {}",
        ),
        (
            "resource.compareoptions",
            "ignoreAggregatedRoles: true\nignoreResourceStatusField: none",
        ),
    ])
    .unwrap();
    assert_eq!(
        kinds(&installation),
        ["*/*", "/ConfigMap", "apps/Deployment"]
    );
    assert!(installation.ignore_aggregated_roles);
}

#[test]
fn a_key_of_its_own_replaces_the_entry_of_the_map() {
    let (installation, _) = read(&[
        (
            "resource.customizations",
            "apps/Deployment:\n  ignoreDifferences: |\n    jsonPointers: [/old]\n",
        ),
        (
            "resource.customizations.ignoreDifferences.apps_Deployment",
            "jsonPointers: [/new]",
        ),
    ])
    .unwrap();
    assert_eq!(installation.ignore[0].json_pointers, ["/new"]);
}

#[test]
fn the_status_is_left_out_as_the_setting_says() {
    for (setting, expected) in [
        ("all", 1),
        ("crd", 1),
        ("none", 0),
        ("false", 0),
        ("off", 0),
        ("maybe", 1),
    ] {
        let text = format!("ignoreResourceStatusField: {setting}");
        let (installation, warnings) = read(&[("resource.compareoptions", &text)]).unwrap();
        assert_eq!(installation.ignore.len(), expected, "{setting}");
        assert_eq!(warnings.len(), usize::from(setting == "maybe"), "{setting}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    for (key, text) in [
        ("resource.customizations.nonsense.apps_Deployment", ""),
        (
            "resource.customizations.ignoreDifferences.a_b_c",
            "jsonPointers: []",
        ),
        (
            "resource.customizations.ignoreDifferences.ConfigMap",
            "jsonPointers: 3",
        ),
        ("resource.exclusions", "{"),
    ] {
        assert_eq!(read(&[(key, text)]).unwrap_err().key, key);
    }
}

fn timeout(entries: &[(&str, &str)]) -> Result<Duration, Error> {
    let data = entries
        .iter()
        .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    let (installation, _) = read(&[]).unwrap();
    Ok(installation.parameters(&data.collect())?.jq_timeout)
}

#[test]
fn the_time_of_expressions_is_read_from_parameters() {
    let second = Duration::from_secs(1);
    for (entries, expected) in [
        (&[][..], second),
        (&[("controller.diff.server.side", "true")], second),
        (&[("controller.ignore.normalizer.jq.timeout", "0")], second),
        (&[("controller.ignore.normalizer.jq.timeout", "")], second),
        (
            &[("controller.ignore.normalizer.jq.timeout", "5s")],
            second * 5,
        ),
        (&[("ignore.normalizer.jq.timeout", "1m")], second * 60),
        (
            &[("ARGOCD_IGNORE_NORMALIZER_JQ_TIMEOUT", "500ms")],
            second / 2,
        ),
    ] {
        assert_eq!(timeout(entries), Ok(expected), "{entries:?}");
    }
    for text in ["2", "-1s", "soon"] {
        let key = "ignore.normalizer.jq.timeout";
        assert_eq!(timeout(&[(key, text)]).unwrap_err().key, key, "{text}");
    }
}

#[test]
#[cfg(feature = "jq")]
fn more_time_lets_an_expression_take_more_steps() {
    use std::sync::Arc;

    use serde_json::json;

    use crate::Object;

    let rule = ResourceIgnoreDifferences {
        kind: "ConfigMap".into(),
        jq_path_expressions: vec!["last(limit(500; repeat(.data)))".into()],
        ..ResourceIgnoreDifferences::default()
    };
    let config = |value: &str| {
        let value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": value}});
        Arc::new(Object::new(value).unwrap())
    };
    for (time, hides) in [("1ms", false), ("1s", true)] {
        let parameters = [("ignore.normalizer.jq.timeout".to_owned(), time.to_owned())];
        let (installation, _) = read(&[]).unwrap();
        let installation = installation.parameters(&parameters.into()).unwrap();
        let settings = installation.diff(std::slice::from_ref(&rule)).unwrap();
        let diff = diff::diff(Some(&config("1")), Some(&config("2")), &settings);
        assert_eq!(!diff.is_modified(), hides, "{time}: {:?}", diff.warnings);
    }
}

#[cfg(feature = "jq")]
#[test]
fn an_expression_that_does_not_compile_is_refused_with_its_rule() {
    let (installation, _) = read(&[(
        "resource.customizations.ignoreDifferences.apps_Deployment",
        "jqPathExpressions: ['.spec[']",
    )])
    .unwrap();
    let error = installation.rules(&[]).unwrap_err().to_string();
    assert!(
        error.contains("apps/Deployment") && error.contains("\".spec[\""),
        "{error}"
    );
    assert_eq!(installation.diff(&[]).unwrap_err().to_string(), error);
}
