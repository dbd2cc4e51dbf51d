//! From an Application to a synced cluster.
