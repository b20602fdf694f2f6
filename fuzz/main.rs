//! Mutated bytes against everything that reads from the network: the mock cluster's requests, and the
//! responses that the client decodes. Self-contained and deterministic: a case is a function of its seed.
//!
//!     make fuzz                                    a million executions of each target
//!     FUZZ_SEED=17 cargo test --test fuzz NAME     one case again
//!
//! Nothing may panic, and memory has to stay in proportion to what was received: an allocator counts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // All of this is a test.

mod codecs;
mod control_responses;
mod memory;
mod mutate;
mod receiving;
mod records;
mod requests;
mod responses;
mod sasl;
mod token_endpoint;

use std::panic::{AssertUnwindSafe, catch_unwind};

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

/// Executions of each target when nobody asks for more.
const SHORT: u64 = 60_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|v| v.parse().unwrap_or_else(|_| panic!("{name} is not a number: {v}")))
}

/// Runs cases of `per_case` executions each until there are enough; a case that fails names its seed.
pub fn run(target: &str, per_case: u64, case: impl Fn(u64)) {
    if let Some(seed) = number("FUZZ_SEED") {
        return case(seed);
    }
    let executions = number("FUZZ_EXECUTIONS").unwrap_or(SHORT);
    let first = number("FUZZ_FIRST").unwrap_or(0);
    let cases = executions.div_ceil(per_case);
    for seed in first..first + cases {
        if catch_unwind(AssertUnwindSafe(|| case(seed))).is_err() {
            panic!("{target}: FUZZ_SEED={seed} replays it");
        }
    }
    println!("{target}: {} executions, seeds {first} to {}", cases * per_case, first + cases - 1);
}
