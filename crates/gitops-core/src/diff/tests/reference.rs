//! Generated pairs, judged beside the reference.
//!
//! `testdata/diff/pairs.jsonl` holds manifests of our own with what a real API server
//! made of them, `verdicts.txt` what the reference said of the pairs generated from
//! them: `t` when something differs, `f` when nothing does, `e` for an error of its own.
//! With `GITOPS_TEST_PEER` naming the oracle's program and `GITOPS_TEST_CASES` a number,
//! that many are generated and judged by it; `GITOPS_TEST_PAIRS` names other pairs.

use std::io::Write;
use std::process::{Command, Stdio};

use super::generate::{Random, case};
use super::*;

const PAIRS: &str = include_str!("../../../testdata/diff/pairs.jsonl");
const VERDICTS: &str = include_str!("../../../testdata/diff/verdicts.txt");
const SEED: u64 = 20_261_121;

/// Where the verdict differs on purpose; each has a row in `docs/compatibility.md`.
#[derive(Debug, PartialEq, Eq)]
enum Deliberate {
    /// A list repeats its key.
    Repeated,
    /// A rule leaves an empty map or list behind, on one side.
    Emptied,
    /// A field that the kind does not have: the reference gives up the canonical form
    /// of the whole object, or loses the field on its way.
    Unknown,
    /// A rule leaves all annotations out, and the reference then does not know any more
    /// what was applied last.
    Forgotten,
    /// Rules that are null on one side and absent on the other, which the reference
    /// calls a change without being able to show it.
    NoRules,
    /// A struct without content on one side, which the server writes or leaves out as
    /// it likes.
    Struct,
    /// A custom resource lacks what is empty on the other side.
    Empty,
}

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
    let (pairs, mut random) = (pairs(), Random::new(SEED));
    (0..count).map(|_| case(&pairs, &mut random)).collect()
}

fn judge(case: &Value) -> Diff {
    let rules = case
        .get("ignore")
        .map(|rules| serde_json::from_value(rules.clone()).unwrap());
    let rules: Vec<ResourceIgnoreDifferences> = rules.unwrap_or_default();
    let settings = Settings::default().ignore(Rules::only(rules).unwrap());
    diff(
        Some(&object(&case["target"])),
        Some(&object(&case["live"])),
        &settings,
    )
}

/// Why our verdict may differ from the reference's.
fn deliberate(case: &Value, ours: &Diff) -> Option<Deliberate> {
    let custom = case["target"]["apiVersion"]
        .as_str()
        .is_some_and(|version| version.contains("example.org/"));
    if ours
        .warnings
        .iter()
        .any(|warning| warning.contains("repeats"))
    {
        return Some(Deliberate::Repeated);
    }
    if case.get("ignore").is_some() && !ours.is_modified() {
        return Some(Deliberate::Emptied);
    }
    if [&case["target"], &case["live"]]
        .into_iter()
        .any(has_unknown)
    {
        return Some(Deliberate::Unknown);
    }
    if case["ignore"][0]["jsonPointers"][0] == "/metadata/annotations" {
        return Some(Deliberate::Forgotten);
    }
    let no_rules = |side: &str| case[side].get("rules").is_some_and(Value::is_null);
    if no_rules("live") || no_rules("target") {
        return Some(Deliberate::NoRules);
    }
    if !custom && !ours.is_modified() && [&case["target"], &case["live"]].into_iter().any(has_empty)
    {
        return Some(Deliberate::Struct);
    }
    (custom && !ours.is_modified()).then_some(Deliberate::Empty)
}

fn has_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty() || map.values().any(has_empty),
        Value::Array(list) => list.iter().any(has_empty),
        _ => false,
    }
}

/// Whether the generator put a field there that no kind has.
fn has_unknown(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            map.contains_key("extra") || map.contains_key("added") || map.values().any(has_unknown)
        }
        Value::Array(list) => list.iter().any(has_unknown),
        _ => false,
    }
}

fn peer(program: &str, cases: &[Value]) -> String {
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
    let verdict = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        match (value.get("error"), value["modified"].as_bool()) {
            (Some(_), _) => 'e',
            (None, Some(true)) => 't',
            _ => 'f',
        }
    };
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(verdict)
        .collect()
}

#[test]
fn generated_pairs_are_judged_as_the_reference_judges_them() {
    let count = variable("GITOPS_TEST_CASES").and_then(|count| count.parse().ok());
    let verdicts = match variable("GITOPS_TEST_PEER") {
        Some(program) => peer(&program, &cases(count.unwrap_or(1_000))),
        None => VERDICTS.trim().to_owned(),
    };
    if variable("GITOPS_TEST_SAVE").is_some() {
        println!("verdicts {verdicts}");
    }
    let (mut agree, mut deliberately, mut wrong) = (0, 0, Vec::new());
    let cases = cases(verdicts.len());
    for (index, (case, verdict)) in cases.iter().zip(verdicts.chars()).enumerate() {
        let ours = judge(case);
        let same = match verdict {
            'e' => continue,
            verdict => ours.is_modified() == (verdict == 't'),
        };
        if same {
            agree += 1;
        } else if deliberate(case, &ours).is_some() {
            deliberately += 1;
        } else {
            wrong.push(format!(
                "{index}: {verdict} but {:?} for {case}",
                ours.changes
            ));
        }
    }
    println!(
        "{agree} of {} agree, {deliberately} differ on purpose",
        cases.len()
    );
    assert!(
        wrong.is_empty(),
        "{} wrong: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
}
