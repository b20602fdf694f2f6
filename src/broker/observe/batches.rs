//! What is counted of batches. While nobody wants statistics, that is a look at a flag for each batch.

use super::Observer;
use crate::base::clock::Time;
use crate::base::sync::Arc;
use crate::broker::connection::request::Request;
use crate::producer::batch::Batch;
use crate::producer::partition::Partition;
use crate::producer::settle::Effects;
use crate::stats::broker::ProduceRequest;
use crate::stats::counter::count;

impl Observer {
    /// A ProduceRequest was put together; `sizes` are those of its record batches.
    pub fn request_built(&self, r: &Request, sizes: impl Iterator<Item = usize>, now: Time) {
        let stats = self.handle.stats();
        if !stats.is_on() {
            return;
        }
        let batches = r.batches();
        for (b, size) in batches.iter().zip(sizes) {
            self.batch_built(b, size, now);
        }
        stats.record_produce_request(ProduceRequest {
            partitions: batches.len(),
            messages: r.messages(),
            bytes: r.len(),
        });
    }

    fn batch_built(&self, b: &Batch, size: usize, now: Time) {
        let mut bytes = 0;
        self.handle.stats().record_int_latency(|window| {
            for run in &b.runs {
                window.record_all(run.iter().map(|m| {
                    bytes += (m.key_len() + m.value_len()) as u64;
                    // Once per message: no detour by way of a duration.
                    (now.0 - m.enqueued().0).max(0)
                }));
            }
        });
        b.partition.stats.sent(b.messages, bytes);
        b.partition.topic().stats.record_batch(size, b.messages);
    }

    /// Batches that were never built into a request will be settled like those that were.
    pub fn batches_refused(&self, batches: &[Batch]) {
        if self.handle.stats().is_on() {
            batches.iter().for_each(|b| b.partition.stats.inflight.add_shared(count(b.messages)));
        }
    }

    /// A batch is about to be settled. Gives its partition if [`Self::batch_settled`] is to know it.
    pub fn batch_settling(&self, b: &Batch) -> Option<Arc<Partition>> {
        if !self.handle.stats().is_on() {
            return None;
        }
        b.partition.stats.settled(b.messages);
        b.stamp.is_some().then(|| b.partition.clone())
    }

    /// A batch has been settled, sequenced if `sequenced` says of which partition.
    pub fn batch_settled(&self, sequenced: Option<&Partition>, effects: &Effects, was_sent: bool) {
        if effects.retried > 0 && was_sent {
            self.handle.stats().tx_retries.add(1);
        }
        if let Some(p) = sequenced {
            let stored = effects.reports.iter().filter(|r| r.error.is_ok());
            stored.filter_map(|r| r.runs.last()).for_each(|run| p.stats.acked_msgid.note(run.last_msgid()));
        }
    }

    /// Messages of a batch in flight have been given up.
    pub fn messages_given_up(&self, p: &Partition, messages: usize) {
        if self.handle.stats().is_on() {
            p.stats.settled(messages);
        }
    }
}
