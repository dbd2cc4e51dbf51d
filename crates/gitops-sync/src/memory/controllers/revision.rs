//! Which template a pod of a StatefulSet or DaemonSet was made from.

use gitops_core::Object;
use serde_json::{Value, json};

const LABEL: &str = "controller-revision-hash";

/// A name that depends on the template only: ten letters and digits.
pub(super) fn of(template: &Value) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in template.to_string().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let letter = |index: u32| {
        let digit = (hash >> (6 * index)) % LETTERS.len() as u64;
        char::from(LETTERS[usize::try_from(digit).unwrap_or(0)])
    };
    (0..10).map(letter).collect()
}

/// Notes the revision on pods to come.
pub(super) fn mark(template: &mut Value, revision: &str) {
    if !template["metadata"]["labels"].is_object() {
        template["metadata"]["labels"] = json!({});
    }
    template["metadata"]["labels"][LABEL] = revision.into();
}

/// Whether the pod is of this revision.
pub(super) fn is(pod: &Object, revision: &str) -> bool {
    pod.label(LABEL) == Some(revision)
}
