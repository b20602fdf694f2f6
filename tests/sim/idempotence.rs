//! Idempotent producers: whatever goes wrong, nothing is in the log twice, every partition keeps its order,
//! what is reported delivered is there, and no fault is fatal.

use super::brokers::{INIT_PRODUCER_ID, PRODUCE};
use super::plan::{Engine, Event, Plan, UNLIMITED};
use super::schedules::campaign;
use super::world::{Summary, World};
use fastrand::Rng;
use rdkafka::base::error::ErrorCode;
use std::time::Duration;

const SCHEDULES: u64 = 1_000;

/// What brokers say to idempotent producers alone.
const PRODUCER_ERRORS: &[ErrorCode] = &[
    ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
    ErrorCode::UNKNOWN_PRODUCER_ID,
    ErrorCode::INVALID_PRODUCER_EPOCH,
    ErrorCode::PRODUCER_FENCED,
    ErrorCode::INVALID_PRODUCER_ID_MAPPING,
];

const PID_ERRORS: &[ErrorCode] = &[
    ErrorCode::_TRANSPORT,
    ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode::COORDINATOR_NOT_AVAILABLE,
    ErrorCode::NOT_COORDINATOR,
    ErrorCode::REQUEST_TIMED_OUT,
];

pub fn plan(seed: u64, engine: Engine) -> Plan {
    let mut plan = Plan::draw(seed ^ 0x1de4_0000).on(engine);
    let rng = &mut Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1de4);
    let s = &mut plan.settings;
    s.idempotence.enabled = true;
    s.network.max_in_flight = s.network.max_in_flight.min(5);
    s.queue.backpressure_threshold = 1;
    s.retry.retries = if rng.u32(0..4) == 0 { 1 + rng.u32(0..5) } else { UNLIMITED };
    for t in &mut plan.topics {
        t.settings.required_acks = -1;
    }
    // Older brokers know nothing of sequences.
    for (_, newest) in plan.versions.iter_mut().filter(|(api, _)| *api == PRODUCE) {
        *newest = (*newest).max(3);
    }
    if rng.u32(0..4) == 0 {
        plan.versions.push((INIT_PRODUCER_ID, rng.i16(0..=5)));
    }
    if plan.trouble {
        trouble(&mut plan, rng);
    }
    plan.lose_producer_state(rng, true);
    plan
}

fn trouble(plan: &mut Plan, rng: &mut Rng) {
    let active = plan.calm_after / 2;
    if rng.u32(0..3) == 0 {
        plan.moods.deposed = rng.f64() * 0.2;
    }
    let mut told = Vec::new();
    for _ in 0..rng.u32(0..4) {
        let at = active.mul_f64(rng.f64());
        let topic = rng.usize(0..plan.topics.len());
        let partition = rng.i32(0..plan.topics[topic].partitions);
        let code = PRODUCER_ERRORS[rng.usize(0..PRODUCER_ERRORS.len())];
        // A broker that says out of its own accord that a batch is out of order says what is not true; more
        // than once for one batch, and nobody could know.
        if code == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER {
            if told.contains(&(topic, partition)) {
                continue;
            }
            told.push((topic, partition));
        }
        plan.events.push((at, Event::PartitionErrors { topic, partition, codes: vec![code] }));
    }
    if rng.u32(0..3) == 0 {
        let codes = (0..rng.usize(1..4)).map(|_| PID_ERRORS[rng.usize(0..PID_ERRORS.len())]).collect();
        plan.events.push((Duration::ZERO, Event::RequestErrors { api: INIT_PRODUCER_ID, codes }));
    }
    plan.events.sort_by_key(|(at, _)| *at);
}

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    World::new(plan(seed, engine), trace).run()
}

#[test]
fn exactly_once_on_legacy() {
    campaign("exactly_once_on_legacy", SCHEDULES, &|seed, trace| run(seed, Engine::Legacy, trace));
}

#[test]
fn exactly_once_on_v2() {
    campaign("exactly_once_on_v2", SCHEDULES, &|seed, trace| run(seed, Engine::V2, trace));
}
