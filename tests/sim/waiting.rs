//! Schedules in which something waited for nothing: everybody thought that somebody else was looking for a
//! broker.

use super::plan::{Engine, Event, Habits, Plan, TransactionHabits};
use super::world::World;
use rdkafka::base::error::ErrorCode;
use std::time::Duration;

const FIND_COORDINATOR: i16 = 10;

/// A calm cluster of two brokers. The client begins with the first, and the only topic is led by the second,
/// which is never connected to: nothing is produced.
fn plan(engine: Engine) -> Plan {
    let mut plan =
        (0..).map(Plan::draw).find(|p| !p.trouble && p.brokers == 2).unwrap().in_transactions().on(engine);
    plan.settings.network.bootstrap_servers = Some("boot1:9001".into());
    plan.settings.network.enable_sparse_connections = true;
    plan.settings.network.connections_max_idle = None;
    plan.settings.metadata.refresh_interval = None;
    plan.settings.statistics_interval = None;
    plan.topics.truncate(1);
    plan.topics[0].partitions = 1;
    plan.transaction_version = 0;
    plan.transactions = Some(TransactionHabits { transactions: 1, size: 1, aborts: 0.0, offsets: 1.0 });
    plan.habits = Habits { messages: 0, pause_us: 200_000, ..plan.habits };
    plan.events = vec![(Duration::ZERO, Event::Leader { topic: 0, partition: 0, broker: 2 })];
    plan.calm_after = Duration::from_secs(10);
    plan
}

/// Offsets are sent; the question for the group's coordinator ends the last connection but the transaction
/// coordinator's. No leader is lost, and nothing waits to be produced: the call alone needs a broker.
#[test]
fn the_question_for_a_groups_coordinator_finds_another_connection() {
    for engine in Engine::ALL {
        let mut plan = plan(engine);
        // The first question is that for the transaction's coordinator.
        let codes = vec![ErrorCode::NO_ERROR, ErrorCode::_TRANSPORT];
        plan.events.push((Duration::ZERO, Event::RequestErrors { api: FIND_COORDINATOR, codes }));
        let summary = World::new(plan, std::env::var_os("SIM_TRACE").is_some()).run_transactions();
        assert!(summary.violations.is_empty(), "{engine:?}: {:#?}", summary.violations);
        assert!(summary.duration < Duration::from_secs(5), "{engine:?}: {summary:#?}");
    }
}
