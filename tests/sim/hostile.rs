//! A client whose brokers treat the answers to one kind of request with everything from a table, one after
//! the other: each number at its extremes, lists doubled and turned round, answers cut, doubled, left out.
//! The same table as the C suite's hostile broker.
//!
//! Nothing panics, nothing spins, every message gets its one report. Random damage is the subject of
//! `liars.rs`.

use super::attack::Attack;
use super::idempotence;
use super::plan::{Engine, Plan};
use super::schedules::number;
use super::world::World;
use rdkafka::protocol::ApiKey;
use std::sync::{Arc, Mutex};

/// Schedules in a row that may pass without any treatment: some end before they ask.
const FRUITLESS: u32 = 20;

/// Runs one schedule after the other until everything has been tried.
fn survives(api: ApiKey, plan: fn(u64, Engine) -> Plan) {
    for engine in Engine::ALL {
        let attack = Arc::new(Mutex::new(Attack::on(api)));
        let mut fruitless = 0;
        for seed in number("SIM_FIRST").unwrap_or(0).. {
            let mut plan = plan(seed, engine);
            if plan.trouble {
                continue;
            }
            // Nothing else goes wrong, but this is trouble enough.
            plan.trouble = true;
            plan.attack = Some(attack.clone());
            let before = attack.lock().unwrap().tried();
            let summary = World::new(plan, false).run();
            let tried = attack.lock().unwrap().tried();
            let which = format!("{api} on {engine:?}, seed {seed}, treatments {before} to {tried}");
            assert!(summary.violations.is_empty(), "{which}: {:#?}", summary.violations);
            if attack.lock().unwrap().is_over() {
                println!("{which}: all tried");
                break;
            }
            fruitless = if tried > before { 0 } else { fruitless + 1 };
            assert!(fruitless < FRUITLESS, "{which}: nothing was tried in {fruitless} schedules");
        }
    }
}

fn plain(seed: u64, engine: Engine) -> Plan {
    Plan::draw(seed).on(engine)
}

#[test]
fn hostile_answers_to_produce() {
    survives(ApiKey::Produce, plain);
}

#[test]
fn hostile_answers_to_produce_of_idempotent_producers() {
    survives(ApiKey::Produce, idempotence::plan);
}

#[test]
fn hostile_answers_to_metadata() {
    survives(ApiKey::Metadata, plain);
}

#[test]
fn hostile_answers_to_api_versions() {
    survives(ApiKey::ApiVersions, plain);
}

#[test]
fn hostile_answers_to_init_producer_id() {
    survives(ApiKey::InitProducerId, idempotence::plan);
}
