//! What a sync has to do, in which order, and why.
