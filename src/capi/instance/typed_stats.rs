//! A snapshot as C structs.

use crate::capi::abi::enums::rd_kafka_type_e;
use crate::capi::abi::stats_types::{
    rd_kafka_avg_stats_t, rd_kafka_broker_stats_t, rd_kafka_broker_toppar_ref_t, rd_kafka_cgrp_stats_t,
    rd_kafka_eos_stats_t, rd_kafka_partition_stats_t, rd_kafka_req_count_t, rd_kafka_stats_t,
    rd_kafka_topic_stats_t,
};
use crate::stats::snapshot::{Broker, Engine, Eos, Partition, Snapshot, Topic};
use crate::stats::window::Summary;
use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

/// librdkafka's states of a broker, in the order of their numbers.
const BROKER_STATES: [&str; 11] = [
    "INIT",
    "DOWN",
    "TRY_CONNECT",
    "CONNECT",
    "SSL_HANDSHAKE",
    "AUTH_LEGACY",
    "UP",
    "APIVERSION_QUERY",
    "AUTH_HANDSHAKE",
    "AUTH_REQ",
    "REAUTH",
];

/// The structs and the arrays that they point to.
pub(crate) struct TypedStats {
    root: Box<rd_kafka_stats_t>,
    /// Pointed to, and so not changed after they have been filled.
    _arrays: Arrays,
}

#[derive(Default)]
struct Arrays {
    brokers: Vec<rd_kafka_broker_stats_t>,
    requests: Vec<Vec<rd_kafka_req_count_t>>,
    toppars: Vec<Vec<rd_kafka_broker_toppar_ref_t>>,
    topics: Vec<rd_kafka_topic_stats_t>,
    partitions: Vec<Vec<rd_kafka_partition_stats_t>>,
}

impl TypedStats {
    pub(crate) fn new(s: &Snapshot) -> Self {
        let mut arrays = Arrays::default();
        for b in &s.brokers {
            let mut requests: Vec<_> = b.requests.iter().map(|(name, n)| request(name, *n)).collect();
            // These are large: growing would copy them more than once.
            let mut toppars = Vec::with_capacity(b.toppars.len());
            toppars.extend(b.toppars.iter().filter_map(|t| toppar(s, *t)));
            arrays.brokers.push(broker(b, &mut requests, &mut toppars));
            arrays.requests.push(requests);
            arrays.toppars.push(toppars);
        }
        for t in &s.topics {
            let all = t.partitions.iter().chain([&t.unassigned]);
            let mut partitions = Vec::with_capacity(t.partitions.len() + 1);
            partitions.extend(all.map(partition));
            arrays.topics.push(topic(t, &mut partitions));
            arrays.partitions.push(partitions);
        }
        let root = Box::new(root(s, &mut arrays));
        Self { root, _arrays: arrays }
    }

    /// Valid as long as this object.
    pub(crate) fn as_ptr(&self) -> *const rd_kafka_stats_t {
        &raw const *self.root
    }
}

/// A text in a field of its own, cut to fit and terminated.
fn field<const N: usize>(text: &str) -> [c_char; N] {
    let mut out = [0; N];
    let buffer = out.iter_mut().take(N.saturating_sub(1));
    buffer.zip(text.bytes()).for_each(|(to, b)| *to = b.cast_signed() as c_char);
    out
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn small<N: TryInto<i32>>(n: N) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

fn length<T>(of: &[T]) -> u32 {
    u32::try_from(of.len()).unwrap_or(u32::MAX)
}

fn array<T>(of: &mut [T]) -> *mut T {
    if of.is_empty() { null_mut() } else { of.as_mut_ptr() }
}

fn window(s: &Summary) -> rd_kafka_avg_stats_t {
    rd_kafka_avg_stats_t {
        min: s.min,
        max: s.max,
        avg: s.avg,
        sum: s.sum,
        cnt: signed(s.cnt),
        stddev: s.stddev,
        p50: s.p50,
        p75: s.p75,
        p90: s.p90,
        p95: s.p95,
        p99: s.p99,
        p99_99: s.p99_99,
        oor: signed(s.out_of_range),
        hdrsize: small(s.hdr_size),
        _pad: 0,
    }
}

fn request(name: &str, n: u64) -> rd_kafka_req_count_t {
    rd_kafka_req_count_t { name: field(name), count: signed(n) }
}

fn toppar(s: &Snapshot, (topic, id): (usize, i32)) -> Option<rd_kafka_broker_toppar_ref_t> {
    let topic = field(&s.topics.get(topic)?.name);
    Some(rd_kafka_broker_toppar_ref_t { topic, partition: id, _pad: 0 })
}

fn broker(
    b: &Broker,
    requests: &mut [rd_kafka_req_count_t],
    toppars: &mut [rd_kafka_broker_toppar_ref_t],
) -> rd_kafka_broker_stats_t {
    rd_kafka_broker_stats_t {
        name: field(&b.name),
        nodeid: b.node_id,
        nodename: field(&b.node_name),
        source: field(b.source),
        state: small(BROKER_STATES.iter().position(|name| *name == b.state).unwrap_or(0)),
        stateage_us: b.state_age,
        outbuf_cnt: small(b.outbuf_cnt),
        outbuf_msg_cnt: small(b.outbuf_msg_cnt),
        waitresp_cnt: small(b.waitresp_cnt),
        waitresp_msg_cnt: small(b.waitresp_msg_cnt),
        tx: signed(b.tx),
        tx_bytes: signed(b.tx_bytes),
        tx_errs: signed(b.tx_errs),
        tx_retries: signed(b.tx_retries),
        tx_idle_us: b.tx_idle.unwrap_or(-1),
        req_timeouts: signed(b.req_timeouts),
        rx: signed(b.rx),
        rx_bytes: signed(b.rx_bytes),
        rx_errs: signed(b.rx_errs),
        rx_idle_us: b.rx_idle.unwrap_or(-1),
        rx_corriderrs: signed(b.rx_corrid_errs),
        wakeups: signed(b.wakeups),
        connects: signed(b.connects),
        disconnects: signed(b.disconnects),
        int_latency: window(&b.int_latency),
        outbuf_latency: window(&b.outbuf_latency),
        rtt: window(&b.rtt),
        throttle: window(&b.throttle),
        produce_partitions: window(&b.produce_partitions),
        produce_messages: window(&b.produce_messages),
        produce_reqsize: window(&b.produce_reqsize),
        req_cnt: length(requests),
        reqs: array(requests),
        toppar_cnt: length(toppars),
        toppars: array(toppars),
        ..engine_of(b.engine.as_ref().unwrap_or(&Engine::default()))
    }
}

/// What the engine says of a broker. All other fields are 0.
fn engine_of(engine: &Engine) -> rd_kafka_broker_stats_t {
    let adaptive = engine.adaptive.unwrap_or_default();
    rd_kafka_broker_stats_t {
        produce_fill: window(&engine.fill),
        batch_wait: window(&engine.wait),
        adaptive_enabled: i8::from(engine.adaptive.is_some()),
        adaptive_linger_us: adaptive.linger,
        adaptive_batch_max_bytes: adaptive.batch_max_bytes,
        adaptive_congestion: adaptive.congestion,
        adaptive_rtt_congestion: adaptive.rtt_congestion,
        adaptive_int_lat_congestion: adaptive.int_latency_congestion,
        adaptive_rtt_base_us: adaptive.rtt_base,
        adaptive_rtt_current_us: adaptive.rtt_current,
        adaptive_int_lat_base_us: adaptive.int_latency_base,
        adaptive_int_lat_current_us: adaptive.int_latency_current,
        adaptive_adjustments_up: adaptive.adjustments_up,
        adaptive_adjustments_down: adaptive.adjustments_down,
        adaptive_backlog_drain_events: adaptive.backlog_drain_events,
        // SAFETY: the struct has numbers and pointers only, which may all be 0.
        ..unsafe { std::mem::zeroed() }
    }
}

fn topic(t: &Topic, partitions: &mut [rd_kafka_partition_stats_t]) -> rd_kafka_topic_stats_t {
    rd_kafka_topic_stats_t {
        name: field(&t.name),
        age_us: t.age,
        metadata_age_us: t.metadata_age,
        batchsize: window(&t.batchsize),
        batchcnt: window(&t.batchcnt),
        partition_cnt: length(partitions),
        _pad: 0,
        partitions: array(partitions),
    }
}

fn partition(p: &Partition) -> rd_kafka_partition_stats_t {
    let c = &p.consumed;
    rd_kafka_partition_stats_t {
        partition: p.id,
        broker_id: p.leader,
        leader: p.leader,
        desired: c.desired.into(),
        unknown: 0,
        _pad: [0; 2],
        msgq_cnt: small(p.msgq_cnt),
        msgq_bytes: signed(p.msgq_bytes),
        xmit_msgq_cnt: small(p.xmit_msgq_cnt),
        xmit_msgq_bytes: signed(p.xmit_msgq_bytes),
        fetchq_cnt: i32::try_from(c.fetchq_cnt).unwrap_or(i32::MAX),
        fetchq_size: c.fetchq_size,
        fetch_state: c.fetch_state_number,
        query_offset: c.query_offset,
        next_offset: c.next_offset,
        app_offset: c.app_offset,
        stored_offset: c.stored_offset,
        stored_leader_epoch: c.stored_leader_epoch,
        committed_offset: c.committed_offset,
        committed_leader_epoch: c.committed_leader_epoch,
        eof_offset: c.eof_offset,
        lo_offset: c.lo_offset,
        hi_offset: c.hi_offset,
        ls_offset: c.ls_offset,
        consumer_lag: c.consumer_lag,
        consumer_lag_stored: c.consumer_lag_stored,
        leader_epoch: p.leader_epoch,
        _pad2: 0,
        txmsgs: signed(p.txmsgs),
        txbytes: signed(p.txbytes),
        rxmsgs: signed(c.rxmsgs),
        rxbytes: signed(c.rxbytes),
        msgs: signed(p.msgs),
        rx_ver_drops: 0,
        msgs_inflight: p.msgs_inflight,
        next_ack_seq: p.next_ack_seq.into(),
        next_err_seq: p.next_err_seq.into(),
        acked_msgid: signed(p.acked_msgid),
    }
}

fn root(s: &Snapshot, arrays: &mut Arrays) -> rd_kafka_stats_t {
    let totals = s.totals();
    let kind = match s.is_consumer {
        true => rd_kafka_type_e::RD_KAFKA_CONSUMER,
        false => rd_kafka_type_e::RD_KAFKA_PRODUCER,
    };
    rd_kafka_stats_t {
        name: field(&s.name),
        client_id: field(&s.client_id),
        r#type: kind as c_int,
        _pad: 0,
        ts_us: s.ts,
        time_sec: s.time,
        age_us: s.age,
        replyq: small(s.replyq),
        msg_cnt: u32::try_from(s.msg_cnt).unwrap_or(u32::MAX),
        msg_size: s.msg_size,
        msg_max: u32::try_from(s.msg_max).unwrap_or(u32::MAX),
        msg_size_max: s.msg_size_max as u64,
        simple_cnt: 0,
        metadata_cache_cnt: small(s.metadata_cache_cnt),
        tx: signed(totals.tx),
        tx_bytes: signed(totals.tx_bytes),
        rx: signed(totals.rx),
        rx_bytes: signed(totals.rx_bytes),
        txmsgs: signed(totals.txmsgs),
        txmsg_bytes: signed(totals.txmsg_bytes),
        rxmsgs: signed(totals.rxmsgs),
        rxmsg_bytes: signed(totals.rxmsg_bytes),
        broker_cnt: length(&arrays.brokers),
        _pad2: 0,
        brokers: array(&mut arrays.brokers),
        topic_cnt: length(&arrays.topics),
        _pad3: 0,
        topics: array(&mut arrays.topics),
        has_cgrp: 0,
        _pad4: [0; 7],
        cgrp: no_group(),
        has_eos: i8::from(s.eos.is_some()),
        _pad5: [0; 7],
        eos: eos(&s.eos.unwrap_or_default()),
        has_fatal: i8::from(s.fatal.is_some()),
        _pad6: [0; 3],
        fatal_err: s.fatal.as_ref().map_or(0, |f| f.code),
        fatal_reason: field(s.fatal.as_ref().map_or("", |f| &f.reason)),
        fatal_cnt: s.fatal.as_ref().map_or(0, |f| f.cnt),
        _pad7: 0,
    }
}

/// Producers are in no group.
fn no_group() -> rd_kafka_cgrp_stats_t {
    rd_kafka_cgrp_stats_t {
        state: 0,
        stateage_us: 0,
        join_state: 0,
        rebalance_age_us: 0,
        rebalance_cnt: 0,
        rebalance_reason: [0; 256],
        assignment_size: 0,
        _pad: 0,
    }
}

fn eos(e: &Eos) -> rd_kafka_eos_stats_t {
    rd_kafka_eos_stats_t {
        idemp_state: e.idemp_state_number,
        idemp_stateage_us: e.idemp_state_age,
        txn_state: e.txn_state_number,
        txn_stateage_us: e.txn_state_age,
        txn_may_enq: i8::from(e.txn_may_enq),
        _pad: [0; 3],
        producer_id: e.producer_id,
        producer_epoch: e.producer_epoch,
        _pad2: 0,
        epoch_cnt: e.epoch_cnt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::snapshot::Adaptive;

    #[test]
    fn a_long_name_is_cut_and_terminated() {
        assert_eq!(field::<4>("abcdef"), [b'a' as c_char, b'b' as c_char, b'c' as c_char, 0]);
    }

    #[test]
    fn what_an_engine_counts_arrives() {
        let engine = Engine {
            fill: Summary { p50: 999, ..Summary::default() },
            adaptive: Some(Adaptive { linger: 5, ..Adaptive::default() }),
            ..Engine::default()
        };
        let b = Broker { state: "UP", engine: Some(engine), ..Broker::default() };
        let typed = TypedStats::new(&Snapshot { brokers: vec![b], ..Snapshot::default() });
        // SAFETY: the object lives, and there is one broker.
        let b = unsafe { &*(*typed.as_ptr()).brokers };
        assert_eq!((b.state, b.produce_fill.p50, b.adaptive_enabled, b.adaptive_linger_us), (6, 999, 1, 5));
        assert!(b.reqs.is_null() && b.toppar_cnt == 0);
    }
}
