//! Vectors made with the Go libraries, laws, and hostile input.

mod hostile;
mod properties;
mod rules;
mod subset;
mod vectors;
