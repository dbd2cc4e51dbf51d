//! A running sync as a value: what happened, and what to do next.
