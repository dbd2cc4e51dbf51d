//! One operation for all who ask for it at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::error::Error;

type Cell<V> = Arc<OnceCell<Result<V, Error>>>;

/// Operations under way, by what they are about.
pub(super) struct Flights<K, V>(Mutex<HashMap<K, Cell<V>>>);

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Flights<K, V> {
    /// The result of the operation `key` that is under way, or else of `start`.
    ///
    /// When the caller that started it goes away, the next one starts again.
    pub(super) async fn run<F>(&self, key: K, start: impl FnOnce() -> F) -> Result<V, Error>
    where
        F: Future<Output = Result<V, Error>>,
    {
        let cell = Arc::clone(self.lock().entry(key.clone()).or_default());
        let result = cell.get_or_init(start).await.clone();
        let mut flights = self.lock();
        if flights
            .get(&key)
            .is_some_and(|current| Arc::ptr_eq(current, &cell))
        {
            flights.remove(&key);
        }
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, Cell<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
