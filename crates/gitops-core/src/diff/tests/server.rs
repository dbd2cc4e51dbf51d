//! Objects that a real API server has read, applied and judged.
//!
//! `testdata/diff/applies.jsonl` holds for each object what was applied first, what is
//! applied next, the live object between, with fields of another manager, and the
//! server's dry run of the second apply.

use super::*;
use crate::fieldset::{Managers, apply};

const APPLIES: &str = include_str!("../../../testdata/diff/applies.jsonl");
const PAIRS: &str = include_str!("../../../testdata/diff/pairs.jsonl");

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn what_the_server_made_of_a_manifest_is_no_difference() {
    let mut found = Vec::new();
    let pairs = lines(PAIRS);
    for pair in &pairs {
        let mut two_way = pair["live"].clone();
        let annotations = two_way["metadata"]["annotations"].as_object_mut();
        annotations.map(|annotations| annotations.remove(crate::patch::LAST_APPLIED));
        let (three_way, structured) = (Settings::default(), structured());
        for (strategy, live, settings) in [
            ("two-way", &two_way, three_way.clone()),
            ("three-way", &pair["live"], three_way.clone()),
            (
                "structured",
                &pair["live"],
                three_way.clone().choice(structured),
            ),
        ] {
            let target = object(&pair["target"]);
            let diff = diff(Some(&target), Some(&object(live)), &settings);
            if diff.is_modified() || !diff.warnings.is_empty() {
                let (changes, warnings) = (&diff.changes, &diff.warnings);
                found.push(format!("{target} {strategy} {changes:?} {warnings:?}"));
            }
        }
    }
    println!("{} objects in three strategies", pairs.len());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_the_server_applied_is_no_difference() {
    for case in lines(APPLIES) {
        let settings = Settings::default().choice(structured());
        let diff = diff(
            Some(&object(&case["first"])),
            Some(&object(&case["live"])),
            &settings,
        );
        assert!(
            !diff.is_modified(),
            "{} {:?}",
            case["first"]["kind"],
            diff.changes
        );
    }
}

#[test]
fn a_dry_runs_answer_and_the_structured_merge_agree() {
    for case in lines(APPLIES) {
        let settings = Settings::default().choice(structured());
        let (target, live) = (object(&case["target"]), object(&case["live"]));
        let ours = diff(Some(&target), Some(&live), &settings);
        let servers = with_answer(&target, &live, &object(&case["answer"]), &settings).unwrap();
        let paths = |diff: &Diff| -> Vec<String> {
            let paths = diff.changes.iter().map(|change| change.path.clone());
            paths
                .filter(|path| path != ".metadata.generation")
                .collect()
        };
        assert_eq!(paths(&ours), paths(&servers), "{}", case["target"]["kind"]);
    }
}

#[test]
fn the_owners_after_an_apply_are_the_servers() {
    let (mut same, mut other) = (0, Vec::new());
    for case in lines(APPLIES) {
        let kind = object(&case["target"]).group_version_kind();
        let schema = crate::schema::builtin().kind(&kind);
        let managers = Managers::of(&case["live"]).unwrap();
        let ours = apply(
            schema,
            &case["live"],
            &case["target"],
            &managers,
            "argocd-controller",
        );
        let fields = |managers: &Managers| managers.fields("argocd-controller").to_value();
        let servers = Managers::of(&case["answer"]).unwrap();
        if fields(&ours.managers) == fields(&servers) {
            same += 1;
        } else {
            other.push(format!(
                "{kind} {} {}",
                fields(&ours.managers),
                fields(&servers)
            ));
        }
    }
    println!("{same} of {} own what the server says", same + other.len());
    assert!(other.is_empty(), "{other:#?}");
}
