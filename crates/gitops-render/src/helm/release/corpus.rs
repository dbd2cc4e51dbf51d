//! Real charts against what the reference makes of them.
//!
//! `GITOPS_TEST_CHARTS` names a folder with `cases.jsonl`: one chart a line, with
//! its folder, the values to use and the digests of the canonical output.

use std::path::Path;

use crate::helm::functions::hexadecimal;
use gitops_core::yaml;
use gitops_core::{Tree, TreePath};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::*;
use crate::directory::DirectoryTree;

fn render(case: &Json) -> Result<String, Error> {
    let text = |field: &str| case[field].as_str().unwrap_or_default();
    let tree = DirectoryTree::new(text("dir"));
    let chart = Arc::new(Chart::load(&tree, &TreePath::root())?);
    let mut values = Values::new();
    if text("values_file") != "-" {
        let file = tree.file(&TreePath::new(text("values_file"))?)?;
        values.file(text("values_file"), &String::from_utf8_lossy(&file))?;
    }
    let release = Release::new("r", "ns")
        .kube_version("1.34.0")
        .include_crds(true)
        .skip_schema_validation(text("flags").contains("skip-schema"));
    release
        .render(&chart, &values)
        .map(|output| output.to_string())
}

/// The digest of the documents in an order and form that no renderer chooses.
fn digest(output: &str, shape_only: bool) -> String {
    let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
    let mut lines: Vec<([String; 4], String)> = yaml::documents(output, &options)
        .map(|document| document.value.unwrap())
        .filter(|value| !value.is_null())
        .map(|value| {
            let part =
                |value: &Json, field: &str| value[field].as_str().unwrap_or_default().to_owned();
            let metadata = &value["metadata"];
            let key = [
                part(&value, "apiVersion"),
                part(&value, "kind"),
                part(metadata, "namespace"),
                part(metadata, "name"),
            ];
            let mut line = String::new();
            write(&value, shape_only, true, &mut line);
            (if shape_only { Default::default() } else { key }, line)
        })
        .collect();
    lines.sort();
    let text: String = lines.into_iter().map(|(_, line)| line + "\n").collect();
    hexadecimal(&Sha256::digest(text))
}

fn write(value: &Json, shape_only: bool, is_top: bool, line: &mut String) {
    match value {
        Json::Bool(_) if shape_only => line.push_str("false"),
        Json::Number(_) if shape_only => line.push('0'),
        Json::String(_) if shape_only => line.push_str("\"s\""),
        Json::Number(number) => line.push_str(&ecmascript(number.as_f64().unwrap())),
        Json::Array(items) => {
            line.push('[');
            for (index, item) in items.iter().enumerate() {
                line.push_str(if index > 0 { "," } else { "" });
                write(item, shape_only, false, line);
            }
            line.push(']');
        }
        Json::Object(map) => {
            line.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                line.push_str(if index > 0 { "," } else { "" });
                line.push_str(&Json::from(key.as_str()).to_string());
                line.push(':');
                let is_kept = is_top && matches!(key.as_str(), "apiVersion" | "kind");
                write(item, shape_only && !is_kept, false, line);
            }
            line.push('}');
        }
        other => line.push_str(&other.to_string()),
    }
}

fn ecmascript(number: f64) -> String {
    let magnitude = number.abs();
    if number == 0.0 {
        return "0".into();
    }
    if (1e-6..1e21).contains(&magnitude) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    if text.contains("e-") {
        text
    } else {
        text.replace('e', "e+")
    }
}

fn check(case: &Json) -> Result<(), String> {
    let text = |field: &str| case[field].as_str().unwrap_or_default();
    let expected_error = text("error").replace("\\n", "\n");
    match render(case) {
        Err(error) if !matches!(&*expected_error, "" | "-") => {
            let start: String = expected_error.chars().take(40).collect();
            let found = error.to_string();
            if found.starts_with(&start) {
                Ok(())
            } else {
                Err(format!("{found}, not {expected_error}"))
            }
        }
        Err(error) => Err(error.to_string()),
        Ok(_) if !matches!(&*expected_error, "" | "-") => {
            Err(format!("renders, and should say {expected_error}"))
        }
        Ok(output) => {
            let shape_only = text("nondeterministic") == "yes";
            let expected = text(if shape_only { "shape_sha256" } else { "sha256" });
            if digest(&output, shape_only) == expected {
                return Ok(());
            }
            let kept = format!("{}.out", text("dir"));
            std::fs::write(&kept, output).map_err(|error| error.to_string())?;
            Err(format!("differs, see {kept}"))
        }
    }
}

#[test]
fn real_charts_render_as_the_reference_renders_them() {
    let Ok(folder) = std::env::var("GITOPS_TEST_CHARTS") else {
        println!("skipped: GITOPS_TEST_CHARTS names no folder of real charts");
        return;
    };
    let cases = std::fs::read_to_string(Path::new(&folder).join("cases.jsonl")).unwrap();
    let mut failures = Vec::new();
    let begun = std::time::Instant::now();
    for line in cases.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        if let Err(failure) = check(&case) {
            let (chart, values) = (&case["chart_path"], &case["values_file"]);
            failures.push(format!("{chart} {values}: {failure}"));
        }
    }
    let count = cases.lines().count();
    println!(
        "{} of {count} real charts in {:?}",
        count - failures.len(),
        begun.elapsed()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
