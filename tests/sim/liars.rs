//! A client whose brokers answer with anything: framing, decoders and what is built on them. Nothing panics, nothing
//! spins, every message gets its one report, and everything is released in the end.
//!
//! Not the simulation's usual question, what has to become of a message: who is lied to cannot know.

use super::plan::Plan;
use super::schedules::number;
use super::world::World;
use fastrand::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};

const SCHEDULES: u64 = 60;

fn plan(seed: u64) -> Plan {
    let mut plan = (0..).map(|n| Plan::draw(seed * 1000 + n)).find(|p| p.trouble).unwrap();
    plan.moods.lie = Rng::with_seed(seed).f64() * 0.6 + 0.01;
    plan
}

#[test]
fn every_message_is_reported_whatever_brokers_say() {
    let (first, count) = match number("LIARS_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("LIARS_SCHEDULES").unwrap_or(SCHEDULES)),
    };
    let trace = number("SIM_TRACE").is_some_and(|t| t > 0);
    let (mut bad, mut delivered, mut failed) = (Vec::new(), 0, 0);
    for seed in first..first + count {
        let violations = match catch_unwind(AssertUnwindSafe(|| World::new(plan(seed), trace).run())) {
            Ok(summary) => {
                delivered += summary.delivered;
                failed += summary.failed;
                summary.violations
            }
            Err(_) => vec!["panic, see above".to_owned()],
        };
        if !violations.is_empty() {
            println!("LIARS_SEED={seed}: {violations:#?}");
            bad.push(seed);
        }
    }
    println!("{count} schedules: {delivered} messages delivered, {failed} failed");
    assert!(bad.is_empty(), "{} of {count} failed; replay with LIARS_SEED=n: {bad:?}", bad.len());
}
