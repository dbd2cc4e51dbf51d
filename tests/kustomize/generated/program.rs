//! The `kustomize` program, to compare with.

use std::process::Command;

use super::overlay::Overlay;

/// What the program says to an overlay.
pub enum Answer {
    Stream(String),
    Error(String),
    /// It stopped with a stack trace, which is no behaviour to follow.
    Crash,
}

/// Builds an overlay with the program.
pub fn answer(program: &str, overlay: &Overlay) -> Answer {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, content) in &overlay.files {
        let path = folder.path().join(path);
        let parent = path.parent().expect("files lie in folders");
        std::fs::create_dir_all(parent).expect("folders can be made");
        std::fs::write(path, content).expect("files can be written");
    }
    let output = Command::new(program)
        .args(["build", overlay.folder])
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if output.status.success() {
        // The label that names the program's version; ours is that of the reference.
        return Answer::Stream(text(output.stdout).replace("kustomize-v5.7.1", "kustomize-v5.5.0"));
    }
    let error = text(output.stderr);
    if error.contains("goroutine 1 [running]") {
        return Answer::Crash;
    }
    let lines: Vec<&str> = error
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    Answer::Error(lines.join("\n"))
}
