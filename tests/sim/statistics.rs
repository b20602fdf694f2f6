//! What the statistics say at the end of a schedule, when every message has met its fate.

use rdkafka::stats::json::document;
use rdkafka::stats::snapshot::{Partition, Snapshot};

/// What the schedule itself knows.
pub struct Known {
    pub accepted: usize,
    pub delivered: usize,
    /// Nothing went wrong: every message was sent once.
    pub untroubled: bool,
}

/// What does not add up.
pub fn judge(s: &Snapshot, known: &Known) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |what: &str, found: u64, expected: u64| {
        if found != expected {
            wrong.push(format!("statistics: {what} is {found} instead of {expected}"));
        }
    };
    let sum = |of: &dyn Fn(&Partition) -> u64| -> u64 {
        s.topics.iter().flat_map(|t| t.partitions.iter().chain([&t.unassigned])).map(of).sum()
    };
    expect("msg_cnt", s.msg_cnt, 0);
    expect("messages in queues", sum(&|p| (p.msgq_cnt + p.xmit_msgq_cnt) as u64), 0);
    expect("bytes in queues", sum(&|p| p.msgq_bytes + p.xmit_msgq_bytes), 0);
    expect("msgs_inflight", sum(&|p| p.msgs_inflight.unsigned_abs()), 0);
    for b in &s.brokers {
        let pending = b.outbuf_msg_cnt.unsigned_abs() + b.waitresp_msg_cnt.unsigned_abs();
        expect(&format!("messages of requests of {}", b.name), pending, 0);
        expect(&format!("connections lost of {}", b.name), b.disconnects.saturating_sub(b.connects), 0);
    }
    if known.untroubled {
        let produced = |p: &Partition| if p.id >= 0 { p.msgs } else { 0 };
        expect("messages produced", sum(&produced), known.accepted as u64);
        expect("txmsgs", s.totals().txmsgs, known.delivered as u64);
    }
    let text = String::from_utf8(document(s)).unwrap();
    if text.matches('{').count() != text.matches('}').count() || !text.starts_with("{\"name\":\"rdkafka#") {
        wrong.push(format!("statistics: a document that cannot be right: {text}"));
    }
    wrong
}
