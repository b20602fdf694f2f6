use super::*;
use crate::broker::BOOTSTRAP;
use crate::client::brokers::ids;
use crate::client::part::ClusterView;
use crate::client::testing::{at, view_with};
use crate::client::topics::learning::settle_topic;
use crate::conf::{MetadataSettings, Settings};
use crate::net::Endpoint;
use crate::producer::partition::topic::TopicState;
use std::time::Duration;

fn recovering_by(strategy: MetadataRecovery) -> ClusterView {
    view_with(Settings {
        metadata: MetadataSettings {
            recovery: strategy,
            rebootstrap_trigger: Duration::from_secs(10),
            ..MetadataSettings::default()
        },
        ..Settings::default()
    })
}

/// Broker 1 has taken over the bootstrap connection, broker 2 was learned.
fn with_learned_brokers(view: &mut ClusterView) {
    view.brokers.known.identify(0, 1, &Endpoint::new("b", 1));
    view.brokers.add(2, Endpoint::new("c", 2));
}

#[test]
fn after_the_time_set_learned_brokers_give_way_to_bootstrap_servers() {
    let view = &mut recovering_by(MetadataRecovery::Rebootstrap);
    let topic = view.use_topic();
    with_learned_brokers(view);
    settle_topic(&mut view.at(0), &topic, TopicState::Exists, 1);
    let p = topic.table().partitions[0].clone();
    assignment::assign_leader(&mut view.at(0), &p, 2, 5);
    assert_eq!((p.leader(), p.is_available()), (2, true));

    assert_eq!(check_outage(&mut view.at(100), true), Deadline::at(at(110)));
    assert_eq!(check_outage(&mut view.at(109), true), Deadline::at(at(110)));
    assert_eq!(ids(&view.brokers), [1, 2]);
    assert_eq!(check_outage(&mut view.at(110), true), Deadline::NEVER);
    assert_eq!(ids(&view.brokers), [BOOTSTRAP]);
    assert_eq!(view.brokers.known.get(0).unwrap().endpoint, Endpoint::new("b", 1));
    assert_eq!(view.client.brokers().len(), 1);
    assert_eq!((p.leader(), p.is_available(), p.leader_epoch()), (-1, false, -1));
    assert!(p.is_owned_by(view.client.leaderless()));
    assert_eq!(check_outage(&mut view.at(500), true), Deadline::NEVER, "nothing more to forget");
}

#[test]
fn time_counts_only_while_something_is_wanted() {
    let view = &mut recovering_by(MetadataRecovery::Rebootstrap);
    with_learned_brokers(view);
    check_outage(&mut view.at(0), true);
    assert_eq!(check_outage(&mut view.at(9), false), Deadline::NEVER);
    assert_eq!(check_outage(&mut view.at(11), true), Deadline::at(at(21)));
}

#[test]
fn without_the_strategy_brokers_are_kept() {
    let view = &mut recovering_by(MetadataRecovery::None);
    with_learned_brokers(view);
    assert_eq!(check_outage(&mut view.at(0), true), Deadline::NEVER);
    assert_eq!(check_outage(&mut view.at(1000), true), Deadline::NEVER);
    assert_eq!(ids(&view.brokers), [1, 2]);
}
