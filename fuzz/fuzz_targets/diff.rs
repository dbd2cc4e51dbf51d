//! Any two objects can be compared, by every strategy, and no output shows a Secret.
#![no_main]

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::diff::{self, Choice, Settings};
use gitops_core::mask::Masking;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const KINDS: [(&str, &str); 6] = [
    ("apps/v1", "Deployment"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("v1", "Endpoints"),
    ("example.org/v1", "Thing"),
];

/// Three documents in JSON, separated by NUL: what is wanted, what is live and what was
/// applied last. The first byte says of which kind.
fn objects(text: &str) -> Option<(Arc<Object>, Arc<Object>)> {
    let kind = KINDS[usize::from(*text.as_bytes().first()?) % KINDS.len()];
    let mut documents = text.get(1..)?.split('\0');
    let mut read = || -> Option<Value> {
        let mut value: Value = serde_json::from_str(documents.next()?).ok()?;
        let map = value.as_object_mut()?;
        map.insert("apiVersion".into(), kind.0.into());
        map.insert("kind".into(), kind.1.into());
        let metadata = map.entry("metadata").or_insert_with(|| json!({}));
        metadata.as_object_mut()?.insert("name".into(), "a".into());
        Some(value)
    };
    let (target, mut live) = (read()?, read()?);
    if let Some(last) = documents.next()
        && let Some(metadata) = live["metadata"].as_object_mut()
    {
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        let annotations = annotations.as_object_mut()?;
        annotations.insert(gitops_core::patch::LAST_APPLIED.into(), last.into());
    }
    let object = |value| Object::new(value).ok().map(Arc::new);
    Some((object(target)?, object(live)?))
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((target, live)) = objects(text) else { return };
    let mut structured = Choice::default();
    structured.server_side_apply = true;
    for settings in [Settings::default(), Settings::default().choice(structured)] {
        let found = diff::diff(Some(&target), Some(&live), &settings);
        let _ = found.unified(&Masking::default());
        let _ = found.paths(&Masking::default());
        let _ = found.to_json(&Masking::default());
        let _ = diff::normalized(&target, &live, &settings);
        let same = diff::diff(Some(&live), Some(&live), &settings);
        assert!(!same.is_modified(), "{same:?}");
    }
    let _ = diff::with_answer(&target, &live, &target, &Settings::default());
    let _ = gitops_core::patch::three_way(None, target.value(), live.value());
});
