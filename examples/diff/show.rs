//! Differences for people and programs, with what Secrets hold hidden.

use gitops_core::SyncStatus;
use gitops_core::compare::{Compared, Comparison};
use gitops_core::diff::Diff;
use gitops_core::mask::Masking;
use serde_json::{Value, json};

use crate::Output;

/// Prints the difference of one object, and what rules hid of it; whether there is one.
pub(crate) fn diff(diff: &Diff, output: Output) -> bool {
    let masking = Masking::default();
    for warning in &diff.warnings {
        eprintln!("warning: {warning}");
    }
    match output {
        Output::Text => print!("{}", diff.unified(&masking)),
        Output::Paths => print!("{}", diff.paths(&masking)),
        Output::Json => println!("{}", diff.to_json(&masking)),
    }
    if !matches!(output, Output::Json) {
        ignored(diff, comment(output));
    }
    diff.is_modified()
}

/// Prints the objects that differ, and those of which rules hid a difference; whether
/// there are any of the first.
pub(crate) fn comparison(comparison: &Comparison, output: Output) -> bool {
    let resources = comparison.resources.iter();
    let shown: Vec<&Compared> = resources
        .filter(|resource| is_out(resource) || !resource.diff.ignored.is_empty())
        .collect();
    for resource in &shown {
        for warning in &resource.diff.warnings {
            eprintln!("warning: {}: {warning}", resource.key);
        }
    }
    match output {
        Output::Text => shown.iter().for_each(|resource| text(resource)),
        Output::Paths => shown.iter().for_each(|resource| paths(resource)),
        Output::Json => println!("{}", shown.iter().copied().map(as_json).collect::<Value>()),
    }
    shown.into_iter().any(is_out)
}

fn is_out(resource: &Compared) -> bool {
    resource.status == Some(SyncStatus::OutOfSync)
}

fn text(resource: &Compared) {
    if resource.target.is_none() {
        println!("{} is no longer wanted", resource.key);
    } else {
        print!("{}", resource.diff.unified(&Masking::default()));
        let prefix = format!("{}{}: ", comment(Output::Text), resource.key);
        ignored(&resource.diff, &prefix);
    }
}

fn paths(resource: &Compared) {
    let key = &resource.key;
    match (&resource.target, &resource.live) {
        (None, _) => println!("{key}: no longer wanted"),
        (_, None) => println!("{key}: new"),
        _ => {
            println!("{key}:");
            for line in resource.diff.paths(&Masking::default()).lines() {
                println!("  {line}");
            }
            ignored(&resource.diff, "  ");
        }
    }
}

/// Prints what rules hid, a line each.
fn ignored(diff: &Diff, prefix: &str) {
    for one in &diff.ignored {
        println!("{prefix}{one}");
    }
}

/// What programs that read a unified diff pass over.
fn comment(output: Output) -> &'static str {
    match output {
        Output::Text => "# ",
        Output::Paths | Output::Json => "",
    }
}

fn as_json(resource: &Compared) -> Value {
    let key = &resource.key;
    let mut shown = resource.diff.to_json(&Masking::default());
    shown["modified"] = is_out(resource).into();
    shown["requiresPruning"] = resource.requires_pruning.into();
    shown["object"] = json!({
        "group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name,
    });
    shown
}
