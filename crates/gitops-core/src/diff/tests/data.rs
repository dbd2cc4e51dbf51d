//! The pairs of the shared reference data, by their index.

use std::path::PathBuf;

use serde_json::json;

use super::*;
use crate::yaml;

fn folder() -> Option<PathBuf> {
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = workspace.join("../shared/data/diff");
    if folder.join("index.tsv").is_file() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.display());
    None
}

#[expect(clippy::disallowed_methods, reason = "a test reads its data")]
fn text(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// One line of the index.
struct Row {
    config: Value,
    live: Value,
    answer: Option<Value>,
    strategy: String,
    options: String,
    modified: bool,
    name: String,
}

impl Row {
    fn read(folder: &std::path::Path, line: &str) -> Self {
        let columns: Vec<&str> = line.split('\t').collect();
        let file = |name: &str| {
            let text = text(&folder.join(name));
            yaml::read(&text, &yaml::Options::default()).unwrap()
        };
        Self {
            config: file(columns[0]),
            live: file(columns[1]),
            answer: (!columns[2].is_empty()).then(|| file(columns[2])),
            strategy: columns[3].to_owned(),
            options: columns[4].to_owned(),
            modified: columns[5] == "true",
            name: format!("{} [{}]", columns[0], columns[4]),
        }
    }

    /// The edits that the index tells in words.
    fn edit(&mut self) {
        if self.options.starts_with("edit config labels") {
            let labels = &mut self.config["metadata"]["labels"];
            labels["foo"] = "bar".into();
            labels["chart"] = "elasticsearch-1.7.1".into();
            labels.as_object_mut().unwrap().remove("release");
        }
        if self.options.starts_with("config data wordpress-password") {
            for key in ["wordpress-password", "smtp-password"] {
                self.config["data"][key] = "++++++++".into();
                self.live["data"][key] = "++++++++++++".into();
            }
        }
    }

    fn run(&self) -> Diff {
        let settings = without_rules()
            .ignore_aggregated_roles(self.options.contains("ignoreAggregatedRoles=true"))
            .show_webhook_changes(self.options.contains("webhook changes included"));
        let (target, live) = (object(&self.config), object(&self.live));
        match self.strategy.as_str() {
            "server-side" => {
                let ignored = self
                    .options
                    .contains("ignore rule removes spec.sessionAffinity");
                let settings = if ignored {
                    settings.ignore(rules(&["/spec/sessionAffinity"], &[], &[]))
                } else {
                    settings
                };
                let answer = object(self.answer.as_ref().unwrap());
                with_answer(&target, &live, &answer, &settings).unwrap()
            }
            "structured merge" => diff(Some(&target), Some(&live), &settings.choice(structured())),
            _ => diff(Some(&target), Some(&live), &settings),
        }
    }
}

#[test]
fn every_pair_of_the_index_is_judged_as_it_says() {
    let Some(folder) = folder() else {
        return;
    };
    let index = text(&folder.join("index.tsv"));
    let (mut passed, mut failed) = (0, Vec::new());
    for line in index.lines().skip(1).filter(|line| !line.is_empty()) {
        let mut row = Row::read(&folder, line);
        row.edit();
        let diff = row.run();
        let facts = facts(&row, &diff);
        if diff.is_modified() == row.modified && facts.is_ok() {
            passed += 1;
        } else {
            failed.push(format!(
                "{} {:?} {facts:?} {:?}",
                row.name, diff.changes, diff.warnings
            ));
        }
    }
    println!("{passed} of {} pairs", passed + failed.len());
    assert!(failed.is_empty(), "{failed:#?}");
}

/// What the index says in words of the documents.
fn facts(row: &Row, diff: &Diff) -> Result<(), String> {
    let live = diff.live.as_ref().ok_or("no live document")?;
    let predicted = diff.predicted.as_ref().ok_or("no predicted document")?;
    let expect = |actual: &Value, expected: Value| {
        if *actual == expected {
            Ok(())
        } else {
            Err(format!("{actual} is not {expected}"))
        }
    };
    let ports = |document: &Value| {
        let list = document["spec"]["ports"].as_array().map_or(0, Vec::len);
        json!(list)
    };
    let applied = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    if row.strategy != "three-way" && diff.is_modified() && !row.strategy.contains("JSON") {
        for side in [live, predicted] {
            if side.pointer(applied).is_some() {
                return Err("what was applied last is still there".into());
            }
        }
    }
    match (row.name.as_str(), row.strategy.as_str()) {
        (name, _) if name.starts_with("smd-service-config-2-ports") => {
            expect(&ports(predicted), json!(2))
        }
        (name, _) if name.starts_with("smd-service-config-ports") => {
            expect(&ports(predicted), json!(5))
        }
        (name, "structured merge") if name.starts_with("smd-service-config.yaml") => {
            expect(
                &predicted["spec"]["internalTrafficPolicy"],
                json!("Cluster"),
            )?;
            expect(&predicted["spec"]["type"], json!("ClusterIP"))
        }
        (name, _) if name.starts_with("smd-deploy2") => {
            for side in [live, predicted] {
                let resources = &side["spec"]["template"]["spec"]["containers"][0]["resources"];
                expect(
                    &resources["requests"],
                    json!({"cpu": "500m", "memory": "512Mi"}),
                )?;
            }
            Ok(())
        }
        (name, "server-side") if name.starts_with("ssd-service-config") => {
            let label = predicted["metadata"]["labels"].get("event").is_some();
            expect(&json!(label), json!(row.options.contains("included")))?;
            let ignored = row.options.contains("ignore rule");
            expect(
                &json!(predicted["spec"].get("sessionAffinity").is_none()),
                json!(ignored),
            )
        }
        (name, _) if name.starts_with("ssd-deploy-nested") => {
            let container = &predicted["spec"]["template"]["spec"]["containers"][0];
            expect(&container["ports"][0]["containerPort"], json!(80))?;
            expect(&container["ports"][1]["containerPort"], json!(443))?;
            expect(&container["env"][0]["name"], json!("ENV_VAR1"))?;
            expect(&container["env"][1]["name"], json!("ENV_VAR2"))
        }
        (name, _) if name.starts_with("ssd-deploy-with-manual") => {
            let ports = &predicted["spec"]["template"]["spec"]["containers"][0]["ports"];
            expect(&ports[0]["containerPort"], json!(80))?;
            expect(&ports[1]["containerPort"], json!(40))?;
            expect(&ports[2], Value::Null)
        }
        (name, _) if name.starts_with("ssd-svc-no-label") => {
            expect(
                &json!(predicted["metadata"]["labels"].get("delete-me").is_none()),
                json!(true),
            )?;
            expect(
                &json!(live["metadata"]["labels"].get("delete-me").is_some()),
                json!(true),
            )
        }
        (name, _) if name.starts_with("ssd-deploy-composite") => {
            let containers = predicted["spec"]["template"]["spec"]["containers"].as_array();
            let nginx = containers.and_then(|all| all.iter().find(|one| one["name"] == "nginx"));
            let ports = &nginx.ok_or("no container nginx")?["ports"];
            let metrics = ports
                .as_array()
                .and_then(|all| all.iter().find(|one| one["containerPort"] == 8080));
            expect(&metrics.ok_or("no port 8080")?["protocol"], json!("TCP"))?;
            expect(&json!(ports.as_array().map(Vec::len)), json!(3))
        }
        (name, _) if name.starts_with("ssd-configmap") => {
            expect(
                &json!(predicted["data"].as_object().map(serde_json::Map::len)),
                json!(2),
            )?;
            expect(
                &json!(live["data"].as_object().map(serde_json::Map::len)),
                json!(3),
            )
        }
        _ => Ok(()),
    }
}
