//! A cluster in memory, for previews and tests.
