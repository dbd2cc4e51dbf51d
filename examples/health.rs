//! Judges the objects in files: `health FILE… [--lua SCRIPT|DIR] [--customizations FILE]`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Parser, ValueEnum};
use gitops_core::{Object, yaml};
use gitops_health::lua::{Libraries, Runtime};
use gitops_health::{Chain, Customizations, Judgement, Outcome, Overrides};
use serde_json::{Value, json};

/// Judges Kubernetes objects as Argo CD does.
#[derive(Parser)]
struct Arguments {
    /// YAML or JSON files; only the first document of a file counts.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A health script for every object, or a folder of them laid out as
    /// GROUP/KIND/health.lua, where `_` stands for anything.
    #[arg(long)]
    lua: Option<PathBuf>,
    /// An argocd-cm ConfigMap, or its data alone.
    #[arg(long)]
    customizations: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Text,
    Json,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let chain = chain(&arguments)?;
    for file in &arguments.files {
        let line = match object(file) {
            Ok(object) => judged(file, &object, &chain.judge(&object)),
            Err(error) => json!({"file": file, "status": null, "error": format!("{error:#}")}),
        };
        match arguments.output {
            Output::Json => println!("{line}"),
            Output::Text => println!("{}", text(&line)),
        }
    }
    Ok(())
}

/// What the user gave comes first, then the checks that are always there.
fn chain(arguments: &Arguments) -> Result<Chain> {
    let runtime = Runtime::default();
    let mut chain = Chain::new();
    if let Some(path) = &arguments.customizations {
        let customizations = Customizations::parse(data(path)?)?;
        let overrides = Overrides::compile(&customizations, &runtime);
        for problem in overrides.problems() {
            eprintln!("{}: {}: {}", path.display(), problem.key, problem.message);
        }
        chain = chain.overrides(overrides);
    }
    match &arguments.lua {
        Some(path) if path.is_dir() => chain = chain.overrides(folder(path, &runtime)?),
        Some(path) => {
            let source = fs::read_to_string(path).with_context(|| path.display().to_string())?;
            let script = runtime.compile(&source, Libraries::Open)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            chain = chain.script(&format!("lua {name}"), script);
        }
        None => {}
    }
    Ok(chain.bundled().builtin())
}

/// The data of a ConfigMap, which may also stand alone.
fn data(path: &Path) -> Result<BTreeMap<String, String>> {
    let mut value = read(path)?;
    if value["kind"] == "ConfigMap" {
        value = value["data"].take();
    }
    serde_json::from_value(value).with_context(|| format!("{}: not a map of texts", path.display()))
}

fn folder(root: &Path, runtime: &Runtime) -> Result<Overrides> {
    let mut overrides = Overrides::default();
    for group in names(root)? {
        for kind in names(&root.join(&group))? {
            let script = root.join(&group).join(&kind).join("health.lua");
            if let Ok(source) = fs::read_to_string(&script) {
                overrides = overrides.folder(&group, &kind, &source, runtime);
            }
        }
    }
    Ok(overrides)
}

/// The folders in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn object(path: &Path) -> Result<Object> {
    let mut value = read(path)?;
    let metadata = &mut value["metadata"];
    if metadata["name"].is_null() && metadata["generateName"].is_null() {
        // Its health can be told all the same.
        metadata["generateName"] = json!("unnamed-");
    }
    Ok(Object::new(value)?)
}

fn read(path: &Path) -> Result<Value> {
    let bytes = fs::read(path)?;
    // Of equal keys the last counts, as in the reference.
    let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
    let value = yaml::read(&yaml::decode(&bytes)?, &options)?;
    if !value.is_object() {
        bail!("not a map");
    }
    Ok(value)
}

fn judged(file: &Path, object: &Object, judgement: &Judgement) -> Value {
    let mut line = json!({
        "file": file,
        "group": object.group(),
        "version": object.version(),
        "kind": object.kind(),
        "namespace": object.namespace().unwrap_or_default(),
        "name": object.name(),
        "status": null,
        "message": "",
        "check": judgement.check,
    });
    match &judgement.outcome {
        Outcome::Judged(health) => {
            line["status"] = json!(health.status);
            line["message"] = json!(health.message);
        }
        Outcome::NoStatus => line["status"] = json!(""),
        Outcome::NoCheck => {}
    }
    if let Some(error) = &judgement.error {
        line["error"] = json!(format!("{error}: {}", error.source));
    }
    line
}

fn text(line: &Value) -> String {
    let field = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    if line["kind"].is_null() {
        return format!("{}: {}", field("file"), field("error"));
    }
    let status = match line["status"].as_str() {
        Some("") => "no status".to_owned(),
        Some(status) => status.to_owned(),
        None => "no check".to_owned(),
    };
    let name = format!("{} {}", field("kind"), field("name"));
    let message = match field("message") {
        message if message.is_empty() => message,
        message => format!(": {}", message.trim_end()),
    };
    format!("{name}: {status}{message} ({})", field("check"))
}
