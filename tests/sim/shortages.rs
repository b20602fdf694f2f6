//! Times in which no broker can be started: the process has no thread or no descriptor left. They pass, and
//! nothing is lost.

use super::idempotence;
use super::plan::{Engine, Event, Plan};
use super::schedules::campaign;
use super::transactions;
use super::world::{Summary, World};
use fastrand::Rng;
use std::time::Duration;

const SCHEDULES: u64 = 200;

/// Most begin within the first second, in which a client starts its brokers.
pub fn with_shortages(mut plan: Plan, seed: u64) -> Plan {
    let rng = &mut Rng::with_seed(seed ^ 0x5407_7a6e);
    let mut at = Duration::from_millis(rng.u64(0..3) * rng.u64(0..400));
    for _ in 0..rng.usize(1..=3) {
        plan.events.push((at, Event::Shortage(true)));
        at += Duration::from_millis(rng.u64(1..3_000));
        plan.events.push((at, Event::Shortage(false)));
        at += Duration::from_millis(rng.u64(1..1_000));
    }
    plan.events.sort_by_key(|(at, _)| *at);
    plan.trouble = true;
    plan
}

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    if seed % 4 == 3 {
        let plan = with_shortages(transactions::plan(seed, engine), seed);
        return World::new(plan, trace).run_transactions();
    }
    // Every other producer is idempotent: then nothing may be in the log twice either.
    let plan =
        if seed.is_multiple_of(2) { idempotence::plan(seed, engine) } else { Plan::draw(seed).on(engine) };
    World::new(with_shortages(plan, seed), trace).run()
}

#[test]
fn shortages_on_legacy() {
    campaign("shortages_on_legacy", SCHEDULES, &|seed, trace| run(seed, Engine::Legacy, trace));
}

#[test]
fn shortages_on_multibatch() {
    campaign("shortages_on_multibatch", SCHEDULES, &|seed, trace| run(seed, Engine::Multibatch, trace));
}

#[test]
fn shortages_on_v2() {
    campaign("shortages_on_v2", SCHEDULES, &|seed, trace| run(seed, Engine::V2, trace));
}

/// Nothing can be started for 20 s. Somebody asks the whole time, but the host is tried once a second.
#[test]
fn the_application_is_told_once_a_second() {
    for engine in Engine::ALL {
        let mut plan =
            (0..).map(Plan::draw).find(|p| !p.trouble && p.settings.retry.retries > 0).unwrap().on(engine);
        plan.events =
            vec![(Duration::ZERO, Event::Shortage(true)), (Duration::from_secs(20), Event::Shortage(false))];
        plan.trouble = true;
        plan.calm_after = Duration::from_secs(25);
        let summary = World::new(plan, false).run();
        assert_eq!(summary.violations, [""; 0]);
        assert_eq!(summary.tally.refused_starts, 20, "{engine:?}");
        assert_eq!(summary.failed, 0, "{engine:?}");
    }
}
