//! Both engines do the same: the same random program of produce, flush, purge, faults and migrations gives
//! the same reports and leaves the same logs behind.
//!
//! What becomes of a message may not depend on time for that: producers are idempotent and do not give up,
//! messages live for ever, every message names its partition, and what is purged was produced a moment
//! before. `EQUIV_SEED=n` replays one program, `EQUIV_SCHEDULES=n` changes how many run.

use super::brokers::PRODUCE;
use super::plan::{Engine, Event, PERMANENT, Plan, UNLIMITED};
use super::schedules::campaign;
use super::world::{Summary, World};
use std::time::Duration;

const SCHEDULES: u64 = 120;

fn plan(seed: u64, engine: Engine) -> Plan {
    let mut plan = Plan::draw(seed ^ 0xe9a1_0000).on(engine);
    let s = &mut plan.settings;
    s.idempotence.enabled = true;
    s.network.max_in_flight = s.network.max_in_flight.min(5);
    s.retry.retries = UNLIMITED;
    s.queue.max_messages = Some(100_000);
    s.queue.max_bytes = 1 << 30;
    s.metadata.propagation_max = Duration::from_secs(300);
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

/// One program on each engine. What differs is a violation.
fn compare(seed: u64, trace: bool) -> Summary {
    let run = |engine| World::new(plan(seed, engine), trace).run();
    let mut legacy = run(Engine::Legacy);
    let mut differences = Vec::new();
    for engine in [Engine::V2, Engine::Multibatch] {
        let other = run(engine);
        differences.extend(other.violations.iter().map(|v| format!("{engine:?}: {v}")));
        let (Some(a), Some(b)) = (&legacy.outcome, &other.outcome) else { continue };
        let fates = (a.fates.len(), b.fates.len());
        let first = a.fates.iter().zip(&b.fates).enumerate().find(|(_, (a, b))| a != b);
        if a.fates != b.fates {
            differences.push(format!("reports of legacy and {engine:?} differ: {fates:?} {first:?}"));
        }
        if a.logs != b.logs {
            differences.push(format!("the logs of {engine:?} differ from those of legacy"));
        }
        let unreported = a.fates.iter().filter(|f| f.is_none()).count();
        if unreported > 0 {
            differences.push(format!("{unreported} messages are not reported"));
        }
    }
    legacy.violations.append(&mut differences);
    legacy
}

#[test]
fn engines_report_and_store_the_same() {
    let totals = campaign("engines_report_and_store_the_same", SCHEDULES, &compare);
    assert!(totals.is_none_or(|t| t.failed > 0 || t.schedules < 50), "nothing was purged");
}
