//! Differences for people and programs, with what Secrets hold hidden.

use gitops_core::SyncStatus;
use gitops_core::compare::{Compared, Comparison};
use gitops_core::diff::Diff;
use gitops_core::mask::Masking;
use serde_json::{Value, json};

use crate::Output;

/// Prints the difference of one object; whether there is one.
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
    diff.is_modified()
}

/// Prints the objects that differ; whether there are any.
pub(crate) fn comparison(comparison: &Comparison, output: Output) -> bool {
    let is_out = |resource: &&Compared| resource.status == Some(SyncStatus::OutOfSync);
    let out: Vec<&Compared> = comparison.resources.iter().filter(is_out).collect();
    for resource in &out {
        for warning in &resource.diff.warnings {
            eprintln!("warning: {}: {warning}", resource.key);
        }
    }
    match output {
        Output::Text => out.iter().for_each(|resource| text(resource)),
        Output::Paths => out.iter().for_each(|resource| paths(resource)),
        Output::Json => println!("{}", out.iter().copied().map(as_json).collect::<Value>()),
    }
    !out.is_empty()
}

fn text(resource: &Compared) {
    if resource.target.is_none() {
        println!("{} is no longer wanted", resource.key);
    } else {
        print!("{}", resource.diff.unified(&Masking::default()));
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
        }
    }
}

fn as_json(resource: &Compared) -> Value {
    let key = &resource.key;
    let mut shown = resource.diff.to_json(&Masking::default());
    shown["modified"] = true.into();
    shown["requiresPruning"] = resource.requires_pruning.into();
    shown["object"] = json!({
        "group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name,
    });
    shown
}
