//! A client that has nothing to do does next to nothing.

use super::plan::{Habits, Plan};
use super::world::World;
use std::time::Duration;

/// A calm cluster of three, one topic, a hundred messages.
fn plan(idle: Option<Duration>) -> Plan {
    let mut plan = (0..).map(Plan::draw).find(|p| !p.trouble && p.brokers == 3).unwrap();
    plan.settings.network.connections_max_idle = idle;
    plan.settings.statistics_interval = None;
    plan.settings.metadata.refresh_interval = Some(Duration::from_secs(300));
    plan.settings.network.enable_sparse_connections = true;
    plan.habits = Habits { messages: 100, polls: 1.0, ..plan.habits };
    plan
}

#[test]
fn an_idle_client_wakes_once_a_second() {
    let idle = World::new(plan(None), false).idle_for(Duration::from_secs(240));
    assert!(idle.wake_ups <= 245, "{idle:?}");
    assert_eq!((idle.metadata_requests, idle.connects), (0, 0), "{idle:?}");
}

#[test]
fn metadata_is_refreshed_at_its_interval() {
    let idle = World::new(plan(None), false).idle_for(Duration::from_secs(1_500));
    assert!((4..=6).contains(&idle.metadata_requests), "{idle:?}");
}

#[test]
fn reaped_connections_are_not_opened_again_without_need() {
    let idle = World::new(plan(Some(Duration::from_secs(1))), false).idle_for(Duration::from_secs(1_500));
    // One for each refresh.
    assert!((4..=6).contains(&idle.connects), "{idle:?}");
    assert!(idle.metadata_requests <= 6, "{idle:?}");
}
