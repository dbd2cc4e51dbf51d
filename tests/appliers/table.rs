//! The operations and a real server's answers.

mod basic;
mod deletion;
mod immutable;
mod ownership;
mod workloads;

use super::row::Row;

/// Every table by name; each is played in a namespace of its own.
pub(super) fn all() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("client-side", basic::client_side()),
        ("create", basic::create_only()),
        ("replace", basic::replace_whole()),
        ("patch", basic::patches()),
        ("validation", basic::validation()),
        ("custom", basic::custom_resources()),
        ("dry-run", basic::dry_runs()),
        ("ownership", ownership::of_fields()),
        ("lists", ownership::of_list_elements()),
        ("migration", ownership::migration()),
        ("immutable", immutable::refused()),
        ("recreate", immutable::recreated()),
        ("finalizers", deletion::finalizers()),
        ("owners", deletion::owners()),
        ("namespaces", deletion::namespaces()),
        ("generation", workloads::generation()),
        ("deployments", workloads::deployments()),
        ("jobs", workloads::jobs()),
        ("stateful", workloads::stateful_sets()),
    ]
}
