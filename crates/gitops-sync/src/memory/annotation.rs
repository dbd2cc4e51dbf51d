//! The annotations by which users steer pods.

use std::time::Duration;

use gitops_core::Object;

/// The annotation, on a pod or a pod template, that says how the pod ends up:
/// `fail`, `crashloop`, `imagepull` or `never`; otherwise it runs, or succeeds
/// where it is not to be restarted.
pub const OUTCOME: &str = "testcluster/outcome";

/// The annotation that says how long a pod takes to get there, such as `3s` or `500ms`.
pub const DELAY: &str = "testcluster/delay";

/// How a pod ends up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Run,
    Fail,
    CrashLoop,
    ImagePull,
    Never,
}

/// How the pod ends up; a command with `exit 1` in it fails.
pub(super) fn outcome(pod: &Object) -> Outcome {
    match pod.annotation(OUTCOME) {
        Some("fail") => Outcome::Fail,
        Some("crashloop") => Outcome::CrashLoop,
        Some("imagepull") => Outcome::ImagePull,
        Some("never") => Outcome::Never,
        _ if exits_with_failure(pod) => Outcome::Fail,
        _ => Outcome::Run,
    }
}

/// How long the pod takes to get there, where its annotation says.
pub(super) fn delay(pod: &Object) -> Option<Duration> {
    duration(pod.annotation(DELAY)?)
}

fn exits_with_failure(pod: &Object) -> bool {
    let container = &pod.value()["spec"]["containers"][0];
    let words = ["command", "args"]
        .into_iter()
        .filter_map(|field| container[field].as_array());
    let words: Vec<&str> = words.flatten().filter_map(|word| word.as_str()).collect();
    words.join(" ").contains("exit 1")
}

/// A duration in Go's notation: numbers with units, `1m30s`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let end = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let seconds = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}
