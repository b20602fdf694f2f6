//! Idempotent producers: whatever goes wrong, nothing is in the log twice, every partition keeps its order, what is reported
//! delivered is there, and no fault is fatal.
//!
//! `IDEMP_SEED=n` replays one schedule, `IDEMP_SCHEDULES=n` changes how many run, `IDEMP_FIRST=n` which one is the first.

use super::brokers::{INIT_PRODUCER_ID, PRODUCE};
use super::plan::{Engine, Event, Plan, UNLIMITED};
use super::schedules::number;
use super::world::{Summary, World};
use fastrand::Rng;
use rdkafka::base::error::ErrorCode;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
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

fn plan(seed: u64, engine: Engine) -> Plan {
    let mut plan = Plan::draw(seed ^ 0x1de4_0000).on(engine);
    let rng = &mut Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1de4);
    let s = &mut plan.settings;
    s.enable_idempotence = true;
    s.max_in_flight = s.max_in_flight.min(5);
    s.backpressure_threshold = 1;
    s.retries = if rng.u32(0..4) == 0 { 1 + rng.u32(0..5) } else { UNLIMITED };
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
        // A broker that says out of its own accord that a batch is out of order, or that it does not know who sent it, says
        // what is not true; more than once for one batch, and nobody could know.
        if matches!(code, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER | ErrorCode::UNKNOWN_PRODUCER_ID) {
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
    catch_unwind(AssertUnwindSafe(|| World::new(plan(seed, engine), trace).run())).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_default();
        Summary { violations: vec![format!("panic: {text}")], ..Summary::default() }
    })
}

#[test]
fn exactly_once_on_legacy() {
    schedules(Engine::Legacy);
}

#[test]
fn exactly_once_on_v2() {
    schedules(Engine::V2);
}

fn schedules(engine: Engine) {
    if let Some(seed) = number("IDEMP_SEED") {
        let trace = number("SIM_TRACE").is_some_and(|t| t > 0);
        if trace {
            println!("{:#?}", plan(seed, engine));
        }
        let summary = run(seed, engine, trace);
        println!("{summary:#?}");
        assert!(summary.violations.is_empty(), "seed {seed}: {:#?}", summary.violations);
        return;
    }
    let first = number("IDEMP_FIRST").unwrap_or(0);
    let count = number("IDEMP_SCHEDULES").unwrap_or(SCHEDULES);
    let next = AtomicU64::new(first);
    let totals = Mutex::new((0, 0, Vec::new()));
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
            threads.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    let s = run(seed, engine, false);
                    let mut t = totals.lock().unwrap();
                    t.0 += s.delivered;
                    t.1 += s.failed;
                    if let Some(worst) = s.violations.first() {
                        println!("IDEMP_SEED={seed}: {} violations, first: {worst}", s.violations.len());
                        t.2.push(seed);
                    }
                }
            });
        }
    });
    let (delivered, failed, mut bad) = totals.into_inner().unwrap();
    println!("{count} schedules: {delivered} messages delivered, {failed} failed");
    bad.sort_unstable();
    assert!(bad.is_empty(), "{} of {count} failed; replay with IDEMP_SEED=n: {bad:?}", bad.len());
}
