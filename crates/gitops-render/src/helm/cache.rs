//! Charts that are kept for renders to come.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gitops_core::tree::{Reads, Recorded};
use gitops_core::{Tree, TreePath};

use super::Error;
use super::chart::{Chart, File};

/// Bytes that charts may have together unless set otherwise.
const DEFAULT_SIZE: usize = 128 << 20;

/// Bytes that a file costs besides its content: its path, and what is parsed of it.
const FILE_COST: usize = 1 << 10;

/// How many states of one chart are kept: several revisions may be in use at once.
const MAX_STATES: usize = 4;

/// Charts that were loaded, with what was parsed of their templates.
///
/// A chart is taken from here as long as every file of it has the same content id,
/// so that it is neither read nor parsed again. Clones share what they hold; what
/// was not used for the longest time goes when the bound on bytes is reached.
///
/// ```
/// use std::sync::Arc;
/// use gitops_core::TreePath;
/// use gitops_render::{helm::ChartCache, memory::MemoryTree};
///
/// let monday = MemoryTree::new()
///     .with_file("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0")?;
/// let tuesday = monday.clone();
/// let cache = ChartCache::default();
/// let repository = "https://example.org/charts.git";
/// let first = cache.load(repository, &monday, &TreePath::root())?;
/// assert!(Arc::ptr_eq(&first, &cache.load(repository, &tuesday, &TreePath::root())?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ChartCache(Arc<Shared>);

struct Shared {
    max_size: usize,
    /// Counts uses, so that the oldest one is known.
    clock: AtomicU64,
    kept: Mutex<Kept>,
}

/// Charts by source and path.
#[derive(Default)]
struct Kept {
    charts: HashMap<Key, Vec<Arc<State>>>,
    size: usize,
}

type Key = (Arc<str>, TreePath);

/// A chart as it was at some revision.
struct State {
    chart: Arc<Chart>,
    /// What it was made of.
    reads: Reads,
    size: usize,
    used: AtomicU64,
}

impl Default for ChartCache {
    fn default() -> Self {
        Self::new(DEFAULT_SIZE)
    }
}

/// Prints how much is kept.
impl fmt::Debug for ChartCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("ChartCache")
            .field("charts", &kept.charts.len())
            .field("size", &kept.size)
            .finish_non_exhaustive()
    }
}

impl ChartCache {
    /// An empty cache for charts of at most `max_size` bytes together; with 0 it
    /// keeps none.
    pub fn new(max_size: usize) -> Self {
        Self(Arc::new(Shared {
            max_size,
            clock: AtomicU64::new(0),
            kept: Mutex::default(),
        }))
    }

    /// The chart in the folder, or the archive, at `path`.
    ///
    /// `source` is the repository's URL: content ids have a meaning only there.
    ///
    /// # Errors
    ///
    /// As [`Chart::load`].
    pub fn load(
        &self,
        source: &str,
        tree: &dyn Tree,
        path: &TreePath,
    ) -> Result<Arc<Chart>, Error> {
        let key = (Arc::from(source), path.clone());
        if let Some(chart) = self.find(&key, tree) {
            return Ok(chart);
        }
        let recorded = Recorded::new(tree);
        let chart = Arc::new(Chart::load(&recorded, path)?);
        self.keep(key, Arc::clone(&chart), recorded.reads());
        Ok(chart)
    }

    fn find(&self, key: &Key, tree: &dyn Tree) -> Option<Arc<Chart>> {
        // A tree may take its time, so nothing is locked meanwhile.
        let states = self.kept().charts.get(key).cloned()?;
        let state = states.iter().find(|state| state.reads.hold_in(tree))?;
        state.used.store(self.tick(), Ordering::Relaxed);
        Some(Arc::clone(&state.chart))
    }

    fn keep(&self, key: Key, chart: Arc<Chart>, reads: Reads) {
        let size = size(&chart);
        if size > self.0.max_size {
            return;
        }
        let state = Arc::new(State {
            chart,
            reads,
            size,
            used: AtomicU64::new(self.tick()),
        });
        let mut kept = self.kept();
        while kept.size + size > self.0.max_size {
            kept.drop_oldest();
        }
        kept.size += size;
        let states = kept.charts.entry(key).or_default();
        states.push(state);
        if states.len() > MAX_STATES {
            let gone = states.remove(oldest(states)).size;
            kept.size -= gone;
        }
    }

    fn tick(&self) -> u64 {
        self.0.clock.fetch_add(1, Ordering::Relaxed)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn drop_oldest(&mut self) {
        let used = |states: &Vec<Arc<State>>| states.iter().map(|state| state.used()).min();
        let key = self
            .charts
            .iter()
            .min_by_key(|(_, states)| used(states))
            .map(|(key, _)| key.clone());
        let Some(key) = key else {
            self.size = 0;
            return;
        };
        let Some(states) = self.charts.get_mut(&key) else {
            return;
        };
        if !states.is_empty() {
            self.size -= states.remove(oldest(states)).size;
        }
        if states.is_empty() {
            self.charts.remove(&key);
        }
    }
}

impl State {
    fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

/// Which of the states was not used for the longest time.
fn oldest(states: &[Arc<State>]) -> usize {
    let used = states.iter().enumerate();
    used.min_by_key(|(_, state)| state.used())
        .map_or(0, |(index, _)| index)
}

/// What a chart takes, near enough.
fn size(chart: &Chart) -> usize {
    let file = |file: &File| file.bytes().len() + FILE_COST;
    let own = chart.templates.iter().chain(&chart.files).map(file);
    let subcharts = chart.subcharts.iter().map(|chart| size(chart));
    FILE_COST + own.chain(subcharts).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryTree;

    fn tree(version: &str) -> MemoryTree {
        MemoryTree::new()
            .with_file(
                "web/Chart.yaml",
                format!("apiVersion: v2\nname: web\nversion: {version}\n"),
            )
            .and_then(|tree| tree.with_file("shared/a.yaml", "kind: Service"))
            .and_then(|tree| tree.with_link("web/templates", "../shared"))
            .unwrap()
    }

    fn load(cache: &ChartCache, source: &str, tree: &MemoryTree) -> Arc<Chart> {
        let path = TreePath::new("web").unwrap();
        cache.load(source, tree, &path).unwrap()
    }

    #[test]
    fn a_chart_is_read_again_when_a_file_changed_even_behind_a_link() {
        let cache = ChartCache::default();
        let first = load(&cache, "a", &tree("1.0.0"));
        assert!(Arc::ptr_eq(&first, &load(&cache, "a", &tree("1.0.0"))));
        assert!(!Arc::ptr_eq(&first, &load(&cache, "b", &tree("1.0.0"))));
        let changed = tree("1.0.0").with_file("shared/a.yaml", "kind: Pod");
        let second = load(&cache, "a", &changed.unwrap());
        assert_eq!(second.templates[0].bytes(), b"kind: Pod");
        let more = tree("1.0.0").with_file("shared/b.yaml", "kind: Pod");
        assert_eq!(load(&cache, "a", &more.unwrap()).templates.len(), 2);
        // The states before are still there.
        assert!(Arc::ptr_eq(&first, &load(&cache, "a", &tree("1.0.0"))));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let size = size(&load(&ChartCache::new(0), "a", &tree("1.0.0")));
        let cache = ChartCache::new(3 * size);
        for minor in 0..20 {
            load(&cache, "a", &tree(&format!("1.{minor}.0")));
            load(&cache, &minor.to_string(), &tree("1.0.0"));
            assert!(cache.kept().size <= 3 * size, "{cache:?}");
        }
        let first = load(&cache, "19", &tree("1.0.0"));
        assert!(Arc::ptr_eq(&first, &load(&cache, "19", &tree("1.0.0"))));
        let none = ChartCache::new(0);
        let first = load(&none, "a", &tree("1.0.0"));
        assert!(!Arc::ptr_eq(&first, &load(&none, "a", &tree("1.0.0"))));
    }
}
