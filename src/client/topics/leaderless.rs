//! Partitions without a leader, among them those of topics that are not known yet: nothing leaves, but
//! messages time out.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::client::instance::Client;
use crate::conf::ProduceEngine;
use crate::producer::engine::{Engine, ServeContext};
use crate::producer::format::ProduceFormat;
use crate::producer::partition::Announcement;
use crate::protocol::produce;
use crate::stats::engine::EngineStats;

pub(in crate::client) struct Leaderless {
    client: Arc<Client>,
    engine: Engine,
    newly_ready: Vec<Announcement>,
    stats: EngineStats,
}

impl Leaderless {
    pub fn new(client: Arc<Client>) -> Self {
        // Nothing leaves from here, so every engine would do the same.
        let engine = Engine::new(ProduceEngine::Legacy, client.settings());
        Self { client, engine, newly_ready: Vec::new(), stats: EngineStats::new(false) }
    }

    pub fn serve(&mut self, now: Time) -> Deadline {
        self.client.leaderless().take(&mut self.newly_ready);
        let ctx = ServeContext {
            now,
            settings: self.client.settings(),
            max_requests: 0,
            free_in_flight: 0,
            connection: 0,
            in_flight: 0,
            in_flight_since: None,
            format: ProduceFormat::newest(produce::CLIENT_MAX_VERSION),
            flushing: false,
            ready: self.client.leaderless(),
            stats: &self.stats,
            producer_ids: None,
            transaction: None,
        };
        let out = self.engine.serve(&mut self.newly_ready, &ctx);
        self.client.deliver(out.reports);
        out.next
    }
}
