use serde_json::{Value, json};

use super::check;

#[track_caller]
fn fault(name: &str, field: &str, value: &Value, expected: &str) {
    let mut object = json!({});
    let mut place = &mut object;
    for step in field.split('.') {
        if let Some(step) = step.strip_suffix("[]") {
            place[step] = json!([{}]);
            place = &mut place[step][0];
            continue;
        }
        if place.get(step).is_none() {
            place[step] = json!({});
        }
        place = &mut place[step];
    }
    *place = value.clone();
    let found = check(name, &object).err().unwrap_or_default();
    assert_eq!(found, expected, "{name} {field} {value}");
}

#[test]
fn wrong_types_are_named_as_go_names_them() {
    fault(
        "v1.Deployment",
        "spec.replicas",
        &json!("3"),
        "unrecognized type: int32",
    );
    fault(
        "v1.Deployment",
        "spec.replicas",
        &json!(1.5),
        "cannot convert float64 to int32",
    );
    fault("v1.Deployment", "spec.replicas", &json!(3.0), "");
    fault("v1.Deployment", "spec.replicas", &json!(null), "");
    fault(
        "v1.Deployment",
        "spec.paused",
        &json!("yes"),
        "unrecognized type: bool",
    );
    fault(
        "v1.Deployment",
        "spec.strategy.type",
        &json!(5),
        "cannot convert int64 to v1.DeploymentStrategyType",
    );
    fault(
        "v1.Pod",
        "metadata.labels.a",
        &json!(5),
        "cannot convert int64 to string",
    );
    fault(
        "v1.Pod",
        "metadata.labels.a",
        &json!(true),
        "unrecognized type: string",
    );
    fault(
        "v1.Pod",
        "metadata.labels",
        &json!("a"),
        "cannot restore map from string",
    );
    fault(
        "v1.Pod",
        "status.conditions",
        &json!({}),
        "cannot restore slice from map",
    );
    fault(
        "v1.Pod",
        "spec",
        &json!("a"),
        "cannot restore struct from: string",
    );
    fault(
        "v1.Pod",
        "Spec",
        &json!("field names are case-sensitive"),
        "",
    );
    fault(
        "v1.Pod",
        "spec.containers[].env[].valueFrom.fieldRef",
        &json!([]),
        "cannot restore struct from: slice",
    );
}

#[test]
fn of_several_faults_the_first_of_the_go_type_is_told() {
    let object = json!({"metadata": {"labels": 5}, "spec": {"paused": 1, "minReadySeconds": "x"}});
    assert_eq!(
        check("v1.Deployment", &object).unwrap_err(),
        "cannot restore map from int64"
    );
    let object = json!({"spec": {"paused": 1, "minReadySeconds": "x"}});
    assert_eq!(
        check("v1.Deployment", &object).unwrap_err(),
        "unrecognized type: int32"
    );
}

#[test]
fn times_are_read_as_go_reads_them() {
    let time = |text: &str, expected: &str| {
        let whole = match expected {
            "" => String::new(),
            other => format!("parsing time {text:?}{other}"),
        };
        fault("v1.Job", "status.startTime", &json!(text), &whole);
    };
    let layout = " as \"2006-01-02T15:04:05Z07:00\": cannot parse";
    time("2020-02-29T00:00:00.123456789123-07:00", "");
    time("2020-01-01T0:00:00,5Z", "");
    time("2020-01-01T00:00:00+24:60", "");
    time("x", &format!("{layout} \"x\" as \"2006\""));
    time("2020-01-01", &format!("{layout} \"\" as \"T\""));
    time(
        "2020-01-01t00:00:00z",
        &format!("{layout} \"t00:00:00z\" as \"T\""),
    );
    time(
        "2020-01-01T00:00:00+0700",
        &format!("{layout} \"+0700\" as \"Z07:00\""),
    );
    time("2020-02-30T00:00:00Z", ": day out of range");
    time("2020-01-01T24:00:00Z", ": hour out of range");
    time(
        "2020-01-01T00:00:00+25:00",
        ": time zone offset hour out of range",
    );
    time("2020-01-01T00:00:00Zx", ": extra text: \"x\"");
    fault(
        "v1.Job",
        "status.startTime",
        &json!(5),
        "json: cannot unmarshal number into Go value of type string",
    );
}

#[test]
fn quantities_bytes_and_ports_are_read_from_json() {
    let format = "quantities must match the regular expression \
                  '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    let suffix = "unable to parse quantity's suffix";
    let base64 = "error decoding from json: illegal base64 data at input byte";
    for (text, expected) in [
        ("1", ""),
        ("1Ki", ""),
        (".5", ""),
        ("1e5", ""),
        ("1E", ""),
        (" 1", ""),
    ] {
        fault("v1.Pod", "spec.overhead.cpu", &json!(text), expected);
    }
    for text in ["", "1.2.3", "1Q", "1\n"] {
        fault("v1.Pod", "spec.overhead.cpu", &json!(text), format);
    }
    for text in ["1e", "1ki", "1kk", "1-", "1e99999999999999999999"] {
        fault("v1.Pod", "spec.overhead.cpu", &json!(text), suffix);
    }
    fault("v1.APIService", "spec.caBundle", &json!("YWI="), "");
    fault(
        "v1.APIService",
        "spec.caBundle",
        &json!("YWI*"),
        &format!("{base64} 3"),
    );
    fault(
        "v1.APIService",
        "spec.caBundle",
        &json!("YQ"),
        &format!("{base64} 0"),
    );
    fault(
        "v1.APIService",
        "spec.caBundle",
        &json!("YWI=="),
        &format!("{base64} 4"),
    );
    let port = "spec.ports[].targetPort";
    fault("v1.Service", port, &json!("http"), "");
    fault("v1.Service", port, &json!(80), "");
    fault(
        "v1.Service",
        port,
        &json!(1.5),
        "json: cannot unmarshal number 1.5 into Go value of type int32",
    );
}
