//! Which application an object belongs to.
