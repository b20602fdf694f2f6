//! The picture of a client at one moment: plain data, in the terms of librdkafka's STATISTICS.md.

use super::trigger::Trigger;
use super::window::Summary;
use crate::base::sync::Arc;

/// A client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub name: String,
    pub is_consumer: bool,
    pub client_id: String,
    /// Monotonic microseconds.
    pub ts: i64,
    /// Seconds since the epoch.
    pub time: i64,
    /// Microseconds since the client was made.
    pub age: i64,
    /// Events that wait for the application.
    pub replyq: usize,
    pub msg_cnt: u64,
    pub msg_size: u64,
    pub msg_max: usize,
    pub msg_size_max: usize,
    pub metadata_cache_cnt: usize,
    pub brokers: Vec<Broker>,
    pub topics: Vec<Topic>,
    pub eos: Option<Eos>,
    pub fatal: Option<Fatal>,
}

/// The sums over all brokers and partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub tx: u64,
    pub tx_bytes: u64,
    pub rx: u64,
    pub rx_bytes: u64,
    pub txmsgs: u64,
    pub txmsg_bytes: u64,
    pub rxmsgs: u64,
    pub rxmsg_bytes: u64,
}

impl Snapshot {
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut t = Totals::default();
        for b in &self.brokers {
            t.tx += b.tx;
            t.tx_bytes += b.tx_bytes;
            t.rx += b.rx;
            t.rx_bytes += b.rx_bytes;
        }
        for p in self.topics.iter().flat_map(|t| &t.partitions) {
            t.txmsgs += p.txmsgs;
            t.txmsg_bytes += p.txbytes;
            t.rxmsgs += p.consumed.rxmsgs;
            t.rxmsg_bytes += p.consumed.rxbytes;
        }
        t
    }
}

/// A broker. Times in microseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Broker {
    /// With address and id.
    pub name: String,
    pub node_id: i32,
    pub node_name: String,
    /// "learned" or "configured".
    pub source: &'static str,
    pub state: &'static str,
    pub state_age: i64,
    pub outbuf_cnt: i64,
    pub outbuf_msg_cnt: i64,
    pub waitresp_cnt: i64,
    pub waitresp_msg_cnt: i64,
    pub tx: u64,
    pub tx_bytes: u64,
    pub tx_errs: u64,
    pub tx_retries: u64,
    /// `None`: nothing was sent on this connection, or there is none.
    pub tx_idle: Option<i64>,
    pub req_timeouts: u64,
    pub rx: u64,
    pub rx_bytes: u64,
    pub rx_errs: u64,
    pub rx_corrid_errs: u64,
    pub rx_idle: Option<i64>,
    pub wakeups: u64,
    pub connects: u64,
    pub disconnects: u64,
    pub int_latency: Summary,
    pub outbuf_latency: Summary,
    pub rtt: Summary,
    /// Milliseconds.
    pub throttle: Summary,
    /// Per ProduceRequest.
    pub produce_partitions: Summary,
    pub produce_messages: Summary,
    pub produce_reqsize: Summary,
    /// Requests sent, by the name of their API.
    pub requests: Vec<(&'static str, u64)>,
    /// The partitions that it leads: place of the topic in [`Snapshot::topics`], and number.
    pub toppars: Vec<(usize, i32)>,
    /// Figures of an engine that has some of its own.
    pub engine: Option<Engine>,
}

/// What an engine that serves many partitions at once counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Engine {
    /// Thousandths of the limit of a request's size.
    pub fill: Summary,
    /// Microseconds that partitions are collected.
    pub wait: Summary,
    /// In the order of [`Trigger::ALL`].
    pub triggers: [u64; Trigger::ALL.len()],
    pub adaptive: Option<Adaptive>,
}

/// Adaptive batching. Times in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Adaptive {
    pub linger: i64,
    pub batch_max_bytes: i64,
    /// Partitions in a request; 0: as configured.
    pub max_partitions: i64,
    pub congestion: f64,
    pub rtt_congestion: f64,
    pub int_latency_congestion: f64,
    pub rtt_base: i64,
    pub rtt_current: i64,
    pub int_latency_base: i64,
    pub int_latency_current: i64,
    pub adjustments_up: i64,
    pub adjustments_down: i64,
    pub backlog_drain_events: i64,
}

/// A topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    pub name: Arc<str>,
    /// Microseconds since the application asked for it, and since the cluster was last heard of it.
    pub age: i64,
    pub metadata_age: i64,
    pub batchsize: Summary,
    pub batchcnt: Summary,
    pub partitions: Vec<Partition>,
    /// Messages that have no partition yet.
    pub unassigned: Partition,
}

/// A partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    pub id: i32,
    pub leader: i32,
    pub leader_epoch: i32,
    pub msgq_cnt: usize,
    pub msgq_bytes: u64,
    pub xmit_msgq_cnt: usize,
    pub xmit_msgq_bytes: u64,
    pub txmsgs: u64,
    pub txbytes: u64,
    /// Produced, sent or not.
    pub msgs: u64,
    pub msgs_inflight: i64,
    pub next_ack_seq: i32,
    pub next_err_seq: i32,
    pub acked_msgid: u64,
    pub consumed: Consumed,
}

/// What consumers keep of a partition. Offsets are -1001 where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumed {
    /// It is being read.
    pub desired: bool,
    pub fetchq_cnt: i64,
    pub fetchq_size: i64,
    pub fetch_state: &'static str,
    /// librdkafka's number of the state.
    pub fetch_state_number: i32,
    pub query_offset: i64,
    pub next_offset: i64,
    pub app_offset: i64,
    pub stored_offset: i64,
    pub stored_leader_epoch: i32,
    pub committed_offset: i64,
    pub committed_leader_epoch: i32,
    pub eof_offset: i64,
    pub lo_offset: i64,
    pub hi_offset: i64,
    pub ls_offset: i64,
    /// From the committed offset to the end; -1 if that is not known.
    pub consumer_lag: i64,
    /// From the stored offset to the end; -1 if that is not known.
    pub consumer_lag_stored: i64,
    pub rxmsgs: u64,
    pub rxbytes: u64,
}

impl Default for Consumed {
    /// Of a partition that is not consumed.
    fn default() -> Self {
        const NONE: i64 = -1001;
        Self {
            desired: false,
            fetchq_cnt: 0,
            fetchq_size: 0,
            fetch_state: "none",
            fetch_state_number: 0,
            query_offset: NONE,
            next_offset: 0,
            app_offset: NONE,
            stored_offset: NONE,
            stored_leader_epoch: -1,
            committed_offset: NONE,
            committed_leader_epoch: -1,
            eof_offset: NONE,
            lo_offset: NONE,
            hi_offset: NONE,
            ls_offset: NONE,
            consumer_lag: -1,
            consumer_lag_stored: -1,
            rxmsgs: 0,
            rxbytes: 0,
        }
    }
}

/// Idempotence and transactions. Times in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Eos {
    pub idemp_state: &'static str,
    /// librdkafka's number of the state.
    pub idemp_state_number: i32,
    pub idemp_state_age: i64,
    pub txn_state: &'static str,
    pub txn_state_number: i32,
    pub txn_state_age: i64,
    pub txn_may_enq: bool,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub epoch_cnt: i32,
}

/// A fatal error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fatal {
    pub code: i32,
    /// The error's name for people.
    pub error: String,
    pub reason: String,
    pub cnt: i32,
}
