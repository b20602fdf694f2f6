//! Statistics as structs: names, order and types of the fields are those of DataDog's fork of librdkafka. Arrays and what
//! they point to live as long as the event, or until the callback returns.

use std::ffi::c_char;

/// Samples of the last interval.
#[repr(C)]
pub struct rd_kafka_avg_stats_s {
    /// Smallest.
    pub min: i64,
    /// Largest.
    pub max: i64,
    /// Mean.
    pub avg: i64,
    /// Sum.
    pub sum: i64,
    /// Number of samples.
    pub cnt: i64,
    /// Standard deviation.
    pub stddev: i64,
    /// Median.
    pub p50: i64,
    /// 75 % are at most this.
    pub p75: i64,
    /// 90 % are at most this.
    pub p90: i64,
    /// 95 % are at most this.
    pub p95: i64,
    /// 99 % are at most this.
    pub p99: i64,
    /// 99.99 % are at most this.
    pub p99_99: i64,
    /// Samples outside of the range of the histogram.
    pub oor: i64,
    /// Memory of the histogram in bytes.
    pub hdrsize: i32,
    /// Unused.
    pub _pad: i32,
}
/// Samples of the last interval.
pub type rd_kafka_avg_stats_t = rd_kafka_avg_stats_s;

/// A partition.
#[repr(C)]
pub struct rd_kafka_partition_stats_s {
    /// Its number.
    pub partition: i32,
    /// The broker that serves it.
    pub broker_id: i32,
    /// Its leader.
    pub leader: i32,
    /// The application has asked for it.
    pub desired: i8,
    /// The cluster does not know it.
    pub unknown: i8,
    /// Unused.
    pub _pad: [i8; 2],
    /// Messages that wait to be looked at.
    pub msgq_cnt: i32,
    /// Their bytes.
    pub msgq_bytes: i64,
    /// Messages that wait to be sent.
    pub xmit_msgq_cnt: i32,
    /// Their bytes.
    pub xmit_msgq_bytes: i64,
    /// Messages fetched for a consumer.
    pub fetchq_cnt: i32,
    /// Their bytes.
    pub fetchq_size: i64,
    /// State of a consumer of it.
    pub fetch_state: i32,
    /// Offset that a consumer looks for.
    pub query_offset: i64,
    /// Offset to fetch next.
    pub next_offset: i64,
    /// Offset after the last one that the application got.
    pub app_offset: i64,
    /// Offset to be committed.
    pub stored_offset: i64,
    /// Its leader epoch.
    pub stored_leader_epoch: i32,
    /// Offset committed last.
    pub committed_offset: i64,
    /// Its leader epoch.
    pub committed_leader_epoch: i32,
    /// Offset at which the end was last reached.
    pub eof_offset: i64,
    /// Lowest offset.
    pub lo_offset: i64,
    /// Offset after the last one.
    pub hi_offset: i64,
    /// Offset before which no transaction is open.
    pub ls_offset: i64,
    /// What is not committed yet.
    pub consumer_lag: i64,
    /// What is not stored yet.
    pub consumer_lag_stored: i64,
    /// Leader epoch.
    pub leader_epoch: i32,
    /// Unused.
    pub _pad2: i32,
    /// Messages sent.
    pub txmsgs: i64,
    /// Their bytes.
    pub txbytes: i64,
    /// Messages received.
    pub rxmsgs: i64,
    /// Their bytes.
    pub rxbytes: i64,
    /// Messages produced or consumed.
    pub msgs: i64,
    /// Messages dropped because they were out of date.
    pub rx_ver_drops: i64,
    /// Messages on their way to or from the broker.
    pub msgs_inflight: i64,
    /// Sequence number to be acknowledged next.
    pub next_ack_seq: i64,
    /// Sequence number to fail next.
    pub next_err_seq: i64,
    /// Number of the message acknowledged last.
    pub acked_msgid: i64,
}
/// A partition.
pub type rd_kafka_partition_stats_t = rd_kafka_partition_stats_s;

/// A topic.
#[repr(C)]
pub struct rd_kafka_topic_stats_s {
    /// Its name.
    pub name: [c_char; 256],
    /// Microseconds since it was asked for.
    pub age_us: i64,
    /// Microseconds since the cluster was last asked about it.
    pub metadata_age_us: i64,
    /// Bytes per batch.
    pub batchsize: rd_kafka_avg_stats_t,
    /// Messages per batch.
    pub batchcnt: rd_kafka_avg_stats_t,
    /// Number of partitions.
    pub partition_cnt: u32,
    /// Unused.
    pub _pad: u32,
    /// The partitions.
    pub partitions: *mut rd_kafka_partition_stats_t,
}
/// A topic.
pub type rd_kafka_topic_stats_t = rd_kafka_topic_stats_s;

/// A partition that a broker serves.
#[repr(C)]
pub struct rd_kafka_broker_toppar_ref_s {
    /// Name of its topic.
    pub topic: [c_char; 256],
    /// Its number.
    pub partition: i32,
    /// Unused.
    pub _pad: i32,
}
/// A partition that a broker serves.
pub type rd_kafka_broker_toppar_ref_t = rd_kafka_broker_toppar_ref_s;

/// Requests of one API.
#[repr(C)]
pub struct rd_kafka_req_count_s {
    /// Name of the API.
    pub name: [c_char; 32],
    /// Number of requests.
    pub count: i64,
}
/// Requests of one API.
pub type rd_kafka_req_count_t = rd_kafka_req_count_s;

/// A broker.
#[repr(C)]
pub struct rd_kafka_broker_stats_s {
    /// Its name with address and id.
    pub name: [c_char; 256],
    /// Its id, -1 for a bootstrap address.
    pub nodeid: i32,
    /// Its address.
    pub nodename: [c_char; 256],
    /// How it came to be known.
    pub source: [c_char; 32],
    /// State of the connection.
    pub state: i32,
    /// Microseconds in that state.
    pub stateage_us: i64,
    /// Requests that wait to be sent.
    pub outbuf_cnt: i32,
    /// Messages in them.
    pub outbuf_msg_cnt: i32,
    /// Requests that wait for their response.
    pub waitresp_cnt: i32,
    /// Messages in them.
    pub waitresp_msg_cnt: i32,
    /// Requests sent.
    pub tx: i64,
    /// Bytes sent.
    pub tx_bytes: i64,
    /// Errors when sending.
    pub tx_errs: i64,
    /// Requests sent again.
    pub tx_retries: i64,
    /// Microseconds since something was sent.
    pub tx_idle_us: i64,
    /// Requests that timed out.
    pub req_timeouts: i64,
    /// Responses received.
    pub rx: i64,
    /// Bytes received.
    pub rx_bytes: i64,
    /// Errors when receiving.
    pub rx_errs: i64,
    /// Microseconds since something was received.
    pub rx_idle_us: i64,
    /// Responses that no request waited for.
    pub rx_corriderrs: i64,
    /// Message sets that were cut off.
    pub rx_partial: i64,
    /// Decompression buffers that had to grow.
    pub zbuf_grow: i64,
    /// Buffers that had to grow.
    pub buf_grow: i64,
    /// Times the thread has woken up.
    pub wakeups: i64,
    /// Attempts to connect.
    pub connects: i64,
    /// Connections lost.
    pub disconnects: i64,
    /// Microseconds that messages wait before they are sent.
    pub int_latency: rd_kafka_avg_stats_t,
    /// Microseconds that requests wait before they are sent.
    pub outbuf_latency: rd_kafka_avg_stats_t,
    /// Microseconds from a request to its response.
    pub rtt: rd_kafka_avg_stats_t,
    /// Milliseconds of throttling.
    pub throttle: rd_kafka_avg_stats_t,
    /// Partitions per ProduceRequest.
    pub produce_partitions: rd_kafka_avg_stats_t,
    /// Messages per ProduceRequest.
    pub produce_messages: rd_kafka_avg_stats_t,
    /// Bytes per ProduceRequest.
    pub produce_reqsize: rd_kafka_avg_stats_t,
    /// How full ProduceRequests are, in thousandths.
    pub produce_fill: rd_kafka_avg_stats_t,
    /// Microseconds that batches are collected.
    pub batch_wait: rd_kafka_avg_stats_t,
    /// Adaptive batching is on, and the following fields count.
    pub adaptive_enabled: i8,
    /// Unused.
    pub _pad_adaptive: [i8; 7],
    /// Current lingering in microseconds.
    pub adaptive_linger_us: i64,
    /// Current limit of a batch.
    pub adaptive_batch_max_bytes: i64,
    /// Congestion as a whole.
    pub adaptive_congestion: f64,
    /// Congestion by round-trip time.
    pub adaptive_rtt_congestion: f64,
    /// Congestion by waiting time.
    pub adaptive_int_lat_congestion: f64,
    /// Round-trip time without congestion.
    pub adaptive_rtt_base_us: i64,
    /// Smoothed round-trip time.
    pub adaptive_rtt_current_us: i64,
    /// Waiting time without congestion.
    pub adaptive_int_lat_base_us: i64,
    /// Smoothed waiting time.
    pub adaptive_int_lat_current_us: i64,
    /// How often it was slowed down.
    pub adaptive_adjustments_up: i64,
    /// How often it was sped up.
    pub adaptive_adjustments_down: i64,
    /// How often a backlog was drained.
    pub adaptive_backlog_drain_events: i64,
    /// Number of APIs that were used.
    pub req_cnt: u32,
    /// Unused.
    pub _pad2: u32,
    /// Requests by API.
    pub reqs: *mut rd_kafka_req_count_t,
    /// Number of partitions that it serves.
    pub toppar_cnt: u32,
    /// Unused.
    pub _pad: u32,
    /// The partitions that it serves.
    pub toppars: *mut rd_kafka_broker_toppar_ref_t,
}
/// A broker.
pub type rd_kafka_broker_stats_t = rd_kafka_broker_stats_s;

/// A consumer group.
#[repr(C)]
pub struct rd_kafka_cgrp_stats_s {
    /// State.
    pub state: i32,
    /// Microseconds in that state.
    pub stateage_us: i64,
    /// State of joining.
    pub join_state: i32,
    /// Microseconds since the last rebalance.
    pub rebalance_age_us: i64,
    /// Number of rebalances.
    pub rebalance_cnt: i32,
    /// Reason of the last one.
    pub rebalance_reason: [c_char; 256],
    /// Number of partitions assigned.
    pub assignment_size: i32,
    /// Unused.
    pub _pad: i32,
}
/// A consumer group.
pub type rd_kafka_cgrp_stats_t = rd_kafka_cgrp_stats_s;

/// Idempotence and transactions.
#[repr(C)]
pub struct rd_kafka_eos_stats_s {
    /// State of idempotence.
    pub idemp_state: i32,
    /// Microseconds in that state.
    pub idemp_stateage_us: i64,
    /// State of the transaction.
    pub txn_state: i32,
    /// Microseconds in that state.
    pub txn_stateage_us: i64,
    /// Messages may be produced.
    pub txn_may_enq: i8,
    /// Unused.
    pub _pad: [i8; 3],
    /// Producer id, -1 if there is none.
    pub producer_id: i64,
    /// Its epoch, -1 if there is none.
    pub producer_epoch: i16,
    /// Unused.
    pub _pad2: i16,
    /// How often a producer id was assigned.
    pub epoch_cnt: i32,
}
/// Idempotence and transactions.
pub type rd_kafka_eos_stats_t = rd_kafka_eos_stats_s;

/// Statistics of a client instance.
#[repr(C)]
pub struct rd_kafka_stats_s {
    /// Its name.
    pub name: [c_char; 256],
    /// Its `client.id`.
    pub client_id: [c_char; 256],
    /// RD_KAFKA_PRODUCER or RD_KAFKA_CONSUMER.
    pub r#type: i32,
    /// Unused.
    pub _pad: i32,
    /// Monotonic clock in microseconds.
    pub ts_us: i64,
    /// Seconds since the epoch.
    pub time_sec: i64,
    /// Microseconds since it was made.
    pub age_us: i64,
    /// Events that wait for the application.
    pub replyq: i32,
    /// Messages in its queues.
    pub msg_cnt: u32,
    /// Their bytes.
    pub msg_size: u64,
    /// Limit of their number.
    pub msg_max: u32,
    /// Limit of their bytes.
    pub msg_size_max: u64,
    /// Partitions consumed without a group.
    pub simple_cnt: i32,
    /// Topics that it knows.
    pub metadata_cache_cnt: i32,
    /// Requests sent.
    pub tx: i64,
    /// Bytes sent.
    pub tx_bytes: i64,
    /// Responses received.
    pub rx: i64,
    /// Bytes received.
    pub rx_bytes: i64,
    /// Messages sent.
    pub txmsgs: i64,
    /// Their bytes.
    pub txmsg_bytes: i64,
    /// Messages received.
    pub rxmsgs: i64,
    /// Their bytes.
    pub rxmsg_bytes: i64,
    /// Number of brokers.
    pub broker_cnt: u32,
    /// Unused.
    pub _pad2: u32,
    /// The brokers.
    pub brokers: *mut rd_kafka_broker_stats_t,
    /// Number of topics.
    pub topic_cnt: u32,
    /// Unused.
    pub _pad3: u32,
    /// The topics.
    pub topics: *mut rd_kafka_topic_stats_t,
    /// There is a consumer group.
    pub has_cgrp: i8,
    /// Unused.
    pub _pad4: [i8; 7],
    /// The consumer group.
    pub cgrp: rd_kafka_cgrp_stats_t,
    /// There is idempotence.
    pub has_eos: i8,
    /// Unused.
    pub _pad5: [i8; 7],
    /// Idempotence and transactions.
    pub eos: rd_kafka_eos_stats_t,
    /// There was a fatal error.
    pub has_fatal: i8,
    /// Unused.
    pub _pad6: [i8; 3],
    /// Its code.
    pub fatal_err: i32,
    /// Its text.
    pub fatal_reason: [c_char; 512],
    /// Number of fatal errors.
    pub fatal_cnt: i32,
    /// Unused.
    pub _pad7: i32,
}
/// Statistics of a client instance.
pub type rd_kafka_stats_t = rd_kafka_stats_s;
