use super::*;
use std::collections::BTreeSet;

/// A topic with a partition that is written to and one that is read from, two brokers, a fatal error.
fn snapshot() -> Snapshot {
    let consumed = Consumed {
        desired: true,
        fetchq_cnt: 2,
        fetch_state: "active",
        app_offset: 7,
        hi_offset: 9,
        rxmsgs: 5,
        ..Consumed::default()
    };
    let topic = Topic {
        name: "a \"b\"\n".into(),
        age: 5_000,
        metadata_age: 0,
        batchsize: Summary { max: 17, ..Summary::default() },
        batchcnt: Summary::default(),
        partitions: vec![
            Partition { id: 3, leader: 1, msgs: u64::MAX, ..Partition::default() },
            Partition { id: 4, consumed, ..Partition::default() },
        ],
        unassigned: Partition { id: -1, leader: -1, ..Partition::default() },
    };
    let broker = Broker {
        name: "h:1/1".into(),
        tx: 7,
        requests: vec![("Produce", 4)],
        toppars: vec![(0, 3), (9, 9)],
        ..Broker::default()
    };
    Snapshot {
        topics: vec![topic],
        brokers: vec![broker.clone(), Broker { engine: Some(Engine::default()), ..broker }],
        fatal: Some(Fatal { error: "E".into(), reason: "R".into(), code: 1, cnt: 1 }),
        ..Snapshot::default()
    }
}

#[test]
fn the_document_has_the_values_in_their_places() {
    let text = String::from_utf8(document(&snapshot())).unwrap();
    for part in [
        "{\"name\":\"\",\"client_id\":\"\",\"type\":\"producer\",\"ts\":0",
        "\"a \\\"b\\\"\\u000a\":{\"topic\":\"a \\\"b\\\"\\u000a\",\"age\":5,",
        "\"batchsize\":{\"min\":0,\"max\":17,",
        "\"partitions\":{\"3\":{\"partition\":3,\"broker\":1,\"leader\":1,\"desired\":false,",
        "\"msgs\":18446744073709551615,\"rx_ver_drops\":0,",
        "},\"-1\":{\"partition\":-1,",
        "\"req\":{\"Produce\":4},\"toppars\":{\"a \\\"b\\\"\\u000a-3\":{\"topic\":\"a \\\"b\\\"\\u000a\",\"partition\":3}}}",
        "\"batch_triggers\":{\"flush\":0,\"partitions\":0,\"bytes\":0,\"linger\":0,\"slot\":0}",
        "\"fatal\":{\"error\":\"E\",\"reason\":\"R\",\"cnt\":1},\"tx\":14,",
        "\"txidle\":-1,",
        "\"4\":{\"partition\":4,\"broker\":0,\"leader\":0,\"desired\":true,",
        "\"fetchq_cnt\":2,\"fetchq_size\":0,\"fetch_state\":\"active\",\"query_offset\":-1001,\"next_offset\":0,\"app_offset\":7,",
        "\"committed_leader_epoch\":-1,\"eof_offset\":-1001,\"lo_offset\":-1001,\"hi_offset\":9,\"ls_offset\":-1001,\"consumer_lag\":-1,",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    assert!(text.ends_with("\"rxmsgs\":5,\"rxmsg_bytes\":0}"));
    assert!(!text.contains("eos") && !text.contains("cgrp"));
    // Only the broker whose engine has figures of its own shows them.
    assert_eq!(text.matches("batch_wait").count(), 1);
}

/// The paths of all fields. Names that the program or the cluster gives are left out.
fn fields(value: &serde_json::Value, path: &str, named: bool, into: &mut BTreeSet<String>) {
    let Some(object) = value.as_object() else { return };
    for (name, value) in object {
        let path = if named { format!("{path}.*") } else { format!("{path}.{name}") };
        let names = matches!(name.as_str(), "brokers" | "topics" | "partitions" | "toppars" | "req");
        fields(value, &path, names && !named, into);
        into.insert(path);
    }
}

#[test]
fn the_example_in_the_documentation_has_all_fields() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/statistics-example.json");
    let example = std::fs::read(path).unwrap();
    let mut s = Snapshot { fatal: None, ..snapshot() };
    s.brokers.truncate(1);
    let (mut shown, mut made) = (BTreeSet::new(), BTreeSet::new());
    fields(&serde_json::from_slice(&example).unwrap(), "", false, &mut shown);
    fields(&serde_json::from_slice(&document(&s)).unwrap(), "", false, &mut made);
    assert!(made.len() > 100, "only {} fields", made.len());
    assert_eq!(shown, made);
}
