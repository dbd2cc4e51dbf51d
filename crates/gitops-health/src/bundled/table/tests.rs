use serde_json::{Value, json};

use super::parse;
use crate::Outcome;

#[track_caller]
fn gives(table: &'static str, object: &Value, expected: &str) {
    let text: &'static str = Box::leak(format!("[a/B]\n{table}").into_boxed_str());
    let said = match parse(text).unwrap()["a/B"].judge(object) {
        Outcome::Judged(health) => format!("{} {}", health.status, health.message),
        _ => "-".into(),
    };
    assert_eq!(said.trim_end(), expected, "{table}");
}

#[test]
fn walks_ask_every_rule_of_one_entry_before_the_next() {
    let table = "* Degraded | {message} | type=A status=False\n\
                 + Healthy | {reason/message} | type=B\n\
                 - Progressing | none";
    let conditions = |list: Value| json!({"status": {"conditions": list}});
    let b = json!({"type": "B", "message": "b"});
    gives(
        table,
        &conditions(json!([b, {"type": "A", "status": "False"}])),
        "Healthy b",
    );
    gives(
        table,
        &conditions(json!([{"type": "A", "status": "False", "message": "a"}, b])),
        "Degraded a",
    );
    gives(table, &conditions(json!("odd")), "Progressing none");
}

#[test]
fn tests_and_messages() {
    let object = json!({
        "metadata": {"generation": 3, "labels": {"a.b/c": "x"}},
        "spec": {"n": 2, "off": false, "list": [1, 2]},
        "status": {"observedGeneration": 2, "m": 5, "empty": "", "conditions": [
            {"type": "A", "status": "True", "message": "first"}, {"type": "B", "observedGeneration": 3},
        ]},
    });
    let holds = |test: &str, expected: bool| {
        let table: &'static str =
            Box::leak(format!("- Healthy | | {test}\n- Unknown").into_boxed_str());
        gives(table, &object, if expected { "Healthy" } else { "Unknown" });
    };
    for test in [
        ".spec.n=2",
        ".spec.n",
        "!.spec.x",
        "!?.spec.off",
        ".spec.off",
        "?.spec.n",
        "#.spec.list=2",
        "#.spec.x=0",
        ".metadata.labels[a.b/c]=x",
        ".metadata.labels[a.b/c]=y,x",
        ".spec.x!=1",
        ".spec.x=.spec.y",
        ".spec.x!>1",
        ".status.m>.spec.n",
        ".status.m>=5",
        ".spec.n=.status.m-.metadata.generation",
        "unobserved",
        "has:A=True",
        ":A.message=first",
        ".status.conditions[-1].type=B",
        ".status.empty=\"\"",
        "has:A=True .spec.n<3",
    ] {
        holds(test, true);
    }
    for test in [
        ".spec.n=\"2\"",
        ".spec.x>1",
        "observed",
        "has:B=True",
        ".spec.n!=2",
        "?.spec.off",
        ":C.message=first",
    ] {
        holds(test, false);
    }
    gives(
        "- Healthy | {.status.m}/{.spec.x?none}/{.status.empty??some}/{.spec.list}",
        &object,
        "Healthy 5/none/some/1, 2",
    );
    gives(
        "* Healthy | {type} | current .spec.n=2 type=B\n- Unknown",
        &object,
        "Healthy B",
    );
    gives("- NoStatus", &object, "-");
}

#[test]
fn what_is_no_table_is_refused() {
    for text in [
        "[a/B]\n- Fine | x",
        "[a/B]\n+ Healthy",
        "[a/B]\n- Healthy | {x",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}
