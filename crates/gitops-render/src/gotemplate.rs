//! Go's `text/template`.
