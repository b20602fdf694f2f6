use super::*;
use crate::table::Look;

/// A producer's document after so many seconds: two partitions on a broker, `n` messages in each.
fn producer(second: i64, n: i64, more: &str) -> String {
    let partition = |id: i64| {
        format!(
            "\"{id}\":{{\"partition\":{id},\"leader\":1,\"msgq_cnt\":3,\"xmit_msgq_cnt\":2,\"txmsgs\":{n},\"txbytes\":{},\"fetch_state\":\"none\"}}",
            100 * n
        )
    };
    format!(
        "{{\"name\":\"p\",\"client_id\":\"p\",\"type\":\"producer\",\"ts\":{},\"msg_cnt\":50,\"msg_max\":100,\"brokers\":{{\"b/1\":{{\"name\":\"b/1\",\
         \"state\":\"UP\",\"tx\":{n},\"txbytes\":{n},\"req\":{{\"Produce\":{}}},\"rtt\":{{\"cnt\":1,\"p50\":700,\"p99\":1500}},\
         \"toppars\":{{\"t-0\":{{\"topic\":\"t\",\"partition\":0}},\"t-1\":{{\"topic\":\"t\",\"partition\":1}}}}{more}}}}},\
         \"topics\":{{\"t\":{{\"batchcnt\":{{\"cnt\":40,\"avg\":5}},\"partitions\":{{{},{}}}}}}}}}",
        second * 1_000_000,
        n / 10,
        partition(0),
        partition(1)
    )
}

fn fleet(lines: &[String]) -> Fleet {
    let mut fleet = Fleet::default();
    assert!(lines.iter().all(|line| fleet.take(1, line).is_some()), "{:?}", fleet.skipped());
    fleet
}

/// What stands below the headings in the first row.
fn first(view: View, fleet: &Fleet, headings: &[&str]) -> Vec<String> {
    let table = view.table(fleet);
    let row = table.rows.first().expect("no row");
    assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{view:?}");
    headings.iter().map(|h| row[table.place_of(h).expect("no column")].shown()).collect()
}

#[test]
fn a_producer_has_rates_and_messages_per_request() {
    let fleet = fleet(&[producer(10, 100, ""), producer(12, 300, "")]);
    let headings =
        ["CLIENT", "STATE", "FULL", "MSG/S", "B/S", "REQ/S", "MSG/REQ", "PART/REQ", "WAIT99", "RTT99", "LAG"];
    let expected = ["p", "producer", "50%", "200", "20.0 kB", "100", "20", "2", "-", "1.50 ms", "-"];
    assert_eq!(first(View::Clients, &fleet, &headings), expected);
    let broker = first(View::Brokers, &fleet, &["BROKER", "STATE", "OUT/S", "MSG/REQ", "PART/REQ", "RTT50"]);
    assert_eq!(broker, ["b/1", "UP", "100 B", "20", "-", "700 us"]);
    let topic = first(View::Topics, &fleet, &["TOPIC", "PARTITIONS", "QUEUE", "MSG/S", "BATCH-MSG"]);
    assert_eq!(topic, ["t", "2", "10", "200", "5"]);
    assert_eq!(
        first(View::Partitions, &fleet, &["PART", "LEADER", "QUEUE", "OUT-MSG/S"]),
        ["0", "1", "5", "100"]
    );
    assert!(View::Batching.table(&fleet).rows.is_empty());
}

#[test]
fn without_a_second_document_there_are_no_rates() {
    let fleet = fleet(&[producer(10, 100, "")]);
    assert_eq!(first(View::Clients, &fleet, &["QUEUE", "MSG/S", "MSG/REQ"]), ["50", "-", "-"]);
    assert_eq!(first(View::Partitions, &fleet, &["OUT-MSG/S", "QUEUE"]), ["-", "5"]);
}

#[test]
fn an_engine_of_many_partitions_shows_its_own_figures() {
    let more = r#","produce_partitions":{"cnt":2,"avg":17},"produce_messages":{"cnt":2,"avg":340},"produce_fill":{"cnt":2,"p50":400,"p99":900},
        "batch_triggers":{"linger":3,"bytes":0},"adaptive":{"linger_us":5000,"congestion":0.25}"#;
    let fleet = fleet(&[producer(10, 100, more), producer(11, 200, more)]);
    assert_eq!(first(View::Brokers, &fleet, &["MSG/REQ", "PART/REQ"]), ["340", "17"]);
    let own =
        first(View::Batching, &fleet, &["LINGER", "CONGESTION", "FILL50", "FILL99", "PART/REQ", "TRIGGERS"]);
    assert_eq!(own, ["5.00 ms", "0.25", "40%", "90%", "17", "linger 3"]);
}

#[test]
fn every_column_can_be_sorted_by() {
    let fleet = fleet(&[producer(10, 100, ""), producer(11, 200, "")]);
    for view in View::ALL {
        assert_eq!(View::from_name(view.name()), Some(view));
        for column in view.table(&fleet).columns {
            let look = Look { sort: Some(column.title.into()), ..Look::default() };
            let _ = view.table(&fleet).apply(&look);
        }
    }
}

#[test]
fn a_consumer_has_lag() {
    let line = |second: i64, n: i64| {
        format!(
            "{{\"name\":\"c\",\"type\":\"consumer\",\"ts\":{},\"brokers\":{{}},\"topics\":{{\"t\":{{\"partitions\":{{\
             \"0\":{{\"partition\":0,\"rxmsgs\":{n},\"consumer_lag\":7,\"fetch_state\":\"active\"}},\"1\":{{\"partition\":1,\"consumer_lag\":5}}}}}}}}}}",
            second * 1_000_000
        )
    };
    let fleet = fleet(&[line(1, 10), line(2, 30)]);
    assert_eq!(first(View::Clients, &fleet, &["STATE", "MSG/S", "LAG"]), ["no broker", "20", "12"]);
    assert_eq!(first(View::Partitions, &fleet, &["FETCH", "IN-MSG/S", "LAG"]), ["active", "20", "7"]);
}
