//! Runs the schedules.

use super::plan::Plan;
use super::world::{Summary, World};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many schedules a full run has.
const SCHEDULES: u64 = 2_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|v| v.parse().unwrap_or_else(|_| panic!("{name} is not a number: {v}")))
}

fn run(seed: u64, trace: bool) -> Summary {
    catch_unwind(AssertUnwindSafe(|| World::new(Plan::draw(seed), trace).run())).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_default();
        Summary { violations: vec![format!("panic: {text}")], ..Summary::default() }
    })
}

#[test]
fn schedules() {
    if let Some(seed) = number("SIM_SEED") {
        let summary = run(seed, number("SIM_TRACE").is_some_and(|t| t > 0));
        println!("{summary:#?}");
        assert!(summary.violations.is_empty(), "seed {seed}: {:#?}", summary.violations);
        return;
    }
    let count = number("SIM_SCHEDULES").unwrap_or(SCHEDULES);
    let mut bad = Vec::new();
    let (mut delivered, mut failed, mut cuts) = (0, 0, 0);
    for seed in 0..count {
        let s = run(seed, false);
        (delivered, failed, cuts) = (delivered + s.delivered, failed + s.failed, cuts + s.counters.cuts);
        if !s.violations.is_empty() {
            println!("SIM_SEED={seed}: {} violations, first: {}", s.violations.len(), s.violations[0]);
            bad.push(seed);
        }
    }
    println!("{count} schedules: {delivered} messages delivered, {failed} failed, {cuts} connections cut");
    assert!(bad.is_empty(), "{} of {count} schedules failed; replay with SIM_SEED=n: {bad:?}", bad.len());
}

#[test]
fn a_schedule_is_a_function_of_its_seed() {
    for seed in 0..10 {
        assert_eq!(run(seed, false), run(seed, false), "seed {seed}");
    }
}
