//! An application of the crate rdkafka: producers with their callbacks, statistics, metadata, transactions.
//! Prints what happened, the same on every librdkafka. Usage: rust_rdkafka BOOTSTRAP [NAME=VALUE...]

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{
    BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer,
};
use rdkafka::statistics::Statistics;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MESSAGES: usize = 20_000;
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Seen {
    /// Of each partition: offsets, and the numbers of the messages that have them.
    delivered: BTreeMap<i32, Vec<(i64, usize)>>,
    failed: Vec<String>,
    headers: Option<String>,
    statistics: Option<String>,
}

#[derive(Clone, Default)]
struct Context(Arc<Mutex<Seen>>);

impl ClientContext for Context {
    fn stats(&self, statistics: Statistics) {
        let brokers = statistics.brokers.values().filter(|b| b.nodeid > 0).count();
        let topics: Vec<&String> = statistics.topics.keys().collect();
        self.0.lock().unwrap().statistics =
            Some(format!("{} {brokers} brokers, topics {topics:?}", statistics.client_type));
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Box<usize>) {
        let mut seen = self.0.lock().unwrap();
        match result {
            Ok(m) => {
                seen.delivered.entry(m.partition()).or_default().push((m.offset(), *number));
                if *number == 7 {
                    let headers: Vec<_> = m
                        .headers()
                        .map(|h| h.iter().map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec))).collect())
                        .unwrap_or_default();
                    seen.headers =
                        Some(format!("{:?} {:?} {:?} {headers:?}", m.key(), m.payload(), m.timestamp()));
                }
            }
            Err((e, m)) => seen.failed.push(format!("{} {e}", m.topic())),
        }
    }
}

fn config(extra: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    let mut words = std::env::args().skip(1);
    config.set("bootstrap.servers", words.next().expect("usage: rust_rdkafka BOOTSTRAP [NAME=VALUE...]"));
    config.set("enable.metrics.push", "false");
    for word in words {
        let (name, value) = word.split_once('=').expect("NAME=VALUE");
        config.set(name, value);
    }
    for (name, value) in extra {
        config.set(*name, *value);
    }
    config
}

fn show(what: &str, result: Result<(), KafkaError>) {
    match result {
        Ok(()) => println!("{what}: ok"),
        Err(KafkaError::Transaction(e)) => {
            println!(
                "{what}: {:?} {e} fatal {} retriable {} abort {}",
                e.code(),
                e.is_fatal(),
                e.is_retriable(),
                e.txn_requires_abort()
            );
        }
        Err(e) => println!("{what}: {e}"),
    }
}

fn produce() {
    let context = Context::default();
    let producer: ThreadedProducer<Context> =
        config(&[("statistics.interval.ms", "100"), ("linger.ms", "5")])
            .create_with_context(context.clone())
            .expect("a producer");
    for n in 0..MESSAGES {
        let (key, value) = (format!("key {n}"), format!("value {n}"));
        let headers =
            OwnedHeaders::new()
                .insert(Header { key: "n", value: Some(&value) })
                .insert(Header::<&str> { key: "none", value: None });
        let mut record = BaseRecord::with_opaque_to("t", Box::new(n))
            .partition((n % 4) as i32)
            .key(&key)
            .payload(&value)
            .timestamp(1_700_000_000_000 + n as i64)
            .headers(headers);
        while let Err((e, back)) = producer.send(record) {
            assert_eq!(e.rdkafka_error_code(), Some(rdkafka::types::RDKafkaErrorCode::QueueFull));
            std::thread::sleep(Duration::from_millis(1));
            record = back;
        }
    }
    show("flush", producer.flush(TIMEOUT));
    let mut seen = context.0.lock().unwrap();
    for (partition, reports) in &mut seen.delivered {
        // flush() polls beside the producer's thread, so the reports may have come in another order than the
        // messages.
        reports.sort_unstable_by_key(|(_, number)| *number);
        let gapless = reports
            .iter()
            .enumerate()
            .all(|(i, (offset, number))| *offset == i as i64 && *number == i * 4 + *partition as usize);
        println!("partition {partition}: {} delivered, gapless {gapless}", reports.len());
    }
    println!("failed {:?}, message 7: {:?}", seen.failed, seen.headers);
    drop(seen);
    let too_far =
        producer.send(BaseRecord::with_opaque_to("t", Box::new(0)).partition(99).key("k").payload("v"));
    println!("unknown partition: {:?}", too_far.map_err(|(e, back)| (e, back.delivery_opaque)));
    let large = "x".repeat(2_000_000);
    let too_large = producer.send(BaseRecord::with_opaque_to("t", Box::new(0)).key("k").payload(&large));
    println!("too large: {:?}", too_large.map_err(|(e, _)| e));
    while context.0.lock().unwrap().statistics.is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("statistics: {:?}", context.0.lock().unwrap().statistics);
    let metadata = producer.client().fetch_metadata(Some("t"), TIMEOUT).expect("metadata");
    let partitions: Vec<_> = metadata.topics()[0]
        .partitions()
        .iter()
        .map(|p| (p.id(), p.replicas().len(), p.isr().len()))
        .collect();
    println!("metadata: {} brokers, {:?}", metadata.brokers().len(), partitions);
    println!("watermarks: {:?}", producer.client().fetch_watermarks("t", 0, TIMEOUT));
    println!("cluster id known: {}", producer.client().fetch_cluster_id(TIMEOUT).is_some());
}

fn give_up() {
    let context = Context::default();
    let producer: BaseProducer<Context> =
        config(&[("linger.ms", "60000"), ("queue.buffering.max.messages", "3")])
            .create_with_context(context.clone())
            .expect("a producer");
    for n in 0..4 {
        let sent = producer.send(BaseRecord::<(), str, _>::with_opaque_to("t", Box::new(n)).payload("waits"));
        println!("send {n}: {:?}", sent.map_err(|(e, back)| (e, back.delivery_opaque)));
    }
    producer.purge(rdkafka::producer::PurgeConfig::default().queue());
    show("flush", producer.flush(TIMEOUT));
    println!("{:?}", context.0.lock().unwrap().failed);
}

fn transactions() {
    let producer: BaseProducer = config(&[("transactional.id", "app")]).create().expect("a producer");
    show("begin too early", producer.begin_transaction());
    show("init", producer.init_transactions(TIMEOUT));
    for commit in [true, false] {
        show("begin", producer.begin_transaction());
        producer
            .send(BaseRecord::<(), str>::to("t").payload("in a transaction"))
            .expect("a place in the queue");
        // Nobody else polls: the end of the transaction waits for the reports.
        while producer.in_flight_count() > 0 && commit {
            producer.poll(Duration::from_millis(10));
        }
        if commit {
            show("commit", producer.commit_transaction(TIMEOUT));
        } else {
            let late = producer.abort_transaction(Duration::from_millis(300));
            println!("abort with nobody polling: {:?}", late.map_err(|e| e.rdkafka_error_code()));
        }
    }
    while producer.in_flight_count() > 0 {
        producer.poll(Duration::from_millis(10));
    }
    show("abort again", producer.abort_transaction(TIMEOUT));
    show("end again", producer.commit_transaction(TIMEOUT));
}

fn main() {
    produce();
    give_up();
    transactions();
    let refused = config(&[("linger.ms", "never")]).create::<BaseProducer>();
    println!("refused: {:?}", refused.err());
    println!("end");
}
