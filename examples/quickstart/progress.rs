//! What a sync does, shown as it happens: a live line on a terminal, plain
//! lines otherwise.

use std::fmt::Display;
use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Result;
use futures::StreamExt;
use gitops_sync::engine::{Report, Run};
use indicatif::{ProgressBar, ProgressStyle};

/// Begins a part of the story.
pub fn chapter(title: &str) {
    println!("\n── {title} ──\n");
}

/// Says something between two syncs.
pub fn note(text: &str) {
    println!("   › {text}");
}

/// Prints a text of several lines, such as a plan.
pub fn show(text: impl Display) {
    for line in text.to_string().lines() {
        println!("   {line}");
    }
    println!();
}

/// Shows a sync until it ends.
pub async fn follow(mut run: Run<'_>) -> Result<Report> {
    let bar = if std::io::stdout().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(ProgressStyle::with_template("   {spinner} {msg}")?);
    bar.enable_steady_tick(Duration::from_millis(100));
    while let Some(event) = run.next().await {
        let line = event.to_string();
        if event.is_waiting() && !bar.is_hidden() {
            bar.set_message(line);
            continue;
        }
        bar.suspend(|| println!("   {line}"));
    }
    bar.finish_and_clear();
    Ok(run.report().await?)
}
