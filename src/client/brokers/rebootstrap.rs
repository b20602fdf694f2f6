//! Starting over from the bootstrap servers when none of the brokers that the cluster has named can be reached (KIP-899), or
//! when a broker asks for it (KIP-1102).

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::log::Level;
use crate::broker::Op;
use crate::client::main_loop::Main;
use crate::conf::MetadataRecovery;

impl Main {
    /// No broker is up. Starts over when that has been so for the time that the configuration gives, and somebody wants
    /// something. Returns when to look again.
    pub(in crate::client) fn mind_outage(&mut self, wanted: bool, now: Time) -> Deadline {
        let settings = self.client.settings();
        let trigger = settings.metadata.rebootstrap_trigger;
        if settings.metadata.recovery != MetadataRecovery::Rebootstrap || !wanted || !self.brokers.has_named()
        {
            self.outage_since = None;
            return Deadline::NEVER;
        }
        let at = *self.outage_since.get_or_insert(now) + trigger;
        if now < at {
            return Deadline::at(at);
        }
        self.rebootstrap("none of the brokers can be reached", now);
        Deadline::NEVER
    }

    /// Forgets the brokers that the cluster has named, and asks those of the configuration.
    pub(in crate::client) fn rebootstrap(&mut self, why: &str, now: Time) {
        self.outage_since = None;
        self.client.logger().log(
            Level::Notice,
            "REBOOTSTRAP",
            format_args!("Starting over from the bootstrap servers: {why}"),
        );
        let tables: Vec<_> = self.topics.values().map(|t| t.topic.table()).collect();
        for p in tables.iter().flat_map(|t| &t.partitions) {
            // What was known of leaders does not count any more, not even against older news.
            self.assign_leader(p, -1, -1);
        }
        self.topics.keys().for_each(|name| self.planner.suspect(name));
        // Those that had left already still have something under way.
        self.client.brokers.write().retain(|h| h.node_id() < 0 || h.is_dismissed());
        for b in self.brokers.remove(|b| b.handle.node_id() >= 0) {
            b.handle.push(Op::Decommission);
        }
        self.lose_transaction_coordinator(now);
        let bootstrap = self.bootstrap.clone();
        self.add_brokers(bootstrap);
        self.planner.suspect_brokers();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::BOOTSTRAP;
    use crate::client::testing::{at, ids};
    use crate::conf::{MetadataSettings, Settings};
    use crate::net::Endpoint;
    use crate::producer::topic::TopicState;
    use std::time::Duration;

    fn main_with(strategy: MetadataRecovery) -> Box<Main> {
        crate::client::testing::main_with(Settings {
            metadata: MetadataSettings {
                recovery: strategy,
                rebootstrap_trigger: Duration::from_secs(10),
                ..MetadataSettings::default()
            },
            ..Settings::default()
        })
    }

    /// Broker 1 has taken over the bootstrap connection, broker 2 was learned.
    fn with_learned_brokers(main: &mut Main) {
        main.brokers.identify(0, 1, &Endpoint::new("b", 1));
        main.add_broker(2, Endpoint::new("c", 2));
    }

    #[test]
    fn after_the_time_set_learned_brokers_give_way_to_bootstrap_servers() {
        let main = &mut main_with(MetadataRecovery::Rebootstrap);
        let topic = main.client.topic("t", None, None);
        main.serve(at(0));
        with_learned_brokers(main);
        main.settle_topic(&topic, TopicState::Exists, 1);
        let p = topic.table().partitions[0].clone();
        main.assign_leader(&p, 2, 5);
        assert_eq!((p.leader(), p.is_available()), (2, true));

        assert_eq!(main.mind_outage(true, at(100)), Deadline::at(at(110)));
        assert_eq!(main.mind_outage(true, at(109)), Deadline::at(at(110)));
        assert_eq!(ids(main), [1, 2]);
        assert_eq!(main.mind_outage(true, at(110)), Deadline::NEVER);
        assert_eq!(ids(main), [BOOTSTRAP]);
        assert_eq!(main.brokers.get(0).unwrap().endpoint, Endpoint::new("b", 1));
        assert_eq!(main.client.brokers.read().len(), 1);
        assert_eq!((p.leader(), p.is_available(), p.leader_epoch()), (-1, false, -1));
        assert!(p.is_owned_by(&main.client.orphanage));
        assert_eq!(main.mind_outage(true, at(500)), Deadline::NEVER, "nothing more to forget");
    }

    #[test]
    fn time_counts_only_while_something_is_wanted() {
        let main = &mut main_with(MetadataRecovery::Rebootstrap);
        with_learned_brokers(main);
        main.mind_outage(true, at(0));
        assert_eq!(main.mind_outage(false, at(9)), Deadline::NEVER);
        assert_eq!(main.mind_outage(true, at(11)), Deadline::at(at(21)));
    }

    #[test]
    fn without_the_strategy_brokers_are_kept() {
        let main = &mut main_with(MetadataRecovery::None);
        with_learned_brokers(main);
        assert_eq!(main.mind_outage(true, at(0)), Deadline::NEVER);
        assert_eq!(main.mind_outage(true, at(1000)), Deadline::NEVER);
        assert_eq!(ids(main), [1, 2]);
    }
}
