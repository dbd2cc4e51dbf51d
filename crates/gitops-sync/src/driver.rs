//! Carries out a sync's steps.
