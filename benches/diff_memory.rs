//! Memory that comparing Deployments of 3 KB takes that need no change, with two pointer
//! rules and one jq rule each: what is allocated in all, whether or not it is freed.
//!
//! Ends with an error when an object costs more than twice its size.

#[path = "diff/deployment.rs"]
mod deployment;

use std::alloc::System;
use std::hint::black_box;
use std::process::ExitCode;

use gitops_core::diff;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use deployment::{Pair, deployment, settings};

/// Counts on all threads, because rules may run on one of their own.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What an object may cost, in its own size.
const LIMIT: usize = 2;

fn main() -> ExitCode {
    let distinct: Vec<Pair> = (0..10_000).map(deployment).collect();
    let size = distinct[0].1.value().to_string().len();
    println!("a live object has {size} bytes");
    let mut is_within = true;
    for count in [10, 1_000, 10_000, 100_000] {
        let pairs: Vec<&Pair> = distinct.iter().cycle().take(count).collect();
        let (bytes, allocations) = cost(&pairs);
        println!("{count} objects: {bytes} bytes and {allocations} allocations each");
        is_within &= bytes <= LIMIT * size;
    }
    if is_within {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: an object costs more than {LIMIT} times its size");
    ExitCode::FAILURE
}

/// The bytes and allocations of one comparison, with its share of what the first one
/// sets up.
fn cost(pairs: &[&Pair]) -> (usize, usize) {
    let settings = settings();
    let region = Region::new(ALLOCATOR);
    for (target, live) in pairs {
        let diff = diff::diff(Some(target), Some(live), &settings);
        assert!(!black_box(diff).is_modified(), "the object is in sync");
    }
    let change = region.change();
    let allocations = change.allocations + change.reallocations;
    (
        change.bytes_allocated.div_ceil(pairs.len()),
        allocations.div_ceil(pairs.len()),
    )
}
