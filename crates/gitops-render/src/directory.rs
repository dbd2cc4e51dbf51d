//! A local folder as a source.
