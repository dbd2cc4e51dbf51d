//! What the functions of one render share, and where they get what is not in the chart.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::Digest as _;

use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{Map, Value, WeakMap};

/// Where a render gets what is random, the time, and objects of the cluster.
///
/// By default randomness and time are real, and no object is found.
///
/// ```
/// use gitops_render::helm::{SeededRandom, Sources};
///
/// // Every render gives the same passwords and the same date.
/// let sources = Sources::default()
///     .random(SeededRandom::new(7))
///     .clock(|| jiff::Timestamp::UNIX_EPOCH);
/// ```
#[derive(Clone)]
pub struct Sources {
    pub(super) random: Arc<dyn Random>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) zone: TimeZone,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            random: Arc::new(SystemRandom),
            clock: Arc::new(Timestamp::now),
            lookup: Arc::new(NoLookup),
            zone: TimeZone::UTC,
        }
    }
}

impl Sources {
    /// Sets where random bytes come from.
    #[must_use]
    pub fn random(mut self, random: impl Random + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Sets what tells the time.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets who answers `lookup`.
    #[must_use]
    pub fn lookup(mut self, lookup: impl Lookup + 'static) -> Self {
        self.lookup = Arc::new(lookup);
        self
    }

    /// Sets the zone that charts take for local; UTC unless set.
    #[must_use]
    pub fn zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }
}

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills the slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's random bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        rsa::rand_core::RngCore::fill_bytes(&mut rsa::rand_core::OsRng, bytes);
    }
}

/// Bytes that follow from a seed, the same in every run: for tests and for renders
/// that must not change by themselves. What is made of them is no secret.
#[derive(Debug)]
pub struct SeededRandom {
    seed: u64,
    blocks: AtomicU64,
}

impl SeededRandom {
    /// The bytes that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            blocks: AtomicU64::new(0),
        }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.blocks.fetch_add(1, Ordering::Relaxed);
            let input = [self.seed.to_be_bytes(), block.to_be_bytes()].concat();
            chunk.copy_from_slice(&sha2::Sha256::digest(&input)[..chunk.len()]);
        }
    }
}

/// Tells the time; any closure does.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

/// Answers a chart's `lookup` of objects in the cluster.
pub trait Lookup: Send + Sync {
    /// The object, or with an empty name the list of them; `None` where there is none.
    ///
    /// # Errors
    ///
    /// A message for the chart's user.
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<serde_json::Value>, String>;
}

/// Finds nothing, as `helm template` does.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLookup;

impl Lookup for NoLookup {
    fn lookup(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: &str,
    ) -> Result<Option<serde_json::Value>, String> {
        Ok(None)
    }
}

/// The state of one render.
pub(super) struct Host {
    pub(super) sources: Sources,
    /// The templates that are being included, each by the one before it.
    included: RefCell<Vec<Arc<str>>>,
    /// Maps that were given a map or list after they were made: only these can hold
    /// themselves.
    changed: RefCell<Vec<WeakMap>>,
    /// Random numbers that nobody has had: asking the system for one takes long.
    numbers: RefCell<Vec<u64>>,
}

impl Host {
    pub(super) fn new(sources: Sources) -> Self {
        Self {
            sources,
            included: RefCell::default(),
            changed: RefCell::default(),
            numbers: RefCell::default(),
        }
    }

    pub(super) fn of<'a>(call: &Call<'a>) -> Result<&'a Self, Error> {
        let host = call.host::<Self>();
        host.ok_or_else(|| Error::new("the functions of charts work only within a chart's render"))
    }

    /// Notes that `map` is given `value`, so that a circle can be undone.
    pub(super) fn changed(&self, map: &Map, value: &Value) {
        if matches!(value, Value::Map(_) | Value::List(_)) {
            self.changed.borrow_mut().push(map.downgrade());
        }
    }

    /// Begins an inclusion; `false` where the template has included itself more often
    /// than `limit`.
    pub(super) fn enter(&self, name: &Arc<str>, limit: usize) -> bool {
        let mut included = self.included.borrow_mut();
        let before = included.iter().filter(|outer| *outer == name);
        let within = included.len() <= limit || before.count() <= limit;
        included.push(Arc::clone(name));
        within
    }

    /// Ends the inclusion that began last.
    pub(super) fn leave(&self) {
        self.included.borrow_mut().pop();
    }

    /// Whether a template is being included.
    pub(super) fn is_within(&self, name: &str) -> bool {
        self.included.borrow().iter().any(|outer| **outer == *name)
    }

    pub(super) fn random_bytes(&self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.sources.random.fill(&mut bytes);
        bytes
    }

    /// A number below `bound`, each as likely as the others.
    pub(super) fn random_below(&self, bound: u64) -> u64 {
        let usable = u64::MAX - u64::MAX % bound.max(1);
        loop {
            let number = self.random_number();
            if number < usable {
                return number % bound.max(1);
            }
        }
    }

    fn random_number(&self) -> u64 {
        const AT_ONCE: usize = 32;
        let mut numbers = self.numbers.borrow_mut();
        if numbers.is_empty() {
            let mut bytes = [[0; 8]; AT_ONCE];
            self.sources.random.fill(bytes.as_flattened_mut());
            numbers.extend(bytes.into_iter().map(u64::from_be_bytes));
        }
        numbers.pop().unwrap_or_default()
    }
}

/// Circles of maps would never be freed, so they are cut open.
impl Drop for Host {
    fn drop(&mut self) {
        for map in self.changed.take().iter().filter_map(WeakMap::upgrade) {
            map.clear();
        }
    }
}
