//! Both engines do the same: the same random program of produce, flush, purge, faults and migrations gives the same reports and
//! leaves the same logs behind.
//!
//! What becomes of a message may not depend on time for that: producers are idempotent and do not give up, messages live for ever, every message
//! names its partition, and what is purged was produced a moment before. `EQUIV_SEED=n` replays one program, `EQUIV_SCHEDULES=n` changes how
//! many run.

use super::brokers::PRODUCE;
use super::plan::{Engine, Event, PERMANENT, Plan, UNLIMITED};
use super::schedules::number;
use super::world::World;
use std::time::Duration;

const SCHEDULES: u64 = 120;

fn plan(seed: u64, engine: Engine) -> Plan {
    let mut plan = Plan::draw(seed ^ 0xe9a1_0000).on(engine);
    let s = &mut plan.settings;
    s.enable_idempotence = true;
    s.max_in_flight = s.max_in_flight.min(5);
    s.retries = UNLIMITED;
    s.queue_max_messages = Some(100_000);
    s.queue_max_bytes = 1 << 30;
    s.topic_metadata_propagation_max = Duration::from_secs(300);
    for t in &mut plan.topics {
        t.exists = true;
        t.settings.required_acks = -1;
        t.settings.message_timeout = None;
    }
    for (_, newest) in plan.versions.iter_mut().filter(|(api, _)| *api == PRODUCE) {
        *newest = (*newest).max(3);
    }
    plan.moods.garble = 0.0;
    plan.events.retain(|(_, e)| match e {
        Event::PartitionErrors { codes, .. } => !codes.iter().any(|c| PERMANENT.contains(c)),
        Event::TopicError { .. } | Event::CreateTopic { .. } => false,
        _ => true,
    });
    let h = &mut plan.habits;
    h.patient = true;
    h.picks = 1.0;
    h.purges = 0.0;
    h.destroy_after = None;
    h.flushes = h.flushes.max(0.02);
    plan
}

/// Returns how many messages were delivered and how many purged.
fn compare(seed: u64) -> (usize, usize) {
    let run = |engine| World::new(plan(seed, engine), number("SIM_TRACE").is_some()).run();
    let legacy = run(Engine::Legacy);
    for engine in [Engine::V2, Engine::Multibatch] {
        let other = run(engine);
        assert_eq!((&legacy.violations, &other.violations), (&vec![], &vec![]), "seed {seed}");
        let (a, b) = (legacy.outcome.clone().unwrap(), other.outcome.unwrap());
        assert!(a.fates.iter().all(Option::is_some), "seed {seed}: not everything is reported");
        let first = a.fates.iter().zip(&b.fates).enumerate().find(|(_, (a, b))| a != b);
        let n = (a.fates.len(), b.fates.len());
        assert!(a.fates == b.fates, "seed {seed}: reports of legacy and {engine:?} differ: {n:?} {first:?}");
        assert!(a.logs == b.logs, "seed {seed}: the logs of {engine:?} differ from those of legacy");
    }
    (legacy.delivered, legacy.failed)
}

#[test]
fn both_engines_report_and_store_the_same() {
    if let Some(seed) = number("EQUIV_SEED") {
        compare(seed);
        return;
    }
    let count = number("EQUIV_SCHEDULES").unwrap_or(SCHEDULES);
    let (delivered, purged) = (0..count).map(compare).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    println!("{count} programs: {delivered} messages delivered, {purged} purged, the same on each engine");
    assert!(delivered > 0 && (purged > 0 || count < 50));
}
