//! Renders kept for revisions in which nothing they read has changed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use gitops_core::Tree;
use gitops_core::render::Rendered;
use gitops_core::tree::Reads;

/// Objects kept at one time in all renders together; the renders not used for
/// longest go first.
const MAX_OBJECTS: usize = 100_000;

/// Renders by what they were made with, the last used first.
#[derive(Default)]
pub(super) struct Renders(Mutex<VecDeque<(String, Arc<Render>)>>);

/// One render with the reads it rests on: of its own tree, and of the trees it
/// was lent by their `ref` name.
pub(super) struct Render {
    pub(super) tool: &'static str,
    pub(super) rendered: Rendered,
    pub(super) reads: Reads,
    pub(super) refs: BTreeMap<String, Reads>,
}

impl Render {
    fn holds_in(&self, tree: &dyn Tree, refs: &BTreeMap<String, Arc<dyn Tree>>) -> bool {
        let lent_hold = self.refs.iter().all(|(name, reads)| {
            refs.get(name)
                .is_some_and(|tree| reads.hold_in(tree.as_ref()))
        });
        lent_hold && self.reads.hold_in(tree)
    }
}

impl Renders {
    /// The render made with `settings`, if these trees would give the same.
    pub(super) fn get(
        &self,
        settings: &str,
        tree: &dyn Tree,
        refs: &BTreeMap<String, Arc<dyn Tree>>,
    ) -> Option<Arc<Render>> {
        let known = self.last_used(settings)?;
        known.holds_in(tree, refs).then_some(known)
    }

    fn last_used(&self, settings: &str) -> Option<Arc<Render>> {
        let mut kept = self.lock();
        let place = kept.iter().position(|(known, _)| known == settings)?;
        let entry = kept.remove(place)?;
        let render = Arc::clone(&entry.1);
        kept.push_front(entry);
        Some(render)
    }

    /// Keeps a render made with `settings`, in place of an earlier one.
    pub(super) fn keep(&self, settings: String, render: Arc<Render>) {
        let mut kept = self.lock();
        kept.retain(|(known, _)| *known != settings);
        kept.push_front((settings, render));
        let mut objects = 0;
        kept.retain(|(_, render)| {
            objects += render.rendered.objects.len().max(1);
            objects <= MAX_OBJECTS
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(String, Arc<Render>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
