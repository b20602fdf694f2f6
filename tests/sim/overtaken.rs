//! Brokers that break the protocol: answers leave after those to later requests of their connection. Each is
//! known by its correlation id, so everything holds that holds otherwise; one that nothing overtakes never
//! leaves, as if it were lost.

use super::idempotence;
use super::plan::{Engine, Plan};
use super::schedules::campaign;
use super::world::{Summary, World};
use fastrand::Rng;

const SCHEDULES: u64 = 300;

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    // Every other producer is idempotent: then nothing may be in the log twice either.
    let mut plan =
        if seed.is_multiple_of(2) { idempotence::plan(seed, engine) } else { Plan::draw(seed).on(engine) };
    let rng = &mut Rng::with_seed(seed ^ 0x0e54_0000);
    plan.moods.overtaken = rng.f64() * 0.5;
    plan.trouble = true;
    plan.settings.network.max_in_flight = plan.settings.network.max_in_flight.max(2);
    World::new(plan, trace).run()
}

#[test]
fn overtaken_answers_on_legacy() {
    campaign("overtaken_answers_on_legacy", SCHEDULES, &|seed, trace| run(seed, Engine::Legacy, trace));
}

#[test]
fn overtaken_answers_on_multibatch() {
    campaign("overtaken_answers_on_multibatch", SCHEDULES, &|seed, trace| {
        run(seed, Engine::Multibatch, trace)
    });
}

#[test]
fn overtaken_answers_on_v2() {
    campaign("overtaken_answers_on_v2", SCHEDULES, &|seed, trace| run(seed, Engine::V2, trace));
}
