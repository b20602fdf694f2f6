//! Partitions without a leader, among them those of topics that are not known yet: nothing leaves, but
//! messages time out.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::broker::BrokerHandle;
use crate::client::instance::Client;
use crate::conf::ProduceEngine;
use crate::producer::engine::{Engine, ServeContext, TimedOut, log_timed_out};
use crate::producer::format::ProduceFormat;
use crate::producer::partition::cause::Seconds;
use crate::producer::partition::report::Report;
use crate::producer::partition::{Announcement, Partition};
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
        let mut out = self.engine.serve(&mut self.newly_ready, &ctx);
        if !out.timed_out.is_empty() {
            out.reports.extend(self.explain(out.timed_out, now));
        }
        self.client.deliver(out.reports);
        out.next
    }

    /// The reports of messages whose time was over before there was anybody to send them to.
    #[cold]
    fn explain(&self, timed_out: Vec<TimedOut>, now: Time) -> Vec<Report> {
        let unreachable = why_unreachable(&self.client.brokers(), now);
        let obstacle = |p: &Partition| {
            let missing = what_is_missing(p, now);
            Some(unreachable.as_ref().map_or(missing.clone(), |why| format!("{missing}; {why}")))
        };
        let reports: Vec<_> = timed_out.into_iter().map(|t| t.explain(obstacle)).collect();
        log_timed_out(&reports, self.client.logger(), None);
        reports
    }
}

/// Why the client cannot ask anybody; `None` if it can.
fn why_unreachable(brokers: &[Arc<BrokerHandle>], now: Time) -> Option<String> {
    let mut known = brokers.iter().filter(|b| !b.is_logical());
    if known.clone().any(|b| b.is_up()) {
        return None;
    }
    // Who has refused the client comes first: that does not go away by itself.
    let failed = |b: &&Arc<BrokerHandle>| b.outage().map(|o| o.error.code);
    let refused = known.clone().find(|b| failed(b) == Some(ErrorCode::_AUTHENTICATION));
    let (count, first) = (known.clone().count(), known.clone().find(|b| failed(b).is_some()));
    let told = refused.or(first).or_else(|| known.next())?.describe_outage(now);
    Some(if count > 1 { format!("no broker of {count} is up: {told}") } else { told })
}

/// What a partition without a leader has to have before its messages can leave.
fn what_is_missing(p: &Partition, now: Time) -> String {
    let lookup = &p.topic().lookup;
    let lasted = |since: Time| Seconds(now.since(since));
    if let Some(since) = lookup.unknown_since() {
        let answer = lookup.error().map(|code| format!(" ({})", code.describe())).unwrap_or_default();
        return format!("topic unknown for {}{answer}", lasted(since));
    }
    if p.id() < 0 {
        return "the partitioner has chosen no partition".into();
    }
    match p.leaderless_since() {
        Some(since) => format!("no leader for {}", lasted(since)),
        None => "no leader".into(),
    }
}

#[cfg(test)]
mod tests;
