//! Statistics as structs: names, order and types of the fields are those of DataDog's fork of librdkafka.
//! Arrays and what they point to live as long as the event, or until the callback returns.

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
    /// Median: half of the samples are at most this.
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
    /// Samples outside of the range of the histogram: negative, or above 2^40.
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
    /// Its number; -1 for messages that have no partition yet.
    pub partition: i32,
    /// Id of the broker that leads it, -1 without one.
    pub broker_id: i32,
    /// As `broker_id`.
    pub leader: i32,
    /// 1 if the application has asked for it although the cluster does not have it. Always 0 here.
    pub desired: i8,
    /// 1 if the cluster does not have it. Always 0 here.
    pub unknown: i8,
    /// Unused.
    pub _pad: [i8; 2],
    /// Messages that its broker's thread has not fetched yet.
    pub msgq_cnt: i32,
    /// Bytes of their keys, values and headers.
    pub msgq_bytes: i64,
    /// Messages that its broker's thread holds until they are sent, those to be sent again among them.
    pub xmit_msgq_cnt: i32,
    /// Bytes of their keys, values and headers.
    pub xmit_msgq_bytes: i64,
    /// Messages fetched for a consumer. 0 for a producer.
    pub fetchq_cnt: i32,
    /// Their bytes.
    pub fetchq_size: i64,
    /// State of fetching. 0 (none) for a producer.
    pub fetch_state: i32,
    /// Offset that a consumer looks up; -1001 for a producer, as the following offsets, `next_offset`
    /// excepted.
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
    /// Messages between the committed offset and the end; -1 if not known.
    pub consumer_lag: i64,
    /// Messages between the stored offset and the end; -1 if not known.
    pub consumer_lag_stored: i64,
    /// Leader epoch, -1 if it is not known.
    pub leader_epoch: i32,
    /// Unused.
    pub _pad2: i32,
    /// Messages put into requests; those that are sent again count again.
    pub txmsgs: i64,
    /// Bytes of their keys and values.
    pub txbytes: i64,
    /// Messages received.
    pub rxmsgs: i64,
    /// Their bytes.
    pub rxbytes: i64,
    /// Messages that the application has produced to it.
    pub msgs: i64,
    /// Messages dropped because they were out of date.
    pub rx_ver_drops: i64,
    /// Messages in requests without a response.
    pub msgs_inflight: i64,
    /// Idempotent producer: the sequence number that is expected to be acknowledged next.
    pub next_ack_seq: i64,
    /// Idempotent producer: the sequence number that is expected to fail next.
    pub next_err_seq: i64,
    /// Idempotent producer: number of the last message that is known to be stored, counted from 1.
    pub acked_msgid: i64,
}
/// A partition.
pub type rd_kafka_partition_stats_t = rd_kafka_partition_stats_s;

/// A topic.
#[repr(C)]
pub struct rd_kafka_topic_stats_s {
    /// Its name.
    pub name: [c_char; 256],
    /// Microseconds since the application first used it.
    pub age_us: i64,
    /// Microseconds since metadata about it last arrived; 0: never.
    pub metadata_age_us: i64,
    /// Bytes per batch as sent, compressed and with its header.
    pub batchsize: rd_kafka_avg_stats_t,
    /// Messages per batch.
    pub batchcnt: rd_kafka_avg_stats_t,
    /// Number of elements of `partitions`, the one with number -1 included.
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
    /// Its address and id, `host:port/id`.
    pub name: [c_char; 256],
    /// Its id; -1 for an address of the configuration whose id is not known yet.
    pub nodeid: i32,
    /// Its address, `host:port`.
    pub nodename: [c_char; 256],
    /// Where it is known from: `configured`, `learned` or `logical`.
    pub source: [c_char; 32],
    /// State of the connection: 0 INIT, 1 DOWN, 2 TRY_CONNECT, 3 CONNECT, 4 SSL_HANDSHAKE, 5 AUTH_LEGACY, 6
    /// UP, 7 APIVERSION_QUERY, 8 AUTH_HANDSHAKE, 9 AUTH_REQ, 10 REAUTH.
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
    /// Batches that failed after they had been sent and are sent again.
    pub tx_retries: i64,
    /// Microseconds since something was sent on this connection; -1: never.
    pub tx_idle_us: i64,
    /// Requests that timed out.
    pub req_timeouts: i64,
    /// Responses received.
    pub rx: i64,
    /// Bytes received.
    pub rx_bytes: i64,
    /// Errors when receiving.
    pub rx_errs: i64,
    /// Microseconds since something was received on this connection; -1: never.
    pub rx_idle_us: i64,
    /// Responses that no request waited for.
    pub rx_corriderrs: i64,
    /// Unused: 0.
    pub rx_partial: i64,
    /// Unused: 0.
    pub zbuf_grow: i64,
    /// Unused: 0.
    pub buf_grow: i64,
    /// Number of times that the broker's thread has woken up.
    pub wakeups: i64,
    /// Attempts to connect.
    pub connects: i64,
    /// Connections that ended.
    pub disconnects: i64,
    /// Microseconds from the produce call until the message is put into a request.
    pub int_latency: rd_kafka_avg_stats_t,
    /// Microseconds from then until the request is sent.
    pub outbuf_latency: rd_kafka_avg_stats_t,
    /// Microseconds from a request to its response.
    pub rtt: rd_kafka_avg_stats_t,
    /// Milliseconds that the broker throttled requests.
    pub throttle: rd_kafka_avg_stats_t,
    /// Partitions per ProduceRequest.
    pub produce_partitions: rd_kafka_avg_stats_t,
    /// Messages per ProduceRequest.
    pub produce_messages: rd_kafka_avg_stats_t,
    /// Bytes per ProduceRequest.
    pub produce_reqsize: rd_kafka_avg_stats_t,
    /// How full ProduceRequests are, in thousandths of the limit.
    pub produce_fill: rd_kafka_avg_stats_t,
    /// Microseconds that partitions wait to be put into a request together.
    pub batch_wait: rd_kafka_avg_stats_t,
    /// 1 if adaptive batching is on; otherwise the fields that begin with `adaptive_` are 0.
    pub adaptive_enabled: i8,
    /// Unused.
    pub _pad_adaptive: [i8; 7],
    /// Present linger time in microseconds.
    pub adaptive_linger_us: i64,
    /// Present limit of a request in bytes.
    pub adaptive_batch_max_bytes: i64,
    /// Congestion, 0 (none) to 1: the largest of the two that follow and of one by the number of requests in
    /// flight.
    pub adaptive_congestion: f64,
    /// Congestion by round-trip time.
    pub adaptive_rtt_congestion: f64,
    /// Congestion by the time that messages wait.
    pub adaptive_int_lat_congestion: f64,
    /// Round-trip time without congestion, in microseconds.
    pub adaptive_rtt_base_us: i64,
    /// Smoothed round-trip time in microseconds.
    pub adaptive_rtt_current_us: i64,
    /// Waiting time without congestion, in microseconds.
    pub adaptive_int_lat_base_us: i64,
    /// Smoothed waiting time in microseconds.
    pub adaptive_int_lat_current_us: i64,
    /// Number of times that linger and request size were raised.
    pub adaptive_adjustments_up: i64,
    /// Number of times that linger and request size were lowered.
    pub adaptive_adjustments_down: i64,
    /// Number of adjustments in intervals without requests, which shorten the linger time and shrink
    /// requests.
    pub adaptive_backlog_drain_events: i64,
    /// Number of elements of `reqs`.
    pub req_cnt: u32,
    /// Unused.
    pub _pad2: u32,
    /// Requests by API.
    pub reqs: *mut rd_kafka_req_count_t,
    /// Number of elements of `toppars`.
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
    /// State of the group. The fields of a group are 0 for a producer.
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
    /// State of the producer id: 0 Init, 1 Terminate, 2 FatalError, 3 RequestPID, 4 WaitTransport, 5 WaitPID,
    /// 6 Assigned, 7 DrainReset, 8 DrainBump, 9 WaitTxnAbort.
    pub idemp_state: i32,
    /// Microseconds in that state.
    pub idemp_stateage_us: i64,
    /// State of the transaction: 0 Init, 1 WaitPID, 2 ReadyNotAcked, 3 Ready, 4 InTransaction, 5 BeginCommit,
    /// 6 CommittingTransaction, 7 CommitNotAcked, 8 BeginAbort, 9 AbortingTransaction, 10 AbortedNotAcked, 11
    /// AbortableError, 12 FatalError.
    pub txn_state: i32,
    /// Microseconds in that state.
    pub txn_stateage_us: i64,
    /// 1 if messages may be produced: a transaction has begun and not failed.
    pub txn_may_enq: i8,
    /// Unused.
    pub _pad: [i8; 3],
    /// Producer id, -1 if there is none.
    pub producer_id: i64,
    /// Epoch of the producer id, -1 if there is none.
    pub producer_epoch: i16,
    /// Unused.
    pub _pad2: i16,
    /// Number of producer ids and epochs so far.
    pub epoch_cnt: i32,
}
/// Idempotence and transactions.
pub type rd_kafka_eos_stats_t = rd_kafka_eos_stats_s;

/// Statistics of a client instance.
#[repr(C)]
pub struct rd_kafka_stats_s {
    /// Name of the instance, as rd_kafka_name() returns it.
    pub name: [c_char; 256],
    /// Its `client.id`.
    pub client_id: [c_char; 256],
    /// RD_KAFKA_PRODUCER or RD_KAFKA_CONSUMER.
    pub r#type: i32,
    /// Unused.
    pub _pad: i32,
    /// The library's monotonic clock, in microseconds.
    pub ts_us: i64,
    /// Wall clock in seconds since the epoch, UTC.
    pub time_sec: i64,
    /// Microseconds since the instance was created.
    pub age_us: i64,
    /// Events in the main queue.
    pub replyq: i32,
    /// Messages that have not been reported to the application.
    pub msg_cnt: u32,
    /// Bytes of their values.
    pub msg_size: u64,
    /// Limit of their number, `queue.buffering.max.messages`.
    pub msg_max: u32,
    /// Limit of their bytes, `queue.buffering.max.kbytes`.
    pub msg_size_max: u64,
    /// Partitions consumed without a group. 0 for a producer.
    pub simple_cnt: i32,
    /// Topics in the metadata cache.
    pub metadata_cache_cnt: i32,
    /// Requests sent.
    pub tx: i64,
    /// Bytes sent.
    pub tx_bytes: i64,
    /// Responses received.
    pub rx: i64,
    /// Bytes received.
    pub rx_bytes: i64,
    /// Messages put into requests; those that are sent again count again.
    pub txmsgs: i64,
    /// Bytes of their keys and values.
    pub txmsg_bytes: i64,
    /// Messages received. 0 for a producer.
    pub rxmsgs: i64,
    /// Their bytes.
    pub rxmsg_bytes: i64,
    /// Number of elements of `brokers`.
    pub broker_cnt: u32,
    /// Unused.
    pub _pad2: u32,
    /// The brokers.
    pub brokers: *mut rd_kafka_broker_stats_t,
    /// Number of elements of `topics`.
    pub topic_cnt: u32,
    /// Unused.
    pub _pad3: u32,
    /// The topics.
    pub topics: *mut rd_kafka_topic_stats_t,
    /// 1 if `cgrp` is set. Always 0 for a producer.
    pub has_cgrp: i8,
    /// Unused.
    pub _pad4: [i8; 7],
    /// The consumer group.
    pub cgrp: rd_kafka_cgrp_stats_t,
    /// 1 if `eos` is set: with `enable.idempotence`.
    pub has_eos: i8,
    /// Unused.
    pub _pad5: [i8; 7],
    /// Idempotence and transactions.
    pub eos: rd_kafka_eos_stats_t,
    /// 1 if there was a fatal error and the following fields are set.
    pub has_fatal: i8,
    /// Unused.
    pub _pad6: [i8; 3],
    /// Its RD_KAFKA_RESP_ERR_.. code.
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
