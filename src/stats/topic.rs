//! What is counted of topics and partitions, by whichever broker's thread serves a partition.

use super::counter::{Counter, Gauge, Highest, count};
use super::window::{Summary, Window};
use crate::base::sync::{Mutex, Rank};

/// Of one partition. All of it is counted only while statistics are on.
#[derive(Debug, Default)]
pub struct PartitionStats {
    /// Messages put into requests, each time that they are.
    pub tx_msgs: Counter,
    /// Their keys and values.
    pub tx_bytes: Counter,
    /// Messages in requests that are not settled.
    pub inflight: Gauge,
    /// Number of the last message that an idempotent producer knows to be stored.
    pub acked_msgid: Highest,
}

impl PartitionStats {
    pub fn sent(&self, messages: usize, bytes: u64) {
        self.tx_msgs.add_shared(messages as u64);
        self.tx_bytes.add_shared(bytes);
        self.inflight.add_shared(count(messages));
    }

    pub fn settled(&self, messages: usize) {
        self.inflight.add_shared(-count(messages));
    }
}

#[derive(Debug, Default)]
struct Windows {
    batch_size: Window,
    batch_count: Window,
}

/// Of one topic, from all brokers' threads.
pub struct TopicStats(Mutex<Windows>);

impl Default for TopicStats {
    fn default() -> Self {
        Self(Mutex::new(Rank::Leaf, Windows::default()))
    }
}

impl TopicStats {
    /// A batch as it is sent: its bytes, compressed and with its header, and its messages.
    pub fn record_batch(&self, bytes: usize, messages: usize) {
        let mut w = self.0.lock();
        w.batch_size.record(count(bytes));
        w.batch_count.record(count(messages));
    }

    /// Bytes and messages per batch; the windows start anew.
    #[must_use]
    pub fn take(&self) -> (Summary, Summary) {
        let mut w = std::mem::take(&mut *self.0.lock());
        (w.batch_size.take(), w.batch_count.take())
    }
}
