//! What a broker counts for the statistics. While nobody wants them, that is an addition or two per request.

use super::BrokerHandle;
use super::connection::{Purpose, Request};
use super::machine::Broker;
use super::send::Producing;
use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::producer::batch::Batch;
use crate::producer::partition::Partition;
use crate::producer::settle::Effects;
use crate::stats::broker::ProduceRequest;
use crate::stats::counter::count;
use std::time::Duration;

/// With more requests than this under way, they are counted at most once in [`RECOUNT`].
const COUNT_ALWAYS: usize = 64;
const RECOUNT: Duration = Duration::from_millis(1);

fn micros(d: Duration) -> i64 {
    i64::try_from(d.as_micros()).unwrap_or(i64::MAX)
}

impl Broker {
    /// Whether a request is on its way or waits to be written.
    pub fn has_requests(&self) -> bool {
        !self.connection.is_quiet()
    }

    /// Notes what is under way on the connection.
    pub(super) fn count_pending(&self, now: Time) {
        let stats = self.handle.stats();
        if !stats.is_on() {
            return;
        }
        let many = self.connection.unsent() + self.connection.in_flight() > COUNT_ALWAYS;
        if many && stats.pending_since.age(now).is_some_and(|us| us < micros(RECOUNT)) {
            return;
        }
        stats.pending_since.set(now);
        stats.set_pending(self.connection.pending());
    }

    /// A response of `size` bytes behind the correlation id has come.
    pub(super) fn count_answer(&self, r: &Request, size: usize, now: Time) {
        let stats = self.handle.stats();
        // Length and correlation id.
        stats.received(size + 8, now);
        if stats.is_on() {
            stats.note_rtt(micros(now.since(r.sent_at)));
        }
    }

    /// The connection, or the attempt at one, is over.
    pub(super) fn count_disconnect(&self) {
        let stats = self.handle.stats();
        stats.disconnected();
        if self.state.is_connected() {
            stats.disconnects.add(1);
        }
    }

    /// The time as requests are written: with statistics on, what was done since the broker woke up counts as waiting.
    pub(super) fn time_of_writing(&self, now: Time) -> Time {
        if self.handle.stats().is_on() { self.context.clock.now() } else { now }
    }
}

/// A request was written as a whole after it had waited for `waited`.
pub(super) fn count_sent(handle: &Arc<BrokerHandle>, r: &Request, waited: Duration, now: Time) {
    let stats = handle.stats();
    stats.sent(r.api.0, r.written);
    stats.last_sent.set(now);
    if stats.is_on() {
        stats.note_outbuf_latency(micros(waited));
    }
}

impl Producing {
    /// A request for these batches was put together.
    pub(super) fn count_request(&self, r: &Request, now: Time) {
        let stats = self.handle.stats();
        let Purpose::Produce(batches) = &r.purpose else { return };
        if !stats.is_on() {
            return;
        }
        for (b, size) in batches.iter().zip(self.writer.batch_sizes()) {
            self.count_batch(b, size, now);
        }
        stats.note_produce_request(ProduceRequest {
            partitions: batches.len(),
            messages: r.messages(),
            bytes: r.frame.len(),
        });
    }

    fn count_batch(&self, b: &Batch, size: usize, now: Time) {
        let mut bytes = 0;
        self.handle.stats().note_int_latency(|window| {
            for run in &b.runs {
                window.record_all(run.iter().map(|m| {
                    bytes += (m.key_len() + m.value_len()) as u64;
                    // Once per message: no detour by way of a duration.
                    (now.0 - m.enqueued().0).max(0)
                }));
            }
        });
        b.partition.stats.sent(b.messages, bytes);
        b.partition.topic().stats.note_batch(size, b.messages);
    }

    /// Batches that cannot be put into a request will be settled all the same.
    pub(super) fn count_refused(&self, batches: &[Batch]) {
        if self.handle.stats().is_on() {
            batches.iter().for_each(|b| b.partition.stats.inflight.add_shared(count(b.messages)));
        }
    }

    /// A batch that was counted is about to be settled. Gives its partition, if its fate is to be counted as well.
    pub(super) fn count_settled(&self, b: &Batch) -> Option<Arc<Partition>> {
        if !self.handle.stats().is_on() {
            return None;
        }
        b.partition.stats.settled(b.messages);
        b.stamp.is_some().then(|| b.partition.clone())
    }

    /// Messages of a batch in flight have been given up.
    pub(super) fn count_given_up(&self, p: &Partition, messages: usize) {
        if self.handle.stats().is_on() {
            p.stats.settled(messages);
        }
    }

    /// What became of a batch, some of which may be `retried` after it was sent.
    pub(super) fn count_fate(&self, sequenced: Option<&Partition>, effects: &Effects, was_sent: bool) {
        if effects.retried > 0 && was_sent {
            self.handle.stats().tx_retries.add(1);
        }
        if let Some(p) = sequenced {
            let stored = effects.reports.iter().filter(|r| r.error.is_ok());
            stored.filter_map(|r| r.runs.last()).for_each(|run| p.stats.acked_msgid.note(run.last_msgid()));
        }
    }
}
