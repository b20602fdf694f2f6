//! A snapshot as the JSON document that librdkafka's STATISTICS.md describes.
//!
//! Written straight into one buffer. What is the same for every partition of a producer (what consumers keep
//! of it) is one constant piece of text: of a client with thousands of partitions, that is most of the
//! document.

use super::engine::Trigger;
use super::snapshot::{Adaptive, Broker, Consumed, Engine, Eos, Fatal, Partition, Snapshot, Topic};
use super::window::Summary;

/// About what a partition takes.
const PARTITION_BYTES: usize = 800;
/// About what a broker takes beside its partitions.
const BROKER_BYTES: usize = 3_000;

/// Writes an object's members, with commas where they belong.
struct Writer {
    out: Vec<u8>,
    /// The next member is the first one of its object.
    first: bool,
}

impl Writer {
    fn begin(&mut self) {
        self.out.push(b'{');
        self.first = true;
    }

    fn end(&mut self) {
        self.out.push(b'}');
        self.first = false;
    }

    fn comma(&mut self) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
    }

    /// A key that needs no escaping.
    fn key(&mut self, key: &str) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn key_of_any_text(&mut self, parts: &[&str]) {
        self.comma();
        self.out.push(b'"');
        parts.iter().for_each(|p| self.escaped(p));
        self.out.extend_from_slice(b"\":");
    }

    fn object(&mut self, key: &str, members: impl FnOnce(&mut Self)) {
        self.key(key);
        self.begin();
        members(self);
        self.end();
    }

    fn number<N: itoa::Integer>(&mut self, key: &str, n: N) {
        self.key(key);
        self.integer(n);
    }

    fn integer<N: itoa::Integer>(&mut self, n: N) {
        self.out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
    }

    fn real(&mut self, key: &str, n: f64) {
        self.key(key);
        // JSON has no word for what is not a number.
        let n = if n.is_finite() { n } else { 0.0 };
        self.out.extend_from_slice(format!("{n:.4}").as_bytes());
    }

    fn flag(&mut self, key: &str, yes: bool) {
        self.key(key);
        self.out.extend_from_slice(if yes { b"true" } else { b"false" });
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        self.out.push(b'"');
        self.escaped(text);
        self.out.push(b'"');
    }

    fn escaped(&mut self, text: &str) {
        for b in text.bytes() {
            match b {
                b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', b]),
                0..=0x1f => self.out.extend_from_slice(format!("\\u{b:04x}").as_bytes()),
                _ => self.out.push(b),
            }
        }
    }
}

/// The document. No line breaks, nothing behind the closing brace.
#[must_use]
pub fn document(s: &Snapshot) -> Vec<u8> {
    let partitions: usize = s.topics.iter().map(|t| t.partitions.len() + 1).sum();
    let bytes =
        2_000 + s.brokers.len() * BROKER_BYTES + s.topics.len() * 1_000 + partitions * PARTITION_BYTES;
    let mut w = Writer { out: Vec::with_capacity(bytes), first: true };
    w.begin();
    top(&mut w, s);
    w.object("brokers", |w| s.brokers.iter().for_each(|b| broker(w, b, &s.topics)));
    w.object("topics", |w| s.topics.iter().for_each(|t| topic(w, t)));
    if let Some(e) = &s.eos {
        w.object("eos", |w| eos(w, e));
    }
    if let Some(f) = &s.fatal {
        w.object("fatal", |w| fatal(w, f));
    }
    totals(&mut w, s);
    w.end();
    w.out
}

fn top(w: &mut Writer, s: &Snapshot) {
    w.text("name", &s.name);
    w.text("client_id", &s.client_id);
    w.text("type", if s.is_consumer { "consumer" } else { "producer" });
    w.number("ts", s.ts);
    w.number("time", s.time);
    w.number("age", s.age);
    w.number("replyq", s.replyq);
    w.number("msg_cnt", s.msg_cnt);
    w.number("msg_size", s.msg_size);
    w.number("msg_max", s.msg_max);
    w.number("msg_size_max", s.msg_size_max);
    w.number("simple_cnt", 0);
    w.number("metadata_cache_cnt", s.metadata_cache_cnt);
}

fn totals(w: &mut Writer, s: &Snapshot) {
    let t = s.totals();
    w.number("tx", t.tx);
    w.number("tx_bytes", t.tx_bytes);
    w.number("rx", t.rx);
    w.number("rx_bytes", t.rx_bytes);
    w.number("txmsgs", t.txmsgs);
    w.number("txmsg_bytes", t.txmsg_bytes);
    w.number("rxmsgs", t.rxmsgs);
    w.number("rxmsg_bytes", t.rxmsg_bytes);
}

fn broker(w: &mut Writer, b: &Broker, topics: &[Topic]) {
    w.key_of_any_text(&[&b.name]);
    w.begin();
    w.text("name", &b.name);
    w.number("nodeid", b.node_id);
    w.text("nodename", &b.node_name);
    w.text("source", b.source);
    w.text("state", b.state);
    w.number("stateage", b.state_age);
    w.number("outbuf_cnt", b.outbuf_cnt);
    w.number("outbuf_msg_cnt", b.outbuf_msg_cnt);
    w.number("waitresp_cnt", b.waitresp_cnt);
    w.number("waitresp_msg_cnt", b.waitresp_msg_cnt);
    w.number("tx", b.tx);
    w.number("txbytes", b.tx_bytes);
    w.number("txerrs", b.tx_errs);
    w.number("txretries", b.tx_retries);
    w.number("txidle", b.tx_idle.unwrap_or(-1));
    w.number("req_timeouts", b.req_timeouts);
    w.number("rx", b.rx);
    w.number("rxbytes", b.rx_bytes);
    w.number("rxerrs", b.rx_errs);
    w.number("rxcorriderrs", b.rx_corrid_errs);
    w.number("rxpartial", 0);
    w.number("rxidle", b.rx_idle.unwrap_or(-1));
    w.number("zbuf_grow", 0);
    w.number("buf_grow", 0);
    w.number("wakeups", b.wakeups);
    w.number("connects", b.connects);
    w.number("disconnects", b.disconnects);
    window(w, "int_latency", &b.int_latency);
    window(w, "outbuf_latency", &b.outbuf_latency);
    window(w, "rtt", &b.rtt);
    window(w, "throttle", &b.throttle);
    if let Some(e) = &b.engine {
        engine(w, b, e);
    }
    w.object("req", |w| b.requests.iter().for_each(|(name, n)| w.number(name, *n)));
    w.object("toppars", |w| {
        for (topic, id) in &b.toppars {
            let Some(topic) = topics.get(*topic) else { continue };
            w.key_of_any_text(&[&topic.name, "-", &id.to_string()]);
            w.begin();
            w.text("topic", &topic.name);
            w.number("partition", *id);
            w.end();
        }
    });
    w.end();
}

fn engine(w: &mut Writer, b: &Broker, e: &Engine) {
    window(w, "produce_partitions", &b.produce_partitions);
    window(w, "produce_messages", &b.produce_messages);
    window(w, "produce_reqsize", &b.produce_reqsize);
    window(w, "produce_fill", &e.fill);
    window(w, "batch_wait", &e.wait);
    w.object("batch_triggers", |w| {
        Trigger::ALL.iter().zip(&e.triggers).for_each(|(t, n)| w.number(t.name(), *n));
    });
    if let Some(a) = &e.adaptive {
        w.object("adaptive", |w| adaptive(w, a));
    }
}

fn adaptive(w: &mut Writer, a: &Adaptive) {
    w.number("linger_us", a.linger);
    w.number("batch_max_bytes", a.batch_max_bytes);
    w.number("max_partitions", a.max_partitions);
    w.real("congestion", a.congestion);
    w.real("rtt_congestion", a.rtt_congestion);
    w.real("int_lat_congestion", a.int_latency_congestion);
    w.number("rtt_base_us", a.rtt_base);
    w.number("rtt_current_us", a.rtt_current);
    w.number("int_lat_base_us", a.int_latency_base);
    w.number("int_lat_current_us", a.int_latency_current);
    w.number("adjustments_up", a.adjustments_up);
    w.number("adjustments_down", a.adjustments_down);
    w.number("backlog_drain_events", a.backlog_drain_events);
}

fn window(w: &mut Writer, key: &str, s: &Summary) {
    w.object(key, |w| {
        w.number("min", s.min);
        w.number("max", s.max);
        w.number("avg", s.avg);
        w.number("sum", s.sum);
        w.number("stddev", s.stddev);
        w.number("p50", s.p50);
        w.number("p75", s.p75);
        w.number("p90", s.p90);
        w.number("p95", s.p95);
        w.number("p99", s.p99);
        w.number("p99_99", s.p99_99);
        w.number("outofrange", s.out_of_range);
        w.number("hdrsize", s.hdr_size);
        w.number("cnt", s.cnt);
    });
}

fn topic(w: &mut Writer, t: &Topic) {
    w.key_of_any_text(&[&t.name]);
    w.begin();
    w.text("topic", &t.name);
    w.number("age", t.age / 1000);
    w.number("metadata_age", t.metadata_age / 1000);
    window(w, "batchsize", &t.batchsize);
    window(w, "batchcnt", &t.batchcnt);
    w.object("partitions", |w| t.partitions.iter().chain([&t.unassigned]).for_each(|p| partition(w, p)));
    w.end();
}

fn partition(w: &mut Writer, p: &Partition) {
    w.comma();
    w.out.push(b'"');
    w.integer(p.id);
    w.out.extend_from_slice(b"\":");
    w.begin();
    w.number("partition", p.id);
    w.number("broker", p.leader);
    w.number("leader", p.leader);
    w.flag("desired", p.consumed.desired);
    w.out.extend_from_slice(b",\"unknown\":false");
    w.number("msgq_cnt", p.msgq_cnt);
    w.number("msgq_bytes", p.msgq_bytes);
    w.number("xmit_msgq_cnt", p.xmit_msgq_cnt);
    w.number("xmit_msgq_bytes", p.xmit_msgq_bytes);
    consumed(w, &p.consumed);
    w.number("leader_epoch", p.leader_epoch);
    w.number("txmsgs", p.txmsgs);
    w.number("txbytes", p.txbytes);
    w.number("rxmsgs", p.consumed.rxmsgs);
    w.number("rxbytes", p.consumed.rxbytes);
    w.number("msgs", p.msgs);
    w.out.extend_from_slice(b",\"rx_ver_drops\":0");
    w.number("msgs_inflight", p.msgs_inflight);
    w.number("next_ack_seq", p.next_ack_seq);
    w.number("next_err_seq", p.next_err_seq);
    w.number("acked_msgid", p.acked_msgid);
    w.end();
}

/// What consumers keep of a partition. `commited_offset` is librdkafka's own slip of the pen, kept by it for
/// those who have read it.
fn consumed(w: &mut Writer, c: &Consumed) {
    if *c == Consumed::default() {
        return w.out.extend_from_slice(NOT_CONSUMED);
    }
    w.number("fetchq_cnt", c.fetchq_cnt);
    w.number("fetchq_size", c.fetchq_size);
    w.text("fetch_state", c.fetch_state);
    w.number("query_offset", c.query_offset);
    w.number("next_offset", c.next_offset);
    w.number("app_offset", c.app_offset);
    w.number("stored_offset", c.stored_offset);
    w.number("stored_leader_epoch", c.stored_leader_epoch);
    w.number("commited_offset", c.committed_offset);
    w.number("committed_offset", c.committed_offset);
    w.number("committed_leader_epoch", c.committed_leader_epoch);
    w.number("eof_offset", c.eof_offset);
    w.number("lo_offset", c.lo_offset);
    w.number("hi_offset", c.hi_offset);
    w.number("ls_offset", c.ls_offset);
    w.number("consumer_lag", c.consumer_lag);
    w.number("consumer_lag_stored", c.consumer_lag_stored);
}

/// The same of a partition that is not consumed, as all of a producer are.
const NOT_CONSUMED: &[u8] = b",\"fetchq_cnt\":0,\"fetchq_size\":0,\"fetch_state\":\"none\",\"query_offset\":-1001,\
    \"next_offset\":0,\"app_offset\":-1001,\"stored_offset\":-1001,\"stored_leader_epoch\":-1,\
    \"commited_offset\":-1001,\"committed_offset\":-1001,\"committed_leader_epoch\":-1,\"eof_offset\":-1001,\
    \"lo_offset\":-1001,\"hi_offset\":-1001,\"ls_offset\":-1001,\"consumer_lag\":-1,\"consumer_lag_stored\":-1";

fn eos(w: &mut Writer, e: &Eos) {
    w.text("idemp_state", e.idemp_state);
    w.number("idemp_stateage", e.idemp_state_age / 1000);
    w.text("txn_state", e.txn_state);
    w.number("txn_stateage", e.txn_state_age / 1000);
    w.flag("txn_may_enq", e.txn_may_enq);
    w.number("producer_id", e.producer_id);
    w.number("producer_epoch", e.producer_epoch);
    w.number("epoch_cnt", e.epoch_cnt);
}

fn fatal(w: &mut Writer, f: &Fatal) {
    w.text("error", &f.error);
    w.text("reason", &f.reason);
    w.number("cnt", f.cnt);
}

#[cfg(test)]
mod tests;
