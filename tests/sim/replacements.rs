//! Brokers that are replaced one after the other, each by one with a new id: messages survive it as they
//! survive other trouble, and in the end the client has forgotten those that are gone.

use super::idempotence;
use super::plan::{Engine, Event, Loss, Plan};
use super::schedules::campaign;
use super::transactions;
use super::world::{Summary, World};
use fastrand::Rng;
use std::time::Duration;

const SCHEDULES: u64 = 200;

pub fn with_replacements(mut plan: Plan, seed: u64) -> Plan {
    let rng = &mut Rng::with_seed(seed ^ 0x4e91_ace0);
    // These name brokers by the ids that they have in the beginning.
    plan.events.retain(|(_, e)| {
        !matches!(
            e,
            Event::Swap { .. } | Event::Coordinator { .. } | Event::StateLost { how: Loss::NewLeader(_), .. }
        )
    });
    let active = plan.calm_after.max(Duration::from_secs(1)) / 2;
    for _ in 0..rng.usize(1..=20) {
        let event = Event::Replace { machine: rng.i32(1..=plan.brokers), reset: rng.bool() };
        plan.events.push((active.mul_f64(rng.f64()), event));
    }
    plan.events.sort_by_key(|(at, _)| *at);
    plan.trouble = true;
    plan.settings.metadata.refresh_interval = Some(Duration::from_secs(2));
    plan
}

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    if seed % 4 == 3 {
        let plan = with_replacements(transactions::plan(seed, engine), seed);
        return World::new(plan, trace).run_transactions();
    }
    // Every other producer is idempotent: then nothing may be in the log twice either.
    let plan =
        if seed.is_multiple_of(2) { idempotence::plan(seed, engine) } else { Plan::draw(seed).on(engine) };
    World::new(with_replacements(plan, seed), trace).run()
}

#[test]
fn replacements_on_legacy() {
    campaign("replacements_on_legacy", SCHEDULES, &|seed, trace| run(seed, Engine::Legacy, trace));
}

#[test]
fn replacements_on_multibatch() {
    campaign("replacements_on_multibatch", SCHEDULES, &|seed, trace| run(seed, Engine::Multibatch, trace));
}

#[test]
fn replacements_on_v2() {
    campaign("replacements_on_v2", SCHEDULES, &|seed, trace| run(seed, Engine::V2, trace));
}
