//! The checks against objects from real clusters, whose health the reference told.

use std::fs;
use std::path::{Path, PathBuf};

use gitops_core::{HealthCheck, Object, yaml};
use serde_json::{Value, json};

use crate::{Builtin, Outcome, bundled};

/// The folder of the inputs; `None`, with a line that says so, where it is missing.
fn folder(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/health");
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there are no inputs in shared/data/health/{name}");
    None
}

fn object(path: &Path) -> Object {
    let text = fs::read_to_string(path).unwrap();
    // One input gives a key twice; the last counts, as for Helm's values.
    let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
    let mut value: Value = yaml::read(&text, &options).unwrap();
    let metadata = &mut value["metadata"];
    if metadata["name"].is_null() && metadata["generateName"].is_null() {
        // Some inputs have no name, and their health can be told all the same.
        metadata["generateName"] = json!("unnamed-");
    }
    Object::new(value).unwrap()
}

fn rows(folder: &Path) -> Vec<Vec<String>> {
    let index = fs::read_to_string(folder.join("index.tsv")).unwrap();
    let columns = |line: &str| line.split('\t').map(unescaped).collect();
    index.lines().skip(1).map(columns).collect()
}

fn unescaped(text: &str) -> String {
    let mut output = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let escaped = match character {
            '\\' => characters.next(),
            other => {
                output.push(other);
                continue;
            }
        };
        output.push(match escaped {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            other => other.unwrap_or('\\'),
        });
    }
    output
}

/// Prints `N of M` and fails with the names of the files that came out otherwise.
fn report(what: &str, all: usize, failures: &[String]) {
    println!("{what}: {} of {all}", all - failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn compiled_checks_tell_what_the_reference_tells() {
    let Some(folder) = folder("builtin") else {
        return;
    };
    let rows = rows(&folder);
    let failures: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let [file, status, rest @ ..] = &row[..] else {
                return Some(format!("{row:?} is no row"));
            };
            let health = Builtin.check(&object(&folder.join(file))).unwrap();
            let (found, message) = match &health {
                Some(health) => (health.status.as_str(), health.message.as_str()),
                None => ("none", ""),
            };
            // An empty column leaves the message open.
            let wanted = rest.first().filter(|wanted| !wanted.is_empty());
            let is_right = found == status && wanted.is_none_or(|wanted| wanted == message);
            (!is_right).then(|| format!("{file}: {found} {message:?}, not {status}"))
        })
        .collect();
    report("compiled checks", rows.len(), &failures);
}

#[test]
fn bundled_checks_tell_what_the_reference_s_scripts_tell() {
    let Some(folder) = folder("custom") else {
        return;
    };
    let rows = rows(&folder);
    let failures: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let [_, _, file, status, rest @ ..] = &row[..] else {
                return Some(format!("{row:?} is no row"));
            };
            let wanted = rest.first().map_or("", String::as_str);
            let (found, message) = match bundled::judge(&object(&folder.join(file))) {
                Outcome::Judged(health) => (health.status.to_string(), health.message),
                Outcome::NoStatus => (String::new(), String::new()),
                Outcome::NoCheck => ("none".into(), String::new()),
            };
            let is_right = found == *status && message == wanted;
            (!is_right).then(|| format!("{file}: {found} {message:?}, not {status} {wanted:?}"))
        })
        .collect();
    report("bundled checks", rows.len(), &failures);
}
