//! A client whose brokers answer with anything: framing, decoders and what is built on them. Nothing panics,
//! nothing spins, every message gets its one report, and everything is released in the end.
//!
//! Not the simulation's usual question, what has to become of a message: who is lied to cannot know. An
//! idempotent or transactional producer may be told that it cannot go on; that is its end, and still nothing
//! is left behind.

use super::plan::{Engine, Plan};
use super::schedules::campaign;
use super::world::{Summary, World};
use fastrand::Rng;

const SCHEDULES: u64 = 60;

fn plan(seed: u64, change: &dyn Fn(Plan) -> Plan) -> Plan {
    let first = seed.wrapping_mul(1000);
    let drawn = (0..).map(|n| Plan::draw(first.wrapping_add(n))).find(|p| p.trouble).unwrap();
    let engine = Engine::ALL[usize::try_from(seed % 3).unwrap()];
    let mut plan = change(drawn).on(engine);
    plan.moods.lie = Rng::with_seed(seed).f64() * 0.6 + 0.01;
    plan
}

fn idempotent(mut plan: Plan) -> Plan {
    plan.settings.idempotence.enabled = true;
    plan.settings.network.max_in_flight = plan.settings.network.max_in_flight.min(5);
    plan.settings.retry.retries = plan.settings.retry.retries.max(1);
    for t in &mut plan.topics {
        t.settings.required_acks = -1;
    }
    plan
}

#[test]
fn lies_to_plain_producers() {
    let run = |seed, trace| -> Summary { World::new(plan(seed, &|p| p), trace).run() };
    campaign("lies_to_plain_producers", SCHEDULES, &run);
}

#[test]
fn lies_to_idempotent_producers() {
    let run = |seed, trace| -> Summary { World::new(plan(seed, &idempotent), trace).run() };
    campaign("lies_to_idempotent_producers", SCHEDULES, &run);
}

#[test]
fn lies_to_transactional_producers() {
    let run =
        |seed, trace| -> Summary { World::new(plan(seed, &Plan::in_transactions), trace).run_transactions() };
    campaign("lies_to_transactional_producers", SCHEDULES / 3, &run);
}
