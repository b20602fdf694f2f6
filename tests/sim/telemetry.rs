//! Producers that push metrics beside their messages, to a cluster that asks for all there are, and that in
//! a part of the schedules never answers to that.

use super::plan::{Engine, Plan};
use super::schedules::campaign;
use super::world::{Summary, World};

const SCHEDULES: u64 = 500;

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    let mut plan = Plan::draw(seed).on(engine);
    plan.settings.telemetry.push = true;
    World::new(plan, trace).run()
}

#[test]
fn telemetry_on_legacy() {
    campaign("telemetry_on_legacy", SCHEDULES, &|seed, trace| run(seed, Engine::Legacy, trace));
}

#[test]
fn telemetry_on_v2() {
    campaign("telemetry_on_v2", SCHEDULES, &|seed, trace| run(seed, Engine::V2, trace));
}

#[test]
fn metrics_are_pushed_where_answers_come() {
    for engine in [Engine::Legacy, Engine::V2] {
        let pushes: usize = (0..10).map(|seed| run(seed, engine, false).pushes).sum();
        assert!(pushes > 20, "{pushes} on {engine:?}");
    }
}
