//! Texts that many objects have in common, kept once.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Groups, kinds, versions, namespaces and applications' names.
#[derive(Default)]
pub(super) struct Names(BTreeSet<Arc<str>>);

impl Names {
    /// The text as all have it.
    pub(super) fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(name) = self.0.get(text) {
            return Arc::clone(name);
        }
        let name: Arc<str> = text.into();
        self.0.insert(Arc::clone(&name));
        name
    }

    /// Forgets the texts that nobody has any more.
    pub(super) fn sweep(&mut self) {
        self.0.retain(|name| Arc::strong_count(name) > 1);
    }
}
