//! What a client knows of its cluster, for unit tests: no thread runs, and brokers never do.

use super::brokers::Brokers;
use super::brokers::starting::{BrokerHost, Refused};
use super::instance::{Client, Options, ReportMode};
use super::part::{ClusterView, Ctx};
use super::tokens::TokenSource;
use crate::base::blocking::BlockingTask;
use crate::base::clock::{SystemClock, Time};
use crate::base::log::Logger;
use crate::base::sync::Arc;
use crate::broker::machine::Broker;
use crate::conf::Settings;
use crate::net::Endpoint;
use crate::producer::partition::topic::Topic;

struct NoThreads;

impl BrokerHost for NoThreads {
    fn start(&self, _: Box<Broker>) -> Result<(), Refused> {
        Ok(())
    }

    fn run_blocking(&self, _: BlockingTask) {}
}

/// The bootstrap server is `b:1`.
pub(super) fn view_with(settings: Settings) -> ClusterView {
    let options = Options {
        clock: Arc::new(SystemClock::new()),
        logger: Logger::silent(),
        seed: 1,
        report_mode: ReportMode::None,
        wants_errors: false,
        wants_throttle: false,
        wants_commits: false,
        token_source: TokenSource::None,
        internal_broker: false,
        reuse_bootstrap_connection: true,
        number: 1,
    };
    let client = Client::build(settings, options).unwrap();
    let mut brokers = Brokers::new(client.clone(), Box::new(NoThreads), client.now());
    brokers.configure(vec![Endpoint::new("b", 1)]);
    ClusterView::new(&client, brokers, client.now())
}

impl ClusterView {
    /// Has the client use the topic `t`.
    pub fn use_topic(&mut self) -> Arc<Topic> {
        let topic = self.client.topic("t", None, None);
        self.planner.added("t".into(), at(0));
        self.topics.add(topic.clone(), at(0));
        topic
    }

    pub fn at(&mut self, s: i64) -> Ctx<'_> {
        self.ctx(at(s))
    }
}

pub(super) fn at(s: i64) -> Time {
    Time(s * 1_000_000)
}
