//! Before anything is measured: every candidate must send sound batches with the same messages, and report
//! each once.

use crate::case::{BURST, Case, Delivered};
use crate::run::Source;
use rdkafka::protocol::header::RequestHeader;
use rdkafka::protocol::primitives::Reader;
use rdkafka::protocol::produce::Request;
use rdkafka::protocol::record_batch as rb;
use std::collections::BTreeMap;

/// Partition by partition: key and value of each record.
type Log = BTreeMap<i32, Vec<(Option<Vec<u8>>, Vec<u8>)>>;

pub fn same_result(names: &[&str], case: &Case) {
    let mut first: Option<Log> = None;
    for name in names {
        let log = log(name, case);
        match &first {
            None => first = Some(log),
            Some(f) => assert!(*f == log, "{name} sent something else"),
        }
    }
}

fn log(name: &str, case: &Case) -> Log {
    let mut source = Source::new(case);
    let candidate = crate::make(name, case);
    let bursts = 3 * case.partitions.max(400);
    let mut log = Log::new();
    let mut reported = vec![false; bursts * BURST];
    for round in 0..3 {
        for _ in 0..bursts / 3 {
            source.burst(&*candidate);
        }
        candidate.serve(&mut |pieces| read(&pieces.concat(), &mut log));
        let n = candidate.poll(&mut |m| check(m, case, &mut reported));
        assert_eq!(n, bursts / 3 * BURST, "{name}, round {round}");
    }
    assert!(reported.iter().all(|r| *r), "{name}: unreported messages");
    log
}

fn read(request: &[u8], log: &mut Log) {
    let mut r = Reader::new(request);
    assert_eq!(r.i32().expect("length") as usize, request.len() - 4);
    let header = RequestHeader::decode(&mut r).expect("header");
    let request = Request::decode(header.version, &mut r).expect("request");
    assert!(r.is_empty());
    for p in request.topics.iter().flat_map(|t| &t.partitions) {
        let batch = rb::validate(p.records.expect("records")).expect("a sound batch");
        let records = batch.records().map(|r| r.expect("a sound record"));
        let of_partition = log.entry(p.partition).or_default();
        of_partition
            .extend(records.map(|r| (r.key.map(<[u8]>::to_vec), r.value.unwrap_or_default().to_vec())));
    }
}

fn check(m: &Delivered, case: &Case, reported: &mut [bool]) {
    assert_eq!((m.error, m.len, m.key_len), (0, case.value_len, case.key_len));
    assert!(!m.payload.is_null() && m.key.is_null() == (case.key_len == 0));
    assert!(m.offset >= 0 && m.partition == (m.opaque / BURST % case.partitions) as i32);
    assert!(!std::mem::replace(&mut reported[m.opaque], true), "reported twice");
}
