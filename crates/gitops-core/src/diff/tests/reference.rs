//! Generated pairs, judged beside the reference.
//!
//! `testdata/diff/pairs.jsonl` holds manifests of our own with what a real API server
//! made of them, `verdicts.txt` what the reference said of the pairs generated from
//! them, a letter each (see [`Verdict`]). With `GITOPS_TEST_PEER` naming the oracle's
//! program and `GITOPS_TEST_CASES` a number, that many are generated and judged by it;
//! `GITOPS_TEST_PAIRS` names other pairs, `GITOPS_TEST_SEED` makes other edits, and
//! `GITOPS_TEST_SAVE` names the file for the letters.

mod verdict;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use super::generate::{Random, case};
use serde_json::json;

use super::super::changes::{Background, changes};
use super::*;
use crate::installation::Installation;
use crate::tracking::Tracking;

use verdict::Verdict;

const PAIRS: &str = include_str!("../../../testdata/diff/pairs.jsonl");
const VERDICTS: &str = include_str!("../../../testdata/diff/verdicts.txt");
const SEED: u64 = 20_261_121;

#[expect(
    clippy::disallowed_methods,
    reason = "the test is told from outside what to run"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its data")]
fn pairs() -> Vec<Value> {
    let text = variable("GITOPS_TEST_PAIRS").map(|path| std::fs::read_to_string(path).unwrap());
    let text = text.unwrap_or_else(|| PAIRS.to_owned());
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn cases(count: usize) -> Vec<Value> {
    let seed = variable("GITOPS_TEST_SEED").and_then(|seed| seed.parse().ok());
    let (pairs, mut random) = (pairs(), Random::new(seed.unwrap_or(SEED)));
    (0..count).map(|_| case(&pairs, &mut random)).collect()
}

/// The installation's part of a case as its settings would hold it.
fn installation(case: &Value) -> Installation {
    let compare = json!({
        "ignoreResourceStatusField": "none",
        "ignoreAggregatedRoles": case["options"]["ignoreAggregatedRoles"] == true,
    });
    let mut data = BTreeMap::from([("resource.compareoptions".to_owned(), compare.to_string())]);
    if let Some(overrides) = case.get("overrides") {
        data.insert("resource.customizations".into(), overrides.to_string());
    }
    Installation::read(&data).unwrap().0
}

fn judge(case: &Value) -> Diff {
    let rules = case.get("ignore").cloned().unwrap_or_else(|| json!([]));
    let rules: Vec<ResourceIgnoreDifferences> = serde_json::from_value(rules).unwrap();
    let settings = installation(case).diff(&rules);
    let settings = settings.unwrap_or_else(|error| panic!("{error} in {case}"));
    let (target, live) = (object(&case["target"]), object(&case["live"]));
    let live = Tracking::default()
        .migrated(&live, &target)
        .map_or(live, Arc::new);
    let diff = diff(Some(&target), Some(&live), &settings);
    if diff.is_modified() {
        return diff;
    }
    let document = normalized(&target, &live, &settings);
    diff.documents(Some(document.clone()), Some(document))
}

/// What the reference says of each case.
fn peer(program: &str, cases: &[Value]) -> Vec<Value> {
    let mut child = Command::new(program)
        .arg("compare")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let text = lines.join("\n");
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn generated_pairs_are_judged_as_the_reference_judges_them() {
    let Some(program) = variable("GITOPS_TEST_PEER") else {
        return as_saved(VERDICTS.trim());
    };
    let count = variable("GITOPS_TEST_CASES").and_then(|count| count.parse().ok());
    let cases = cases(count.unwrap_or(1_000));
    let answers = peer(&program, &cases);
    let judged = cases.iter().zip(&answers).map(|(case, answer)| {
        let ours = judge(case);
        (verdict::of(case, answer, &ours), ours)
    });
    let judged: Vec<(Verdict, Diff)> = judged.collect();
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    let (mut wrong, mut purposes) = (Vec::new(), Vec::new());
    for (index, (case, (verdict, ours))) in cases.iter().zip(&judged).enumerate() {
        *counts.entry(*verdict).or_default() += 1;
        let line = || format!("{index}: {verdict:?} {:?} for {case}", ours.changes);
        match verdict {
            Verdict::Modified | Verdict::Unmodified | Verdict::Error => {}
            Verdict::Unexplained => wrong.push(line()),
            _ => purposes.push(line()),
        }
    }
    println!("{} cases: {counts:?}", cases.len());
    compare_documents(&cases, &answers, &judged);
    report("GITOPS_TEST_REPORT", &wrong);
    report("GITOPS_TEST_PURPOSES", &purposes);
    let letters = judged.iter().map(|(verdict, _)| verdict.letter());
    report("GITOPS_TEST_SAVE", &[letters.collect()]);
    let first = &wrong[..wrong.len().min(20)];
    assert!(wrong.is_empty(), "{} unexplained: {first:#?}", wrong.len());
}

/// Judges the cases whose verdicts are saved.
fn as_saved(verdicts: &str) {
    let (mut agree, mut wrong) = (0, Vec::new());
    let cases = cases(verdicts.len());
    for (index, (case, letter)) in cases.iter().zip(verdicts.chars()).enumerate() {
        let ours = judge(case);
        match Verdict::read(letter).expected() {
            Some(modified) if modified != ours.is_modified() => {
                wrong.push(format!(
                    "{index}: {letter} but {:?} for {case}",
                    ours.changes
                ));
            }
            Some(_) => agree += 1,
            None => {}
        }
    }
    println!("{agree} of {} are as saved", cases.len());
    let first = &wrong[..wrong.len().min(20)];
    assert!(wrong.is_empty(), "{} wrong: {first:#?}", wrong.len());
}

/// Says how many documents are the reference's too.
fn compare_documents(cases: &[Value], answers: &[Value], judged: &[(Verdict, Diff)]) {
    let (mut same, mut other) = (0, Vec::new());
    for (index, (case, (answer, (verdict, ours)))) in
        cases.iter().zip(answers.iter().zip(judged)).enumerate()
    {
        if !matches!(verdict, Verdict::Modified | Verdict::Unmodified) {
            continue;
        }
        let sides = [("live", &ours.live), ("predicted", &ours.predicted)];
        let differ = |(side, document): &(&str, &Option<Document>)| {
            let mut theirs = answer[*side].clone();
            without_directives(&mut theirs);
            let mut document = document.as_ref().unwrap().value().clone();
            without_directives(&mut document);
            let document = &document;
            let found = changes(None, document, &theirs, Background::default());
            found
                .first()
                .map(|change| format!("{} {:?} {:?}", change.path, change.old, change.new))
        };
        match sides.iter().find_map(differ) {
            None => same += 1,
            Some(first) => other.push(format!("{index}: {first} for {case}")),
        }
    }
    println!(
        "documents: {same} of {} are the reference's",
        same + other.len()
    );
    report("GITOPS_TEST_DOCUMENTS", &other);
}

/// The reference leaves a directive of its patch in a document.
fn without_directives(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("$retainKeys");
            map.values_mut().for_each(without_directives);
            if variable("GITOPS_TEST_LOOSE").is_some() {
                map.retain(|_, value| !scalar::is_empty(value));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(without_directives),
        _ => {}
    }
}

#[expect(clippy::disallowed_methods, reason = "a person asked for the file")]
fn report(name: &str, lines: &[String]) {
    if let Some(path) = variable(name) {
        std::fs::write(path, lines.join("\n")).unwrap();
    }
}
